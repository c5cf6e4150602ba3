"""Who may know whether an account is there (RFC 6121 §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address

__all__ = ["sees", "watchers"]


def sees(other: Address, account: Account) -> bool:
    """Tell whether an address gets the presence of an account: itself, and its subscribers."""
    return other.domain == account.address.domain  # where all are each other's contacts


def watchers(account: Account, accounts: Mapping[str, Account]) -> Iterator[Account]:
    """Yield the other accounts of this domain that get the presence of an account."""
    for other in accounts.values():
        if other is not account and sees(other.address, account):
            yield other
