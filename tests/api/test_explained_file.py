"""``xmppexplore explain``: a file, standard input or a recording, as text and as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session, UsageError, explain
from xmppexplore.api import explained_file
from xmppexplore.api.explained_file import explain_file
from xmppexplore.cli import main

PING = "<iq type='get' to='a.example' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"


@pytest.fixture
def ping(tmp_path: Path) -> str:
    """Return the name of a file with a ping in it."""
    path = tmp_path / "ping.xml"
    path.write_text(PING, "utf-8")
    return str(path)


def test_a_file_is_printed_as_it_is_explained(ping, capsys) -> None:
    """Status 0, and the text that a notebook would have."""
    assert main(["explain", ping]) == 0
    assert capsys.readouterr().out == repr(explain(PING)) + "\n"


def test_json_is_the_tree(ping, capsys) -> None:
    """As ``to_dict`` gives it."""
    assert main(["explain", ping, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == explain(PING).to_dict()


def test_standard_input_is_read(monkeypatch) -> None:
    """A stanza, or a name alone."""
    given = SimpleNamespace(buffer=io.BytesIO(b"item-not-found\n"))
    monkeypatch.setattr("sys.stdin", given)

    assert explain_file("-").startswith("item-not-found: defined by RFC 6120")


def test_standard_input_may_be_closed(monkeypatch, capsys) -> None:
    """Whoever starts the command decides that."""
    monkeypatch.setattr("sys.stdin", None)

    assert main(["explain", "-"]) == 1
    assert "it is closed" in capsys.readouterr().err


def test_a_recording_is_explained_whole(tmp_path) -> None:
    """As the session was, row by row."""

    async def scene(_: Sandbox, romeo: Session, __: Session) -> None:
        path = romeo.save(tmp_path / "login.xmpp")

        assert explain_file(str(path)).split("\n")[1:] == explain(romeo).text().split("\n")[1:]

    on_stage(scene)


def test_secrets_stay_hidden_unless_asked_for(tmp_path) -> None:
    """Also in JSON."""
    path = tmp_path / "auth.xml"
    path.write_text("<presence><x xmlns='http://jabber.org/protocol/muc'><password>sesame"
                    "</password></x></presence>")  # fmt: skip

    assert "sesame" not in explain_file(str(path))
    assert "sesame" not in explain_file(str(path), as_json=True)
    assert "sesame" in explain_file(str(path), reveal=True)


@pytest.mark.parametrize("name", ["nowhere.xml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_one_sentence(name, tmp_path, monkeypatch, capsys) -> None:
    """Status 1, on standard error."""
    monkeypatch.chdir(tmp_path)

    assert main(["explain", name]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_damaged_recording_is_refused(tmp_path, capsys) -> None:
    """In one sentence too."""
    path = tmp_path / "broken.xmpp"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 500)

    assert main(["explain", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_has_a_largest_size(ping, monkeypatch) -> None:
    """What is larger is refused before it is looked at."""
    monkeypatch.setattr(explained_file, "MAX_BYTES", 10)

    with pytest.raises(UsageError, match="more than 10 bytes"):
        explain_file(ping)


def test_a_name_that_is_known_is_explained_where_there_is_no_such_file(
    tmp_path, monkeypatch
) -> None:
    """A file goes first, whatever its name is; and a name that nobody knows may be a slip."""
    monkeypatch.chdir(tmp_path)
    assert explain_file("XEP-0199").startswith("XEP-0199 XMPP Ping")
    assert "RFC 6120" in explain_file("item-not-found")
    (tmp_path / "XEP-0199").write_text("<presence/>")
    assert explain_file("XEP-0199").startswith("<presence>")
    for name in ("presence.xml", "nobody-knows-this", "\0", "-" * 5000):
        with pytest.raises(UsageError, match="cannot be read"):
            explain_file(name)
