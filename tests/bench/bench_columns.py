"""Splitting a tape into items and columns, against pyexpat that does nothing with it."""

from __future__ import annotations

import time
from xml.parsers import expat

from tests.bench.corpus import FOOTER, HEADER, READ_BYTES, ROWS_BEFORE, bulk_log, stanzas
from tests.bench.measure import Row, ratios, row, scaled
from xmppexplore.store.columns import Columns

STANZAS = 200_000


def rows() -> list[Row]:
    """Measure; the ratio is of speeds, so that more is better."""
    tape = b"".join(stanzas(scaled(STANZAS))) + FOOTER
    log = bulk_log(tape)
    items = ROWS_BEFORE + scaled(STANZAS) + 1

    def ours() -> float:
        start = time.process_time()
        assert Columns(log).settle() == items
        return time.process_time() - start

    def theirs() -> float:
        start = time.process_time()
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda _name, _attributes: None
        parser.EndElementHandler = lambda _name: None
        parser.Parse(HEADER)
        for at in range(0, len(tape), READ_BYTES):
            parser.Parse(tape[at : at + READ_BYTES])
        parser.Parse(FOOTER[:0], True)  # noqa: FBT003 (positional only)
        return time.process_time() - start

    speeds = [1 / ratio for ratio in ratios(ours, theirs)]
    what = "splitting a tape into items and columns"
    return [row(what, "pyexpat with empty start and end handlers", speeds, ">= 0.8")]


def main() -> None:
    """Print the rows."""
    for found in rows():
        print(found)


if __name__ == "__main__":
    main()
