"""Recordings for the tests of this room: scripts of what happens, and logs made of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='s1' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='capulet.example'>"
)
FOOTER = b"</stream:stream>"
AUTH = (
    b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABzM2NyM3Q=</auth>"
)
PIECES = (
    b"<message from='juliet@capulet.example/b' to='romeo@capulet.example' type='chat'/>",
    b"<message from='juliet@capulet.example/b' id='m1'><body>Wherefore?</body></message>",
    "<message id='\u00e9\u4e16'><body>\u00e9\u4e16\U0001f339</body></message>".encode(),
    b"<presence><show>away</show></presence>",
    b"<iq type='get' id='p1' to='capulet.example'><ping xmlns='urn:xmpp:ping'/></iq>",
    b"<iq type='result' id='p1'/>",
    b"<r xmlns='urn:xmpp:sm:3'/>",
    b"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    AUTH,
    b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    b" ",
    b"\n",
    HEADER,
    FOOTER,
    b"<!-- forbidden -->",
    b"<message><body>cut",
    b"\xff\xfe",
    b"stray",
    b"&bogus;",
)


class Chunk(NamedTuple):
    """Bytes on one direction of a connection."""

    connection: int
    direction: int
    data: bytes


class Marked(NamedTuple):
    """A mark on a connection."""

    connection: int
    name: str


CONNECTIONS = st.integers(0, 2)
BYTES = st.one_of(st.sampled_from(PIECES), st.binary(max_size=8))
SCRIPTS = st.lists(
    st.one_of(
        st.builds(
            lambda connection, direction, pieces: Chunk(connection, direction, b"".join(pieces)),
            CONNECTIONS,
            st.integers(0, 1),
            st.lists(BYTES, max_size=4),
        ),
        st.builds(
            Marked,
            CONNECTIONS,
            st.sampled_from(("restarted", "restarted", "closed", "tls up", "kernel busy")),
        ),
    ),
    max_size=30,
)


def started(script: list[Chunk | Marked]) -> list[Chunk | Marked]:
    """Put a header on each tape first, so that most of a script is a stream."""
    opening = [Chunk(number, direction, HEADER) for number in range(3) for direction in (0, 1)]
    return [*opening, *script]


def new_log() -> Log:
    """Return a log of three connections at a fixed moment."""
    log = Log((1_000_000_000, 1_780_000_000_000_000_000))
    log.connect("initiator", "juliet", 1_000_000_001, session="juliet@capulet.example")
    log.connect("receiver", "server", 1_000_000_002)
    log.connect("component", "bot", 1_000_000_003)
    return log


def play(log: Log, happening: Chunk | Marked, at: int) -> None:
    """Append one happening to a log."""
    if isinstance(happening, Chunk):
        log.chunk(happening.connection, happening.direction, happening.data, at)
    else:
        log.mark(happening.connection, happening.name, at=at)


def logged(script: list[Chunk | Marked]) -> Log:
    """Return the log of a script."""
    log = new_log()
    for step, happening in enumerate(script):
        play(log, happening, 1_000_000_100 + step)
    return log


def all_rows(columns: Columns) -> tuple[list[dict[str, Any]], list[Any], list[tuple[int, ...]]]:
    """Return everything that can be read of columns: rows, marks, spans and times."""
    count = columns.settle()
    spans = [(*columns.span(row), columns.at(row), columns.flags[row]) for row in range(count)]
    return columns.rows(0, count, limit=None), list(columns.marks), spans
