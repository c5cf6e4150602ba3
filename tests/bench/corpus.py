"""What the benchmarks of splitting, frames and memory read: a day of chat as one tape."""

from __future__ import annotations

from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN, OUT

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='c5' version='1.0' "
    b"xmlns:stream='http://etherx.jabber.org/streams' from='montague.example'>"
)
SASL = b"xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
BIND = b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
LOGIN = (
    (OUT, HEADER),
    (IN, HEADER),
    (OUT, b"<auth " + SASL + b" mechanism='PLAIN'>AGEAYg==</auth>"),
    (IN, b"<success " + SASL + b"/>"),
)
BINDING = (
    (OUT, HEADER),
    (IN, HEADER),
    (OUT, b"<iq type='set' id='b1'>" + BIND + b"</iq>"),
    (IN, b"<iq type='result' id='b1'>" + BIND + b"</iq>"),
)
ROWS_BEFORE = len(LOGIN) + len(BINDING)
"""Rows of a log before those of the tape."""
FOOTER = b"</stream:stream>"
READ_BYTES = 65536
"""Bytes of one read from a busy socket."""


def stanzas(count: int, first: int = 0) -> list[bytes]:
    """Return stanzas as a client of some rooms and contacts sees them; each id is new."""
    found = []
    for number in range(first, first + count):
        person, resource, kind = number % 97, number % 7, number % 10
        sender = f"person{person}@montague.example/resource{resource}"
        to = "romeo@montague.example/orchard"
        mark = f"{number:08x}-7e2c-4b1a-9d5e"
        if kind < 6:
            text = (
                f"<message from='{sender}' to='{to}' type='chat' id='{mark}'>"
                f"<body>Shall I hear more, or shall I speak at this, {number}?</body>"
                "<active xmlns='http://jabber.org/protocol/chatstates'/></message>"
            )
        elif kind < 8:
            text = (
                f"<presence from='{sender}' to='{to}' id='{mark}'><show>away</show>"
                f"<status>in the orchard &amp; the garden</status><priority>{number % 5}</priority>"
                "</presence>"
            )
        elif kind == 8:
            text = (
                f"<iq from='{sender}' to='{to}' type='get' id='{mark}'>"
                "<ping xmlns='urn:xmpp:ping'/></iq>"
            )
        else:
            text = f"<iq from='{sender}' to='{to}' type='result' id='{mark}'/>"
        found.append(text.encode())
    return found


def bulk_log(tape: bytes) -> Log:
    """Return a log of a tape that came in, after a login, as a busy socket gives it."""
    log = Log((0, 1_780_000_000_000_000_000))
    number = log.connect("initiator", "romeo", 0)
    for direction, data in LOGIN:
        log.chunk(number, direction, data, 0)
    log.mark(number, "restarted", at=0)
    for direction, data in BINDING:
        log.chunk(number, direction, data, 0)
    for at, start in enumerate(range(0, len(tape), READ_BYTES)):
        log.chunk(number, IN, tape[start : start + READ_BYTES], at * 1_000_000)
    return log
