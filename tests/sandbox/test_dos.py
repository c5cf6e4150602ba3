"""A server under attack: memory and time stay bounded, and the others notice nothing.

Each attack is made with some bytes and with about twice as many.  It ends with the error
that is due, the process never has much more memory than before, and twice as many bytes do
not take four times the processor time.
"""

from __future__ import annotations

import pytest

from tests.sandbox.siege import HALF_OPEN, HEADER, Siege, enough_files
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.link import HIGH_WATER, READ_BYTES

LIMITS = Limits()
MIB = 1024 * 1024
GROWTH = 12 * LIMITS.stanza_bytes / MIB
"""MiB that an attack may take: some copies of the largest element while it is read."""
TWICE = 3.0
"""How much longer twice as much may take, with what a busy machine adds."""
TO = b"<message to='alice@localhost'>"


def counted(piece):
    """Return what makes so many of a piece, each with its number where there is room for it."""
    times = piece.count(b"%d")
    if not times:
        return lambda count: piece * count
    return lambda count: b"".join(piece % ((number,) * times) for number in range(count))


def inside(start, piece, end=b""):
    """Return what makes an element with so many pieces inside."""
    made = counted(piece)
    return lambda count: start + made(count) + end


def request(kind, payload):
    """Return what makes so many requests."""
    return counted(b"<iq type='%b' id='i' to='localhost'>%b</iq>" % (kind, payload))


def own(kind, payload):
    """Return what makes so many requests to the own account."""
    return counted(b"<iq type='%b' id='i'>%b</iq>" % (kind, payload))


def listed(start, piece, end):
    """Return what makes one request with so many items."""
    return inside(b"<iq type='set' id='i'>" + start, piece, end + b"</iq>")


# Name, what makes it, how often, and the stream error that ends it ("" for none).
STRANGERS = [
    ("white space", inside(HEADER, b" "), 1_500_000, "policy-violation"),
    ("a header", inside(HEADER[:-1] + b" a='", b"x"), 2_000_000, "policy-violation"),
    ("a login", inside(HEADER + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>", b"x"),
     2_000_000, "policy-violation"),
    ("entities", inside(b"<?xml version='1.0'?><!DOCTYPE a [", b"<!ENTITY a%d 'ha'>"),
     50_000, "restricted-xml"),
    ("headers", counted(HEADER), 5000, "policy-violation"),
    ("closed streams", counted(HEADER + b"</stream:stream>"), 5000, ""),
    ("failed logins", inside(HEADER, b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
     b" mechanism='SCRAM-SHA-1'>biwsbj1hLHI9YQ==</auth>"
     b"<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), 2000, "policy-violation"),
    ("accounts", inside(HEADER, b"<iq type='set' id='i'><query xmlns='jabber:iq:register'>"
     b"<username>a b</username><password>p</password></query></iq>"), 500, ""),
    ("no XMPP", counted(b"GET / HTTP/1.1\r\n"), 50_000, "not-well-formed"),
]  # fmt: skip
MEMBERS = [
    ("text", inside(TO + b"<body>", b"x"), 6_000_000, "policy-violation"),
    ("an attribute", inside(b"<message to='", b"x"), 6_000_000, "policy-violation"),
    ("a name", inside(b"<m", b"x"), 6_000_000, "policy-violation"),
    ("a section", inside(TO + b"<![CDATA[", b"x"), 6_000_000, "policy-violation"),
    ("a comment", inside(TO + b"<!--", b"x"), 6_000_000, "restricted-xml"),
    ("entities", inside(TO, b"&a%d;"), 100_000, "restricted-xml"),
    ("depth", inside(TO, b"<a>"), 100_000, "policy-violation"),
    ("depth that is closed", lambda count: TO + b"<a>" * count + b"</a>" * count + b"</message>",
     100_000, "policy-violation"),
    ("elements", inside(TO, b"<a/>", b"</message>"), 50_000, "policy-violation"),
    ("attributes", inside(b"<message", b" a%d='1'", b"/>"), 20_000, "policy-violation"),
    ("namespaces", inside(b"<message", b" xmlns:a%d='u'", b"/>"), 20_000, "policy-violation"),
    ("names", counted(b"<message><a%d xmlns='u%d'/></message>"), 5000, ""),
    ("white space", counted(b" "), 500_000, ""),
    ("a long address", inside(b"<message to='", b"x", b"'/>"), 2_000_000, ""),
    ("an address of many labels", inside(b"<message to='", b"\xc3\xa9.", b"'/>"), 500_000, ""),
    ("presence", counted(b"<presence/>"), 10_000, ""),
    ("requests", request(b"get", b"<query xmlns='http://jabber.org/protocol/disco#info'/>"),
     2000, ""),
    ("directed presence", counted(b"<presence to='n%d@localhost'/>"), 5000, ""),
    ("subscriptions to nobody", counted(b"<presence type='subscribe' to='n%d@localhost'/>"),
     5000, ""),
    ("guessed sessions", counted(b"<resume xmlns='urn:xmpp:sm:3' previd='%d' h='0'/>"), 5000, ""),
    ("contacts", own(b"set", b"<query xmlns='jabber:iq:roster'><item jid='n%d@x'/></query>"),
     1500, ""),
    ("blocked addresses", listed(b"<block xmlns='urn:xmpp:blocking'>", b"<item jid='n%d@x'/>",
     b"</block>"), 4000, ""),
    ("private XML", own(b"set", b"<query xmlns='jabber:iq:private'><x xmlns='u%d'>" + b"x" * 1000
     + b"</x></query>"), 1500, ""),
    ("a picture", listed(b"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>", b"x",
     b"</BINVAL></PHOTO></vCard>"), 1_500_000, ""),
    ("mail for who is away", counted(b"<message type='chat' to='away@localhost'>"
     b"<body>%d</body></message>"), 1500, ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def siege():
    """One server; each attack is a new connection."""
    with enough_files(4 * HALF_OPEN), Siege() as siege:
        siege.log_in("away").close()
        yield siege


def params(attacks):
    """Return the rows of a table under their names."""
    return [pytest.param(*rest, id=name) for name, *rest in attacks]


def strike(siege, data, login):
    """Attack and return condition, processor seconds and MiB; the two go on meanwhile."""
    siege.forget_peak()
    peak, cpu = siege.peak, siege.cpu
    heard = siege.attack(data, login)
    siege.witness.check()
    return heard, siege.cpu - cpu, siege.peak - peak


def hold(siege, made, count, condition, login):
    """Attack with so many, and with twice as many."""
    heard, half, growth = strike(siege, made(count), login)
    again, whole, more = strike(siege, made(2 * count), login)

    assert (heard.condition or "", again.condition or "") == (condition, condition)
    assert max(growth, more) < GROWTH
    assert whole < TWICE * half + 0.3


@pytest.mark.parametrize(("made", "count", "condition"), params(STRANGERS))
def test_a_stranger_takes_little(siege, made, count, condition):
    """Before login."""
    hold(siege, made, count, condition, login=False)


@pytest.mark.parametrize(("made", "count", "condition"), params(MEMBERS))
def test_whoever_is_logged_in_takes_little_more(siege, made, count, condition):
    """As much as the limits allow."""
    hold(siege, made, count, condition, login=True)


FLOODS = [
    ("white space", b" "),
    ("presence", b"<presence/>"),
    ("requests", b"<iq type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>"),
    ("messages", b"<message to='mallory@localhost/r'/>"),
]


@pytest.mark.parametrize("piece", [pytest.param(piece, id=name) for name, piece in FLOODS])
def test_others_have_their_turn_while_somebody_floods(siege, piece):
    """A part of the flood is taken, then a part of what they say, and so on."""
    size = 32 * READ_BYTES
    before = siege.witness.count
    heard = siege.attack(piece * (size // len(piece)))

    assert heard.condition is None
    assert siege.witness.count - before > size / READ_BYTES / 8


def test_whoever_writes_to_a_deaf_client_waits(siege):
    """Nothing piles up at the server but what may; the deaf one costs nobody else anything."""
    siege.forget_peak()
    before = siege.peak
    deaf, writer = siege.log_in("deaf"), siege.log_in("writer")
    piece = b"<message to='deaf@localhost/r'><body>%b</body></message>" % (b"x" * 50_000)
    writer._link.settimeout(1.0)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 20 * HIGH_WATER:
            writer._link.sendall(piece)
            sent += len(piece)
    siege.witness.check()

    assert siege.peak - before < 2 * LIMITS.backlog_bytes / MIB
    writer.leave()
    deaf.leave()


@pytest.mark.parametrize("said", [b"", HEADER[:20], HEADER])
def test_a_thousand_connections_that_say_nothing_more(siege, said):
    """They wait for their time to be up; the others do not wait."""
    siege.forget_peak()
    before = siege.peak
    links = [siege.dial() for _ in range(HALF_OPEN)]
    for link in links:
        link.sendall(said)
    siege.witness.check()

    assert siege.peak - before < GROWTH
    for link in links:
        link.close()
    siege.witness.check()
