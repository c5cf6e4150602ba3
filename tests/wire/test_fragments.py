"""Laws of the reader of fragments: whatever it is given, it says what it could read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.errors import MalformedXML
from xmppexplore.names import CLIENT, DIALBACK, STREAMS
from xmppexplore.wire.element import MAX_DEPTH, parse
from xmppexplore.wire.fragments import CONVENTIONAL, MOST_PIECES, element_of, pieces_of

HEADER = f"<stream:stream xmlns='{CLIENT}' xmlns:stream='{STREAMS}' to='capulet.example'>"
TIMES = 15  # as much as reading an ordinary megabyte

CASES = [
    ("one element", "<presence/>", ["element"], ""),
    ("several", "<r xmlns='urn:xmpp:sm:3'/>\n<presence/>", ["element", "element"], ""),
    (
        "a stream",
        f"<?xml version='1.0'?>{HEADER}<presence/></stream:stream>",
        ["header", "element", "footer"],
        "",
    ),
    ("a stream without its end", f"{HEADER}<presence/>", ["header", "element"], ""),
    (
        "a restarted stream",
        f"{HEADER}<presence/><?xml version='1.0'?>{HEADER}<iq/></stream:stream>",
        ["header", "element", "header", "element", "footer"],
        "",
    ),
    ("an end without its stream", "<presence/></stream:stream>", ["element", "footer"], ""),
    ("a prefix by convention", "<stream:features/><db:result/>", ["element", "element"], ""),
    ("nothing", "  ", [], ""),
    ("an end that is missing", "<iq><query>", ["element"], "never closed"),
    ("a tag that is cut off", "<iq><query/", ["element"], "middle of a tag"),
    ("a wrong end", "<iq></query>", ["element"], "</query> does not fit"),
    ("a wrong end after a text", "<iq>a &b; c</iq>", ["element"], "is no entity of XMPP"),
    ("a comment", "<iq><!-- <a> --></iq>", ["element"], "comment"),
    ("a comment in a section", "<a><![CDATA[<!-- x -->]]></a>", ["element"], ""),
    ("a comment without end", "<iq><!-- a", ["element"], "middle of a tag"),
    ("text outside", "hello <iq/>", ["element"], "outside any element"),
    ("a document type", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", [], "document type"),
    ("an unknown prefix", "<presence/><x:y/>", ["element"], "'x' is not declared"),
    ("the made-up parent", "</_><a/>", [], "belongs to no start tag"),
    ("no UTF-8", b"<a>\xff</a>", ["element"], "not UTF-8"),
    ("UTF-16", "<a/>".encode("utf-16"), [], ""),
    ("too deep", "<a>" * (MAX_DEPTH + 5), ["element"], "nested more than"),
]


@pytest.mark.parametrize(
    ("text", "kinds", "problem"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_what_can_be_read_is_read_and_the_rest_is_said(text, kinds, problem) -> None:
    """Each piece is an element that can be parsed; what is wrong has a sentence."""
    found = pieces_of(text)

    assert [piece.kind for piece in found.pieces] == kinds
    read = [element_of(found.data, one) for one in found.pieces if one.kind != "footer"]
    ends = [0, *(one.end for one in found.pieces)]

    assert all(one.name for one in read)
    assert all(end <= one.start <= one.end for end, one in zip(ends, found.pieces, strict=False))
    assert ends[-1] <= len(found.data)
    if problem:
        assert problem in " ".join(one.sentence for one in found.problems)
    elif kinds:
        assert found.problems == ()


def test_an_element_of_a_fragment_is_that_of_the_stream() -> None:
    """Namespaces of the header hold inside it, and those by convention where there is none."""
    found = pieces_of(f"{HEADER}<stream:error/><message><body>Hi</body></message>")
    error, message = (element_of(found.data, piece) for piece in found.pieces[1:])
    alone = pieces_of("<db:verify/>")

    assert error.namespace == STREAMS
    assert message.children[0].qualified == f"{{{CLIENT}}}body"
    assert element_of(alone.data, alone.pieces[0]).namespace == DIALBACK
    assert message.xml == "<message><body>Hi</body></message>"


def test_what_is_never_closed_is_shown_where_it_begins() -> None:
    """As ``parse`` does, which reads one element."""
    text = b"<message>\n  <body>Hi"
    (problem,) = pieces_of(text).problems
    with pytest.raises(MalformedXML) as caught:
        parse(text)

    assert (problem.line, problem.column) == (2, 3)
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_a_problem_has_the_place_in_what_was_given() -> None:
    """Lines and columns are those of the text, comments and declarations included."""
    (problem,) = pieces_of("<?xml version='1.0'?>\n<iq>\n  <é>&x;</é></iq>").problems

    assert (problem.line, problem.column) == (3, 6)


SOUND = st.recursive(
    st.sampled_from(["", "text", "<!-- -->", "&amp;", "<a b='c'/>", "<![CDATA[<]]>"]),
    lambda inside: st.builds("<a xmlns='{}'>{}{}</a>".format, st.just("urn:x"), inside, inside),
    max_leaves=6,
)


@given(SOUND.map("<top>{}</top>".format), st.integers(0, 200))
def test_what_is_cut_off_is_read_up_to_the_cut(text, end) -> None:
    """Whatever stands before the cut as a whole tag is in the element that is made of it."""
    part = text[:end]
    found = pieces_of(part)
    read = [element_of(found.data, piece) for piece in found.pieces]

    assert len(read) == (1 if part.startswith("<top>") else 0)
    if end >= len(text):
        assert len(list(read[0].iter())) == text.count("<a") + 1


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_no_bytes_are_too_wild(data) -> None:
    """It ends in an answer, whose pieces lie in the text, one after the other."""
    found = pieces_of(b"<a>" + data)
    positions = [edge for piece in found.pieces for edge in (piece.start, piece.end)]

    assert positions == sorted(positions)
    assert all(0 <= edge <= len(data) + 3 for edge in positions)
    assert found.pieces or found.problems


TOKENS = ["<a>", "</a>", "<b/>", "&", "<", "'", "<!--", "-->", "]]>", "<?xml ?>", HEADER,
          "</stream:stream>", "\0", "é", "<![CDATA["]  # fmt: skip


@given(st.lists(st.sampled_from(TOKENS), max_size=12))
def test_no_order_of_tags_is_too_wild(parts) -> None:
    """Every piece that is found can be read, or its refusal is an error that says why."""
    found = pieces_of("".join(parts))
    for piece in found.pieces:
        if piece.kind != "footer":
            assert element_of(found.data, piece).name in {"a", "b", "stream"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!-- " * 200_000, id="comments without end"),
        pytest.param("<!---->" * 100_000 + "<![CDATA[", id="comments before a section"),
        pytest.param("<a>" * 200_000, id="deep"),
        pytest.param("<a/>" * 120_000, id="many"),
        pytest.param("<a b='" + "x" * 1_000_000 + "'/>", id="a large value"),
        pytest.param("<a " + "b=' " * 200_000, id="quotes"),
        pytest.param("<a>" + "<b/>" * 500_000 + "</a>", id="many inside"),
        pytest.param("<a xmlns='" + "u" * 900 + "'>" + "<b/>" * 500_000, id="many in a long one"),
        pytest.param("<a xmlns" * 200_000, id="declarations"),
        pytest.param(
            "".join(
                f"<stream:stream xmlns:p{at}='u' xmlns:stream='{STREAMS}'>" for at in range(20_000)
            ),
            id="prefixes of streams",
        ),
        pytest.param(
            "<a xmlns='" + "u" * 1_000_000 + "'>" + "<b/>" * 1000 + "</a>", id="namespace"
        ),
    ],
)
def test_the_cost_is_bounded(text) -> None:
    """Nothing costs the square of its length."""

    def take_apart() -> None:
        found = pieces_of(text)
        for piece in found.pieces[:10]:
            element_of(found.data, piece)

    assert costs.ratio(take_apart, costs.read_ordinary(10**6), TIMES) <= TIMES


def test_what_is_beyond_the_last_piece_costs_nothing() -> None:
    """Twenty times as many items as are kept are not read twenty times as long."""
    few, many = "<a/>" * MOST_PIECES, "<a/>" * MOST_PIECES * 20
    found = pieces_of(many)

    assert len(found.pieces) == MOST_PIECES
    assert found.more
    assert [one.sentence for one in found.problems] == [
        f"there are more than {MOST_PIECES:,} items; the rest is left out"
    ]
    assert not pieces_of(few).more
    assert costs.ratio(lambda: pieces_of(many), lambda: pieces_of(few), 4) <= 4


def test_what_is_too_much_is_told_from_what_is_wrong() -> None:
    """A bound that was met is no mistake in the text: reading it otherwise would not help."""
    too_much = ("<a>" * (MAX_DEPTH + 1), f"<a xmlns='{'u' * 2000}'/>", "<a>" + "<b/>" * 40_000)
    wrong = ("<a></b>", "</a>", "<a", "<a><!-- --></a>")

    assert all(pieces_of(text).more for text in too_much)
    assert not any(pieces_of(text).more for text in wrong)


def test_a_prefix_holds_where_it_is_declared_alone() -> None:
    """What an element declares is no declaration of the stream header that follows."""
    found = pieces_of(f"<a xmlns:x='urn:x'/>{HEADER}<x:b/>")

    assert [one.kind for one in found.pieces] == ["element", "header"]
    assert "'x' is not declared" in found.problems[0].sentence


def test_one_sound_element_reads_as_parse_reads_it() -> None:
    """Nothing is lost or added on the kinder way."""
    text = "<iq type='get' id='1'><query xmlns='jabber:iq:roster'>a<b/>c</query></iq>"
    found = pieces_of(text)

    assert element_of(found.data, found.pieces[0]).xml == parse(text, CONVENTIONAL).xml
