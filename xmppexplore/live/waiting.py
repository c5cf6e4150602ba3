"""Waiting for a row: woken by arrival, not by the reader's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Log

__all__ = ["wait_for_row"]


async def wait_for_row(
    log: Log,
    columns: Columns,
    wanted: Callable[[int], bool],
    *,
    first: int,
    ended: Callable[[], bool] = lambda: False,
) -> int:
    """Return the first row from ``first`` on for which ``wanted`` holds.

    Rows are split as bytes arrive while somebody waits, and each row is looked at once.

    Args:
        log: the log whose appends wake it.
        columns: the rows of that log.
        wanted: called with a row number.
        first: the row to begin with.
        ended: asked when nothing matched: whether nothing more can come.

    Returns:
        The row number, or -1 where ``ended`` holds.
    """
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    scheduled = False

    def look() -> None:
        nonlocal scheduled
        scheduled = False
        arrived.set()

    def on_append() -> None:
        # One look for all that arrives in one turn of the loop.
        nonlocal scheduled
        if not scheduled:
            scheduled = True
            loop.call_soon_threadsafe(look)

    log.listeners.append(on_append)
    try:
        row = first
        while True:
            arrived.clear()
            over = ended()
            with columns.lock:  # so that no row goes to the journal while it is looked at
                count = columns.settle()
                row = max(row, columns.first)
                while row < count:
                    if wanted(row):
                        return row
                    row += 1
            if over:
                return -1
            await arrived.wait()
    finally:
        log.listeners.remove(on_append)
