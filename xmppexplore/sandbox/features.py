"""What a module is made of, and the one face of the server that it sees.

A feature is one small file that fills in a :class:`Module`; the realm reads the tables and
needs no change for a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Addressee, Stanza
from xmppexplore.sandbox.storage import Storage, Table
from xmppexplore.wire.element import Element

__all__ = [
    "Answer",
    "AnswerHandler",
    "ConflictPolicy",
    "Hook",
    "HookHandler",
    "Host",
    "Module",
    "NonzaHandler",
    "Policy",
    "ResourceEvent",
    "Schedule",
    "Stage",
]

Stage: TypeAlias = Literal["sent", "arriving", "undelivered", "delivered"]
"""``sent``: as it comes from a local resource, before any routing.  ``arriving``: about to be
delivered to a local account.  ``undelivered``: no resource could take it.  ``delivered``: a
message has been routed; ``stanza.reached`` says to whom, perhaps to nobody.  What a hook of
that last stage returns does not matter."""

ResourceEvent: TypeAlias = Literal[
    "bound", "available", "unavailable", "parked", "resumed", "ended"
]
"""``bound``: a resource is connected.  ``available``, ``unavailable``: its presence changed.
``parked``: its stream broke, and it waits to be resumed; ``resumed``: it was (XEP-0198 §5).
``ended``: its stream is over; it is no longer among the resources of its account."""

Schedule: TypeAlias = Callable[[float, Callable[[], None]], Callable[[], None]]
"""``schedule(seconds, run)`` calls ``run`` later and returns a function that forgets it."""

ConflictPolicy: TypeAlias = Literal["replace", "refuse", "rename"]
"""What happens to a resource that is bound already (RFC 6120 §7.7.2.2): the old stream ends
with the stream error ``conflict``, the new request is refused, or it gets another name."""


class Policy(NamedTuple):
    """What whoever runs the server has decided.

    Attributes:
        conflict: see :data:`ConflictPolicy`.
        any_account: whether every name and password may log in; the account is made then.
            Only PLAIN and ANONYMOUS are offered, since SCRAM needs a password known before.
        anonymous: whether SASL ANONYMOUS is offered (RFC 4505).
        external: whether SASL EXTERNAL is offered to whoever shows a client certificate.
        plain_in_clear: whether PLAIN is offered where the server does no TLS at all.
        registration: whether accounts can be made in-band (XEP-0077).
    """

    conflict: ConflictPolicy = "replace"
    any_account: bool = False
    anonymous: bool = False
    external: bool = False
    plain_in_clear: bool = False
    registration: bool = True


class Host(Protocol):
    """The server, as modules see it; a realm is one."""

    domain: str
    version: str
    tokens: Callable[[], str]
    storage: Storage
    schedule: Schedule
    clock: Callable[[], float]
    started: float
    policy: Policy
    limits: Limits

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts by prepared localpart."""

    def account(self, name: str) -> Account | None:
        """Return the account with this localpart."""

    def resource(self, address: Address) -> Resource | None:
        """Return the connected resource with this full address."""

    def features(self, addressee: Addressee) -> tuple[str, ...]:
        """Return the service discovery features of the server or of an account, sorted."""

    def reply(self, request: Stanza, payload: str = "") -> None:
        """Answer a request with a result."""

    def refuse(
        self,
        stanza: Stanza,
        condition: str,
        words: str = "",
        type: str = "",
        specific: str = "",
    ) -> None:
        """Answer a stanza with an error, unless it is one that is never answered."""

    def announce(self, event: ResourceEvent, resource: Resource) -> None:
        """Tell all modules what became of a resource."""

    def hooked(self, stage: Stage, stanza: Stanza) -> bool:
        """Show a stanza to the hooks of a stage; true where one of them took it."""

    def rule(
        self,
        stanza: Stanza,
        name: str,
        reached: Iterable[Resource] = (),
        detail: str = "",
        section: str = "",
    ) -> None:
        """Say what became of a stanza, by the name of one of the rulings.

        Said once for each stanza, by whoever decides; what is said later of the same
        stanza is not heard.
        """

    def add_account(self, name: str, password: str) -> Account:
        """Add an account, or raise :class:`~xmppexplore.errors.UsageError`."""

    def change_password(self, local: str, password: str) -> None:
        """Give an account another password, or raise :class:`~xmppexplore.errors.UsageError`."""

    def password_chosen(self) -> None:
        """Say that a client chose a password: it is a secret, unlike those that were made up."""

    def remove_account(self, name: str) -> None:
        """Take an account away, with its streams and all that is kept for it."""


AnswerHandler: TypeAlias = Callable[[Host, Stanza], Any]
"""Returns the payload of the result as text, ``None`` or ``""`` for none, or an awaitable of
it; raises :class:`~xmppexplore.errors.StanzaError` for an error."""

HookHandler: TypeAlias = Callable[[Host, Stanza], bool]
"""Returns whether it took the stanza, so that nothing after it sees it."""


class Answer(NamedTuple):
    """A request that the server answers.

    Attributes:
        payload: Clark name of the request's child.
        type: ``get`` or ``set``.
        run: the handler.
        at: where the request may be addressed to.
    """

    payload: str
    type: str
    run: AnswerHandler
    at: tuple[Addressee, ...] = ("own", "server", "account")


class Hook(NamedTuple):
    """Stanzas that a module looks at on their way.

    Attributes:
        stage: where on the way.
        kind: ``message``, ``presence`` or ``iq``.
        run: the handler.
        types: the types that it wants; empty for all.
        at: the recipients that it wants; empty for all.
        payload: Clark name of the first child that it wants; ``""`` for any.
    """

    stage: Stage
    kind: str
    run: HookHandler
    types: frozenset[str] = frozenset()
    at: frozenset[Addressee] = frozenset()
    payload: str = ""

    def wants(self, stanza: Stanza) -> bool:
        """Tell whether this hook is for that stanza of its stage and kind."""
        return (
            (not self.types or stanza.item.type in self.types)
            and (not self.at or stanza.addressee in self.at)
            and (not self.payload or stanza.item.payload == self.payload)
        )


NonzaHandler: TypeAlias = Callable[[Host, Resource, Element], None]
"""Takes a first-level element that is no stanza, from a bound stream."""


class Module(NamedTuple):
    """A feature of the server.

    Attributes:
        name: its name, that of its file.
        document: what defines it.
        answers: requests that it answers.
        hooks: stanzas that it looks at, in order.
        nonzas: first-level elements other than stanzas that it takes, by Clark name.
        events: what it does when something becomes of a resource.
        features: service discovery features of the ``server`` and of an ``account``.
        stream_feature: what it adds to the stream features after login; a function where
            that depends on the server.
        tables: what it keeps beyond the process; rows of a removed account are dropped.
        load: called once the accounts are there, to read its tables.
        removed: called when an account is about to be taken away.
    """

    name: str
    document: str
    answers: Iterable[Answer] = ()
    hooks: Iterable[Hook] = ()
    nonzas: Mapping[str, NonzaHandler] = {}
    events: Mapping[ResourceEvent, Callable[[Host, Resource], None]] = {}
    features: Mapping[Addressee, tuple[str, ...]] = {}
    stream_feature: str | Callable[[Host], str] = ""
    tables: tuple[Table, ...] = ()
    load: Callable[[Host], None] | None = None
    removed: Callable[[Host, Account], None] | None = None
