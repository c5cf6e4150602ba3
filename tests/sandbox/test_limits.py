"""The limits that a server bears."""

from __future__ import annotations

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.limits import Limits


def test_every_limit_lets_something_through():
    """A limit of zero would switch a feature off, which is a policy and no limit."""
    assert all(value > 0 for value in Limits())


def test_modules_see_the_limits_that_the_server_was_given():
    """Not the defaults."""
    assert Play(limits=Limits(blocked=7)).realm.host.limits.blocked == 7
