"""Stanzas that come back: they were handed to a resource, which is gone and never took them."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.effects import Effect
from xmppexplore.sandbox.features import Host
from xmppexplore.sandbox.markup import attribute
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Origin, Stanza
from xmppexplore.wire.element import CLIENT
from xmppexplore.wire.records import STANZA_KINDS, Item
from xmppexplore.wire.splitter import Splitter

__all__ = ["read", "returned"]

_HEADER: Final = f"<stream:stream xmlns='{names.CLIENT}' xmlns:stream='{names.STREAMS}'>".encode()
_ORIGIN: Final = Origin.of(CLIENT)


class _Author:
    """The way to who sent the stanza: of a session that may be over by now."""

    number = -1  # what it sent since is not this stanza
    taken = 0

    def __init__(self, host: Host, author: Address) -> None:
        self._host = host
        self._address = author

    def send(self, data: bytes) -> None:
        resource = self._host.resource(self._address)
        if resource is not None:
            resource.send(data)

    def emit(self, _effect: Effect) -> None:
        pass

    def take(self) -> list[Effect]:
        return []

    def end(self, _condition: str, _words: str = "") -> None:
        pass


def read(data: bytes) -> Item | None:
    """Return what a stanza says of itself, ``None`` where it cannot be read."""
    items = Splitter().feed(_HEADER + data)
    stanzas = [item for item in items if item.kind in STANZA_KINDS]
    return stanzas[0] if len(stanzas) == 1 else None


def returned(host: Host, account: Account, data: bytes, at: float) -> Stanza | None:
    """Return a stanza for another try, ``None`` where it came from nobody with an account.

    What is answered to it goes to its sender, where that is connected still.

    Args:
        host: the server.
        account: whom it was for.
        data: the stanza, as the resource was to get it.
        at: when it came, in seconds since 1970 (UTC).
    """
    item = read(data)
    try:
        author = address(item.sender) if item is not None and item.sender else None
        to = address(item.recipient) if item is not None and item.recipient else account.address
    except BadAddress:
        return None
    if item is None or author is None or not author.local:
        return None
    stamps = (attribute(str(author)).encode(), attribute(author.bare).encode())
    stanza = Stanza(item, data, Resource(author, _Author(host, author), *stamps), _ORIGIN, at)
    stanza.account = account
    stanza.to = to
    stanza.addressee = "resource" if to.resource else "account"
    return stanza
