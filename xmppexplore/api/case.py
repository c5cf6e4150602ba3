"""A login that failed, as far as it is known: what was recorded and what was noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xmppexplore.wire.records import IN, KINDS

if TYPE_CHECKING:
    from xmppexplore.live.client import Client
    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["Case"]


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

    def received(self) -> Iterator[int]:
        """The rows that the server sent on this connection, newest first."""
        count = self.columns.settle()
        for row in range(count - 1, self.columns.first - 1, -1):
            connection, direction, _, _ = self.columns.span(row)
            if connection == self.connection and direction == IN:
                yield row

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
