"""A stream on its way to stanzas: what the features that are negotiated know and change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.effects import Effect, Mark
from xmppexplore.sandbox.managed import Managed
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.sasl import UNSECURED, Exchange, Secured
from xmppexplore.sandbox.stanza import Origin
from xmppexplore.sandbox.stream import Stream
from xmppexplore.wire.element import Element
from xmppexplore.wire.records import Context

__all__ = ["Negotiable", "Secured", "UserAgent"]


class UserAgent(NamedTuple):
    """What a client calls itself as it logs in (XEP-0388 §2.3); ``""`` where it does not.

    Attributes:
        id: the same in all sessions of one installation.
        software: the name of the program.
        device: the name of the device.
    """

    id: str = ""
    software: str = ""
    device: str = ""


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
        sender: the ``from`` of the client's header, ``None`` where absent.
        account: who is logged in, ``None`` before.
        mechanism: the SASL mechanism that was asked for last.
        profile: the namespace of the attempt to log in: of SASL or of SASL2.
        exchange: the SASL exchange under way.
        request: the ``<authenticate/>`` of SASL2 that it began with.
        user_agent: what the client calls itself.
        failures: failed attempts to log in.
        registrations: attempts to register an account (XEP-0077).
        origin: what the client's stream header declares.
        managed: the session that counts and keeps its stanzas, ``None`` where none does
            (XEP-0198).
    """

    def __init__(self, realm: Realm, *, tls: bool = True, secure: bool = False) -> None:
        super().__init__(realm)
        self.tls = tls
        self.secure = secure
        self.secured_by = UNSECURED
        self.sender: Address | None = None
        self.account: Account | None = None
        self.mechanism = self.profile = ""
        self.exchange: Exchange | None = None
        self.request: Element | None = None
        self.user_agent = UserAgent()
        self.failures = 0
        self.registrations = 0
        self.origin = Origin.of(Context())
        self.managed: Managed | None = None

    @abstractmethod
    def offer(self) -> None:
        """Write what may be negotiated now (RFC 6120 §4.3.2)."""

    @abstractmethod
    def inline_offer(self) -> str:
        """Return what may be asked for together with the login (XEP-0388 §2.1)."""

    @abstractmethod
    def go_in(self, account: Account, request: Element | None) -> tuple[str, list[Effect]]:
        """Become an account, then do what was asked for with the login.

        Args:
            account: whose credentials were proved.
            request: the ``<authenticate/>``.

        Returns:
            The answers for ``<success/>``, and the effects of them, which come after it.
        """

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

    def release(self) -> None:
        """Another stream goes on with the resource (XEP-0198 §5)."""
        self.resource = self.managed = None

    def lost(self) -> None:
        """The connection is gone; a session that may be resumed stays (XEP-0198 §5)."""
        if self.resource is not None and self.managed is not None and self.managed.park():
            self.release()
        super().lost()

    def end(self, condition: str, words: str = "", other: str = "") -> None:
        """See :meth:`~xmppexplore.sandbox.stream.Stream.end`."""
        self._answer_last()
        super().end(condition, words, other)

    def _close(self) -> None:
        self._answer_last()
        super()._close()

    def _answer_last(self) -> None:
        """Tell what was handled while it can be told: the client need not send it again."""
        if self.managed is not None and not self._footed:
            self.managed.answer()

    def _leave(self) -> None:
        super()._leave()
        if self.account is not None:
            self.realm.forget_guest(self.account)
