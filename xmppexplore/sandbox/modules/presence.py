"""Presence: who is there, and who is told (RFC 6121 §4).

A broadcast goes to the contacts that are subscribed, and to the account's own resources.
Probes, which servers send each other to learn who is there, are answered at once, since all
contacts are here; so none is written unless a client sends one itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.markup import attribute, presence, readdress
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.roster import SEEING
from xmppexplore.sandbox.stanza import SUBSCRIPTION_TYPES, Stanza
from xmppexplore.sandbox.visibility import sees, watched, watchers

__all__ = ["MODULE", "conceal", "show"]

_PRIORITY: Final = names.qualified(names.CLIENT, "priority")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}")
PRESENCE_TYPES: Final = (  # §4.7.1
    frozenset({"", "unavailable", "probe", "error"}) | SUBSCRIPTION_TYPES
)


def _to(written: bytes, recipient: Address) -> bytes:
    """Return a stamped presence with its recipient."""
    return readdress(written, {b"to": attribute(str(recipient)).encode()})


def _gone(resource: Resource) -> bytes:
    """Return the presence that the server sends for a resource that is gone (§4.5.2)."""
    return presence("unavailable", resource.stamp)


def _blocked(one: Account, other: Account) -> bool:
    """Tell whether one of two blocks the other; then neither hears of the other (XEP-0191)."""
    return one.blocks(other.address) or other.blocks(one.address)


# --- telling one contact


def _contact(host: Host, account: Account, contact: Address) -> Account | None:
    """Return the account of a contact that may be told something."""
    other = host.accounts.get(contact.local) if contact.domain == host.domain else None
    return None if other is None or _blocked(account, other) else other


def show(host: Host, account: Account, contact: Address) -> None:
    """Send the presence of an account to a contact that sees it from now on (§3.1.5)."""
    other = _contact(host, account, contact)
    for resource in account.available() if other is not None else ():
        _send(other, _to(resource.presence, contact))


def conceal(host: Host, account: Account, contact: Address) -> None:
    """Take the presence of an account back from a contact (§3.2.2, §3.3.3).

    That holds for presence that was directed to the contact, too.
    """
    other = _contact(host, account, contact)
    for resource in account.resources.values():
        directed = {one for one in resource.directed if one._replace(resource="") == contact}
        resource.directed -= directed
        if resource.available or directed:
            _send(other, _to(_gone(resource), contact))


def _send(account: Account | None, written: bytes) -> None:
    for resource in account.available() if account is not None else ():
        resource.send(written)


# --- telling all of them


def _audience(host: Host, account: Account) -> Iterator[Account]:
    """Yield the accounts that are told of an account: itself first (§4.2.2)."""
    yield account
    for other in watchers(account, host.accounts):
        if not _blocked(account, other):
            yield other


def _reached(host: Host, account: Account) -> list[Resource]:
    """Return the resources that a broadcast of an account reaches."""
    return [one for other in _audience(host, account) for one in other.available()]


def _broadcast(host: Host, account: Account, written: bytes) -> None:
    """Send a stamped presence to all who are told of an account, its sender among them."""
    for other in _audience(host, account):
        available = other.available()
        data = _to(written, other.address) if available else b""
        for one in available:
            one.send(data)


def _own(host: Host, stanza: Stanza) -> bool:
    """Take presence without ``to``: initial, subsequent, unavailable (§4.2, §4.4, §4.5)."""
    if stanza.item.recipient:
        return False
    kind, resource = stanza.item.type, stanza.resource
    if kind == "unavailable":
        account = host.accounts[resource.address.local]
        told = _reached(host, account) if resource.available else []
        told += [one for one in _directed_to(host, resource) if one not in told]
        host.rule(stanza, "farewell", told)
        _leave(host, resource, readdress(stanza.stamped, {b"to": b""}))
    elif kind == "":
        _come(host, stanza)
    elif kind == "error":
        host.rule(stanza, "error to nobody")
    else:
        host.rule(stanza, "no recipient")
        host.refuse(stanza, "bad-request", "presence of this type needs 'to'")
    return True


def _come(host: Host, stanza: Stanza) -> None:
    resource = stanza.resource
    priority = _read_priority(stanza)
    if priority is None:
        host.rule(stanza, "no priority")
        host.refuse(stanza, "bad-request", "a priority is an integer from -128 to 127")
        return
    account = host.accounts[resource.address.local]
    initial = not resource.available
    resource.available, resource.priority = True, priority
    resource.presence = readdress(stanza.stamped, {b"to": b""})
    name = "initial presence" if initial else "subsequent presence"
    host.rule(stanza, name, _reached(host, account))
    _broadcast(host, account, resource.presence)
    if initial:
        _look_around(host, account, resource)
    host.announce("available", resource)


def _look_around(host: Host, account: Account, resource: Resource) -> None:
    """Show a resource who is there: the probes of §4.3, answered at once."""
    others = (one for one in watched(account, host.accounts) if not _blocked(account, one))
    for other in (account, *others):
        for one in other.available():
            if one is not resource:
                resource.send(_to(one.presence, resource.address))
    if account.roster.state(Address("", host.domain)) in SEEING:
        resource.send(_server_here(host, resource))


def _server_here(host: Host, resource: Resource) -> bytes:
    """Return the presence of the server itself."""
    domain = attribute(host.domain).encode()
    return presence("", domain, resource.stamp)


def _read_priority(stanza: Stanza) -> int | None:
    """Return the priority (§4.7.2.3), ``None`` where what stands there is none."""
    child = stanza.element.find(_PRIORITY)
    if child is None:
        return 0
    written = child.text.strip()
    if not _INTEGER.fullmatch(written) or not -128 <= int(written) <= 127:
        return None
    return int(written)


def _leave(host: Host, resource: Resource, farewell: bytes) -> None:
    """Make a resource unavailable for all who saw it available (§4.5.2, §4.6.3)."""
    was_available = resource.available
    account = host.accounts[resource.address.local]
    told = set(_reached(host, account)) if was_available else set()
    if was_available:
        _broadcast(host, account, farewell)
    resource.available = False
    directed, resource.directed = resource.directed, set()
    for recipient in sorted(directed):
        for other in _resources(host, recipient):
            if other not in told:
                other.send(_to(farewell, recipient))
    if was_available:
        host.announce("unavailable", resource)


def _ended(host: Host, resource: Resource) -> None:
    """Tell the others of a resource whose stream is over without a farewell (§4.5.2)."""
    _leave(host, resource, _gone(resource))


# --- telling whom one names


def _resources(host: Host, recipient: Address) -> list[Resource]:
    """Return who gets presence for an address: negative priorities too (§8.5.2.1.2)."""
    if recipient.resource:
        match = host.resource(recipient)
        return [match] if match is not None else []
    account = host.account(recipient.local)
    return account.available() if account is not None else []


def _directed_to(host: Host, resource: Resource) -> list[Resource]:
    """Return the resources that hold directed presence of a resource."""
    return [one for to in sorted(resource.directed) for one in _resources(host, to)]


def _directed(host: Host, stanza: Stanza) -> bool:
    """Deliver presence to whom it names, and remember it (§4.6)."""
    kind, sender, recipient = stanza.item.type, stanza.resource, stanza.to
    if recipient is None or not recipient.local:
        host.rule(stanza, "presence to server")
        return True
    if stanza.account is None:
        host.rule(stanza, "presence to nobody")
        return True
    reached = _resources(host, recipient)
    if kind == "unavailable":
        sender.directed.discard(recipient)
    # What reached nobody is not remembered, however many addresses a client names.
    elif kind == "" and reached and not _remember(host, sender, recipient):
        host.rule(stanza, "too much directed presence")
        host.refuse(stanza, "resource-constraint", "presence is directed to too many")
        return True
    if reached:
        host.rule(stanza, "directed presence", reached)
    else:
        section = "RFC 6121 §8.5.3.2.2" if recipient.resource else "RFC 6121 §8.5.2.2.2"
        host.rule(stanza, "presence unseen", section=section)
    for other in reached:
        other.send(stanza.stamped)
    return True


def _remember(host: Host, sender: Resource, recipient: Address) -> bool:
    """Remember to whom presence was directed; false where that would be too many."""
    if len(sender.directed) >= host.limits.directed and recipient not in sender.directed:
        sender.directed = {one for one in sender.directed if _resources(host, one)}
        if len(sender.directed) >= host.limits.directed:
            return False
    sender.directed.add(recipient)
    return True


# --- answering who asks


def _probe(host: Host, stanza: Stanza) -> bool:
    """Answer a probe with the presence of each resource (§4.3.2)."""
    recipient, prober, account = stanza.to, stanza.resource, stanza.account
    if recipient is None or not recipient.local:
        host.rule(stanza, "probe of server")
        prober.send(_server_here(host, prober))
    elif account is None or not sees(prober.address, account):
        _answer_stranger(host, stanza, recipient)
    else:
        host.rule(stanza, "probe")
        available = [one for one in _resources(host, recipient) if one.available]
        for other in available:
            prober.send(_to(other.presence, prober.address))
        if not available:
            prober.send(_nobody("unavailable", recipient, prober))
    return True


def _answer_stranger(host: Host, stanza: Stanza, recipient: Address) -> None:
    """Tell a stranger no more than it knows: that it is none of the subscribers."""
    prober = stanza.resource
    resource = host.resource(recipient)
    known = {prober.address, prober.address._replace(resource="")}
    if resource is not None and resource.directed & known:
        host.rule(stanza, "probe after directed presence")
        prober.send(presence("", resource.stamp, prober.stamp))
    else:
        host.rule(stanza, "probe of a stranger")
        prober.send(_nobody("unsubscribed", recipient._replace(resource=""), prober))


def _nobody(kind: str, of: Address, prober: Resource) -> bytes:
    return presence(kind, attribute(str(of)).encode(), prober.stamp)


def _unknown(host: Host, stanza: Stanza) -> bool:
    """Refuse a type that RFC 6121 §4.7.1 does not know."""
    if stanza.item.type in PRESENCE_TYPES:
        return False
    host.rule(stanza, "no type of presence")
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
    ),
    events={"ended": _ended},
)
