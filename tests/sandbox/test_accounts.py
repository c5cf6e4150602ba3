"""An account knows which of its resources take part."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import address


def test_available_are_the_resources_that_sent_presence():
    """Being connected is not being available (RFC 6121 §4.2)."""
    play = Play()
    play.login("romeo", "here")
    play.login("romeo", "there", presence=None)
    romeo = play.realm.accounts["romeo"]

    assert [one.address.resource for one in romeo.available()] == ["here"]
    assert sorted(romeo.resources) == ["here", "there"]


@pytest.mark.parametrize(
    ("blocked", "other", "blocks"),
    [
        ("romeo@a.example/x", "romeo@a.example/x", True),
        ("romeo@a.example/x", "romeo@a.example/y", False),
        ("romeo@a.example/x", "romeo@a.example", False),
        ("romeo@a.example", "romeo@a.example/x", True),
        ("romeo@a.example", "romeo@a.example", True),
        ("romeo@a.example", "juliet@a.example", False),
        ("a.example/x", "a.example/x", True),
        ("a.example/x", "romeo@a.example/x", False),
        ("a.example", "romeo@a.example/x", True),
        ("a.example", "a.example/x", True),
        ("a.example", "b.a.example", False),
    ],
)
def test_what_is_blocked_matches_by_address_bare_address_and_domain(blocked, other, blocks):
    """The four forms of XEP-0191; a resource of a domain is no resource of its accounts."""
    account = Account(address("juliet@b.example"), None)
    account.blocked = frozenset({address(blocked)})

    assert account.blocks(address(other)) is blocks
