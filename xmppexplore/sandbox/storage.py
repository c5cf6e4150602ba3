"""What the server keeps beyond its process: the contract, and the one that keeps nothing.

What runs is always in memory; every change is told to the storage as well, and the storage
is committed before any byte that was written after the change leaves the process.  So what
a client saw acknowledged is there after a crash.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias

__all__ = ["FORGETFUL", "Row", "Storage", "Table", "Value"]

Value: TypeAlias = str | int | float | bytes
"""What a cell may hold."""

Row: TypeAlias = tuple[Value, ...]
"""The cells of one row: the owner first, then the keys, then the other columns."""


class Table(NamedTuple):
    """One kind of thing that is kept.

    Attributes:
        name: its name, lower case.
        keys: columns that, with the owner, name a row.
        columns: the other columns.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...] = ()


class Storage(Protocol):
    """Where rows are kept.  The owner is the localpart of an account."""

    def rows(self, table: Table) -> Iterable[Row]:
        """Return all rows of a table in the order in which their keys were first put."""

    def put(self, table: Table, owner: str, *cells: Value) -> None:
        """Keep a row, in place of one with the same owner and keys."""

    def drop(self, table: Table, owner: str, *keys: Value) -> None:
        """Let go of the rows with this owner and these first keys; of all without keys."""

    def commit(self) -> None:
        """Make what was put and dropped last; cheap where nothing was."""

    def close(self) -> None:
        """Commit and let go of the file."""


class _Forgetful:
    """Keeps nothing: the state ends with the process."""

    def rows(self, _table: Table) -> Iterable[Row]:
        return ()

    def put(self, _table: Table, _owner: str, *_cells: Value) -> None:
        pass

    def drop(self, _table: Table, _owner: str, *_keys: Value) -> None:
        pass

    def commit(self) -> None:
        pass

    def close(self) -> None:
        pass


FORGETFUL: Final[Storage] = _Forgetful()
"""The storage of a server whose state ends with its process."""
