"""A recording as lines of text for a terminal.

Whatever came over the wire is made visible and harmless: a control character would be a
command to the terminal, a bidirectional one would reorder the line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xmppexplore.api.recording import Recording
from xmppexplore.errors import RecordingError, UsageError

if TYPE_CHECKING:
    from xmppexplore.store.log import Mark

_BATCH = 1000
_SHOWN = ("row", "elapsed", "connection", "direction", "kind", "size", "xml")
_ARROWS = {"in": "<-", "out": "->"}

_HARMFUL = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as escapes: control, format, private, surrogate,
unassigned, line and paragraph separators."""


def harmless(text: str) -> str:
    r"""Return the text on one line, with every character that steers a terminal escaped.

    >>> harmless("a\x1b[2Jb\nc\u202ed")
    'a\\x1b[2Jb\\nc\\u202ed'
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HARMFUL
        else character
        for character in text
    )


def recording_lines(path: Path) -> Iterator[str]:
    """Yield a saved recording, one line for each item and each mark, secrets hidden.

    An item's line has its row, seconds since the start, connection, direction, kind, size
    in bytes and XML, the latter cut where it is long.

    Args:
        path: a file written by ``save``.

    Raises:
        RecordingError: the file is no recording, damaged or newer; what could be read of
            it was yielded before.
        UsageError: the file cannot be opened.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}: a recording is written with session.save(path)")
    try:
        recording = Recording.load(path)
    except RecordingError as error:
        if isinstance(error.recovered, Recording):
            yield from _lines(error.recovered)
        raise
    yield from _lines(recording)


def _lines(recording: Recording) -> Iterator[str]:
    columns = recording._columns
    count = columns.settle()
    yield f"{count:,} rows on {len(recording.connections)} connection(s)"
    for connection in recording.connections:
        yield f"connection {harmless(connection)}"
    before: dict[int, list[Mark]] = {}
    for mark in columns.marks:
        before.setdefault(min(mark.row, count), []).append(mark)
    start = columns.log.anchor[0]
    for first in range(0, count, _BATCH):
        for row in columns.rows(first, min(first + _BATCH, count), _SHOWN):
            yield from (_mark_line(mark, start) for mark in before.get(row["row"], ()))
            yield _row_line(row)
    yield from (_mark_line(mark, start) for mark in before.get(count, ()))


def _row_line(row: dict[str, Any]) -> str:
    xml = harmless(row["xml"])
    cut = " (cut)" if row["cut"] else ""
    return (
        f"{row['row']:>7} {row['elapsed']:>11.6f} {row['connection']} "
        f"{_ARROWS[row['direction']]} {row['kind']:<10} {row['size']:>7} {xml}{cut}"
    )


def _mark_line(mark: Mark, start: int) -> str:
    detail = f": {harmless(mark.detail)}" if mark.detail else ""
    connection = mark.connection if mark.connection >= 0 else " "
    elapsed = (mark.at - start) / 1e9
    return f"{'':>7} {elapsed:>11.6f} {connection} -- {harmless(mark.name)}{detail}"
