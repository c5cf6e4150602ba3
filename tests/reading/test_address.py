"""Laws of an address taken apart: every change has its rule, every refusal its character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.reading.address import EXCLUDED, Anatomy, anatomy, split_address
from xmppexplore.reading.address_compare import compare
from xmppexplore.reading.address_escape import ESCAPES, escape, unescape
from xmppexplore.reading.address_older import older
from xmppexplore.reading.address_records import MAX_PART
from xmppexplore.reading.address_uri import read_uri
from xmppexplore.sandbox.addresses import BadAddress, address

TIMES = 5  # as much as reading an ordinary megabyte
RIGHT = [
    ("juliet@capulet.example", "juliet@capulet.example", []),
    ("Juliet@Capulet.Example/Balcony", "juliet@capulet.example/Balcony",
     ["case mapping", "case mapping"]),
    ("capulet.example", "capulet.example", []),
    ("capulet.example.", "capulet.example", ["trailing dot"]),
    ("b/a@c", "b/a@c", []),
    ("a@b/c/d@e", "a@b/c/d@e", []),
    ("\uff4a\uff55liet@\uff43apulet.example", "juliet@capulet.example",
     ["width mapping", "width mapping"]),
    ("rome\u0301@montague.example", "rom\u00e9@montague.example", ["normalisation"]),
    ("romeo@montague.example/a\u3000b", "romeo@montague.example/a b", ["space mapping"]),
    ("romeo@montague\u3002example", "romeo@montague.example", ["label separator"]),
    ("x@xn--bcher-kva.example", "x@b\u00fccher.example", ["A-label to U-label"]),
    ("x@B\u00dcCHER.example", "x@b\u00fccher.example", ["case mapping"]),
    ("x@[0:0:0:0:0:0:0:1]", "x@[::1]", ["IPv6 address"]),
    ("x@192.0.2.1", "x@192.0.2.1", []),
    ("stra\u00dfe@x/\u265a", "stra\u00dfe@x/\u265a", []),
    ("\u03a3\u03a3@x", "\u03c3\u03c2@x", ["case mapping"]),
    ("x/ ", "x/ ", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "full", "rules"), RIGHT, ids=[ascii(r[0]) for r in RIGHT])
def test_what_preparing_changes_and_by_which_rule(text, full, rules) -> None:
    """Each step says where it begins and ends, and the last one is the result."""
    found = anatomy(text)

    assert (found.full, found.problems) == (full, ())
    assert [step.rule for step in found.steps] == rules
    for part in found.parts:
        texts = [part.given, *(step.result for step in part.steps)]
        assert [step.given for step in part.steps] == texts[:-1]
        assert texts[-1] == (part.result or None)


WRONG = [
    ("", "The domainpart is empty"),
    ("@capulet.example", "The localpart is empty"),
    ("juliet@", "The domainpart is empty"),
    ("juliet@/balcony", "The domainpart is empty"),
    ("capulet.example/", "The resourcepart is empty"),
    ("a@b@c", "U+0040 COMMERCIAL AT may not be in a domainpart (at character 2)"),
    ("ju liet@x", "U+0020 SPACE may not be in a localpart (at character 3): it is a space"),
    ("ju\u00a0liet@x", "U+00A0 NO-BREAK SPACE"),
    ("\u2163@x", "another form of a character"),
    ("\uff20@x", "U+0040 COMMERCIAL AT may not be in a localpart (after mapping)"),
    ("\u265a@x", "U+265A BLACK CHESS KING may not be in a localpart (at character 1)"),
    ("a\u200db@x", "joins letters only after a virama (RFC 5892 appendix A)"),
    ("a\u00b7b@x", "stands only between two letters l"),
    ("\u0627a@x", "breaks the rule for what is written from right to left"),
    ("\u0627a@x", "U+0061 LATIN SMALL LETTER A may not stand in a text that is written from right"),
    ("1\u0627@x", "it begins with U+0031 DIGIT ONE"),
    ("\u0660@x", "it begins with U+0660 ARABIC-INDIC DIGIT ZERO"),
    ("x\ud800@x", "U+D800 (half of a surrogate pair)"),
    ("x/\x07", "U+0007 (control character) may not be in a resourcepart (at character 1)"),
    ("x/a\u200b", "it is invisible or no character at all"),
    ("x@y..z", "a dot too many"),
    ("x@.y", "a dot too many"),
    ("x@.", "a dot too many"),
    ("x@-y", "begins or ends with a hyphen"),
    ("x@ab--cd", "third and fourth place"),
    ("x@xn--\u00e9", "stands for no label"),
    ("x@xn--a", "stands for no label"),
    ("x@_y", "names of services"),
    ("x@y z", "U+0020 SPACE may not be in a domainpart (at character 2)"),
    ("x@\u0627a", "breaks the rule for what is written from right to left"),
    ("x@\u0301a", "begins with a combining mark"),
    ("x@" + "a" * 64, "more than 63 octets"),
    ("x@" + "\u00e9" * 60, "more than 63 octets"),
    ("x@[::1", "nothing closes it"),
    ("x@[::1]y", "nothing closes it"),
    ("x@[fe80::1%25eth0]", "without a zone"),
    ("x@[fe80::1%eth0]", "without a zone"),
    ("x@[::g]", "no IPv6 address"),
    ("x" * 1024 + "@y", "The localpart has 1,024 octets"),
    ("\u00e9" * 512 + "@y", "The localpart has 1,024 octets"),
    ("y/" + "x" * 1024, "The resourcepart has 1,024 octets"),
    ("x" * 100_000 + "@y", "The localpart has 100,000 octets"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[ascii(w[0])[:30] for w in WRONG])
def test_what_is_refused_is_named(text, words) -> None:
    """Which character, where, of which class, by which section."""
    problems = anatomy(text).problems

    assert any(words in problem for problem in problems)
    assert all(problem.endswith(").") and "RFC" in problem for problem in problems)


@pytest.mark.parametrize("one", EXCLUDED)
def test_the_eight_that_addresses_exclude(one) -> None:
    """In a localpart each is refused, in a resourcepart none is (RFC 7622 §3.3.1)."""
    if one not in "/@":  # these two cut
        assert "one of the eight" in anatomy(f"a{one}b@x").problems[0]
    assert anatomy(f"x/a{one}b").problems == ()


@pytest.mark.parametrize("length", [1, MAX_PART - 1, MAX_PART])
def test_the_limits_are_in_octets(length) -> None:
    """1023 for each part, and so 3071 for the whole."""
    text = f"{'a' * length}@capulet.example/{'b' * length}"

    assert anatomy(text).full == text


SOME = st.text(
    st.one_of(
        st.characters(codec="ascii", min_codepoint=0x20),
        st.characters(),
        st.sampled_from("\u00df\u03c2\u0130\uff21\u212b\u0345\u1e9e\uff9e\u3002.-@/["),
    ),
    max_size=12,
)


@given(st.one_of(SOME, st.tuples(SOME, SOME, SOME).map("{0[0]}@{0[1]}/{0[2]}".format)))
def test_the_sandbox_s_own_reader_agrees(text: str) -> None:
    """Two ways of preparing.  In domains the sandbox maps by UTS #46, which takes more."""
    mine = anatomy(text)
    try:
        theirs = address(text)
    except BadAddress:
        assert mine.problems
        return
    if mine.problems:
        assert all("domainpart" in one or "label" in one or "bracket" in one
                   for one in mine.problems)  # fmt: skip
        assert not text.isascii() or "--" in text
        return
    assert (mine.local.result, mine.domain.result, mine.resource.result) == tuple(theirs)


@given(SOME)
def test_preparing_again_changes_nothing(text: str) -> None:
    """What was prepared is its own prepared form, and cutting gives the same parts."""
    once = anatomy(text)
    if not once.problems:
        again = anatomy(once.full)
        assert (again.full, again.steps, again.problems) == (once.full, (), ())
    local, domain, resource = split_address(text)
    written = (local + "@" if local is not None else "") + domain
    assert written + ("/" + resource if resource is not None else "") == text


@pytest.mark.parametrize(
    "text",
    ["a" * 10**6, "@" * 10**6, "\u0301" * 10**6, "x@" + "xn--a." * 170_000, "x/" + "\ufdfa" * 10**6,
     "x@" + "." * 10**6, "x@[" + ":" * 10**6 + "]", "xmpp:" + "%41" * 300_000,
     "\u0627" * 4000 + "@x", "x@" + "\u200d" * 1000, "x@" + "\u0660\u06f0" * 500],
    ids=range(11),
)  # fmt: skip
def test_a_megabyte_is_bounded(text: str) -> None:
    """In cost, in problems and in what is kept for showing."""

    def read() -> Anatomy:
        found = anatomy(text)
        for part in found.parts:
            older(part)
        compare(found, found)
        read_uri(text)
        return found

    found = read()
    assert len(found.problems) <= 20
    assert all(len(step.given) < 300 and len(step.result) < 300 for step in found.steps)
    assert costs.ratio(read, costs.read_ordinary(10**6), TIMES) <= TIMES


# ---- older rules


@pytest.mark.parametrize(
    ("text", "result", "words"),
    [
        ("stra\u00dfe@x", "strasse", "another localpart"),
        ("\u03c2@x", "\u03c3", "another localpart"),
        ("\u2163@x", "iv", "which RFC 7622 refuses"),
        ("a\u00adb@x", "ab", "which RFC 7622 refuses"),
        ("\u0280\u0525@x", None, "not assigned in Unicode 3.2"),
        ("juliet@x", "juliet", ""),
        ("a b@x", None, ""),
    ],
)
def test_what_stringprep_made_of_a_localpart(text, result, words) -> None:
    """The cases in which a server of today and one of then do not meet."""
    found = older(anatomy(text).local)

    assert found.result == result
    assert words in found.sentence
    assert found.differs == bool(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u05d01@x", "refused this localpart: it does not begin and end with a letter written"),
        ("x/\u05d01", "refused this resourcepart: it does not begin and end with a letter"),
        ("x/a\u05d0", "refused this resourcepart: it mixes directions of writing"),
    ],
)
def test_why_stringprep_refused_what_is_written_from_right_to_left(text, words) -> None:
    """Of its two rules the one that is broken (RFC 3454 §6)."""
    parts = anatomy(text)
    found = older(parts.resource if "/" in text else parts.local)

    assert found.result is None
    assert words in found.sentence


@pytest.mark.parametrize(
    ("domain", "result", "words"),
    [
        ("XN--BCHER-KVA.example", "b\u00fccher.example", ""),
        ("b\u00fccher\u3002example\u3002", "b\u00fccher.example", ""),
        ("xn--fa-hia.example", "xn--fa-hia.example", "another domainpart"),
        ("a_b.example", None, ""),
        ("a b.example", None, ""),
        ("-a.example", None, ""),
        ("a-.example", None, ""),
        ("b\u00fc_cher.example", None, ""),
        ("ab--cd.example", "ab--cd.example", "which RFC 7622 refuses"),
        ("\u2665.example", "\u2665.example", "which RFC 7622 refuses"),
        ("a@b", None, ""),
        ("::1", None, ""),
        ("01.2.3.4", "01.2.3.4", ""),
    ],
)
def test_what_stringprep_made_of_a_domain(domain, result, words) -> None:
    """IDNA2003 with its rules for hosts; and what decodes to no label stays as it is."""
    found = older(anatomy(f"x@{domain}" if domain != "a@b" else "x@a@b").domain)

    assert found.result == result
    assert words in found.sentence
    assert found.differs == bool(words)


@pytest.mark.parametrize(
    ("domain", "kind"),
    [("1.2.3.4", "IPv4 address"), ("1.2.3.4.", "IPv4 address"), ("255.255.255.255", "IPv4 address"),
     ("01.2.3.4", "name"), ("1.2.3.256", "name"), ("1.2.3", "name"), ("[::1]", "IPv6 address"),
     ("[::ffff:1.2.3.4]", "IPv6 address"), ("capulet.example", "name")],
)  # fmt: skip
def test_an_ip_address_is_told_from_a_name(domain, kind) -> None:
    """By the grammar of RFC 3986, in which a number has no zero before it."""
    assert anatomy(domain).domain.kind == kind


def test_what_stringprep_made_of_the_other_parts() -> None:
    """Compatibility forms were mapped in resources, and sharp s in domains."""
    assert older(anatomy("x/\u00b2").resource).result == "2"
    assert older(anatomy("x@fa\u00df.example").domain).result == "fass.example"
    assert older(anatomy("x@CAPULET.example").domain).differs is False
    assert older(anatomy("x@[::1]").domain).differs is False
    assert older(anatomy("x").resource).result == ""


# ---- escaping, URIs


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("d'artagnan", r"d\27artagnan"), ("a b", r"a\20b"), (r"c:\net", r"c\3a\net"),
     (r"c:\5commas", r"c\3a\5c5commas"), (r"\2plus\2is\4", r"\2plus\2is\4"),
     (r"\27", r"\5c27"), ("juliet@capulet.example", r"juliet\40capulet.example")],
)  # fmt: skip
def test_names_are_escaped(text, escaped) -> None:
    """A backslash only where it would begin an escape (XEP-0106)."""
    assert escape(text) == escaped
    assert unescape(escaped) == text


@given(st.text(st.one_of(st.sampled_from("".join(ESCAPES) + "2057abcf"), st.characters())))
def test_escaping_is_undone(text: str) -> None:
    """Whatever the name; and nothing is left in it that a localpart excludes."""
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & set(EXCLUDED + " ")


@pytest.mark.parametrize(
    ("text", "address_", "action", "parameters"),
    [
        ("xmpp:juliet@capulet.example", "juliet@capulet.example", "", ()),
        (
            "XMPP:juliet@capulet.example/b%20c?message;subject=a%3Bb;body=x=y",
            "juliet@capulet.example/b c",
            "message",
            (("subject", "a;b"), ("body", "x=y")),
        ),
        ("xmpp:d%5C27artagnan@x?roster;name=", r"d\27artagnan@x", "roster", (("name", ""),)),
        ("xmpp:rom%C3%A9o@x#f", "rom\u00e9o@x", "", ()),
        ("xmpp:x/a@b", "x/a@b", "", ()),
    ],
)
def test_uris_are_taken_apart(text, address_, action, parameters) -> None:
    """Percent-encoding is undone in each part by itself (RFC 5122)."""
    found = read_uri(text)

    assert (found.address, found.action, found.parameters) == (address_, action, parameters)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("xmpp:a%40b@c", "escaped / or @"), ("xmpp:a%", "percent sign"), ("xmpp:%ff@x", "not UTF-8"),
     ("xmpp:///x", "an account is named"), ("xmpp:" + "a" * 70_000, "is not read")],
)  # fmt: skip
def test_what_is_wrong_with_a_uri(text, words) -> None:
    """A sentence for each."""
    assert any(words in problem for problem in read_uri(text).problems)


@given(st.text())
def test_any_uri_is_read(text: str) -> None:
    """And names the account before the address."""
    assert read_uri(f"xmpp:{text}")
    assert read_uri("xmpp://guest@x/juliet@y").account == "guest@x"


# ---- comparing


@pytest.mark.parametrize(
    ("one", "other", "equal", "differ", "words", "before"),
    [
        ("a@x", "a@x", True, (), "written the same", True),
        ("A@x", "a@X.", True, (), "case mapping, trailing dot", True),
        ("a@x/b", "a@x/B", False, ("resourcepart",), "differ in their case", False),
        ("a@x/b", "a@x", False, ("resourcepart",), "Only the first has a resourcepart", False),
        ("a@x", "b@y", False, ("localpart", "domainpart"), "U+0061 LATIN SMALL LETTER A", False),
        ("a@x", "\u0430@x", False, ("localpart",), "different scripts: LATIN and CYRILLIC", False),
        ("stra\u00dfe@x", "strasse@x", False, ("localpart",), "took them for the same", True),
        ("x/2", "x/\u00b2", False, ("resourcepart",), "look alike", True),
        ("ab@x", "abc@x", False, ("localpart",), "the second goes on", False),
        ("a b@x", "a@x", False, (), "The first is no address", None),
    ],
)
def test_comparing_says_why(one, other, equal, differ, words, before) -> None:
    """By octets of the prepared form (RFC 7622 §4), and what stringprep took for the same."""
    found = compare(anatomy(one), anatomy(other))

    assert (found.equal, found.differ, found.older_equal) == (equal, differ, before)
    assert words in str(found)


@given(SOME, SOME)
def test_comparing_is_fair(one: str, other: str) -> None:
    """It does not matter who is first, and every address equals itself."""
    mine, theirs = anatomy(one), anatomy(other)
    there, back = compare(mine, theirs), compare(theirs, mine)

    assert (there.equal, there.differ, there.older_equal) == (
        back.equal, back.differ, back.older_equal,
    )  # fmt: skip
    assert compare(mine, mine).equal == (not mine.problems)
    assert there.reasons
