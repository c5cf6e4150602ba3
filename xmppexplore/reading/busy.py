"""When the kernel was too busy to read: times that fall there are upper bounds."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

__all__ = ["BusySpans"]

_SECONDS: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?s\b")


class BusySpans:
    """The spans of time before each mark ``kernel busy``.

    A mark is written when the kernel is free again, and its detail says how long it was
    not (``"1.8 s"``); what the network brought meanwhile was read, and dated, at its end.
    """

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._starts: list[int] = []

    def add(self, at: int, detail: str) -> int:
        """Take a mark; return the start of its span, monotonic nanoseconds."""
        found = _SECONDS.search(detail)
        start = at - int(float(found[1]) * 1e9) if found else at
        self._ends.append(at)
        self._starts.append(start)
        return start

    def touches(self, first: int, last: int) -> bool:
        """Tell whether the time from ``first`` to ``last`` touches a span known so far."""
        after = bisect_left(self._ends, first)
        return after < len(self._ends) and self._starts[after] <= last
