"""The composer on a real session: judged, sent, answered, remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.stages import on_stage
from tests.test_docs import table
from xmppexplore import Sandbox, Session
from xmppexplore.api import composer as composing
from xmppexplore.api.composer import COLUMNS, MOST, Composer
from xmppexplore.errors import UsageError

PING = "<iq type='get' to='capulet.example'><ping xmlns='urn:xmpp:ping'/></iq>"
NOBODY = "<message to='nobody@capulet.example' id='m1' type='chat'><body>Hi</body></message>"
SECRET = "wherefore-Art-thou"
REGISTER = (
    "<iq type='set' id='r1'><query xmlns='jabber:iq:register'>"
    f"<username>romeo</username><password>{SECRET}</password></query></iq>"
)


class Desk:
    """A composer and what its views are told."""

    def __init__(self, session: Session, xml: str = "", **options: Any) -> None:
        self.composer: Composer = session.compose(xml, **options)
        self.said: list[dict[str, Any]] = []
        self.heard = asyncio.Event()
        self.composer._widget.send = self._hear  # type: ignore[method-assign]

    def _hear(self, content: dict[str, Any], _buffers: Any = None) -> None:
        self.said.append(content)
        self.heard.set()

    def ask(self, op: str, view: str = "v", **content: Any) -> list[dict[str, Any]]:
        """Say something as a view does; return what was answered to it at once."""
        before = len(self.said)
        self.composer._widget._guarded(view, {"op": op, **content})
        return self.said[before:]

    def verdict(self, text: str) -> dict[str, Any]:
        [answer] = self.ask("check", text=text, serial=7)
        assert answer["serial"] == 7
        verdict: dict[str, Any] = answer["verdict"]
        return verdict

    async def entry(self, *states: str) -> dict[str, Any]:
        """Wait until the newest that was sent is in one of the states."""
        async with asyncio.timeout(10):
            while True:
                told = [said["entry"] for said in self.said if said["op"] == "entry"]
                number = max(one["number"] for one in told)
                newest = [one for one in told if one["number"] == number]
                if newest[-1]["state"] in states:
                    return newest[-1]
                self.heard.clear()
                await self.heard.wait()


def test_a_request_is_answered_with_its_latency() -> None:
    """The answer, its row, what it says, and how long it took by the recording's own times."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        assert desk.verdict(PING)["notes"] == ["An id will be added."]
        told = desk.ask("send", text=PING, insist="", serial=8)
        assert {"to": "v", "op": "sent", "number": 1} in told
        entry = await desk.entry("result")
        assert entry["took"].endswith(" ms")
        assert entry["note"].startswith("id ")

        [look] = desk.ask("look", number=1)
        assert "type='result'" in look["pretty"]
        assert "text" not in look
        [look] = desk.ask("look", number=1, recall=True)
        assert look["text"] == PING
        [lines] = desk.ask("explain", number=1)
        assert lines["rows"][0]["name"] == "<iq>"
        assert lines["rows"][0]["section"] == "RFC 6120 §8.2.3"

        row = desk.composer.history.iloc[0]
        assert (row["what"], row["outcome"]) == ("iq get ping", "result")
        wire = romeo.wire
        asked, answered = (
            wire[wire["row"] == row[name]].iloc[0] for name in ("request", "response")
        )
        assert asked["id"] == answered["id"]
        assert row["round_trip"] == answered["time"] - asked["time"]
        desk.composer.close()

    on_stage(scene)


def test_nothing_is_sent_on_an_error_unless_insisted() -> None:
    """What stands against it is told instead; insisting on something else does not do."""
    wrong = "<message to='juliet@capulet.example' type='caht'><body>Hi</body></message>"

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        sent = len(romeo.stanzas)
        for insist in ("", "broken", "good", "empty"):
            [told] = desk.ask("send", text=wrong, insist=insist, serial=1)
            assert told["op"] == "verdict"
            [objection] = told["verdict"]["objections"]
            assert (objection["line"], objection["column"]) == (1, wrong.index("type") + 1)
        for empty in ("", "  \n"):
            assert desk.ask("send", text=empty, insist="empty", serial=1)[0]["op"] == "verdict"
        assert len(romeo.stanzas) == sent
        assert len(desk.composer.history) == 0

        desk.ask("send", text=wrong, insist="departs", serial=2)
        await desk.entry("written")
        message = await juliet.wait_for({"kind": "message"})
        assert message.get("type") == "caht"
        desk.composer.close()

    on_stage(scene)


def test_an_error_says_what_it_means_and_what_helps() -> None:
    """Of a request and of a message, which is answered by an error alone."""
    asked = "<iq type='get' id='q1' to='capulet.example'><vCard xmlns='urn:example:unknown'/></iq>"

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        desk.ask("send", text=asked, insist="", serial=1)
        entry = await desk.entry("error")
        assert entry["condition"] == "service-unavailable"
        assert len(entry["meaning"]) >= 2
        desk.ask("send", text=NOBODY, insist="", serial=2)
        await desk.entry("error")
        stray = "<message to='juliet@nowhere.example' id='m2'><body>Hi</body></message>"
        desk.ask("send", text=stray, insist="", serial=3)
        entry = await desk.entry("error")
        assert entry["condition"] == "remote-server-not-found"
        assert list(desk.composer.history["number"]) == [3, 2, 1]
        desk.composer.close()

    on_stage(scene)


def test_what_is_not_well_formed_ends_the_stream_and_says_so() -> None:
    """Only after insisting; the server's last word stands beside it, and the session is over."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        broken = "<message><body>Hi</message>"
        verdict = desk.verdict(broken)
        assert verdict["state"] == "broken"
        assert "§4.9.3.13" in verdict["warning"]
        [told] = desk.ask("send", text=broken, insist="departs", serial=1)
        assert told["op"] == "verdict"
        assert romeo.state == "open"
        desk.ask("send", text=broken, insist="broken", serial=2)
        entry = await desk.entry("error")
        assert entry["condition"] == "not-well-formed"
        async with asyncio.timeout(5):
            while desk.composer._state()["open"]:
                desk.heard.clear()
                await desk.heard.wait()
        [told] = desk.ask("send", text=PING, insist="", serial=3)
        assert told["op"] == "trouble"
        assert "connect again" in told["text"]
        desk.composer.close()

    on_stage(scene)


def test_what_nobody_answers_is_said() -> None:
    """The time limit, in words."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo, timeout=0.2)
        silent = f"<iq type='get' id='s1' to='{juliet.jid}'><x xmlns='urn:example:silence'/></iq>"
        juliet.client.send = lambda *_args, **_more: None  # her client says nothing to it
        desk.ask("send", text=silent, insist="", serial=1)
        entry = await desk.entry("timeout", "error")
        assert entry["state"] == "timeout"
        assert "within 0.2 s" in entry["words"]
        desk.composer.close()

    on_stage(scene)


def test_a_session_that_ends_is_told() -> None:
    """What was waited for is lost, every view hears why nothing can be sent any more."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        assert desk.composer._state()["open"]
        juliet.client.send = lambda *_args, **_more: None
        silent = f"<iq type='get' id='s1' to='{juliet.jid}'><x xmlns='urn:example:silence'/></iq>"
        desk.ask("send", text=silent, insist="", serial=1)
        await desk.entry("waiting")
        await romeo.close()
        await desk.entry("lost")
        states = [said for said in desk.said if said["op"] == "state"]
        assert states[-1]["open"] is False
        assert "closed" in states[-1]["why"]
        desk.composer.close()

    on_stage(scene)


@pytest.mark.parametrize("resumed", [True, False])
def test_a_session_that_is_back_is_told(resumed: bool) -> None:
    """Resumed, or logged in anew: what is written can be sent again, and is answered."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        for wanted, act in (("connection lost", romeo.client.abort), (None, None)):
            if act is not None:
                act()
            else:
                await romeo.reconnect()
            async with asyncio.timeout(10):
                while True:
                    states = [said for said in desk.said if said["op"] == "state"]
                    if states and states[-1]["status"] == (wanted or romeo.jid):
                        break
                    await asyncio.sleep(0.01)
            assert states[-1]["connected"] is (wanted is None)
            assert states[-1]["open"] is (wanted is None or resumed)  # it is kept and sent later
            assert ("is kept until romeo.reconnect()" in states[-1]["why"]) is (
                wanted is not None and resumed
            )
        desk.ask("send", text=PING, insist="", serial=1)
        await desk.entry("result")

    on_stage(scene, sm=resumed)


def test_views_agree_and_a_new_one_gets_what_there_is() -> None:
    """History goes to all, a verdict to the one that asked; the newest text to whoever comes."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo, "<presence/>")
        first = desk.ask("ready", view="one")
        assert [said["op"] for said in first] == ["state", "history", "text"]
        assert first[2]["text"] == "<presence/>"
        assert {said["to"] for said in first} == {"one"}
        desk.ask("check", view="one", text=PING, serial=1)
        desk.ask("send", view="one", text=PING, insist="", serial=2)
        await desk.entry("result")
        assert {said["to"] for said in desk.said if said["op"] == "entry"} == {"*"}
        _, history, text = desk.ask("ready", view="two")
        assert [entry["number"] for entry in history["entries"]] == [1]
        assert text["text"] == desk.composer.text == PING
        desk.said.clear()
        desk.composer.text = "<presence type='unavailable'/>"
        assert desk.said[-1]["to"] == "*"
        desk.composer.close()

    on_stage(scene)


def test_what_is_remembered_is_bounded() -> None:
    """The newest hundred; one that is gone is refused in words."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        for _ in range(MOST + 3):
            desk.ask("send", text=PING, insist="", serial=1)
        await desk.entry("result")
        assert len(desk.composer.history) == MOST
        assert desk.composer.history["number"].iloc[0] == MOST + 3
        assert "remembered" in desk.ask("look", number=1)[0]["text"]
        desk.composer.close()

    on_stage(scene)


def test_the_same_sent_twice_at_once_is_two_rows() -> None:
    """Each stands beside its own row."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        for serial in (1, 2):
            desk.ask("send", text="<presence/>", insist="", serial=serial)
        await desk.entry("written")
        async with asyncio.timeout(5):
            while desk.composer.history["request"].isna().any():
                await asyncio.sleep(0)
        assert desk.composer.history["request"].nunique() == 2
        desk.composer.close()

    on_stage(scene)


def test_a_secret_is_in_no_state_and_no_repr() -> None:
    """It is sent, and it is brought back to who wrote it; nothing else shows it."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo, REGISTER)
        desk.verdict(REGISTER)
        desk.ask("send", text=REGISTER, insist="departs", serial=1)
        await desk.entry("result", "error")
        shared = [said for said in desk.said if said["op"] in ("entry", "state", "history")]
        assert SECRET not in repr(shared)
        assert SECRET not in repr(desk.composer._widget.get_state())
        assert SECRET not in repr(desk.composer)
        assert SECRET not in repr(desk.composer._repr_mimebundle_())
        assert SECRET not in repr(list(desk.composer._history))
        assert SECRET not in desk.composer.history.to_string()
        assert desk.ask("look", number=1, recall=True)[0]["text"] == REGISTER
        desk.composer.close()

    on_stage(scene)


def test_closing_leaves_nothing_behind() -> None:
    """What it waited for is given up, the client's handlers are gone, the session goes on."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = len(romeo._on_close)
        handlers = {
            name: len(romeo.client._XMLStream__event_handlers.get(name, ()))
            for name in composing.EVENTS
        }
        desk = Desk(romeo)
        desk.ask("send", text="<message to='juliet@capulet.example'/>", insist="", serial=1)
        tasks = set(desk.composer._tasks)
        assert len(tasks) == 1
        desk.composer.close()
        desk.composer.close()
        await asyncio.wait(tasks)
        assert len(romeo._on_close) == before
        after = {
            name: len(romeo.client._XMLStream__event_handlers.get(name, ()))
            for name in composing.EVENTS
        }
        assert after == handlers
        assert romeo.state == "open"
        assert desk.composer._repr_mimebundle_() == {"text/plain": "<Composer of romeo: 1 sent>"}

    on_stage(scene)


def test_templates_are_what_a_person_may_send() -> None:
    """Those of a document together; filled with what their fields hold, all are sound."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo)
        [told] = desk.ask("templates")
        items = [item for group in told["groups"] for item in group["items"]]
        assert len(items) > 200
        assert len({item["number"] for item in items}) == len(items)
        assert len({group["document"] for group in told["groups"]}) == len(told["groups"])
        for item in items:
            text = item["xml"]
            for name, value in item["fields"].items():
                assert f"{{{name}}}" in text
                text = text.replace(f"{{{name}}}", value)
            assert desk.verdict(text)["state"] == "good", item["title"]
        desk.composer.close()

    on_stage(scene)


def test_what_may_stand_at_the_cursor_is_offered() -> None:
    """With what is around it, in the stream's own namespace; asking changes no text."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        desk = Desk(romeo, PING)
        assert not desk.composer._tasks  # the cell that makes it waits for nothing
        await asyncio.sleep(0)
        [task] = desk.composer._tasks
        await task
        [told] = desk.ask("complete", text="<iq type='", serial=3)
        assert told["serial"] == 3
        values = [(one["kind"], one["text"], one["typed"]) for one in told["items"]]
        assert values[0] == ("value", "get", 0)
        assert len(values) == 4
        [told] = desk.ask("complete", text="<iq type='get'><pi", serial=4)
        [ping] = told["items"]
        assert (ping["text"], ping["typed"]) == ("ping xmlns='urn:xmpp:ping'", 2)
        assert (ping["document"], ping["says"][-1]) == ("XEP-0199", ".")
        assert desk.composer.text == PING
        desk.composer.close()

    on_stage(scene)


def test_the_reference_has_its_columns() -> None:
    """In their order."""
    assert list(table("Columns of `composer.history`")) == list(COLUMNS)


def test_it_needs_a_loop_and_text() -> None:
    """Both are said with what to do."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> Session:
        with pytest.raises(UsageError, match="as text"):
            romeo.compose(7)  # type: ignore[arg-type]
        return romeo

    session = on_stage(scene)
    with pytest.raises(UsageError, match="event loop"):
        session.compose()
