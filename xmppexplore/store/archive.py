"""Recordings in files: one SQLite file each; ``docs/recording-format.md`` describes it.

A file holds the log alone, as the records of :mod:`xmppexplore.store.sequence`; loading
splits it again, so a loaded recording has the rows of the live one.  A file from elsewhere
is hostile until read: it is opened read only, its schema must be ours to the letter, and
each value is checked before it is used.
"""

from __future__ import annotations

import contextlib
import operator
import os
import sqlite3
import tempfile
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.errors import RecordingError, UsageError
from xmppexplore.store.log import MARKS, Connection, Log, Mark
from xmppexplore.store.sequence import PIECE_BYTES, Record, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xmppexplore.store.columns import Columns

__all__ = ["APPLICATION", "SCHEMA", "VERSION", "load", "prepare", "save", "write"]

APPLICATION: Final = 0x584D5850
"""SQLite's ``application_id`` of a recording: ``XMXP``."""
VERSION: Final = 1
"""SQLite's ``user_version`` of what this library writes and reads."""

SCHEMA: Final = (
    "CREATE TABLE recording (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE log (
  number INTEGER PRIMARY KEY,
  what TEXT NOT NULL,
  connection INTEGER NOT NULL,
  at INTEGER NOT NULL,
  direction INTEGER,
  data BLOB,
  name TEXT,
  detail TEXT,
  session TEXT,
  reveal INTEGER,
  row INTEGER,
  out INTEGER,
  in_ INTEGER
)""",
)
"""The statements that make an empty recording; a file with any other is refused."""

_CHUNK_FIELDS: Final = ("number", "connection", "at", "direction", "data")
_MAGIC: Final = b"SQLite format 3\x00"
_INSERT: Final = f"INSERT INTO log VALUES ({', '.join('?' * len(Record._fields))})"
_WHAT: Final = operator.itemgetter(Record._fields.index("what"))
_CHUNK: Final = operator.itemgetter(*map(Record._fields.index, _CHUNK_FIELDS))
_AT_ONCE: Final = (64, 8, 1)
"""Chunks inserted by one statement.

Python gives up its lock for each statement that SQLite takes, and a thread that computes
does not give it back for 5 ms; so a journal must not ask for it row by row.
"""
_CONNECTIONS: Final = 1 << 16  # of one recording; each needs two splitters when it is read
_FAR: Final = 1 << 61
"""Nanoseconds beyond which a time is taken for damage; twice it still fits 64 bits."""


class _DamageError(Exception):
    """What is wrong with a file, in words."""


def save(columns: Columns, path: str | Path, *, reveal: bool = False) -> None:
    """Save a recording; either the whole file is there afterwards, or what was before.

    Args:
        columns: the rows of the log to save.
        path: the file; a recording that is there is replaced, anything else never.
        reveal: leave secrets as they are; without it each byte of one is ``*`` in the
            file and a mark ``redacted`` says where.

    Raises:
        UsageError: the path is no place for a recording.
    """
    path = _path(path)
    _check_target(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; give another path") from error
    os.close(handle)
    temporary = Path(name)
    try:
        with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as database:
            database.execute("BEGIN")
            prepare(database, columns.log)
            for records in Sequence(columns, reveal=reveal).finish():
                write(database, records)
            database.execute("COMMIT")
        temporary.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise UsageError(f"cannot write {path}: {error}; give another path") from error
    finally:
        temporary.unlink(missing_ok=True)


def prepare(database: sqlite3.Connection, log: Log) -> None:
    """Make an empty recording in an empty database."""
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")
    for statement in SCHEMA:
        database.execute(statement)
    values = {"monotonic": log.anchor[0], "wall": log.anchor[1], "reveal": int(log.reveal)}
    database.executemany("INSERT INTO recording VALUES (?, ?)", values.items())


def write(database: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Append records to a recording, within a transaction.

    They are appended in order: of a file that is cut off later, its beginning is left.
    """
    for what, run in groupby(records, key=_WHAT):
        if what == "chunk":
            _write_chunks(database, list(run))
        else:
            database.executemany(_INSERT, run)


def _write_chunks(database: sqlite3.Connection, chunks: list[Record]) -> None:
    start = 0
    for size in _AT_ONCE:
        statement = _insert_chunks(size)
        while start + size <= len(chunks):
            part = chunks[start : start + size]
            database.execute(statement, list(chain.from_iterable(map(_CHUNK, part))))
            start += size


def _insert_chunks(count: int) -> str:
    values = ", ".join(["(?, 'chunk', ?, ?, ?, ?)"] * count)
    return f"INSERT INTO log (number, what, connection, at, direction, data) VALUES {values}"


def load(path: str | Path) -> Log:
    """Read a recording back into a log.

    Raises:
        UsageError: there is no such file.
        RecordingError: it is no recording, is damaged, or is of a newer version;
            ``.recovered`` is a log of what stands before the damage, where there is any.
    """
    path = _path(path)
    if not path.is_file():
        what = "not a file" if path.exists() else "not there"
        what = "a folder, not a recording" if path.is_dir() else what
        raise UsageError(f"{path} is {what}; give the path that was given to save")
    found: list[Log] = []
    damage: str | None = None
    try:
        _check_header(path)
        with contextlib.closing(_opened(path)) as database:
            _check_schema(database)
            _read(database, found)
    except (_DamageError, sqlite3.Error) as error:
        damage = str(error)
    # Raised out here: as its context the first error would keep the file open.
    if damage is not None:
        recovered = found[0] if found else None
        kept = ""
        if recovered is not None:
            kept = f"; .recovered holds the {recovered.chunk_count} chunks before that"
        raise RecordingError(f"{path}: {damage}{kept}", path=path, recovered=recovered)
    return found[0]


def _path(path: str | Path) -> Path:
    """Return a path that the system can be asked about."""
    try:
        made = Path(path)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            made.lstat()
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(f"{str(path)[:80]!r} is no path ({error}): give that of a file") from None
    return made


def _check_target(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: give the path of a file in a folder that exists")
    if not path.exists():
        return
    if not path.is_file():  # to open a pipe would be to wait for whoever writes to it
        raise UsageError(f"{path} is not overwritten: it is no file; give another path")
    try:
        _check_header(path)
    except _DamageError as error:
        raise UsageError(f"{path} is not overwritten: {error}; give another path") from None
    if Path(f"{path}-wal").exists():
        raise UsageError(f"{path} is a journal, perhaps still written to; give another path")


def _check_header(path: Path) -> None:
    """Check what SQLite writes at the start of a file (its file format, §1.3)."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise _DamageError(f"cannot be read: {error.strerror}") from None
    if not header.startswith(_MAGIC) or len(header) < 100:
        raise _DamageError("this is no recording (no SQLite file)")
    version, application = (int.from_bytes(header[at : at + 4]) for at in (60, 68))
    if application != APPLICATION:
        raise _DamageError("this is no recording (an SQLite file of something else)")
    if version != VERSION:
        raise _DamageError(
            f"this recording has version {version}, and {VERSION} is what this version of "
            "xmppexplore reads; upgrade xmppexplore"
        )


def _opened(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    database = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        _guard(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _guard(database: sqlite3.Connection) -> None:
    """Let a file that may be hostile do no more than be read."""
    database.text_factory = _text
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * PIECE_BYTES)
    for pragma in (
        "trusted_schema = OFF",
        "query_only = ON",
        "cell_size_check = ON",
        "mmap_size = 0",
        # Without it SQLite refuses all of a file that is shorter than it says; with it
        # the pages that are there are read.  Nothing is written: the file is open to read.
        "writable_schema = ON",
    ):
        database.execute(f"PRAGMA {pragma}")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _DamageError("a text is not valid UTF-8") from None


def _check_schema(database: sqlite3.Connection) -> None:
    """Refuse any schema but ours: a view or a computed column could do as it likes."""
    found = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_schema ORDER BY rowid")]
    if found != list(SCHEMA):
        raise _DamageError("the tables are not those of a recording")


def _read(database: sqlite3.Connection, found: list[Log]) -> None:
    values = dict(database.execute("SELECT key, value FROM recording LIMIT 9"))
    if set(values) != {"monotonic", "wall", "reveal"} or not all(
        type(value) is int and abs(value) < _FAR for value in values.values()
    ):
        raise _DamageError("the anchor of its times is missing or absurd")
    log = Log((values["monotonic"], values["wall"]))
    log.reveal = values["reveal"] == 1
    found.append(log)
    for number, record in enumerate(_records(database)):
        if record.number != number:
            raise _DamageError(f"record {number} is missing or out of order")
        try:
            _take(log, record)
        except _DamageError as error:
            raise _DamageError(f"record {number}: {error}") from None


def _records(database: sqlite3.Connection) -> Iterator[Record]:
    for values in database.execute("SELECT * FROM log ORDER BY number"):
        yield Record(*values)


def _take(log: Log, record: Record) -> None:
    """Add a record to a log, checked."""
    _check("at", record.at, int)
    _check("connection", record.connection, int)
    if abs(record.at - log.anchor[0]) >= _FAR:
        raise _DamageError("its time is absurd")
    known = len(log.connections)
    if record.what == "connection":
        if record.connection != known or known == _CONNECTIONS:
            raise _DamageError(f"connection {record.connection} comes out of order")
        _take_connection(log, record)
        return
    if not (0 if record.what == "chunk" else -1) <= record.connection < known:
        raise _DamageError(f"there is no connection {record.connection}")
    if record.what == "chunk":
        data = _check("data", record.data, bytes)
        if record.direction not in (0, 1):
            raise _DamageError("its direction is neither 0 nor 1")
        log.chunk(record.connection, record.direction, data, record.at)
    elif record.what == "mark":
        _take_mark(log, record)
    else:
        raise _DamageError("it is neither connection nor chunk nor mark")


def _take_connection(log: Log, record: Record) -> None:
    role = _check("role", record.name, str)
    label = _check("label", record.detail, str)
    session = _check("session", record.session, str)
    try:
        log.adopt(Connection(record.connection, role, label, session, record.reveal == 1))
    except UsageError as error:
        raise _DamageError(str(error)) from None


def _take_mark(log: Log, record: Record) -> None:
    name = _check("name", record.name, str)
    if name not in MARKS:
        raise _DamageError("its mark is unknown")
    row = -1 if record.row is None else _check_offset("row", record.row)
    log.marks.append(
        Mark(
            record.at,
            record.connection,
            row,
            name,
            _check("detail", record.detail, str),
            _check_offset("out", record.out),
            _check_offset("in_", record.in_),
            log.chunk_count,
        )
    )


def _check(field: str, value: Any, kind: type[Any]) -> Any:
    if type(value) is not kind:
        raise _DamageError(f"its {field} is not of the right type")
    return value


def _check_offset(field: str, value: Any) -> int:
    number: int = _check(field, value, int)
    if number < 0:
        raise _DamageError(f"its {field} is negative")
    return number
