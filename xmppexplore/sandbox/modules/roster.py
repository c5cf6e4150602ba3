"""The contact list: asking for it, changing it, and its versions (RFC 6121 §2)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.contacts import (
    PUSH,
    TABLES,
    change,
    epoch,
    has_room,
    load,
    push,
    remove,
)
from xmppexplore.sandbox.features import Answer, Hook, Host, Module
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.modules.subscription import cancel
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.element import Element

__all__ = ["MODULE"]

LONGEST_TEXT: Final = 1023
"""Octets of a name or of a group, those of an address part (RFC 7622 §3.3)."""

MANY_CHANGES: Final = 20
"""More than these are not told one by one to who comes back; the list is sent whole."""

_QUERY: Final = names.qualified(names.ROSTER, "query")
_ITEM: Final = names.qualified(names.ROSTER, "item")
_GROUP: Final = names.qualified(names.ROSTER, "group")


# --- asking for it


def _get(host: Host, request: Stanza) -> str:
    """Return the list, or what is new since the version that the client has (§2.1.4, §2.6)."""
    resource = request.resource
    resource.notes["roster"] = True
    account = host.accounts[resource.address.local]
    roster = account.roster
    known = request.element.children[0].get("ver")
    if known is not None:
        epoch(host, account)
        news = roster.since(known)
        if news is not None and len(news) <= MANY_CHANGES:
            request.afterwards.append(lambda: _tell(account, resource, news))
            return ""
    version = roster.version if known is not None else ""
    items = "".join(contact.item() for contact in roster.shown())
    return f"<query{attributes({'xmlns': names.ROSTER, 'ver': version})}>{items}</query>"


def _tell(account: Account, resource: Resource, news: list[tuple[int, Address]]) -> None:
    for number, contact in news:
        push(account, resource, contact, number)


# --- changing it


def _set(host: Host, request: Stanza) -> None:
    """Add, change or remove one contact (§2.3, §2.4, §2.5).

    ``subscription``, ``ask`` and ``approved`` are the server's to say: all that a client may
    write there is ``subscription='remove'`` (§2.1.2).
    """
    items = request.element.children[0].children
    if len(items) != 1 or items[0].qualified != _ITEM:
        raise stanza_fault("bad-request", "a change names exactly one item")
    item = items[0]
    account = host.accounts[request.resource.address.local]
    contact = _contact(item)
    if contact == account.address:
        raise stanza_fault("not-allowed", "nobody is on the own list")
    if item.get("subscription") == "remove":
        _remove(host, account, contact)
        return
    name, groups = item.get("name") or "", _groups(host, item)
    _short(name, "name")
    if not has_room(host, account, contact):
        raise stanza_fault(
            "resource-constraint", f"a list has {host.limits.contacts} contacts at most"
        )
    entry = account.roster.contact(contact)
    entry.name, entry.groups = name, groups
    change(host, account, entry)


def _remove(host: Host, account: Account, contact: Address) -> None:
    """Remove a contact, and with it the subscriptions in both directions (§2.5.2)."""
    entry = account.roster.contacts.get(contact)
    if entry is None or not entry.listed:
        raise stanza_fault("item-not-found", "no such contact is on the list")  # §2.5.3
    cancel(host, account, contact)
    remove(host, account, contact)


def _contact(item: Element) -> Address:
    try:
        found = address(item.get("jid") or "")
    except BadAddress as error:
        raise stanza_fault("bad-request", f"the jid of an item is an address: {error}") from error
    if found.resource:
        raise stanza_fault("bad-request", "a contact has no resource: give the bare address")
    return found


def _groups(host: Host, item: Element) -> tuple[str, ...]:
    """Return the groups of an item; an empty or doubled one is refused (§2.3.3)."""
    groups = tuple(group.text for group in item.find_all(_GROUP))
    if len(set(groups)) != len(groups):
        raise stanza_fault("bad-request", "a group is named twice")
    if len(groups) > host.limits.groups:
        raise stanza_fault("not-acceptable", f"a contact is in {host.limits.groups} groups at most")
    for group in groups:
        if not group:
            raise stanza_fault("not-acceptable", "a group has a name")
        _short(group, "group")
    return groups


def _short(written: str, what: str) -> None:
    if len(written.encode()) > LONGEST_TEXT:
        raise stanza_fault("not-acceptable", f"a {what} has at most {LONGEST_TEXT} octets")


def _other(_host: Host, _request: Stanza) -> None:
    raise stanza_fault("forbidden", "the contact list of another account")  # §2.1.5, §2.3.3


def _taken(host: Host, stanza: Stanza) -> bool:
    """Take the answers to pushes, which need no deed (§2.1.6)."""
    if not stanza.item.id.startswith(PUSH):
        return False
    host.rule(stanza, "push answered")
    return True


MODULE: Final = Module(
    name="roster",
    document="RFC 6121 §2",
    answers=(
        Answer(_QUERY, "get", _get, ("own",)),
        Answer(_QUERY, "set", _set, ("own",)),
        Answer(_QUERY, "get", _other, ("account",)),
        Answer(_QUERY, "set", _other, ("account",)),
    ),
    hooks=(Hook("sent", "iq", _taken, frozenset({"result", "error"}), frozenset({"own"})),),
    features={"server": (names.ROSTER,)},
    stream_feature=f"<ver xmlns='{names.ROSTER_VERSIONING}'/>",
    tables=TABLES,
    load=load,
)
