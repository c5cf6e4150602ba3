"""The rows and marks of a recording as pandas frames.

A frame is made once and then grows: what is new is written into buffers with room to
spare, and a frame is a view of their filled part.  Handing out a view is safe because
pandas copies before it writes (copy on write) as long as another frame shares the data;
see :meth:`_Table.frame`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from xmppexplore.store import blocks, tables
from xmppexplore.store.log import MARKS
from xmppexplore.store.tables import TEXT
from xmppexplore.wire.phases import PHASES
from xmppexplore.wire.records import DIRECTIONS, KINDS, STANZA_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from xmppexplore.store.columns import Columns

__all__ = ["Frames"]

EXCHANGE: Final = {
    "request": "integer", "response": "row", "id": "text", "recipient": "category",
    "payload": "category", "outcome": "outcome", "condition": "category",
    "round_trip": "duration", "upper_bound": "flag",
}  # fmt: skip
"""Columns of the frame of exchanges, and what each is; a row or duration of -1 is none."""
STEP: Final = {
    "step": "category", "title": "category", "row": "row", "time": "time",
    "duration": "duration", "section": "category", "sentence": "text",
}  # fmt: skip
"""Columns of the frame of a login's steps, and what each is."""
PRESENCE: Final = {
    "row": "integer", "time": "time", "step": "category", "title": "category",
    "source": "category", "target": "category", "stanza": "category", "type": "category",
    "account": "category", "contact": "category", "before": "category", "after": "category",
    "exact": "flag", "contact_state": "category", "section": "category", "sentence": "text",
}  # fmt: skip
"""Columns of the frame of presence, and what each is."""
FINDING: Final = {
    "rule": "category", "severity": "severity", "rows": "list", "section": "category",
    "sentence": "text", "advice": "text",
}  # fmt: skip
"""Columns of the frame of findings, and what each is."""

_BLOCK_ROWS: Final = 1 << 16
_MERGE_BYTES: Final = 1 << 24
_UTC: Final = pd.DatetimeTZDtype("ns", "UTC")


class _Column(Protocol):
    def write(self, at: int, values: Any) -> None:
        """Set the values from position ``at`` on; what was there is forgotten."""

    def array(self, count: int) -> Any:
        """Return the first values as pandas takes them, without copying them."""


class _Numbers:
    """Numbers in a buffer with room to spare.

    Args:
        dtype: of the frame's column: an integer, ``timedelta64[ns]`` or a time in UTC.
    """

    def __init__(self, dtype: Any = "int64") -> None:
        self._dtype = dtype
        self.buffer: NDArray[Any] = np.empty(0, "int64" if dtype is _UTC else dtype)

    def write(self, at: int, values: NDArray[Any]) -> None:
        stop = at + len(values)
        if stop > len(self.buffer):
            # Frames handed out keep the old buffer; it is never written again.
            buffer = np.empty(stop + (stop >> 3) + 1024, self.buffer.dtype)
            buffer[:at] = self.buffer[:at]
            self.buffer = buffer
        self.buffer[at:stop] = values

    def array(self, count: int) -> Any:
        view = self.buffer[:count]
        view.flags.writeable = False
        return pd.array(view, dtype=_UTC, copy=False) if self._dtype is _UTC else view


class _Categories:
    """Codes of texts.

    Args:
        values: gives the texts by code; there may be more at each call.
        ordered: whether the order of the texts means something.
    """

    def __init__(self, values: Callable[[], Sequence[str]], *, ordered: bool = False) -> None:
        self._values = values
        self._ordered = ordered
        self._dtype = pd.CategoricalDtype(pd.Index(list(values()), dtype=TEXT), ordered)
        self._codes = _Numbers(self._code_type())

    def _code_type(self) -> Any:
        # The bounds of pandas, which would otherwise convert the codes in every frame.
        size = len(self._dtype.categories)
        return np.int8 if size < 0x7F else np.int16 if size < 0x7FFF else np.int32

    def _refresh(self, count: int) -> None:
        texts = self._values()
        if len(texts) == len(self._dtype.categories):
            return
        self._dtype = pd.CategoricalDtype(pd.Index(list(texts), dtype=TEXT), self._ordered)
        if self._code_type() != self._codes.buffer.dtype:
            wider = _Numbers(self._code_type())
            wider.write(0, self._codes.buffer[:count])
            self._codes = wider

    def write(self, at: int, values: NDArray[Any]) -> None:
        self._refresh(at)
        self._codes.write(at, values)

    def array(self, count: int) -> Any:
        self._refresh(count)
        codes = self._codes.array(count)
        return pd.Categorical.from_codes(codes, dtype=self._dtype, validate=False)


class _Strings:
    """Arrow strings in chunks, of which small neighbours are joined.

    Each is joined again only when as much has come after it, so that a row is copied
    about as often as its number has digits, and there are few chunks.
    """

    def __init__(self) -> None:
        self._chunks: list[Any] = []

    def write(self, at: int, values: Any) -> None:
        chunks = self._chunks
        if sum(map(len, chunks)) > at:  # an interrupted write left more
            chunks = self._chunked(chunks).slice(0, at).chunks
        chunks = [*chunks, values]
        while len(chunks) > 1:
            small = chunks[-1].nbytes
            if chunks[-2].nbytes > min(2 * small, _MERGE_BYTES):
                break
            chunks[-2:] = [pa.concat_arrays(chunks[-2:])]
        self._chunks = chunks

    def array(self, count: int) -> Any:
        chunked = self._chunked(self._chunks).slice(0, count)
        return pd.arrays.ArrowStringArray(chunked, dtype=TEXT)  # type: ignore[call-arg]

    @staticmethod
    def _chunked(chunks: list[Any]) -> Any:
        return pa.chunked_array(chunks, pa.large_string())


class _Table:
    """A frame that grows at its end.

    Args:
        columns: its columns, empty.
        first: how much of its source it leaves out.

    Attributes:
        first: the same.
        read: how much of its source it has taken in.
    """

    def __init__(self, columns: dict[str, Any], first: int = 0) -> None:
        self._columns: dict[str, _Column] = columns
        self.first = first
        self._count = 0
        self._frame: pd.DataFrame | None = None
        self._originals: list[pd.DataFrame] = []
        self.read = first

    def append(self, values: dict[str, Any], read: int) -> None:
        """Add rows; all or none, should an interrupt land here."""
        added = len(values["connection"])
        if added:
            for name, column in self._columns.items():
                column.write(self._count, values[name])
        self._frame = None
        self._count, self.read = self._count + added, read

    def frame(self) -> pd.DataFrame:
        """Return the rows; what the caller does to them stays with the caller.

        pandas copies data before writing to it while any other frame refers to the same
        data, and else writes in place, which our read-only views refuse.  So the frame
        behind the one handed out is kept until nothing made of it is left.
        """
        if self._frame is None:
            arrays = {name: column.array(self._count) for name, column in self._columns.items()}
            frame = pd.DataFrame(arrays, copy=False)
            self._originals = [old for old in self._originals if _is_shared(old)]
            self._originals.append(frame)
            self._frame = frame
        return self._frame.copy(deep=False)


def _is_shared(frame: pd.DataFrame) -> bool:
    return any(block.refs.has_reference() for block in frame._mgr.blocks)


class Frames:
    """Frames of the rows and marks of a recording, live or loaded.

    Every frame has the same columns and types, also when empty.  Times are
    ``datetime64[ns, UTC]``, durations ``timedelta64[ns]``, words that recur categories
    (``""`` where there is none), texts Arrow strings, numbers ``int64``.  Asked again, a
    frame costs what is new.  Methods may be called on any thread.

    Args:
        columns: the rows to show.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._wire: _Table | None = None
        self._stanzas: _Table | None = None
        self._marks = _marks_table()

    def wire(self) -> pd.DataFrame:
        """Return all rows: the columns :data:`~xmppexplore.store.columns.COLUMNS`.

        ``row``, ``connection`` and ``size`` (bytes) are integers; ``time`` is the wall
        time of the last byte, ``elapsed`` its distance from the anchor of the recording;
        ``session``, ``direction``, ``phase`` (ordered), ``kind``, ``name``,
        ``namespace``, ``type``, ``sender``, ``recipient`` and ``payload`` are categories;
        ``id`` and ``xml`` strings.  ``xml`` is redacted, as everywhere.  Where rows were
        dropped to a journal, the frame begins with the first that is kept.
        """
        with self._columns.lock:
            self._columns.settle()
            # Rows are dropped by the many, so that to begin again is seldom.
            if self._wire is None or self._wire.first < self._columns.first:
                self._wire = self._rows_table()
            return self._grown(self._wire, None)

    def stanzas(self) -> pd.DataFrame:
        """Return the rows whose kind is message, presence or iq, as :meth:`wire` does."""
        with self._columns.lock:
            self._columns.settle()
            if self._stanzas is None or self._stanzas.first < self._columns.first:
                self._stanzas = self._rows_table()
            return self._grown(self._stanzas, np.array(sorted(STANZA_KINDS)))

    def marks(self) -> pd.DataFrame:
        """Return the marks: time, elapsed, connection, row, name, detail.

        ``connection`` is -1 for a mark of the whole recording.
        """
        with self._columns.lock:
            self._columns.settle()
            new = self._columns.marks[self._marks.read :]
            if new:
                read = len(self._columns.marks)
                self._marks.append(blocks.marks(self._columns.log, new), read)
            return self._marks.frame()

    def exchanges(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """Return exchanges as a frame.

        Args:
            rows: dicts with the keys of :data:`EXCHANGE` (so below, each with its own);
                ``response`` is -1 for none, ``round_trip`` in nanoseconds, -1 for none,
                ``upper_bound`` tells whether the kernel was busy in between.
        """
        return self._made(rows, EXCHANGE)

    def steps(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """Return the steps of a login as a frame.

        Args:
            rows: ``row`` is -1 for a step that rests on a mark, ``time`` in monotonic
                nanoseconds, ``duration`` likewise, -1 for unknown.
        """
        return self._made(rows, STEP)

    def presence(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """Return the steps of rosters, subscriptions and presence as a frame."""
        return self._made(rows, PRESENCE)

    def findings(self, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """Return findings as a frame; ``rows`` of each are row numbers."""
        return self._made(rows, FINDING)

    def _made(self, rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
        wall = self._columns.log.wall
        return tables.frame(
            kinds,
            [
                [wall(row[name]) if kind == "time" else row[name] for name, kind in kinds.items()]
                for row in rows
            ],
        )

    def _rows_table(self) -> _Table:
        columns = self._columns
        return _Table(
            {
                "row": _Numbers(),
                "time": _Numbers(_UTC),
                "elapsed": _Numbers("timedelta64[ns]"),
                "connection": _Numbers(),
                "session": _Categories(lambda: blocks.sessions(columns.log)),
                "direction": _Categories(lambda: DIRECTIONS),
                "phase": _Categories(lambda: PHASES, ordered=True),
                "kind": _Categories(lambda: KINDS),
                "name": _Categories(lambda: columns.names.values),
                "namespace": _Categories(lambda: columns.namespaces.values),
                "type": _Categories(lambda: columns.types.values),
                "id": _Strings(),
                "sender": _Categories(lambda: columns.senders.values),
                "recipient": _Categories(lambda: columns.recipients.values),
                "payload": _Categories(lambda: columns.payloads.values),
                "size": _Numbers(),
                "xml": _Strings(),
            },
            columns.first,
        )

    def _grown(self, table: _Table, kinds: NDArray[Any] | None) -> pd.DataFrame:
        count = self._columns.count
        while table.read < count:
            stop = min(count, table.read + _BLOCK_ROWS)
            table.append(blocks.rows(self._columns, table.read, stop, kinds), stop)
        return table.frame()


def _marks_table() -> _Table:
    return _Table(
        {
            "time": _Numbers(_UTC),
            "elapsed": _Numbers("timedelta64[ns]"),
            "connection": _Numbers(),
            "row": _Numbers(),
            "name": _Categories(lambda: MARKS),
            "detail": _Strings(),
        }
    )
