"""What the sandbox tells of its connections: to a recorder, and to whoever asks."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from xmppexplore.sandbox.stream import Phase

__all__ = ["ConnectionInfo", "Recorder"]


class Recorder(Protocol):
    """What keeps the bytes of the server's side; directions are the server's own."""

    def connect(self, role: str, label: str, at: int) -> int:
        """Begin a connection and return its number; ``at`` is in monotonic nanoseconds."""

    def chunk(self, connection: int, direction: int, data: bytes, at: int) -> None:
        """Append what one read or write carried, in clear."""

    def mark(self, connection: int, name: str, detail: str, at: int) -> None:
        """Append something that happened between the bytes."""


class ConnectionInfo(NamedTuple):
    """One open connection.

    Attributes:
        number: its number in the recording, or in order of arrival where none is kept.
        peer: address and port of the client.
        phase: what it is in the middle of.
        address: the full XMPP address, ``""`` before binding.
        secure: whether TLS is up.
        mechanism: the SASL mechanism of the login, ``""`` before.
        available: whether the resource has sent presence.
        priority: of that presence.
    """

    number: int
    peer: str
    phase: Phase
    address: str
    secure: bool
    mechanism: str
    available: bool
    priority: int
