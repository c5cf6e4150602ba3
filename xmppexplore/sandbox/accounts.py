"""Accounts and what the server keeps of their passwords (RFC 5802 §3, RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, NamedTuple

from scramp import ScramException, ScramMechanism
from scramp.utils import saslprep

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.resources import Resource

__all__ = ["HASHES", "Account", "Stored", "decoy"]

ITERATIONS: Final = 4096  # the least that RFC 7677 §4 allows; a login stays quick
HASHES: Final = ("SCRAM-SHA-256", "SCRAM-SHA-1")
"""SCRAM mechanisms that accounts have credentials for, the strongest first."""


class Stored(NamedTuple):
    """What a server stores for SCRAM; the password does not follow from it (RFC 5802 §3).

    Attributes:
        salt: new for each account and mechanism.
        stored_key: what a client's proof is checked against.
        server_key: what the server proves itself with.
        iterations: how often the password is hashed.
    """

    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int


class Account:
    """One person of the sandbox.

    Args:
        address: the bare address.
        password: the password, any text that SASLprep allows.
        tokens: gives unguessable texts of at least 16 ASCII characters.

    Raises:
        UsageError: the password holds a character that SASLprep (RFC 4013) forbids.

    Attributes:
        address: the bare address.
        resources: the connected resources by resourcepart, in order of binding.
    """

    def __init__(self, address: Address, password: str, tokens: Callable[[], str]) -> None:
        self.address = address
        self.resources: dict[str, Resource] = {}
        self._password = password
        self._tokens = tokens
        self._stored: dict[str, Stored] = {}
        # The hashes wait for the first login; whether they can be made is said at once.
        try:
            usable = bool(saslprep(password))
        except ScramException:
            usable = False
        if not usable:
            raise UsageError(
                f"the password of {address} is empty or holds a character that SASLprep "
                f"(RFC 4013) forbids; choose another"
            )

    def stored(self, mechanism: str) -> Stored:
        """Return the credentials for one of :data:`HASHES`, computed once."""
        if mechanism not in self._stored:
            salt = self._tokens().encode()
            made = ScramMechanism(mechanism).make_auth_info(self._password, ITERATIONS, salt)
            self._stored[mechanism] = Stored(*made)
        return self._stored[mechanism]

    def proves(self, password: str) -> bool:
        """Tell whether a password given in clear (RFC 4616) is that of the account."""
        mine = self.stored(HASHES[0])
        try:
            given = ScramMechanism(HASHES[0]).make_auth_info(password, mine.iterations, mine.salt)
        except ScramException:  # a password that SASLprep forbids is nobody's
            return False
        return hmac.compare_digest(given[1], mine.stored_key)

    def available(self) -> list[Resource]:
        """Return the resources that have sent presence (RFC 6121 §4.2)."""
        return [resource for resource in self.resources.values() if resource.available]


def decoy(secret: str, mechanism: str, name: str) -> Stored:
    """Return credentials that nobody can prove, for a name that has no account.

    The login then fails where a wrong password would make it fail, and asking twice gives
    the same salt twice, so that nobody learns from it which accounts exist.
    """
    seed = hmac.new(secret.encode(), f"{mechanism} {name}".encode(), hashlib.sha256).digest()
    return Stored(seed[:24], seed, seed, ITERATIONS)
