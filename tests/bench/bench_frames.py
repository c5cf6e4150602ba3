"""A frame of many stanzas from split columns, against an ElementTree parse of the same."""

from __future__ import annotations

import time
from xml.etree import ElementTree

from tests.bench.corpus import FOOTER, HEADER, bulk_log, stanzas
from tests.bench.measure import Row, ratios, row, scaled
from xmppexplore.store.columns import Columns
from xmppexplore.store.frames import Frames
from xmppexplore.wire.records import IN

STANZAS = 1_000_000
MORE = 100


def rows() -> list[Row]:
    """Measure the first frame, and the next one after some more rows."""
    count = scaled(STANZAS)
    tape = b"".join(stanzas(count))
    log = bulk_log(tape)
    columns = Columns(log)
    columns.settle()
    later: list[float] = []
    known = [count + 2]  # with the two iqs of binding

    def first() -> float:
        frames = Frames(columns)
        start = time.process_time()
        assert len(frames.stanzas()) == known[0]
        spent = time.process_time() - start
        known[0] += MORE
        log.chunk(0, IN, b"".join(stanzas(MORE, first=known[0])), 10**12)
        columns.settle()
        start = time.process_time()
        assert len(frames.stanzas()) == known[0]
        later.append((time.process_time() - start) / spent)
        return spent

    def parse() -> float:
        start = time.process_time()
        root = ElementTree.fromstring(HEADER + tape + FOOTER)
        assert len(root) == count
        return time.process_time() - start

    found = ratios(first, parse, pairs=5)
    return [
        row(f"frame of {count:,} stanzas", "ElementTree parse of the same bytes", found, "<= 0.1"),
        row(f"the frame after {MORE} more", "the first frame", later, "<= 0.01"),
    ]


def main() -> None:
    """Print the rows."""
    for found in rows():
        print(found)


if __name__ == "__main__":
    main()
