"""The recording as a person holds it: live and loaded alike, shared by several sessions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.api.stages import on_stage
from xmppexplore import Recording, Sandbox, Session
from xmppexplore.errors import RecordingError, UsageError


def test_a_loaded_recording_has_the_same_rows(tmp_path: Path) -> None:
    """wire, marks, exchanges and the login are the same after saving and loading."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
        await romeo.close()
        romeo.save(tmp_path / "login.xmpp")
        loaded = Recording.load(tmp_path / "login.xmpp")

        pd.testing.assert_frame_equal(loaded.wire, romeo.recording.wire)
        pd.testing.assert_frame_equal(loaded.exchanges, romeo.recording.exchanges)
        assert loaded.handshake.text == romeo.handshake.text
        assert loaded.tape("out") == romeo.tape("out")

    on_stage(scene)


def test_secrets_of_a_real_password_are_neither_shown_nor_saved(tmp_path: Path) -> None:
    """Only a password that a sandbox made up is shown; any other is redacted everywhere."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        password = sandbox.passwords["romeo"]
        session = await sandbox.connect("romeo", password=password, mechanism="PLAIN")
        tape = session.tape("out")
        start = tape.index(b'mechanism="PLAIN">') + len(b'mechanism="PLAIN">')
        secret = tape[start : tape.index(b"</auth>")].decode()

        shown = session.wire.to_csv() + repr(session) + session.handshake.svg
        path = session.save(tmp_path / "plain.xmpp")
        assert secret not in shown
        assert secret.encode() not in path.read_bytes()
        assert "*" * len(secret) in session.wire.to_csv()
        assert secret in romeo.wire.to_csv() or romeo.mechanism != "PLAIN"

        session.save(tmp_path / "revealed.xmpp", reveal=True)
        assert Recording.load(tmp_path / "revealed.xmpp").tape("out", 0) == tape

    on_stage(scene)


def test_two_sessions_on_one_recording_see_their_own_rows() -> None:
    """Frames of a session hold its rows, frames of the recording those of both."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        both = Recording()
        first = await sandbox.connect("romeo", recording=both, resource="a")
        second = await sandbox.connect("juliet", recording=both, resource="b")
        await first.ask("<ping xmlns='urn:xmpp:ping'/>")

        assert set(first.wire["session"]) == {"romeo"}
        assert set(second.wire["session"]) == {"juliet"}
        assert len(first.wire) + len(second.wire) == len(both.wire)
        assert len(first.exchanges) == len(second.exchanges) + 1
        assert first.tape("out") == both.tape("out", 0)
        assert second.tape("out") == both.tape("out", 1)

    on_stage(scene)


def test_the_server_side_is_a_second_witness() -> None:
    """What one side wrote is what the other read, in the sandbox's own recording."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        await romeo.send("<message to='juliet@capulet.example'><body>Hi</body></message>")
        await juliet.wait_for({"kind": "message"})
        await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")

        assert sandbox.recording.tape("in", 0) == romeo.tape("out")
        assert sandbox.recording.tape("out", 0) == romeo.tape("in")

    on_stage(scene)


def test_frames_may_be_changed_without_harm() -> None:
    """A person's edit of a frame is not seen in the next one."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        frame = romeo.wire
        frame.loc[:, "size"] = -1
        assert (romeo.wire["size"] > 0).all()

    on_stage(scene)


def test_an_empty_recording_says_so() -> None:
    """No connection: frames are empty with their columns, tapes say what is missing."""
    recording = Recording()

    assert list(recording.wire.columns)[:3] == ["row", "time", "elapsed"]
    assert len(recording) == 0
    with pytest.raises(UsageError, match="nothing is recorded"):
        recording.tape("in")
    with pytest.raises(UsageError, match="numbered from 0"):
        recording.item(0)
    with pytest.raises(UsageError, match="no direction"):
        recording.tape("sideways")  # type: ignore[arg-type]


def test_a_recording_can_be_watched_like_a_session() -> None:
    """One live log for all: of a session its own rows, of the recording everything."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        assert romeo.watch(height=200).height == 200
        assert sandbox.recording.watch().title == "recording"

    on_stage(scene)


def test_a_file_that_is_no_recording_is_told(tmp_path: Path) -> None:
    """The error names the file; nothing is executed or guessed."""
    path = tmp_path / "x.xmpp"
    path.write_bytes(b"<html>")

    with pytest.raises(RecordingError, match=r"x\.xmpp"):
        Recording.load(path)
