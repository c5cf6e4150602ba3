"""The journal: a recording on disk while it grows, whole when the process is killed."""

import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.store.recordings import (
    AUTH,
    HEADER,
    SCRIPTS,
    Chunk,
    all_rows,
    logged,
    new_log,
    play,
    started,
)
from xmppexplore.errors import RecordingError, UsageError
from xmppexplore.store.archive import load, save
from xmppexplore.store.columns import Columns
from xmppexplore.store.frames import Frames
from xmppexplore.store.journal import Journal
from xmppexplore.store.log import Log
from xmppexplore.store.sequence import Sequence
from xmppexplore.wire.records import IN, OUT

WRITER = """
import sys, time
from xmppexplore.store.columns import Columns
from xmppexplore.store.frames import Frames
from xmppexplore.store.journal import Journal
from xmppexplore.store.log import Log

log = Log((time.monotonic_ns(), time.time_ns()))
columns = Columns(log)
number = log.connect("initiator", "juliet", time.monotonic_ns())
Journal(log, columns, sys.argv[1]).start()
log.chunk(number, 1, sys.argv[2].encode(), time.monotonic_ns())
stanza = 0
while True:
    for _ in range(20):
        text = "<message id='m%d'><body>%s</body></message>" % (stanza, "x" * 100)
        data = text.encode()
        cut = stanza % len(data)
        log.chunk(number, 1, data[:cut], time.monotonic_ns())
        log.chunk(number, 1, data[cut:], time.monotonic_ns())
        stanza += 1
    print(stanza, time.monotonic_ns(), flush=True)
    time.sleep(0.005)
"""


@settings(max_examples=100, deadline=None)
@given(SCRIPTS)
def test_a_sequence_read_in_steps_holds_what_one_read_at_the_end_holds(script) -> None:
    """Records come once each, numbered, and their bytes are the tapes."""
    log = new_log()
    columns = Columns(log)
    sequence = Sequence(columns, reveal=True)
    records = []
    for step, happening in enumerate(started(script)):
        play(log, happening, 1_000_000_100 + step)
        for batch in sequence.advance():
            records += batch
    for batch in sequence.finish():
        records += batch

    assert [record.number for record in records] == list(range(len(records)))
    for number in range(3):
        for way in (0, 1):
            pieces = [
                record.data
                for record in records
                if record.what == "chunk" and (record.connection, record.direction) == (number, way)
            ]
            assert b"".join(pieces) == log.tape(number, way)
    assert [r.name for r in records if r.what == "mark"] == [mark.name for mark in log.marks]


def test_a_stopped_journal_equals_a_saved_recording(tmp_path: Path) -> None:
    """After stop the file is one file, whole, with the unfinished item and no secret."""
    log = logged([Chunk(0, OUT, HEADER + AUTH + b"<message><body>cut")])
    columns = Columns(log)
    journal = Journal(log, columns, tmp_path / "j.xmpp")
    journal.start()
    journal.stop()
    save(columns, tmp_path / "s.xmpp")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["j.xmpp", "s.xmpp"]
    assert b"AGp1" not in (tmp_path / "j.xmpp").read_bytes()
    journalled, saved = load(tmp_path / "j.xmpp"), load(tmp_path / "s.xmpp")
    assert all_rows(Columns(journalled)) == all_rows(Columns(saved))
    assert journalled.tape(0, OUT).endswith(b"<message><body>cut")
    assert not [one for one in threading.enumerate() if one.name.startswith("journal")]


def test_the_journal_follows_within_its_time(tmp_path: Path) -> None:
    """What was recorded can be loaded from the file soon after, while it is written."""
    log = Log((time.monotonic_ns(), time.time_ns()))
    number = log.connect("initiator", "juliet", time.monotonic_ns())
    journal = Journal(log, Columns(log), tmp_path / "j.xmpp")
    journal.start()
    try:
        log.chunk(number, OUT, HEADER, time.monotonic_ns())
        wait_until(lambda: journal.rows >= 1)

        assert load(tmp_path / "j.xmpp").tape(number, OUT) == HEADER
        with pytest.raises(UsageError, match="still written to"):
            save(Columns(log), tmp_path / "j.xmpp")
    finally:
        journal.stop()


def test_a_killed_process_loses_at_most_the_last_moment(tmp_path: Path) -> None:
    """After kill -9 the file loads, and every item older than 0.2 s is in it."""
    path = tmp_path / "j.xmpp"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), HEADER.decode()], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said: list[tuple[int, int]] = []
        buffer = b""
        end = time.monotonic() + 60
        while len(said) < 150 and time.monotonic() < end:
            if select.select([process.stdout], [], [], 0.1)[0]:
                buffer += os.read(process.stdout.fileno(), 65536)
                *lines, buffer = buffer.split(b"\n")
                said += [tuple(map(int, line.split())) for line in lines]  # type: ignore[misc]
        killed = time.monotonic_ns()
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    columns = Columns(load(path))
    kept = columns.settle() - 1
    # A busy machine that stops the whole process stops its journal as long.
    times = [at for _, at in said] + [killed]
    stopped = max(later - earlier for earlier, later in itertools.pairwise(times))
    old = [stanza for stanza, at in said if at < killed - 200_000_000 - stopped]
    assert len(old) > 10
    assert kept >= old[-1]
    assert [columns.value(row, "id") for row in (1, kept)] == ["m0", f"m{kept - 1}"]
    # And again from a copy of the folder, where only the files are.
    save(columns, tmp_path / "again.xmpp")
    assert Columns(load(tmp_path / "again.xmpp")).settle() == kept + 1


def test_a_journal_refuses_a_file_that_is_there(tmp_path: Path) -> None:
    """A journal never writes over anything, and starts once."""
    path = tmp_path / "j.xmpp"
    path.write_text("dear diary")
    log = new_log()

    with pytest.raises(UsageError, match="exists"):
        Journal(log, Columns(log), path).start()
    with pytest.raises(UsageError, match="cannot write"):
        Journal(log, Columns(log), tmp_path / "no" / "j.xmpp").start()
    journal = Journal(log, Columns(log), tmp_path / "k.xmpp")
    journal.start()
    with pytest.raises(UsageError, match="started before"):
        journal.start()
    journal.stop()
    assert path.read_text() == "dear diary"


def test_a_journal_that_cannot_write_says_so_when_stopped(tmp_path: Path, monkeypatch) -> None:
    """A full disk ends the journal, not the session; stop tells what is kept where."""
    import sqlite3

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("xmppexplore.store.archive.write", fail)
    log = logged([Chunk(0, OUT, HEADER)])
    columns = Columns(log)
    journal = Journal(log, columns, tmp_path / "j.xmpp")
    journal.start()
    with pytest.raises(RecordingError, match=r"ends at row 0: .*disk is full"):
        journal.stop()

    assert columns.settle() == 1
    assert not [one for one in threading.enumerate() if one.name.startswith("journal")]


def wait_until(condition) -> None:
    """Wait for something that another thread does; ten seconds are far too long."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("unfinished", [b"", b"<message id='half'><body>"])
def test_old_rows_may_live_in_the_journal_alone(tmp_path: Path, unfinished) -> None:
    """With keep, memory holds the newest rows under their numbers; the file holds all."""
    log = logged([Chunk(0, OUT, HEADER), Chunk(0, IN, HEADER), Chunk(0, IN, unfinished)])
    columns = Columns(log)
    frames = Frames(columns)
    whole = new_log()
    for chunk in (Chunk(0, OUT, HEADER), Chunk(0, IN, HEADER), Chunk(0, IN, unfinished)):
        play(whole, chunk, 1_000_000_100)
    journal = Journal(log, columns, tmp_path / "j.xmpp", keep=100)
    journal.start()
    total = 1000
    for stanza in range(total):
        data = f"<message id='m{stanza}'><body>{stanza}</body></message>".encode()
        log.chunk(0, OUT, data, 2_000_000_000 + stanza)
        whole.chunk(0, OUT, data, 2_000_000_000 + stanza)
        if stanza % 100 == 99:
            rows = columns.settle()
            wait_until(lambda rows=rows: journal.rows >= rows)
            assert len(frames.stanzas()) == rows - max(2, columns.first)
    if unfinished:
        log.chunk(0, IN, b"done</body></message>", 3_000_000_000)
        whole.chunk(0, IN, b"done</body></message>", 3_000_000_000)
    all_of_it = Columns(whole)
    count = columns.settle()

    assert 100 <= count - columns.first < 300
    assert count == all_of_it.settle()
    first = columns.first
    assert columns.rows(first, count) == [
        {
            **row,
            "time": columns.value(row["row"], "time"),
            "elapsed": columns.value(row["row"], "elapsed"),
        }
        for row in all_of_it.rows(first, count)
    ]
    assert list(frames.wire()["row"]) == list(range(first, count))
    assert list(frames.wire()["id"]) == [row["id"] for row in all_of_it.rows(first, count)]
    for ask in (columns.row, columns.item, columns.element):
        with pytest.raises(UsageError, match=f"row {first - 1} is in the journal alone"):
            ask(first - 1)
    with pytest.raises(UsageError, match="in the journal alone"):
        log.tape(0, OUT)
    with pytest.raises(UsageError, match="in the journal alone"):
        save(columns, tmp_path / "s.xmpp")
    dropped = frames.marks().query("name == 'dropped to journal'")
    assert dropped["detail"].iloc[-1].endswith(f" to {first - 1}: j.xmpp")
    assert len(log._tapes[OUT]) < 300 * 50
    journal.stop()
    assert log.listeners == []

    loaded = load(tmp_path / "j.xmpp")
    assert loaded.tape(0, OUT) == whole.tape(0, OUT)
    assert Columns(loaded).settle() == count


def test_an_interrupt_while_old_rows_are_gone_comes_after_the_reading(tmp_path: Path) -> None:
    """Without the dropped rows reading cannot begin again, so it is not cut off."""
    log = logged([Chunk(0, OUT, HEADER)])
    columns = Columns(log)
    journal = Journal(log, columns, tmp_path / "j.xmpp", keep=10)
    journal.start()
    stanza = b"<message><body>x</body></message>"
    for _ in range(3):
        log.chunk(0, OUT, stanza * 20, 2_000_000_000)
        rows = columns.settle()
        wait_until(lambda rows=rows: journal.rows >= rows)
    log.chunk(0, OUT, stanza, 2_000_000_000)
    assert columns.first > 0

    log.chunk(0, OUT, stanza * 60_000, 2_000_000_000)
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        while True:
            columns.settle()
            time.sleep(0)
    timer.join()

    assert columns.settle() == columns.count == 1 + 60 + 1 + 60_000
    journal.stop()
    assert Columns(load(tmp_path / "j.xmpp")).settle() == columns.count
