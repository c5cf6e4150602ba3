"""The composer: XML written in a cell, checked while it is written, sent and answered."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.awaited import answers, row_of
from xmppexplore.api.composing import (
    Sent,
    Verdict,
    completed,
    covered,
    error_words,
    explained,
    judge,
    template_groups,
    warm,
)
from xmppexplore.api.on_page import EVENTS, OnPage
from xmppexplore.api.outgoing import prepare
from xmppexplore.api.panels import item_detail
from xmppexplore.errors import UsageError, XmppExploreError
from xmppexplore.names import STREAMS
from xmppexplore.reading.busy import BusySpans
from xmppexplore.reading.exchanges import bare, may_answer
from xmppexplore.views.composer import ComposerWidget
from xmppexplore.wire.records import OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas

    from xmppexplore.api.session import Session
    from xmppexplore.wire.element import Element
    from xmppexplore.wire.records import Context

__all__ = ["Composer"]

MOST: Final = 100
"""What was sent is remembered up to this many."""

LATE: Final = 5.0
"""Seconds in which an error to a message or presence, or the end of the stream, is awaited."""

SETTLED: Final = 0.15
"""Seconds after an answer in which the probe says whether the kernel was busy before it."""


STATES: Final = {"cut": "connection lost"}
"""State of a session -> the words for it, where they are others."""

REQUESTS: Final = frozenset({"get", "set"})

COLUMNS: Final = {
    "number": "integer",
    "time": "time",
    "what": "category",
    "outcome": "category",
    "condition": "category",
    "round_trip": "duration",
    "request": "row",
    "response": "row",
    "xml": "text",
}
"""Columns of :attr:`Composer.history` -> what they are."""

PLAIN: Final = "Composer. Run the cell again for a live one."


class Composer(OnPage):
    """A cell to write XML in, send it, and see what comes back; ``session.compose()`` makes it.

    It is checked while it is written, and nothing is sent on an error unless a person
    insists.  Several views of one composer share what was sent.  What is typed may hold a
    password: it is in no output, widget state or file.

    Args:
        session: on which it is sent.
        xml: what stands in it at first.
        timeout: seconds to wait for the answer to a request.

    Raises:
        UsageError: there is no running event loop, as a notebook has one.
    """

    def __init__(self, session: Session, xml: str = "", *, timeout: float = 10.0) -> None:
        if not isinstance(xml, str):
            raise UsageError(f"compose({type(xml).__name__}): give the XML as text")
        if not session._loop.is_running():
            raise UsageError("a composer needs a notebook, or another running event loop")
        self.session = session
        self._text = xml
        self._timeout = timeout
        self._history: deque[Sent] = deque(maxlen=MOST)
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._widget = ComposerWidget(
            state=self._state,
            text=lambda: self._text,
            judge=self._judge,
            send=self._send,
            history=lambda: [sent.model() for sent in self._history],
            look=self._look,
            explain=self._explain,
            complete=lambda text: completed(text, self._context),
            templates=lambda: template_groups(session.client.boundjid.domain),
            loop=session._loop,
            plain=PLAIN,
        )
        session._on_close.append(self._widget.show_state)
        for event in EVENTS:
            session.client.add_event_handler(event, self._changed)
        session._loop.call_soon_threadsafe(self._warm)

    # ---- what a person holds

    @property
    def text(self) -> str:
        """What was typed last, in whichever view; setting it puts it into every view."""
        return self._text

    @text.setter
    def text(self, xml: str) -> None:
        self._text = xml
        self._widget.show_text()

    @property
    def history(self) -> pandas.DataFrame:
        """What was sent from here, newest first; the last hundred.

        Columns: number, time, what, outcome (``result``, ``error``, ``timeout``,
        ``written`` ...), condition, round_trip, request and response (rows of ``.wire``),
        xml (with its secrets covered).
        """
        from xmppexplore.store.tables import frame

        return frame(
            COLUMNS,
            [
                (
                    *(sent.number, sent.at, sent.kind, sent.state, sent.condition),
                    *(sent.took, sent.request, sent.response),
                    covered(sent.text, self._context),
                )
                for sent in self._history
            ],
        )

    def close(self) -> None:
        """Take the composer off the page; what it waits for is given up, the session stays."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._widget.show_state in self.session._on_close:
            self.session._on_close.remove(self._widget.show_state)
        for event in EVENTS:
            self.session.client.del_event_handler(event, self._changed)
        self._widget.close()

    def __repr__(self) -> str:
        return f"<Composer of {self.session.name}: {self._count} sent>"

    # ---- what a view asks for

    @property
    def _context(self) -> Context:
        return self.session._context()

    def _warm(self) -> None:
        if not self._closed:
            task = self.session._loop.create_task(warm())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _changed(self, _: Any = None) -> None:
        # In the next turn: the client tells of the end before it is over.
        loop = self.session._loop
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._widget.show_state)

    def _state(self) -> dict[str, Any]:
        session = self.session
        why, may = "", True
        connected = session.state == "open"
        try:
            session._check_open()
        except UsageError as error:
            why, may = str(error)[:1].upper() + str(error)[1:], False
        if may and not connected:
            back = f"{session._variable}.reconnect()"
            why = f"What is sent now is kept until {back} resumes the stream."
        return {
            "name": session.name,
            "status": session.jid if connected else STATES.get(session.state, session.state),
            "open": may,
            "connected": connected,
            "why": why,
        }

    def _judge(self, text: str) -> dict[str, Any]:
        self._text = text
        return judge(text, self._context).model()

    def _send(self, text: str, insist: str) -> tuple[dict[str, Any], int]:
        """Send a text, unless there is something against it that was not insisted on."""
        self._text = text
        verdict = judge(text, self._context)
        self.session._check_open()
        # Too long a text is broken too, but has no warning: nobody can insist on it.
        may = verdict.state == "good" or (verdict.state == insist and verdict.warning)
        if not may:
            return verdict.model(), 0
        self._count += 1
        sent = Sent(self._count, time.time_ns(), verdict.kind or "not well-formed", text)
        self._history.appendleft(sent)
        self._widget.show_entry(sent.model())
        task = self.session._loop.create_task(self._follow(sent, verdict))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, sent))
        return verdict.model(), sent.number

    def _ended(self, task: asyncio.Task[None], sent: Sent) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            self._tell(sent, "lost", "given up: the composer was closed")
        elif (error := task.exception()) is not None:
            ours = isinstance(error, XmppExploreError)
            words = str(error) if ours else f"{type(error).__name__}: {error}"
            self._tell(sent, "failed" if sent.request < 0 else "lost", words)

    def _tell(self, sent: Sent, state: str, words: str) -> None:
        sent.state, sent.words = state, words
        self._widget.show_entry(sent.model())

    def _look(self, number: int) -> dict[str, Any]:
        sent = self._find(number)
        found: dict[str, Any] = {"text": sent.text, "pretty": "", "title": ""}
        if sent.response >= 0:
            detail = item_detail(self.session.recording, sent.response)
            found.update(pretty=detail["pretty"], title=detail["title"], note=detail["note"])
        return found

    def _explain(self, number: int) -> dict[str, Any]:
        sent = self._find(number)
        if sent.response < 0:
            raise UsageError("there is no answer that could be explained")
        return explained(self.session.recording._columns.element(sent.response))

    def _find(self, number: int) -> Sent:
        for sent in self._history:
            if sent.number == number:
                return sent
        raise UsageError(f"number {number} is no longer remembered: the last {MOST} are")

    # ---- from being written to the answer

    async def _follow(self, sent: Sent, verdict: Verdict) -> None:
        session, columns = self.session, self.session.recording._columns
        sound = verdict.state != "broken"
        session._check_open()
        piece = prepare(sent.text, check=sound, context=self._context)
        sent.note = piece.changed
        first = columns.settle()
        try:
            async with asyncio.timeout(self._timeout):
                await session._write(piece, sound)
        except TimeoutError:
            self._tell(sent, "failed", f"not written within {self._timeout:g} s")
            return
        sent.request = self._written(piece.data, first)
        element = piece.element
        if not sound:
            self._tell(sent, "written", "the server may end the stream for it")
            await self._await_end(sent, first)
        elif element is not None and piece.stanza and _is_request(element):
            await self._await_answer(sent, element, first)
        elif element is not None and piece.stanza:
            self._tell(sent, "written", "no answer is due")
            await self._await_error(sent, element, first)
        else:
            self._tell(sent, "written", "")

    def _written(self, data: bytes, first: int) -> int:
        """Return the row of what was just written, -1 where it made none of its own."""
        recording = self.session.recording
        columns, connections = recording._columns, recording._log.connections
        taken = {sent.request for sent in self._history}  # the same may be sent twice at once
        written = data.strip()  # white space around an item is a row for itself
        with columns.lock:
            for row in range(max(first, columns.first), columns.settle()):
                connection, direction, _, _ = columns.span(row)
                own = direction == OUT and connections[connection].session == self.session.name
                if own and row not in taken and columns.item(row) == written:
                    return row
        return -1

    async def _await_answer(self, sent: Sent, asked: Element, first: int) -> None:
        who = asked.get("to") or "the server"
        self._tell(sent, "waiting", f"waiting for {who} to answer")
        row = await row_of(self.session, answers(self.session, asked), first, self._timeout)
        if row >= 0:
            self._answered(sent, row)
        elif self.session._over():
            self._tell(sent, "lost", "the session ended before an answer came")
        else:
            later = "it may come yet, and will stand in .exchanges"
            self._tell(sent, "timeout", f"no answer within {self._timeout:g} s; {later}")

    async def _await_error(self, sent: Sent, said: Element, first: int) -> None:
        row = await row_of(self.session, self._refusals(said), first, LATE)
        if row >= 0:
            self._answered(sent, row)
        elif not self.session._over():
            self._tell(sent, "written", f"no error came back within {LATE:g} s")

    def _refusals(self, said: Element) -> Callable[[int], bool]:
        """Return what tells whether a row is an error to a message or presence."""
        session, columns = self.session, self.session.recording._columns
        recipient, own_id = said.get("to") or "", said.get("id") or ""
        # Servers answer for the address itself (RFC 6120 §8.3.1), some in their own name.
        names = {recipient, bare(recipient), bare(recipient).rpartition("@")[2]}

        def fits(row: int) -> bool:
            if columns.value(row, "kind") != said.name or columns.value(row, "type") != "error":
                return False
            sender = columns.value(row, "sender")
            known = sender in names or may_answer(recipient, sender, session.jid)
            return known and columns.ids[row] == own_id and session._incoming(row)

        return fits

    async def _await_end(self, sent: Sent, first: int) -> None:
        session, columns = self.session, self.session.recording._columns

        def fits(row: int) -> bool:
            return (
                columns.value(row, "kind") == "nonza"
                and columns.value(row, "name") == "error"
                and columns.value(row, "namespace") == STREAMS
                and session._incoming(row)
            )

        row = await row_of(session, fits, first, LATE)
        if row >= 0:
            self._answered(sent, row)
        elif session._over():
            self._tell(sent, "lost", "the server ended the stream")
        else:
            waits = "it may be waiting for the rest of it"
            self._tell(sent, "written", f"the server said nothing within {LATE:g} s; {waits}")

    def _answered(self, sent: Sent, row: int) -> None:
        columns = self.session.recording._columns
        sent.response = row
        if sent.request >= 0:
            sent.took = columns.at(row) - columns.at(sent.request)
            asked = columns.at(sent.request)
            self.session._loop.call_later(SETTLED, self._bound, sent, asked)
        answer = columns.element(row)
        if columns.value(row, "type") != "error" and answer.namespace != STREAMS:
            self._tell(sent, "result", "answered")
            return
        sent.condition, sent.meaning = error_words(answer)
        ends = answer.namespace == STREAMS
        self._tell(sent, "error", "the server ended the stream" if ends else "answered by an error")

    def _bound(self, sent: Sent, asked: int) -> None:
        """Say that a latency is an upper bound, where the kernel was busy in it."""
        columns = self.session.recording._columns
        spans = BusySpans()
        for mark in columns.marks:
            if mark.name == "kernel busy":
                spans.add(mark.at, mark.detail)
        if spans.touches(asked, asked + sent.took):
            sent.upper_bound = True
            self._widget.show_entry(sent.model())


def _is_request(element: Element) -> bool:
    return element.name == "iq" and element.get("type") in REQUESTS
