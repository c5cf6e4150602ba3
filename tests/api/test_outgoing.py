"""What a person gives to send is checked and completed, never rewritten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.api.outgoing import is_stray, new_id, prepare, request
from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.wire.element import CLIENT, parse


@given(st.text(alphabet="ab<>&'\" \n/=!?\ud7ff😀", max_size=60))
def test_whatever_passes_leaves_as_it_was(text: str) -> None:
    """A text is refused, or leaves byte for byte; nothing between."""
    xml = f"<message>{text}</message>"
    try:
        piece = prepare(xml, check=True, context=CLIENT)
    except MalformedXML:
        return
    assert piece.data == xml.encode()
    assert piece.stanza


@given(st.binary(max_size=60))
def test_unchecked_bytes_are_untouched(data: bytes) -> None:
    """Whatever they are."""
    assert prepare(data, check=False, context=CLIENT).data == data


def test_a_request_without_id_gets_one_and_says_so() -> None:
    """Only the id is added, in front of what stands there."""
    piece = prepare("<iq  type='get'><a xmlns='b'/></iq>", check=True, context=CLIENT)

    assert piece.element is not None
    assert piece.changed == f"id {piece.element.get('id')} added"
    assert piece.data.endswith(b"  type='get'><a xmlns='b'/></iq>")


@pytest.mark.parametrize(
    ("xml", "stanza"),
    [
        ("<presence/>", True),
        ("<r xmlns='urn:xmpp:sm:3'/>", False),
        ("<message xmlns='urn:other'/>", False),
        ("<iq id='1' type='get'><x xmlns='y'/></iq>", True),
    ],
)
def test_only_stanzas_of_the_stream_are_counted(xml: str, stanza: bool) -> None:
    """Stream management counts message, presence and iq of the content namespace (XEP-0198 §4)."""
    assert prepare(xml, check=True, context=CLIENT).stanza is stanza


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("<ping xmlns='urn:xmpp:ping'/>", "inside an iq: ask(...)"),
        ("<query xmlns='jabber:iq:roster'/>", "inside an iq: ask(...)"),
        ("<x xmlns='http://jabber.org/protocol/muc'/>", "inside a presence"),
        ("<body/>", "inside a message"),
        ("<sm xmlns='urn:xmpp:sm:3'/>", "neither message, presence nor iq"),
        ("<anything/>", "neither message, presence nor iq"),
    ],
)
def test_what_stands_only_inside_of_a_stanza_is_not_sent_alone(xml: str, words: str) -> None:
    """A server closes the stream for it (RFC 6120 §4.9.3.24); the error says what to do."""
    with pytest.raises(UsageError) as refused:
        prepare(xml, check=True, context=CLIENT)
    assert words in str(refused.value)
    assert prepare(xml, check=False, context=CLIENT).data == xml.encode()


@pytest.mark.parametrize(
    ("namespace", "said"),
    [
        ("urn:ietf:params:xml:ns:xmpp-tls", "starttls"),
        ("urn:ietf:params:xml:ns:xmpp-sasl", "auth response abort"),
        ("urn:xmpp:sasl:2", "authenticate response abort next"),
        ("urn:xmpp:sm:3", "enable resume r a"),
        ("urn:xmpp:csi:0", "active inactive"),
        ("http://jabber.org/protocol/compress", "compress"),
        ("urn:example:unknown", "anything"),
    ],
)
def test_what_a_client_says_beside_stanzas_is_no_stray(namespace: str, said: str) -> None:
    """Nor is what nobody has defined here."""
    for name in said.split():
        assert not is_stray(parse(f"<{name} xmlns='{namespace}'/>", CLIENT), CLIENT)


def test_a_payload_is_wrapped_and_a_whole_iq_is_taken_as_it_is() -> None:
    """Recipient and type go where they belong."""
    wrapped = request("<q xmlns='u'/>", to="a@b", type="set", context=CLIENT)
    whole = request("<iq id='7' type='get'><q xmlns='u'/></iq>", to=None, type="x", context=CLIENT)

    assert wrapped.element is not None
    assert (wrapped.element.get("to"), wrapped.element.get("type")) == ("a@b", "set")
    assert whole.data == b"<iq id='7' type='get'><q xmlns='u'/></iq>"


@pytest.mark.parametrize(
    ("payload", "to", "type"),
    [
        ("<q xmlns='u'/>", None, "result"),
        ("<message/>", None, "get"),
        ("<iq type='result' id='1'/>", None, "get"),
        ("<iq type='get' id='1' to='a@b'><q xmlns='u'/></iq>", "c@d", "get"),
    ],
)
def test_what_is_no_request_is_refused(payload: str, to: str | None, type: str) -> None:
    """The error says what to call instead."""
    with pytest.raises(UsageError):
        request(payload, to=to, type=type, context=CLIENT)


def test_ids_differ() -> None:
    """A thousand in a row."""
    assert len({new_id() for _ in range(1000)}) == 1000


def test_an_element_that_ends_the_stream_is_refused_unless_asked_for() -> None:
    """The stream's own namespace holds three elements (RFC 6120 §4.9.3.24)."""
    with pytest.raises(UsageError, match="check=False"):
        prepare("<hello/>", check=True, context=CLIENT)
    assert prepare("<hello/>", check=False, context=CLIENT).data == b"<hello/>"
