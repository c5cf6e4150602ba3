"""Changing contact lists: each change is kept, and told to who asked for the list.

The model is :mod:`~xmppexplore.sandbox.roster`; whoever changes one goes through here, so
that memory, storage and clients never disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, address
from xmppexplore.sandbox.features import Host
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.roster import ASKED, NAMED, VISIBLE, Contact, Roster, State
from xmppexplore.sandbox.storage import Row, Table, Value

__all__ = [
    "PUSH",
    "TABLES",
    "ContactRow",
    "asked",
    "befriend",
    "change",
    "epoch",
    "has_room",
    "interested",
    "listed",
    "load",
    "move",
    "push",
    "remove",
]

CONTACTS: Final = Table(
    "contacts", ("jid",), ("name", "groups", "state", "approved", "listed", "changed")
)
VERSIONS: Final = Table("contact_versions", (), ("epoch", "latest", "forgotten"))
REMOVALS: Final = Table("contact_removals", ("jid",), ("version",))
REQUESTS: Final = Table("subscription_requests", ("jid",), ("since", "stanza"))

TABLES: Final = (CONTACTS, VERSIONS, REMOVALS, REQUESTS)
"""What is kept of contact lists."""

PUSH: Final = "roster-"
"""How the ids of pushes begin."""


# --- telling


def interested(account: Account) -> list[Resource]:
    """Return the resources that have asked for the list (RFC 6121 §2.2)."""
    return [one for one in account.resources.values() if one.notes.get("roster")]


def epoch(host: Host, account: Account) -> str:
    """Return what the versions of a list begin with, chosen when it is first needed."""
    roster = account.roster
    if not roster.epoch:
        roster.epoch = host.tokens()[:8]
        _keep_version(host, account)
    return roster.epoch


def push(account: Account, resource: Resource, contact: Address, number: int) -> None:
    """Tell a resource how a contact is now, or that it is gone (RFC 6121 §2.1.6).

    Args:
        account: whose list it is.
        resource: who is told.
        contact: the contact's bare address.
        number: the version at which it became so.
    """
    roster = account.roster
    found = roster.contacts.get(contact)
    if found is not None and found.listed:
        item = found.item()
    else:
        item = f"<item{attributes({'jid': str(contact), 'subscription': 'remove'})}/>"
    head = attributes({"type": "set", "id": f"{PUSH}{number}", "to": str(resource.address)})
    query = attributes({"xmlns": names.ROSTER, "ver": f"{roster.epoch}-{number}"})
    resource.send(f"<iq{head}><query{query}>{item}</query></iq>".encode())


# --- changing


def has_room(host: Host, account: Account, contact: Address) -> bool:
    """Tell whether the list can hold a contact, which may be on it already."""
    roster = account.roster
    return contact in roster.contacts or (
        len(roster.contacts) < host.limits.contacts + len(roster.waiting)
    )


def change(host: Host, account: Account, contact: Contact) -> None:
    """Keep and push a contact in which something changed that clients see."""
    epoch(host, account)
    roster = account.roster
    roster.number += 1
    contact.changed, contact.listed = roster.number, True
    if roster.removed.pop(contact.address, None) is not None:
        host.storage.drop(REMOVALS, account.address.local, str(contact.address))
    _keep(host, account, contact)
    _keep_version(host, account)
    for resource in interested(account):
        push(account, resource, contact.address, roster.number)


def move(host: Host, account: Account, contact: Contact, state: State) -> None:
    """Bring a contact into another state, and tell clients where they see a difference."""
    visible = VISIBLE[state] != VISIBLE[contact.state]
    contact.state = state
    if state not in ASKED and account.roster.waiting.pop(contact.address, None) is not None:
        contact.since, contact.request = 0.0, b""
        host.storage.drop(REQUESTS, account.address.local, str(contact.address))
    if visible:
        change(host, account, contact)
    elif contact.listed or state != "None":
        _keep(host, account, contact)
    else:  # somebody who had only asked
        del account.roster.contacts[contact.address]
        host.storage.drop(CONTACTS, account.address.local, str(contact.address))


def asked(
    host: Host, account: Account, contact: Contact, state: State, request: bytes, since: float
) -> None:
    """Keep a request of a contact until it is answered (RFC 6121 §3.1.3)."""
    contact.request, contact.since = request, since
    account.roster.waiting[contact.address] = contact
    if _lasting(account):
        jid = str(contact.address)
        host.storage.put(REQUESTS, account.address.local, jid, since, request)
    move(host, account, contact, state)


def remove(host: Host, account: Account, contact: Address) -> None:
    """Take a contact off the list, and tell clients."""
    epoch(host, account)
    roster, local = account.roster, account.address.local
    roster.remove(contact)
    host.storage.drop(CONTACTS, local, str(contact))
    host.storage.drop(REQUESTS, local, str(contact))
    if _lasting(account):
        host.storage.put(REMOVALS, local, str(contact), roster.number)
    for forgotten in roster.forget_removals():
        host.storage.drop(REMOVALS, local, str(forgotten))
    _keep_version(host, account)
    for resource in interested(account):
        push(account, resource, contact, roster.number)


def befriend(host: Host) -> None:
    """Make all accounts each other's contacts: state Both, the localpart as name.

    No presence is sent; call it before anybody is there.
    """
    for account in host.accounts.values():
        for other in host.accounts.values():
            if other is account or account.roster.state(other.address) == "Both":
                continue
            contact = account.roster.contact(other.address)
            contact.name = contact.name or other.address.local
            move(host, account, contact, "Both")


# --- keeping


def _lasting(account: Account) -> bool:
    """Tell whether an account outlives its session."""
    return account.credentials is not None


def _keep(host: Host, account: Account, contact: Contact) -> None:
    if _lasting(account):
        cells: tuple[Value, ...] = (
            str(contact.address),
            contact.name,
            json.dumps(contact.groups),
            contact.state,
            int(contact.approved),
            int(contact.listed),
            contact.changed,
        )
        host.storage.put(CONTACTS, account.address.local, *cells)


def _keep_version(host: Host, account: Account) -> None:
    roster = account.roster
    if _lasting(account):
        cells = (roster.epoch, roster.number, roster.forgotten)
        host.storage.put(VERSIONS, account.address.local, *cells)


def load(host: Host) -> None:
    """Read all lists from the storage."""
    for table, read in (
        (VERSIONS, _read_version),
        (CONTACTS, _read_contact),
        (REQUESTS, _read_request),
        (REMOVALS, _read_removal),
    ):
        for owner, *cells in host.storage.rows(table):
            account = host.accounts.get(str(owner))
            if account is not None:
                read(account.roster, tuple(cells))
    for account in host.accounts.values():
        removed = account.roster.removed
        account.roster.removed = dict(sorted(removed.items(), key=lambda one: one[1]))


def _read_version(roster: Roster, cells: Row) -> None:
    begin, number, forgotten = cells
    roster.epoch, roster.number, roster.forgotten = str(begin), int(number), int(forgotten)


def _read_contact(roster: Roster, cells: Row) -> None:
    jid, name, groups, state, approved, shown, changed = cells
    contact = roster.contact(address(str(jid)))
    contact.name, contact.groups = str(name), tuple(json.loads(str(groups)))
    contact.state = NAMED[str(state)]
    contact.approved, contact.listed = bool(approved), bool(shown)
    contact.changed = int(changed)


def _read_request(roster: Roster, cells: Row) -> None:
    jid, since, request = cells
    contact = roster.contacts.get(address(str(jid)))
    if contact is not None and isinstance(request, bytes):
        contact.since, contact.request = float(since), request
        roster.waiting[contact.address] = contact


def _read_removal(roster: Roster, cells: Row) -> None:
    jid, version = cells
    roster.removed[address(str(jid))] = int(version)


# --- looking


class ContactRow(NamedTuple):
    """One contact of one account, as the server keeps it.

    Attributes:
        account: localpart of the account.
        contact: bare address of the contact.
        state: one of the nine states of RFC 6121 A.1: ``None``, ``None+PO``, ``None+PI``,
            ``None+PO+PI``, ``To``, ``To+PI``, ``From``, ``From+PO`` or ``Both``.
        subscription: what clients see of it: ``none``, ``to``, ``from`` or ``both``.
        ask: whether a request of the account waits for the contact's answer.
        approved: whether a request that has not come yet is approved already.
        name: the name that the account has given it, or ``""``.
        groups: the groups that the account has put it in.
        listed: whether clients see it at all.
        since: when its waiting request came, in seconds since 1970 (UTC); 0.0 without one.
    """

    account: str
    contact: str
    state: str
    subscription: str
    ask: bool
    approved: bool
    name: str
    groups: tuple[str, ...]
    listed: bool
    since: float


def listed(host: Host) -> Iterator[ContactRow]:
    """Yield all contacts of all accounts, also those that clients do not see."""
    for name, account in host.accounts.items():
        for one in account.roster.contacts.values():
            yield ContactRow(
                name,
                str(one.address),
                one.state,
                one.subscription,
                bool(one.ask),
                one.approved,
                one.name,
                one.groups,
                one.listed,
                one.since,
            )
