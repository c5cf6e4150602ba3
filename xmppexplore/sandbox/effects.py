"""What a machine asks of the outside: besides bytes, the only things that leave it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Close", "Effect", "Later", "Mark", "StartTLS"]


class StartTLS(NamedTuple):
    """Begin TLS on the next byte of either direction (RFC 6120 §5.4.2.3)."""


class Mark(NamedTuple):
    """Something between the bytes, to be recorded.

    Attributes:
        name: the name of the mark: ``restarted``, ``authenticated``, ``bound``.
        detail: what a reader should know of it, never a secret.
    """

    name: str
    detail: str = ""


class Close(NamedTuple):
    """Write what is left, then end the connection.

    Attributes:
        detail: the stream error condition, or ``""`` after a closing handshake.
    """

    detail: str = ""


class Later(NamedTuple):
    """An answer that is not known yet: await it, then call ``realm.conclude``.

    Attributes:
        request: the stanza that waits for it.
        answer: what a coroutine handler returned.
    """

    request: Any
    answer: Awaitable[Any]


Effect: TypeAlias = bytes | StartTLS | Mark | Close | Later
"""Effects are carried out in the order in which they come."""
