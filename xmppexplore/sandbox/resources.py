"""Connected resources: one bound stream of one account, and the way out to it."""

from __future__ import annotations

from typing import Any, Protocol

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.effects import Effect

__all__ = ["Layer", "Outlet", "Resource"]


class Outlet(Protocol):
    """The way to a client; a machine is one."""

    @property
    def number(self) -> int:
        """Number of its connection, -1 where that is not known."""

    @property
    def taken(self) -> int:
        """Offset of the end of the item being handled, in all that the client has sent."""

    def send(self, data: bytes) -> None:
        """Write whole first-level elements; nothing is written once the stream is ending."""

    def emit(self, effect: Effect) -> None:
        """Hand an effect to the outside, in order with what is written."""

    def take(self) -> list[Effect]:
        """Return what is to be done now, in order, and forget it."""

    def end(self, condition: str, words: str = "") -> None:
        """End the stream with a stream error (RFC 6120 §4.9)."""


class Layer:
    """An outlet that stands before another, and does as that one but where it says otherwise.

    Args:
        below: the outlet that it hands on to.

    Attributes:
        below: see above; it may be exchanged.
    """

    def __init__(self, below: Outlet) -> None:
        self.below = below

    @property
    def number(self) -> int:
        """See :class:`Outlet`."""
        return self.below.number

    @property
    def taken(self) -> int:
        """See :class:`Outlet`."""
        return self.below.taken

    def send(self, data: bytes) -> None:
        """See :class:`Outlet`."""
        self.below.send(data)

    def emit(self, effect: Effect) -> None:
        """See :class:`Outlet`."""
        self.below.emit(effect)

    def take(self) -> list[Effect]:
        """See :class:`Outlet`."""
        return self.below.take()

    def end(self, condition: str, words: str = "") -> None:
        """See :class:`Outlet`."""
        self.below.end(condition, words)


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
        parked: whether its stream broke and it waits for another (XEP-0198 §5).
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
        "parked",
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
        self.parked = False
        self.directed: set[Address] = set()
        self.notes: dict[str, Any] = {}

    def send(self, data: bytes) -> None:
        """Write one whole stanza to the client, by whatever stands between."""
        self.outlet.send(data)

    def lay_below(self, layer: Layer) -> None:
        """Put a layer right before the stream, behind the layers that are there already."""
        last, outlet = None, self.outlet
        while isinstance(outlet, Layer):
            last, outlet = outlet, outlet.below
        if last is None:
            self.outlet = layer
        else:
            last.below = layer

    def __repr__(self) -> str:
        state = f"available, priority {self.priority}" if self.available else "connected"
        state += ", parked" if self.parked else ""
        return f"<Resource {self.address}: {state}>"
