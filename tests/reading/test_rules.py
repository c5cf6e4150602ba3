"""Laws of the table of rules; what its detectors find is in test_findings."""

from __future__ import annotations

import pytest

from tests.reading.transcripts import READY, recorded
from xmppexplore.reading.records import SEVERITIES, fact
from xmppexplore.reading.rules import BY_KIND, RULES, State
from xmppexplore.wire.records import IN, KINDS, OUT


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_whole(name: str) -> None:
    """Severity, section and advice are there to be read; kinds are kinds."""
    rule = RULES[name]

    assert rule.severity in SEVERITIES
    assert rule.section.startswith(("RFC ", "XEP-"))
    assert rule.advice.endswith(".")
    assert set(rule.kinds) <= set(KINDS)
    assert bool(rule.kinds) is (rule.detect is not None)


def test_rules_are_dispatched_by_kind() -> None:
    """A row is shown to the detectors of its kind and to no others."""
    assert {name for name, _, _ in BY_KIND[KINDS.index("broken")]} == {
        "not-well-formed",
        "restricted-xml",
        "after-the-end",
    }
    assert BY_KIND[KINDS.index("whitespace")] == ()


@pytest.mark.parametrize(
    ("role", "direction"),
    [("initiator", OUT), ("receiver", IN), ("component", OUT)],
)
def test_a_client_is_told_from_a_server(role: str, direction: int) -> None:
    """Who speaks depends on what we are on the connection."""
    columns = recorded([(IN, b"<x>"), (OUT, b"<x>"), ("closed", "")], role=role)
    columns.settle()
    facts = [fact(columns, row) for row in range(columns.count)]

    assert {one.direction: State(columns).client_says(one) for one in facts} == {
        direction: True,
        1 - direction: False,
    }


def test_memory_of_errors_is_bounded() -> None:
    """A flood of errors does not stay in the memory of the detector."""
    gone = b"<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    flood = b"".join(b"<message type='error' id='%d'>%s</message>" % (n, gone) for n in range(5000))
    columns = recorded([*READY, (IN, flood)])
    columns.settle()
    state = State(columns)
    detect = RULES["error-to-error"].detect
    assert detect is not None
    for row in range(columns.count):
        if columns.types[row] == "error":
            assert detect(state, fact(columns, row)) is None

    assert len(state.errors) == 4096
