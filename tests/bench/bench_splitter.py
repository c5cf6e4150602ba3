"""The splitter alone, against pyexpat that does nothing with the same bytes.

Two tapes: chat, whose items repeat a few shapes, and the same chat with a different
attribute name in each item, so that no shape is ever recognised and Expat reads all.
"""

from __future__ import annotations

import time
from xml.parsers import expat

from tests.bench.corpus import HEADER, READ_BYTES, stanzas
from tests.bench.measure import Row, ratios, row, scaled
from xmppexplore.wire.splitter import Splitter

STANZAS = 100_000
AGAINST = "pyexpat with empty start and end handlers"


def chunks(tape: bytes) -> list[bytes]:
    """Return the tape as a busy socket gives it."""
    return [tape[at : at + READ_BYTES] for at in range(0, len(tape), READ_BYTES)]


def speeds(tape: bytes, items: int) -> list[float]:
    """Return how many times as fast as Expat the splitter is, for each pair."""
    read = chunks(tape)

    def ours() -> float:
        start = time.process_time()
        splitter = Splitter()
        splitter.feed(HEADER)
        assert sum(len(splitter.feed(data)) for data in read) == items
        return time.process_time() - start

    def theirs() -> float:
        start = time.process_time()
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda _name, _attributes: None
        parser.EndElementHandler = lambda _name: None
        parser.Parse(HEADER)
        for data in read:
            parser.Parse(data)
        return time.process_time() - start

    return [1 / ratio for ratio in ratios(ours, theirs)]


def rows() -> list[Row]:
    """Measure; the ratio is of speeds, so that more is better."""
    chat = stanzas(scaled(STANZAS))
    unlike = [
        stanza.replace(b" id=", b" a%x='' id=" % number) for number, stanza in enumerate(chat)
    ]
    return [
        row("splitting chat", AGAINST, speeds(b"".join(chat), len(chat)), ">= 1.1"),
        row("splitting unlike items", AGAINST, speeds(b"".join(unlike), len(chat)), ">= 0.2"),
    ]


def main() -> None:
    """Print the rows."""
    for found in rows():
        print(found)


if __name__ == "__main__":
    main()
