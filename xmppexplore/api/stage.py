"""The public sandbox: a server in the kernel, with people who can log in."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xmppexplore.api.arguments import check_types
from xmppexplore.api.closing import Closing
from xmppexplore.api.connecting import connect
from xmppexplore.api.founding import Plan, passwords_of
from xmppexplore.api.inside import Inside
from xmppexplore.api.public_names import PublicNames
from xmppexplore.api.recording import Recording, new_log
from xmppexplore.errors import UsageError, XmppExploreError
from xmppexplore.live.loop import Pending
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.conditions import SASL_CONDITIONS
from xmppexplore.sandbox.features import ConflictPolicy, Policy
from xmppexplore.sandbox.net import Server

if TYPE_CHECKING:
    from xmppexplore.api.play_stage import Performance
    from xmppexplore.api.session import Session

__all__ = ["Sandbox"]

_open: dict[str, list[Sandbox]] = {}


class Sandbox(Closing, Inside, PublicNames):
    """An XMPP server inside this kernel: loopback only, TLS, made-up passwords.

    It does what RFC 6120 and RFC 6121 ask of a server, and shows how: every byte in
    :attr:`recording`, every decision in :attr:`routing`, what it keeps in
    :attr:`accounts`, :attr:`rosters` and :attr:`offline`.

    Open one with ``await Sandbox.open(...)``; log people in with
    ``await sandbox.connect("romeo")``, or any other client with :attr:`host`,
    :attr:`port`, :attr:`ca_file` and :attr:`passwords`.

    Attributes:
        domain: the domain that it serves.
        passwords: the password of each person.
        recording: the server's side of every connection.  Passwords that were made up are
            shown in it; from the moment that somebody uses another one, no secret is.

    >>> sandbox = await Sandbox.open("capulet.example", people=["juliet", "romeo"])
    >>> romeo = await sandbox.connect("romeo", resource="orchard")
    >>> romeo.jid
    'romeo@capulet.example/orchard'
    >>> sandbox.recording.tape("in", 0) == romeo.tape("out")
    True
    >>> await sandbox.close()
    """

    def __init__(
        self, domain: str, passwords: dict[str, str], server: Server, recording: Recording
    ) -> None:
        self.domain = domain
        self.passwords = passwords
        self._begin_inside(server, recording)
        recording._passwords = passwords
        self._sessions: list[Session] = []
        server.realm.on_password_chosen = self._conceal
        self._made_up = recording._log.reveal
        self._closed = False

    @classmethod
    def open(
        cls,
        domain: str = "capulet.example",
        people: Iterable[str] | Mapping[str, str] = ("juliet", "romeo"),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = True,
        store: str | Path | None = None,
        contacts: bool = False,
        conflict: ConflictPolicy = "replace",
        anonymous: bool = False,
        external: bool = False,
        any_account: bool = False,
        registration: bool = True,
        keep: bool = False,
    ) -> Pending[Sandbox]:
        """Start a server and return it, ready for logins.

        A sandbox of the same domain that is still open is closed first, with its
        sessions, so that running a cell again does no harm.

        Args:
            domain: domain of its addresses; ``.example`` is reserved for such use
                (RFC 2606 §3).
            people: names of the accounts; or a mapping of names to passwords, where these
                shall not be made up.
            host: loopback address to listen on.
            port: port to listen on; 0 takes a free one.
            tls: whether to offer TLS, and to refuse logins without it.
            store: SQLite file that keeps accounts, rosters and what waits for people;
                without one all of it ends with the sandbox.
            contacts: whether everybody begins on everybody's roster, subscribed both ways.
            conflict: what becomes of a resource that is bound again: ``"replace"`` ends the
                older stream, ``"refuse"`` and ``"rename"`` are said to the newer one
                (RFC 6120 §7.7.2.2).
            anonymous: whether guests may log in without account (RFC 4505).
            external: whether a client certificate may stand for a password (XEP-0178).
            any_account: whether any name may log in with any password; by PLAIN, also
                without TLS, since nothing else can be checked against any password.
            registration: whether accounts can be made in-band (XEP-0077).
            keep: keep an open sandbox of the same domain beside the new one.

        Raises:
            UsageError: a name is no part of an address, a password cannot be used, the host
                is not loopback, or the file cannot be used.
        """
        check_types(
            "Sandbox.open",
            domain=(domain, (str,)),
            people=(people, (Iterable,)),
            host=(host, (str,)),
            port=(port, (Integral,)),
            store=(store, (str, Path, type(None))),
        )
        policy = Policy(
            conflict=conflict,
            any_account=any_account,
            anonymous=anonymous,
            external=external,
            plain_in_clear=any_account,  # nothing else can be offered then
            registration=registration,
        )
        passwords = passwords_of(people)
        plan = Plan(domain, passwords, host, port, tls, store, contacts, policy)
        made_up = not isinstance(people, Mapping) and not any_account
        return Pending(
            lambda: cls._begin(plan, made_up, keep), f"Sandbox.open({domain!r})", "not open"
        )

    @classmethod
    async def _begin(cls, plan: Plan, made_up: bool, keep: bool) -> Sandbox:
        recording = Recording(new_log())
        recording._log.reveal = made_up  # passwords that were made up here are no secret
        plan.check()
        if not keep:  # only now: arguments that cannot work close nothing
            await _close_older(plan.domain)
        server = await plan.open(recording._log)
        sandbox = cls(plan.domain, dict(plan.passwords), server, recording)
        _open.setdefault(plan.domain, []).append(sandbox)
        return sandbox

    @property
    def host(self) -> str:
        """The loopback address that it listens on."""
        return self._server.host

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.port

    @property
    def ca_file(self) -> str | None:
        """PEM file of its throwaway authority; ``None`` without TLS.  Gone when it closes."""
        return self._server.ca_file

    def connect(self, name: str, **options: Any) -> Pending[Session]:
        """Log somebody in and observe the session; as :func:`connect` otherwise.

        Args:
            name: one of the people, who need no password here; or whoever else has an
                account, made in-band or kept by a store, with ``password=``.
            options: as for :func:`xmppexplore.connect`.

        Raises:
            UsageError: there is no such account, its password is not known, or the sandbox
                is closed.
        """
        check_types("sandbox.connect", name=(name, (str,)))
        return Pending(
            lambda: self._connect(name, options), f"sandbox.connect({name!r})", "not connected"
        )

    async def _connect(self, name: str, options: dict[str, Any]) -> Session:
        if self._closed:
            raise UsageError("this sandbox is closed: await Sandbox.open() again")
        if self._server.failure is not None:
            raise UsageError(f"this sandbox has ended: {self._server.failure}")
        local = name.partition("@")[0]
        password = options.get("password", self.passwords.get(local))
        if self._server.realm.policy.any_account:
            password = password or secrets.token_urlsafe(9)
        else:
            self._account(name)
        if password is None:  # of an account that was made in-band, or kept by a store
            raise UsageError(
                f"the password of {name!r} is not known here:"
                f" sandbox.connect({name!r}, password=...)"
            )
        settings: dict[str, Any] = {
            "password": password,
            "host": self.host,
            "port": self.port,
            "ca_file": self.ca_file,
            "tls": "starttls" if self.ca_file else "none",
            "reveal": self._made_up and "password" not in options,
        }
        if "password" in options:  # the sessions of others hold nothing of it
            self.recording._log.conceal()
        try:
            session = await connect(f"{local}@{self.domain}", **(settings | options))
        except XmppExploreError as error:
            if error.recording is not None:
                error.recording._passwords = self.recording._passwords
            raise
        session.recording._passwords = self.recording._passwords
        self._sessions.append(session)
        return session

    def _conceal(self) -> None:
        """Hide secrets from now on: not all of them were made up here."""
        self._made_up = False
        for recording in (self.recording, *(session.recording for session in self._sessions)):
            recording._log.conceal()
            recording._passwords = {}  # one of them may be another by now

    def answers(self, payload: str, type: str = "get") -> Callable[[Any], Any]:
        """Decorate a function that answers requests with a payload, on the server.

        Running the cell again replaces the function.  It is given the request as an
        element and returns the payload of the result as text, or ``None`` for an empty
        one; an exception becomes an error answer.

        Args:
            payload: qualified name, ``"{urn:example:dice}roll"``.
            type: ``"get"`` or ``"set"``.
        """
        check_types("sandbox.answers", payload=(payload, (str,)), type=(type, (str,)))

        def decorate(function: Any) -> Any:
            self._server.realm.answer(payload, function, type)
            return function

        return decorate

    def play(self, text: str) -> Pending[Performance]:
        """Perform a play: several clients whose lines stand in a text (docs/plays.md).

        Args:
            text: the play.

        Raises:
            UsageError: a line cannot be understood; the message says which and what would be.
        """
        from xmppexplore.api.play import Play

        return Play(text).run(self)

    def certificate(self, name: str) -> bytes:
        """Return a client certificate that proves who one is, with its key, as PEM.

        It is taken where ``external=True`` was given: by SASL EXTERNAL (XEP-0178) from
        whoever shows it in the TLS handshake.

        Args:
            name: whose certificate it is; the account must exist.

        Raises:
            UsageError: there is no such account, or no TLS.
        """
        account, authority = self._account(name), self._server.authority
        if authority is None:
            raise UsageError("without TLS nobody can show a certificate: leave tls=False out")
        return authority.client_certificate(account.address.bare)

    def bar(self, name: str, condition: str = "account-disabled") -> None:
        """Refuse an account's logins from now on, to see what a client makes of it.

        Args:
            name: whose logins; those with the right proof fail with the condition.
            condition: one of RFC 6120 §6.5; ``""`` lets the account in again.

        Raises:
            UsageError: there is no such account or condition.
        """
        if condition and condition not in SASL_CONDITIONS:
            raise UsageError(
                f"{condition!r} is no SASL condition (RFC 6120 §6.5); there are"
                f" {', '.join(SASL_CONDITIONS)}"
            )
        self._account(name).barred = condition

    def _account(self, name: str) -> Account:
        check_types("sandbox", name=(name, (str,)))
        account = self._server.realm.account(name.partition("@")[0])
        if account is None:
            there = ", ".join(self._server.realm.accounts) or "nobody"
            raise UsageError(
                f"{name!r} has no account here; there are {there}: "
                f"Sandbox.open(people=[..., {name.partition('@')[0]!r}])"
            )
        return account

    def close(self) -> Pending[None]:
        """Close its sessions and the server; nothing is left behind."""
        return Pending(self._close, "sandbox.close()", "not closed")

    async def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        beside = [other for other in _open.pop(self.domain, []) if other is not self]
        if beside:
            _open[self.domain] = beside
        # Each is closed also where closing another fails or is interrupted.
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._server.close)
            for session in reversed(self._sessions):
                stack.push_async_callback(session.close)

    def __repr__(self) -> str:
        people = ", ".join(self.passwords)
        if self._closed:
            return f"<Sandbox {self.domain}: closed>"
        state = f"on {self.host} port {self.port}, {'TLS' if self.ca_file else 'no TLS'}"
        return f"<Sandbox {self.domain}: {state}; people: {people}>"


async def _close_older(domain: str) -> None:
    for older in list(_open.get(domain, [])):
        number = len([session for session in older._sessions if not session._closed])
        await older.close()
        ended = f" and its {number} session{'' if number == 1 else 's'}" if number else ""
        print(f"Closed the sandbox of {domain} that was open{ended}; keep=True keeps both.")  # noqa: T201
