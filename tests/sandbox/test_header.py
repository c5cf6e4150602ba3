"""Stream headers are checked and answered as RFC 6120 §4.7 to §4.9 say."""

from __future__ import annotations

import re

import pytest

from tests.sandbox.conversation import HEADER_OUT
from xmppexplore import names
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.header import response
from xmppexplore.wire.element import parse


def changed(old, new):
    """Return the usual header with one thing changed."""
    assert old in HEADER_OUT
    return HEADER_OUT.replace(old, new)


REFUSED = [
    ("streams namespace", changed("etherx.jabber.org", "example.org"), "invalid-namespace"),
    ("root element", changed("<stream:stream", "<stream:flow"), "bad-format"),
    ("content of servers", changed("jabber:client", "jabber:server"), "invalid-namespace"),
    ("no content namespace", changed(" xmlns='jabber:client'", ""), "invalid-namespace"),
    ("no to", changed(" to='play.example'", ""), "improper-addressing"),
    ("other host", changed("play.example", "else.example"), "host-unknown"),
    ("an account", changed("play.example", "a@play.example"), "host-unknown"),
    ("no address", changed("play.example", "@"), "host-unknown"),
    ("bad from", changed(" to=", " from='@' to="), "improper-addressing"),
    ("encoding", "<?xml version='1.0' encoding='latin-1'?>", "unsupported-encoding"),
    ("UTF-16", HEADER_OUT.encode("utf-16"), "unsupported-encoding"),
    ("HTTP", b"GET / HTTP/1.1\r\n\r\n", "not-well-formed"),
    ("DTD", "<!DOCTYPE stream>", "restricted-xml"),
    ("comment before", "<!-- x -->" + HEADER_OUT, "restricted-xml"),
    ("declaration behind space", " " + HEADER_OUT, "restricted-xml"),
    ("two declarations", "<?xml version='1.0'?>" + HEADER_OUT, "restricted-xml"),
    ("empty to", changed("play.example", ""), "improper-addressing"),
    ("big-endian", HEADER_OUT.encode("utf-16-be"), "unsupported-encoding"),
    ("UTF-32", HEADER_OUT.encode("utf-32"), "unsupported-encoding"),
    ("TLS where there is none", b"\x16\x03\x01\x02\x00\x01", "not-well-formed"),
    ("WebSocket", b"GET /xmpp HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "not-well-formed"),
    ("undeclared prefix", "<stream:stream to='play.example'>", "not-well-formed"),
    ("too long", "<a b='" + "x" * 70_000, "policy-violation"),
]
VERSIONS = [("", False), ("0.9", False), ("x", False), ("1", False), ("1.0", True), ("1.10", True)]
VERSIONS += [("2.0", True), ("9" * 5000 + ".0", True)]


@pytest.mark.parametrize(
    ("header", "condition"),
    [pytest.param(header, want, id=name) for name, header, want in REFUSED],
)
def test_a_wrong_header_is_refused_with_its_condition(play, header, condition):
    """First our header, so that the error stands in a stream; then error and end (§4.9.1)."""
    client = play.client()
    client >> header

    client << "header"
    client << (
        "<stream:error>"
        f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>...</text>"
        "</stream:error>"
    )
    client << "footer"
    client.quiet()
    assert client.closed == condition


@pytest.mark.parametrize(("version", "taken"), VERSIONS, ids=range(len(VERSIONS)))
def test_versions_below_one_are_not_spoken(play, version, taken):
    """Absent means 0.9; above, the lower of the two is spoken, which is ours (§4.7.5)."""
    said = f"version='{version}'" if version else ""
    client = play.client()
    client >> re.sub(r"(?<=example' )version='1.0'", said, HEADER_OUT)

    assert (client.closed is None) == taken
    if not taken:
        assert client.closed == "unsupported-version"
    assert b"version='1.0' xml:lang" in client.got


STREAMS_AS_DEFAULT = (
    "<stream xmlns='http://etherx.jabber.org/streams' xmlns:c='jabber:client'"
    " to='play.example' version='1.0'>"
)
GOOD = [
    ("byte order mark", "\ufeff" + HEADER_OUT),
    ("line break behind the declaration", changed("?>", "?>\r\n")),
    ("standalone", changed("?>", " standalone='yes'?>")),
    ("unknown attribute", changed(" to=", " x='y' to=")),
    ("foreign sender", changed(" to=", " from='romeo@else.example' to=")),
    ("no declaration", HEADER_OUT.partition("?>")[2]),
    ("space before", "\n" + HEADER_OUT.partition("?>")[2]),
    ("case of the host", changed("play.example", "Play.Example.")),
    ("another prefix", HEADER_OUT.replace("stream:", "s:").replace("xmlns:stream", "xmlns:s")),
    ("streams as default", STREAMS_AS_DEFAULT),
    ("encoding", changed("?>", " encoding='UTF-8'?>")),
]


@pytest.mark.parametrize("header", [pytest.param(text, id=name) for name, text in GOOD])
def test_every_right_way_to_write_a_header_is_taken(play, header):
    """XML decides what it says, not its spelling (§4.8.5)."""
    client = play.client()
    client >> header

    client << "header"
    assert parse(client.items.pop()[1]).name == "features"
    assert client.closed is None


def test_our_header_says_who_we_are_and_gives_the_id(play):
    """An id that is new each time, and the client's from given back (§4.7.1 to §4.7.3)."""
    client = play.client()
    client >> changed(" to=", " from='Romeo@play.example' to=")
    first = bytes(client.items.pop(0)[1])
    other = play.client()
    other >> HEADER_OUT
    second = bytes(other.items.pop(0)[1])

    assert b"from='play.example' to='romeo@play.example' version='1.0' xml:lang='en'" in first
    assert re.search(rb" id='(.+?)'", first)[1] != re.search(rb" id='(.+?)'", second)[1]
    assert b" to=" not in second


def test_a_header_is_escaped():
    """Nothing of the client's becomes markup."""
    text = response("a'b", "<i>", Address("x&y", "d"))

    element = parse(text.partition("?>")[2] + "</stream:stream>")
    assert element.namespace == names.STREAMS
    assert element.get("id") == "<i>"
    assert element.get("to") == "x&y@d"


def test_a_root_that_is_one_empty_tag_is_a_stream_that_is_over(play):
    """It is answered like any other, and closed."""
    client = play.client()
    client >> HEADER_OUT.replace("'>", "'/>")

    client << "header"
    assert len(client.items) == 2
    assert client.closed == ""


@pytest.mark.parametrize(
    ("lang", "answered"),
    [("en", "en"), ("en-GB", "en-GB"), ("EN", "EN"), ("de", "en"), ("", "en"), ("en&apos;", "en")],
)
def test_the_language_is_the_clients_where_it_can_be(play, lang, answered):
    """Our texts are English (§4.7.4)."""
    client = play.client()
    client >> changed(" to=", f" xml:lang='{lang}' to=")
    header = client.items.pop(0)[1]

    assert re.search(rb"xml:lang='(.*?)'", header)[1].decode() == answered
