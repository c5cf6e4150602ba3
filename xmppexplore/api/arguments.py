"""What is given to a public call: checked where the call stands, shown short in messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

from xmppexplore.errors import UsageError

__all__ = ["check_types", "short_repr", "shown"]

SHOWN: Final = 80
"""Characters of a value that a message shows."""

WORDS: Final[dict[type, str]] = {
    str: "text",
    bool: "True or False",
    Integral: "a whole number",
    Real: "a number",
    Path: "a path",
    Iterable: "several in a list",
    Callable: "a function",  # type: ignore[dict-item]
    type(None): "nothing",
}


_SECRET: Final = frozenset({"password"})
"""Arguments whose value no message shows, whatever its type."""


def short_repr(value: object) -> str:
    """Return how a value is written, short enough for a message.

    >>> short_repr("x" * 1000)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"
    """
    if isinstance(value, (str, bytes)):
        value = value[:SHOWN]
    text = repr(value)
    return text if len(text) < SHOWN else text[: SHOWN - 1] + "…"


def shown(text: str) -> str:
    r"""Return text that a peer chose, short and without what steers a terminal or a line.

    >>> shown("a\x1b[2J")
    'a\\x1b[2J'
    """
    text = text[:SHOWN]
    return text if text.isprintable() else repr(text)[1:-1]


def check_types(call: str, **given: tuple[Any, tuple[type, ...]]) -> None:
    """Refuse arguments of the wrong type.

    Args:
        call: name of the public call.
        given: by the name of the argument, its value and the types that it may have.

    Raises:
        UsageError: one of them has another type; the message says which types it may have.
    """
    for name, (value, kinds) in given.items():
        # True is an int for Python; nobody who writes port=True means it.
        stray = isinstance(value, bool) and bool not in kinds
        if isinstance(value, kinds) and not stray:
            continue
        words = " or ".join(WORDS.get(kind, kind.__name__) for kind in kinds)
        told = f"<{type(value).__name__}>" if name in _SECRET else short_repr(value)
        raise UsageError(f"{call}(..., {name}={told}): give {words}")
