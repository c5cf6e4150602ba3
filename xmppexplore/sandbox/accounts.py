"""Accounts: who can log in, and what the server keeps for them."""

from __future__ import annotations

from typing import Any

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.credentials import Credentials
from xmppexplore.sandbox.resources import Resource

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
        blocked: addresses from which it wants to hear nothing (XEP-0191).
        notes: what modules keep about it, by the name of the module.
    """

    __slots__ = ("address", "blocked", "credentials", "notes", "resources")

    def __init__(self, address: Address, credentials: Credentials | None) -> None:
        self.address = address
        self.credentials = credentials
        self.resources: dict[str, Resource] = {}
        self.blocked: frozenset[Address] = frozenset()
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
