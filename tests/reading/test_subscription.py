"""Laws of the nine states: the tables, what a roster shows of them, what is left possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.village import Half, Village
from xmppexplore.reading.subscription import (
    ANY,
    INBOUND,
    NAMES,
    OUTBOUND,
    STATES,
    UNKNOWN,
    VISIBLE,
    arrived,
    exact,
    moved,
    name_of,
    reachable,
    removed,
    told,
)

TYPES = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")
SETS = st.frozensets(st.sampled_from(STATES), min_size=1)


def half_of(state: str) -> Half:
    """Return a state as four yes or no."""
    word = state.partition("+")[0]
    return Half(word in ("To", "Both"), word in ("From", "Both"), "+PO" in state, "+PI" in state)


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("state", STATES)
def test_the_tables_follow_from_four_yes_or_no(state: str, type: str) -> None:
    """Each cell, both ways, is what a server does that keeps no table."""
    for way in ("out", "in"):
        village = Village()
        village.bonds["juliet", "romeo"] = half_of(state)
        if way == "out":
            village._outbound("juliet", "romeo", type)
        else:
            village._inbound("juliet", "romeo", type)
        assert moved(frozenset({state}), way, type) == {village.half("juliet", "romeo").name}


def test_there_are_nine_states_and_each_is_named_by_itself() -> None:
    """The names of the appendix, and every cell leads to one of them."""
    assert len(STATES) == 9
    assert [half_of(state).name for state in STATES] == list(STATES)
    assert [name_of(frozenset({state})) for state in STATES] == list(STATES)
    for table in (*OUTBOUND.values(), *INBOUND.values()):
        assert set(table) | set(table.values()) <= set(STATES)
        assert all(state != after for state, after in table.items())


def test_a_waiting_request_is_in_no_roster() -> None:
    """What differs by Pending In alone looks the same."""
    for state in STATES:
        if state.endswith("+PI"):
            assert VISIBLE[state] == VISIBLE[state.removesuffix("+PI")]
    assert name_of(told(ANY, "none", "")) == "None"
    assert not exact(told(ANY, "none", ""))
    assert exact(told(ANY, "both", ""))


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    """A stanza alone narrows nothing down to one name where nothing was known."""
    assert name_of(ANY) == UNKNOWN
    assert name_of(moved(ANY, "out", "subscribe")) == UNKNOWN
    assert name_of(frozenset({"To", "None+PI"})) == UNKNOWN


def test_who_is_deleted_is_neither_seen_nor_sees() -> None:
    """Both halves end; of a request that waited nothing is claimed."""
    assert removed(frozenset({"Both"})) == {"None"}
    assert removed(frozenset({"To+PI"})) == {"None", "None+PI"}


def test_what_arrives_tells_what_was_not_so() -> None:
    """A request that is let through was not from somebody who sees the user already."""
    assert arrived(frozenset({"None+PI", "From"}), "subscribe") == {"None+PI"}
    assert arrived(told(ANY, "none", ""), "subscribe") == {"None+PI"}
    assert arrived(frozenset({"Both"}), "subscribed") == {"Both"}


@given(SETS, st.sampled_from(["out", "in"]), st.sampled_from(TYPES))
def test_each_possible_state_moves_by_itself(states, way, type) -> None:
    """A set moves as its members do, and never to nothing."""
    each = frozenset().union(*(moved(frozenset({state}), way, type) for state in states))

    assert moved(states, way, type) == each
    assert reachable(states, each)


@given(SETS, st.text(max_size=9) | st.sampled_from(["none", "to", "from", "both"]), st.text())
def test_any_item_leaves_something_possible(states, subscription, ask) -> None:
    """Whatever a roster says, some state is left, and all that are left look alike."""
    left = told(states, subscription, ask)

    assert left
    assert len({VISIBLE[state] for state in left}) == 1
    assert name_of(left) in NAMES
