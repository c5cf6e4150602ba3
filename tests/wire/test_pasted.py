"""Laws of what is pasted: its elements are found, and whatever is no XML is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.wire.fragments import element_of, pieces_of
from xmppexplore.wire.pasted import untangled

TIMES = 80  # as much as an ordinary megabyte: a tag that leads nowhere costs microseconds

PING = "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
LINES = "<presence>\n<status>left\n12:30 back again</status>\n</presence>"
OUTSIDE = "outside of elements"

CASES = [
    ("levels and directions", f"1 DEBUG SEND: {PING}\nDEBUG  RECV: <r/>\n", ["iq", "r"], OUTSIDE),
    ("times", f"2026-01-31 12:00:01,5 >> {PING}\n12:00:02 << <r/>", ["iq", "r"], OUTSIDE),
    ("process numbers", f'12:00 <0.51.0>@c2s:7 out = <<"{PING}">>\n', ["iq"], OUTSIDE),
    ("arrows to the left", "<- <i/>\n<-- <r/>\n<= <a/>\n<<< <b/>", [*"irab"], OUTSIDE),
    ("comments as marks", f"<!-- In 12:00 -->\n{PING}\n<!-- Out -->\n<r/>", ["iq", "r"], OUTSIDE),
    ("an address in a log", f"C: to <juliet@capulet.example>: {PING}", ["iq"], OUTSIDE),
    ("a fence", f"```xml\n{PING}\n```", ["iq"], OUTSIDE),
    ("a program", f'sent = b"{PING}"', ["iq"], OUTSIDE),
    ("start tags alone", "12:00:01 in: <iq>\n12:00:02 out: <r>", ["iq", "r"], "closed here"),
    ("chatter behind it", "12:00:01 in: <iq>\n12:00:02 connected\n", ["iq"], "closed here"),
    ("a time in a text", f"SENT: {LINES}\nSENT: <r/>", ["presence", "r"], OUTSIDE),
    ("quoted", "> <iq>\n>   <ping/>\n> </iq>", ["iq"], "begins with '>'"),
    ("numbered", "7: <iq>\n8:   <ping/>\n9: </iq>", ["iq"], "its number"),
    ("typographic quotes", "<iq type=“get” id=‘a’/>", ["iq"], "typographic quotes"),
    ("wide spaces", "<iq\u00a0type='get'>\u00a0<r/></iq>", ["iq"], "plain ones"),
    ("dots", "<iq type='get' ...><r/> <...> </iq>", ["iq"], "dots in a tag"),
    ("snipped", "<iq [snip] id='1'/>", ["iq"], "dots in a tag"),
    ("escaped", "&lt;iq id=&quot;1&quot;&gt;&amp;amp;&lt;/iq&gt;", ["iq"], "one layer"),
    ("backslashes", r"<iq id=\"1\">\n<r/>\t</iq>", ["iq"], "backslashes"),
    ("an end without a start", "</iq>\n<presence/>", ["presence"], "belongs to no start tag"),
    ("a tag that is cut", "12:00 in: <iq type='ge\n12:01 in: <r/>", ["iq", "r"], "cut off"),
    ("a tag that is cut last", "12:00 in: <iq type='get' id=", ["iq"], "cut off"),
    ("a tag without its end", "in <iq type='get'\n id='1'", ["iq"], "cut off"),
    ("an error on the way", f"<a><body>a & b</body></a>\n{PING}", ["a", "iq"], "bare &"),
    ("errors on the way", "<iq><a></b></iq>\n<iq>&nbsp;</iq>\n<iq/>", ["iq"] * 3, "is no entity"),
    ("an undeclared prefix", "<iq><p:ping/></iq>\n<presence/>", ["iq", "presence"], "prefix 'p'"),
    ("an attribute without quotes", f"<iq id=1>{PING}</iq>", ["iq"], "without quotes"),
    ("a tag that stays bad", f"<iq id='1' =/>\n<iq ='1'/>\n{PING}", ["iq"], "cannot stand here"),
    ("a closed stream", f"SENT: {PING}\nRECV: </stream:stream>", ["iq", "footer"], OUTSIDE),
]  # fmt: skip


def names(text: str) -> list[str]:
    """Return the names of what is found in a text."""
    found = pieces_of(text)
    return [
        piece.kind if piece.kind == "footer" else element_of(found.data, piece).name
        for piece in found.pieces
    ]


@pytest.mark.parametrize(
    ("text", "elements", "said"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_each_element_is_found_and_the_rest_is_said(text, elements, said) -> None:
    """Every element of first level is there, at its line, and what was done has a sentence."""
    found = untangled(text)

    assert names(found.text) == elements
    assert said in " ".join(one.sentence for one in found.problems)
    if "\\n" not in text:
        assert found.text.count("\n") == text.count("\n")


def test_what_is_read_stands_where_it_stood() -> None:
    """Line and column of what follows do not change, so that an objection points at it."""
    text = "12:00 in: <iq>\n12:01 in: <r x=“1” ...><y/></r>\nend"
    found = untangled(text)

    assert found.text.split("\n")[1].index("<y/>") == text.split("\n")[1].index("<y/>")
    assert [(one.line, one.column) for one in found.problems] == [(1, 1), (1, 11), (2, 11), (2, 11)]


TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<&>"), max_size=12
)
SOUND = st.recursive(
    st.builds("<a b='{}'/>".format, TEXT.map(lambda text: text.replace("'", ""))),
    lambda inner: st.lists(inner | TEXT, max_size=3).map("".join).map("<a>{}</a>".format),
    max_leaves=5,
)


@given(st.lists(SOUND, min_size=1, max_size=4), st.sampled_from(["12:00 SEND: ", "<< ", "-> ", ""]))
def test_sound_elements_are_left_as_they_are(elements, mark) -> None:
    """Whatever stands in a log beside them, not a character of an element changes."""
    log = "\n".join(mark + element for element in elements)
    found = untangled(log)

    assert [line[len(mark) :] for line in found.text.split("\n")] == elements


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_no_text_is_too_wild(text) -> None:
    """It ends in a text with places inside it."""
    found = untangled(f"<a>{text}")

    assert all(one.line >= 1 and one.column >= 1 for one in found.problems)
    assert len(found.problems) < 100


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<a>" * 200_000, id="deep"),
        pytest.param("<a>" * 100_000 + "</b>" * 100_000, id="deep, with other ends"),
        pytest.param("<a>" + "12:00 in: x\n" * 90_000, id="marks in an element"),
        pytest.param("<a>" + "12:00 in: x\n" * 90_000 + "</a>", id="marks that are content"),
        pytest.param("12:00 in: <a>\n" * 70_000, id="start tags alone"),
        pytest.param("<!-- " * 200_000, id="comments without end"),
        pytest.param("<a b=“" * 150_000, id="quotes"),
        pytest.param("<a " * 300_000, id="tags that are cut"),
        pytest.param("<a ... " * 150_000, id="dots"),
        pytest.param("<iq>&</iq>\n" * 90_000, id="errors"),
        pytest.param("1\n" * 300_000, id="numbers"),
        pytest.param("&lt;a " * 150_000, id="escaped"),
        pytest.param("[" * 500_000 + " " * 500_000, id="brackets"),
    ],
)
def test_the_cost_is_bounded(text) -> None:
    """Nothing costs the square of its length."""
    assert costs.ratio(lambda: untangled(text), costs.read_ordinary(10**6), TIMES) <= TIMES


def test_every_line_with_something_else_is_counted() -> None:
    """Also those between two elements on which there is no element at all."""
    told = untangled("12:00 begin\n\n12:01 x\n12:02 <r/> y\n12:03\n12:04 end").problems

    assert "in lines 1, 3, 4, 5 and 1 more" in told[0].sentence


def test_of_a_tag_that_is_cut_the_whole_attributes_are_read() -> None:
    """A half value might say another thing."""
    found = pieces_of(untangled("SENT: <iq type='get' id='1' to='juliet@cap...").text)

    assert element_of(found.data, found.pieces[0]).attributes == {"type": "get", "id": "1"}


@pytest.mark.parametrize(
    ("text", "read", "said"),
    [
        ("<body>fish & chips</body>", "fish & chips", "write &amp;"),
        ("<body>1 < 2 &lt; 3</body>", "1 < 2 < 3", "write &lt;"),
        ("<body>a&nbsp;b</body>", "a&nbsp;b", "is no entity"),
        ("<body>&#x26;&#38; &</body>", "&& &", "write &amp;"),
    ],
)
def test_a_text_is_read_as_it_was_meant(text: str, read: str, said: str) -> None:
    """What stands bare in it is no reason to lose the rest."""
    made = untangled(f"<message>{text}</message>")
    found = pieces_of(made.text)

    assert element_of(found.data, found.pieces[0]).children[0].text == read
    assert said in made.problems[0].sentence


def test_what_cannot_be_read_is_said_once() -> None:
    """Each turn of the reading gets further."""
    for text in ("<iq a='' ' b/>", "<iq a='' ' b/>\n<iq a='' ' b/>\n<iq/>"):
        told = untangled(text).problems
        assert len(set(told)) == len(told)
