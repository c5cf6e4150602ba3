"""A login that failed, as far as it is known: what was recorded and what was noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from xmppexplore.wire.records import IN, KINDS, WHITESPACE

if TYPE_CHECKING:
    from xmppexplore.live.client import Client
    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["Case"]

MOST_ROWS: Final = 10_000
"""Rows that are looked at, the newest; a login has some tens."""


@dataclass(frozen=True)
class Case:
    """A login that failed.

    Attributes:
        client: the client, with the facts of its login.
        columns: what was recorded.
        connection: number of the newest connection, -1 where none was made.
        timeout: the limit in seconds that the login had.
        timed_out: whether it was reached.
    """

    client: Client
    columns: Columns
    connection: int
    timeout: float
    timed_out: bool

    @property
    def host(self) -> str:
        """The host that was tried last."""
        return self.client.target.host

    @property
    def port(self) -> int:
        """The port that was tried last."""
        return self.client.target.port

    @property
    def where(self) -> str:
        """Host and port as they stand in messages."""
        return f"{self.host} port {self.port}"

    def received(self) -> Sequence[int]:
        """The rows that the server sent on this connection, newest first, no white space.

        At most :data:`MOST_ROWS`, and looked for once: the server decides how many there are.
        """
        return self._received

    @cached_property
    def _received(self) -> tuple[int, ...]:
        columns = self.columns
        with columns.lock:
            count = columns.settle()
            kinds = columns.kinds.part(columns.first, count)
            sounding = (
                row
                for row in range(count - 1, columns.first - 1, -1)
                if kinds[row - columns.first] != WHITESPACE
            )
            own = (row for row in sounding if columns.span(row)[:2] == (self.connection, IN))
            return tuple(islice(own, MOST_ROWS))

    def find(self, namespace: str, name: str) -> Element | None:
        """The newest element of that name from the server."""
        for row in self.received():
            if (
                self.columns.value(row, "name") == name
                and self.columns.value(row, "namespace") == namespace
                and self.columns.value(row, "kind") in ("nonza", *KINDS[1:4])
            ):
                return self.columns.element(row)
        return None

    def kinds(self) -> set[str]:
        """The kinds of items that the server sent."""
        return {self.columns.value(row, "kind") for row in self.received()}

    @property
    def unreadable(self) -> bool:
        """Whether what the server sent is no XML that XMPP allows."""
        return self.connection >= 0 and (
            self.columns.error(self.connection, IN) is not None or "broken" in self.kinds()
        )

    def tape(self) -> bytes:
        """What the server sent, whole."""
        return self.columns.log.tape(self.connection, IN) if self.connection >= 0 else b""
