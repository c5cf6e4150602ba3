"""Blocking: nothing comes from certain addresses, and nothing goes to them (XEP-0191).

The list is :attr:`~xmppexplore.sandbox.accounts.Account.blocked`, an address, a bare
address, a domain, or a resource of a domain.  Who blocks the domain of this server goes on
speaking to the server itself and to the own account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Hook, Host, Module
from xmppexplore.sandbox.markup import attribute, attributes, presence, readdress
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import Table
from xmppexplore.sandbox.visibility import watchers
from xmppexplore.wire.element import Element

__all__ = ["BLOCKED", "MODULE"]

BLOCKED: Final = Table("blocked", ("address",))

_LIST: Final = names.qualified(names.BLOCKING, "blocklist")
_BLOCK: Final = names.qualified(names.BLOCKING, "block")
_UNBLOCK: Final = names.qualified(names.BLOCKING, "unblock")
_ITEM: Final = names.qualified(names.BLOCKING, "item")
_ERROR: Final = "<blocked xmlns='urn:xmpp:blocking:errors'/>"  # §3.3


# --- the list


def _items(addresses: Iterable[Address]) -> str:
    written = sorted(str(one) for one in addresses)
    return "".join(f"<item{attributes({'jid': jid})}/>" for jid in written)


def _get(host: Host, request: Stanza) -> str:
    """Return the list; whoever asked for it is told of its changes (§3.2)."""
    request.resource.notes["blocking"] = True
    account = host.accounts[request.resource.address.local]
    return f"<blocklist xmlns='{names.BLOCKING}'>{_items(account.blocked)}</blocklist>"


def _named(command: Element) -> frozenset[Address]:
    """Return the addresses that a command names."""
    try:
        found = frozenset(address(item.get("jid") or "") for item in command.find_all(_ITEM))
    except BadAddress as error:
        raise stanza_fault("jid-malformed", str(error)) from error
    if not found and (command.children or command.qualified == _BLOCK):
        raise stanza_fault("bad-request", "give at least one <item/>")
    return found


def _block(host: Host, request: Stanza) -> None:
    """Put addresses on the list (§3.3)."""
    account = host.accounts[request.resource.address.local]
    named = _named(request.element.children[0])
    if len(account.blocked | named) > host.limits.blocked:
        raise stanza_fault(
            "resource-constraint",
            f"no more than {host.limits.blocked} addresses are blocked by one account",
        )
    for one in named - account.blocked:
        host.storage.put(BLOCKED, account.address.local, str(one))
    _change(host, account, account.blocked | named)
    _push(host, account, f"<block xmlns='{names.BLOCKING}'>{_items(named)}</block>")


def _unblock(host: Host, request: Stanza) -> None:
    """Take addresses off the list; all of them where none is named (§3.4, §3.5)."""
    account = host.accounts[request.resource.address.local]
    named = _named(request.element.children[0])
    for one in account.blocked & named if named else account.blocked:
        host.storage.drop(BLOCKED, account.address.local, str(one))
    _change(host, account, account.blocked - named if named else frozenset())
    _push(host, account, f"<unblock xmlns='{names.BLOCKING}'>{_items(named)}</unblock>")


def _push(host: Host, account: Account, change: str) -> None:
    """Tell a change to the resources that have asked for the list."""
    for resource in account.resources.values():
        if resource.notes.get("blocking"):
            head = {"type": "set", "id": host.tokens(), "to": str(resource.address)}
            resource.send(f"<iq{attributes(head)}>{change}</iq>".encode())


# --- presence


def _audience(host: Host, account: Account) -> dict[Resource, bool]:
    """Return the resources that see the presence of an account -> whether it blocks them."""
    return {
        resource: account.blocks(resource.address)
        for other in watchers(account, host.accounts)
        if not other.blocks(account.address)
        for resource in other.available()
    }


def _change(host: Host, account: Account, blocked: frozenset[Address]) -> None:
    """Change the list, and what contacts see with it (§3.3, §3.4)."""
    before = _audience(host, account)
    directed = {
        (own, one) for own in account.resources.values() for one in own.directed
        if not account.blocks(one)
    }  # fmt: skip
    account.blocked = blocked
    for other, was_blocked in before.items():
        is_blocked = account.blocks(other.address)
        if is_blocked != was_blocked:
            to = attribute(other.address.bare).encode()
            for own in account.available():
                other.send(_gone(own, to) if is_blocked else readdress(own.presence, {b"to": to}))
    for own, recipient in directed:
        if account.blocks(recipient):
            own.directed.discard(recipient)
            _leave(host, own, recipient, before)


def _leave(host: Host, own: Resource, recipient: Address, told: Iterable[Resource]) -> None:
    """Take directed presence back (RFC 6121 §4.6) from who was not told yet."""
    account = host.accounts.get(recipient.local) if recipient.domain == host.domain else None
    for other in account.available() if account is not None else ():
        if recipient.resource in ("", other.address.resource) and other not in told:
            other.send(_gone(own, attribute(str(recipient)).encode()))


def _gone(resource: Resource, to: bytes) -> bytes:
    return presence("unavailable", resource.stamp, to)


# --- stanzas


def _to_blocked(host: Host, stanza: Stanza) -> bool:
    """Send nothing to whom the sender blocks (§3.3)."""
    own, to = stanza.resource.address, stanza.to
    account = host.accounts[own.local]
    if not account.blocked or to is None or not account.blocks(to):
        return False
    if stanza.addressee == "server" or (to.local, to.domain) == (own.local, own.domain):
        return False
    host.rule(stanza, "to blocked")
    host.refuse(stanza, "not-acceptable", "you have blocked this address", "cancel", _ERROR)
    return True


def _from_blocked(host: Host, stanza: Stanza, *, answered: bool) -> bool:
    """Deliver nothing from whom the recipient blocks, nor answer for the recipient (§3.3)."""
    account, sender = stanza.account, stanza.resource.address
    if account is None or not account.blocked or not account.blocks(sender):
        return False
    if account.address.local == sender.local:
        return False
    if answered:
        host.rule(stanza, "from blocked, with error")
        host.refuse(stanza, "service-unavailable")
    else:
        host.rule(stanza, "from blocked")
    return True


def _message(host: Host, stanza: Stanza) -> bool:
    """Both ways at once: this is the way of every message."""
    # Where nobody is there these types get no error either, or go to a room.
    answered = stanza.item.type not in ("groupchat", "headline", "error")
    return _to_blocked(host, stanza) or _from_blocked(host, stanza, answered=answered)


def _iq(host: Host, stanza: Stanza) -> bool:
    answered = stanza.item.type in ("get", "set")
    return _to_blocked(host, stanza) or _from_blocked(host, stanza, answered=answered)


def _presence(host: Host, stanza: Stanza) -> bool:
    """Say nothing, whatever it is; the sender's own list has changed by then (§3.3)."""
    return _from_blocked(host, stanza, answered=False)


def _load(host: Host) -> None:
    for owner, blocked in host.storage.rows(BLOCKED):
        account = host.accounts.get(str(owner))
        if account is not None:
            account.blocked |= {address(str(blocked))}


MODULE: Final = Module(
    name="blocking",
    document="XEP-0191",
    answers=(
        Answer(_LIST, "get", _get, ("own",)),
        Answer(_BLOCK, "set", _block, ("own",)),
        Answer(_UNBLOCK, "set", _unblock, ("own",)),
    ),
    hooks=(
        Hook("sent", "message", _message),
        Hook("sent", "iq", _iq),
        Hook("sent", "presence", _to_blocked),
        Hook("arriving", "presence", _presence),
    ),
    features={"server": (names.BLOCKING,)},
    tables=(BLOCKED,),
    load=_load,
)
