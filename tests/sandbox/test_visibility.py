"""Who may know whether somebody is there."""

from __future__ import annotations

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.visibility import sees, watchers


def test_one_always_sees_oneself():
    """With any resource, or none."""
    juliet = Play().realm.accounts["juliet"]

    assert sees(address("juliet@play.example"), juliet)
    assert sees(address("juliet@play.example/balcony"), juliet)


def test_a_stranger_of_another_domain_sees_nothing():
    """Whatever the localpart."""
    juliet = Play().realm.accounts["juliet"]

    assert not sees(address("juliet@other.example"), juliet)


def test_watchers_are_the_others_who_see():
    """Without the account itself."""
    realm = Play().realm
    found = {one.address.local for one in watchers(realm.accounts["juliet"], realm.accounts)}

    assert found == {
        name
        for name, one in realm.accounts.items()
        if name != "juliet" and sees(one.address, realm.accounts["juliet"])
    }
