"""The connect panel without a page: attempts, errors, and a password that is nowhere."""

from __future__ import annotations

import asyncio
import base64
import gc
import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.census import census, settled
from tests.peers.prosody import free_port
from xmppexplore import ConnectPanel, Sandbox, sessions
from xmppexplore.api import connect_panel
from xmppexplore.errors import AuthenticationError, CertificateError, ConnectError, UsageError
from xmppexplore.live.client import Client

pytestmark = pytest.mark.widgets

RIGHT, WRONG = "wherefore-Art-thou", "a-rose-by-any-other"
JULIET = "juliet@capulet.example"

Scene = Callable[[Sandbox, ConnectPanel], Awaitable[None]]


def on_stage(scene: Scene, **options: Any) -> None:
    """Run a scene with a server and a panel whose form leads to it."""

    async def play() -> None:
        people = {"juliet": RIGHT, "romeo": RIGHT}
        async with await Sandbox.open("capulet.example", people=people) as sandbox:
            where = {"host": sandbox.host, "port": sandbox.port, "ca_file": sandbox.ca_file}
            panel = ConnectPanel(JULIET, **{**where, **options})
            try:
                await scene(sandbox, panel)
            finally:
                panel.close()
                for session in sessions():
                    await session.close()

    asyncio.run(play())


def press(panel: ConnectPanel, op: str, password: str = "", **values: Any) -> None:
    """Have a view ask for something, by the way that its messages take."""
    form = {**panel._values, "password": password, **values} if op == "connect" else {}
    panel._widget._arrived(panel._widget, {"op": op, "view": "v", "values": form}, [])


async def over(panel: ConnectPanel) -> None:
    """Wait until what was asked for is done."""
    await asyncio.sleep(0)
    while panel._task is not None:
        await asyncio.wait({panel._task})


async def attempt(panel: ConnectPanel, password: str, **values: Any) -> dict[str, Any]:
    """Press Connect and wait for the end; return what the views show."""
    press(panel, "connect", password, **values)
    await over(panel)
    return panel._model()


def test_a_wrong_password_and_then_the_right_one() -> None:
    """The second attempt is a fresh one: its own recording, its own steps, no error."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        assert (panel.session, panel.recording, panel.error) == (None, None, None)
        refused = await attempt(panel, WRONG)
        first = panel.recording
        assert isinstance(panel.error, AuthenticationError)
        assert refused["error"]["fields"] == ("password",)
        wrong = [step["title"] for step in refused["steps"] if step["tone"] == "error"]
        assert wrong == ["Login refused"]
        assert "Given up" not in [step["title"] for step in refused["steps"]]
        assert panel.session is None

        accepted = await attempt(panel, RIGHT)
        assert panel.session is not None
        assert panel.session.jid.startswith(JULIET + "/")
        assert (panel.error, accepted["error"], accepted["open"]) == (None, None, True)
        assert not any(step["tone"] for step in accepted["steps"])
        assert accepted["took"] > 0
        assert panel.recording is panel.session.recording is not first
        assert first is not None
        assert first.handshake.outcome == "failed"

    on_stage(scene)


def test_the_password_is_nowhere_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    """Neither in what views are told, nor in state, values, errors, tracebacks or logs."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        asyncio.get_running_loop().set_debug(True)
        asyncio.get_running_loop().slow_callback_duration = 0  # so that each call is logged
        caplog.set_level(logging.DEBUG, "asyncio")
        said: list[str] = []
        panel._widget.send = lambda content, buffers=None: said.append(repr(content))
        panel._widget.receive("v", {"op": "ready"})
        message = {"op": "connect", "view": "v", "values": {**panel._values, "password": WRONG}}
        panel._widget._arrived(panel._widget, message, [])
        await over(panel)
        await attempt(panel, RIGHT)

        assert "password" not in message["values"]
        assert len(said) > 3
        everything = [
            *said, repr(panel._widget.get_state()), repr(vars(panel)), repr(panel._model()),
            repr(panel.error), str(panel._widget._repr_mimebundle_()), caplog.text,
            repr(panel.recording.wire.to_dict()) if panel.recording else "",
        ]  # fmt: skip
        assert caplog.text
        assert [text for text in everything if WRONG in text or RIGHT in text] == []

    on_stage(scene)


def test_a_failed_attempt_keeps_no_client() -> None:
    """The client knows the password; neither the error nor its traceback keeps it."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        await attempt(panel, WRONG)
        error = panel.error
        assert error is not None
        assert error.__traceback__ is None
        for _ in range(3):  # what the loop has left to do
            await asyncio.sleep(0)
        gc.collect()
        kept = [one for one in gc.get_objects() if isinstance(one, Client)]
        assert [one for one in kept if str(one.requested_jid.bare) == JULIET] == []

    on_stage(scene)


def test_two_clicks_are_one_login() -> None:
    """What is asked for while something is under way, or is there already, is not done."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        for _ in range(3):
            press(panel, "connect", RIGHT)
        press(panel, "sandbox")
        await over(panel)
        press(panel, "connect", WRONG)
        await over(panel)
        assert len(sessions()) == 1
        assert panel._is_open
        assert panel.sandbox is None

    on_stage(scene)


def test_a_click_of_another_thread_is_done_on_the_loop() -> None:
    """Kernel subshells have threads of their own; the login runs on the loop all the same."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        clicked = threading.Thread(target=press, args=(panel, "connect", RIGHT))
        clicked.start()
        session = await panel.wait(10)
        clicked.join()
        assert session.state == "open"

    on_stage(scene)


async def _silent(scene: Callable[[int], Awaitable[None]]) -> None:
    """Run a scene with a server that accepts and says nothing."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client is gone
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        await scene(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("way", ["cancel", "close", "bye"])
def test_an_attempt_can_be_called_off(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its button, by closing the panel, by taking its last view away; nothing is left."""
    monkeypatch.setattr(connect_panel, "GRACE", 0.05)

    async def scene(port: int) -> None:
        before = census()
        panel = ConnectPanel(JULIET, host="127.0.0.1", port=port, tls="none")
        panel._widget.receive("v", {"op": "ready"})
        press(panel, "connect", RIGHT)
        while not panel._model()["steps"]:
            await asyncio.sleep(0)
        assert panel._model()["busy"]
        if way == "close":
            panel.close()
        else:
            press(panel, way)
        await over(panel)
        assert panel.session is None
        assert panel.error is None
        assert panel._model()["status"] == "Cancelled"
        assert panel.recording is not None
        assert len(panel.recording.connections) == 1
        panel.close()
        assert await settled(before) == before

    asyncio.run(_silent(scene))


def test_a_page_that_is_loaded_again_finds_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that comes back in time keeps it going, and is told how far it is."""
    monkeypatch.setattr(connect_panel, "GRACE", 0.05)

    async def scene(port: int) -> None:
        panel = ConnectPanel(JULIET, host="127.0.0.1", port=port, tls="none", timeout=1)
        panel._widget.receive("old", {"op": "ready"})
        press(panel, "connect", RIGHT)
        await asyncio.sleep(0)
        panel._widget.receive("old", {"op": "bye"})
        panel._widget.receive("new", {"op": "ready"})
        await over(panel)
        assert isinstance(panel.error, ConnectError)
        assert panel.error.reason == "timeout"
        assert panel._model()["error"]["fields"] == ("timeout",)
        panel.close()

    asyncio.run(_silent(scene))


@pytest.mark.parametrize(
    ("values", "kind", "field"),
    [
        ({"ca_file": ""}, CertificateError, "ca_file"),
        ({"ca_file": "/nowhere.pem"}, UsageError, "ca_file"),
        ({"host": "no-such-host.invalid"}, ConnectError, "jid"),
        ({"port": str(free_port())}, ConnectError, "host"),
        ({"port": "many"}, UsageError, "port"),
        ({"port": "70000"}, UsageError, "port"),
        ({"timeout": "-1"}, UsageError, "timeout"),
        ({"timeout": "nan"}, UsageError, "timeout"),
        ({"jid": ""}, UsageError, "jid"),
        ({"jid": "juliet"}, UsageError, "jid"),
        ({"jid": "juliet@@x"}, UsageError, "jid"),
        ({"jid": "juliet@montague.example"}, Exception, None),
        ({"password": ""}, UsageError, "password"),
        ({"password": "\ud800"}, UsageError, "password"),
        ({"password": "bell\x07"}, UsageError, "password"),
    ],
)
def test_what_goes_wrong_is_told_with_its_field(
    values: dict[str, str], kind: type[Exception], field: str | None
) -> None:
    """Each failure ends the attempt in words, and the form can be sent again at once."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        before = dict(panel._values)
        state = await attempt(panel, **{"password": RIGHT, **values})
        assert isinstance(panel.error, kind)
        assert not state["busy"]
        assert state["error"]["text"]
        if field is not None:
            assert state["error"]["fields"][0] == field
        if getattr(panel.error, "reason", "") in ("resolve", "refused"):
            assert state["steps"] == []  # nothing was joined, so nothing says that it was
        again = await attempt(panel, RIGHT, **before)
        assert again["open"]

    on_stage(scene)


def test_a_sandbox_at_the_press_of_a_button() -> None:
    """It is opened, the form leads to it, juliet is logged in, and her password stays inside."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        press(panel, "sandbox")
        session = await panel.wait(10)
        made = panel.sandbox
        assert made is not None
        assert made is not sandbox
        assert sandbox.connections is not None  # the one that was open is not closed for it
        assert session.jid.startswith(JULIET)
        shown = panel._model()
        assert shown["values"]["port"] == str(made.port)
        assert made.passwords["juliet"] not in repr(shown)

        press(panel, "disconnect")
        await over(panel)
        assert panel._status() == "Disconnected"
        again = await attempt(panel, "")  # the kernel knows it
        assert again["open"]
        await made.close()
        assert not panel._is_open

    on_stage(scene)


def test_a_password_typed_for_the_sandbox_is_hidden_in_it() -> None:
    """It may be one of another server, typed by mistake: nothing of it is shown from then on."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        press(panel, "sandbox")
        await panel.wait(10)
        press(panel, "disconnect")
        await over(panel)
        state = await attempt(panel, WRONG, mechanism="PLAIN")
        assert state["error"]["title"] == "Login refused"
        made = panel.sandbox
        assert made is not None
        secret = base64.b64encode(b"\0juliet\0" + WRONG.encode()).decode()
        assert secret.encode() in made.recording.tape("in")
        assert secret not in "".join(made.recording.wire["xml"])
        await made.close()

    on_stage(scene)


def test_a_panel_made_again_uses_the_sandbox_of_the_one_before() -> None:
    """Running the cell again opens no second server, and closes none."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        press(panel, "sandbox")
        first = await panel.wait(10)
        again = ConnectPanel()
        press(again, "sandbox")
        await again.wait(10)
        assert again.sandbox is panel.sandbox
        assert first.state == "open"
        again.close()
        assert again.sandbox is not None
        await again.sandbox.close()

    on_stage(scene)


def test_the_password_of_a_sandbox_goes_to_no_other_server() -> None:
    """An empty password means the sandbox's own only where the form leads to the sandbox."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        press(panel, "sandbox")
        await panel.wait(10)
        press(panel, "disconnect")
        await over(panel)
        for other in ({"port": str(sandbox.port)}, {"host": "::1"}, {"jid": "juliet@x.example"}):
            state = await attempt(panel, "", **other)
            assert state["error"]["fields"] == ("password",)
        assert panel.sandbox is not None
        await panel.sandbox.close()

    on_stage(scene)


def test_a_connection_that_is_cut_is_told() -> None:
    """The panel says so by itself, and the form is there again."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        await attempt(panel, RIGHT)
        said: list[dict[str, Any]] = []
        panel._widget.send = lambda content, buffers=None: said.append(content)
        assert panel.session is not None
        panel.session.client.abort()
        async with asyncio.timeout(10):  # what was on its way before the cut may come first
            while not said or said[-1]["status"] != "Connection lost":
                await asyncio.sleep(0.01)
        assert said[-1]["open"] is False

    on_stage(scene)


def test_an_address_that_is_open_already_gets_a_second_session(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both go on, as with ``connect``; closing the panel closes neither."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        older = await sandbox.connect("juliet")
        await attempt(panel, RIGHT)
        panel.close()
        assert sessions() == [older, panel.session]

    on_stage(scene)
    assert "has an older session here" in capsys.readouterr().out


def test_what_is_printed_comes_in_the_context_of_the_cell() -> None:
    """A kernel knows by context to which cell a print belongs; a click has another one."""
    import contextvars

    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")
    seen: list[str] = []

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        act = panel._widget._act
        panel._widget._act = lambda op, values: (seen.append(cell.get()), act(op, values))[1]
        cell.set("of the click")
        press(panel, "cancel")
        await asyncio.sleep(0)

    cell.set("of the panel")
    on_stage(scene)
    assert seen == ["of the panel"]


def test_waiting_for_the_session() -> None:
    """It outlasts a failed attempt; it ends in its time, and with the panel."""

    async def scene(sandbox: Sandbox, panel: ConnectPanel) -> None:
        with pytest.raises(TimeoutError):
            await panel.wait(0.01)
        waiting = asyncio.ensure_future(panel.wait())
        await attempt(panel, WRONG)
        assert not waiting.done()
        await attempt(panel, RIGHT)
        assert await waiting is await panel is panel.session

        press(panel, "disconnect")
        await over(panel)
        waiting = asyncio.ensure_future(panel.wait())
        await asyncio.sleep(0)
        panel.close()
        with pytest.raises(UsageError, match="closed"):
            await waiting

    on_stage(scene)


def test_without_an_event_loop_a_panel_is_refused() -> None:
    """The error says what it needs."""
    with pytest.raises(UsageError, match="event loop"):
        ConnectPanel()


def test_arguments_fill_the_form() -> None:
    """As texts, and those that cannot be are refused where the call stands."""

    async def body() -> None:
        panel = ConnectPanel(JULIET, port=5223, tls="direct", ca_file=Path("ca.pem"), timeout=2.5)
        shown = panel._model()["values"]
        assert (shown["port"], shown["tls"], shown["ca_file"]) == ("5223", "direct", "ca.pem")
        assert (shown["host"], shown["timeout"], shown["presence"]) == ("", "2.5", True)
        assert repr(panel) == f"<ConnectPanel {JULIET}: not connected>"
        panel.close()
        with pytest.raises(UsageError, match="port"):
            ConnectPanel(port="5222")  # type: ignore[arg-type]

    asyncio.run(body())


VALUES = st.dictionaries(
    st.sampled_from(["jid", "password", "host", "port", "tls", "sm", "timeout", "other"]),
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "-1", "\x00", "\ud800"]),
)


@given(
    st.lists(st.tuples(st.sampled_from(["connect", "cancel", "disconnect", "bye", "x"]), VALUES))
)
def test_no_message_breaks_the_panel(messages: list[tuple[str, dict[str, Any]]]) -> None:
    """A page may say anything in any order; nothing is left when the panel is closed."""

    async def body() -> None:
        before = census()
        panel = ConnectPanel(host="127.0.0.1", port=1, tls="none", timeout=0.2)
        for op, values in messages:
            panel._widget._arrived(panel._widget, {"op": op, "values": dict(values)}, [])
        await over(panel)
        assert panel._model()["busy"] is False
        panel.close()
        assert (await settled(before)).tasks == before.tasks

    asyncio.run(body())
