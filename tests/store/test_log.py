"""The log only appends, and a reader on any thread sees a whole prefix."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.errors import UsageError
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN, OUT


def test_tapes_hold_each_direction_of_each_connection_apart() -> None:
    """A tape is exactly what was appended to its direction of its connection."""
    log = Log((0, 0))
    first = log.connect("initiator", "a", at=1)
    second = log.connect("receiver", "b", at=2, session="s")
    log.chunk(first, OUT, b"one", 3)
    log.chunk(second, OUT, b"two", 4)
    log.chunk(first, OUT, b"three", 5)
    log.chunk(first, IN, b"four", 6)

    assert log.tape(first, OUT) == b"onethree"
    assert log.tape(first, IN) == b"four"
    assert log.tape(second, OUT) == b"two"
    assert log.tape(second, IN) == b""
    assert [tuple(part) for part in log.entries(0, 4)] == [
        (1, 3, 1, 0),
        (3, 3, 8, 4),
        (3, 4, 5, 6),
    ]
    assert [connection.session for connection in log.connections] == ["a", "s"]


def test_a_mark_knows_where_it_stands() -> None:
    """A mark carries the offsets of both tapes and the number of chunks before it."""
    log = Log((0, 0))
    number = log.connect("initiator", "a", at=1, detail="127.0.0.1:5222")
    log.chunk(number, OUT, b"12345", 2)
    log.chunk(number, IN, b"123", 3)
    log.mark(number, "tls up", "TLSv1.3", at=4)
    log.mark(-1, "kernel busy", "1.8 s", row=0)

    connected, tls, busy = log.marks
    assert connected == (1, 0, -1, "connected", "127.0.0.1:5222", 0, 0, 0)
    assert tls == (4, 0, -1, "tls up", "TLSv1.3", 5, 3, 2)
    assert busy == (4, -1, 0, "kernel busy", "1.8 s", 0, 0, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda log: log.connect("emperor", "a", at=1),
        lambda log: log.mark(0, "no such mark", at=1),
        lambda log: log.tape(7, 0),
        lambda log: log.tape(0, 2),
    ],
)
def test_wrong_calls_say_what_there_is(wrong) -> None:  # type: ignore[no-untyped-def]
    """A call that cannot work names the values that can."""
    log = Log((0, 0))
    log.connect("initiator", "a", at=1)

    with pytest.raises(UsageError, match=r"give one of|there are 1"):
        wrong(log)


def test_listeners_are_told_of_every_append_and_may_leave_while_told() -> None:
    """Each chunk and mark calls each listener once, after it stands in the log."""
    log = Log((0, 0))
    number = log.connect("initiator", "a", at=1)
    seen: list[tuple[int, int]] = []

    def once() -> None:
        log.listeners.remove(once)

    log.listeners += [once, lambda: seen.append((log.chunk_count, len(log.marks)))]
    log.chunk(number, OUT, b"x", 2)
    log.mark(number, "bound", at=3)

    assert seen == [(1, 1), (1, 2)]


def test_a_wrong_time_adds_no_half_entry() -> None:
    """What raises in the middle of an append leaves nothing that shifts later entries."""
    log = Log((0, 0))
    number = log.connect("initiator", "a", at=1)
    with pytest.raises(Exception, match="required argument is not an integer"):
        log.chunk(number, OUT, b"one", 1.5)  # type: ignore[arg-type]
    log.chunk(number, OUT, b"two", 2)

    assert log.chunk_count == 1
    assert log.entry(0) == (1, 6, 2)


def test_bytes_whose_entry_was_lost_belong_to_the_stream_before_a_restart() -> None:
    """Bytes that an interrupt left without an entry get one before the restart mark."""
    log = Log((0, 0))
    number = log.connect("initiator", "a", at=1)
    log.chunk(number, OUT, b"one", 2)
    log._tapes[OUT] += b"lost"
    log.mark(number, "restarted", at=3)
    log.chunk(number, OUT, b"two", 4)

    assert [tuple(part) for part in log.entries(0, log.chunk_count)] == [
        (1, 1, 1),
        (3, 7, 10),
        (2, 3, 4),
    ]
    assert log.marks[-1].chunks == 2


@given(st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=20)), max_size=50))
def test_entries_and_tapes_agree(chunks: list[tuple[int, bytes]]) -> None:
    """The chunks cut out of the tapes by the entries are the chunks that were appended."""
    log = Log((0, 0))
    number = log.connect("peer", "a", at=0)
    for at, (direction, data) in enumerate(chunks):
        log.chunk(number, direction, data, at)

    ends = [0, 0]
    read = []
    for stream, end, at in zip(*log.entries(0, log.chunk_count), strict=True):
        read.append((stream, log.read(stream, ends[stream], end)))
        ends[stream] = end
        assert at == len(read) - 1
    assert read == chunks


def test_a_reader_on_another_thread_sees_whole_prefixes() -> None:
    """While one thread appends, every entry another sees has its bytes on the tape."""
    log = Log((0, 0))
    number = log.connect("initiator", "a", at=0)
    total = 50_000
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        cursor, end = 0, 0
        while cursor < total and not wrong:
            stop = log.chunk_count
            _, ends, times = log.entries(cursor, stop)
            if stop > cursor:
                data = log.read(1, end, ends[-1])
                if len(data) != ends[-1] - end or list(times) != list(range(cursor, stop)):
                    wrong.append((cursor, stop, len(data)))
                cursor, end = stop, ends[-1]
        done.set()

    thread = threading.Thread(target=read)
    thread.start()
    for at in range(total):
        log.chunk(number, OUT, b"abc", at)
    assert done.wait(60)
    thread.join()

    assert wrong == []
    assert log.tape(number, OUT) == b"abc" * total
