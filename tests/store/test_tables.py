"""A small frame has its columns and types whatever stands in it."""

from __future__ import annotations

import pandas as pd
import pytest

from xmppexplore.store.cells import OUTCOMES, SEVERITIES
from xmppexplore.store.tables import frame

KINDS = {
    "word": "category", "words": "text", "yes": "flag", "number": "integer", "row": "row",
    "time": "time", "long": "duration", "many": "list", "outcome": "outcome",
    "severity": "severity",
}  # fmt: skip
ROW = ("a", "b", True, 7, 3, 1_700_000_000_000_000_000, 5, ["x", "y"], OUTCOMES[0], SEVERITIES[0])
NOTHING = ("", "", False, 0, -1, -1, -1, [], OUTCOMES[1], SEVERITIES[1])


@pytest.mark.parametrize("rows", [[], [ROW], [ROW, NOTHING]], ids=["none", "one", "two"])
def test_types_do_not_depend_on_the_rows(rows):
    """So a query that works on a full frame works on an empty one."""
    found = frame(KINDS, rows)

    assert list(found.columns) == list(KINDS)
    assert [str(dtype) for dtype in found.dtypes] == [
        "category", "str", "bool", "int64", "Int64", "datetime64[ns, UTC]", "timedelta64[ns]",
        "object", "category", "category",
    ]  # fmt: skip


def test_what_is_not_there_is_missing():
    """A row number, time or duration below zero is none."""
    found = frame(KINDS, [ROW, NOTHING])

    assert list(found[["row", "time", "long"]].isna().all(axis=1)) == [False, True]
    assert found["time"][0] == pd.Timestamp(1_700_000_000, unit="s", tz="UTC")
    assert found["long"][0] == pd.Timedelta(5, unit="ns")
    assert found["many"][0] == ("x", "y")


@pytest.mark.parametrize("kind", ["text", "category"])
def test_half_of_a_surrogate_pair_is_no_crash(kind):
    """Somebody can type it, and Arrow cannot keep it; the rest stays as it is."""
    found = frame({"a": kind}, [("\ud800b",), ("\U0001f600",)])

    assert found["a"].to_list() == ["\ufffdb", "\U0001f600"]


def test_a_kind_that_is_none_is_an_error():
    """It is a mistake of the library, not of what is shown."""
    with pytest.raises(KeyError):
        frame({"a": "colour"}, [])
