"""What the server keeps of a password, and how it is proved (RFC 5802 §3, RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from scramp import ScramException, ScramMechanism
from scramp.utils import saslprep

from xmppexplore.errors import UsageError

__all__ = ["HASHES", "Credentials", "Stored", "decoy"]

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


class Credentials:
    """What one account can be proved with.

    Args:
        tokens: gives unguessable texts of at least 16 ASCII characters.
        stored: what was kept of a password earlier, by mechanism.
    """

    def __init__(
        self, tokens: Callable[[], str], stored: Mapping[str, Stored] | None = None
    ) -> None:
        self._tokens = tokens
        self._password = ""
        self._stored: dict[str, Stored] = dict(stored or {})

    @classmethod
    def of(cls, password: str, tokens: Callable[[], str], whose: str = "") -> Credentials:
        """Return the credentials of a password, any text that SASLprep allows.

        Args:
            password: the password.
            tokens: gives unguessable texts of at least 16 ASCII characters.
            whose: the address, for the error.

        Raises:
            UsageError: it is empty or holds a character that SASLprep (RFC 4013) forbids.
        """
        # The hashes wait for the first login; whether they can be made is said at once.
        try:
            usable = bool(saslprep(password))
        except ScramException:
            usable = False
        if not usable:
            raise UsageError(
                f"the password of {whose or 'the account'} is empty or holds a character that"
                " SASLprep (RFC 4013) forbids; choose another"
            )
        made = cls(tokens)
        made._password = password
        return made

    def stored(self, mechanism: str) -> Stored:
        """Return what is kept for one of :data:`HASHES`, computed once."""
        if mechanism not in self._stored:
            salt = self._tokens().encode()
            made = ScramMechanism(mechanism).make_auth_info(self._password, ITERATIONS, salt)
            self._stored[mechanism] = Stored(*made)
        return self._stored[mechanism]

    def proves(self, password: str) -> bool:
        """Tell whether a password given in clear (RFC 4616) is the right one."""
        mine = self.stored(HASHES[0])
        try:
            given = ScramMechanism(HASHES[0]).make_auth_info(password, mine.iterations, mine.salt)
        except ScramException:  # a password that SASLprep forbids is nobody's
            return False
        return hmac.compare_digest(given[1], mine.stored_key)


def decoy(secret: str, mechanism: str, name: str) -> Stored:
    """Return credentials that nobody can prove, for a name that has no account.

    The login then fails where a wrong password would make it fail, and asking twice gives
    the same salt twice, so that nobody learns from it which accounts exist.
    """
    seed = hmac.new(secret.encode(), f"{mechanism} {name}".encode(), hashlib.sha256).digest()
    return Stored(seed[:24], seed, seed, ITERATIONS)
