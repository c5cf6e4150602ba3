"""What a server is asked to be, checked before anything is closed or opened for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

from xmppexplore.api.arguments import check_types
from xmppexplore.api.printing import harmless
from xmppexplore.errors import UsageError
from xmppexplore.sandbox.contacts import befriend
from xmppexplore.sandbox.database import Database, is_database
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.loopback import loopback
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.net import Server
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.recorder import Recorder
from xmppexplore.sandbox.storage import FORGETFUL, Storage

__all__ = ["Plan", "passwords_of"]

_MISREAD: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a file that somebody has changed can raise."""


class Plan(NamedTuple):
    """What a server is asked to be.

    Attributes:
        domain: domain of its addresses.
        passwords: the accounts with their passwords.
        host: loopback address or ``localhost``.
        port: port to listen on, 0 for a free one.
        tls: whether to offer TLS, and to refuse logins without it.
        store: file that keeps its state, ``None`` for none.
        contacts: whether everybody begins on everybody's roster.
        policy: who may log in, and how.
    """

    domain: str
    passwords: Mapping[str, str]
    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = True
    store: str | Path | None = None
    contacts: bool = False
    policy: Policy = Policy()

    def check(self) -> None:
        """Find what cannot work, without changing a file or taking a port.

        Raises:
            UsageError: a name, a password, the domain, the host, the policy or the file
                cannot be used.
        """
        loopback(self.host)
        self._realm(FORGETFUL)
        if self.store is not None and not is_database(self.store):
            raise UsageError(
                f"store={str(self.store)!r} is no database, and none can be made there;"
                " give another file"
            )

    async def open(self, recorder: Recorder | None) -> Server:
        """Open the file where there is one, and listen.

        Raises:
            UsageError: as :meth:`check`; or the file or the port cannot be used.
        """
        storage: Storage = FORGETFUL
        if self.store is not None:
            storage = Database(self.store, self.domain)
        try:
            try:
                realm = self._realm(storage)
            except _MISREAD as error:
                raise UsageError(
                    f"{str(self.store)!r} holds what no sandbox wrote:"
                    f" {type(error).__name__}: {error}; give another file"
                ) from error
            server = Server(realm, host=self.host, port=self.port, tls=self.tls, recorder=recorder)
            await server.open()
        except BaseException:
            storage.close()
            raise
        return server

    def _realm(self, storage: Storage) -> Realm:
        realm = Realm(
            self.domain,
            self.passwords,
            tokens=lambda: secrets.token_urlsafe(16),
            modules=MODULES,
            policy=self.policy,
            version=_version(),
            storage=storage,
            on_failure=_tell_failure,
        )
        if self.contacts:
            befriend(realm)
        return realm


def passwords_of(people: Iterable[str] | Mapping[str, str]) -> dict[str, str]:
    """Return the people with their passwords; those that are not given are made up."""
    one = [people] if isinstance(people, str) else people
    for name in one:
        check_types("Sandbox.open", people=(name, (str,)))
    if isinstance(one, Mapping):
        for password in one.values():
            check_types("Sandbox.open", password=(password, (str,)))
        return dict(one)
    return {name: secrets.token_urlsafe(9) for name in one}


def _version() -> str:
    try:
        return version("xmppexplore")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "unknown"


def _tell_failure(what: str, error: BaseException) -> None:
    # A handler's exception would be seen nowhere else than in the answer it caused.  What it
    # says may be from the wire.
    print(harmless(f"{what}: {type(error).__name__}: {error}"))  # noqa: T201
