"""Laws of the layers: each byte lies in one part, and in clear is what came before TLS."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.reading.transcripts import (
    BIND_FEATURE,
    BINDING,
    CLASSIC,
    CLOSING,
    MECHANISMS,
    READY,
    STARTTLS,
    Event,
    mirrored,
    opened,
    recorded,
)
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, started
from xmppexplore.reading.handshake import read_handshake
from xmppexplore.reading.layers import Part, read_layers
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

AUTHENTICATE = (
    b"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>cHJvb2Y="
    b"</initial-response><bind xmlns='urn:xmpp:bind:0'/></authenticate>"
)
SUCCESS = (
    b"<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@capulet.example/garden"
    b"</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>"
)
MODERN: list[Event] = [
    ("tls up", "TLSv1.3"),
    *opened(MECHANISMS),
    (OUT, AUTHENTICATE),
    (IN, SUCCESS),
    (IN, b"<stream:features/>"),
    (OUT, b"<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"),
]

Shape = list[tuple[int, tuple[str, ...]]]
"""Stream and layers of each part."""

CASES: list[tuple[str, list[Event], Shape]] = [
    (
        "STARTTLS",
        CLASSIC,
        [
            (1, ("TCP",)),
            (2, ("TCP", "TLS")),
            (3, ("TCP", "TLS", "authenticated")),
            (3, ("TCP", "TLS", "authenticated", "ready")),
        ],
    ),
    (
        "direct TLS",
        READY,
        [
            (1, ("TCP", "TLS")),
            (2, ("TCP", "TLS", "authenticated")),
            (2, ("TCP", "TLS", "authenticated", "ready")),
        ],
    ),
    (
        "SASL2",
        MODERN,
        [(1, ("TCP", "TLS")), (1, ("TCP", "TLS", "authenticated", "ready"))],
    ),
    ("nothing but an opening", opened(MECHANISMS), [(1, ("TCP",))]),
    ("nothing at all", [], []),
]


def parts(events: list[Event], role: str = "initiator") -> tuple[Part, ...]:
    """Return the parts of what is recorded after the connection was made."""
    columns = recorded([("connected", "127.0.0.1 port 5222"), *events], role)
    return read_layers(columns, read_handshake(columns))


@pytest.mark.parametrize(
    ("events", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_streams_and_layers(events: list[Event], expected: Shape) -> None:
    """A part for each stretch with the same stream in the same layers, from either side."""
    for found in (parts(events), parts(mirrored(events), "receiver")):
        assert [(part.stream, part.layers) for part in found] == expected


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_each_byte_lies_in_one_part(case: tuple[str, list[Event], Shape]) -> None:
    """Together the parts are the tapes, also with what is no step of the login."""
    events = [*case[1], *(CLOSING if case[1] else ())]
    found = parts(events)

    for direction, sizes in ((OUT, "sent"), (IN, "received")):
        written = sum(len(data) for way, data in events if way == direction)
        assert sum(getattr(part, sizes) for part in found) == written


def test_what_is_in_clear_ends_where_tls_begins() -> None:
    """White space before TLS lies in the clear part, which anyone can read."""
    before = sum(len(data) for way, data in STARTTLS if way == OUT)
    events = [*STARTTLS[:-2], (OUT, b"\n"), *STARTTLS[-2:], *opened(MECHANISMS)]

    clear, secret = parts(events)

    assert (clear.sent, clear.layers) == (before + 1, ("TCP",))
    assert secret.layers == ("TCP", "TLS")


def test_stanzas_after_the_login_lie_in_the_last_part() -> None:
    """What a session says later is counted where stanzas flow."""
    more = [(OUT, b"<message/>"), (IN, b"<message/>")] * 3
    quiet, busy = parts(CLASSIC)[-1], parts([*CLASSIC, *more])[-1]

    assert busy.sent - quiet.sent == busy.received - quiet.received == 30
    assert busy.layers[-1] == "ready"


def test_a_failed_login_has_the_layers_that_it_reached() -> None:
    """Where nothing was proved there is no layer of the authenticated."""
    found = parts([("tls up", "TLSv1.3"), *opened(MECHANISMS), *CLOSING])

    assert [part.layers for part in found] == [("TCP", "TLS")]
    assert found[0].steps[-1].name == "closed"


def test_bound_while_still_in_clear() -> None:
    """A login without TLS lies in TCP alone."""
    found = parts([*opened(BIND_FEATURE), *BINDING])

    assert all("TLS" not in part.layers for part in found)


@given(SCRIPTS)
def test_any_recording_has_layers(script: list[Chunk | Marked]) -> None:
    """Bytes of any kind, cut anywhere: no exception, and each byte once."""
    columns = Columns(logged(started(script)))
    for connection in columns.log.connections:
        found = read_layers(columns, read_handshake(columns, connection.number))
        for direction, sizes in ((OUT, "sent"), (IN, "received")):
            counts = [getattr(part, sizes) for part in found]
            assert min(counts, default=0) >= 0
            assert sum(counts) == columns.log.length(connection.number, direction)
