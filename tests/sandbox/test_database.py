"""The SQLite file gives back what was committed, whenever the process ended."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.shelf import Shelf
from xmppexplore.errors import UsageError
from xmppexplore.sandbox.database import Database
from xmppexplore.sandbox.storage import Table

PLAIN = Table("plain", ("key",), ("value",))
PAIRS = Table("pairs", ("left", "right"))

CELL = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=5),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=5),
)
OWNER = st.sampled_from(["romeo", "juliet"])
KEY = st.sampled_from(["a", "b", "'; --"])
ACT = st.one_of(
    st.tuples(st.just("put"), st.just(PLAIN), OWNER, KEY, CELL),
    st.tuples(st.just("put"), st.just(PAIRS), OWNER, KEY, KEY),
    st.tuples(st.just("drop"), st.sampled_from([PLAIN, PAIRS]), OWNER),
    st.tuples(st.just("drop"), st.sampled_from([PLAIN, PAIRS]), OWNER, KEY),
    st.tuples(st.just("commit")),
)


@given(acts=st.lists(ACT, max_size=30))
def test_it_keeps_what_a_dictionary_keeps(tmp_path_factory, acts):
    """After any puts and drops, and after closing and opening again."""
    path = tmp_path_factory.mktemp("database") / "store.sqlite"
    database, shelf = Database(path, "play.example"), Shelf()
    for name, *words in acts:
        getattr(database, name)(*words)
        getattr(shelf, name)(*words)
    database.close()
    shelf.close()
    again = Database(path, "play.example")

    for table in (PLAIN, PAIRS):
        assert sorted(again.rows(table), key=repr) == sorted(shelf.rows(table), key=repr)
    again.close()


def test_rows_come_in_the_order_in_which_they_were_first_put(tmp_path):
    """Also where one was changed since."""
    database = Database(tmp_path / "store.sqlite", "play.example")
    for key in ("b", "a", "c"):
        database.put(PLAIN, "romeo", key, 1)
    database.put(PLAIN, "romeo", "b", 2)

    assert [row[1:] for row in database.rows(PLAIN)] == [("b", 2), ("a", 1), ("c", 1)]
    database.close()


def test_the_end_of_the_process_loses_what_was_not_committed_and_nothing_else(tmp_path):
    """It is ended in the middle of a transaction, without any farewell."""
    path = tmp_path / "store.sqlite"
    code = (
        "import os, signal, sys\n"
        "from xmppexplore.sandbox.database import Database\n"
        "from xmppexplore.sandbox.storage import Table\n"
        "d, t = Database(sys.argv[1], 'play.example'), Table('plain', ('key',), ('value',))\n"
        "d.put(t, 'romeo', 'kept', 1); d.commit(); d.put(t, 'romeo', 'lost', 2)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    database = Database(path, "play.example")

    assert list(database.rows(PLAIN)) == [("romeo", "kept", 1)]
    database.close()


def test_the_file_is_for_its_owner_alone(tmp_path):
    """There is mail in it."""
    Database(tmp_path / "store.sqlite", "play.example").close()

    assert stat.S_IMODE((tmp_path / "store.sqlite").stat().st_mode) == 0o600


def test_a_file_of_another_domain_is_refused(tmp_path):
    """Its accounts would be those of another."""
    Database(tmp_path / "store.sqlite", "play.example").close()

    with pytest.raises(UsageError, match=r"belongs to 'play\.example'"):
        Database(tmp_path / "store.sqlite", "other.example")


def test_two_servers_do_not_share_a_file(tmp_path, monkeypatch):
    """Each would overwrite what the other knows."""
    monkeypatch.setattr("xmppexplore.sandbox.database.BUSY_SECONDS", 0.05)
    first = Database(tmp_path / "store.sqlite", "play.example")

    with pytest.raises(UsageError, match="other server"):
        Database(tmp_path / "store.sqlite", "play.example")
    first.close()


@pytest.mark.parametrize("content", [b"hello, world" * 100, b"<xml/>"])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    """And left as it is."""
    path = tmp_path / "letter.txt"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="cannot be used"):
        Database(path, "play.example")
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(tmp_path):
    """Nothing is written into it."""
    path = tmp_path / "books.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE books (title)")
    other.close()

    with pytest.raises(UsageError, match="something else"):
        Database(path, "play.example")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    """With the path."""
    with pytest.raises(UsageError, match="nowhere"):
        Database(tmp_path / "nowhere" / "store.sqlite", "play.example")


def test_a_table_with_a_name_that_is_none_is_refused(tmp_path):
    """Names stand in statements as they are."""
    database = Database(tmp_path / "store.sqlite", "play.example")

    with pytest.raises(UsageError, match="lower-case"):
        database.put(Table("a; DROP TABLE server", ("key",)), "romeo", "a")
    database.close()


def test_a_table_of_another_version_is_refused(tmp_path):
    """Reading it would take one column for another."""
    database = Database(tmp_path / "store.sqlite", "play.example")
    database.put(PLAIN, "romeo", "a", 1)
    database.close()
    database = Database(tmp_path / "store.sqlite", "play.example")

    with pytest.raises(UsageError, match="another version"):
        database.rows(PLAIN._replace(columns=("other",)))
    database.close()


def full(database):
    """Let the file grow no more, as on a full disk."""
    (pages,) = database._connection.execute("PRAGMA page_count").fetchone()
    database._connection.execute(f"PRAGMA max_page_count = {pages}")


def test_what_cannot_be_written_is_said_by_the_commit(tmp_path):
    """And by every one after it: what follows would be kept without what came before."""
    path = tmp_path / "store.sqlite"
    database = Database(path, "play.example")
    database.put(PLAIN, "romeo", "a", 1)
    database.commit()
    full(database)
    database.put(PLAIN, "romeo", "b", "x" * 100_000)
    database.put(PLAIN, "romeo", "c", 3)

    for _ in range(2):
        with pytest.raises(UsageError, match="cannot be written: database or disk is full"):
            database.commit()
    database.put(PLAIN, "romeo", "d", 4)
    database.close()
    again = Database(path, "play.example")
    assert again.rows(PLAIN) == [("romeo", "a", 1)]
    again.close()


def test_closing_says_what_no_commit_has_said(tmp_path):
    """The file is let go of all the same."""
    path = tmp_path / "store.sqlite"
    database = Database(path, "play.example")
    database.put(PLAIN, "romeo", "a", 1)
    database.commit()
    full(database)
    database.put(PLAIN, "romeo", "b", "x" * 100_000)

    with pytest.raises(UsageError, match="cannot be written"):
        database.close()
    Database(path, "play.example").close()


@given(where=st.floats(0, 1), what=st.binary(min_size=1, max_size=200), cut=st.booleans())
def test_a_damaged_file_is_refused_or_read(tmp_path_factory, where, what, cut):
    """Whatever stands in it, or is missing: no other error, and the file is let go of."""
    path = tmp_path_factory.mktemp("damaged") / "store.sqlite"
    database = Database(path, "play.example")
    for number in range(50):
        database.put(PLAIN, "romeo", f"key {number}", "x" * 200)
    database.close()
    data = bytearray(path.read_bytes())
    at = round(where * (len(data) - 1))
    data[at : len(data) if cut else at + len(what)] = b"" if cut else what
    path.write_bytes(data)

    opened = []
    try:
        database = Database(path, "play.example")
        opened.append(database)
        database.rows(PLAIN)
        database.put(PLAIN, "romeo", "new", 1)
        database.drop(PLAIN, "romeo", "key 7")
        database.commit()
    except UsageError as error:
        assert "store.sqlite" in str(error)  # noqa: PT017 (it may also be fit to use)
    finally:
        for one in opened:
            with contextlib.suppress(UsageError):
                one.close()
