"""What the server keeps, in one SQLite file with a table for each kind of thing.

The tables are plain, so that whoever learns can read them with any tool: the owner's
localpart, the keys, the columns, in the order in which rows were first put.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.storage import Row, Table, Value

__all__ = ["Database", "is_database"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
APPLICATION_ID: Final = 0x584D5050  # "XMPP": says whose file it is (SQLite file format §1.3.11)
BUSY_SECONDS: Final = 2.0
_MAGIC: Final = b"SQLite format 3\0"  # how every such file begins (SQLite file format §1.3)


def is_database(path: str | Path) -> bool:
    """Tell whether a file is a SQLite database, or is not there and can be made one.

    It is only looked at: a server that uses it does not notice.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) in (_MAGIC, b"")
    except FileNotFoundError:
        return path.parent.is_dir()
    except OSError:
        return False


class Database:
    """Rows in a SQLite file.

    A commit is durable against the end of the process at any moment; against a loss of
    power it is as durable as SQLite's write-ahead log without a sync at each commit.

    Args:
        path: the file; it is made, readable by its owner alone, where it is not there.
        domain: whose file it is; a file of another domain is refused.

    Raises:
        UsageError: it is no file of a sandbox, belongs to another domain, is in use by
            another server, or cannot be opened.
    """

    def __init__(self, path: str | Path, domain: str) -> None:
        self.path = Path(path)
        self._known: set[str] = set()
        self._dirty = False
        self._error: sqlite3.Error | None = None  # why nothing is written any more
        self._told = False  # whether it was raised
        try:
            # Made here, so that nobody else may read it even for a moment.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None
            )
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"cannot open {str(self.path)!r}: {getattr(error, 'strerror', None) or error};"
                " give another file"
            ) from error
        try:
            self._prepare(domain)
        except sqlite3.Error as error:
            self._connection.close()
            taken = "close the other server that uses it, or " if "locked" in str(error) else ""
            raise UsageError(
                f"{str(self.path)!r} cannot be used: {error}; {taken}give another file"
            ) from error
        except UsageError:
            self._connection.close()
            raise

    def rows(self, table: Table) -> Iterable[Row]:
        """Return all rows of a table in the order in which their keys were first put.

        Raises:
            UsageError: the file is damaged.
        """
        self._ensure(table)
        columns = ", ".join(("owner", *table.keys, *table.columns))
        try:
            found = self._connection.execute(
                f"SELECT {columns} FROM {table.name} ORDER BY number"  # noqa: S608 (_ensure checks)
            )
            return found.fetchall()
        except sqlite3.Error as error:
            raise self._unfit("read", error) from error

    def put(self, table: Table, owner: str, *cells: Value) -> None:
        """Keep a row, in place of one with the same owner and keys."""
        self._ensure(table)
        self._begin()
        names = ("owner", *table.keys, *table.columns)
        keys = ", ".join(("owner", *table.keys))
        rest = ", ".join(f"{name} = excluded.{name}" for name in table.columns)
        self._change(  # names were checked by _ensure
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
            f" ON CONFLICT ({keys}) DO {f'UPDATE SET {rest}' if rest else 'NOTHING'}",
            (owner, *cells),
        )

    def drop(self, table: Table, owner: str, *keys: Value) -> None:
        """Let go of the rows with this owner and these first keys; of all without keys."""
        self._ensure(table)
        self._begin()
        wanted = " AND ".join(f"{name} = ?" for name in ("owner", *table.keys[: len(keys)]))
        self._change(
            f"DELETE FROM {table.name} WHERE {wanted}",  # noqa: S608 (_ensure checks)
            (owner, *keys),
        )

    def commit(self) -> None:
        """Make what was put and dropped last; cheap where nothing was.

        Raises:
            UsageError: it cannot be written, or something before could not.  Nothing is
                written from then on: the file stays as the last commit left it.
        """
        if self._dirty:
            self._change("COMMIT")
            self._dirty = False
        if self._error is not None:
            raise self._unfit("written", self._error) from self._error

    def close(self) -> None:
        """Commit and let go of the file.

        Raises:
            UsageError: what was put last cannot be written, and no commit has said so yet.
        """
        try:
            if not self._told:
                self.commit()
        finally:
            self._connection.close()

    def _begin(self) -> None:
        if not self._dirty:
            self._change("BEGIN")
            self._dirty = True

    def _change(self, statement: str, cells: tuple[Value, ...] = ()) -> None:
        """Run a statement that writes; what fails in it is told by the commit.

        SQLite may have rolled the transaction back by itself then, so that a statement that
        followed would be committed alone.
        """
        if self._error is not None:
            return
        try:
            self._connection.execute(statement, cells)
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.DataError):
            raise  # these cells are at fault, not the file
        except sqlite3.DatabaseError as error:
            self._error = error

    def _unfit(self, what: str, error: sqlite3.Error) -> UsageError:
        self._told = True
        return UsageError(f"{str(self.path)!r} cannot be {what}: {error}; give another file")

    def _prepare(self, domain: str) -> None:
        """Take the file for this server alone, and check whose it is."""
        run = self._connection.execute
        (application,) = run("PRAGMA application_id").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and tables:
            raise UsageError(f"{str(self.path)!r} is a database of something else; give another")
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN IMMEDIATE")
        run(f"PRAGMA application_id = {APPLICATION_ID}")
        run("CREATE TABLE IF NOT EXISTS server (domain TEXT NOT NULL)")
        whose = run("SELECT domain FROM server").fetchone()
        if whose is None:
            run("INSERT INTO server VALUES (?)", (domain,))
        elif whose[0] != domain:
            run("ROLLBACK")
            raise UsageError(
                f"{str(self.path)!r} belongs to {whose[0]!r}, not to {domain!r};"
                " give another file, or that domain"
            )
        run("COMMIT")

    def _ensure(self, table: Table) -> None:
        """Make the table where it is not there."""
        if table.name in self._known:
            return
        names = ("owner", *table.keys, *table.columns)
        # They stand in statements as they are; they come from modules, never from the wire.
        if not all(_NAME.fullmatch(name) for name in (table.name, *names)):
            raise UsageError(f"{table!r}: names are lower-case letters, digits and '_'")
        self._begin()
        self._change(
            f"CREATE TABLE IF NOT EXISTS {table.name} (number INTEGER PRIMARY KEY AUTOINCREMENT,"
            f" {', '.join(f'{name} NOT NULL' for name in names)},"
            f" UNIQUE ({', '.join(('owner', *table.keys))}))"
        )
        if self._error is not None:
            return
        found = self._connection.execute(f"PRAGMA table_info({table.name})").fetchall()
        if tuple(column[1] for column in found) != ("number", *names):
            raise UsageError(
                f"{str(self.path)!r} has a table {table.name!r} of another version of this"
                " library; give another file"
            )
        self._known.add(table.name)
