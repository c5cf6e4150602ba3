"""Laws of single facts: told from the element, short, and never secret."""

from __future__ import annotations

import pytest

from tests.reading.transcripts import HEADER_IN, HEADER_OUT, OWN, SASL, SECRET, recorded
from xmppexplore.reading.records import fact
from xmppexplore.reading.shapes import attribute, condition, element_of, short_form, text_of
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

STANZA_ERROR = (
    b"<iq type='error' id='1'><query xmlns='jabber:iq:roster'/><error type='auth'>"
    b"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>"
    b"<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
)
FAILURE = b"<failure " + SASL + b"><account-disabled/><text>no</text></failure>"


def said(xml: bytes) -> Columns:
    """Return columns whose row 1 is an item of the server."""
    columns = recorded([(IN, HEADER_IN), (IN, xml), ("closed", "")])
    columns.settle()
    return columns


@pytest.mark.parametrize(
    ("xml", "shown"),
    [
        (b"<starttls xmlns='urn:x'/>", "<starttls/>"),
        (b"<auth " + SASL + b" mechanism='PLAIN'>" + SECRET + b"</auth>",
         "<auth mechanism='PLAIN'>…"),
        (b"<stream:features><a xmlns='u'/><b xmlns='u'/><a xmlns='u'/></stream:features>",
         "<stream:features> a, b"),
        (FAILURE, "<failure> account-disabled, text"),
        (b"<iq type='set' id='1'><bind xmlns='u'/></iq>", "<iq type='set'> bind"),
        (STANZA_ERROR, "<iq type='error'> forbidden"),
        (b"<presence/>", "<presence/>"),
        (b"<message type='chat'><body>x</body></message>", "<message type='chat'> body"),
        (b"</stream:stream>", "</stream:stream>"),
        (b"<message><bo", "partial <message"),
    ],
)  # fmt: skip
def test_short_forms(xml: bytes, shown: str) -> None:
    """Name, telling attributes and children; never the content."""
    columns = said(xml)

    assert short_form(columns, fact(columns, 1)) == shown


def test_headers_name_whom_they_concern() -> None:
    """The client's header says to whom, the server's which stream."""
    columns = recorded([(OUT, HEADER_OUT), (IN, HEADER_IN)])
    columns.settle()

    assert [short_form(columns, fact(columns, row)) for row in (0, 1)] == [
        "<stream:stream to='capulet.example'>",
        "<stream:stream id='s1'>",
    ]


def test_long_attributes_are_cut() -> None:
    """A peer cannot fill a drawing with one attribute."""
    for xml in (
        b"<x xmlns='u' type='" + b"a" * 100_000 + b"'/>",
        b"<" + b"x" * 100_000 + b" xmlns='u'><y/></" + b"x" * 100_000 + b">",
        b"<iq type='" + b"a" * 100_000 + b"'/>",
    ):
        columns = said(xml)

        assert len(short_form(columns, fact(columns, 1))) < 400
        assert len(attribute(columns, 1, "type")) < 4000


@pytest.mark.parametrize(
    ("xml", "defined"),
    [
        (STANZA_ERROR, "forbidden"),
        (FAILURE, "account-disabled"),
        (b"<message type='error'><error><made-up xmlns='urn:x'/></error></message>", ""),
        (b"<message type='error'/>", ""),
    ],
)
def test_conditions(xml: bytes, defined: str) -> None:
    """The defined condition, and none that somebody made up."""
    columns = said(xml)

    assert condition(columns, fact(columns, 1)) == defined


def test_texts_and_attributes() -> None:
    """What is not there is empty."""
    columns = said(f"<iq type='result'><b xmlns='u'><jid> {OWN} </jid></b></iq>".encode())

    assert text_of(columns, 1, "jid") == OWN
    assert text_of(columns, 1, "nothing") == ""
    assert attribute(columns, 1, "type") == "result"
    assert attribute(columns, 1, "nothing") == ""


def test_what_is_no_element_is_none() -> None:
    """Headers, footers and broken bytes have no element, and asking does not raise."""
    columns = said(b"<!-- no -->")

    assert element_of(columns, 0) is None
    assert element_of(columns, 1) is None
    assert attribute(columns, 1, "type") == ""
