"""A log as the sequence of records that a file holds.

Records come in the order of rows: the bytes of a row follow one another, cut where chunks
were, and what belongs to no whole row yet waits.  So a file that ends anywhere holds
whole items, and reading it gives the same rows in the same order.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.errors import UsageError
from xmppexplore.wire.redact import secret_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Connection, Mark
    from xmppexplore.wire.redact import Span

__all__ = ["PIECE_BYTES", "Record", "Sequence"]

PIECE_BYTES: Final = 1 << 24
"""Bytes of one record at most; a longer chunk becomes several of the same time."""
_STEP_ROWS: Final = 2048


class Record(NamedTuple):
    """One record; which fields are set depends on ``what``.

    Attributes:
        number: its position, from 0.
        what: ``"connection"``, ``"chunk"`` or ``"mark"``.
        connection: number of the connection.
        at: monotonic nanoseconds.
        direction: of a chunk: 0 in, 1 out.
        data: of a chunk: the bytes.
        name: of a mark its name, of a connection its role.
        detail: of a mark its text, of a connection its label.
        session: of a connection: name of its session.
        reveal: of a connection: 1 where its secrets were made up and are shown.
        row: of a mark: the row it was given, else none.
        out: of a mark: offset of the ``out`` tape.
        in_: of a mark: offset of the ``in`` tape.
    """

    number: int
    what: str
    connection: int
    at: int
    direction: int | None = None
    data: bytes | None = None
    name: str | None = None
    detail: str | None = None
    session: str | None = None
    reveal: int | None = None
    row: int | None = None
    out: int | None = None
    in_: int | None = None


class Sequence:
    """Turns what is new in a log into records, redacted.

    Args:
        columns: the rows of the log.
        reveal: leave secrets as they are.

    Raises:
        UsageError: rows were dropped to a journal, which has all of them.
    """

    def __init__(self, columns: Columns, *, reveal: bool = False) -> None:
        if columns.first:
            raise UsageError(
                f"the rows before {columns.first} are in the journal alone: stop it, and its "
                "file is the whole recording"
            )
        self._columns = columns
        self._log = columns.log
        self._reveal = reveal
        self._new: list[Record] = []
        self._number = 0
        self.rows = 0  # how many rows are in the sequence
        self._marks = 0
        self._connections = 0
        self._entries = 0
        self._waiting: dict[int, deque[tuple[int, int]]] = {}
        self._piece: tuple[int, int, int] | None = None
        self._data = bytearray()

    def advance(self) -> Iterator[list[Record]]:
        """Yield records of the rows and marks that are new, in batches."""
        count = self._columns.settle()
        while True:
            with self._columns.lock:
                self._step(count)
            yield self._taken()
            if self.rows >= count:
                return

    def finish(self) -> Iterator[list[Record]]:
        """Yield what is new, and then the bytes that belong to no whole item."""
        yield from self.advance()
        with self._columns.lock:
            count = self._columns.settle()
            while self.rows < count or self._marks < len(self._log.marks):
                self._step(count)
            for stream, start, end in self._columns.unfinished():
                self._pend(stream, start, end)
        yield self._taken()

    def _taken(self) -> list[Record]:
        self._close_piece()
        new, self._new = self._new, []
        return new

    def _step(self, count: int) -> None:
        """Add the records of some rows, and of the marks among them."""
        self._read_entries()
        stop = min(count, self.rows + _STEP_ROWS)
        for row in range(self.rows, stop):
            self._add_marks(row)
            self._add_row(row)
        self.rows = stop
        self._add_marks(stop)

    def _read_entries(self) -> None:
        stop = self._log.chunk_count
        for stream, end, at in zip(*self._log.entries(self._entries, stop), strict=True):
            self._waiting.setdefault(stream, deque()).append((end, at))
        self._entries = stop

    def _add_marks(self, row: int) -> None:
        """Add the marks that stand before a row."""
        places = self._columns.places
        while self._marks < len(places) and places[self._marks] <= row:
            mark = self._log.marks[self._marks]
            self._marks += 1
            self._add_mark(mark)

    def _add_mark(self, mark: Mark) -> None:
        self._add_connections(mark.connection)
        record = Record(
            0,
            "mark",
            mark.connection,
            mark.at,
            name=mark.name,
            detail=mark.detail,
            row=None if mark.row < 0 else mark.row,
            out=mark.out,
            in_=mark.in_,
        )
        self._add(record)

    def _add_row(self, row: int) -> None:
        columns = self._columns
        connection, direction, start, _ = columns.span(row)
        data = columns.item(row)
        if columns.secret(row) and not self._reveal:
            shown, spans = columns.redacted(row)
            self._add_bytes(2 * connection + direction, start, shown)
            self._say_redacted(connection, columns.at(row), _uncovered(data, spans), row)
        else:
            self._add_bytes(2 * connection + direction, start, data)

    def _pend(self, stream: int, start: int, end: int) -> None:
        """Add bytes of which no row was made, secrets covered as far as they show."""
        connection, direction = divmod(stream, 2)
        data = self._log.read(stream, start, end)
        spans: list[Span] = []
        if not (self._reveal or self._log.reveals(connection)):
            context = self._columns.context_at(stream, start)
            spans = secret_spans(data, direction, context)
        covered = bytearray(data)
        for first, stop, _ in spans:
            covered[first:stop] = b"*" * (stop - first)
        self._read_entries()
        at = self._waiting[stream][-1][1]
        self._add_bytes(stream, start, bytes(covered))
        self._say_redacted(connection, at, _uncovered(data, spans), None)

    def _say_redacted(self, connection: int, at: int, places: list[Span], row: int | None) -> None:
        for _, _, what in places:
            out, in_ = (self._log.length(connection, direction) for direction in (1, 0))
            self._add(
                Record(
                    0,
                    "mark",
                    connection,
                    at,
                    name="redacted",
                    detail=what,
                    row=row,
                    out=out,
                    in_=in_,
                )
            )

    def _add_bytes(self, stream: int, start: int, data: bytes) -> None:
        """Add bytes of a tape, cut where its chunks were."""
        self._add_connections(stream // 2)
        waiting = self._waiting[stream]
        offset, stop = start, start + len(data)
        while offset < stop:
            while waiting[0][0] <= offset:
                waiting.popleft()
            end, at = waiting[0]
            until = min(end, stop, offset + PIECE_BYTES // 2)
            if self._piece != (stream, end, at) or len(self._data) > PIECE_BYTES // 2:
                self._close_piece()
                self._piece = (stream, end, at)
            self._data += data[offset - start : until - start]
            offset = until

    def _close_piece(self) -> None:
        if self._piece is not None:
            (connection, direction), at = divmod(self._piece[0], 2), self._piece[2]
            data, self._data, self._piece = bytes(self._data), bytearray(), None
            self._add(Record(0, "chunk", connection, at, direction=direction, data=data))

    def _add_connections(self, number: int) -> None:
        """Add the connections up to a number that are not in the sequence yet."""
        while self._connections <= number:
            connection: Connection = self._log.connections[self._connections]
            self._connections += 1
            self._add(
                Record(
                    0,
                    "connection",
                    connection.number,
                    self._log.anchor[0],
                    name=connection.role,
                    detail=connection.label,
                    session=connection.session,
                    reveal=int(connection.reveal),
                )
            )

    def _add(self, record: Record) -> None:
        self._close_piece()
        self._new.append(record._replace(number=self._number))
        self._number += 1


def _uncovered(data: bytes, spans: list[Span]) -> list[Span]:
    """Return the places that were not filler already, as in a recording saved again."""
    return [span for span in spans if data[span[0] : span[1]].strip(b"*")]
