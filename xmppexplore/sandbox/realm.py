"""The realm: one domain with its accounts, what is bound in it, and who gets which stanza.

It does no I/O and has neither clock nor randomness: time comes with each stanza, and
unguessable texts come from ``tokens``.  Features are modules (:mod:`.features`); the realm
itself knows addresses, the shape of requests and errors, and the tables of the modules.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from xmppexplore import names
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.sandbox.accounts import HASHES, Account, Stored, decoy
from xmppexplore.sandbox.addresses import (
    Address,
    BadAddress,
    address,
    domainpart,
    localpart,
    resourcepart,
)
from xmppexplore.sandbox.conditions import stanza_error
from xmppexplore.sandbox.delivery import deliver_iq, deliver_message
from xmppexplore.sandbox.effects import Later
from xmppexplore.sandbox.features import Module, ResourceEvent, Stage
from xmppexplore.sandbox.markup import attribute, attributes, cut, readdress
from xmppexplore.sandbox.registry import Registry
from xmppexplore.sandbox.resources import Outlet, Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import IQ, MESSAGE
from xmppexplore.wire.serialise import to_xml

__all__ = ["ConflictPolicy", "Limits", "Realm"]

_log = logging.getLogger(__name__)

ConflictPolicy = Literal["replace", "refuse", "rename"]
"""What happens to a resource that is bound already (RFC 6120 §7.7.2.2): the old stream ends
with the stream error ``conflict``, the new request is refused, or it gets another name."""

MAX_ECHO_BYTES: Final = 4096
"""A refused stanza is sent back in its error up to this size (RFC 6120 §8.3.1)."""


class Limits(NamedTuple):
    """What the server bears (RFC 6120 §13.12).

    Attributes:
        stanza_bytes: largest first-level element of a bound stream; at least 10,000.
        login_bytes: the same before authentication; at least 10,000.
        resources: connected resources of one account.
        sasl_failures: failed attempts after which the stream ends, 2 to 5 (§6.4.5).
        login_seconds: time from connecting to being bound.
        linger_seconds: time that a client has to close after the server did.
        backlog_bytes: written to a client and not read by it; more ends its connection.
        stall_seconds: time in which a client that has ceased to read must go on.
    """

    stanza_bytes: int = 4 * 1024 * 1024
    login_bytes: int = 64 * 1024
    resources: int = 64
    sasl_failures: int = 3
    login_seconds: float = 30.0
    linger_seconds: float = 1.0
    backlog_bytes: int = 16 * 1024 * 1024
    stall_seconds: float = 20.0


DEFAULT_LIMITS: Final = Limits()


class Realm(Registry):
    """One domain.

    Args:
        domain: its name.
        passwords: localparts of the accounts, with their passwords.
        tokens: gives unguessable texts of at least 16 characters out of ``A-Za-z0-9_-``.
        modules: its features, usually :data:`xmppexplore.sandbox.modules.MODULES`.
        conflict: see :data:`ConflictPolicy`.
        limits: see :class:`Limits`.
        version: the version that it gives for itself (XEP-0092).
        on_failure: called with a sentence and the exception when a handler fails or gives
            an answer that cannot be sent; without one it is logged.

    Raises:
        UsageError: the domain, a name or a password is not allowed, or a limit is too small.

    Attributes:
        accounts: the accounts by prepared localpart.
        pending: machines that have something to be taken, in order.
    """

    def __init__(
        self,
        domain: str,
        passwords: Mapping[str, str],
        *,
        tokens: Callable[[], str],
        modules: Iterable[Module] = (),
        conflict: ConflictPolicy = "replace",
        limits: Limits = DEFAULT_LIMITS,
        version: str = "unknown",
        on_failure: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        if conflict not in ("replace", "refuse", "rename"):
            raise UsageError(f"conflict={conflict!r}: give 'replace', 'refuse' or 'rename'")
        if min(limits.stanza_bytes, limits.login_bytes) < 10_000:
            raise UsageError("RFC 6120 §13.12 forbids a limit below 10,000 bytes; give more")
        super().__init__()
        self.domain = _prepared(domainpart, domain, "domain")
        self.tokens = tokens
        self.conflict = conflict
        self.limits = limits
        self.version = version
        self.on_failure = on_failure
        self.accounts: dict[str, Account] = {}
        self.pending: dict[Outlet, None] = {}
        self._secret = tokens()
        for name, password in passwords.items():
            self.add_account(name, password)
        for module in modules:
            self.install(module)

    # --- what it is made of

    def add_account(self, name: str, password: str) -> Account:
        """Add an account.

        Raises:
            UsageError: the name or the password is not allowed, or the name is taken.
        """
        local = _prepared(localpart, name, "name")
        if local in self.accounts:
            raise UsageError(f"{local}@{self.domain} exists already; choose another name")
        account = Account(Address(local, self.domain), password, self.tokens)
        self.accounts[local] = account
        return account

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
        if account is None or mechanism not in HASHES:
            return decoy(self._secret, mechanism, name)
        return account.stored(mechanism)

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
            raise _refusal("bad-request", str(error)) from error
        while name in account.resources:
            if self.conflict == "replace" and wanted:
                account.resources[name].outlet.end("conflict", "replaced by a new connection")
            elif self.conflict == "refuse" and wanted:
                raise _refusal("conflict", "this resource is connected already")
            else:
                name = self.tokens()[:16]
        if len(account.resources) >= self.limits.resources:
            raise _refusal("resource-constraint", "too many connected resources")
        full = account.address._replace(resource=name)
        stamps = (attribute(str(full)).encode(), attribute(full.bare).encode())
        resource = Resource(full, outlet, *stamps)
        account.resources[name] = resource
        self.announce("bound", resource)
        return resource

    def leave(self, resource: Resource) -> None:
        """Take a resource away whose stream is over."""
        account = self.accounts[resource.address.local]
        if account.resources.get(resource.address.resource) is resource:
            del account.resources[resource.address.resource]
            self.announce("ended", resource)

    # --- the way of a stanza

    def announce(self, event: ResourceEvent, resource: Resource) -> None:
        """Tell all modules what became of a resource."""
        for run in self._events.get(event, ()):
            run(self, resource)

    def hooked(self, stage: Stage, stanza: Stanza) -> bool:
        """Show a stanza to the hooks of a stage; true where one of them took it."""
        hooks = self._hooks.get((stage, stanza.kind), ())
        return any(hook.wants(stanza) and hook.run(self, stanza) for hook in hooks)

    def receive(self, stanza: Stanza) -> None:
        """Route a stanza that a bound resource sent (RFC 6120 §8.1, §10)."""
        try:
            self._address(stanza)
        except BadAddress as error:
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
                self.refuse(stanza, "service-unavailable")
            else:
                deliver_message(self, stanza)

    def _address(self, stanza: Stanza) -> None:
        """Find out whom a stanza is for."""
        own = stanza.resource.address
        if not stanza.item.recipient:
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
            return bool(item.id)  # nothing could be told to anyone about one without id
        if item.type not in ("get", "set"):
            self.refuse(stanza, "bad-request", "the type of an iq is get, set, result or error")
        elif not item.id:
            self.refuse(stanza, "bad-request", "an iq must have an id")
        elif len(stanza.element.children) != 1:
            self.refuse(stanza, "bad-request", "a request must have exactly one child")
        else:
            return True
        return False

    def _route_iq(self, stanza: Stanza) -> None:
        if stanza.addressee == "remote":
            self._refuse_remote(stanza)
        elif stanza.addressee == "resource":
            if not self.hooked("arriving", stanza):
                deliver_iq(self, stanza)
        elif stanza.item.type in ("get", "set"):
            self._answer(stanza)

    def _refuse_remote(self, stanza: Stanza) -> None:
        self.refuse(stanza, "remote-server-not-found", "the sandbox reaches no other domain")

    # --- answers

    def _answer(self, request: Stanza) -> None:
        """Answer a request that the server handles itself, also for an account."""
        item = request.item
        if request.addressee == "account" and request.account is None:
            self.refuse(request, "service-unavailable")
            return
        handler = self._handlers.get((item.payload, item.type))
        run = self._answers.get((item.payload, item.type, request.addressee))
        try:
            if handler is not None:
                outcome = handler(request.element)
            elif run is not None:
                outcome = run(self, request)
            else:
                self.refuse(request, "service-unavailable")
                return
        except Exception as error:  # noqa: BLE001 - a handler is the user's own code
            outcome = error
        if inspect.isawaitable(outcome):
            request.resource.outlet.emit(Later(request, outcome))
        else:
            self.conclude(request, outcome)

    def conclude(self, request: Stanza, outcome: Any) -> None:
        """Answer a request with what its handler returned, or with the exception it raised."""
        if isinstance(outcome, StanzaError):
            self.refuse(request, outcome.condition, outcome.text, outcome.type)
            return
        what = f"the handler of {request.item.type} {request.item.payload}"
        if not isinstance(outcome, BaseException):
            try:
                payload = _payload(outcome)
            except UsageError as error:
                what, outcome = f"{what} gave an answer that cannot be sent: {error}", error
            else:
                self.reply(request, payload)
                return
        else:
            what = f"{what} failed: {type(outcome).__name__}: {outcome}"
        self.refuse(request, "internal-server-error", what)
        if self.on_failure is not None:
            self.on_failure(what, outcome)
        else:
            _log.error("%s", what, exc_info=outcome)

    def reply(self, request: Stanza, payload: str = "") -> None:
        """Answer a request with a result (RFC 6120 §8.2.3)."""
        item = request.item
        head = attributes(
            {
                "type": "result",
                "id": item.id,
                "from": item.recipient,
                "to": str(request.resource.address),
            }
        )
        body = f">{payload}</iq>" if payload else "/>"
        request.resource.outlet.send(f"<iq{head}{body}".encode())

    def refuse(self, stanza: Stanza, condition: str, words: str = "", type: str = "") -> None:
        """Answer a stanza with an error, unless it is one that is never answered.

        Errors and results are not answered (RFC 6120 §8.3.1); the error carries what was
        refused as long as that is small.
        """
        item = stanza.item
        if item.type == "error" or (item.kind == IQ and item.type == "result"):
            return
        stamps = {
            b"type": b"error",
            b"from": attribute(item.recipient).encode(),
            b"to": stanza.resource.stamp,
        }
        whole = readdress(stanza.raw, stamps, foreign=stanza.origin.foreign)
        opening, content, closing = cut(whole)
        if len(content) > MAX_ECHO_BYTES:
            content = b""
        error = stanza_error(condition, type, words).encode()
        if any(not prefix for prefix, _ in stanza.origin.foreign):
            # What is sent back declares the sender's own default namespace around the error.
            error = error.replace(b"<error", f"<error xmlns='{names.CLIENT}'".encode(), 1)
        stanza.resource.outlet.send(opening + content + error + closing)


def _refusal(condition: str, words: str) -> StanzaError:
    return StanzaError(words, condition=condition, text=words)


def _prepared(prepare: Callable[[str], str], value: str, what: str) -> str:
    try:
        return prepare(value)
    except BadAddress as error:
        raise UsageError(f"{value!r} is no {what}: {error}; give another") from error


def _payload(answer: Any) -> str:
    """Return what a handler gave as text that can stand inside an iq.

    Raises:
        UsageError: it is neither text nor an element, or no single well-formed element.
    """
    if answer is None or answer == "":
        return ""
    written = to_xml(answer)
    parse(written)
    return written
