"""What is closed at the end of ``async with``: sessions, streams and the sandbox."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["Closing"]


class Closing(ABC):
    """Something with a ``close`` to be awaited, which ``async with`` does at its end."""

    @abstractmethod
    def close(self) -> Awaitable[Any]:
        """Close it and leave nothing behind."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
