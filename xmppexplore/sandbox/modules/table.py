"""The features that are built in, one file each; a new one is its file and a line here."""

from __future__ import annotations

from typing import Final

from xmppexplore.sandbox.features import Module
from xmppexplore.sandbox.modules import (
    avatar,
    blocking,
    caps,
    carbons,
    client_state,
    disco,
    last,
    management,
    offline,
    ping,
    presence,
    private,
    register,
    roster,
    session,
    subscription,
    time,
    vcard,
    version,
)

__all__ = ["MODULES"]

MODULES: Final[tuple[Module, ...]] = (
    blocking.MODULE,  # first: what is blocked has no other effect
    session.MODULE,
    register.MODULE,
    last.MODULE,  # before presence, which takes the farewell that it reads
    roster.MODULE,
    subscription.MODULE,
    avatar.MODULE,  # before presence, to which it adds
    presence.MODULE,
    disco.MODULE,
    caps.MODULE,
    private.MODULE,
    vcard.MODULE,
    ping.MODULE,
    version.MODULE,
    time.MODULE,
    carbons.MODULE,
    client_state.MODULE,
    offline.MODULE,
    management.MODULE,  # last: what nobody took is stored by those before it
)
"""In the order in which their hooks see a stanza."""
