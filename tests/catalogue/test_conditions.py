"""Condition tables and the sentences that are filled from the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.catalogue.conditions import LONGEST_VALUE, Place, filled, holds, one_line
from xmppexplore.wire.element import parse

IQ = parse(
    "<iq type='set' to='a@b' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
    "<publish node='n'><item id='x'>text</item></publish></pubsub></iq>"
)
PUBLISH = Place.outermost(IQ).child(IQ.children[0]).child(IQ.children[0].children[0])
ITEM = PUBLISH.child(PUBLISH.element.children[0])


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, True),
        ({"stanza": "iq"}, True),
        ({"stanza": "iq get|set"}, True),
        ({"stanza": "iq get"}, False),
        ({"stanza": "message"}, False),
        ({"parent": "publish"}, True),
        ({"parent": ["retract", "{http://jabber.org/protocol/pubsub}publish"]}, True),
        ({"parent": "{urn:other}publish"}, False),
        ({"@id": "x"}, True),
        ({"@id": ["y", "z"]}, False),
        ({"@id": True, "@other": False}, True),
        ({"child": "x"}, False),
        ({"no_child": "x"}, True),
        ({"empty": True}, False),
        ({"empty": False}, True),
        ({"stanza": "iq set", "@id": "y"}, False),
    ],
)
def test_all_conditions_must_hold(when: dict[str, object], expected: bool) -> None:
    """Each key by itself, and several together."""
    assert holds(when, ITEM) is expected


def test_a_presence_without_a_type_is_of_type_none() -> None:
    """``none`` stands for the absence of the attribute."""
    place = Place.outermost(parse("<presence/>"))

    assert holds({"stanza": "presence none"}, place)
    assert not holds({"stanza": "presence unavailable"}, place)


def test_a_forwarded_stanza_is_the_stanza_of_what_it_holds() -> None:
    """The nearest one counts, not the outermost."""
    outer = parse(
        "<message><forwarded xmlns='urn:xmpp:forward:0'>"
        "<iq xmlns='jabber:client' type='get'><q xmlns='urn:x'/></iq></forwarded></message>"
    )
    forwarded = Place.outermost(outer).child(outer.children[0])
    inner = forwarded.child(forwarded.element.children[0])
    query = inner.child(inner.element.children[0])

    assert holds({"stanza": "message"}, forwarded)
    assert holds({"stanza": "iq get"}, query)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Publishes {@id} at {parent@node} of {stanza@to}.", "Publishes x at n of a@b."),
        ("Holds {text} and {count} elements.", "Holds text and 0 elements."),
        ("Names {@other}.", None),
        ("Plain.", "Plain."),
    ],
)
def test_a_sentence_is_filled_or_does_not_apply(sentence: str, expected: str | None) -> None:
    """A value that is missing leaves the sentence out."""
    assert filled(sentence, ITEM) == expected


@given(st.text(max_size=400))
def test_what_is_shown_is_one_printable_line(text: str) -> None:
    """A value of the wire steers neither a terminal nor a layout."""
    line = one_line(text)

    assert line.isprintable()
    assert len(line) <= 10 * LONGEST_VALUE + 3
