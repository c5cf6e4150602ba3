"""connect's arguments, and observing clients and components of one's own."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest
import slixmpp

from tests.needs import needs
from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.prosody import Prosody, free_port
from xmppexplore import Recording, Sandbox, connect, observe, sessions
from xmppexplore.errors import AuthenticationError, ConnectError, UsageError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"jid": "juliet"}, "name@domain"),
        ({"jid": "@example.org"}, "name@domain"),
        ({"tls": "maybe"}, "starttls, direct, none"),
        ({"port": 70000}, "65535"),
        ({"timeout": 0}, "seconds"),
        ({"keep": 10}, "recording="),
    ],
)
def test_arguments_that_cannot_work_are_told_before_anything_happens(
    arguments: dict[str, Any], words: str
) -> None:
    """Said where the call stands, not when it is awaited."""
    with pytest.raises(UsageError, match=words):
        connect(**{"jid": "juliet@capulet.example", "password": "x", **arguments})


def test_a_second_login_of_an_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Both go on; the line names the older one."""

    async def play() -> str:
        async with await Sandbox.open("capulet.example") as sandbox:
            older = await sandbox.connect("romeo")
            await sandbox.connect("romeo")
            return older.jid

    jid = asyncio.run(play())
    assert f"older session here: {jid}" in capsys.readouterr().out


def test_slixmpp_plugins_and_own_configuration_are_observed_too() -> None:
    """What a plugin sends stands in the recording like everything else."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            seen: list[Any] = []
            romeo = await sandbox.connect("romeo", plugins=["xep_0199"], configure=seen.append)
            await romeo.client.plugin["xep_0199"].send_ping("capulet.example")
            assert seen == [romeo.client]
            assert "{urn:xmpp:ping}ping" in set(romeo.stanzas["payload"])
            with pytest.raises(UsageError, match="xep_9999"):
                await sandbox.connect("romeo", plugins=["xep_9999"])

    asyncio.run(play())


def test_a_client_of_ones_own_is_observed_byte_for_byte() -> None:
    """Tapped before it connects; the server's side is the witness."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            bot = Bare(
                "romeo@capulet.example", sandbox.passwords["romeo"], ca_file=str(sandbox.ca_file)
            )
            session = observe(bot)
            await bot.log_in(sandbox.host, sandbox.port)
            answer = await session.ask("<ping xmlns='urn:xmpp:ping'/>")
            assert answer.get("type") == "result"
            assert session.handshake.outcome == "ready"
            assert session.tape("out") == sandbox.recording.tape("in", 0)
            assert session.tape("in") == sandbox.recording.tape("out", 0)
            assert session in sessions()
            with pytest.raises(UsageError, match="already"):
                observe(bot)
            await bot.log_out()
            await session.close()

    asyncio.run(play())


def test_a_reconnect_is_a_new_connection_of_the_same_recording() -> None:
    """The rows of both logins stand behind each other, numbered by connection."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            bot = Bare(
                "romeo@capulet.example", sandbox.passwords["romeo"], ca_file=str(sandbox.ca_file)
            )
            session = observe(bot)
            await bot.log_in(sandbox.host, sandbox.port)
            await bot.log_out()
            await bot.log_in(sandbox.host, sandbox.port)
            assert set(session.wire["connection"]) == {0, 1}
            assert session.tape("out", 0) != b""
            assert session.handshake.reading.connection == 1
            await bot.log_out()
            await session.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"jid": "ju liet@capulet.example"}, "is no address"),
        ({"resource": "\x07"}, "is no address"),
        ({"ca_file": "nowhere.pem"}, "PEM file"),
        ({"ca_file": __file__}, "PEM file"),
    ],
)
def test_what_only_the_login_finds_wrong_is_told_in_words(
    arguments: dict[str, Any], words: str
) -> None:
    """An address or a file that cannot be used: a sentence, never another library's error."""

    async def play() -> None:
        given = {"jid": "juliet@capulet.example", "password": "x", "host": "127.0.0.1", "port": 1}
        with pytest.raises(UsageError, match=words):
            await connect(**{**given, **arguments})

    asyncio.run(play())


def test_a_client_can_be_observed_again_after_its_session_is_closed() -> None:
    """Closing takes the tap off: the client is its owner's again, and each login its own."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            bot = Bare(
                "romeo@capulet.example", sandbox.passwords["romeo"], ca_file=str(sandbox.ca_file)
            )
            for _ in range(2):
                session = observe(bot)
                await bot.log_in(sandbox.host, sandbox.port)
                assert session.handshake.outcome == "ready"
                await bot.log_out()
                await session.close()
                assert session not in sessions()

    asyncio.run(play())


def test_keep_bounds_what_is_in_memory_and_the_journal_has_all(tmp_path: Path) -> None:
    """Older rows leave memory, which is marked; the file holds every one of them."""

    async def play() -> None:
        path = tmp_path / "long.xmpp"
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo", recording=path, keep=20)
            async with asyncio.timeout(20):
                while "dropped to journal" not in set(romeo.recording.marks["name"]):
                    await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
            kept = romeo.wire["row"]
            assert kept.min() > 0
            await romeo.close()
        assert list(Recording.load(path).wire["row"])[: kept.max()] == list(range(kept.max()))

    asyncio.run(play())


def test_a_session_that_nobody_holds_is_still_listed() -> None:
    """It is still connected, so its close must be at hand."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            await connect(
                "romeo@capulet.example",
                sandbox.passwords["romeo"],
                host=sandbox.host,
                port=sandbox.port,
                ca_file=sandbox.ca_file,
            )
            gc.collect()
            assert [session.name for session in sessions()] == ["romeo"]
            await sessions()[0].close()
            assert sessions() == []

    asyncio.run(play())


def test_what_is_no_slixmpp_stream_is_refused() -> None:
    """With the type in the message; and without a loop the error says what is needed."""
    with pytest.raises(UsageError, match="str is no slixmpp"):
        observe("romeo@capulet.example")


def test_a_component_is_observed(tmp_path: Path) -> None:
    """XEP-0114 against a real server: the handshake is read, and the secret is covered."""
    needs("prosody")
    port = free_port()
    server = Prosody(
        tmp_path / "prosody",
        Authority(tmp_path),
        settings=(
            f"component_ports = {{ {port} }}",
            'component_interfaces = { "127.0.0.1" }',
            'Component "gateway.prosody.example"',
            'component_secret = "mercutio"',
        ),
    )

    async def play() -> None:
        component = slixmpp.ComponentXMPP("gateway.prosody.example", "mercutio", "127.0.0.1", port)
        recording = Recording()
        session = observe(component, recording)
        component.connect()
        answer = await session.wait_for("{jabber:component:accept}handshake", timeout=15)
        assert answer.name == "handshake"
        assert session.handshake.reading.role == "component"
        assert session.handshake.outcome == "ready"
        sent = session.wire.query("name == 'handshake' and direction == 'out'")["xml"].iloc[0]
        assert "*" * 40 in sent
        await session.close()
        if component._run_out_filters is not None:
            component._run_out_filters.cancel()

    with server:
        asyncio.run(play())


def test_errors_carry_the_recording() -> None:
    """What was said until the failure can be looked at; the password cannot."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            with pytest.raises(AuthenticationError) as caught:
                await connect(
                    "romeo@capulet.example",
                    "not the password",
                    host=sandbox.host,
                    port=sandbox.port,
                    ca_file=sandbox.ca_file,
                )
            assert caught.value.recording.handshake.outcome == "failed"
            assert "failed" in set(caught.value.recording.marks["name"])
        with pytest.raises(ConnectError) as closed:
            await connect("romeo@capulet.example", "x", host="127.0.0.1", port=free_port())
        assert list(closed.value.recording.marks["name"]) == ["connected", "failed", "closed"]

    asyncio.run(play())


def test_a_journal_is_written_while_the_session_lives(tmp_path: Path) -> None:
    """recording="file" gives a file that loads to the same rows after the session's end."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo", recording=tmp_path / "romeo.xmpp")
            await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
            await romeo.close()
            loaded = Recording.load(tmp_path / "romeo.xmpp")
            assert list(loaded.wire["xml"]) == list(romeo.wire["xml"])
            with pytest.raises(UsageError, match="exists"):
                await sandbox.connect("romeo", recording=tmp_path / "romeo.xmpp")

    asyncio.run(play())


def test_who_asks_to_see_somebody_is_answered_by_that_person_alone() -> None:
    """The client would approve and ask back by itself; a session says only what it is told."""

    async def play() -> list[str]:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo")
            juliet = await sandbox.connect("juliet")
            await romeo.send("<presence type='subscribe' to='juliet@capulet.example'/>")
            await juliet.wait_for({"kind": "presence", "type": "subscribe"})
            for session in (juliet, romeo):  # whatever was sent meanwhile stands before this
                await session.ask("<ping xmlns='urn:xmpp:ping'/>")
            frame = sandbox.recording.stanzas.query("kind == 'presence' and direction == 'in'")
            return list(frame["type"])

    assert asyncio.run(play()) == ["", "", "subscribe"]
