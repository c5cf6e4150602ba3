"""Rows as arrays of numpy and Arrow: what frames are made of, without pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from xmppexplore.store.columns import INVALID, SECRET
from xmppexplore.store.log import MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Log, Mark
    from xmppexplore.store.vectors import Names, Numbers

__all__ = ["marks", "rows", "sessions"]


def rows(
    columns: Columns, first: int, stop: int, kinds: NDArray[Any] | None = None
) -> dict[str, Any]:
    """Return some rows as one array per public column.

    Args:
        columns: the rows; their lock is held.
        first: the first row.
        stop: the row after the last; there is at least one.
        kinds: codes of the kinds to return, all where not given.

    Returns:
        Arrow arrays for ``id`` and ``xml``, codes for what recurs, else numbers.
    """
    log = columns.log
    streams, times = _arrivals(log, _part(columns.chunks, first, stop))
    connections = streams >> 1
    ends = _part(columns.ends, first, stop)
    sizes = _part(columns.sizes, first, stop)
    block = {
        "row": np.arange(first, stop),
        "time": times + (log.anchor[1] - log.anchor[0]),
        "elapsed": (times - log.anchor[0]).view("timedelta64[ns]"),
        "connection": connections,
        "session": _session_codes(log)[connections],
        "direction": streams & 1,
        "phase": _part(columns.phases, first, stop),
        "kind": _part(columns.kinds, first, stop),
        "name": _codes(columns.names, first, stop),
        "namespace": _codes(columns.namespaces, first, stop),
        "type": _codes(columns.types, first, stop),
        "id": _ids(columns, first, stop),
        "sender": _codes(columns.senders, first, stop),
        "recipient": _codes(columns.recipients, first, stop),
        "payload": _codes(columns.payloads, first, stop),
        "size": sizes,
        "xml": _xml(columns, first, streams, ends - sizes, ends),
    }
    if kinds is None:
        return block
    chosen = np.flatnonzero(np.isin(block["kind"], kinds))
    if len(chosen) == stop - first:
        return block
    return {name: values.take(chosen) for name, values in block.items()}


def marks(log: Log, given: Sequence[Mark]) -> dict[str, Any]:
    """Return marks as one array per public column."""
    times = np.array([mark.at for mark in given], "int64")
    return {
        "time": times + (log.anchor[1] - log.anchor[0]),
        "elapsed": (times - log.anchor[0]).view("timedelta64[ns]"),
        "connection": np.array([mark.connection for mark in given], "int64"),
        "row": np.array([mark.row for mark in given], "int64"),
        "name": np.array([MARKS.index(mark.name) for mark in given], "int64"),
        "detail": pa.array([mark.detail for mark in given], pa.large_string()),
    }


def sessions(log: Log) -> list[str]:
    """Return the names of the sessions of a log, each once, oldest first."""
    return list(dict.fromkeys(connection.session for connection in log.connections))


def _session_codes(log: Log) -> NDArray[Any]:
    """Return the code of the session of each connection."""
    codes = {name: code for code, name in enumerate(sessions(log))}
    return np.array([codes[connection.session] for connection in log.connections], "int64")


def _part(numbers: Numbers, first: int, stop: int) -> NDArray[Any]:
    # Of a copy: an array whose buffer is exported cannot grow.
    part = numbers.part(first, stop)
    return np.frombuffer(part, part.typecode).astype("int64")


def _codes(names: Names, first: int, stop: int) -> NDArray[Any]:
    return _part(names.codes, first, stop)


def _arrivals(log: Log, chunks: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the stream index and the monotonic ns of chunks."""
    first, stop = int(chunks.min()), int(chunks.max()) + 1
    streams, _, times = log.entries(first, stop)
    at = chunks - first
    return np.frombuffer(streams, "int64")[at], np.frombuffer(times, "int64")[at]


def _ids(columns: Columns, first: int, stop: int) -> Any:
    data, ends = columns.ids.part(first, stop)
    return _strings(np.array([0, *ends], "int64"), data)


def _xml(
    columns: Columns,
    first: int,
    streams: NDArray[Any],
    starts: NDArray[Any],
    ends: NDArray[Any],
) -> Any:
    """Return rows as shown: straight from the tapes, but for the few that may not be."""
    flags = _part(columns.flags, first, first + len(streams))
    if (flags & INVALID).any():
        return pa.array([columns.xml(first + at) for at in range(len(streams))], pa.large_string())
    parts, positions = [], []
    for stream in np.unique(streams):
        own = np.flatnonzero(streams == stream)
        start = int(starts[own[0]])
        # Rows of one tape leave no gaps: items joined are the tape.
        data = columns.log.cut(int(stream), start, int(ends[own[-1]]))
        offsets = np.append(starts[own], ends[own[-1]]) - start
        for at in own[(flags[own] & SECRET) != 0]:
            data[starts[at] - start : ends[at] - start] = columns.shown(first + int(at))
        parts.append(_strings(offsets, data))
        positions.append(own)
    if len(parts) == 1:
        return parts[0]
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(positions))))


def _strings(offsets: NDArray[Any], data: bytearray) -> Any:
    return pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(np.ascontiguousarray(offsets, "int64")), pa.py_buffer(data)
    )
