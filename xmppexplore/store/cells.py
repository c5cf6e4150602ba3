"""The cells of a row as JSON can hold them, for views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.errors import UsageError
from xmppexplore.wire.phases import PHASES
from xmppexplore.wire.records import DIRECTIONS, KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xmppexplore.store.columns import Columns

__all__ = ["COLUMNS", "OUTCOMES", "SEVERITIES", "XML_LIMIT", "Cells"]

COLUMNS: Final = (
    "row",
    "time",
    "elapsed",
    "connection",
    "session",
    "direction",
    "phase",
    "kind",
    "name",
    "namespace",
    "type",
    "id",
    "sender",
    "recipient",
    "payload",
    "size",
    "xml",
)
"""Names of the columns of ``.wire``, in order."""

OUTCOMES: Final = ("result", "error", "timeout", "open")
"""Values of ``outcome`` in the frame of exchanges."""

SEVERITIES: Final = ("note", "warning", "error")
"""Values of ``severity`` in the frame of findings, in order."""

XML_LIMIT: Final = 2000
"""Characters of ``xml`` that a view is given unless it asks for more."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Cells:
    """Makes cells from columns; used under the lock of the columns.

    Args:
        columns: the columns to read.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._makers: dict[str, Callable[[int], Any]] = {
            "row": lambda row: row,
            "time": self._time,
            "elapsed": self._elapsed,
            "connection": lambda row: columns.span(row)[0],
            "session": lambda row: columns.log.connections[columns.span(row)[0]].session,
            "direction": lambda row: DIRECTIONS[columns.span(row)[1]],
            "phase": lambda row: PHASES[columns.phases[row]],
            "kind": lambda row: KINDS[columns.kinds[row]],
            "name": lambda row: columns.names[row],
            "namespace": lambda row: columns.namespaces[row],
            "type": lambda row: columns.types[row],
            "id": lambda row: columns.ids[row],
            "sender": lambda row: columns.senders[row],
            "recipient": lambda row: columns.recipients[row],
            "payload": lambda row: columns.payloads[row],
            "size": lambda row: columns.sizes[row],
            "xml": columns.xml,
        }

    def one(self, column: str) -> Callable[[int], Any]:
        """Return what makes the cells of a column.

        Raises:
            UsageError: there is no such column.
        """
        try:
            return self._makers[column]
        except KeyError:
            raise UsageError(f"no column {column!r}: there are {', '.join(COLUMNS)}") from None

    def many(
        self, start: int, stop: int, columns: Sequence[str], limit: int | None
    ) -> list[dict[str, Any]]:
        """Return rows as dicts; see :meth:`~xmppexplore.store.columns.Columns.rows`."""
        makers = [(column, self.one(column)) for column in columns if column != "xml"]
        rows = []
        for row in range(start, stop):
            cells = {column: maker(row) for column, maker in makers}
            if "xml" in columns:
                cells["xml"], cells["cut"] = self._cut(row, limit)
            rows.append(cells)
        return rows

    def _time(self, row: int) -> str:
        wall = self._columns.log.wall(self._columns.at(row))
        moment = _EPOCH + timedelta(microseconds=wall // 1000)
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def _elapsed(self, row: int) -> float:
        return (self._columns.at(row) - self._columns.log.anchor[0]) / 1e9

    def _cut(self, row: int, limit: int | None) -> tuple[str, bool]:
        shown = self._columns.shown(row)
        if limit is None:
            return shown.decode("utf-8", "replace"), False
        # A character is at most four bytes, so a cut one lies beyond the limit.
        text = shown[: 4 * limit + 4].decode("utf-8", "replace")
        return text[:limit], len(text) > limit
