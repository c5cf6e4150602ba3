"""The realm: one domain with its accounts, what is bound in it, and who gets which stanza.

It does no I/O and has neither clock nor randomness: time comes with each stanza, and
unguessable texts come from ``tokens``.  Features are modules (:mod:`.features`); the realm
itself knows addresses, the shape of requests and errors, and the tables of the modules.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import (
    Address,
    BadAddress,
    address,
    domainpart,
    localpart,
    resourcepart,
)
from xmppexplore.sandbox.answering import Answering
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.credentials import HASHES, Credentials, Stored, decoy
from xmppexplore.sandbox.delivery import deliver_iq, deliver_message
from xmppexplore.sandbox.features import Module, Policy, ResourceEvent, Schedule, Stage
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.markup import attribute
from xmppexplore.sandbox.resources import Outlet, Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import FORGETFUL, Storage, Table
from xmppexplore.wire.records import IQ, MESSAGE

__all__ = ["ACCOUNTS", "Limits", "Realm"]

ACCOUNTS: Final = Table(
    "accounts", ("mechanism",), ("salt", "stored_key", "server_key", "iterations")
)
"""What is kept of each account's password: never the password (RFC 5802 §3)."""


DEFAULT_LIMITS: Final = Limits()
DEFAULT_POLICY: Final = Policy()


def _never(_seconds: float, _run: Callable[[], None]) -> Callable[[], None]:
    return _nothing


def _nothing() -> None:
    pass


def _epoch() -> float:
    return 0.0


class Realm(Answering):
    """One domain.

    Args:
        domain: its name.
        passwords: localparts of the accounts, with their passwords.
        tokens: gives unguessable texts of at least 16 characters out of ``A-Za-z0-9_-``.
        modules: its features, usually :data:`xmppexplore.sandbox.modules.MODULES`.
        policy: see :class:`~xmppexplore.sandbox.features.Policy`.
        limits: see :class:`Limits`.
        version: the version that it gives for itself (XEP-0092).
        storage: what keeps accounts and what modules know of them.
        schedule: calls back later; without one nothing ever happens later.
        on_failure: see :class:`~xmppexplore.sandbox.answering.Answering`.

    Raises:
        UsageError: the domain, a name or a password is not allowed, or a limit is too small.

    Attributes:
        accounts: the accounts by prepared localpart.
        on_password_chosen: called when a client has chosen a password.
        clock: tells the time, in seconds since 1970 (UTC); whoever carries it sets it.
        started: when it began to serve, by that clock.
        pending: machines that have something to be taken, in order.
    """

    def __init__(
        self,
        domain: str,
        passwords: Mapping[str, str],
        *,
        tokens: Callable[[], str],
        modules: Iterable[Module] = (),
        policy: Policy = DEFAULT_POLICY,
        limits: Limits = DEFAULT_LIMITS,
        version: str = "unknown",
        storage: Storage = FORGETFUL,
        schedule: Schedule = _never,
        on_failure: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        if policy.conflict not in ("replace", "refuse", "rename"):
            raise UsageError(f"conflict={policy.conflict!r}: give 'replace', 'refuse' or 'rename'")
        if min(limits.stanza_bytes, limits.login_bytes) < 10_000:
            raise UsageError("RFC 6120 §13.12 forbids a limit below 10,000 bytes; give more")
        super().__init__()
        self.domain = _prepared(domainpart, domain, "domain")
        self.tokens = tokens
        self.host = self
        self.policy = policy
        self.storage = storage
        self.schedule = schedule
        self.clock: Callable[[], float] = _epoch
        self.started = 0.0
        self.limits = limits
        self.version = version
        self.on_failure = on_failure
        self.on_password_chosen: Callable[[], None] | None = None
        self.accounts: dict[str, Account] = {}
        self.pending: dict[Outlet, None] = {}
        self._secret = tokens()
        self._restore()
        for name, password in passwords.items():
            self._admit(name, password)
        for module in modules:
            self.install(module)
            if module.load is not None:
                module.load(self)

    # --- what it is made of

    def _restore(self) -> None:
        """Make the accounts that the storage knows."""
        kept: dict[str, dict[str, Stored]] = {}
        for owner, mechanism, salt, stored_key, server_key, iterations in self.storage.rows(
            ACCOUNTS
        ):
            stored = Stored(salt, stored_key, server_key, iterations)  # type: ignore[arg-type]
            kept.setdefault(str(owner), {})[str(mechanism)] = stored
        for local, by_mechanism in kept.items():
            credentials = Credentials(self.tokens, by_mechanism)
            self.accounts[local] = Account(Address(local, self.domain), credentials)

    def _admit(self, name: str, password: str) -> None:
        """Add an account, or give one that was kept the password of this time."""
        local = _prepared(localpart, name, "name")
        if local in self.accounts and self.storage is not FORGETFUL:
            self.change_password(local, password)
        else:
            self.add_account(name, password)

    def add_account(self, name: str, password: str) -> Account:
        """Add an account.

        Raises:
            UsageError: the name or the password is not allowed, or the name is taken.
        """
        local = _prepared(localpart, name, "name")
        if local in self.accounts:
            raise UsageError(f"{local}@{self.domain} exists already; choose another name")
        account = Account(Address(local, self.domain), None)
        self.accounts[local] = account
        try:
            self.change_password(local, password)
        except UsageError:
            del self.accounts[local]
            raise
        return account

    def password_chosen(self) -> None:
        """Say that a client chose a password: it is a secret, unlike those that were made up."""
        if self.on_password_chosen is not None:
            self.on_password_chosen()

    def change_password(self, local: str, password: str) -> None:
        """Give an account another password.

        Raises:
            UsageError: the password is not allowed.
        """
        account = self.accounts[local]
        account.credentials = Credentials.of(password, self.tokens, account.address.bare)
        if self.storage is not FORGETFUL:  # hashing takes time; without a storage it waits
            for mechanism in HASHES:
                stored = account.credentials.stored(mechanism)
                self.storage.put(ACCOUNTS, local, mechanism, *stored)

    def add_guest(self) -> Account:
        """Add an account without password, for one anonymous session (RFC 4505)."""
        local = self.tokens().lower()
        while local in self.accounts:
            local = self.tokens().lower()
        account = self.accounts[local] = Account(Address(local, self.domain), None)
        account.guest = True
        return account

    def forget_guest(self, account: Account) -> None:
        """Take a guest's account away if nobody is connected as it any more."""
        local = account.address.local
        if account.guest and not account.resources and self.accounts.get(local) is account:
            self.remove_account(local)

    def remove_account(self, name: str) -> None:
        """Take an account away, with its streams and all that is kept for it."""
        account = self.accounts[name]
        account.guest = False  # it goes now, and not again as its last stream ends
        for resource in list(account.resources.values()):
            resource.outlet.end("not-authorized", "this account is removed")
        for module in self.modules:
            if module.removed is not None:
                module.removed(self, account)
            for table in module.tables:
                self.storage.drop(table, name)
        self.storage.drop(ACCOUNTS, name)
        del self.accounts[name]

    # --- who is there

    def account(self, name: str) -> Account | None:
        """Return the account with this localpart, prepared or not."""
        try:
            return self.accounts.get(localpart(name))
        except BadAddress:
            return None

    def stored(self, mechanism: str, name: str) -> Stored:
        """Return the credentials of an account, or some that cannot be proved."""
        account = self.account(name)
        if account is None or account.credentials is None or mechanism not in HASHES:
            return decoy(self._secret, mechanism, name)
        return account.credentials.stored(mechanism)

    def resource(self, address: Address) -> Resource | None:
        """Return the connected resource with this full address."""
        account = self.accounts.get(address.local) if address.domain == self.domain else None
        return account.resources.get(address.resource) if account else None

    def bind(self, outlet: Outlet, account: Account, wanted: str) -> Resource:
        """Connect a resource (RFC 6120 §7).

        Args:
            outlet: the way to its client.
            account: whose resource it is.
            wanted: the resourcepart asked for; ``""`` lets the server choose.

        Raises:
            StanzaError: ``bad-request``, ``conflict`` or ``resource-constraint``.
        """
        try:
            name = resourcepart(wanted) if wanted else self.tokens()[:16]
        except BadAddress as error:
            raise stanza_fault("bad-request", str(error)) from error
        while name in account.resources:
            old = account.resources[name]
            if wanted and (self.policy.conflict == "replace" or old.parked):
                self.displace(old)
            elif wanted and self.policy.conflict == "refuse":
                raise stanza_fault("conflict", "this resource is connected already")
            else:
                name = self.tokens()[:16]
        self._make_room(account)
        full = account.address._replace(resource=name)
        stamps = (attribute(str(full)).encode(), attribute(full.bare).encode())
        resource = Resource(full, outlet, *stamps)
        account.resources[name] = resource
        self.announce("bound", resource)
        return resource

    def _make_room(self, account: Account) -> None:
        """Let one that waits to be resumed go where an account has too many resources."""
        if len(account.resources) < self.limits.resources:
            return
        parked = [resource for resource in account.resources.values() if resource.parked]
        if not parked:
            raise stanza_fault("resource-constraint", "too many connected resources")
        self.displace(parked[0])

    def displace(self, resource: Resource) -> None:
        """End the stream of a resource whose place is needed (RFC 6120 §7.7.2.2)."""
        resource.outlet.end("conflict", "replaced by a new connection")
        self.leave(resource)  # also where the stream was ending already

    def pseudonym(self, *texts: str) -> str:
        """Return what is the same for the same texts while the server runs, and hides them."""
        content = "\0".join(texts).encode()
        return hmac.digest(self._secret.encode(), content, "sha256").hex()[:16]

    def leave(self, resource: Resource) -> None:
        """Take a resource away whose stream is over."""
        account = self.accounts[resource.address.local]
        if account.resources.get(resource.address.resource) is resource:
            del account.resources[resource.address.resource]
            self.announce("ended", resource)
            self.forget_guest(account)

    # --- the way of a stanza

    def announce(self, event: ResourceEvent, resource: Resource) -> None:
        """Tell all modules what became of a resource."""
        for run in self._events.get(event, ()):
            run(self, resource)

    def hooked(self, stage: Stage, stanza: Stanza) -> bool:
        """Show a stanza to the hooks of a stage; true where one of them took it."""
        for hook, module in self._hooks.get((stage, stanza.kind), ()):
            if hook.wants(stanza) and hook.run(self, stanza):
                self.rule(stanza, "handled", detail=module.name, section=module.document)
                return True
        return False

    def receive(self, stanza: Stanza) -> None:
        """Take a stanza that a bound resource sent, and do what follows from it."""
        self._route(stanza)
        for act in stanza.afterwards:
            act()

    def _route(self, stanza: Stanza) -> None:
        """Route a stanza (RFC 6120 §8.1, §10)."""
        try:
            self._address(stanza)
        except BadAddress as error:
            self.rule(stanza, "malformed address", detail=str(error))
            self.refuse(stanza, "jid-malformed", str(error))
            return
        if stanza.item.kind == IQ:
            if self._sound(stanza) and not self.hooked("sent", stanza):
                self._route_iq(stanza)
        elif self.hooked("sent", stanza):
            pass
        elif stanza.addressee == "remote":
            self._refuse_remote(stanza)
        elif self.hooked("arriving", stanza):
            pass
        elif stanza.item.kind == MESSAGE:
            if stanza.addressee == "server":
                self.rule(stanza, "message to server")
                self.refuse(stanza, "service-unavailable")
            else:
                deliver_message(self, stanza)
                self.hooked("delivered", stanza)

    def _address(self, stanza: Stanza) -> None:
        """Find out whom a stanza is for."""
        own = stanza.resource.address
        if not stanza.item.recipient and stanza.element.get("to") is None:
            stanza.account = self.accounts.get(own.local)
            return
        to = stanza.to = address(stanza.item.recipient)
        if to.domain != self.domain:
            stanza.addressee = "remote"
        elif not to.local:
            stanza.addressee = "server"
        else:
            stanza.account = self.accounts.get(to.local)
            if to.resource:
                stanza.addressee = "resource"
            else:
                stanza.addressee = "own" if to.local == own.local else "account"

    def _sound(self, stanza: Stanza) -> bool:
        """Check the shape of an iq (RFC 6120 §8.2.3), and refuse one that has another."""
        item = stanza.item
        if item.type in ("result", "error"):
            if not item.id:  # nothing could be told to anyone about one without id
                self.rule(stanza, "idless answer")
            return bool(item.id)
        if item.type not in ("get", "set"):
            fault = "the type of an iq is get, set, result or error"
        elif not item.id:
            fault = "an iq must have an id"
        elif len(stanza.element.children) != 1:
            fault = "a request must have exactly one child"
        else:
            return True
        self.rule(stanza, "no iq", detail=fault)
        self.refuse(stanza, "bad-request", fault)
        return False

    def _route_iq(self, stanza: Stanza) -> None:
        if stanza.addressee == "remote":
            self._refuse_remote(stanza)
        elif stanza.addressee == "resource":
            if not self.hooked("arriving", stanza):
                deliver_iq(self, stanza)
        elif stanza.item.type in ("get", "set"):
            self._answer(stanza)
        else:
            self.rule(stanza, "stray answer")

    def _refuse_remote(self, stanza: Stanza) -> None:
        self.rule(stanza, "other domain")
        self.refuse(stanza, "remote-server-not-found", "the sandbox reaches no other domain")


def _prepared(prepare: Callable[[str], str], value: str, what: str) -> str:
    try:
        return prepare(value)
    except BadAddress as error:
        raise UsageError(f"{value!r} is no {what}: {error}; give another") from error
