"""What every widget here is built on: its JavaScript, and its line to the browser.

Text from the wire travels as custom messages only, never as a synced trait, so that a saved
notebook or widget state holds none of it.  A message from the browser may arrive on any
thread (kernel subshells), so each is handed to the loop that the session lives on; what goes
wrong there is told in the widget, since an exception in a callback shows nothing anywhere.

Each widget's module text is put together here: anywidget takes one text per widget,
widgets share ``shared.js`` and ``inspector.js``, and there is no build step.
"""

from __future__ import annotations

from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import anywidget
import traitlets

from xmppexplore.views.rowpack import sendable

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Mapping

STATIC = Path(__file__).parent / "static"

SLICE = 32_768
"""Bytes, or characters, of one item sent at a time.

Jupyter Server drops messages of a kernel beyond 1 MB/s (``iopub_data_rate_limit``), so a
2 MB body must not travel at once; the browser asks for what it shows.
"""


class Detail(TypedDict, total=False):
    """What the callable ``detail(row)`` returns for the inspector.

    Attributes:
        pretty: the item as indented XML, redacted.
        data: the item's exact bytes, ``tape[start:end]``; where a secret is redacted,
            filler of the same length.
        start: offset of its first byte in the tape.
        end: offset behind its last byte.
        tape: the expression that gives the tape, for example ``tape("out", connection=0)``.
        title: one line naming the item.
        facts: (label, value) pairs shown above, for example ``("time", "...")``.
        note: a sentence about what is shown, for example that a password is redacted.
    """

    pretty: str
    data: bytes
    start: int
    end: int
    tape: str
    title: str
    facts: list[tuple[str, str]]
    note: str


def module_text(*names: str) -> str:
    """Join files of ``static/`` into one text, in the given order."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


class Messenger(anywidget.AnyWidget):
    """A widget that talks with its views by message, on the session's loop.

    Args:
        loop: the asyncio loop that the session lives on; everything is called there.
        plain: the output's text where no widget can be shown: in a reopened or exported
            notebook, in a terminal.
        traits: values of the synced traits.
    """

    def __init__(self, *, loop: AbstractEventLoop, plain: str, **traits: Any) -> None:
        self._loop = loop
        self._plain = plain
        # What a view asks for is done in the context of the cell that made the widget: what
        # is printed comes there, and no task keeps the kernel's copy of the message.
        self._context = copy_context()
        super().__init__(**traits)
        self.on_msg(self._arrived)

    def tell(
        self, view: str, op: str, content: Mapping[str, Any], buffers: list[bytes] | None = None
    ) -> None:
        """Send one message to one view, or to all under the name ``"*"``."""
        self.send({"to": view, "op": op, **content}, buffers)

    def trouble(self, view: str, error: Exception) -> None:
        """Show an error where the person looks."""
        self.tell(view, "trouble", {"text": sendable(f"{type(error).__name__}: {error}", 500)})

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop.  Subclasses add their own ops."""

    def _arrived(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        """Take a message on whatever thread it comes, and hand it to the loop."""
        view = str(content.get("view", ""))

        def guarded() -> None:  # a closure: a loop in debug mode logs the arguments of a call
            self._guarded(view, content)

        try:
            self._loop.call_soon_threadsafe(guarded, context=self._context.copy())
        except RuntimeError:  # the loop is closed: the session ended with it
            self.tell(view, "trouble", {"text": "The session's event loop has ended."})

    def _guarded(self, view: str, content: Mapping[str, Any]) -> None:
        if self.comm is None:
            return  # closed while the message waited for its turn
        try:
            self.receive(view, content)
        except Exception as error:  # noqa: BLE001 - nobody awaits this: the widget tells it
            self.trouble(view, error)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Give the widget a text that stands alone where the widget cannot be shown."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": self._plain}, metadata


class Bridge(Messenger):
    """A widget whose rows and details are told by message.

    Args:
        detail: ``detail(row) -> Detail``; called when a person opens a row.
        options: ``loop`` and ``plain`` of :class:`Messenger`, and the synced traits.
    """

    height = traitlets.Int(420, help="Height of the scrolling part, in CSS pixels.").tag(sync=True)

    def __init__(self, *, detail: Callable[[int], Detail], **options: Any) -> None:
        self._detail = detail
        self._opened: dict[str, tuple[int, Detail]] = {}
        super().__init__(**options)

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop.  Subclasses add their own ops."""
        op = content["op"]
        if op == "open":
            self._open(view, int(content["row"]))
        elif op == "more":
            self._more(view, content)
        elif op == "bye":
            self._opened.pop(view, None)

    def close(self) -> None:
        """Take the widget off the page; nothing of it keeps running."""
        self._opened.clear()
        super().close()

    def _open(self, view: str, row: int) -> None:
        detail = self._detail(row)
        self._opened[view] = (row, detail)
        pretty = sendable(detail["pretty"])
        content = {
            "row": row,
            "pretty": pretty[:SLICE],
            "prettyLength": len(pretty),
            "start": detail["start"],
            "end": detail["end"],
            "tape": detail["tape"],
            "title": sendable(detail.get("title", f"row {row}"), 300),
            "facts": [[name, sendable(value, 1000)] for name, value in detail.get("facts", [])],
            "note": detail.get("note", ""),
        }
        self.tell(view, "detail", content, [bytes(detail["data"][:SLICE])])

    def _more(self, view: str, content: Mapping[str, Any]) -> None:
        row, what, start = int(content["row"]), str(content["what"]), int(content["start"])
        if view not in self._opened or self._opened[view][0] != row:
            return  # another item was opened in between
        detail = self._opened[view][1]
        answer = {"row": row, "what": what, "start": start}
        if what == "pretty":
            text = sendable(detail["pretty"])[start : start + SLICE]
            self.tell(view, "more", {**answer, "text": text})
        else:
            self.tell(view, "more", answer, [bytes(detail["data"][start : start + SLICE])])
