"""Client state: what can wait until somebody looks is held back (XEP-0352).

While a client says that it is inactive, presence of its contacts and messages with nothing
but a chat state wait, the newest of each sender in place of the older ones.  Anything else
is written at once, behind what was held, so that the order stays that in which it came.
"""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import MalformedXML
from xmppexplore.sandbox.features import Host, Module
from xmppexplore.sandbox.resources import Layer, Outlet, Resource
from xmppexplore.sandbox.returned import read
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.records import MESSAGE, PRESENCE

__all__ = ["MODULE", "Inactive", "activate", "deactivate"]

_WAITING_PRESENCE: Final = frozenset({"", "unavailable"})
_COMPANIONS: Final = frozenset({names.qualified(names.CLIENT, "thread")})  # XEP-0085 §5.6
_SAID_BESIDE: Final = frozenset({names.CHAT_STATES, names.HINTS})


class Inactive(Layer):
    """What stands before the stream of a client that is inactive.

    Args:
        below: the stream.
        limit: how many stanzas are held back; one more, and all are written.

    Attributes:
        held: what is held back, oldest first, by kind and sender.
    """

    def __init__(self, below: Outlet, limit: int) -> None:
        super().__init__(below)
        self.held: dict[tuple[int, str], bytes] = {}
        self._limit = limit

    def send(self, data: bytes) -> None:
        """Hold a stanza back, or write it behind what was held."""
        key = _key(data)
        if key is None:
            self.flush()
            self.below.send(data)
            return
        self.held.pop(key, None)  # the newest is the last
        self.held[key] = data
        if len(self.held) > self._limit:
            self.flush()

    def flush(self) -> None:
        """Write what is held back."""
        held, self.held = self.held, {}
        for data in held.values():
            self.below.send(data)


def _key(data: bytes) -> tuple[int, str] | None:
    """Return in whose place a stanza waits, ``None`` where it must not wait."""
    item = read(data)
    if item is None:
        return None
    if item.kind == PRESENCE and item.type in _WAITING_PRESENCE:
        return item.kind, item.sender
    if item.kind == MESSAGE and item.type != "error" and names.CHAT_STATES.encode() in data:
        try:
            children = parse(data).children
        except MalformedXML:
            return None
        if all(_is_aside(child) for child in children):
            return item.kind, item.sender
    return None


def _is_aside(child: Element) -> bool:
    return child.namespace in _SAID_BESIDE or child.qualified in _COMPANIONS


def activate(_host: Host, resource: Resource) -> None:
    """Write what was held back, and hold nothing any more."""
    layer = resource.outlet
    if isinstance(layer, Inactive):
        layer.flush()
        resource.outlet = layer.below


def deactivate(host: Host, resource: Resource) -> None:
    """Hold back what can wait."""
    if not isinstance(resource.outlet, Inactive):
        resource.outlet = Inactive(resource.outlet, host.limits.held)


def _active(host: Host, resource: Resource, _element: Element) -> None:
    activate(host, resource)


def _inactive(host: Host, resource: Resource, _element: Element) -> None:
    deactivate(host, resource)


MODULE: Final = Module(
    name="client_state",
    document="XEP-0352",
    nonzas={
        names.qualified(names.CSI, "active"): _active,
        names.qualified(names.CSI, "inactive"): _inactive,
    },
    events={"resumed": activate},  # a stream always begins in the active state (§4.2)
    stream_feature=f"<csi xmlns='{names.CSI}'/>",
)
