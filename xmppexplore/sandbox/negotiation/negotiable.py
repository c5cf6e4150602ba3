"""A stream on its way to stanzas: what the features that are negotiated know and change."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import NamedTuple

from xmppexplore.sandbox import sasl
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Origin
from xmppexplore.sandbox.stream import Stream
from xmppexplore.wire.records import Context

__all__ = ["Negotiable", "Secured"]


class Secured(NamedTuple):
    """What is known of a TLS connection that is up.

    Attributes:
        bindings: channel-binding type -> its data (RFC 5929).
        addresses: XMPP addresses in the certificate that the client showed and proved.
    """

    bindings: Mapping[str, bytes] = {}
    addresses: tuple[str, ...] = ()


class Negotiable(Stream, ABC):
    """The server's side of a stream that is being negotiated.

    Args:
        realm: what is behind it.
        tls: whether TLS is required before login (RFC 6120 §5.3.1).
        secure: whether TLS is up from the first byte on (XEP-0368).

    Attributes:
        tls: whether TLS is required before login.
        secure: whether TLS is up.
        secured_by: what is known of the TLS connection.
        account: who is logged in, ``None`` before.
        mechanism: the SASL mechanism that was asked for last.
        exchange: the SASL exchange under way.
        failures: failed attempts to log in.
        origin: what the client's stream header declares.
    """

    def __init__(self, realm: Realm, *, tls: bool = True, secure: bool = False) -> None:
        super().__init__(realm)
        self.tls = tls
        self.secure = secure
        self.secured_by = Secured()
        self.account: Account | None = None
        self.mechanism = ""
        self.exchange: sasl.Exchange | None = None
        self.failures = 0
        self.origin = Origin.of(Context())

    @property
    def context(self) -> Context:
        """What the client's header declares, for parsing what comes after it."""
        return self._splitter.context

    def become(self, account: Account) -> None:
        """The client has proved whose account it uses; larger elements are taken from it."""
        self.exchange = None
        self.account = account
        self.authenticated = True
        self.emit(Mark("authenticated", f"{account.address} by {self.mechanism}"))

    def take_place(self, resource: Resource) -> None:
        """Stanzas flow from here on."""
        self.resource = resource
        self.phase = "ready"
        self.emit(Mark("bound", str(resource.address)))
