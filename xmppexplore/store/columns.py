"""The rows of a log as columns, each row split, numbered and dated once.

Nothing is split when it arrives.  Whoever reads calls :meth:`Columns.settle`, which
splits what is new and appends rows; what is there already never changes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.store.cells import COLUMNS, XML_LIMIT, Cells
from xmppexplore.store.phasing import Phasing
from xmppexplore.store.reader import INVALID, SECRET, Batch, Reader
from xmppexplore.store.vectors import Names, Numbers, Texts
from xmppexplore.wire import element, redact
from xmppexplore.wire.records import BROKEN, KINDS, NONZA, PARTIAL, STANZA_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xmppexplore.store.log import Log, Mark
    from xmppexplore.wire.element import Element
    from xmppexplore.wire.records import Broken, Context
    from xmppexplore.wire.redact import Span

__all__ = ["COLUMNS", "INVALID", "SECRET", "XML_LIMIT", "Columns"]

_ELEMENTS: Final = STANZA_KINDS | {NONZA}


class Columns:
    """Rows of a log, append only; every method may be called on any thread.

    What a method returns is read under a lock that :meth:`settle` holds as well.

    Args:
        log: the log to read.

    Attributes:
        log: the log.
        lock: held while rows are added; hold it to read several things that must agree.
        readers: called before rows are dropped to a journal: what reads on from the last
            row it saw must have seen them.
        marks: the marks read so far; ``row`` is the number of rows before the mark
            (what was left unfinished at a ``restarted`` or ``closed`` counts as before
            it), or the row that the mark was given.
        places: how many rows stand before each mark, also where ``row`` says another.
        chunks: the number of the chunk with the last byte of each row.
        ends: where each row ends on its tape.
        sizes: bytes of each row.
        phases: codes of :data:`xmppexplore.wire.phases.PHASES`.
        kinds: codes of :data:`xmppexplore.wire.records.KINDS`.
        flags: sums of :data:`SECRET` and :data:`INVALID`.
        names: local names; so ``namespaces``, ``types``, ``senders``, ``recipients``,
            ``payloads``.
        ids: the ``id`` attributes.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.lock = threading.RLock()
        self._busy = threading.Lock()  # held while rows are added or dropped
        self._torn = False  # while they are, and when that was cut off
        self._cells = Cells(self)
        self.readers: list[Callable[[], object]] = []
        self._begin()

    def _begin(self) -> None:
        self.marks: list[Mark] = []
        self.places = Numbers("I")
        self.chunks = Numbers("I")
        self.ends = Numbers("I")
        self.sizes = Numbers("H")
        self.phases = Numbers()
        self.kinds = Numbers()
        self.flags = Numbers()
        self.names = Names()
        self.namespaces = Names()
        self.types = Names()
        self.ids = Texts()
        self.senders = Names()
        self.recipients = Names()
        self.payloads = Names()
        self._count = 0
        self._reader = Reader(self.log)
        self._phasing = Phasing(self.log)

    def settle(self) -> int:
        """Split what is new in the log and return how many rows there are now.

        An interrupt that lands here (a reader is often a notebook cell) is let through;
        the next reader then splits again from the start of the log, and what comes out
        is the same.
        """
        with self.lock:
            if self.first and threading.current_thread() is threading.main_thread():
                self._settle_elsewhere()
            else:
                self._settle()
            return self._count

    def _settle(self) -> None:
        with self._busy:
            if self._torn:
                if self.first:
                    raise UsageError(
                        "reading was cut off after rows were dropped: load the journal"
                    )
                self._begin()
            self._torn = True
            for part in self._reader.parts(self.log.chunk_count):
                if isinstance(part, Batch):
                    self._append(part)
                else:
                    self._phasing.mark(part)
                    row = self._count if part.row < 0 else part.row
                    self.marks.append(part._replace(row=row))
                    self.places.extend([self._count])
            self._torn = False

    def _settle_elsewhere(self) -> None:
        """Settle on a thread of its own, where Python lets no interrupt land.

        Once rows are dropped there is no start to begin again from.  An interrupt ends
        the waiting alone; whoever reads next waits for what is still at work.
        """
        failed: list[UsageError] = []

        def work() -> None:
            try:
                self._settle()
            except UsageError as error:
                failed.append(error)

        worker = threading.Thread(target=work, name="settle", daemon=True)
        worker.start()
        worker.join()
        if failed:
            raise failed[0]

    @property
    def first(self) -> int:
        """The first row that is kept; those before it were dropped to a journal."""
        return self.chunks.first

    def drop(self, before: int) -> None:
        """Forget the rows before one, which a journal has; the others keep their numbers.

        Call it where chunks are appended, with the lock held.
        """
        with self._busy:
            self._drop(before)

    def _drop(self, before: int) -> None:
        log, reader = self.log, self._reader
        numbers = self.chunks.part(self.first, before)
        oldest = min(numbers)
        streams, _, _ = log.entries(oldest, max(numbers) + 1)
        tapes = [streams[number - oldest] for number in numbers]
        # Of several rows of one tape the last one counts.
        offsets = dict(zip(tapes, self.ends.part(self.first, before), strict=True))
        waiting = [reader.chunk_of(stream, start + 1) for stream, start, _ in reader.unfinished()]
        kept = min([*self.chunks.part(before, self._count), *waiting], default=reader.chunk)
        log.drop(kept, offsets)
        for vector in (self.chunks, self.ends, self.sizes, self.phases, self.kinds, self.flags):
            vector.drop(before)
        self.ids.drop(before)
        for names in (self.names, self.namespaces, self.types):
            names.codes.drop(before)
        for names in (self.senders, self.recipients, self.payloads):
            names.codes.drop(before)

    @property
    def count(self) -> int:
        """How many rows there are, without looking for new ones."""
        with self.lock:
            return self.settle() if self._torn else self._count

    def _append(self, batch: Batch) -> None:
        items = batch.items
        ends, kinds, names, namespaces, types, ids, senders, recipients, payloads = zip(
            *items, strict=True
        )
        self.phases.extend(self._phasing.phases(batch, lambda at: self._children(batch, at)))
        self.flags.extend(batch.flags)
        self.chunks.extend(batch.chunks)
        self.ends.extend(list(ends))
        self.sizes.extend(batch.sizes)
        self.kinds.extend(list(kinds))
        self.names.extend(names)
        self.namespaces.extend(namespaces)
        self.types.extend(types)
        self.ids.extend(ids)
        self.senders.extend(senders)
        self.recipients.extend(recipients)
        self.payloads.extend(payloads)
        self._count += len(items)

    def _children(self, batch: Batch, at: int) -> tuple[str, ...]:
        context = self._reader.context(batch.streams[at], batch.items[at].end - 1)
        try:
            found = element.parse(self._bytes(batch, at), context)
        except MalformedXML:  # deeper than an element may be: no phase depends on such
            return ()
        return tuple(child.qualified for child in found.children)

    def _bytes(self, batch: Batch, at: int) -> bytes:
        end = batch.items[at][0]
        stream = batch.streams[at]
        return self.log.read(stream, end - batch.sizes[at], end)

    def _index(self, row: int) -> int:
        count = self.settle() if self._torn else self._count
        if not 0 <= row < count:
            raise UsageError(f"no row {row}: there are {count}, numbered from 0")
        if row < self.first:
            raise UsageError(
                f"row {row} is in the journal alone, as all before {self.first}: load the journal"
            )
        return row

    def span(self, row: int) -> tuple[int, int, int, int]:
        """Return ``(connection, direction, start, end)``: where a row stands on its tape.

        Raises:
            UsageError: there is no such row (so in every method that takes a row).
        """
        with self.lock:
            index = self._index(row)
            stream = self.log.entry(self.chunks[index])[0]
            end = self.ends[index]
            return stream >> 1, stream & 1, end - self.sizes[index], end

    def at(self, row: int) -> int:
        """Return when the last byte of a row was read or written, monotonic nanoseconds."""
        with self.lock:
            return self.log.entry(self.chunks[self._index(row)])[2]

    def item(self, row: int) -> bytes:
        """Return the exact bytes of a row, secrets included: ``tape[start:end]``."""
        with self.lock:
            connection, direction, start, end = self.span(row)
            return self.log.read(2 * connection + direction, start, end)

    def secret(self, row: int) -> bool:
        """Tell whether a row holds something that is not shown."""
        with self.lock:
            if not self.flags[self._index(row)] & SECRET:
                return False
            return not self.log.reveals(self.span(row)[0])

    def xml(self, row: int, reveal: bool = False) -> str:
        """Return a row as text for showing.

        Secrets are replaced by filler of the same length unless ``reveal`` (or unless a
        sandbox made them up); bytes that are not UTF-8 become U+FFFD.
        """
        return self.shown(row, reveal).decode("utf-8", "replace")

    def element(self, row: int) -> Element:
        """Return a row parsed alone, with what its stream header declares; ``.row`` is set.

        Raises:
            UsageError: the row is no whole element (white space, header, footer, broken).
        """
        with self.lock:
            if self.kinds[self._index(row)] not in _ELEMENTS:
                kind = KINDS[self.kinds[row]]
                raise UsageError(f"row {row} is no element ({kind}): item({row}) is its bytes")
            return element.parse(self.item(row), self.context(row), row=row)

    def context(self, row: int) -> Context:
        """Return what the header of a row's stream declares (RFC 6120 §4.8)."""
        with self.lock:
            connection, direction, start, _ = self.span(row)
            return self._reader.context(2 * connection + direction, start)

    def context_at(self, stream: int, offset: int) -> Context:
        """Return the same for an offset of a tape, by its stream index."""
        with self.lock:
            return self._reader.context(stream, offset)

    def error(self, connection: int, direction: int) -> Broken | None:
        """Return why the current stream of a tape cannot be read on, ``None`` if it can."""
        with self.lock:
            self.settle()
            return self._reader.error(2 * connection + direction)

    def pending(self, connection: int, direction: int) -> int:
        """Return how many bytes of a tape belong to no row yet."""
        with self.lock:
            self.settle()
            return self._reader.pending(2 * connection + direction)

    def unfinished(self) -> list[tuple[int, int, int]]:
        """Return stream index, start and end of the bytes read that belong to no row yet."""
        with self.lock:
            return self._reader.unfinished()

    def value(self, row: int, column: str) -> Any:
        """Return one cell by the name of its column, as :meth:`row` gives it uncut.

        Raises:
            UsageError: there is no such row or column.
        """
        with self.lock:
            self._index(row)
            return self._cells.one(column)(row)

    def row(
        self, row: int, columns: Sequence[str] = COLUMNS, limit: int | None = XML_LIMIT
    ) -> dict[str, Any]:
        """Return a row as a dict that JSON can hold.

        Args:
            row: number of the row.
            columns: which of :data:`COLUMNS` to give.
            limit: characters of ``xml`` at most, ``None`` for all; where ``xml`` is
                given, ``cut`` tells whether it was cut.

        Returns:
            ``time`` as ISO 8601 in UTC to the microsecond, ``elapsed`` in seconds since
            the anchor, codes as their words, ``xml`` redacted.
        """
        return self.rows(row, row + 1, columns, limit)[0]

    def rows(
        self,
        start: int,
        stop: int,
        columns: Sequence[str] = COLUMNS,
        limit: int | None = XML_LIMIT,
    ) -> list[dict[str, Any]]:
        """Return the rows from ``start`` to before ``stop`` as :meth:`row` does."""
        with self.lock:
            for row in {start, stop - 1} if start < stop else ():
                self._index(row)
            return self._cells.many(start, stop, columns, limit)

    def shown(self, row: int, reveal: bool = False) -> bytes:
        """Return the bytes of a row as they may be shown: its secrets replaced by filler."""
        with self.lock:
            return self.item(row) if reveal or not self.secret(row) else self.redacted(row)[0]

    def redacted(self, row: int) -> tuple[bytes, list[Span]]:
        """Return a row with its secrets covered, and where and what they are."""
        with self.lock:
            before = b""
            if self.kinds[self._index(row)] == BROKEN and row and self.kinds[row - 1] == PARTIAL:
                before = self.item(row - 1)  # they are always neighbours: flushed together
            direction = self.span(row)[1]
            return redact.redact(self.item(row), direction, self.context(row), before=before)
