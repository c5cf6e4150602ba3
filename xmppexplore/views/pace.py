"""How often and how much one view of the log is told.

At most ten updates a second, each only as large as the window; a view that stops
answering is told once a second, and in the end given up, so that nothing is sent for ever
to a page that was closed without saying so.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIOD: Final = 0.1
"""Seconds between two updates of a view: at most 10 a second."""
CAP: Final = 3
"""Updates that a view may leave unacknowledged before it is told less often."""
SLOW: Final = 1.0
"""Seconds between updates of a view that acknowledges nothing: a hidden tab, or a kernel
(ipykernel 6) that hears nobody while a cell runs."""
LEASE: Final = 60.0
"""Seconds of silence after which a view is given up; it is told all again when it speaks."""
TURN: Final = 0.008
"""Seconds of the loop that one turn of a search may take."""
BLOCK: Final = 200
"""Rows looked through between two looks at the clock; also the most rows sent at once."""


@dataclass
class Viewer:
    """What one view on the page shows, and what it was told.

    Attributes:
        heard: loop time of its last message, or of the first update it has not answered.
        size: rows that fit its window, and so the most that one update carries.
        follow: whether it stays at the newest row.
        generation: number of its filter; answers to older ones are dropped.
        wanted: its filter, see :func:`~xmppexplore.views.rowpack.fits`; ``None`` for none.
        hits: with a filter, where among all rows those that pass it stand.
        scanned: rows looked through for ``hits``.
        serial: number of the last update sent.
        acknowledged: number of the last update painted.
        pushed: loop time of the last update.
        told: (rows in all, rows that pass, rows looked through) as last told.
    """

    heard: float
    size: int = BLOCK
    follow: bool = True
    generation: int = 0
    wanted: Mapping[str, Any] | None = None
    hits: array[int] = field(default_factory=lambda: array("Q"))
    scanned: int = 0
    serial: int = 0
    acknowledged: int = 0
    pushed: float = 0.0
    told: tuple[int, int, int] = (-1, 0, 0)

    def state(self, total: int) -> tuple[int, int, int]:
        """Return what ``told`` would be if an update left now."""
        return (
            (total, total, total) if self.wanted is None else (total, len(self.hits), self.scanned)
        )

    def refilter(self, wanted: Mapping[str, Any], generation: int) -> None:
        """Take up a filter, forgetting what was found and told under the one before."""
        idle = not wanted["text"] and wanted["kinds"] is None and not wanted["direction"]
        self.wanted = None if idle else wanted
        self.generation = generation
        self.hits, self.scanned, self.told, self.pushed = array("Q"), 0, (-1, 0, 0), 0.0

    def lapsed(self, now: float) -> bool:
        """Tell whether the view left updates unanswered for longer than :data:`LEASE`."""
        return self.serial > self.acknowledged and now - self.heard > LEASE

    def due(self) -> float:
        """Return the loop time from which the next update may be sent."""
        return self.pushed + (PERIOD if self.serial - self.acknowledged < CAP else SLOW)

    def stamp(self, state: tuple[int, int, int], now: float) -> int:
        """Note that an update leaves; return the position of the first row it carries."""
        if self.serial == self.acknowledged:
            self.heard = now
        before, fitting = self.told[1], state[1]
        self.serial, self.pushed, self.told = self.serial + 1, now, state
        return max(before, fitting - self.size) if self.follow else fitting
