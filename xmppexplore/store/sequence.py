"""A log as the sequence of records that a file holds.

Records come in the order of rows: the bytes of a row follow one another, cut where chunks
were, and what belongs to no whole row yet waits.  So a file that ends anywhere holds
whole items, and reading it gives the same rows in the same order.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.errors import UsageError
from xmppexplore.store.reader import SECRET
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
_new: Final = tuple.__new__
_NOTHING: Final = (None,) * 7  # what a chunk leaves open


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
    data: bytes | bytearray | None = None
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
        self._waiting: defaultdict[int, deque[tuple[int, int]]] = defaultdict(deque)
        self._written: defaultdict[int, int] = defaultdict(int)  # up to where, by stream index

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
        new, self._new = self._new, []
        return new

    def _step(self, count: int) -> None:
        """Add the records of some rows, and of the marks among them."""
        self._read_entries()
        stop = min(count, self.rows + _STEP_ROWS)
        places = self._columns.places
        while self.rows < stop:
            self._add_marks(self.rows)
            until = min(stop, places[self._marks]) if self._marks < len(places) else stop
            self._add_rows(self.rows, until)
            self.rows = until
        self._add_marks(stop)

    def _read_entries(self) -> None:
        stop = self._log.chunk_count
        waiting = self._waiting
        for stream, end, at in zip(*self._log.entries(self._entries, stop), strict=True):
            waiting[stream].append((end, at))
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

    def _add_rows(self, start: int, stop: int) -> None:
        """Add the records of rows among which are no marks: all of a chunk in one go."""
        columns = self._columns
        flags = columns.flags.part(start, stop)
        first = start
        if any(flags):
            for row in range(start, stop):
                if flags[row - start] & SECRET and not self._reveal and columns.secret(row):
                    self._add_plain(first, row)
                    self._add_redacted(row)
                    first = row + 1
        self._add_plain(first, stop)

    def _add_plain(self, start: int, stop: int) -> None:
        """Add rows as they are."""
        if start == stop:
            return
        columns, log = self._columns, self._log
        numbers = columns.chunks.part(start, stop).tolist()
        ends = columns.ends.part(start, stop)
        oldest = numbers[0]
        # What was left unfinished at a mark may belong to any older chunk.
        if numbers[-1] - oldest >= 8 * _STEP_ROWS or numbers != sorted(numbers):
            for number, end in zip(numbers, ends, strict=True):
                self._add_until(log.entry(number)[0], end)
            return
        streams, _, _ = log.entries(oldest, numbers[-1] + 1)
        # Of several rows of one chunk the last one counts.
        for number, end in dict(zip(numbers, ends, strict=True)).items():
            self._add_until(streams[number - oldest], end)

    def _add_redacted(self, row: int) -> None:
        columns = self._columns
        connection, direction, _, end = columns.span(row)
        shown, spans = columns.redacted(row)
        self._add_until(2 * connection + direction, end, shown)
        self._say_redacted(connection, columns.at(row), _uncovered(columns.item(row), spans), row)

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
        self._add_until(stream, end, bytes(covered))
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

    def _add_until(self, stream: int, stop: int, shown: bytes | None = None) -> None:
        """Add what follows of a tape, cut where its chunks were.

        Args:
            stream: the stream index.
            stop: up to which offset.
            shown: the bytes to add, where they are others than those of the tape.
        """
        if self._connections <= stream >> 1:
            self._add_connections(stream >> 1)
        waiting = self._waiting[stream]
        start = offset = self._written[stream]
        while offset < stop:
            end, at = waiting[0]
            if end <= offset:
                waiting.popleft()
                continue
            until = min(end, stop, offset + PIECE_BYTES)
            data: bytes | bytearray
            if shown is None:
                data = self._log.cut(stream, offset, until)
            else:
                data = shown[offset - start : until - start]
            fields = (self._number, "chunk", stream >> 1, at, stream & 1, data, *_NOTHING)
            self._new.append(_new(Record, fields))  # a third of the time that Record(...) takes
            self._number += 1
            offset = until
        self._written[stream] = stop

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
        self._new.append(record._replace(number=self._number))
        self._number += 1


def _uncovered(data: bytes, spans: list[Span]) -> list[Span]:
    """Return the places that were not filler already, as in a recording saved again."""
    return [span for span in spans if data[span[0] : span[1]].strip(b"*")]
