"""Memory of a recording beyond its bytes, per item."""

from __future__ import annotations

import gc
import tracemalloc

from tests.bench.corpus import HEADER, stanzas
from tests.bench.measure import Row, row, scaled
from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN

STANZAS = 250_000
LIMIT = 120
"""Bytes per item."""


def rows() -> list[Row]:
    """Measure the dearest way to record: each stanza is a chunk, read as it comes."""
    return [
        _measured(1, "memory per item beside the bytes, a chunk each"),
        _measured(50, "memory per item beside the bytes, 50 in a chunk"),
    ]


def _measured(together: int, what: str) -> Row:
    count = scaled(STANZAS)
    gc.collect()
    tracemalloc.start()
    log = Log((0, 0))
    number = log.connect("initiator", "romeo", 0)
    log.chunk(number, IN, HEADER, 0)
    columns = Columns(log)
    total = len(HEADER)
    for first in range(0, count, together):
        data = b"".join(stanzas(together, first=first))
        total += len(data)
        log.chunk(number, IN, data, first)
        if first % 1000 < together:
            columns.settle()
    items = columns.settle()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return row(what, f"{LIMIT} B", [(held - total) / items / LIMIT] * 2, "<= 1")


def main() -> None:
    """Print the rows."""
    for found in rows():
        print(found)


if __name__ == "__main__":
    main()
