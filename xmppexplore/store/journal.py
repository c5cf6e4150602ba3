"""The journal: a thread that keeps a live recording in a file, at most 0.2 s behind.

The thread only reads the log, so the loop never waits for the disk.  Each batch is one
transaction in SQLite's write-ahead log, which outlives the process: what is lost with a
killed kernel is what came since the last batch.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xmppexplore.errors import RecordingError, UsageError
from xmppexplore.store import archive
from xmppexplore.store.sequence import Sequence

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Log

__all__ = ["INTERVAL", "Journal"]

INTERVAL: Final = 0.1
"""Seconds between batches: half of what may be lost, so that writing has the other half."""


class Journal:
    """Writes a recording to a file while it grows, redacted, whole items at a time.

    Args:
        log: the log.
        columns: its rows.
        path: a file that does not exist yet.
        reveal: leave secrets as they are.
        keep: how many rows to keep in memory, about; older ones that are safe in the file
            are dropped from it, by a quarter of that at a time, and a mark ``dropped to
            journal`` says so.  ``None`` keeps all.

    Attributes:
        path: the file; :func:`xmppexplore.store.archive.load` reads it, also while it
            is written.
        error: why writing ended early, ``None`` while all is well; :meth:`stop` raises it.
    """

    def __init__(
        self,
        log: Log,
        columns: Columns,
        path: str | Path,
        *,
        reveal: bool = False,
        keep: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.error: RecordingError | None = None
        self._log = log
        self._columns = columns
        self._keep = keep
        self._sequence = Sequence(columns, reveal=reveal)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = (-1, -1)

    @property
    def rows(self) -> int:
        """How many rows are safe in the file."""
        return self._safe

    _safe = 0

    def start(self) -> None:
        """Make the file and begin to write.

        Raises:
            UsageError: the file exists or cannot be made, or the journal was started before.
        """
        if self._thread is not None:
            raise UsageError(f"the journal {self.path} was started before; make another")
        try:
            # Made here and now, so that two journals can never share a file.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise UsageError(f"{self.path} exists; give the journal another path") from None
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}") from error
        database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        database.execute("BEGIN")
        archive.prepare(database, self._log)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
        # Synced at checkpoints alone: a killed process loses nothing that was committed.
        database.execute("PRAGMA synchronous = NORMAL")
        self._thread = threading.Thread(
            target=self._run, args=(database,), name=f"journal {self.path.name}", daemon=True
        )
        self._thread.start()
        atexit.register(self._end)
        if self._keep is not None:
            self._log.listeners.append(self._drop)

    def _drop(self) -> None:
        """Drop old rows; called by the log, where chunks are appended."""
        columns = self._columns
        if self._keep is None or self._safe - columns.first <= self._keep // 4:
            return
        # The loop never waits: where somebody reads, the next chunk asks again.
        if not columns.lock.acquire(blocking=False):
            return
        try:
            before = min(self._safe, columns.count - self._keep)
            if before - columns.first <= self._keep // 4:
                return
            for read in columns.readers:
                read()
            first = columns.first
            columns.drop(before)
        finally:
            columns.lock.release()
        self._log.mark(-1, "dropped to journal", f"rows {first} to {before - 1}: {self.path.name}")

    def stop(self) -> None:
        """Write what is left, unfinished items too, and close the file.

        Raises:
            RecordingError: writing had ended early, for example because the disk is full.
        """
        if self._drop in self._log.listeners:
            self._log.listeners.remove(self._drop)
        self._end()
        atexit.unregister(self._end)
        if self.error is not None:
            raise self.error

    def _end(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, database: sqlite3.Connection) -> None:
        with contextlib.closing(database):
            try:
                while not self._stopping.wait(INTERVAL):
                    self._write(database, last=False)
                self._write(database, last=True)
                # One file again, without the write-ahead log beside it.
                database.execute("PRAGMA journal_mode = DELETE")
            except (sqlite3.Error, OSError, UsageError) as error:
                self.error = RecordingError(
                    f"the journal {self.path} ends at row {self.rows}: {error}; the recording "
                    "in memory is whole, save it to another path",
                    path=self.path,
                )

    def _write(self, database: sqlite3.Connection, *, last: bool) -> None:
        seen = (self._log.chunk_count, len(self._log.marks))
        if seen == self._seen and not last:
            return
        sequence = self._sequence
        for records in sequence.finish() if last else sequence.advance():
            if records:
                database.execute("BEGIN")
                archive.write(database, records)
                database.execute("COMMIT")
            self._safe = sequence.rows
        self._seen = seen
