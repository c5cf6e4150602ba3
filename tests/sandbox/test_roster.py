"""The tables of subscription states, and the contact list as a model."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.roster import (
    ASKED,
    INBOUND,
    OUTBOUND,
    SEEING,
    SEEN_BY,
    STATES,
    VISIBLE,
    Contact,
    Roster,
)
from xmppexplore.wire.element import parse

KINDS = ("subscribe", "unsubscribe", "subscribed", "unsubscribed")
MIRROR = {
    "None": "None",
    "None+PO": "None+PI",
    "None+PI": "None+PO",
    "None+PO+PI": "None+PO+PI",
    "To": "From",
    "To+PI": "From+PO",
    "From": "To",
    "From+PO": "To+PI",
    "Both": "Both",
}
"""State of one of two -> the state in which the other must be."""
EVERY_CELL = pytest.mark.parametrize(("kind", "state"), list(itertools.product(KINDS, STATES)))

ROMEO, JULIET = Address("romeo", "play.example"), Address("juliet", "play.example")


def test_the_tables_have_a_cell_for_everything():
    """Four kinds, nine states, two directions."""
    for table in (OUTBOUND, INBOUND):
        assert set(table) == set(KINDS)
        assert all(tuple(cells) == STATES for cells in table.values())


@EVERY_CELL
def test_two_who_agree_go_on_agreeing(kind, state):
    """Whatever one sends, in whatever state: both sides move together, or neither."""
    here, there = OUTBOUND[kind][state], MIRROR[state]
    if here.goes:
        there = INBOUND[kind][there].state

    assert MIRROR[here.state] == there


@EVERY_CELL
def test_what_is_not_delivered_changes_nothing(kind, state):
    """A state never moves behind its owner's back; and what moves one is delivered."""
    cell = INBOUND[kind][state]

    assert cell.goes == (cell.state != state)


@EVERY_CELL
def test_what_is_not_routed_changes_nothing(kind, state):
    """Both about the contact's half are stopped where the contact could not use them."""
    cell = OUTBOUND[kind][state]

    assert cell.goes or cell.state == state
    assert cell.goes or kind in ("subscribed", "unsubscribed")


def test_the_sets_of_states_fit_what_clients_see():
    """By the words of the roster (RFC 6121 §2.1.2.5)."""
    for state, (subscription, ask) in VISIBLE.items():
        assert (state in SEEING) == (subscription in ("to", "both"))
        assert (state in SEEN_BY) == (subscription in ("from", "both"))
        assert bool(ask) == ("PO" in state)
        assert (state in ASKED) == ("PI" in state)


def test_an_item_says_what_clients_may_know():
    """With everything that somebody wrote escaped."""
    contact = Contact(JULIET)
    contact.name, contact.groups = "<J> & 'co'", ("a<b", "c")
    contact.state, contact.approved = "From+PO", True
    item = parse(contact.item())

    assert item.attributes == {
        "jid": "juliet@play.example",
        "name": "<J> & 'co'",
        "subscription": "from",
        "ask": "subscribe",
        "approved": "true",
    }
    assert [group.text for group in item.children] == ["a<b", "c"]


def changed(roster, address):
    """Let a contact change, as a set does."""
    contact = roster.contact(address)
    roster.removed.pop(address, None)
    roster.number += 1
    contact.changed, contact.listed = roster.number, True


ACTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40)


@given(ACTS, ACTS)
def test_what_is_new_makes_the_old_list_the_new_one(before, after):
    """Whatever happened before and after a version, if it is remembered."""
    roster = Roster()
    roster.epoch = "e"

    def act(acts):
        for name, stays in acts:
            address = Address(name, "play.example")
            if stays:
                changed(roster, address)
            elif address in roster.contacts:
                roster.remove(address)

    act(before)
    known = {one.address: one.changed for one in roster.shown()}
    version = roster.version
    act(after)
    for when, address in roster.since(version):
        known[address] = when
        if address not in roster.contacts:
            del known[address]

    assert known == {one.address: one.changed for one in roster.shown()}


def test_removals_that_are_forgotten_make_old_versions_unknown():
    """Then the list is sent whole."""
    roster = Roster()
    roster.epoch = "e"
    for number in range(150):
        address = Address(f"p{number}", "play.example")
        changed(roster, address)
        roster.remove(address)
    forgotten = roster.forget_removals()

    assert len(forgotten) == 50
    assert len(roster.removed) == 100
    assert roster.since("e-0") is roster.since("e-99") is None
    assert len(roster.since("e-100")) == 100
    assert roster.since("e-300") == []


@pytest.mark.parametrize(
    "version", ["", "e", "-", "e-", "e--1", "e-1", "x-0", "e-x", "e-²", "e-٣", "e-" + "9" * 5000]
)
def test_a_version_of_another_list_is_unknown(version):
    """Also one that is not out yet, and whatever else a client makes up."""
    roster = Roster()
    roster.epoch = "e"

    assert roster.since(version) is None
    assert roster.since("e-0") == []


def test_a_stranger_is_in_state_none():
    """And nothing is made for asking."""
    roster = Roster()

    assert roster.state(ROMEO) == "None"
    assert roster.contacts == {}
    assert repr(roster.contact(ROMEO)) == "<Contact romeo@play.example: None>"
