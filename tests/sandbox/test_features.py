"""Hooks say which stanzas they want."""

from __future__ import annotations

import itertools

import pytest

from tests.sandbox.test_stanza import stanza
from xmppexplore.sandbox.features import Hook

WANTS = [
    ({}, True),
    ({"types": frozenset({"chat"})}, True),
    ({"types": frozenset({"normal"})}, False),
    ({"at": frozenset({"own", "server"})}, True),
    ({"at": frozenset({"remote"})}, False),
    ({"payload": "{jabber:client}body"}, True),
    ({"payload": "{jabber:client}subject"}, False),
]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(WANTS, WANTS)), ids=range(49))
def test_a_hook_wants_what_fits_all_it_says(one, other):
    """Type, recipient and first child; what it does not say is any."""
    message = stanza("message", b"<message type='chat'><body/></message>", "chat")
    message.item = message.item._replace(payload="{jabber:client}body")
    hook = Hook("sent", "message", lambda *_: True, **{**one[0], **other[0]})
    said = {**one[0], **other[0]}
    expected = all(wants for wish, wants in WANTS if wish and wish.items() <= said.items())

    assert hook.wants(message) == expected
