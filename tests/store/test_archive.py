"""Saved recordings: the same rows again, no secret in the file, and damage survived."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.recordings import (
    AUTH,
    FOOTER,
    HEADER,
    PIECES,
    SCRIPTS,
    Chunk,
    Marked,
    all_rows,
    logged,
    started,
)
from xmppexplore.errors import RecordingError, UsageError
from xmppexplore.store.archive import load, save
from xmppexplore.store.columns import Columns
from xmppexplore.store.frames import Frames
from xmppexplore.store.log import Log, Mark
from xmppexplore.wire.records import IN, OUT

PASSWORD = b"AGp1bGlldABzM2NyM3Q="


def sample(*, stanzas: int = 3, closed: bool = True) -> Columns:
    """Return a recording with a secret."""
    script = [
        Chunk(0, OUT, HEADER + AUTH),
        Chunk(0, IN, HEADER),
        Marked(0, "restarted"),
        Chunk(0, OUT, HEADER),
        *[Chunk(0, OUT, PIECES[at % 5]) for at in range(stanzas)],
        Chunk(0, OUT, FOOTER),
    ]
    return Columns(logged([*script, Marked(0, "closed")] if closed else script))


def unplaced(marks: list[Mark]) -> list[Mark]:
    """Return marks without those that saving added and without chunk counts."""
    return [mark._replace(chunks=0) for mark in marks if mark.name != "redacted"]


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, st.booleans())
def test_a_loaded_recording_has_the_rows_of_the_saved_one(tmp_path_factory, script, reveal) -> None:
    """Whatever was recorded, loading gives identical rows, marks, spans and times."""
    columns = Columns(logged(started(script)))
    path = tmp_path_factory.mktemp("saved") / "a.xmpp"
    save(columns, path, reveal=reveal)
    loaded = Columns(load(path))
    rows, marks, spans = all_rows(columns)
    loaded_rows, loaded_marks, loaded_spans = all_rows(loaded)

    assert loaded_rows == rows
    assert loaded_spans == spans
    assert unplaced(loaded_marks) == unplaced(marks)
    assert loaded.log.connections == columns.log.connections
    assert loaded.log.anchor == columns.log.anchor
    for number in range(3):
        for way in (IN, OUT):
            tape, original = loaded.log.tape(number, way), columns.log.tape(number, way)
            assert len(tape) == len(original)
            assert tape == original or not reveal
    assert [path] == list(path.parent.iterdir())


def test_frames_of_a_loaded_recording_are_those_of_the_live_one(tmp_path: Path) -> None:
    """The same builder serves both; only the marks of redaction are added."""
    columns = sample()
    save(columns, tmp_path / "a.xmpp")
    live, loaded = Frames(columns), Frames(Columns(load(tmp_path / "a.xmpp")))

    assert loaded.wire().equals(live.wire())
    assert loaded.stanzas().equals(live.stanzas())
    added = loaded.marks().query("name == 'redacted'")
    assert list(added["row"]) == [1]
    assert list(added["detail"]) == ["SASL message"]


@pytest.mark.parametrize("closed", [True, False])
def test_no_secret_is_in_the_file_unless_revealed(tmp_path: Path, closed) -> None:
    """Not in a row, and not in what was unfinished when it was saved."""
    columns = sample(closed=closed)
    columns.log.chunk(0, IN, b"<stream:stream xmlns:stream='u'>", 2_000_000_000)
    columns.log.chunk(1, OUT, HEADER + AUTH[:-9], 2_000_000_000)
    save(columns, tmp_path / "a.xmpp")
    save(columns, tmp_path / "b.xmpp", reveal=True)

    assert PASSWORD not in (tmp_path / "a.xmpp").read_bytes()
    assert PASSWORD in (tmp_path / "b.xmpp").read_bytes()
    marks = [mark for mark in load(tmp_path / "a.xmpp").marks if mark.name == "redacted"]
    assert [(mark.connection, mark.row) for mark in marks] == [(0, 1), (1, -1)]
    assert load(tmp_path / "b.xmpp").tape(0, OUT) == columns.log.tape(0, OUT)


def test_saving_what_was_loaded_adds_no_second_mark(tmp_path: Path) -> None:
    """Filler is no secret: redacting twice says so once."""
    save(sample(), tmp_path / "a.xmpp")
    save(Columns(load(tmp_path / "a.xmpp")), tmp_path / "b.xmpp")

    assert load(tmp_path / "b.xmpp").marks == load(tmp_path / "a.xmpp").marks


def test_what_a_sandbox_made_up_is_saved_as_it_is(tmp_path: Path) -> None:
    """A connection whose secrets are shown keeps them in the file, and is so when loaded."""
    log = Log((0, 0))
    number = log.connect("initiator", "juliet", 1, reveal=True)
    log.chunk(number, OUT, HEADER + AUTH, 2)
    save(Columns(log), tmp_path / "a.xmpp")
    loaded = Columns(load(tmp_path / "a.xmpp"))

    assert loaded.row(loaded.settle() - 1)["xml"] == AUTH.decode()


def test_a_recording_may_be_replaced_and_nothing_else_is_touched(tmp_path: Path) -> None:
    """Saving over a recording replaces it; over anything else it refuses, and says what."""
    path = tmp_path / "a.xmpp"
    save(sample(stanzas=1), path)
    save(sample(stanzas=5), path)
    assert load(path).chunk_count > sample(stanzas=1).log.chunk_count

    notes = tmp_path / "notes.txt"
    notes.write_text("dear diary")
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (a)")
    for wrong in (notes, other, tmp_path, tmp_path / "no" / "a.xmpp"):
        with pytest.raises(UsageError, match=str(wrong)):
            save(sample(), wrong)
    assert notes.read_text() == "dear diary"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xmpp", "notes.txt", "other.db"]


def test_saving_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch) -> None:
    """An error in the middle leaves the old recording and no temporary file."""
    path = tmp_path / "a.xmpp"
    save(sample(stanzas=1), path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("xmppexplore.store.archive.write", fail)
    with pytest.raises(UsageError, match="disk is full"):
        save(sample(), path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_recording_is_refused_by_name(tmp_path: Path) -> None:
    """Each wrong file is told apart: missing, a folder, something else, newer."""
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (a)")
    text = tmp_path / "notes.txt"
    text.write_text("dear diary")
    (tmp_path / "empty").touch()
    newer = tmp_path / "newer.xmpp"
    save(sample(), newer)
    with contextlib.closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 2")

    for path, error, words in (
        (tmp_path / "none", UsageError, "not there"),
        (tmp_path, UsageError, "a folder"),
        (text, RecordingError, "no SQLite file"),
        (tmp_path / "empty", RecordingError, "no SQLite file"),
        (other, RecordingError, "of something else"),
        (newer, RecordingError, "has version 2"),
    ):
        with pytest.raises(error, match=words) as caught:
            load(path)
        assert str(path) in str(caught.value)
        if error is RecordingError:
            assert caught.value.recovered is None


def test_what_is_no_file_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    """A pipe would be waited for without end; a path that is none is refused like others."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="it is no file"):
        save(sample(), pipe)
    with pytest.raises(UsageError, match="not a file"):
        load(pipe)
    for wrong in (tmp_path / ("x" * 300), "a\0b", "\ud800", None, 7):
        for call in (load, lambda path: save(sample(), path)):
            with pytest.raises(UsageError, match="is no path"):
                call(wrong)
    assert list(tmp_path.iterdir()) == [pipe]


def open_files() -> set[str]:
    """Return what this process holds open."""
    names = set()
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            names.add(os.readlink(f"/proc/self/fd/{number}"))
    return names


FORGERIES = {
    "a number missing": "DELETE FROM log WHERE number = 6",
    "an absurd connection": "UPDATE log SET connection = 4000000000 WHERE number = 6",
    "a negative connection": "UPDATE log SET connection = -5 WHERE number = 6",
    "connections out of order": "UPDATE log SET what = 'connection' WHERE number = 6",
    "a direction that is none": "UPDATE log SET direction = 2 WHERE what = 'chunk'",
    "a direction for the terminal": "UPDATE log SET direction = '\x1b[2J' WHERE what = 'chunk'",
    "a negative offset": "UPDATE log SET out = -1 WHERE what = 'mark'",
    "a negative row": "UPDATE log SET row = -7 WHERE what = 'mark'",
    "an offset that is text": "UPDATE log SET out = 'far' WHERE what = 'mark'",
    "a mark nobody knows": "UPDATE log SET name = 'eval' WHERE what = 'mark'",
    "a record of another kind": "UPDATE log SET what = 'code' WHERE number = 6",
    "data that is text": "UPDATE log SET data = 'text' WHERE what = 'chunk'",
    "data that is missing": "UPDATE log SET data = NULL WHERE what = 'chunk'",
    "a time that is text": "UPDATE log SET at = 'noon' WHERE number = 6",
    "an absurd time": "UPDATE log SET at = 9223372036854775807 WHERE number = 6",
    "a role that is none": "UPDATE log SET name = 'emperor' WHERE what = 'connection'",
    "a label that is missing": "UPDATE log SET detail = NULL WHERE what = 'connection'",
    "text that is not UTF-8": "UPDATE log SET detail = CAST(x'ff' AS TEXT) WHERE what = 'mark'",
    "a huge blob": "UPDATE log SET data = zeroblob(50000000) WHERE number = 6",
    "no anchor": "DELETE FROM recording WHERE key = 'wall'",
    "an absurd anchor": "UPDATE recording SET value = 9223372036854775807 WHERE key = 'wall'",
    "an anchor that is text": "UPDATE recording SET value = 'noon' WHERE key = 'wall'",
    "a view": "CREATE VIEW v AS SELECT 1",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM log; END",
    "an endless view for a table": (
        "ALTER TABLE log RENAME TO l; CREATE VIEW log AS WITH RECURSIVE n(i) AS "
        "(SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n, l"
    ),
    "a column more": "ALTER TABLE log ADD COLUMN more",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_file_is_refused_with_what_stands_before(tmp_path: Path, forgery) -> None:
    """Values that no recording has end the reading there; what came before is kept."""
    path = tmp_path / "a.xmpp"
    columns = sample()
    save(columns, path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(FORGERIES[forgery])

    with pytest.raises(RecordingError) as caught:
        load(path)

    assert caught.value.path == str(path)
    assert str(caught.value).isprintable()
    assert str(path) not in open_files()
    if caught.value.recovered is not None:
        recovered = Columns(caught.value.recovered)
        count = recovered.settle()
        assert count < columns.settle() or len(recovered.marks) < len(columns.marks) + 1
        assert recovered.rows(0, count) == columns.rows(0, count)


@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.2])
def test_of_a_file_that_was_cut_the_beginning_is_recovered(tmp_path: Path, part) -> None:
    """A truncated file gives an error whose recording has the rows that were left."""
    path = tmp_path / "a.xmpp"
    columns = sample(stanzas=3_000)
    save(columns, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])

    with pytest.raises(RecordingError, match="recovered") as caught:
        load(path)

    recovered = Columns(caught.value.recovered)
    count = recovered.settle()
    assert columns.settle() * (part - 0.12) < count < columns.count
    assert recovered.rows(0, count) == columns.rows(0, count)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_ends_in_the_one_error_or_does_no_harm(tmp_path_factory, data) -> None:
    """Bytes overwritten anywhere: a recording error, or a log that reads."""
    path = tmp_path_factory.mktemp("damaged") / "a.xmpp"
    save(sample(stanzas=60), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(st.binary(min_size=1, max_size=40))
        content[at : at + len(piece)] = piece
    path.write_bytes(content)

    try:
        log = load(path)
    except RecordingError as error:
        log = error.recovered if error.recovered is not None else Log((0, 0))
    columns = Columns(log)

    assert len(columns.rows(0, columns.settle())) == columns.count == len(Frames(columns).wire())
    Frames(columns).marks()
