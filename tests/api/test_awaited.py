"""What counts as the answer to a request, and what is said where none comes."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.stages import on_stage
from xmppexplore import NoAnswer, Sandbox, Session
from xmppexplore.api.awaited import answers, no_answer, row_of
from xmppexplore.wire.element import parse

PING = "<iq type='get' id='{id}' to='{to}'><ping xmlns='urn:xmpp:ping'/></iq>"


@pytest.mark.parametrize(
    ("to", "id", "found"),
    [("capulet.example", "p1", True), ("capulet.example", "p2", False), ("a.example", "p1", False)],
)
def test_an_answer_has_the_id_and_comes_from_who_was_asked(to: str, id: str, found: bool) -> None:
    """Somebody else's iq of the same id does not count, nor another answer of the same sender."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        first = romeo.recording._columns.settle()
        await romeo.send(PING.format(to="capulet.example", id="p1"))
        asked = parse(PING.format(to=to, id=id))
        row = await row_of(romeo, answers(romeo, asked), first, 2.0 if found else 0.2)
        assert (row >= 0) is found
        if found:
            assert romeo.element(row).get("type") == "result"

    on_stage(scene)


def test_a_session_that_ends_is_not_waited_for() -> None:
    """Long before the time limit; the error says why, and what came last."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        waiting = asyncio.ensure_future(row_of(romeo, lambda _: False, 0, 60.0))
        await asyncio.sleep(0)
        await romeo.close()
        assert await asyncio.wait_for(waiting, 5) == -1
        error = no_answer(romeo, "nobody came", 60.0)
        assert "nobody came (the session is closed)." in str(error)
        assert "The last that arrived is row" in str(error)
        assert error.recording is romeo.recording

    on_stage(scene)


def test_where_the_server_ended_the_stream_its_reason_is_named() -> None:
    """Not the footer that came behind it."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        with pytest.raises(NoAnswer, match="by the error 'unsupported-stanza-type'"):
            await romeo.send("<hello/>", check=False)
            await romeo.wait_for(lambda _: False, timeout=5)

    on_stage(scene)
