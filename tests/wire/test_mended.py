"""Laws of putting tags right: what was meant is read, what is sound is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.names import CLIENT
from xmppexplore.wire.element import parse
from xmppexplore.wire.fragments import CONVENTIONAL
from xmppexplore.wire.mended import mended

TIMES = 80  # as much as an ordinary megabyte: each attribute is looked at several times

CASES = [
    ("curly quotes", "<iq type=“get” id = ‘1’/>", {"type": "get", "id": "1"}, "typographic"),
    ("a straight quote inside", "<iq id=“a\"b”/>", {"id": 'a"b'}, "typographic"),
    ("wide spaces", "<iq\u00a0id='1'\u2009/>", {"id": "1"}, "plain ones"),
    ("a wide space in a value", "<iq\u00a0id='a\u00a0b'/>", {"id": "a\u00a0b"}, "plain ones"),
    ("dots", "<iq id='1' .../>", {"id": "1"}, "left out"),
    ("dots that are a value", "<iq id='...' [...]/>", {"id": "..."}, "left out"),
    ("commas", "<iq type='get', id='1,2'/>", {"type": "get", "id": "1,2"}, "commas"),
    ("no quotes", "<iq type=get id=1/>", {"type": "get", "id": "1"}, "without quotes"),
    ("twice", "<iq id='1' id='2'/>", {"id": "1"}, "'id' stands twice"),
    ("an undeclared prefix", "<x:iq id='1'></x:iq>", {"id": "1"}, "prefix 'x' is not declared"),
    ("that of an attribute", "<iq id='1' x:id='2'/>", {"id": "1"}, "prefix of 'x:id'"),
    ("a half value", "<iq id='a>b' type='get'/>", {"id": "a>b", "type": "get"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "attributes", "said"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_what_was_meant_is_read(text, attributes, said) -> None:
    """The attributes are those that a person sees, and what was done has a sentence."""
    problems = []
    element = parse(mended(text, problems), CONVENTIONAL)

    assert element.qualified == f"{{{CLIENT}}}iq"
    assert element.attributes == attributes
    assert said in " ".join(one.sentence for one in problems)
    assert bool(problems) is bool(said)


NAME = st.text("abcx", min_size=1, max_size=4)
VALUE = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<'"), max_size=9)
ATTRIBUTES = st.dictionaries(NAME, VALUE, max_size=3).map(
    lambda pairs: "".join(f" {name}='{value}'" for name, value in pairs.items())
)
TAG = st.builds("<{}{}{}>".format, NAME, ATTRIBUTES, st.sampled_from(["", "/", " /", " "]))
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<"), max_size=9)


@given(st.lists(TAG | TEXT, max_size=6))
def test_sound_tags_and_texts_are_left_as_they_are(parts) -> None:
    """Not a character changes, whatever stands in values."""
    problems = []
    text = "".join(parts)

    assert mended(text, problems) == text
    assert problems == []


@given(st.text(st.sampled_from("<>a:='\"“” .,/x\n"), max_size=80))
def test_nothing_is_too_wild_and_lines_stay(text) -> None:
    """Whatever is made of a tag, it ends on the line where it ended."""
    problems = []

    assert mended(text, problems).count("\n") == text.count("\n")
    assert all(1 <= one.line <= text.count("\n") + 1 and one.column >= 1 for one in problems)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<a " + "b=“" * 300_000 + ">", id="quotes"),
        pytest.param("<a " + "b='1' " * 150_000 + ">", id="the same attribute"),
        pytest.param("<a " + "...," * 200_000 + ">", id="dots"),
        pytest.param("<a " + "=" * 500_000 + ">", id="signs"),
        pytest.param("<a " + " " * 500_000 + "=>", id="spaces"),
        pytest.param("<a x" + " " * 250_000 + "=" + " " * 250_000 + ">", id="spaces around a sign"),
        pytest.param("<a:" * 200_000 + ">", id="prefixes"),
        pytest.param("<a:b>" * 150_000, id="undeclared prefixes"),
        pytest.param("<a " + "[" * 500_000 + ">", id="brackets"),
        pytest.param("<a " + "b" * 500_000 + ">", id="a long name"),
    ],
)
def test_the_cost_is_bounded(text) -> None:
    """Nothing costs the square of its length."""
    assert costs.ratio(lambda: mended(text, []), costs.read_ordinary(10**6), TIMES) <= TIMES
