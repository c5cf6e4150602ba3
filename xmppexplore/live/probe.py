"""The probe that notices a blocked kernel.

A cell that computes or sleeps without ``await`` stops the event loop, and with it every
read: bytes that came meanwhile get the time at which the kernel read them.  The probe
cannot mend that, but it can say so.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppexplore.live.tap import Tap

__all__ = ["BUSY_SECONDS", "watch_kernel"]

INTERVAL = 0.1
"""Seconds between two looks."""

BUSY_SECONDS = 0.25
"""From this delay on, in seconds, a kernel counts as busy."""


class _Probe:
    """One timer per event loop, for as long as there is a tap to write marks for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.taps: weakref.WeakSet[Tap] = weakref.WeakSet()
        self.timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, tap: Tap) -> None:
        self.taps.add(tap)
        if self.timer is None:
            self._again()

    def drop(self, tap: Tap) -> None:
        self.taps.discard(tap)
        if not self.taps and self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _again(self) -> None:
        self._due = time.monotonic() + INTERVAL
        self.timer = self.loop.call_later(INTERVAL, self._look)

    def _look(self) -> None:
        self.timer = None
        late = time.monotonic() - self._due
        if late >= BUSY_SECONDS:
            for tap in tuple(self.taps):
                tap.mark("kernel busy", f"{late:.1f} s")
        if self.taps:
            self._again()


_probes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Probe] = weakref.WeakKeyDictionary()


def watch_kernel(tap: Tap, *, on: bool = True) -> None:
    """Begin or end writing ``kernel busy`` marks to the connections of a tap.

    Args:
        tap: a tap whose client lives on the running loop.
        on: whether to begin or to end.
    """
    loop = asyncio.get_running_loop()
    probe = _probes.setdefault(loop, _Probe(loop))
    if on:
        probe.add(tap)
    else:
        probe.drop(tap)
