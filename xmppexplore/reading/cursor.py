"""Rows and marks in the order in which they happened, each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Mark

__all__ = ["Cursor"]


class Cursor:
    """Where a reader is in a recording.

    Args:
        columns: the rows.
        marks: names of the marks that the reader wants.  They must be such as say how many
            rows came before them, and not which row they speak of.
    """

    def __init__(self, columns: Columns, marks: frozenset[str]) -> None:
        self._columns = columns
        self._wanted = marks
        self._row = 0
        self._mark = 0

    def news(self) -> Iterator[int | Mark]:
        """Yield what came since the last call: numbers of rows, and marks among them.

        Rows that went to the journal unread are passed over.

        The caller holds the lock of the columns and exhausts the iterator.
        """
        columns = self._columns
        count = columns.settle()
        marks = columns.marks
        for row in range(max(self._row, columns.first), count):
            if self._mark < len(marks):
                yield from self._before(row)
            self._row = row + 1
            yield row
        yield from self._before(count)

    def _before(self, row: int) -> Iterator[Mark]:
        marks = self._columns.marks
        while self._mark < len(marks):
            mark = marks[self._mark]
            wanted = mark.name in self._wanted
            if wanted and mark.row > row:
                return
            self._mark += 1
            if wanted:
                yield mark
