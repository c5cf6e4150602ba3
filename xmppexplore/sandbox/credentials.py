"""What the server keeps of a password, and how it is proved (RFC 5802 §3, RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from scramp import ScramException
from scramp.utils import saslprep

from xmppexplore.errors import UsageError

__all__ = ["HASHES", "PLUS", "Credentials", "Stored", "decoy", "derive", "proves"]

ITERATIONS: Final = 4096  # the least that RFC 7677 §4 allows; a login stays quick
HASHES: Final[Mapping[str, str]] = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
"""SCRAM mechanisms that accounts have credentials for -> their hash, the strongest first."""
PLUS: Final = "-PLUS"
"""What is added to the name of a mechanism that binds to the TLS connection (RFC 5802 §4)."""


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
            self._stored[mechanism] = derive(mechanism, self._password, salt, ITERATIONS)
        return self._stored[mechanism]

    def proves(self, password: str) -> bool:
        """Tell whether a password given in clear (RFC 4616) is the right one."""
        mechanism = next(iter(HASHES))
        return proves(self.stored(mechanism), mechanism, password)


def derive(mechanism: str, password: str, salt: bytes, iterations: int) -> Stored:
    """Return what is stored of a password (RFC 5802 §3).

    Args:
        mechanism: one of :data:`HASHES`.
        password: the password, not prepared.
        salt: its salt.
        iterations: how often it is hashed.

    Raises:
        ScramException: SASLprep forbids the password.
    """
    name = HASHES[mechanism]
    salted = hashlib.pbkdf2_hmac(name, saslprep(password).encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", name)
    server_key = hmac.digest(salted, b"Server Key", name)
    return Stored(salt, hashlib.new(name, client_key).digest(), server_key, iterations)


def proves(stored: Stored, mechanism: str, password: str) -> bool:
    """Tell whether a password given in clear (RFC 4616) is the one that was stored."""
    try:
        given = derive(mechanism, password, stored.salt, stored.iterations)
    except ScramException:  # a password that SASLprep forbids is nobody's
        return False
    return hmac.compare_digest(given.stored_key, stored.stored_key)


def decoy(secret: str, mechanism: str, name: str) -> Stored:
    """Return credentials that nobody can prove, for a name that has no account.

    The login then fails where a wrong password would make it fail, and asking twice gives
    the same salt twice, so that nobody learns from it which accounts exist.
    """
    seed = hmac.new(secret.encode(), f"{mechanism} {name}".encode(), hashlib.sha256).digest()
    return Stored(seed[:24], seed, seed, ITERATIONS)
