"""The append-only log: chunks and marks of any number of connections, in one sequence.

The tap calls :meth:`Log.chunk` for every read and write of a live connection, so all it
does is append: record now, read later.  Reading is the work of
:class:`~xmppexplore.store.columns.Columns`.

One thread writes (the loop's); any thread may read.  A chunk's bytes are on the tape
before its entry exists, and the entry is added in one uninterruptible step, so a reader
who takes :attr:`Log.chunk_count` sees a whole prefix, and an interrupt between the two
steps loses nothing: the next entry of that tape covers the bytes.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.errors import UsageError
from xmppexplore.wire.phases import ROLES
from xmppexplore.wire.records import DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MARKS", "Connection", "Log", "Mark"]

MARKS: Final = (
    "connected",
    "tls up",
    "restarted",
    "authenticated",
    "bound",
    "queued",
    "not sent",
    "kernel busy",
    "redacted",
    "lost",
    "closed",
    "unchecked",
    "failed",
    "dropped to journal",
)
"""Names of marks.  ``restarted`` and ``closed`` are the two that splitting obeys."""

_pack = struct.Struct("=qqq").pack
_ENTRY: Final = 3  # numbers per entry: stream index, end offset, monotonic nanoseconds


class Connection(NamedTuple):
    """One TCP connection of a recording.

    Attributes:
        number: its position in the recording, from 0.
        role: one of :data:`xmppexplore.wire.phases.ROLES`.
        label: what to call it in drawings, for example ``"romeo"``.
        session: the session it belongs to; a session that reconnects has several.
        reveal: whether its secrets are shown: true only where a sandbox made them up.
    """

    number: int
    role: str
    label: str
    session: str
    reveal: bool = False


class Mark(NamedTuple):
    """Something that happened between bytes.

    Attributes:
        at: monotonic nanoseconds.
        connection: number of the connection, -1 for the recording as a whole.
        row: how many rows are complete before it, or the row it speaks of; -1 in the
            log, where rows do not exist yet.
        name: one of :data:`MARKS`.
        detail: text for people, for example the TLS version and cipher.
        out: offset of the ``out`` tape of its connection, bytes.
        in_: offset of the ``in`` tape of its connection, bytes.
        chunks: how many chunks of the recording stand before it.
    """

    at: int
    connection: int
    row: int
    name: str
    detail: str
    out: int
    in_: int
    chunks: int


class Log:
    """Tapes and marks of a recording, append only.

    Args:
        anchor: one moment in two clocks, ``(monotonic ns, wall ns since 1970 UTC)``; it
            turns every monotonic time of the recording into a time of day.

    Attributes:
        connections: the connections so far; the number of one is its position.
        marks: the marks so far, with ``row`` as it was given.
        listeners: called without arguments after each append, on the writing thread, so
            they must return at once; the list may change at any time.
        reveal: whether the secrets of all connections are shown.  Set it before the
            first frame is taken, and only for passwords that a sandbox made up.

    >>> log = Log((0, 0))
    >>> number = log.connect("initiator", "romeo", at=5)
    >>> log.chunk(number, 1, b"<stream:stream>", 7)
    >>> log.tape(number, 1), log.marks[0].name
    (b'<stream:stream>', 'connected')
    """

    def __init__(self, anchor: tuple[int, int]) -> None:
        self.anchor = anchor
        self.connections: list[Connection] = []
        self.marks: list[Mark] = []
        self.listeners: list[Callable[[], None]] = []
        self.reveal = False
        self._tapes: list[bytearray] = []
        self._bases: list[int] = []
        self._entries = array("q")
        self._first = 0  # number of the first chunk whose entry is still there

    def connect(
        self,
        role: str,
        label: str,
        at: int,
        detail: str = "",
        *,
        session: str = "",
        reveal: bool = False,
    ) -> int:
        """Begin a connection, write the mark ``connected`` and return its number.

        Args:
            role: what we are on it, one of :data:`xmppexplore.wire.phases.ROLES`.
            label: what to call it in drawings.
            at: monotonic nanoseconds.
            detail: text of the mark, for example address and port.
            session: name of the session; the label where not given.
            reveal: see :class:`Connection`.

        Raises:
            UsageError: there is no such role.
        """
        number = len(self.connections)
        self.adopt(Connection(number, role, label, session or label, reveal))
        self.mark(number, "connected", detail, at)
        return number

    def adopt(self, connection: Connection) -> None:
        """Add the next connection as it is, without a mark: for reading a saved log.

        Raises:
            UsageError: there is no such role.
        """
        if connection.role not in ROLES:
            raise UsageError(f"no role {connection.role!r}: give one of {', '.join(ROLES)}")
        self._tapes += (bytearray(), bytearray())
        self._bases += (0, 0)
        self.connections.append(connection)

    def chunk(self, connection: int, direction: int, data: bytes, at: int) -> None:
        """Append what one read or write carried; half a microsecond.

        Args:
            connection: number that :meth:`connect` returned.
            direction: :data:`~xmppexplore.wire.records.IN` or ``OUT``.
            data: the bytes, exactly.
            at: monotonic nanoseconds.
        """
        stream = 2 * connection + direction
        tape = self._tapes[stream]
        tape += data
        # Packed first: a wrong type raises before anything is added, never halfway.
        self._entries.frombytes(_pack(stream, self._bases[stream] + len(tape), at))
        if self.listeners:
            self._tell()

    def mark(
        self,
        connection: int,
        name: str,
        detail: str = "",
        at: int | None = None,
        row: int = -1,
    ) -> None:
        """Append a mark.

        Args:
            connection: number of the connection, -1 for the recording as a whole.
            name: one of :data:`MARKS`.
            detail: text for people.
            at: monotonic nanoseconds; without it, the time of the newest chunk or mark.
            row: the row it speaks of; without it, the number of rows before it.

        Raises:
            UsageError: there is no such mark.
        """
        if name not in MARKS:
            raise UsageError(f"no mark {name!r}: give one of {', '.join(MARKS)}")
        if at is None:
            at = self._newest()
        out = in_ = 0
        if connection >= 0:
            in_, out = (self.length(connection, direction) for direction in (0, 1))
            if name in ("restarted", "closed"):
                self._cover(2 * connection, at)
                self._cover(2 * connection + 1, at)
        chunks = self.chunk_count
        self.marks.append(Mark(at, connection, row, name, detail, out, in_, chunks))
        if self.listeners:
            self._tell()

    @property
    def chunk_count(self) -> int:
        """How many chunks there are; all before this number can be read by any thread."""
        return self._first + len(self._entries) // _ENTRY

    @property
    def first_chunk(self) -> int:
        """The number of the first chunk that was not dropped to a journal."""
        return self._first

    def entries(self, first: int, stop: int) -> tuple[array[int], array[int], array[int]]:
        """Return stream indices, end offsets and monotonic ns of chunks ``first`` to ``stop``.

        The stream index is ``2 * connection + direction``.  All three are copies.
        """
        start = self._first
        part = self._entries[_ENTRY * (first - start) : _ENTRY * (stop - start)]
        return part[0::_ENTRY], part[1::_ENTRY], part[2::_ENTRY]

    def entry(self, number: int) -> tuple[int, int, int]:
        """Return stream index, end offset and monotonic ns of one chunk."""
        index = _ENTRY * (number - self._first)
        stream, end, at = self._entries[index : index + _ENTRY]
        return stream, end, at

    def read(self, stream: int, start: int, stop: int) -> bytes:
        """Return the bytes of a tape between two offsets."""
        return bytes(self.cut(stream, start, stop))

    def cut(self, stream: int, start: int, stop: int) -> bytearray:
        """Return a copy, free to be changed, of a tape between two offsets."""
        base = self._bases[stream]
        # A slice, never a memoryview: an exported buffer would make the next chunk fail.
        return self._tapes[stream][start - base : stop - base]

    def length(self, connection: int, direction: int) -> int:
        """Return how many bytes went over one direction of a connection."""
        stream = 2 * connection + direction
        return self._bases[stream] + len(self._tapes[stream])

    def tape(self, connection: int, direction: int) -> bytes:
        """Return the exact bytes of one direction, secrets included.

        Raises:
            UsageError: there is no such connection or direction, or the beginning of it
                was dropped to a journal.
        """
        if not 0 <= connection < len(self.connections) or direction not in (0, 1):
            known = len(self.connections)
            raise UsageError(
                f"no tape {direction!r} of connection {connection}: there are {known} "
                f"connections, numbered from 0, and the directions {' and '.join(DIRECTIONS)}"
            )
        stream = 2 * connection + direction
        if self._bases[stream]:
            raise UsageError(
                f"the first {self._bases[stream]} bytes of this tape are in the journal alone: "
                "load it for the tape, or read the rows that are kept"
            )
        return bytes(self._tapes[stream])

    def drop(self, chunks: int, offsets: dict[int, int]) -> None:
        """Forget the oldest chunks and bytes, which a journal has.

        Call it where chunks are appended, never on another thread.

        Args:
            chunks: number of the first chunk to keep.
            offsets: by stream index, the offset of the first byte to keep.
        """
        del self._entries[: _ENTRY * (chunks - self._first)]
        self._first = chunks
        for stream, offset in offsets.items():
            del self._tapes[stream][: offset - self._bases[stream]]
            self._bases[stream] = offset

    def conceal(self) -> None:
        """Show no secrets any more: some are not what a sandbox made up."""
        self.reveal = False
        self.connections[:] = [one._replace(reveal=False) for one in self.connections]

    def reveals(self, connection: int) -> bool:
        """Tell whether the secrets of a connection are shown."""
        return self.reveal or self.connections[connection].reveal

    def wall(self, at: int) -> int:
        """Turn monotonic into wall time, nanoseconds since 1970 UTC."""
        return self.anchor[1] + at - self.anchor[0]

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def _newest(self) -> int:
        times = [self.anchor[0]]
        if self.marks:
            times.append(self.marks[-1].at)
        if self._entries:
            times.append(self._entries[-1])
        return max(times)

    def _cover(self, stream: int, at: int) -> None:
        """Give bytes whose entry was lost to an interrupt an entry of their own.

        Before a restart they must not wait for the next chunk: they belong to the old
        stream.
        """
        end = self._bases[stream] + len(self._tapes[stream])
        for number in range(self.chunk_count - 1, self._first - 1, -1):
            of, covered, _ = self.entry(number)
            if of == stream:
                break
        else:
            covered = self._bases[stream]
        if covered < end:
            self._entries.frombytes(_pack(stream, end, at))
