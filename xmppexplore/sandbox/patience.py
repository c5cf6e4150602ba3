"""How long a connection waits, and who waits for a client that does not read.

Both are given the loop or the transport that they work on and know no more of them than
is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

__all__ = ["Clock", "Pressure", "Reading", "Timers"]

BLOCKED_SECONDS: Final = 1.0
"""A timer that fires this late was kept by a busy kernel, not by the client."""


class Clock(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float:
        """Return seconds of a clock that never goes back."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
        """Call back after ``delay`` seconds; what is returned has ``cancel``."""


class Reading(Protocol):
    """What is needed of a transport."""

    def pause_reading(self) -> None:
        """Read no more."""

    def resume_reading(self) -> None:
        """Read on."""

    def is_closing(self) -> bool:
        """Tell whether it is closed or closing."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""


class Timers:
    """Named timers of one connection; setting one again replaces it.

    A cell that blocks the kernel stops clients of the same kernel too, so a timer that
    fires late gives its whole time again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: dict[str, Any] = {}

    @property
    def running(self) -> frozenset[str]:
        """The names of those that are set."""
        return frozenset(self._running)

    def start(self, name: str, seconds: float, run: Callable[[], None]) -> None:
        """Call ``run`` after ``seconds`` of a kernel that is not blocked."""
        due = self._clock.time() + seconds

        def fire() -> None:
            if self._clock.time() - due > BLOCKED_SECONDS:
                self.start(name, seconds, run)
            else:
                del self._running[name]
                run()

        self.stop(name)
        self._running[name] = self._clock.call_later(seconds, fire)

    def stop(self, name: str) -> None:
        """Forget a timer, running or not."""
        timer = self._running.pop(name, None)
        if timer is not None:
            timer.cancel()

    def stop_all(self) -> None:
        """Forget all timers."""
        for name in list(self._running):
            self.stop(name)


class Pressure:
    """Whether a client takes what is written to it, and who waits until it does.

    Whoever writes to a congested client is not read any more, so that nothing piles up
    without bound; a client that takes nothing at all for a while is given up.

    Args:
        transport: the connection.
        timers: its timers.
        seconds: how long it may take nothing.
        give_up: called with the reason when it took nothing for that long.

    Attributes:
        congested: whether more waits for it than should.
    """

    def __init__(
        self,
        transport: Reading,
        timers: Timers,
        seconds: float,
        give_up: Callable[[str], None],
    ) -> None:
        self.congested = False
        self._transport = transport
        self._timers = timers
        self._seconds = seconds
        self._give_up = give_up
        self._waits_for: set[Pressure] = set()
        self._waited_for_by: set[Pressure] = set()

    @property
    def waiting(self) -> bool:
        """Whether this client is not read because another one does not read."""
        return bool(self._waits_for)

    def rise(self) -> None:
        """Too much waits for this client."""
        self.congested = True
        self._watch(self._transport.get_write_buffer_size())

    def fall(self) -> None:
        """The client took it: those who waited go on."""
        self.congested = False
        self._timers.stop("stall")
        waiting, self._waited_for_by = self._waited_for_by, set()
        for other in waiting:
            other._go_on_from(self)

    def wait_for(self, other: Pressure) -> None:
        """Read no more from this client until ``other``, to which it writes, has read on."""
        if other not in self._waits_for:
            self._waits_for.add(other)
            other._waited_for_by.add(self)
            self._transport.pause_reading()

    def end(self) -> None:
        """The connection is gone."""
        self.fall()
        for other in self._waits_for:
            other._waited_for_by.discard(self)
        self._waits_for.clear()

    def _go_on_from(self, other: Pressure) -> None:
        self._waits_for.discard(other)
        if not self._waits_for and not self._transport.is_closing():
            self._transport.resume_reading()

    def _watch(self, size: int) -> None:
        def look() -> None:
            waiting = self._transport.get_write_buffer_size()
            if waiting < size:
                self._watch(waiting)
            else:
                self._give_up(f"the client does not read: {waiting} bytes wait for it")

        self._timers.start("stall", self._seconds, look)
