"""Who may know whether an account is there (RFC 6121 §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.roster import SEEING, SEEN_BY

__all__ = ["sees", "watched", "watchers"]


def sees(other: Address, account: Account) -> bool:
    """Tell whether an address gets the presence of an account: itself, and its subscribers."""
    bare = other._replace(resource="")
    return bare == account.address or account.roster.state(bare) in SEEN_BY


def watchers(account: Account, accounts: Mapping[str, Account]) -> Iterator[Account]:
    """Yield the other accounts of this domain that get the presence of an account."""
    return _contacts(account, accounts, SEEN_BY)


def watched(account: Account, accounts: Mapping[str, Account]) -> Iterator[Account]:
    """Yield the other accounts of this domain whose presence an account gets."""
    return _contacts(account, accounts, SEEING)


def _contacts(
    account: Account, accounts: Mapping[str, Account], states: frozenset[str]
) -> Iterator[Account]:
    for contact in account.roster.contacts.values():
        if contact.state in states and contact.address.domain == account.address.domain:
            other = accounts.get(contact.address.local)
            if other is not None:
                yield other
