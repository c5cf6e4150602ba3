"""Where an element and its attributes stand in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.wire.element import parse, quoted
from xmppexplore.wire.places import line_and_column, place_of


@pytest.mark.parametrize(
    ("xml", "attribute", "column"),
    [
        ("<iq type='get' id='1'/>", "", 1),
        ("<iq type='get' id='1'/>", "id", 16),
        ("<iq type='id=' id='1'/>", "id", 16),
        ("<iq type='get' id='1'/>", "to", 1),
        ("<iq xml:lang='en' lang='de'/>", "lang", 19),
        ("<iq xml:lang='en' lang='de'/>", "{http://www.w3.org/XML/1998/namespace}lang", 5),
        ("<iq xmlns:id='urn:x' id = '1'/>", "id", 22),
        ("<iq xmlns:p='urn:x' xmlns:q='urn:y' p:a='1' q:a='2'/>", "{urn:y}a", 45),
        ("<iq p:a='1' xml:a='2' q:a='3' xmlns:q='urn:y' xmlns:p='urn:x'/>", "{urn:y}a", 23),
        ("<iq xmlns:p='urn:&#120;' p:a='1'/>", "{urn:x}a", 26),
        ("<iq xmlns:p='urn:x' p:a='1'/>", "{urn:y}a", 1),
        ("<stream:iq stream:a='1' a='2'/>", "{http://etherx.jabber.org/streams}a", 12),
    ],
)
def test_an_attribute_is_found_where_it_is_written(xml: str, attribute: str, column: int) -> None:
    """Not in another's value, not behind another's prefix."""
    element = parse(xml)

    assert line_and_column(element.source.data, place_of(element, attribute)) == (1, column)


@given(st.lists(st.sampled_from(["a", "bc", "d-e"]), unique=True, min_size=1), st.data())
def test_any_attribute_is_found_among_others(names: list[str], data: st.DataObject) -> None:
    """Whatever the values and the white space are, the name stands at the place."""
    text = "<iq"
    for name in names:
        value = data.draw(st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
        text += data.draw(st.sampled_from([" ", "\n", "\t  "])) + f"{name}={quoted(value)}"
    element = parse(text + "/>")

    for name in names:
        at = place_of(element, name)
        assert element.source.data[at:].startswith(f"{name}=".encode())


def test_white_space_in_a_tag_takes_no_time() -> None:
    """A peer may send a megabyte of it; the timeout of the test says whether it is read once."""
    element = parse("<iq" + " " * 1_000_000 + "/>")

    assert place_of(element, "id") == 0


def test_lines_and_columns_are_counted_in_characters() -> None:
    """A letter of two bytes is one column."""
    data = "<a>\n<é/>é<b/>".encode()

    assert line_and_column(data, data.index(b"<b")) == (2, 6)
