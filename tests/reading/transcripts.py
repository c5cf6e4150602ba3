"""Logins written by hand, as lists of what happened, and columns made of them."""

from __future__ import annotations

from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN, OUT

Event = tuple[int | str, bytes | str]
"""``(direction, bytes)`` or ``(name of a mark, its detail)``."""

STEP_NS = 1_000_000  # between two events

HEADER_OUT = (
    b"<stream:stream to='capulet.example' xmlns='jabber:client' version='1.0' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
HEADER_IN = (
    b"<?xml version='1.0'?><stream:stream from='capulet.example' id='s1' version='1.0' "
    b"xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
SASL = b"xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
SM = b"xmlns='urn:xmpp:sm:3'"
TLS = b"xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
BIND = b"xmlns='urn:ietf:params:xml:ns:xmpp-bind'"
SECRET = b"bm90LWZvci10aGUtc2NyZWVu"
OWN = "romeo@capulet.example/garden"


def features(inside: bytes) -> Event:
    """Return a features element of the server."""
    return (IN, b"<stream:features>" + inside + b"</stream:features>")


def opened(inside: bytes) -> list[Event]:
    """Return the headers of both sides, and the features."""
    return [(OUT, HEADER_OUT), (IN, HEADER_IN), features(inside)]


MECHANISMS = b"<mechanisms " + SASL + b"><mechanism>SCRAM-SHA-256</mechanism></mechanisms>"
STARTTLS: list[Event] = [
    *opened(b"<starttls " + TLS + b"><required/></starttls>"),
    (OUT, b"<starttls " + TLS + b"/>"),
    (IN, b"<proceed " + TLS + b"/>"),
    ("tls up", "TLSv1.3 TLS_AES_256_GCM_SHA384; certificate for capulet.example"),
    ("restarted", ""),
]
SCRAM: list[Event] = [
    (OUT, b"<auth " + SASL + b" mechanism='SCRAM-SHA-256'>" + SECRET + b"</auth>"),
    (IN, b"<challenge " + SASL + b">" + SECRET + b"</challenge>"),
    (OUT, b"<response " + SASL + b">" + SECRET + b"</response>"),
    (IN, b"<success " + SASL + b">" + SECRET + b"</success>"),
    ("restarted", ""),
]
PLAIN: list[Event] = [
    (OUT, b"<auth " + SASL + b" mechanism='PLAIN'>" + SECRET + b"</auth>"),
    (IN, b"<success " + SASL + b"/>"),
    ("restarted", ""),
]
REFUSED: list[Event] = [
    (OUT, b"<auth " + SASL + b" mechanism='SCRAM-SHA-256'>" + SECRET + b"</auth>"),
    (IN, b"<failure " + SASL + b"><not-authorized/></failure>"),
]
BINDING: list[Event] = [
    (OUT, b"<iq type='set' id='b1'><bind " + BIND + b"/></iq>"),
    (
        IN,
        b"<iq type='result' id='b1'><bind "
        + BIND
        + b"><jid>"
        + OWN.encode()
        + b"</jid></bind></iq>",
    ),
]
BIND_FEATURE = b"<bind " + BIND + b"/>"
ROSTER: list[Event] = [
    (OUT, b"<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>"),
    (IN, b"<iq type='result' id='r1'><query xmlns='jabber:iq:roster'/></iq>"),
]
CLOSING: list[Event] = [(OUT, b"</stream:stream>"), (IN, b"</stream:stream>"), ("closed", "")]
CLASSIC: list[Event] = [
    *STARTTLS,
    *opened(MECHANISMS),
    *SCRAM,
    *opened(BIND_FEATURE),
    *BINDING,
    *ROSTER,
    (OUT, b"<presence/>"),
]
READY: list[Event] = [
    ("tls up", "TLSv1.3"),
    *opened(MECHANISMS),
    *SCRAM,
    *opened(BIND_FEATURE),
    *BINDING,
]
"""Logged in with direct TLS; what is tried in a session comes after it."""

CLASSIC_STEPS = [
    "connected",
    *["header", "header-answer", "features", "starttls", "proceed", "tls-up"],
    *["header-secure", "header-secure-answer", "features-secure"],
    *["auth", "challenge", "response", "success"],
    *["header-user", "header-user-answer", "features-user"],
    *["bind", "bound", "roster", "roster-answer", "presence"],
]


def mirrored(events: list[Event]) -> list[Event]:
    """Return what the other side of the same connection records."""
    return [(1 - what if isinstance(what, int) else what, data) for what, data in events]


def new_log(role: str = "initiator", session: str = "romeo") -> Log:
    """Return a log with one connection."""
    log = Log((0, 1_780_000_000_000_000_000))
    log.connect(role, "romeo", 0, "127.0.0.1 port 5222", session=session)
    return log


def play(log: Log, event: Event, connection: int = 0, chunk: int = 1 << 20) -> None:
    """Append one event to a log, its bytes in chunks of at most ``chunk``."""
    what, data = event
    at = (log.chunk_count + len(log.marks)) * STEP_NS
    if isinstance(what, str):
        log.mark(connection, what, str(data), at)
        return
    assert isinstance(data, bytes)
    for start in range(0, len(data), chunk):
        log.chunk(connection, what, data[start : start + chunk], at)


def recorded(events: list[Event], role: str = "initiator", chunk: int = 1 << 20) -> Columns:
    """Return the columns of a transcript on one connection."""
    log = new_log(role)
    for event in events:
        play(log, event, chunk=chunk)
    return Columns(log)
