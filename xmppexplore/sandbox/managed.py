"""A managed stream: what was sent is kept until the client says that it has it (XEP-0198).

:class:`Managed` stands right before the stream of its resource, so that it counts what is
written, in the order in which it is.  It outlives the stream: without one it is *parked*,
and what comes for the resource waits in it for a stream that resumes the session.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.delay import delayed
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.resources import Layer, Outlet, Resource
from xmppexplore.sandbox.returned import read
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import FORGETFUL, Table
from xmppexplore.wire.records import IQ, MESSAGE

__all__ = [
    "COPIES",
    "COUNTER",
    "TRANSIENT",
    "UNACKNOWLEDGED",
    "Managed",
    "Sent",
    "Sessions",
    "TooHigh",
]

UNACKNOWLEDGED: Final = Table("unacknowledged", ("session", "position"), ("stanza", "at"))
"""Messages that were written and not acknowledged: after a crash of the server they are all
that is left of them, since their senders may have been told that they are handled."""

COUNTER: Final = 2**32
"""Counters begin again at zero when they reach it (§4)."""

_REQUEST: Final = f"<r xmlns='{names.STREAM_MANAGEMENT}'/>".encode()
_FORGOTTEN: Final = 10  # sessions of one account that are over, whose count is still known

COPIES: Final = frozenset(names.qualified(names.CARBONS, name) for name in ("sent", "received"))
"""Clark names of what wraps a copy of a message (XEP-0280)."""

TRANSIENT: Final = frozenset({"groupchat", "headline", "error"})
"""Types of messages that are never stored (XEP-0160 §3)."""


class TooHigh(Exception):
    """The client acknowledges more than was sent; ``.sent`` says how much was."""

    def __init__(self, sent: int) -> None:
        super().__init__(sent)
        self.sent = sent


class Sent:
    """A stanza that is not acknowledged yet.

    Attributes:
        data: its bytes, as written.
        at: when it was sent, in seconds since 1970 (UTC).
        number: its row in the storage, -1 where it has none.
        stanza: the message whose delivery it is, where that is known.
    """

    __slots__ = ("at", "data", "number", "stanza")

    def __init__(self, data: bytes, at: float, number: int) -> None:
        self.data = data
        self.at = at
        self.number = number
        self.stanza: Stanza | None = None


class Sessions:
    """The managed sessions of one account.

    Attributes:
        live: those that go on, by their id (the XEP's SM-ID).
        over: how many stanzas some that are over had handled, by their id.
    """

    def __init__(self) -> None:
        self.live: dict[str, Managed] = {}
        self.over: dict[str, int] = {}

    @staticmethod
    def of(account: Account) -> Sessions:
        """Return those of an account."""
        sessions: Sessions = account.notes.setdefault("management", Sessions())
        return sessions

    def parked(self) -> list[Managed]:
        """Return those that wait for a stream, the longest waiting first."""
        waiting = [one for one in self.live.values() if one.parked]
        return sorted(waiting, key=lambda one: one.parked_at)

    def close(self, session: Managed) -> None:
        """Let a session go, and remember how much it had handled (§5)."""
        if self.live.pop(session.id, None) is not None:
            self.over[session.id] = session.handled
            while len(self.over) > _FORGOTTEN:
                del self.over[next(iter(self.over))]


class Managed(Layer):
    """The session of a resource whose stream is managed.

    Args:
        realm: the server.
        resource: whose stream it is.
        stream: the stream.
        seconds: for how long the session outlives a stream that breaks; 0 for not at all.

    Attributes:
        id: names the session, unguessable.
        resource: see above.
        seconds: see above.
        handled: stanzas that the client sent and that were handled (§4).
        parked_at: since when, in seconds since 1970 (UTC).
        queue: what was sent and is not acknowledged, in order.
    """

    def __init__(self, realm: Realm, resource: Resource, stream: Outlet, seconds: float) -> None:
        super().__init__(stream)
        self.realm = realm
        self.resource = resource
        self.seconds = seconds
        self.id = realm.tokens()
        self.handled = 0
        self.parked_at = 0.0
        self.queue: deque[Sent] = deque()
        self._account = realm.accounts[resource.address.local]
        self._acknowledged = 0  # the counter that the client gave last
        self._sent = 0  # all that was ever sent
        self._requested = 0  # how much of it when an acknowledgement was asked for
        self._asked = False  # whether that is open
        self._bytes = 0
        self._ending = False  # it is going to be ended
        self._closed = False
        self._forget: Callable[[], None] | None = None
        Sessions.of(self._account).live[self.id] = self

    def __repr__(self) -> str:
        state = "parked" if self.parked else "connected"
        return f"<Managed {self.resource.address}: {state}, {len(self.queue)} unacknowledged>"

    @property
    def parked(self) -> bool:
        """Whether it waits for a stream."""
        return self.resource.parked

    # --- out

    def send(self, data: bytes) -> None:
        """Write a stanza and keep it; ask for an acknowledgement where none is asked for.

        So there is never more than one request under way, and never none while something
        is unacknowledged.  A client that does not answer is left in peace: it may be a
        kernel that is busy.
        """
        if self._closed:
            return
        now = self.realm.clock()
        number = self._keep(data, now)
        self.queue.append(Sent(data, now, number))
        self._sent += 1
        self._bytes += len(data)
        if not self.parked:
            self.below.send(data)
            self._request()
        limits = self.realm.limits
        if len(self.queue) > limits.unacknowledged or self._bytes > limits.unacknowledged_bytes:
            self._overflow()

    def _keep(self, data: bytes, now: float) -> int:
        """Put a message into the storage, and return its row."""
        if self.realm.storage is FORGETFUL:
            return -1
        item = read(data)
        if item is None or item.kind != MESSAGE:
            return -1
        if item.type in TRANSIENT or item.payload in COPIES:
            return -1
        local = self._account.address.local
        self.realm.storage.put(UNACKNOWLEDGED, local, self.id, self._sent, data, now)
        return self._sent

    def note(self, stanza: Stanza, data: bytes) -> None:
        """Remember whose delivery the last stanza is, if these are its bytes.

        They are not where a layer before this one holds them back.
        """
        if self.queue and self.queue[-1].data == data:
            self.queue[-1].stanza = stanza

    def _request(self) -> None:
        if not self._asked and self._sent > self._requested:
            self._asked = True
            self._requested = self._sent
            self.below.send(_REQUEST)

    def _overflow(self) -> None:
        """End a session whose client takes everything and acknowledges nothing.

        Not at once: whoever sends is in the middle of telling many.
        """
        if not self._ending:
            self._ending = True
            words = f"{len(self.queue)} stanzas are not acknowledged"
            self.realm.schedule(0.0, lambda: self.end("policy-violation", words))

    # --- in

    def count(self) -> None:
        """A stanza of the client is handled."""
        self.handled = (self.handled + 1) % COUNTER

    def answer(self) -> None:
        """Tell how many stanzas of the client were handled (§4)."""
        self.below.send(f"<a xmlns='{names.STREAM_MANAGEMENT}' h='{self.handled}'/>".encode())

    def acknowledge(self, handled: int) -> None:
        """Let go of what the client has.

        Args:
            handled: the counter that it gave.

        Raises:
            TooHigh: so many were not sent.
        """
        fresh = (handled - self._acknowledged) % COUNTER
        if fresh > len(self.queue):
            raise TooHigh((self._acknowledged + len(self.queue)) % COUNTER)
        for _ in range(fresh):
            self._drop(self.queue.popleft())
        self._acknowledged = handled

    def acknowledged(self, handled: int) -> None:
        """Take an ``<a/>``: as :meth:`acknowledge`; what was sent since is asked for."""
        self.acknowledge(handled)
        self._asked = False
        if self.queue:
            self._request()

    def _drop(self, sent: Sent) -> None:
        self._bytes -= len(sent.data)
        if sent.number >= 0:
            local = self._account.address.local
            self.realm.storage.drop(UNACKNOWLEDGED, local, self.id, sent.number)

    # --- streams come and go

    def park(self) -> bool:
        """Go on without a stream, for a while; ``False`` where that was not asked for (§5)."""
        if self.seconds <= 0:
            return False
        waiting = Sessions.of(self._account).parked()
        while len(waiting) >= max(self.realm.limits.parked, 1):
            waiting.pop(0).end("resource-constraint")
        self.resource.parked, self.parked_at = True, self.realm.clock()
        self._asked = False
        self._forget = self.realm.schedule(self.seconds, self._expire)
        self.realm.announce("parked", self.resource)
        return True

    def resume(self, stream: Outlet) -> None:
        """Go on with another stream (§5)."""
        if self._forget is not None:
            self._forget()
            self._forget = None
        self.resource.parked = self._asked = False
        self.below = stream

    def send_again(self) -> None:
        """Write what was sent and not acknowledged, in order, and when it came (§5)."""
        for sent in self.queue:
            item = read(sent.data)
            again = item is not None and item.kind != IQ
            domain = self.realm.domain
            self.below.send(delayed(sent.data, sent.at, domain) if again else sent.data)
        self._requested = 0
        if self.queue:
            self._request()
        self.realm.announce("resumed", self.resource)

    def end(self, condition: str, words: str = "") -> None:
        """End the session, with a stream error where there is a stream."""
        if self.parked:
            self._expire()
        else:
            self.below.end(condition, words)

    def _expire(self) -> None:
        """Nobody resumed it: the resource is gone."""
        if self.id in Sessions.of(self._account).live:
            self.realm.leave(self.resource)

    def close(self) -> list[Sent]:
        """The resource is gone: forget the session, and return what nobody acknowledged."""
        if self._forget is not None:
            self._forget()
            self._forget = None
        Sessions.of(self._account).close(self)
        self.realm.storage.drop(UNACKNOWLEDGED, self._account.address.local, self.id)
        left = list(self.queue)
        self.queue.clear()
        self._closed = True
        return left
