"""Presence among people who are all each other's contacts (RFC 6121 §4).

In this realm everybody is on everybody's list with the subscription ``both``; so initial
presence goes to all others and theirs comes back, and requests that would change a
subscription are refused.
"""

from __future__ import annotations

import re
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.markup import attribute, readdress
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import SUBSCRIPTION_TYPES, Stanza

__all__ = ["MODULE"]

_PRIORITY: Final = names.qualified(names.CLIENT, "priority")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}")
TYPES: Final = frozenset({"", "unavailable", "probe", "error"}) | SUBSCRIPTION_TYPES  # §4.7.1


def _to(presence: bytes, recipient: Address) -> bytes:
    """Return a stamped presence with its recipient."""
    return readdress(presence, {b"to": attribute(str(recipient)).encode()})


def _gone(resource: Resource) -> bytes:
    """Return the presence that the server sends for a resource that is gone (§4.5.2)."""
    return b"<presence type='unavailable' from='%b'/>" % resource.stamp


def _broadcast(host: Host, presence: bytes) -> set[Resource]:
    """Send a stamped presence to all available resources of all contacts and its own account.

    The sender is among them (§4.2.2).  Returns who got it.
    """
    reached: set[Resource] = set()
    for account in host.accounts.values():
        available = account.available()
        data = _to(presence, account.address) if available else b""
        for other in available:
            other.send(data)
            reached.add(other)
    return reached


def _read_priority(stanza: Stanza) -> int | None:
    """Return the priority (§4.7.2.3), ``None`` where what stands there is none."""
    child = stanza.element.find(_PRIORITY)
    if child is None:
        return 0
    written = child.text.strip()
    if not _INTEGER.fullmatch(written) or not -128 <= int(written) <= 127:
        return None
    return int(written)


def _own(host: Host, stanza: Stanza) -> bool:
    """Take presence without ``to``: initial, subsequent, unavailable (§4.2, §4.4, §4.5)."""
    if stanza.item.recipient:
        return False
    kind, resource = stanza.item.type, stanza.resource
    if kind == "unavailable":
        _leave(host, resource, readdress(stanza.stamped, {b"to": b""}))
    elif kind == "":
        _come(host, stanza)
    elif kind != "error":
        host.refuse(stanza, "bad-request", "presence of this type needs 'to'")
    return True


def _come(host: Host, stanza: Stanza) -> None:
    resource = stanza.resource
    priority = _read_priority(stanza)
    if priority is None:
        host.refuse(stanza, "bad-request", "a priority is an integer from -128 to 127")
        return
    initial = not resource.available
    resource.available, resource.priority = True, priority
    resource.presence = readdress(stanza.stamped, {b"to": b""})
    reached = _broadcast(host, resource.presence)
    if initial:  # the probes of §4.3, answered at once since all contacts are here
        for other in sorted(reached - {resource}, key=lambda one: str(one.address)):
            resource.send(_to(other.presence, resource.address))
    host.announce("available", resource)


def _leave(host: Host, resource: Resource, presence: bytes) -> None:
    """Make a resource unavailable for all who saw it available (§4.5.2, §4.6.3)."""
    was_available = resource.available
    reached = _broadcast(host, presence) if was_available else set()
    resource.available = False
    directed, resource.directed = resource.directed, set()
    for recipient in sorted(directed):
        for other in _resources(host, recipient):
            if other not in reached:
                other.send(_to(presence, recipient))
    if was_available:
        host.announce("unavailable", resource)


def _ended(host: Host, resource: Resource) -> None:
    """Tell the others of a resource whose stream is over without a farewell (§4.5.2)."""
    _leave(host, resource, _gone(resource))


def _resources(host: Host, recipient: Address) -> list[Resource]:
    """Return who gets presence for an address: negative priorities too (§8.5.2.1.2)."""
    if recipient.resource:
        match = host.resource(recipient)
        return [match] if match is not None else []
    account = host.account(recipient.local)
    return account.available() if account is not None else []


def _directed(host: Host, stanza: Stanza) -> bool:
    """Deliver presence to whom it names, and remember it (§4.6)."""
    kind, sender, recipient = stanza.item.type, stanza.resource, stanza.to
    if recipient is None or not recipient.local:
        return True  # the server keeps no presence of its own
    reached = _resources(host, recipient)
    for other in reached:
        other.send(stanza.stamped)
    if kind == "unavailable":
        sender.directed.discard(recipient)
    elif kind == "" and reached:  # so that nobody fills it with addresses that are not here
        sender.directed.add(recipient)
    return True


def _probe(host: Host, stanza: Stanza) -> bool:
    """Answer a probe with the presence of each resource (§4.3.2)."""
    recipient, prober = stanza.to, stanza.resource
    if recipient is None or stanza.account is None:
        return True
    available = [one for one in _resources(host, recipient) if one.available]
    for other in available:
        prober.send(_to(other.presence, prober.address))
    if not available:
        nobody = b"<presence type='unavailable' from='%b' to='%b'/>"
        prober.send(nobody % (attribute(str(recipient)).encode(), prober.stamp))
    return True


def _subscription(host: Host, stanza: Stanza) -> bool:
    """Refuse what would change a list that all share (§3).

    ``subscribe`` and ``subscribed`` change nothing where the state is Both (Appendix A).
    """
    if stanza.account is not None and stanza.item.type in ("unsubscribe", "unsubscribed"):
        host.refuse(stanza, "not-allowed", "all accounts of this sandbox are contacts")
    return True


def _unknown(host: Host, stanza: Stanza) -> bool:
    """Refuse a type that RFC 6121 §4.7.1 does not know."""
    if stanza.item.type in TYPES:
        return False
    host.refuse(stanza, "bad-request", "there is no presence of this type")
    return True


MODULE: Final = Module(
    name="presence",
    document="RFC 6121 §4",
    hooks=(
        Hook("sent", "presence", _unknown),
        Hook("sent", "presence", _own, at=frozenset({"own"})),
        Hook("arriving", "presence", _directed, types=frozenset({"", "unavailable", "error"})),
        Hook("arriving", "presence", _probe, types=frozenset({"probe"})),
        Hook("arriving", "presence", _subscription, types=SUBSCRIPTION_TYPES),
    ),
    events={"ended": _ended},
)
