"""The sandbox serves this machine alone."""

from __future__ import annotations

import pytest

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.loopback import loopback


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("localhost", ("127.0.0.1", "::1")),
        ("127.0.0.1", ("127.0.0.1",)),
        ("127.9.9.9", ("127.9.9.9",)),
        ("::1", ("::1",)),
    ],
)
def test_loopback_is_allowed(host, addresses):
    """The name is both of its addresses."""
    assert loopback(host) == addresses


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.1", "example.org", "", "127.0.0.1:5222"]
)
def test_anything_else_is_refused(host):
    """With what to do instead."""
    with pytest.raises(UsageError, match="leave host out"):
        loopback(host)
