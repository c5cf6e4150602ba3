"""Chunks in, batches of items out, in the order in which their last bytes arrived.

A :class:`Reader` walks the log once.  Between two marks the chunks of one tape are
joined and split in one go, then the items of all tapes are put back into the order of
the chunks that brought their last bytes; items of one chunk stay in tape order.  So the
items are the same whether the log is read after every chunk or once at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from operator import sub
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from xmppexplore.store.secrecy import secret_items
from xmppexplore.wire.records import HEADER, WHITESPACE, Context
from xmppexplore.wire.redact import secret_spans
from xmppexplore.wire.splitter import Splitter

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from xmppexplore.store.log import Log, Mark
    from xmppexplore.wire.records import Broken, Item

_T = TypeVar("_T")

__all__ = ["INVALID", "SECRET", "Batch", "Reader"]

SECRET: Final = 1
"""Flag of a row that holds something secret."""
INVALID: Final = 2
"""Flag of a row whose bytes are not valid UTF-8."""

WINDOW_CHUNKS: Final = 4096
"""Chunks read in one go, at most."""
WINDOW_BYTES: Final = 1 << 18
"""Bytes read in one go, about: the items of more would no longer fit the caches."""


class Batch(NamedTuple):
    """Some rows, in order; all lists are equally long.

    Attributes:
        items: the items.
        sizes: the length of each in bytes.
        chunks: for each the number of the chunk with its last byte.
        streams: for each its stream index, ``2 * connection + direction``.
        flags: for each the sum of :data:`SECRET` and :data:`INVALID`.
    """

    items: list[Item]
    sizes: list[int]
    chunks: list[int]
    streams: list[int]
    flags: list[int]


class _Stream:
    """What reading one tape has come to.

    Attributes:
        splitter: fed up to ``fed``.
        end: offset where the last row ends.
        starts: offsets of the stream headers so far.
        contexts: what each declares.
    """

    __slots__ = ("contexts", "end", "fed", "splitter", "starts")

    def __init__(self) -> None:
        self.splitter = Splitter()
        self.fed = 0
        self.end = 0
        self.starts: list[int] = []
        self.contexts: list[Context] = []

    def context(self, offset: int) -> Context:
        """Return what the header in force at an offset declares."""
        at = bisect_right(self.starts, offset)
        return self.contexts[at - 1] if at else Context()


class Reader:
    """Reads a log from its beginning, as far as asked, and goes on from there.

    Args:
        log: the log.

    Attributes:
        chunk: how many chunks have been read.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.chunk = 0
        self._mark = 0
        self._streams: dict[int, _Stream] = {}

    def parts(self, stop: int) -> Iterator[Batch | Mark]:
        """Yield what stands before chunk ``stop``: batches of rows, and marks between them."""
        log = self.log
        while True:
            # Looked up anew each time: what was marked before the chunk is in the list.
            mark = log.marks[self._mark] if self._mark < len(log.marks) else None
            until = stop if mark is None else min(stop, mark.chunks)
            if self.chunk < until:
                batch = self._split(min(until, self.chunk + WINDOW_CHUNKS))
                if batch.items:
                    yield batch
            elif mark is not None and mark.chunks <= self.chunk:
                if mark.connection >= 0 and mark.name in ("restarted", "closed"):
                    yield from self._flush(mark)
                self._mark += 1
                yield mark
            else:
                return

    def context(self, stream: int, offset: int) -> Context:
        """Return what the header in force at an offset of a tape declares."""
        return self._state(stream).context(offset)

    def error(self, stream: int) -> Broken | None:
        """Return where and why the current stream of a tape cannot be read, if so."""
        return self._state(stream).splitter.error

    def pending(self, stream: int) -> int:
        """Return how many bytes read of a tape belong to no row yet."""
        return self._state(stream).splitter.pending

    def unfinished(self) -> list[tuple[int, int, int]]:
        """Return stream index, start and end of what was read and belongs to no row."""
        return [
            (stream, state.end, state.fed)
            for stream, state in sorted(self._streams.items())
            if state.end < state.fed
        ]

    def _state(self, stream: int) -> _Stream:
        if stream not in self._streams:
            self._streams[stream] = _Stream()
        return self._streams[stream]

    def _split(self, until: int) -> Batch:
        streams, ends = self._window(until)
        first, self.chunk = self.chunk, self.chunk + len(streams)
        indices = sorted(set(streams))
        if len(indices) == 1:
            return self._feed(indices[0], list(ends), range(first, self.chunk))
        parts = []
        for index in indices:
            own = [at for at, stream in enumerate(streams) if stream == index]
            parts.append(self._feed(index, [ends[at] for at in own], [first + at for at in own]))
        return _merged(parts)

    def _window(self, until: int) -> tuple[array[int], array[int]]:
        """Return streams and ends of the next chunks, of about a window of bytes."""
        while True:
            streams, ends, _ = self.log.entries(self.chunk, until)
            last = dict(zip(streams, ends, strict=True))
            size = sum(end - self._state(stream).fed for stream, end in last.items())
            if size <= 2 * WINDOW_BYTES or until - self.chunk == 1:
                return streams, ends
            until = self.chunk + max(1, (until - self.chunk) * WINDOW_BYTES // size)

    def _feed(self, index: int, chunk_ends: list[int], numbers: Sequence[int]) -> Batch:
        """Split the next chunks of one tape."""
        state = self._state(index)
        data = self.log.read(index, state.fed, chunk_ends[-1])
        items = state.splitter.feed(data)
        waiting, state.fed = state.fed - state.end, chunk_ends[-1]
        if not items:
            return Batch([], [], [], [], [])
        start = state.end
        ends = [item[0] for item in items]
        state.end = ends[-1]
        # One header after each restart: it leads the items it is among, but for white space
        # that was left over, each byte of which is an item.
        lead = next((at for at, item in enumerate(items) if item[1] != WHITESPACE), 0)
        if items[lead][1] == HEADER:
            state.starts.append(start + lead)
            state.contexts.append(state.splitter.context)
        if waiting:
            data = self.log.read(index, start, state.end)
        flags = [0] * len(items)
        offsets = [end - start for end in ends] if start else ends
        for at in secret_items(data, offsets, state.splitter.suspects, state.context(start)):
            flags[at] = SECRET
        sizes = list(map(sub, ends, chain((start,), ends)))
        chunks = _attribute(ends, chunk_ends, numbers)
        return Batch(items, sizes, chunks, [index] * len(items), flags)

    def _flush(self, mark: Mark) -> Iterator[Batch]:
        for index in (2 * mark.connection, 2 * mark.connection + 1):
            state = self._state(index)
            splitter = state.splitter
            flushed = splitter.restart() if mark.name == "restarted" else splitter.close()
            before = b""
            for item in flushed:
                # A tape closed twice (a hostile file may) has nothing more to flush.
                if item[0] <= state.end:
                    continue
                data = self.log.read(index, state.end, item[0])
                context = state.context(state.end)
                # Only here is what is not UTF-8: a parser refuses it in anything whole.
                flag = 0 if _is_utf8(data) else INVALID
                if secret_spans(data, context=context, before=before):
                    flag |= SECRET
                before, state.end = data, item[0]
                chunk = self.chunk_of(index, item[0])
                yield Batch([item], [len(data)], [chunk], [index], [flag])

    def chunk_of(self, index: int, offset: int) -> int:
        """Return the number of the chunk with the last byte before an offset, read already."""
        found = oldest = self.log.first_chunk
        for stop in range(self.chunk, oldest, -WINDOW_CHUNKS):
            first = max(oldest, stop - WINDOW_CHUNKS)
            streams, ends, _ = self.log.entries(first, stop)
            for at in range(stop - first - 1, -1, -1):
                if streams[at] == index:
                    if ends[at] < offset:
                        return found
                    found = first + at
        return found


def _merged(parts: list[Batch]) -> Batch:
    """Return rows of several tapes in the order of the chunks that finished them."""
    chunks = [number for part in parts for number in part.chunks]
    # Stable: rows of one chunk are of one tape and keep its order.
    order = sorted(range(len(chunks)), key=chunks.__getitem__)
    return Batch(
        _ordered([part.items for part in parts], order),
        _ordered([part.sizes for part in parts], order),
        _ordered([part.chunks for part in parts], order),
        _ordered([part.streams for part in parts], order),
        _ordered([part.flags for part in parts], order),
    )


def _ordered(lists: list[list[_T]], order: list[int]) -> list[_T]:
    flat = list(chain.from_iterable(lists))
    return list(map(flat.__getitem__, order))


def _attribute(ends: list[int], chunk_ends: list[int], numbers: Sequence[int]) -> list[int]:
    """Return for each item the number of the chunk that brought its last byte."""
    if ends == chunk_ends:
        return list(numbers)
    chunks: list[int] = []
    for end, number in zip(chunk_ends, numbers, strict=True):
        chunks += [number] * (bisect_right(ends, end, len(chunks)) - len(chunks))
    return chunks


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
