"""What the widgets are handed: exact bytes, own rows, nothing when nobody looks."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.stages import on_stage
from xmppexplore import Recording, Sandbox, Session
from xmppexplore.api.panels import item_detail, open_ladder, watch
from xmppexplore.errors import UsageError


def test_a_detail_is_the_exact_bytes_of_the_tape() -> None:
    """For every row: data is tape[start:end] of the tape that it names."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        await romeo.send("<message to='juliet@capulet.example'><body>é\u202e</body></message>")
        for row in range(len(romeo.recording)):
            detail = item_detail(romeo.recording, row)
            direction = "out" if 'tape("out"' in detail["tape"] else "in"
            tape = romeo.tape(direction)
            assert detail["data"] == tape[detail["start"] : detail["end"]]

    on_stage(scene)


def test_a_secret_is_covered_in_the_inspector_at_its_own_length() -> None:
    """Offsets stay right, and the note says how to see it."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        session = await sandbox.connect(
            "romeo", password=sandbox.passwords["romeo"], mechanism="PLAIN"
        )
        row = int(session.wire.query("name == 'auth'")["row"].iloc[0])
        detail = item_detail(session.recording, row)
        assert len(detail["data"]) == detail["end"] - detail["start"]
        assert b"*" in detail["data"]
        assert "session.item(row)" in detail["note"]
        assert session.item(row) != detail["data"]

    on_stage(scene)


def test_the_opened_ladder_has_a_row_for_every_arrow() -> None:
    """Each arrow of the model opens an item that exists."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        widget = open_ladder(romeo.recording, romeo.handshake.reading)
        steps = widget._ladder["steps"]
        arrows = [step for step in steps if step.get("source") != step.get("target")]
        assert len(arrows) >= 15
        assert all(0 <= row < len(romeo.recording) for step in arrows for row in step["rows"])
        assert all(step["rows"] for step in arrows)
        widget.close()

    on_stage(scene)


def test_the_log_of_a_session_counts_its_own_rows_only() -> None:
    """Two sessions on one recording are watched apart."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        both = Recording()
        first = await sandbox.connect("romeo", recording=both)
        await sandbox.connect("juliet", recording=both)
        one, all_ = watch(first), watch(both)
        assert one._count() == len(first.wire) < all_._count() == len(both)
        assert {row["session"] for row in one._rows(0, one._count())} == {"romeo"}
        one.close()
        all_.close()

    on_stage(scene)


def test_a_log_that_nobody_shows_listens_to_nothing() -> None:
    """A widget that is made and not displayed costs the session nothing."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = list(romeo.recording._log.listeners)
        widget = romeo.watch()
        await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
        await asyncio.sleep(0)
        assert romeo.recording._log.listeners == before
        widget.close()

    on_stage(scene)


def test_without_an_event_loop_a_live_view_is_refused() -> None:
    """The error says what it needs."""
    with pytest.raises(UsageError, match="event loop"):
        watch(Recording())


def test_the_log_searches_by_the_common_grammar() -> None:
    """Filter text, plain words and half-typed filters; positions, also on a shared recording."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        both = Recording()
        await sandbox.connect("juliet", recording=both)
        first = await sandbox.connect("romeo", recording=both)
        await first.ask("<ping xmlns='urn:xmpp:ping'/>")
        log = watch(first)

        def found(text: str, **more: object) -> list[str]:
            wanted = {"text": text, "kinds": None, "direction": "", **more}
            positions = log._find(0, log._count(), wanted)
            return [log._rows(at, at + 1)[0]["xml"] for at in positions]

        assert len(found("kind == 'iq' and payload:ping")) == 1
        assert len(found("", kinds=["iq"])) == len(first.wire.query("kind == 'iq'"))
        assert len(found("", direction="out")) == len(first.wire.query("direction == 'out'"))
        assert all("urn:xmpp:ping" in xml for xml in found("urn:xmpp:ping"))
        assert found("kind == ") == []
        assert found("nothing like it") == []
        log.close()

    on_stage(scene)


def test_a_log_says_that_its_session_is_closed() -> None:
    """Nothing more will come, and the view is told why."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        log = romeo.watch()
        assert log.ended == ""
        await romeo.close()
        assert log.ended == "The session of romeo is closed."
        log.close()

    on_stage(scene)
