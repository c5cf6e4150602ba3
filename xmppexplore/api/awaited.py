"""What a session waits for: the answer to a request, a row that matches, and how long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from xmppexplore.api.arguments import shown
from xmppexplore.errors import NoAnswer
from xmppexplore.live.waiting import wait_for_row
from xmppexplore.names import STREAMS, split_qualified
from xmppexplore.reading.exchanges import may_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.api.session import Session
    from xmppexplore.wire.element import Element

__all__ = ["answers", "no_answer", "row_of"]

SHOWN: Final = 80
"""Characters of what came last that an error shows."""


def answers(session: Session, asked: Element) -> Callable[[int], bool]:
    """Return what tells whether a row answers a request (RFC 6120 §8.2.3)."""
    own_id, recipient = str(asked.get("id")), str(asked.get("to", ""))
    columns = session.recording._columns

    def fits(row: int) -> bool:
        return (
            columns.ids[row] == own_id
            and columns.value(row, "kind") == "iq"
            and columns.value(row, "type") in ("result", "error")
            and session._incoming(row)
            and may_answer(recipient, columns.value(row, "sender"), session.jid)
        )

    return fits


async def row_of(
    session: Session, wanted: Callable[[int], bool], first: int, seconds: float
) -> int:
    """Return the first row from ``first`` on that is wanted, -1 where none came in time."""
    recording = session.recording
    try:
        async with asyncio.timeout(seconds):
            return await wait_for_row(
                recording._log,
                recording._columns,
                wanted,
                first=first,
                ended=session._over,
            )
    except TimeoutError:
        return -1


def no_answer(session: Session, what: str, seconds: float) -> NoAnswer:
    """Return the error for what did not come, with what came last instead."""
    why = (
        f"within {seconds:g} s" if session.state == "open" else f"(the session is {session.state})"
    )
    error = NoAnswer(
        f"{what} {why}.{_last(session)} Look at {session._variable}.exchanges and "
        f"{session._variable}.wire, or wait longer with timeout=..."
    )
    error.recording = session.recording
    return error


def _last(session: Session) -> str:
    """Return what came last; of a stream that was ended, the reason and not the footer."""
    columns = session.recording._columns
    for row in range(columns.settle() - 1, columns.first - 1, -1):
        if not session._incoming(row) or columns.value(row, "kind") == "footer":
            continue
        if (columns.value(row, "namespace"), columns.value(row, "name")) == (STREAMS, "error"):
            condition = shown(split_qualified(str(columns.value(row, "payload")))[1])
            return f" The server ended the stream by the error {condition!r} (row {row})."
        return f" The last that arrived is row {row}: {columns.xml(row)[:SHOWN]!r}."
    return ""
