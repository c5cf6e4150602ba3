"""Small frames, made whole from rows of plain values.

A recording's own rows and marks grow and are many: :mod:`.frames` keeps those.  What is
read out of them, or out of a server, is a list of rows; this makes a frame of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from xmppexplore.store.cells import OUTCOMES, SEVERITIES

__all__ = ["TEXT", "frame"]

TEXT: Final = pd.StringDtype("pyarrow", na_value=np.nan)
"""Strings as they are in every frame."""


def frame(kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Return rows as a frame; its columns and types are the same without rows.

    Args:
        kinds: name of each column -> what it is: ``text``, ``category`` (words that recur),
            ``flag``, ``integer``, ``row`` (a row number, -1 for none, nullable ``Int64``),
            ``time`` (nanoseconds since 1970 UTC, below 0 for none, ``datetime64[ns, UTC]``),
            ``duration`` (nanoseconds, -1 for none, ``timedelta64[ns]``), ``list`` (tuples),
            ``outcome`` or ``severity``.
        rows: the values of each row, in the order of the columns.
    """
    given = list(rows)
    return pd.DataFrame(
        {
            name: _MAKERS[kind]([row[at] for row in given])
            for at, (name, kind) in enumerate(kinds.items())
        }
    )


def _text(values: list[str]) -> Any:
    try:
        return pd.array(values, dtype=TEXT)
    except UnicodeEncodeError:  # half of a surrogate pair, which a person can type and Arrow not
        return pd.array([_whole(one) for one in values], dtype=TEXT)


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _category(values: list[str]) -> pd.Categorical:
    words = _text(values)
    return pd.Categorical(words, categories=pd.Index(words.unique(), dtype=TEXT))


def _integers(values: list[int]) -> Any:
    return np.array(values, "int64")


def _rows(values: list[int]) -> Any:
    numbers = _integers(values)
    return pd.arrays.IntegerArray(numbers, numbers < 0)


def _times(values: list[int]) -> Any:
    times = _integers(values).view("datetime64[ns]")
    times[_integers(values) < 0] = np.datetime64("NaT")
    return pd.DatetimeIndex(times, tz="UTC")


def _durations(values: list[int]) -> Any:
    durations = _integers(values).astype("timedelta64[ns]")
    durations[_integers(values) < 0] = np.timedelta64("NaT")
    return durations


def _lists(values: list[Any]) -> Any:
    cells = np.empty(len(values), object)
    cells[:] = [tuple(one) for one in values]
    return cells


_MAKERS: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "category": _category,
    "text": _text,
    "flag": lambda values: np.array(values, "bool"),
    "integer": _integers,
    "row": _rows,
    "time": _times,
    "duration": _durations,
    "list": _lists,
    "outcome": lambda values: pd.Categorical(values, categories=OUTCOMES),
    "severity": lambda values: pd.Categorical(values, categories=SEVERITIES, ordered=True),
}
"""What a column is -> the array of its values."""
