"""One client's stream without its negotiation: bytes cut into items, errors and endings.

:class:`Stream` knows how a stream begins, breaks and ends (RFC 6120 §4); what headers,
stanzas and other elements mean is said by the :class:`~xmppexplore.sandbox.machine.Machine`
that is made of it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Final, Literal, TypeAlias

from xmppexplore.errors import MalformedXML, StreamError
from xmppexplore.sandbox import header
from xmppexplore.sandbox.conditions import stream_error
from xmppexplore.sandbox.effects import Close, Effect
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.resources import Resource
from xmppexplore.wire.records import (
    FOOTER,
    HEADER,
    NONZA,
    STANZA_KINDS,
    WHITESPACE,
    Broken,
    Item,
)
from xmppexplore.wire.splitter import Splitter

__all__ = ["Phase", "Stream"]

Phase: TypeAlias = Literal["opening", "securing", "login", "sasl", "binding", "ready", "ended"]
"""``opening``: a header is awaited.  ``securing``: TLS is.  ``login``: features were sent,
nobody is authenticated.  ``sasl``: within an exchange.  ``binding``: authenticated.
``ready``: stanzas flow.  ``ended``: whatever comes is ignored."""

_BROKEN: Final = {  # the rule that was broken -> RFC 6120 §4.9.3
    "RFC 6120 §11.1": "restricted-xml",
    "RFC 6120 §11.6": "unsupported-encoding",
    "RFC 6120 §11.7": "bad-format",
    "RFC 6120 §13.12": "policy-violation",
}
_ILL_FORMED: Final = "RFC 6120 §11.3"
_LONGEST_CHARACTER: Final = 4  # bytes, in UTF-8
_ATTRIBUTE: Final = re.compile(rb"=[ \t\r\n]*+['\"]")  # text may hold the same, a little


class Stream(ABC):
    """The server's side of one stream, restarts included.

    Args:
        realm: what is behind it.

    Attributes:
        phase: see :data:`Phase`.
        resource: the bound resource, ``None`` before.
        number: number of its connection; whoever carries it sets it.
        taken: offset of the end of the item being handled, in all that the client has sent.
        now: when the last bytes came, in seconds since 1970 (UTC).
        authenticated: whether the client has proved who it is; larger elements are then
            taken from it.
    """

    phase: Phase
    _splitter: Splitter
    _held: bytearray  # the bytes of an unfinished item, from _base on
    _base: int
    _fed: int

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.resource: Resource | None = None
        self.authenticated = False
        self._headed = False  # whether our header of the current stream is out
        self._footed = False  # whether our footer is
        self._outbox: list[Effect] = []
        self.number = -1
        self.taken = 0
        self.now = 0.0
        self._carried = 0  # bytes taken before the last restart
        self.restart()

    @abstractmethod
    def _header(self, item: Item, raw: bytes) -> None:
        """Answer a stream header."""

    @abstractmethod
    def _stanza(self, item: Item, raw: bytes) -> None:
        """Take a message, presence or iq."""

    @abstractmethod
    def _nonza(self, item: Item, raw: bytes) -> None:
        """Take any other first-level element."""

    @abstractmethod
    def _refuse_early(self, behind: bytes) -> None:
        """Go on to TLS, or refuse to for the bytes that stand behind the request for it."""

    # --- what the outside calls

    def receive(self, data: bytes, now: float) -> int:
        """Take bytes from the client.

        Args:
            data: what came, at least one byte.
            now: seconds since 1970 (UTC).

        Returns:
            How many bytes were used.  Fewer than all where the stream restarts behind
            them: carry out the effects so far, then call again with the rest.
        """
        if self.phase in ("ended", "securing"):
            return len(data)
        self.now = now
        before, start = self._fed, self._base
        self._fed += len(data)
        last = bytes(self._held[-1:])
        buffer: bytes | bytearray = data
        if self._held:
            self._held += data
            buffer = self._held
        base, splitter = self._fed - len(buffer), self._splitter
        for item in splitter.feed(data):
            self.taken = self._carried + item.end
            if item.kind == WHITESPACE:  # each byte is an item: by the million it takes time
                start = item.end
                continue
            self._take(item, bytes(buffer[start - base : item.end - base]))
            start = item.end
            if self._splitter is not splitter:
                return start - before
            if self.phase == "securing":
                self._refuse_early(data[start - before :])
            if self.phase in ("ended", "securing"):
                return len(data)
        self._count(last, data[max(start - before, 0) :], afresh=start > self._base)
        if start < self._fed and buffer is data:
            self._held = bytearray(data[start - before :])
        else:
            del self._held[: start - base]
        self._base = start
        self._check_unfinished()
        return len(data)

    def lost(self) -> None:
        """The connection is gone; contacts see the resource become unavailable."""
        self.phase = "ended"
        self._footed = True
        self._leave()

    def take(self) -> list[Effect]:
        """Return what is to be done now, in order, and forget it."""
        taken, self._outbox = self._outbox, []
        self.realm.pending.pop(self, None)
        return taken

    # --- what the realm calls

    def send(self, data: bytes) -> None:
        """Write whole first-level elements; nothing is written once the stream is ending."""
        if not self._footed:
            self.emit(data)

    def emit(self, effect: Effect) -> None:
        """Hand an effect to the outside, in order with what is written."""
        if not self._outbox:
            self.realm.pending[self] = None
        self._outbox.append(effect)

    def end(self, condition: str, words: str = "", other: str = "") -> None:
        """End the stream with a stream error (RFC 6120 §4.9.1).

        Args:
            condition: a key of :data:`~xmppexplore.sandbox.conditions.STREAM_CONDITIONS`,
                which says when each is due; whoever runs the server may end a stream with
                any, for example ``reset``, ``host-gone`` or ``see-other-host``.
            words: a text for people, in English.
            other: the host to go to instead, with ``see-other-host``.
        """
        if self._footed:
            return
        if not self._headed:  # an error needs a stream to stand in (§4.9.1.2)
            self.write(header.response(self.realm.domain, self.realm.tokens(), None))
        self.write(stream_error(condition, words, other) + "</stream:stream>")
        self.finish(condition)

    # --- inside

    def restart(self) -> None:
        """Expect a header; bytes are counted from here."""
        self._carried = self.taken
        # One more than allowed, so that a whole element of the allowed size fits.
        self._splitter = Splitter(max_item_bytes=self.realm.limits.stanza_bytes + 1)
        if self._carried:  # white space may follow what the restart was asked for with
            self._splitter.restart()
        self._held = bytearray()
        self._base = self._fed = 0
        self._begun = 0  # elements begun in the unfinished item
        self._headed = False
        self.phase = "opening"

    def _check_unfinished(self) -> None:
        """End the stream for what came of an item that is not whole, or of all items."""
        splitter, limits = self._splitter, self.realm.limits
        if splitter.error is not None:
            self._broken(splitter.error)
        elif splitter.pending > self._limit:
            self.end("policy-violation", f"more than {self._limit} bytes in one element")
        elif self._begun > limits.elements:
            self.end("policy-violation", f"more than {limits.elements} elements")
        elif not self.authenticated and self._carried + self._fed > limits.stranger_bytes:
            words = f"more than {limits.stranger_bytes} bytes before login"
            self.end("policy-violation", words)

    def _count(self, last: bytes, data: bytes, *, afresh: bool) -> None:
        """Count the elements of the unfinished item: each that is open takes memory.

        Args:
            last: the byte before, where it belongs to the item.
            data: what came of the item.
            afresh: whether the item begins with it.
        """
        if afresh:
            self._begun, last = 0, b""
        self._begun += data.count(b"<") - (last + data).count(b"</")

    @property
    def _limit(self) -> int:
        limits = self.realm.limits
        return limits.stanza_bytes if self.authenticated else limits.login_bytes

    def _take(self, item: Item, raw: bytes) -> None:
        """Take one item; whatever is wrong with it ends the stream."""
        kind = item.kind
        try:
            self._check_size(raw)
            if kind in STANZA_KINDS:
                self._stanza(item, raw)
            elif kind == NONZA:
                self._nonza(item, raw)
            elif kind == HEADER:
                self._header(item, raw)
            elif kind == FOOTER:
                self._close()
            else:
                raise stream_fault("bad-format", "what came cannot be read")
        except StreamError as fault:
            self.end(fault.condition, fault.text)
        except MalformedXML as fault:  # to the splitter it was sound: it is nested too deep
            self.end("policy-violation", str(fault))

    def _check_size(self, raw: bytes) -> None:
        """Refuse what would take too much memory, before anything is made of it (§13.12)."""
        elements = self.realm.limits.elements
        if len(raw) > self._limit:
            raise stream_fault("policy-violation", f"more than {self._limit} bytes")
        # An element takes four bytes at least; "<" stands for text only in CDATA sections.
        if len(raw) > 4 * elements and raw.count(b"<") - raw.count(b"</") > elements:
            raise stream_fault("policy-violation", f"more than {elements} elements")
        attributes = self.realm.limits.attributes
        if len(raw) > 5 * attributes and _attributes(raw, attributes) > attributes:
            raise stream_fault("policy-violation", f"more than {attributes} attributes")

    def _broken(self, broken: Broken) -> None:
        """End the stream for bytes that cannot be read (RFC 6120 §4.9.3)."""
        condition = _BROKEN.get(broken.section, "not-well-formed")
        # Text outside of elements is refused at its first byte, before it can be told
        # whether the bytes after it would have completed a character.
        if broken.section == _ILL_FORMED and self._misencoded(broken.offset):
            condition = "unsupported-encoding"
        self.end(condition, broken.reason)

    def _misencoded(self, offset: int) -> bool:
        """Tell whether the bytes are ill-formed at ``offset`` because they are no UTF-8."""
        at = offset - self._base
        try:
            self._held[at : at + _LONGEST_CHARACTER].decode()
        except UnicodeDecodeError as error:
            return error.start == 0
        return False

    def _close(self) -> None:
        """Answer the closing of the stream with ours (RFC 6120 §4.4)."""
        if not self._footed:
            self.write("</stream:stream>")
            self.finish("")

    def finish(self, condition: str) -> None:
        """Everything is written: leave the realm and have the connection closed."""
        self._footed = True
        self.phase = "ended"
        self._leave()
        self.emit(Close(condition))

    def _leave(self) -> None:
        resource, self.resource = self.resource, None
        if resource is not None:
            self.realm.leave(resource)

    def write(self, written: str) -> None:
        """Write text of the stream itself, also where it is ending."""
        self.emit(written.encode())


def _attributes(raw: bytes, enough: int) -> int:
    """Return how many attributes there are; whoever has no more than enough is not counted."""
    if raw.count(b"=") <= enough:
        return 0
    return sum(1 for _ in _ATTRIBUTE.finditer(raw))
