"""The features that are built in, one file each; a new one is its file and a line here."""

from __future__ import annotations

from typing import Final

from xmppexplore.sandbox.features import Module
from xmppexplore.sandbox.modules import disco, ping, presence, roster, session, time, version

__all__ = ["MODULES"]

MODULES: Final[tuple[Module, ...]] = (
    session.MODULE,
    roster.MODULE,
    presence.MODULE,
    disco.MODULE,
    ping.MODULE,
    version.MODULE,
    time.MODULE,
)
"""In the order in which their hooks see a stanza."""
