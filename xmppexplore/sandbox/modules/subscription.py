"""Subscriptions: asking to see somebody's presence, granting it, taking it back (RFC 6121 §3).

What a stanza does is in two tables of :mod:`~xmppexplore.sandbox.roster`: the one of the
sender's server, which may not even route it, and the one of the recipient's server, which
may not deliver it.  Both are this server, so a stanza goes through both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.contacts import asked, change, has_room, interested, move
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.markup import attribute, presence
from xmppexplore.sandbox.modules.presence import conceal, show
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.roster import INBOUND, OUTBOUND, SEEN_BY, Cell, Kind
from xmppexplore.sandbox.stanza import SUBSCRIPTION_TYPES, Stanza

__all__ = ["MODULE", "cancel"]

_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in OUTBOUND}

_DELIVERED: Final = {
    "unsubscribe": ("end of subscription", "no subscription"),
    "subscribed": ("approval", "approval unasked"),
    "unsubscribed": ("cancellation", "cancellation of nothing"),
}
"""Kind -> the rules by which it is delivered and not."""


# --- the sender's side


def _sent(host: Host, stanza: Stanza) -> bool:
    """Change the sender's list and route what is to be routed (§3.1.2, §3.2.2, §3.3.2)."""
    kind, to = _KINDS[stanza.item.type], stanza.to
    account = host.accounts[stanza.resource.address.local]
    if to is None:
        host.rule(stanza, "no recipient")
        host.refuse(stanza, "bad-request", "presence of this type needs 'to'")
        return True
    contact = stanza.to = to._replace(resource="")
    if contact == account.address:
        host.rule(stanza, "subscription to oneself")
        return True
    if stanza.addressee == "resource":
        stanza.addressee = "account"
    state = account.roster.state(contact)
    cell = OUTBOUND[kind][state]
    if not _allowed(host, stanza, account, contact):
        return True
    if not cell.goes:
        _unrouted(host, stanza, account, contact, kind)
        return True
    if state in SEEN_BY and cell.state not in SEEN_BY:
        conceal(host, account, contact)  # while it is still subscribed (§3.2.2)
    _route(host, stanza, kind)
    if cell.state != state:
        entry = account.roster.contact(contact)
        entry.approved = entry.approved and kind != "unsubscribed"
        move(host, account, entry, cell.state)
    if cell.state in SEEN_BY and state not in SEEN_BY:
        show(host, account, contact)  # §3.1.5
    return True


def _allowed(host: Host, stanza: Stanza, account: Account, contact: Address) -> bool:
    """Refuse what would let a list grow too long, or a request that is too long to keep."""
    kind = stanza.item.type
    if kind in ("subscribe", "subscribed") and not has_room(host, account, contact):
        words = f"a list has {host.limits.contacts} contacts at most"
        host.rule(stanza, "list full")
        host.refuse(stanza, "resource-constraint", words)
        return False
    if kind == "subscribe" and len(stanza.raw) > host.limits.request_bytes:
        words = f"a request has {host.limits.request_bytes} bytes at most"
        host.rule(stanza, "request too long")
        host.refuse(stanza, "policy-violation", words)
        return False
    return True


def _unrouted(host: Host, stanza: Stanza, account: Account, contact: Address, kind: Kind) -> None:
    """Take what goes no further: perhaps an approval in advance (§3.4.2), or its end."""
    roster = account.roster
    entry = roster.contacts.get(contact)
    approved = entry is not None and entry.approved
    if kind == "subscribed" and roster.state(contact) not in SEEN_BY:
        host.rule(stanza, "approved in advance")
        if not approved:
            entry = roster.contact(contact)
            entry.approved = True
            change(host, account, entry)
    elif kind == "unsubscribed" and approved and entry is not None:
        host.rule(stanza, "advance approval taken back")
        entry.approved = False
        change(host, account, entry)
    else:
        host.rule(stanza, "approved before" if kind == "subscribed" else "nothing to cancel")


def _route(host: Host, stanza: Stanza, kind: Kind) -> None:
    if stanza.addressee == "remote":
        host.rule(stanza, "other domain")
        words = "the sandbox reaches no other domain"
        stanza.afterwards.append(lambda: host.refuse(stanza, "remote-server-not-found", words))
    elif stanza.addressee == "server":
        _ask_server(host, stanza, kind)
    else:
        host.hooked("arriving", stanza)


def _ask_server(host: Host, stanza: Stanza, kind: Kind) -> None:
    """Let whoever asks see that the server is up, as Prosody does; nothing is kept of it."""
    if kind != "subscribe":
        host.rule(stanza, "presence to server")
        return
    host.rule(stanza, "server subscribed to")
    account, server = host.accounts[stanza.resource.address.local], Address("", host.domain)

    def answer() -> None:
        arrive(host, account, server, "subscribed", _written("subscribed", server, account.address))
        here = presence("", *_stamps(server, account.address))
        for resource in account.available():
            resource.send(here)

    stanza.afterwards.append(answer)


# --- the recipient's side


def _arriving(host: Host, stanza: Stanza) -> bool:
    """Take a subscription stanza for an account."""
    account = stanza.account
    if account is None:
        host.rule(stanza, "presence to nobody")
        return True
    sender = stanza.resource.address._replace(resource="")
    arrive(host, account, sender, _KINDS[stanza.item.type], stanza.stamped, stanza)
    return True


def arrive(
    host: Host,
    account: Account,
    sender: Address,
    kind: Kind,
    data: bytes,
    stanza: Stanza | None = None,
) -> None:
    """Take a subscription stanza for an account (§3.1.3, §3.1.6, §3.2.3, §3.3.3).

    Args:
        host: the server.
        account: for whom it is.
        sender: bare address of the sender.
        kind: its type.
        data: the stanza, with bare addresses.
        stanza: where a client sent it: the stanza as it came.  The server itself never
            sends ``subscribe``.
    """
    state = account.roster.state(sender)
    cell = INBOUND[kind][state]
    if kind == "subscribe":
        if stanza is not None:
            _asked(host, account, sender, cell, stanza)
        return
    by, otherwise = _DELIVERED[kind]
    if not cell.goes:
        _rule(host, stanza, otherwise)
        return
    reached = interested(account)
    _rule(host, stanza, f"{by} delivered" if reached else "list changed", reached)
    for resource in reached:
        resource.send(data)
    move(host, account, account.roster.contact(sender), cell.state)
    if state in SEEN_BY and cell.state not in SEEN_BY:
        conceal(host, account, sender)  # §3.3.3


def _asked(host: Host, account: Account, sender: Address, cell: Cell, stanza: Stanza) -> None:
    """Answer, deliver and keep, or drop a request (§3.1.3)."""
    roster = account.roster
    entry = roster.contacts.get(sender)
    if entry is not None and (entry.state in SEEN_BY or (entry.approved and cell.goes)):
        if entry.state in SEEN_BY:
            _rule(host, stanza, "request approved before")
        else:
            _rule(host, stanza, "request approved in advance")
            move(host, account, entry, OUTBOUND["subscribed"][cell.state].state)
        stanza.afterwards.append(lambda: _approve(host, account, sender))
    elif not cell.goes:
        _rule(host, stanza, "request repeated")
    elif len(roster.waiting) >= host.limits.requests:
        _rule(host, stanza, "too many requests")
    else:
        reached, request = account.available(), stanza.stamped
        _rule(host, stanza, "request delivered" if reached else "request kept", reached)
        asked(host, account, roster.contact(sender), cell.state, request, stanza.now)
        for resource in reached:
            resource.send(request)


def _approve(host: Host, account: Account, sender: Address) -> None:
    """Answer a request in the name of an account, and show its presence (§3.1.3, §3.4.2)."""
    asker = host.accounts.get(sender.local)
    if asker is not None:
        written = _written("subscribed", account.address, sender)
        arrive(host, asker, account.address, "subscribed", written)
        show(host, account, sender)


def _greeted(host: Host, resource: Resource) -> None:
    """Show the requests that wait to a resource that has become available (§3.1.3)."""
    if resource.notes.get("subscription"):
        return
    resource.notes["subscription"] = True
    account = host.accounts[resource.address.local]
    for contact in list(account.roster.waiting.values()):
        if not account.blocks(contact.address):
            resource.send(contact.request)


def _left(_host: Host, resource: Resource) -> None:
    resource.notes["subscription"] = False


# --- both


def cancel(host: Host, account: Account, contact: Address) -> None:
    """End the subscriptions of an account and a contact in both directions (§2.5.2).

    Requests that wait end too.  The contact's list is changed, and its clients are told;
    the account's own list is not.
    """
    state = account.roster.state(contact)
    if state in SEEN_BY:
        conceal(host, account, contact)
    other = host.accounts.get(contact.local) if contact.domain == host.domain else None
    if other is None:
        return
    for kind in (_KINDS["unsubscribe"], _KINDS["unsubscribed"]):
        if OUTBOUND[kind][state].state != state:
            written = _written(kind, account.address, contact)
            arrive(host, other, account.address, kind, written)


def _removed(host: Host, account: Account) -> None:
    """End all subscriptions of an account that is taken away."""
    for contact in list(account.roster.contacts):
        cancel(host, account, contact)


def _written(kind: Kind, sender: Address, recipient: Address) -> bytes:
    """Return a subscription stanza of the server's own."""
    return presence(kind, *_stamps(sender, recipient))


def _stamps(sender: Address, recipient: Address) -> tuple[bytes, bytes]:
    return attribute(sender.bare).encode(), attribute(recipient.bare).encode()


def _rule(host: Host, stanza: Stanza | None, name: str, reached: Iterable[Resource] = ()) -> None:
    if stanza is not None:
        host.rule(stanza, name, reached)


MODULE: Final = Module(
    name="subscription",
    document="RFC 6121 §3",
    hooks=(
        Hook("sent", "presence", _sent, types=SUBSCRIPTION_TYPES),
        Hook("arriving", "presence", _arriving, types=SUBSCRIPTION_TYPES),
    ),
    events={"available": _greeted, "unavailable": _left},
    stream_feature=f"<sub xmlns='{names.PRE_APPROVAL}'/>",
    removed=_removed,
)
