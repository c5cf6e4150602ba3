"""SASL, server side: what mechanisms are made of (RFC 6120 §6, RFC 4422).

An exchange is a generator of the server's challenges: it is sent the client's messages,
returns the account with the additional data of success, or raises
:class:`~xmppexplore.errors.AuthenticationError` with a condition of RFC 6120 §6.5.  It knows
nothing of XML, so that SASL and SASL2 (XEP-0388) share it.  The mechanisms themselves are in
:mod:`.mechanisms` and :mod:`.scram`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.credentials import Stored
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.limits import Limits

__all__ = [
    "UNSECURED",
    "Directory",
    "Exchange",
    "Proved",
    "Secured",
    "check_authzid",
    "decode",
    "encode",
    "proved",
    "readable",
    "refused",
]


class Directory(Protocol):
    """Where exchanges look accounts up; a realm is one."""

    domain: str
    policy: Policy
    limits: Limits
    tokens: Callable[[], str]

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts by prepared localpart."""

    def account(self, name: str) -> Account | None:
        """Return the account with this localpart, prepared or not."""

    def stored(self, mechanism: str, name: str) -> Stored:
        """Return the credentials of an account, or ones that cannot be proved."""

    def add_account(self, name: str, password: str) -> Account:
        """Add an account, or raise :class:`~xmppexplore.errors.UsageError`."""

    def add_guest(self) -> Account:
        """Add an account without password, for one anonymous session."""


class Secured(NamedTuple):
    """What is known of a TLS connection that is up.

    Attributes:
        bindings: channel-binding type -> its data (RFC 5929).
        addresses: XMPP addresses in the certificate that the client showed and proved.
        offered: the mechanisms that the client was offered over it; empty where unknown.
    """

    bindings: Mapping[str, bytes] = {}
    addresses: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


UNSECURED: Final = Secured()


class Proved(NamedTuple):
    """The end of an exchange that succeeded.

    Attributes:
        account: whose credentials were proved.
        data: additional data for ``<success/>`` (RFC 6120 §6.4.6); ``b""`` for none.
    """

    account: Account
    data: bytes


Exchange: TypeAlias = Generator[bytes | None, bytes, Proved]
"""Yields challenges; ``None`` asks for an initial response that was not given."""


def refused(condition: str, words: str = "") -> AuthenticationError:
    """Return the error that ends an exchange with a condition of RFC 6120 §6.5."""
    return AuthenticationError(words, condition=condition, text=words)


def readable(message: bytes) -> str:
    """Return a message as text.

    Raises:
        AuthenticationError: ``malformed-request`` where it is not UTF-8.
    """
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise refused("malformed-request", "the message is not UTF-8") from error


def check_authzid(authzid: str, own: Address) -> None:
    """Allow acting for oneself only (RFC 6120 §6.3.8); ``""`` asks for nothing else.

    Raises:
        AuthenticationError: ``invalid-authzid``.
    """
    if not authzid:
        return
    try:
        allowed = address(authzid) == own
    except BadAddress:
        allowed = False
    if not allowed:
        raise refused("invalid-authzid", "the authorization identity is not your bare address")


def proved(account: Account, data: bytes = b"") -> Proved:
    """Return the end of an exchange whose proof was right.

    Raises:
        AuthenticationError: the account is barred; only who proved it is told so.
    """
    if account.barred:
        raise refused(account.barred)
    return Proved(account, data)


def decode(content: str) -> bytes:
    """Return the bytes of base64 content (RFC 4648 §4).

    Raises:
        AuthenticationError: ``incorrect-encoding`` (RFC 6120 §6.5.5).
    """
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("incorrect-encoding", "the content is not base64") from error


def encode(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode("ascii")
