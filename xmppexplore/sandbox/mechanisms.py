"""The SASL mechanisms of the server, and which of them a stream is offered.

PLAIN (RFC 4616), SCRAM (:mod:`.scram`), EXTERNAL with client certificates (RFC 4422
appendix A, XEP-0178) and ANONYMOUS (RFC 4505, XEP-0175).  A new mechanism is one function
and one line of :data:`MECHANISMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address, localpart
from xmppexplore.sandbox.credentials import HASHES, PLUS, proves
from xmppexplore.sandbox.sasl import (
    Directory,
    Exchange,
    Secured,
    check_authzid,
    proved,
    readable,
    refused,
)
from xmppexplore.sandbox.scram import scram

__all__ = ["MECHANISMS", "Mechanism", "offered", "start"]


class Mechanism(NamedTuple):
    """A mechanism.

    Attributes:
        run: returns an exchange, given the directory, the TLS connection and its own name.
        offered: tells whether the server's policy and this TLS connection allow it.
        in_clear: tells whether it may be used where the server does no TLS at all.
        optional: whether the client's first message may be left out, and then is empty.
    """

    run: Callable[[Directory, Secured, str], Exchange]
    offered: Callable[[Directory, Secured], bool]
    in_clear: Callable[[Directory], bool] = lambda _directory: True
    optional: bool = False


def _plain(directory: Directory, _secured: Secured, _mechanism: str) -> Exchange:
    """``[authzid] NUL authcid NUL passwd`` (RFC 4616 §2)."""
    message = yield None
    parts = readable(message).split("\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise refused("malformed-request", "PLAIN is authzid, NUL, name, NUL, password")
    authzid, name, password = parts
    if directory.policy.any_account:
        return proved(_anyone(directory, authzid, name, password))
    # Hashed also where there is no such account, so that time tells nobody who has one.
    right = proves(directory.stored(HASHED, name), HASHED, password)
    account = directory.account(name)
    if account is None or not right:
        raise refused("not-authorized")
    check_authzid(authzid, account.address)
    return proved(account)


HASHED: Final = next(iter(HASHES))
"""The mechanism whose stored keys prove a password that is given in clear."""


def _anyone(directory: Directory, authzid: str, name: str, password: str) -> Account:
    """Return the account of this name, made if there is none."""
    try:
        local = localpart(name)
    except BadAddress as error:
        raise refused("not-authorized", str(error)) from error
    check_authzid(authzid, Address(local, directory.domain))
    account = directory.account(local)
    if account is not None:
        return account
    _check_room(directory)
    try:
        return directory.add_account(local, password)
    except UsageError:  # SASLprep forbids the password, which nobody will ask for again
        return directory.add_account(local, directory.tokens())


def _external(directory: Directory, secured: Secured, _mechanism: str) -> Exchange:
    """The authorization identity, empty for that of the certificate (XEP-0178 §2)."""
    authzid = readable((yield None))
    found: dict[Address, Account] = {}
    for text in secured.addresses:
        account = _account_at(directory, text)
        if account is not None:
            found[account.address] = account
    if authzid:
        asked = _account_at(directory, authzid)
        if asked is None or asked.address not in found:
            raise refused("invalid-authzid", "the certificate does not hold this address")
        return proved(asked)
    if len(found) > 1:
        words = "the certificate holds several addresses: say which as authorization identity"
        raise refused("invalid-authzid", words)
    if not found:
        raise refused("not-authorized", "nobody here has an address of the certificate")
    return proved(next(iter(found.values())))


def _account_at(directory: Directory, text: str) -> Account | None:
    try:
        known = address(text)
    except BadAddress:
        return None
    if known != Address(known.local, directory.domain):
        return None
    return directory.account(known.local) if known.local else None


def _anonymous(directory: Directory, _secured: Secured, _mechanism: str) -> Exchange:
    """A trace for people, which is not kept (RFC 4505 §2)."""
    readable((yield None))
    _check_room(directory)
    return proved(directory.add_guest())


def _check_room(directory: Directory) -> None:
    """Refuse to make more accounts than the limits allow."""
    if len(directory.accounts) >= directory.limits.accounts:
        raise refused("temporary-auth-failure", "there are too many accounts")


def _knows_passwords(directory: Directory, _secured: Secured) -> bool:
    return not directory.policy.any_account


def _binds(directory: Directory, secured: Secured) -> bool:
    return _knows_passwords(directory, secured) and bool(secured.bindings)


def _shown_certificate(directory: Directory, secured: Secured) -> bool:
    wanted = directory.policy.external and _knows_passwords(directory, secured)
    return wanted and bool(secured.addresses)


MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "EXTERNAL": Mechanism(_external, _shown_certificate),
    **dict.fromkeys((name + PLUS for name in HASHES), Mechanism(scram, _binds)),
    **dict.fromkeys(HASHES, Mechanism(scram, _knows_passwords)),
    "PLAIN": Mechanism(
        _plain,
        lambda _directory, _secured: True,
        in_clear=lambda directory: directory.policy.plain_in_clear,
    ),
    "ANONYMOUS": Mechanism(
        _anonymous, lambda directory, _secured: directory.policy.anonymous, optional=True
    ),
}
"""In the order in which they are offered, the strongest first."""


def offered(directory: Directory, secured: Secured, *, secure: bool) -> list[str]:
    """Return the names of the mechanisms that a stream is offered.

    Args:
        directory: the realm, with its policy.
        secured: what is known of its TLS connection.
        secure: whether TLS is up.
    """
    return [
        name
        for name, mechanism in MECHANISMS.items()
        if mechanism.offered(directory, secured) and (secure or mechanism.in_clear(directory))
    ]


def start(directory: Directory, secured: Secured, mechanism: str, *, secure: bool) -> Exchange:
    """Return an exchange that waits for the client's first message.

    Args:
        directory: see :func:`offered`.
        secured: see :func:`offered`.
        mechanism: what the client asks for.
        secure: see :func:`offered`.

    Raises:
        AuthenticationError: ``invalid-mechanism`` for one that is not offered (RFC 6120
            §6.5.7), ``encryption-required`` where TLS is what it lacks (§6.5.4).
    """
    names = offered(directory, secured, secure=secure)
    if mechanism not in names:
        if mechanism in offered(directory, secured, secure=True):
            words = f"{mechanism} would send the password in clear"
            raise refused("encryption-required", words)
        raise refused("invalid-mechanism")
    secured = secured._replace(offered=tuple(names))
    exchange = MECHANISMS[mechanism].run(directory, secured, mechanism)
    next(exchange)
    return exchange
