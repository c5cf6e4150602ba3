"""The layers of a login: which stream lay in which layer, and how many bytes of it passed there.

A part is a piece of a connection throughout which stream and layers stay the same.  A new
one begins with a restart (RFC 6120 §4.3.3), with TLS (§5), and behind the element that made
the layer: success (§6), an address (§7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.reading.records import Handshake, Step
from xmppexplore.wire.records import IN, OUT

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns

__all__ = ["Part", "read_layers"]

UNKNOWN: Final = -1
_FROM_A_MARK: Final = frozenset({"TCP", "TLS"})  # the others begin behind an element


class Part(NamedTuple):
    """A piece of a connection with the same stream and the same layers throughout.

    Attributes:
        stream: number of the stream on this connection, from 1.
        layers: labels of the layers around it, outermost first: :class:`Band`.
        steps: the steps in it, in order.
        sent: bytes that were written by us in it; -1 where that is not kept any more.
        received: bytes that were read by us, likewise.
    """

    stream: int
    layers: tuple[str, ...]
    steps: tuple[Step, ...]
    sent: int
    received: int


def read_layers(columns: Columns, login: Handshake) -> tuple[Part, ...]:
    """Return the parts of a connection in order; none is empty but one that has just begun.

    Args:
        columns: the rows that the login was read from.
        login: the login.
    """
    with columns.lock:
        return _Cutter(columns, login).parts()


class _Cutter:
    def __init__(self, columns: Columns, login: Handshake) -> None:
        self._columns = columns
        self._login = login
        # Where a bounded recording has let go of rows, sizes cannot be told.
        self._sized = all(row >= columns.first for step in login.steps for row in step.rows)
        self._reached = [0, 0]  # end of what is read so far, by direction
        self._begun = [0, 0]  # ... and of the parts before this one

    def parts(self) -> tuple[Part, ...]:
        login, steps = self._login, self._login.steps
        layers: dict[int, list[str]] = {}
        for band in login.bands:
            begins = band.first + (band.label not in _FROM_A_MARK)
            layers.setdefault(begins, []).append(band.label)
        restarts = {restart.before for restart in login.restarts}
        found: list[Part] = []
        stream, around, own = 1, list(layers.get(0, ())), list[Step]()
        for at, step in enumerate(steps):
            if at and (at in layers or at in restarts):
                if "TLS" in layers.get(at, ()):
                    self._reach_tls()
                self._end(found, stream, around, own)
                own = []
                around = [*around, *layers.get(at, ())]
                stream += at in restarts
            own.append(step)
            for row in step.rows if self._sized else ():
                _, direction, _, self._reached[direction] = self._columns.span(row)
        late = layers.get(len(steps), ())
        if steps and late:  # stanzas may flow, and none of what followed is a step
            self._end(found, stream, around, own)
            own, around = [], [*around, *late]
        log, number = self._columns.log, login.connection
        self._reached = [log.length(number, direction) for direction in (IN, OUT)]
        self._end(found, stream, around, own, even_empty=bool(steps and late))
        return tuple(found)

    def _reach_tls(self) -> None:
        """Take the places of both tapes from the mark: white space may stand before it."""
        for mark in self._columns.marks:
            if mark.name == "tls up" and mark.connection == self._login.connection:
                self._reached = [mark.in_, mark.out]
                return

    def _end(
        self,
        found: list[Part],
        stream: int,
        layers: list[str],
        steps: list[Step],
        *,
        even_empty: bool = False,
    ) -> None:
        sizes = [UNKNOWN, UNKNOWN]
        if self._sized:
            pairs = zip(self._reached, self._begun, strict=True)
            sizes = [reached - begun for reached, begun in pairs]
        self._begun = list(self._reached)
        said = any(sizes) if self._sized else any(step.rows for step in steps)
        if said or even_empty:
            found.append(Part(stream, tuple(layers), tuple(steps), sizes[OUT], sizes[IN]))
