"""The probe that says that the kernel was busy."""

from __future__ import annotations

import asyncio
import time

from tests.peers.census import census
from xmppexplore.live.probe import BUSY_SECONDS, watch_kernel


class _Tap:
    """What the probe needs of a tap: where to write a mark."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, str]] = []

    def mark(self, name: str, detail: str = "") -> None:
        self.marks.append((name, detail))


def test_a_blocked_loop_is_marked_and_an_idle_one_is_not() -> None:
    """Only a delay of the loop counts, not the passing of time."""

    async def play() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        tap = _Tap()
        watch_kernel(tap)  # type: ignore[arg-type]
        await asyncio.sleep(0.5)
        idle = list(tap.marks)
        time.sleep(BUSY_SECONDS + 0.3)
        async with asyncio.timeout(5):
            while not tap.marks[len(idle) :]:
                await asyncio.sleep(0.01)
        watch_kernel(tap, on=False)  # type: ignore[arg-type]
        return idle, tap.marks[len(idle) :]

    idle, busy = asyncio.run(play())
    blocked = [float(detail.split()[0]) for _, detail in busy]
    # On a machine that others use as well an idle loop may be late too; never by this much.
    assert all(float(detail.split()[0]) < BUSY_SECONDS + 0.3 for _, detail in idle)
    assert max(blocked) >= BUSY_SECONDS
    assert {name for name, _ in busy} == {"kernel busy"}


def test_nothing_is_left_when_the_last_tap_is_gone() -> None:
    """One timer for all taps, and none without."""

    async def play() -> None:
        before = census()
        taps = [_Tap() for _ in range(3)]
        for tap in taps:
            watch_kernel(tap)  # type: ignore[arg-type]
        for tap in taps:
            watch_kernel(tap, on=False)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        pending = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        assert pending == []
        assert census() == before

    asyncio.run(play())
