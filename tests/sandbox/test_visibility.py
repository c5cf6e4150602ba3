"""Who may know whether somebody is there."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.roster import STATES
from xmppexplore.sandbox.visibility import sees, watched, watchers


def test_one_always_sees_oneself():
    """With any resource, or none."""
    juliet = Play().realm.accounts["juliet"]

    assert sees(address("juliet@play.example"), juliet)
    assert sees(address("juliet@play.example/balcony"), juliet)


def test_a_stranger_of_another_domain_sees_nothing():
    """Whatever the localpart."""
    juliet = Play().realm.accounts["juliet"]

    assert not sees(address("juliet@other.example"), juliet)


@pytest.mark.parametrize("state", STATES)
def test_who_sees_whom_follows_from_the_state(state):
    """Without the account itself, which needs no subscription."""
    realm = Play().realm
    juliet, romeo = realm.accounts["juliet"], realm.accounts["romeo"]
    juliet.roster.contact(romeo.address).state = state
    seen_by, seeing = state in ("From", "From+PO", "Both"), state in ("To", "To+PI", "Both")

    assert sees(address("romeo@play.example/orchard"), juliet) == seen_by
    assert not sees(juliet.address, romeo)
    assert list(watchers(juliet, realm.accounts)) == [romeo] * seen_by
    assert list(watched(juliet, realm.accounts)) == [romeo] * seeing


def test_contacts_of_other_domains_and_those_who_are_gone_are_not_here():
    """Also where their localpart is somebody's here."""
    realm = Play().realm
    juliet = realm.accounts["juliet"]
    for contact in ("romeo@other.example", "tybalt@play.example", "play.example"):
        juliet.roster.contact(address(contact)).state = "Both"

    assert list(watchers(juliet, realm.accounts)) == list(watched(juliet, realm.accounts)) == []
