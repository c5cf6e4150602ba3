"""What a test run holds open: the measure of "nothing left behind"."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from typing import NamedTuple

SETTLE_SECONDS = 15.0
"""Closing a transport takes some turns of the loop; what is still there after this stays."""


class Census(NamedTuple):
    """Tasks of the running loop, threads, open files and sockets, signal handlers."""

    tasks: tuple[str, ...]
    threads: tuple[str, ...]
    files: tuple[str, ...]
    handlers: tuple[object, ...]


def census() -> Census:
    """Count what is open now."""
    try:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
    except RuntimeError:
        tasks = set()
    return Census(
        tuple(sorted(repr(task.get_coro()).partition(" at 0x")[0] for task in tasks)),
        tuple(sorted(thread.name for thread in threading.enumerate())),
        tuple(sorted(_files())),
        tuple(signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)),
    )


def _files() -> list[str]:
    names = []
    for number in os.listdir("/proc/self/fd"):
        try:
            names.append(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except FileNotFoundError:
            continue  # the listing itself
    return names


async def settled(before: Census, seconds: float = SETTLE_SECONDS) -> Census:
    """Return the census once it equals ``before``, or as it stands when time is up.

    There is no event for "the loop has closed everything"; so it looks again each turn.
    """
    end = time.monotonic() + seconds
    now = census()
    while now != before and time.monotonic() < end:
        await asyncio.sleep(0.005)
        now = census()
    return now
