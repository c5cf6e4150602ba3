"""What is closed at the end of ``async with``: sessions, streams and the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["Closing"]


class Closing:
    """Something with a ``close`` to be awaited, which ``async with`` does at its end."""

    def close(self) -> Awaitable[Any]:
        """Close it and leave nothing behind."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
