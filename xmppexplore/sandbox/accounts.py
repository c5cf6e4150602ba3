"""Accounts: who can log in, and what the server keeps for them."""

from __future__ import annotations

from typing import Any

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.credentials import Credentials
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.roster import Roster

__all__ = ["Account"]


class Account:
    """One person of the sandbox.

    Args:
        address: the bare address.
        credentials: what a login has to prove; ``None`` where nobody can log in by password
            (an anonymous account, RFC 4505).

    Attributes:
        address: the bare address.
        credentials: see above.
        resources: the connected resources by resourcepart, in order of binding.
        barred: the SASL condition (RFC 6120 §6.5) with which every login fails whose proof
            is right, for example ``account-disabled``, ``credentials-expired``,
            ``mechanism-too-weak`` or ``temporary-auth-failure``; ``""`` for none.  Whoever
            runs the server sets it; it is not kept by the storage.
        guest: whether it is gone as soon as nobody is connected as it.
        blocked: addresses from which it wants to hear nothing (XEP-0191).
        roster: its contact list (RFC 6121 §2).
        notes: what modules keep about it, by the name of the module.
    """

    __slots__ = (
        "address",
        "barred",
        "blocked",
        "credentials",
        "guest",
        "notes",
        "resources",
        "roster",
    )

    def __init__(self, address: Address, credentials: Credentials | None) -> None:
        self.address = address
        self.credentials = credentials
        self.resources: dict[str, Resource] = {}
        self.barred = ""
        self.guest = False
        self.blocked: frozenset[Address] = frozenset()
        self.roster = Roster()
        self.notes: dict[str, Any] = {}

    def available(self) -> list[Resource]:
        """Return the resources that have sent presence (RFC 6121 §4.2)."""
        return [resource for resource in self.resources.values() if resource.available]

    def blocks(self, other: Address) -> bool:
        """Tell whether it blocks an address: as it is, its bare form or its domain (XEP-0191)."""
        blocked = self.blocked
        return bool(blocked) and (
            other in blocked
            or Address(other.local, other.domain) in blocked
            or Address("", other.domain) in blocked
        )

    def __repr__(self) -> str:
        return f"<Account {self.address}: {len(self.resources)} connected>"
