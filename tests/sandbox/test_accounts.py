"""An account knows which of its resources take part."""

from __future__ import annotations

from tests.sandbox.conversation import Play


def test_available_are_the_resources_that_sent_presence():
    """Being connected is not being available (RFC 6121 §4.2)."""
    play = Play()
    play.login("romeo", "here")
    play.login("romeo", "there", presence=None)
    romeo = play.realm.accounts["romeo"]

    assert [one.address.resource for one in romeo.available()] == ["here"]
    assert sorted(romeo.resources) == ["here", "there"]
