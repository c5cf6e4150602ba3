"""Connected resources: one bound stream of one account, and the way out to it."""

from __future__ import annotations

from typing import Any, Protocol

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.effects import Effect

__all__ = ["Outlet", "Resource"]


class Outlet(Protocol):
    """The way to a client; a machine is one.

    Attributes:
        number: number of its connection, -1 where that is not known.
        taken: offset of the end of the item that is being handled, in bytes of what the
            connection has sent since it began.
    """

    number: int
    taken: int

    def send(self, data: bytes) -> None:
        """Write whole first-level elements; nothing is written once the stream is ending."""

    def emit(self, effect: Effect) -> None:
        """Hand an effect to the outside, in order with what is written."""

    def take(self) -> list[Effect]:
        """Return what is to be done now, in order, and forget it."""

    def end(self, condition: str, words: str = "") -> None:
        """End the stream with a stream error (RFC 6120 §4.9)."""


class Resource:
    """A connected resource (RFC 6120 §7).

    Attributes:
        address: the full address.
        stamp: the full address, escaped, as ``from`` is stamped with it.
        bare_stamp: the same of the bare address.
        outlet: the way to its client.
        available: whether it has sent presence and not taken it back (RFC 6121 §4.2).
        priority: -128 to 127 (RFC 6121 §4.7.2.3), meaningful while available.
        presence: its last broadcast presence, stamped, without ``to``.
        directed: addresses that hold directed presence of it (RFC 6121 §4.6).
        notes: what modules keep about it, by the name of the module.
    """

    __slots__ = (
        "address",
        "available",
        "bare_stamp",
        "directed",
        "notes",
        "outlet",
        "presence",
        "priority",
        "stamp",
    )

    def __init__(self, address: Address, outlet: Outlet, stamp: bytes, bare_stamp: bytes) -> None:
        self.address = address
        self.outlet = outlet
        self.stamp = stamp
        self.bare_stamp = bare_stamp
        self.available = False
        self.priority = 0
        self.presence = b""
        self.directed: set[Address] = set()
        self.notes: dict[str, Any] = {}

    def send(self, data: bytes) -> None:
        """Write one whole stanza to the client, by whatever stands between."""
        self.outlet.send(data)

    def __repr__(self) -> str:
        state = f"available, priority {self.priority}" if self.available else "connected"
        return f"<Resource {self.address}: {state}>"
