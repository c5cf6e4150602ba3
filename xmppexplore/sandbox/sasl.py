"""SASL, server side: PLAIN and SCRAM as exchanges of bytes (RFC 6120 §6, RFC 4616, RFC 5802).

An exchange is a generator of the server's challenges: it is sent the client's messages,
returns the account with the additional data of success, or raises
:class:`~xmppexplore.errors.AuthenticationError` with a condition of RFC 6120 §6.5.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from scramp import ScramException, ScramMechanism

from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import BadAddress, address
from xmppexplore.sandbox.credentials import HASHES, Stored

__all__ = ["MECHANISMS", "Directory", "Exchange", "Proved", "decode", "encode", "start"]


class Directory(Protocol):
    """Where exchanges look accounts up; a realm is one."""

    tokens: Callable[[], str]

    def account(self, name: str) -> Account | None:
        """Return the account with this localpart, prepared or not."""

    def stored(self, mechanism: str, name: str) -> Stored:
        """Return the credentials of an account, or ones that cannot be proved."""


class Proved(NamedTuple):
    """The end of an exchange that succeeded.

    Attributes:
        account: whose password was proved.
        data: additional data for ``<success/>`` (RFC 6120 §6.4.6); ``b""`` for none.
    """

    account: Account
    data: bytes


Exchange: TypeAlias = Generator[bytes | None, bytes, Proved]
"""Yields challenges; ``None`` asks for an initial response that was not given."""


def _refused(condition: str, words: str) -> AuthenticationError:
    return AuthenticationError(words, condition=condition, text=words)


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise _refused("malformed-request", "the message is not UTF-8") from error


def _plain(directory: Directory, _mechanism: str) -> Exchange:
    """``[authzid] NUL authcid NUL passwd`` (RFC 4616 §2)."""
    message = yield None
    parts = _text(message).split("\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise _refused("malformed-request", "PLAIN is authzid, NUL, name, NUL, password")
    authzid, name, password = parts
    account = directory.account(name)
    if account is None or account.credentials is None or not account.credentials.proves(password):
        raise _refused("not-authorized", "")
    _check_authzid(authzid, account)
    return Proved(account, b"")


def _check_authzid(authzid: str, account: Account) -> None:
    """Allow acting for oneself only (RFC 6120 §6.3.8)."""
    if not authzid:
        return
    try:
        allowed = address(authzid) == account.address
    except BadAddress:
        allowed = False
    if not allowed:
        raise _refused("invalid-authzid", "the authorization identity is not your bare address")


# What scramp says of a client's message, as a condition of RFC 6120 §6.5; what was said of
# the message's form is "malformed-request", of a proof, a nonce or a name "not-authorized".
_SCRAM_CONDITIONS: Final = {
    "invalid-proof": "not-authorized",
    "unknown-user": "not-authorized",
    "no-resources": "temporary-auth-failure",
    "channel-bindings-dont-match": "not-authorized",
    "server-does-support-channel-binding": "not-authorized",
}


def _scram(directory: Directory, mechanism: str) -> Exchange:
    """Client-first, server-first, client-final, server-final (RFC 5802 §5)."""
    who: list[str] = []

    def credentials(name: str) -> Stored:
        who.append(name)
        return directory.stored(mechanism, name)

    server = ScramMechanism(mechanism).make_server(credentials, s_nonce=directory.tokens())
    first = _text((yield None))
    if first[:2] in ("n,", "y,") and first[2:3] not in (",", ""):
        # scramp cannot carry an authorization identity into the proof's binding input.
        raise _refused("invalid-authzid", "SCRAM is taken here without authorization identity")
    try:
        server.set_client_first(first)
        final = _text((yield server.get_server_first().encode()))
        server.set_client_final(final)
        proof = server.get_server_final().encode()
    except ScramException as error:
        kind = error.server_error.value if error.server_error else ""
        condition = _SCRAM_CONDITIONS.get(kind, "malformed-request")
        words = "" if condition == "not-authorized" else str(error.args[0])
        raise _refused(condition, words) from error
    except ValueError as error:  # a proof whose length is not that of the hash
        raise _refused("not-authorized", "") from error
    account = directory.account(who[-1])
    if account is None:
        raise _refused("not-authorized", "")
    return Proved(account, proof)


MECHANISMS: Final[Mapping[str, Callable[[Directory, str], Exchange]]] = {
    **dict.fromkeys(HASHES, _scram),
    "PLAIN": _plain,
}
"""Mechanisms in the order in which they are offered, the strongest first."""


def start(directory: Directory, mechanism: str) -> Exchange:
    """Return an exchange that waits for the client's first message.

    Raises:
        AuthenticationError: ``invalid-mechanism`` (RFC 6120 §6.5.7).
    """
    if mechanism not in MECHANISMS:
        raise _refused("invalid-mechanism", "")
    exchange = MECHANISMS[mechanism](directory, mechanism)
    next(exchange)
    return exchange


def decode(content: str) -> bytes:
    """Return the bytes of base64 content; ``=`` stands for none (RFC 6120 §6.4.2).

    Raises:
        AuthenticationError: ``incorrect-encoding`` (RFC 6120 §6.5.5).
    """
    if content in ("", "="):
        return b""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("incorrect-encoding", "the content is not base64") from error


def encode(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode("ascii")
