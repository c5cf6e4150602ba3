"""A stanza on its way through the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.markup import attribute, foreign_declarations, readdress
from xmppexplore.sandbox.resources import Resource
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.records import KINDS, PRESENCE, Context, Item

__all__ = ["SUBSCRIPTION_TYPES", "Addressee", "Origin", "Stanza"]

Addressee: TypeAlias = Literal["own", "server", "account", "resource", "remote"]
"""Whom a stanza is for: the sender's own account (also where it has no ``to``), this server,
another account, a resource of any account, or another domain."""

SUBSCRIPTION_TYPES: Final = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})


class Origin(NamedTuple):
    """What the sender's stream header declares for its stanzas.

    Attributes:
        context: namespaces and language, needed to parse a stanza alone.
        lang: the language, escaped.
        foreign: namespaces that a stanza must declare itself to be forwarded.
    """

    context: Context
    lang: bytes
    foreign: tuple[tuple[bytes, str], ...]

    @classmethod
    def of(cls, context: Context) -> Origin:
        """Return the origin for a stream with this context."""
        lang = context.lang.encode() if context.lang.replace("-", "").isalnum() else b""
        return cls(context, lang, foreign_declarations(context))


class Stanza:
    """One stanza that a local resource sent, read no deeper than somebody asks.

    Attributes:
        item: its kind, attributes and first child, as cut from the wire.
        raw: its exact bytes.
        resource: the sender.
        origin: what the sender's stream declares.
        now: when it came, in seconds since 1970 (UTC).
        to: the prepared recipient; ``None`` where it has no ``to``.
        addressee: what kind of recipient that is.
        account: the local account addressed, ``None`` where there is none.
        reached: resources that it was delivered to, so far.
        copies: copies of it that other resources of its recipient got, each with its bytes.
        private: whether its sender wants no copies of it (XEP-0280 §9).
        ruled: whether it was said what became of it.
        afterwards: what is to be done once it is dealt with, answer included, in order.
    """

    __slots__ = (
        "_element",
        "account",
        "addressee",
        "afterwards",
        "copies",
        "item",
        "now",
        "origin",
        "private",
        "raw",
        "reached",
        "resource",
        "ruled",
        "to",
    )

    def __init__(
        self, item: Item, raw: bytes, resource: Resource, origin: Origin, now: float
    ) -> None:
        self.item = item
        self.raw = raw
        self.resource = resource
        self.origin = origin
        self.now = now
        self.to: Address | None = None
        self.addressee: Addressee = "own"
        self.account: Account | None = None
        self.reached: list[Resource] = []
        self.copies: list[tuple[Resource, bytes]] = []
        self.private = False
        self.ruled = False
        self.afterwards: list[Callable[[], None]] = []
        self._element: Element | None = None

    @property
    def kind(self) -> str:
        """``"message"``, ``"presence"`` or ``"iq"``."""
        return KINDS[self.item.kind]

    def rewrite(self, raw: bytes) -> None:
        """Go on with other bytes than the sender's, where a rule asks for it."""
        self.raw = raw
        self._element = None

    @property
    def stamped(self) -> bytes:
        """The bytes as a recipient gets them: with the sender's address (RFC 6120 §8.1.2.1).

        It is the full address.  A subscription goes from account to account: both its
        addresses are bare (RFC 6121 §3.1.2).
        """
        item, resource, origin = self.item, self.resource, self.origin
        stamps = {b"from": resource.stamp}
        if item.kind == PRESENCE and item.type in SUBSCRIPTION_TYPES:
            stamps = {b"from": resource.bare_stamp}
            if self.to is not None:
                stamps[b"to"] = attribute(self.to.bare).encode()
        return readdress(self.raw, stamps, lang=origin.lang, foreign=origin.foreign)

    @property
    def element(self) -> Element:
        """The stanza as a recipient gets it, parsed once.

        Raises:
            MalformedXML: it is nested deeper than this library reads.
        """
        if self._element is None:
            self._element = parse(self.stamped)
        return self._element
