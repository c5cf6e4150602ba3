"""The phase of each row, from the one table in :mod:`xmppexplore.wire.phases`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.names import qualified
from xmppexplore.wire.phases import CHILDREN_MATTER, PHASES, STANZAS_MATTER, START, advance
from xmppexplore.wire.records import STANZA_KINDS, WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.store.log import Log, Mark
    from xmppexplore.store.reader import Batch

__all__ = ["Phasing"]

_CODES: Final = {phase: code for code, phase in enumerate(PHASES)}
_STEADY: Final = STANZA_KINDS | {WHITESPACE}
"""Kinds that change nothing where stanzas do not matter.

Nearly all rows of a long recording are of these kinds; they are spared the table.
"""
_STEADY_PHASE: Final = "ready"
assert _STEADY_PHASE not in STANZAS_MATTER


class _State:
    """Where one connection stands."""

    __slots__ = ("phase", "role", "tls")

    def __init__(self, role: str) -> None:
        self.role = role
        self.phase = START[role]
        self.tls = False


class Phasing:
    """Follows the phase of every connection of a log, row by row.

    Args:
        log: the log that the rows come from.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._states: dict[int, _State] = {}

    def mark(self, mark: Mark) -> None:
        """Take note of a mark: TLS changes what the next items mean."""
        if mark.connection >= 0 and mark.name == "tls up":
            self._state(mark.connection).tls = True

    def phases(self, batch: Batch, children: Callable[[int], tuple[str, ...]]) -> list[int]:
        """Return the phase of each row after it, as positions in ``PHASES``.

        Args:
            batch: the rows.
            children: gives the Clark names of the children of a row, by its position
                in the batch.
        """
        states = {stream >> 1: self._state(stream >> 1) for stream in set(batch.streams)}
        kinds = {item[1] for item in batch.items}
        steady = all(state.phase == _STEADY_PHASE for state in states.values())
        if steady and _STEADY.issuperset(kinds):
            return [_CODES[_STEADY_PHASE]] * len(batch.items)
        codes = []
        for at, (stream, item) in enumerate(zip(batch.streams, batch.items, strict=True)):
            state = states[stream >> 1]
            if item[1] not in _STEADY or state.phase in STANZAS_MATTER:
                named = qualified(item.namespace, item.name) in CHILDREN_MATTER
                state.phase = advance(
                    state.role,
                    state.phase,
                    stream & 1,
                    item,
                    state.tls,
                    children(at) if named else (),
                )
            codes.append(_CODES[state.phase])
        return codes

    def _state(self, connection: int) -> _State:
        if connection not in self._states:
            self._states[connection] = _State(self._log.connections[connection].role)
        return self._states[connection]
