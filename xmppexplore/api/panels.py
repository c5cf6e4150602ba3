"""Widgets, where asked for: the live log and the opened ladder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.pictures import ladder_model
from xmppexplore.errors import UsageError
from xmppexplore.reading.filter import Predicate, compile_match
from xmppexplore.store.columns import COLUMNS
from xmppexplore.views.bridge import Detail
from xmppexplore.views.ladder import LadderWidget
from xmppexplore.views.ladder_svg import ladder_text
from xmppexplore.views.log import LogWidget
from xmppexplore.wire.records import DIRECTIONS
from xmppexplore.wire.serialise import pretty

if TYPE_CHECKING:
    from xmppexplore.api.recording import Recorded, Recording
    from xmppexplore.reading.records import Handshake

__all__ = ["item_detail", "open_ladder", "open_model", "watch"]

FACTS: Final = ("time", "phase", "kind", "name", "namespace", "type", "id", "sender", "recipient")
"""Columns that the inspector shows above an item."""

PRETTY_LIMIT: Final = 100_000
"""Bytes up to which an item is indented for reading; a larger one is shown as it is."""


def item_detail(recording: Recording, row: int) -> Detail:
    """Return what the inspector shows of one row: its bytes exactly, and readable XML."""
    columns = recording._columns
    with columns.lock:
        connection, direction, start, end = columns.span(row)
        shown = columns.shown(row)
        secret = columns.secret(row)
        text = columns.xml(row)
        context = columns.context(row)
        values = columns.row(row, FACTS)
    readable = pretty(text, context) if len(shown) <= PRETTY_LIMIT else text
    return {
        "pretty": readable,
        "data": shown,
        "start": start,
        "end": end,
        "tape": f'tape("{DIRECTIONS[direction]}", connection={connection})',
        "title": f"row {row}: {values['name'] or values['kind']}, {end - start:,} bytes "
        f"{'written' if direction else 'read'}",
        "facts": [(name, str(values[name])) for name in FACTS if values.get(name)],
        "note": "Secrets are replaced by * of the same length; session.item(row) has them."
        if secret
        else "",
    }


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError("a live view needs a notebook, or another running event loop") from None


def open_ladder(recording: Recording, reading: Handshake) -> LadderWidget:
    """Return the ladder of a login as a widget whose arrows open their items."""
    return open_model(recording, ladder_model(reading))


def open_model(recording: Recording, model: Mapping[str, Any]) -> LadderWidget:
    """Return any ladder of a recording's rows as a widget whose arrows open their items."""
    return LadderWidget(
        model,
        detail=lambda row: item_detail(recording, row),
        loop=_running_loop(),
        plain=ladder_text(model),
    )


def watch(recorded: Recorded, **options: Any) -> LogWidget:
    """Return the live log of a session, stream or recording.

    Args:
        recorded: whose rows to show.
        options: synced traits of the widget, for example ``height=600``.
    """
    recording = recorded._recording
    columns, log = recording._columns, recording._log
    source = _Rows(recorded)

    def subscribe(callback: Callable[[], None]) -> Callable[[], None]:
        log.listeners.append(callback)
        return lambda: log.listeners.remove(callback)

    widget = LogWidget(
        count=source.count,
        rows=source.rows,
        find=source.find,
        subscribe=subscribe,
        detail=lambda row: item_detail(recording, row),
        loop=_running_loop(),
        title=getattr(recorded, "name", "") or "recording",
        plain=f"Live log of {columns.settle():,} rows. Run the cell again for a live view.",
        **options,
    )
    closing: list[Callable[[], None]] | None = getattr(recorded, "_on_close", None)
    if closing is not None:
        ended = f"The session of {widget.title} is closed."
        closing.append(lambda: setattr(widget, "ended", ended))
    return widget


class _Rows:
    """The rows that a log shows: all of a recording, or those of one session.

    A position in the list of one session is not a row number where others record into
    the same recording, so the row numbers are kept, and only new rows are looked at.
    """

    def __init__(self, recorded: Recorded) -> None:
        self.columns = recorded._recording._columns
        self.session = recorded._session_name
        self.log = recorded._recording._log
        self.seen = 0
        self.numbers: list[int] = []

    def count(self) -> int:
        total = self.columns.settle()
        if self.session is None:
            return total
        for row in range(max(self.seen, self.columns.first), total):
            connection = self.columns.span(row)[0]
            if self.log.connections[connection].session == self.session:
                self.numbers.append(row)
        self.seen = total
        return len(self.numbers)

    def find(self, start: int, stop: int, wanted: Mapping[str, Any]) -> list[int]:
        """Return the positions whose rows pass a filter of the view.

        Its text is of the one grammar for searching (``reading/filter.py``); what cannot be
        read as such, half-typed filters among it, is looked for as it stands.
        """
        passes = _predicate(str(wanted.get("text") or ""))
        kinds, direction = wanted.get("kinds"), wanted.get("direction")
        found = []
        with self.columns.lock:
            for position in range(start, stop):
                row = position if self.session is None else self.numbers[position]
                if row < self.columns.first:
                    continue
                if kinds is not None and self.columns.value(row, "kind") not in kinds:
                    continue
                if direction and self.columns.value(row, "direction") != direction:
                    continue
                if passes(self.columns, row):
                    found.append(position)
        return found

    def rows(self, start: int, stop: int) -> Sequence[Mapping[str, Any]]:
        numbers = range(start, stop) if self.session is None else self.numbers[start:stop]
        with self.columns.lock:
            first = self.columns.first
            if self.session is None and start >= first:
                return self.columns.rows(start, stop)
            return [self.columns.row(row) if row >= first else _gone(row) for row in numbers]


def _gone(row: int) -> dict[str, Any]:
    """Return what is shown of a row that is in the journal alone (``keep=``)."""
    texts = dict.fromkeys(COLUMNS, "")
    numbers = {"row": row, "elapsed": 0.0, "connection": 0, "size": 0}
    return {**texts, **numbers, "xml": "in the journal alone", "cut": False}


def _predicate(text: str) -> Predicate:
    try:
        return compile_match(text)
    except UsageError:
        sought = text.lower()
        return lambda columns, row: sought in columns.xml(row).lower()
