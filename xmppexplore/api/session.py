"""The session: a live connection under observation, and what can be said on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xmppexplore import names
from xmppexplore.api.answers import as_error, short, until_written
from xmppexplore.api.awaited import answers, no_answer, row_of
from xmppexplore.api.closing import Closing
from xmppexplore.api.outgoing import Outgoing, prepare, request
from xmppexplore.api.pictures import Counts, session_bundle, session_text
from xmppexplore.api.recording import Recorded, Recording
from xmppexplore.errors import UsageError
from xmppexplore.live.client import build_stanza
from xmppexplore.live.exact import ExactSender
from xmppexplore.live.loop import Pending
from xmppexplore.live.probe import watch_kernel
from xmppexplore.reading.filter import compile_match
from xmppexplore.wire.records import IN, Context

if TYPE_CHECKING:
    from xmppexplore.api.composer import Composer
    from xmppexplore.live.tap import Tap
    from xmppexplore.store.journal import Journal
    from xmppexplore.wire.element import Element

__all__ = ["Session", "sessions"]

_open: list[Session] = []


class Session(Recorded, Closing):
    """A slixmpp client or component under observation.

    ``connect``, ``sandbox.connect`` and ``observe`` make them.  Shown in a notebook it
    draws itself: address, state, what was counted, and the ladder of its login.

    Attributes:
        client: the slixmpp ``ClientXMPP`` or ``ComponentXMPP``; all of slixmpp and its
            plugins work on it, and stay observed.
        recording: what is recorded, perhaps together with other sessions.
        name: what it is called in frames and drawings.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example", contacts=True)
    >>> romeo = await sandbox.connect("romeo", resource="orchard")
    >>> juliet = await sandbox.connect("juliet")
    >>> sent = await romeo.send("<message to='juliet@capulet.example'><body>Hi</body></message>")
    >>> message = await juliet.wait_for({"kind": "message"})
    >>> message.get("from"), message.find("body").text
    ('romeo@capulet.example/orchard', 'Hi')
    >>> answer = await romeo.ask("<query xmlns='jabber:iq:roster'/>")
    >>> [item.get("jid") for item in answer.find("query").children]
    ['juliet@capulet.example']
    >>> [session.name for session in sessions()]
    ['romeo', 'juliet']
    >>> await sandbox.close()
    """

    def __init__(self, client: Any, tap: Tap, recording: Recording) -> None:
        self.client = client
        self.recording = recording
        self.name = tap.session
        self._recording = recording
        self._session_name = tap.session
        self._tap = tap
        self._sender: ExactSender | None = None
        self._loop = asyncio.get_running_loop()
        self._waited = -1
        self._closed = False
        self._counts = Counts(self)
        self._journal: Journal | None = None
        self._on_close: list[Callable[[], None]] = []
        watch_kernel(tap)
        _open.append(self)  # not weakly: what nobody holds is still connected

    # ---- what it is

    @property
    def jid(self) -> str:
        """The full address, as the server bound it (RFC 6120 §7)."""
        return str(self.client.boundjid)

    @property
    def state(self) -> str:
        """``"open"``, ``"cut"`` (may be resumed), ``"connecting"`` or ``"closed"``."""
        if self._closed:
            return "closed"
        if self.client.transport is None:
            return "connecting" if self.client.is_connecting() else "cut"
        return "open"

    @property
    def tls(self) -> str:
        """TLS version, cipher and certificate as one line; ``""`` without TLS."""
        return self._tap.tls

    @property
    def host(self) -> str:
        """Address of the server."""
        return self._tap.server[0]

    @property
    def port(self) -> int:
        """Port of the server."""
        return self._tap.server[1]

    @property
    def mechanism(self) -> str:
        """SASL mechanism of the login; ``""`` before it."""
        for mark in reversed(self._recording._log.marks):
            if mark.name == "authenticated" and mark.connection in self._connections():
                return mark.detail
        return ""

    # ---- what can be said

    def send(self, xml: Any, check: bool = True, strict: bool = False) -> Pending[Element | None]:
        """Send XML as it is given, byte for byte; resolves when the transport took it.

        A stanza is counted and kept by stream management.  A request without an ``id``
        gets one; nothing else is changed.

        Args:
            xml: text, bytes, an :class:`~xmppexplore.wire.element.Element` or an
                ElementTree element.
            check: refuse what XMPP does not allow before anything is sent; ``False``
                sends anything and marks it ``unchecked``.
            strict: refuse also what departs from the documents that define it, as
                ``check(xml)`` tells.

        Returns:
            What was sent as an element, ``None`` where it is none.

        Raises:
            MalformedXML: it is refused, with line and column; nothing was sent.
            InvalidXML: with ``strict``, it departs from its definitions; nothing was sent.
            UsageError: the session is closed, or ``strict`` without ``check``.
        """
        return Pending(
            lambda: self._send(xml, check, strict), f"{self._variable}.send(...)", "not sent"
        )

    def ask(
        self, payload: Any, to: str | None = None, type: str = "get", timeout: float = 10.0
    ) -> Pending[Element]:
        """Send a request and return its answer (RFC 6120 §8.2.3).

        The answer is told by its id and by who may give it: somebody else who guesses
        the id does not count.

        Args:
            payload: the child of the iq, or a whole iq.
            to: who is asked; one's own account where not given.
            type: ``"get"`` or ``"set"``.
            timeout: seconds.

        Returns:
            The answering iq.

        Raises:
            StanzaError: it was answered by an error.
            NoAnswer: no answer came in time.
            MalformedXML, UsageError: nothing was sent.
        """
        return Pending(
            lambda: self._ask(payload, to, type, timeout), f"{self._variable}.ask(...)", "not sent"
        )

    def wait_for(
        self, match: Any, since: int | None = None, timeout: float = 10.0
    ) -> Pending[Element]:
        """Wait until something arrives, and return it.

        It goes on after the row that the wait before returned, so nothing in between is
        missed; the first wait begins with the session.

        Args:
            match: a qualified name (``"{urn:xmpp:ping}ping"``), a dict of columns, a
                callable, or filter text.
            since: row to begin with instead.
            timeout: seconds.

        Raises:
            NoAnswer: nothing that matches came in time.
            UsageError: the match cannot be read.
        """
        wanted = compile_match(match)
        return Pending(
            lambda: self._wait_for(wanted, match, since, timeout),
            f"{self._variable}.wait_for(...)",
            "not waiting",
        )

    def close(self, wait: float = 2.0) -> Pending[None]:
        """Close the stream and leave nothing behind; what was recorded stays.

        Args:
            wait: seconds for the server's own footer (RFC 6120 §4.4).
        """
        return Pending(lambda: self._close(wait), f"{self._variable}.close()", "not closed")

    def reconnect(self, timeout: float = 20.0) -> Pending[Session]:
        """Connect again after a cut, resuming the stream where the server allows it.

        With ``sm=True`` what was not acknowledged is sent again, and nothing is lost or
        doubled (XEP-0198 §5).

        Raises:
            UsageError: the session is open or closed, or its client is not ours.
            ConnectError and the other errors of ``connect``.
        """
        from xmppexplore.api.connecting import reconnect

        return Pending(
            lambda: reconnect(self, timeout), f"{self._variable}.reconnect()", "not connected"
        )

    # ---- how it is shown

    def compose(self, xml: str = "", *, timeout: float = 10.0) -> Composer:
        """Return a composer: a cell to write XML in, send it and see what comes back.

        It checks what is written while it is written, offers templates, and shows the
        answer beside the question.

        Args:
            xml: what stands in it at first.
            timeout: seconds to wait for the answer to a request.

        Raises:
            UsageError: there is no running event loop, as a notebook has one.
        """
        from xmppexplore.api.composer import Composer

        return Composer(self, xml, timeout=timeout)

    def __repr__(self) -> str:
        return session_text(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return session_bundle(self)

    # ---- inside

    @property
    def _variable(self) -> str:
        return self.name if self.name.isidentifier() else "session"

    def _context(self) -> Context:
        namespace = getattr(self.client, "default_ns", "") or names.CLIENT
        return Context(namespace, (("stream", names.STREAMS),), "")

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError(f"this session of {self.name} is closed: connect again")
        if self.client.transport is None and not self._connections():
            raise UsageError(f"{self.name} is not connected yet: call connect() of the client")
        if self.client.transport is None and not self._resumable:
            raise UsageError(
                f"this session of {self.name} has lost its connection: connect again, or "
                f"{self._variable}.reconnect()"
            )

    def _over(self) -> bool:
        """Whether nothing more can arrive: closed, or cut with nothing to resume."""
        if self.state == "cut":
            return bool(self._connections()) and not self._resumable
        return self.state == "closed"

    @property
    def _resumable(self) -> bool:
        return not getattr(self.client, "end_session_on_disconnect", True)

    def _exact(self) -> ExactSender:
        if self._sender is None:
            self._sender = ExactSender(self.client, build_stanza)
        return self._sender

    async def _send(self, xml: Any, check: bool, strict: bool) -> Element | None:
        self._check_open()
        piece = prepare(xml, check=check, strict=strict, context=self._context())
        await self._write(piece, check)
        return piece.element

    async def _write(self, piece: Outgoing, check: bool = True) -> None:
        if not check:
            self._tap.mark("unchecked", f"{len(piece.data)} bytes")
        sender = self._exact()
        if piece.stanza and piece.element is not None:
            written = sender.stanza(piece.data, piece.element)
        else:
            written = sender.raw(piece.data)
        if self.client.transport is None:
            return  # kept by stream management until the stream is resumed
        await until_written(written, self.client)

    async def _ask(self, payload: Any, to: str | None, type: str, seconds: float) -> Element:
        self._check_open()
        piece = request(payload, to=to, type=type, context=self._context())
        assert piece.element is not None
        asked = piece.element
        columns = self._recording._columns
        first = columns.settle()
        await self._write(piece)
        row = await row_of(self, answers(self, asked), first, seconds)
        if row < 0:
            who = str(asked.get("to", "")) or "the server"
            raise no_answer(self, f"{who} did not answer {asked.get('id')}", seconds)
        answer = columns.element(row)
        if answer.get("type") == "error":
            raise as_error(answer, asked)
        return answer

    async def _wait_for(
        self, wanted: Callable[..., bool], match: Any, since: int | None, seconds: float
    ) -> Element:
        columns = self._recording._columns

        def fits(row: int) -> bool:
            return self._incoming(row) and wanted(columns, row)

        first = self._waited + 1 if since is None else since
        row = await row_of(self, fits, first, seconds)
        if row < 0:
            raise no_answer(self, f"nothing matched {short(match)}", seconds)
        self._waited = row
        return columns.element(row)

    def _incoming(self, row: int) -> bool:
        connection, direction, _, _ = self._recording._columns.span(row)
        log = self._recording._log
        return direction == IN and log.connections[connection].session == self.name

    async def _close(self, wait: float) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if hasattr(self.client, "shut"):
                await self.client.shut(wait)
            elif self.client.transport is not None:
                await self.client.disconnect(wait=wait)
        finally:
            watch_kernel(self._tap, on=False)
            if self._sender is not None:
                self._sender.remove()
            if self.client.transport is None:
                self._tap.remove()  # so that a client of one's own can be observed again
            _open[:] = [session for session in _open if session is not self]
            for call in self._on_close:
                call()
            self._on_close.clear()


def sessions() -> list[Session]:
    """Return the sessions that are not closed, oldest first."""
    # A loop that is closed has taken its sessions with it.
    _open[:] = [session for session in _open if not session._loop.is_closed()]
    return [session for session in _open if not session._closed]
