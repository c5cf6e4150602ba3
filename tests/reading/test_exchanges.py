"""Laws of pairing: by id and by who may answer, whenever one looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.transcripts import (
    OWN,
    READY,
    SM,
    STEP_NS,
    Event,
    mirrored,
    new_log,
    play,
    recorded,
)
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, started
from tests.store.recordings import new_log as three_connections
from tests.store.recordings import play as play_chunk
from xmppexplore.reading.exchanges import PATIENCE, ExchangeReader, bare, exchanges, may_answer
from xmppexplore.reading.records import Exchange
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

PING = "<ping xmlns='urn:xmpp:ping'/>"
CONFLICT = "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def iq(kind: str, id: str = "p1", to: str = "", by: str = "", inside: str = "") -> bytes:
    """Return an iq; a request pings unless something else is inside."""
    addresses = (f" to='{to}'" if to else "") + (f" from='{by}'" if by else "")
    inside = inside or (PING if kind in ("get", "set") else "")
    return f"<iq type='{kind}' id='{id}'{addresses}>{inside}</iq>".encode()


def escaped(text: str) -> str:
    """Return text as it stands in an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


def later(events: list[Event]) -> list[Exchange]:
    """Return the exchanges of a session after its login."""
    return exchanges(recorded([*READY, *events]))[1:]


@pytest.mark.parametrize(
    ("to", "by", "pairs"),
    [
        ("", "", True),
        ("", "romeo@capulet.example", True),
        ("", "capulet.example", True),
        ("", OWN, True),
        ("", "juliet@capulet.example/b", False),
        ("", "romeo@capulet.example/elsewhere", False),
        ("capulet.example", "capulet.example", True),
        ("capulet.example", "CAPULET.example", True),
        ("romeo@capulet.example", "", True),
        ("juliet@capulet.example/b", "juliet@capulet.example/b", True),
        ("Juliet@Capulet.example/b", "juliet@capulet.example/b", True),
        ("juliet@capulet.example/b", "juliet@capulet.example/B", False),
        ("juliet@capulet.example/b", "juliet@capulet.example", False),
        ("juliet@capulet.example/b", "", False),
        ("juliet@capulet.example/b", "mallory@evil.example/b", False),
    ],
)
def test_only_the_one_asked_may_answer(to: str, by: str, pairs: bool) -> None:
    """RFC 6120 §8.1.2.1 and §8.2.3: same id and right sender, or no answer."""
    (exchange,) = later([(OUT, iq("get", to=to)), (IN, iq("result", by=by))])

    assert (exchange.outcome == "result") is pairs
    assert may_answer(to, by, OWN) is pairs


def test_an_error_is_an_answer_with_its_condition() -> None:
    """The defined condition is told, also behind the copied request."""
    (exchange,) = later([(OUT, iq("get")), (IN, iq("error", inside=PING + CONFLICT))])

    assert (exchange.outcome, exchange.condition) == ("error", "conflict")
    assert exchange.payload == "{urn:xmpp:ping}ping"
    assert exchange.round_trip == STEP_NS


def test_requests_to_us_are_exchanges_too() -> None:
    """What the server, or somebody else, asks us is paired with our answer to them."""
    asked = "juliet@capulet.example/b"
    found = later(
        [
            (IN, iq("get", id="a")),
            (IN, iq("get", id="b", by=asked, to=OWN)),
            (OUT, iq("result", id="a")),
            (OUT, iq("result", id="b", to="mallory@capulet.example/b")),
            (OUT, iq("result", id="b", to=asked)),
        ]
    )

    assert [(one.id, one.direction, one.outcome) for one in found] == [
        ("a", IN, "result"),
        ("b", IN, "result"),
    ]
    assert found[1].response == found[0].response + 2


def test_the_other_side_pairs_the_same() -> None:
    """The server's record of a connection has the same exchanges."""
    events: list[Event] = [
        *READY,
        (OUT, iq("get", id="a", to="juliet@capulet.example/b")),
        (IN, iq("result", id="a", by="juliet@capulet.example/b")),
        (IN, iq("get", id="b", by="juliet@capulet.example/b")),
        (OUT, iq("result", id="b", to="juliet@capulet.example/b")),
    ]
    theirs = exchanges(recorded(mirrored(events), role="receiver"))

    assert [(one.request, one.response) for one in theirs] == [
        (one.request, one.response) for one in exchanges(recorded(events))
    ]


def test_the_same_id_to_two_people_is_two_exchanges() -> None:
    """An id need only be unique for one whom one asks."""
    found = later(
        [
            (OUT, iq("get", to="a@x.example")),
            (OUT, iq("get", to="b@x.example")),
            (IN, iq("result", by="b@x.example")),
        ]
    )

    assert [one.outcome for one in found] == ["open", "result"]


def test_repeated_ids_are_told_and_answered_in_order() -> None:
    """Two requests that nobody can tell apart: the older is answered first."""
    reader = ExchangeReader(
        recorded([*READY, (OUT, iq("get")), (OUT, iq("get")), (IN, iq("result"))])
    )
    found = reader.read()[1:]

    assert [one.outcome for one in found] == ["result", "open"]
    assert reader.repeated == [(found[0].request, found[1].request)]


def test_answers_to_nothing_are_told() -> None:
    """Nothing asked, answered twice, or answered by a stranger: each with its row."""
    reader = ExchangeReader(
        recorded(
            [
                *READY,
                (IN, iq("result", id="nobody-asked")),
                (OUT, iq("get", id="a", to="j@x.example")),
                (IN, iq("result", id="a", by="mallory@x.example")),
                (IN, iq("result", id="a", by="j@x.example")),
                (IN, iq("result", id="a", by="j@x.example")),
            ]
        )
    )
    request = reader.read()[1].request

    assert [one.row - request for one in reader.unpaired] == [-1, 1, 3]
    assert [one.request for one in reader.unpaired] == [-1, request, -1]


def test_an_open_request_times_out_and_may_still_be_answered() -> None:
    """Measured by what the recording saw, never by a clock; late is better than never."""
    log = new_log()
    for event in READY:
        play(log, event)
    reader = ExchangeReader(Columns(log))
    start = 1_000_000_000
    log.chunk(0, OUT, iq("get"), start)
    assert reader.read()[-1].outcome == "open"

    log.chunk(0, IN, b"<message/>", start + PATIENCE + 1)
    assert reader.read()[-1].outcome == "timeout"

    log.chunk(0, IN, iq("result"), start + PATIENCE + 2)
    assert reader.read()[-1].outcome == "result"
    assert reader.advance() == []


@pytest.mark.parametrize("late", [False, True], ids=["mark before the answer", "mark after it"])
def test_a_busy_kernel_makes_upper_bounds(late: bool) -> None:
    """The mark is written when the kernel is free again, before or after what it read."""
    log = new_log()
    for event in READY:
        play(log, event)
    second = 1_000_000_000
    reader = ExchangeReader(Columns(log))
    log.chunk(0, OUT, iq("get", id="before"), second)
    log.chunk(0, IN, iq("result", id="before"), second + 1)
    log.chunk(0, OUT, iq("get"), 2 * second)
    if not late:
        log.mark(0, "kernel busy", "1.8 s", 4 * second)
    log.chunk(0, IN, iq("result"), 4 * second + 10)
    reader.read()
    if late:
        log.mark(0, "kernel busy", "1.8 s", 4 * second + 20)
    log.chunk(0, OUT, iq("get", id="after"), 5 * second)
    log.chunk(0, IN, iq("result", id="after"), 5 * second + 1)

    assert [one.upper_bound for one in reader.read()[-3:]] == [False, True, False]


def test_a_resumed_stream_answers_what_was_asked_before() -> None:
    """XEP-0198 §5: the session goes on, so its requests do, and a resent one is the same."""
    log = new_log()
    for event in [*READY, (OUT, iq("get")), (OUT, iq("get", id="p2")), ("lost", "")]:
        play(log, event)
    log.connect("initiator", "romeo", 2_000_000_000, session="romeo")
    resumed = b"<resumed " + SM + b" previd='x' h='1'/>"
    for event in [*READY[:-2], (IN, resumed), (OUT, iq("get")), (IN, iq("result"))]:
        play(log, event, 1)
    found = exchanges(Columns(log))[1:]

    assert [(one.id, one.outcome, one.connection) for one in found] == [
        ("p1", "result", 0),
        ("p2", "open", 0),
    ]


def test_a_new_session_answers_nothing_of_the_old() -> None:
    """Without resumption the requests of a lost connection stay unanswered."""
    log = new_log()
    for event in [*READY, (OUT, iq("get")), ("closed", "")]:
        play(log, event)
    log.connect("initiator", "romeo", 2_000_000_000, session="romeo")
    for event in [*READY, (IN, iq("result"))]:
        play(log, event, 1)

    assert [one.outcome for one in exchanges(Columns(log))] == ["result", "open", "result"]


HOSTILE = st.sampled_from(
    ["", " ", "p1", "<", "\u202e", "a" * 3000, "{x}y", "__proto__", "\U0001f339", "'"]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_ids_pair_like_any_other(first: str, second: str, who: str) -> None:
    """An id is a name and nothing else, whatever is in it."""
    columns = recorded(READY)
    log = columns.log
    for direction, kind, name, address in (
        (OUT, "get", first, "to"),
        (IN, "result", second, "from"),
    ):
        stanza = f"<iq type='{kind}' id='{escaped(name)}' {address}='{escaped(who)}'/>"
        log.chunk(0, direction, stanza.encode(), 10**9)
    (exchange,) = exchanges(columns)[1:]

    assert (exchange.outcome == "result") is (first == second)


@given(SCRIPTS)
def test_reading_in_between_changes_nothing(script: list[Chunk | Marked]) -> None:
    """Whatever comes, nothing raises, and reading after each chunk equals reading once."""
    log = three_connections()
    columns = Columns(log)
    reader = ExchangeReader(columns)
    for step, happening in enumerate(started(script)):
        play_chunk(log, happening, 1_000_000_100 + step)
        reader.advance()
    once = ExchangeReader(Columns(logged(started(script))))

    assert reader.read() == once.read()
    assert reader.unpaired == once.unpaired
    assert reader.repeated == once.repeated


def test_advance_tells_what_changed() -> None:
    """A frame need only touch the exchanges that are new or answered since it looked."""
    log = new_log()
    for event in READY:
        play(log, event)
    reader = ExchangeReader(Columns(log))
    assert reader.advance() == [0]
    play(log, (OUT, iq("get")))
    assert reader.advance() == [1]
    play(log, (IN, iq("result")))
    assert reader.advance() == [1]
    assert reader.advance() == []


def test_bare_addresses_compare_without_case_and_resource() -> None:
    """A resource keeps its case; the rest has none."""
    assert bare("Romeo@Capulet.Example./Balcony") == bare("romeo@capulet.example")
