"""Laws of findings: each rule is found where it is broken, and nowhere in good traffic."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.reading.transcripts import (
    CLASSIC,
    CLOSING,
    HEADER_IN,
    MECHANISMS,
    OWN,
    PLAIN,
    READY,
    REFUSED,
    SM,
    STARTTLS,
    Event,
    opened,
    recorded,
)
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, started
from tests.store.recordings import new_log as three_connections
from tests.store.recordings import play as play_chunk
from xmppexplore.reading.findings import RULES, FindingReader, findings
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

PING = b"<ping xmlns='urn:xmpp:ping'/>"
GONE = b"<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

BREACHES: list[tuple[str, list[Event], int]] = [
    ("not-well-formed", [(IN, b"<a></b>"), ("closed", "")], 1),
    ("restricted-xml", [(IN, b"<!-- hello -->"), ("closed", "")], 1),
    ("restricted-xml", [(IN, b"<!DOCTYPE x [<!ENTITY a 'b'>]>"), ("closed", "")], 1),
    ("after-the-end", [(OUT, b"</stream:stream>"), (OUT, b"<presence/>"), ("closed", "")], 1),
    ("cut-off", [(IN, b"<message><body>unfin"), ("closed", "")], 1),
    ("iq-type", [(OUT, b"<iq type='ask' id='1'>" + PING + b"</iq>")], 1),
    ("iq-type", [(OUT, b"<iq id='1'>" + PING + b"</iq>")], 1),
    ("iq-without-id", [(OUT, b"<iq type='get'>" + PING + b"</iq>")], 1),
    ("iq-children", [(OUT, b"<iq type='get' id='1'/>")], 1),
    ("iq-children", [(OUT, b"<iq type='get' id='1'>" + PING + PING + b"</iq>")], 1),
    ("error-without-condition", [(IN, b"<message type='error'><error/></message>")], 1),
    (
        "error-to-error",
        [
            (IN, b"<message type='error' id='m'>" + GONE + b"</message>"),
            (OUT, b"<message type='error' id='m'>" + GONE + b"</message>"),
        ],
        1,
    ),
    ("forged-sender", [(OUT, b"<message from='juliet@capulet.example'/>")], 1),
    (
        "foreign-roster-push",
        [
            (
                IN,
                (
                    b"<iq type='set' id='1' from='mallory@evil.example'>"
                    b"<query xmlns='jabber:iq:roster'><item jid='x@evil.example'/></query></iq>"
                ),
            )
        ],
        1,
    ),
    (
        "stream-error",
        [
            (
                IN,
                (
                    b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                    b"</stream:error>"
                ),
            )
        ],
        1,
    ),
    ("no-answer", [(OUT, b"<iq type='get' id='1'>" + PING + b"</iq>"), *CLOSING], 1),
    ("answer-to-nothing", [(IN, b"<iq type='result' id='1'/>")], 1),
    (
        "answer-from-stranger",
        [
            (OUT, b"<iq type='get' id='1' to='j@x.example'>" + PING + b"</iq>"),
            (IN, b"<iq type='result' id='1' from='mallory@x.example'/>"),
        ],
        2,
    ),
    ("repeated-id", [(OUT, b"<iq type='get' id='1'>" + PING + b"</iq>")] * 2, 2),
    ("no-closing", [("closed", "")], 0),
]
BEFORE_LOGIN: list[tuple[str, list[Event], int]] = [
    ("early-stanza", [*opened(MECHANISMS), (OUT, b"<message/>")], 1),
    ("clear-password", [*opened(MECHANISMS), *PLAIN], 1),
    ("weaker-mechanism", [*opened(MECHANISMS), *REFUSED, *PLAIN], 1),
    ("unexpected-in-login", [*opened(MECHANISMS), (IN, b"<x xmlns='urn:example:x'/>")], 1),
]


@pytest.mark.parametrize(
    ("rule", "events", "rows"),
    [pytest.param(rule, [*READY, *events], rows, id=rule) for rule, events, rows in BREACHES]
    + [pytest.param(*case, id=case[0]) for case in BEFORE_LOGIN],
)
def test_a_breach_is_found_with_its_rows(rule: str, events: list[Event], rows: int) -> None:
    """Each rule is found once where it is broken, with the rows that show it."""
    found = [one for one in findings(recorded(events)) if one.rule == rule]

    assert len(found) == 1
    assert len(found[0].rows) == rows
    assert found[0].section == RULES[rule].section
    assert found[0].sentence.endswith(".")


def test_every_rule_has_a_breach_here() -> None:
    """No rule is in the table untested."""
    assert {rule for rule, _, _ in [*BREACHES, *BEFORE_LOGIN]} == set(RULES)


@pytest.mark.parametrize(
    "events",
    [
        [*CLASSIC, *CLOSING],
        [*READY, (OUT, b"<enable " + SM + b"/>"), (IN, b"<enabled " + SM + b"/>"), *CLOSING],
        [*STARTTLS, *opened(MECHANISMS), *PLAIN],
        [
            *READY,
            (IN, b"<message type='error' id='m'>" + GONE + b"</message>"),
            (OUT, b"<message type='chat' id='m'/>"),
            (OUT, b"<message from='" + OWN.encode() + b"'/> \n"),
        ],
    ],
    ids=["classic", "stream management", "PLAIN under TLS", "harmless"],
)
def test_good_traffic_has_no_findings(events: list[Event]) -> None:
    """What keeps the rules is not accused."""
    assert findings(recorded(events)) == []


def test_a_resumable_stream_may_still_be_answered() -> None:
    """While a stream can be resumed nobody knows that its requests stay unanswered."""
    enabled = b"<enabled " + SM + b" id='x' resume='true'/>"
    events: list[Event] = [
        *READY,
        (OUT, b"<enable " + SM + b" resume='true'/>"),
        (IN, enabled),
        (OUT, b"<iq type='get' id='1'>" + PING + b"</iq>"),
        ("lost", ""),
    ]

    assert [one.rule for one in findings(recorded(events))] == ["no-closing"]


def test_hostile_text_stays_in_its_sentence() -> None:
    """A finding quotes an address escaped and cut, never whole."""
    name = "\u202e" + "x" * 5000
    events: list[Event] = [*READY, (OUT, f"<message from='{name}'/>".encode())]
    (found,) = findings(recorded(events))

    assert "\u202e" not in found.sentence
    assert len(found.sentence) < 400


@given(SCRIPTS)
def test_reading_in_between_changes_nothing(script: list[Chunk | Marked]) -> None:
    """Whatever comes, nothing raises, and findings do not depend on when one looks."""
    log = three_connections()
    reader = FindingReader(Columns(log))
    for step, happening in enumerate(started(script)):
        play_chunk(log, happening, 1_000_000_100 + step)
        reader.read()

    assert reader.read() == findings(Columns(logged(started(script))))


def test_what_was_read_is_not_read_again() -> None:
    """The second reading of a long recording costs nothing and finds nothing twice."""
    columns = recorded([(IN, HEADER_IN), *[(IN, b"<message/>")] * 50])
    reader = FindingReader(columns)
    first = list(reader.read())

    assert reader.read() == first
    assert len(first) == 50
