"""``xmppexplore explain``: a file of XML, or a saved recording, explained as text or JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from xmppexplore.api.explanation import Explanation, explain, terminal_width
from xmppexplore.errors import RecordingError, UsageError
from xmppexplore.reading.explained_names import explain_name

__all__ = ["MAX_BYTES", "explain_file"]

MAX_BYTES: Final = 16 * 1024 * 1024
"""Bytes of a file of XML that are read; a recording may be larger."""

_RECORDING: Final = b"SQLite format 3\0"  # how a file of SQLite begins, its own documentation says
_STANDARD_INPUT: Final = "-"


def explain_file(name: str, *, as_json: bool = False, reveal: bool = False) -> str:
    """Return the explanation of a file.

    Args:
        name: the file, ``"-"`` for standard input: one element, several, a whole stream, a
            recording written by ``save``, or anything else that ``explain`` takes as text;
            where there is no such file, a name that is known: ``"XEP-0045"``.
        as_json: JSON rather than lines for reading.
        reveal: show passwords and the messages of logins.

    Raises:
        RecordingError: it is a recording, and damaged or newer.
        UsageError: it cannot be read, or is larger than :data:`MAX_BYTES`.
    """
    found = _explained(name, reveal)
    if as_json:
        # All that is not ASCII is escaped, what would steer a terminal among it.
        return json.dumps(found.to_dict(), indent=2)
    return found.text(width=terminal_width())


def _explained(name: str, reveal: bool) -> Explanation:
    try:
        data = _bytes(name)
    except UsageError:
        if name == _STANDARD_INPUT or _exists(name) or explain_name(name) is None:
            raise
        return explain(name)
    if not data.startswith(_RECORDING):
        return explain(data, reveal=reveal)
    if name == _STANDARD_INPUT:
        raise UsageError("a recording cannot be read from standard input: give its file")
    from xmppexplore.api.recording import Recording

    try:
        return explain(Recording.load(name), reveal=reveal, last=sys.maxsize)
    except RecordingError as error:
        if isinstance(error.recovered, Recording) and len(error.recovered):
            return explain(error.recovered, reveal=reveal, last=sys.maxsize)
        raise


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _bytes(name: str) -> bytes:
    """Return what a file begins with, all of it where it is no recording."""
    if name == _STANDARD_INPUT:
        if sys.stdin is None:  # closed by who started this
            raise UsageError("standard input cannot be read: it is closed")
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", "") or str(error)
            raise UsageError(
                f"{name} cannot be read: {why}; a text itself is explained from standard input: "
                "echo ... | xmppexplore explain -"
            ) from None
    if len(data) > MAX_BYTES and not data.startswith(_RECORDING):
        raise UsageError(
            f"{name} has more than {MAX_BYTES:,} bytes: cut it, or save it as a recording"
        )
    return data
