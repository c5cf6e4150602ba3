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
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.wire.records import HEADER, Context
from xmppexplore.wire.splitter import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xmppexplore.store.log import Log, Mark
    from xmppexplore.wire.records import Broken, Item

__all__ = ["Batch", "Reader"]

WINDOW_CHUNKS: Final = 4096
"""Chunks read in one go: bounds what reading a long log needs beside the log itself."""
FEED_BYTES: Final = 1 << 20
"""Bytes given to a splitter in one go, for the same reason."""


class Batch(NamedTuple):
    """Some rows, in order; the four lists are equally long.

    Attributes:
        items: the items.
        sizes: the length of each in bytes.
        chunks: for each the number of the chunk with its last byte.
        streams: for each its stream index, ``2 * connection + direction``.
    """

    items: list[Item]
    sizes: list[int]
    chunks: list[int]
    streams: list[int]


class _Stream:
    """What reading one tape has come to.

    Attributes:
        splitter: fed up to ``fed``.
        end: offset where the last row ends.
        contexts: the stream headers so far: offset of each, and what it declares.
    """

    __slots__ = ("contexts", "end", "fed", "splitter", "starts")

    def __init__(self) -> None:
        self.splitter = Splitter()
        self.fed = 0
        self.end = 0
        self.starts: list[int] = []
        self.contexts: list[Context] = []

    def sizes(self, items: list[Item]) -> list[int]:
        """Return the sizes of items that follow the last row, and count them as rows."""
        ends = [item[0] for item in items]
        sizes = list(map(sub, ends, chain((self.end,), ends)))
        self.end = ends[-1]
        return sizes


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
                until = min(until, self.chunk + WINDOW_CHUNKS)
                batch = self._split(until)
                self.chunk = until
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
        state = self._state(stream)
        at = bisect_right(state.starts, offset)
        return state.contexts[at - 1] if at else Context()

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
        streams, ends, _ = self.log.entries(self.chunk, until)
        indices = sorted(set(streams))
        if len(indices) == 1:
            numbers = range(self.chunk, until)
            items, sizes, chunks = self._feed(indices[0], list(ends), numbers)
            return Batch(items, sizes, chunks, indices * len(items))
        all_items: list[Item] = []
        all_sizes: list[int] = []
        all_chunks: list[int] = []
        all_streams: list[int] = []
        for index in indices:
            own = [at for at, stream in enumerate(streams) if stream == index]
            numbers_of = [self.chunk + at for at in own]
            items, sizes, chunks = self._feed(index, [ends[at] for at in own], numbers_of)
            all_items += items
            all_sizes += sizes
            all_chunks += chunks
            all_streams += [index] * len(items)
        # Stable: rows of one chunk are of one tape and keep its order.
        order = sorted(range(len(all_items)), key=all_chunks.__getitem__)
        return Batch(
            list(map(all_items.__getitem__, order)),
            list(map(all_sizes.__getitem__, order)),
            list(map(all_chunks.__getitem__, order)),
            list(map(all_streams.__getitem__, order)),
        )

    def _feed(
        self, index: int, ends: list[int], numbers: list[int] | range
    ) -> tuple[list[Item], list[int], list[int]]:
        """Split the next chunks of one tape: its items, their sizes, their chunks."""
        state = self._state(index)
        items: list[Item] = []
        while state.fed < ends[-1]:
            stop = min(ends[-1], state.fed + FEED_BYTES)
            items += state.splitter.feed(self.log.read(index, state.fed, stop))
            state.fed = stop
        if not items:
            return [], [], []
        if items[0][1] == HEADER:  # one after each restart, so it leads the items it is among
            state.starts.append(state.end)
            state.contexts.append(state.splitter.context)
        return items, state.sizes(items), _attribute(items, ends, numbers)

    def _flush(self, mark: Mark) -> Iterator[Batch]:
        for index in (2 * mark.connection, 2 * mark.connection + 1):
            state = self._state(index)
            splitter = state.splitter
            flushed = splitter.restart() if mark.name == "restarted" else splitter.close()
            # A tape closed twice (a hostile file may) has nothing more to flush.
            items = [item for item in flushed if item[0] > state.end]
            if items:
                chunks = [self._chunk_of(index, item[0]) for item in items]
                yield Batch(items, state.sizes(items), chunks, [index] * len(items))

    def _chunk_of(self, index: int, offset: int) -> int:
        """Return the number of the chunk with the last byte before an offset, read already."""
        found = 0
        for stop in range(self.chunk, 0, -WINDOW_CHUNKS):
            first = max(0, stop - WINDOW_CHUNKS)
            streams, ends, _ = self.log.entries(first, stop)
            for at in range(stop - first - 1, -1, -1):
                if streams[at] == index:
                    if ends[at] < offset:
                        return found
                    found = first + at
        return found


def _attribute(items: list[Item], ends: list[int], numbers: list[int] | range) -> list[int]:
    """Return for each item the number of the chunk that brought its last byte."""
    if len(ends) == 1:
        return [numbers[0]] * len(items)
    if len(items) == len(ends) and [item[0] for item in items] == ends:
        return list(numbers)
    chunks = []
    position = 0
    for item in items:
        offset = item[0]
        while ends[position] < offset:
            position += 1
        chunks.append(numbers[position])
    return chunks
