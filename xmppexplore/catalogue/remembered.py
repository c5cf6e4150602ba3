"""Answers about names that are remembered, within bounds.

Names come from the wire: there may be any number of them, and one may be a megabyte.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

__all__ = ["LONGEST", "remembered"]

LONGEST: Final = 300
"""Characters of a name beyond which nothing is remembered of it; the longest known has 100."""

_Answer = TypeVar("_Answer")
_Asked = Callable[[str], _Answer]


def remembered(most: int) -> Callable[[_Asked[_Answer]], _Asked[_Answer]]:
    """Remember what a function answers about the names that it was asked for last.

    Args:
        most: how many names.

    >>> @remembered(100)
    ... def shout(name: str) -> str:
    ...     print("asked")
    ...     return name.upper()
    >>> shout("a") + shout("a")
    asked
    'AA'
    """

    def decorate(function: _Asked[_Answer]) -> _Asked[_Answer]:
        known = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(name: str, /) -> _Answer:
            return function(name) if len(name) > LONGEST else known(name)

        return answer

    return decorate
