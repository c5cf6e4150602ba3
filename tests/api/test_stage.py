"""The public sandbox: opened, opened again, closed."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from tests.peers.census import census, settled
from xmppexplore import Sandbox, connect, sessions
from xmppexplore.errors import AuthenticationError, ConnectError, NoAnswer, StanzaError, UsageError


def test_opening_again_closes_the_older_one_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Running a cell again leaves one server and no session of the old one."""

    async def play() -> None:
        for _ in range(5):
            sandbox = await Sandbox.open("capulet.example")
            await sandbox.connect("romeo")
        assert [session.jid.partition("/")[0] for session in sessions()] == [
            "romeo@capulet.example"
        ]
        await sandbox.close()
        assert sessions() == []

    asyncio.run(play())
    said = capsys.readouterr().out
    assert said.count("Closed the sandbox of capulet.example") == 4
    assert "1 session" in said


def test_keep_keeps_both() -> None:
    """Two servers of one domain can stand side by side where asked for."""

    async def play() -> None:
        first = await Sandbox.open("capulet.example")
        second = await Sandbox.open("capulet.example", keep=True)
        one, two = await first.connect("romeo"), await second.connect("romeo")
        assert first.port != second.port
        assert one.state == two.state == "open"
        await first.close()
        assert (one.state, two.state) == ("closed", "open")
        await second.close()

    asyncio.run(play())


def test_twenty_sandboxes_leave_nothing_behind() -> None:
    """Tasks, threads, sockets, files and signal handlers are the same afterwards."""

    async def play() -> None:
        await asyncio.to_thread(int)
        async with await Sandbox.open("warm.example") as warm:
            await warm.connect("romeo")
        before = census()
        for number in range(20):
            async with await Sandbox.open(f"d{number}.example", ["romeo"]) as sandbox:
                await sandbox.connect("romeo")
        assert await settled(before) == before

    asyncio.run(play())


def test_people_who_have_no_account_are_told_who_has() -> None:
    """The error lists the people and the call that adds one."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", ["juliet"]) as sandbox:
            with pytest.raises(UsageError, match=r"juliet.*Sandbox\.open\(people="):
                await sandbox.connect("tybalt")
        with pytest.raises(UsageError, match="closed"):
            await sandbox.connect("juliet")

    asyncio.run(play())


def test_an_account_of_a_store_is_connected_with_its_password(tmp_path: Path) -> None:
    """Nobody has to be named again as one of the people; without the password it is asked for."""
    file = tmp_path / "store.sqlite"

    async def play() -> None:
        async with await Sandbox.open("capulet.example", {"nurse": "angelica"}, store=file):
            pass
        async with await Sandbox.open("capulet.example", [], store=file) as sandbox:
            with pytest.raises(UsageError, match=r"connect\('nurse', password="):
                await sandbox.connect("nurse")
            nurse = await sandbox.connect("nurse", password="angelica")
            assert nurse.state == "open"

    asyncio.run(play())


def test_where_any_account_may_log_in_nobody_need_be_named_and_no_password_is_shown() -> None:
    """What is typed there is somebody's own, not made up by the sandbox."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", any_account=True) as sandbox:
            nurse = await sandbox.connect("nurse")
            assert nurse.mechanism == "PLAIN"
            for recording in (nurse.recording, sandbox.recording):
                assert "AG51cnNl" not in "".join(recording.wire["xml"])  # base64 of NUL nurse

    asyncio.run(play())


@pytest.mark.parametrize(
    "arguments",
    [{"host": "0.0.0.0"}, {"people": ["a b"]}, {"domain": "exa mple"}, {"people": [""]}],
)
def test_what_cannot_work_is_refused(arguments: dict[str, object]) -> None:
    """Only loopback, and only names that can stand in an address."""

    async def play() -> None:
        with pytest.raises(UsageError):
            await Sandbox.open(**arguments)  # type: ignore[arg-type]

    asyncio.run(play())


def test_any_client_can_log_in_with_what_the_sandbox_tells() -> None:
    """host, port, ca_file and passwords are all that it takes; a wrong password is refused."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            where = {"host": sandbox.host, "port": sandbox.port, "ca_file": sandbox.ca_file}
            password = sandbox.passwords["romeo"]
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"):
                async with await connect(
                    "romeo@capulet.example", password, mechanism=mechanism, **where
                ) as session:
                    assert session.mechanism == mechanism
            with pytest.raises(AuthenticationError) as caught:
                await connect("romeo@capulet.example", "wrong", **where)
            assert caught.value.condition == "not-authorized"

    asyncio.run(play())


def test_a_handler_of_ones_own_answers_and_is_replaced() -> None:
    """The server side of an extension is one decorated function; running it again counts."""

    async def play() -> list[str]:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo")
            results = []
            for number in ("4", "5"):

                @sandbox.answers("{urn:example:dice}roll")
                def roll(request: object, number: str = number) -> str:
                    return f"<roll xmlns='urn:example:dice' result='{number}'/>"

                answer = await romeo.ask("<roll xmlns='urn:example:dice'/>", to="capulet.example")
                results.append(str(answer.children[0].get("result")))
            return results

    assert asyncio.run(play()) == ["4", "5"]


def test_a_sandbox_without_tls() -> None:
    """Without TLS the sessions know it, and SCRAM runs in clear."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", tls=False) as sandbox:
            romeo = await sandbox.connect("romeo")
            assert romeo.tls == ""
            assert sandbox.ca_file is None
            assert romeo.mechanism.startswith("SCRAM")

    asyncio.run(play())


def test_arguments_that_cannot_work_leave_the_older_sandbox_open() -> None:
    """A slip in a cell that is run again ends nothing."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as older:
            with pytest.raises(UsageError, match="no name"):
                await Sandbox.open("capulet.example", people=["a b"])
            assert "closed" not in repr(older)
            session = await older.connect("romeo")
            assert session.state == "open"

    asyncio.run(play())


def test_tab_shows_public_names_only() -> None:
    """Of the sandbox, its recording and a session alike."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo")
            for thing, name in ((sandbox, "connect"), (sandbox.recording, "wire"), (romeo, "ask")):
                assert name in dir(thing)
                assert not [one for one in dir(thing) if one.startswith("_")]

    asyncio.run(play())


def test_a_sandbox_that_cannot_keep_its_state_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is acknowledged that is not in the file; the reason is said."""
    store = tmp_path / "store.sqlite"

    async def play() -> list[str]:
        acknowledged = []
        async with await Sandbox.open("capulet.example", {"juliet": "pw"}, store=store) as sandbox:
            juliet = await sandbox.connect("juliet")
            run = sandbox._server.realm.storage._connection.execute  # type: ignore[attr-defined]
            (pages,) = run("PRAGMA page_count").fetchone()
            run(f"PRAGMA max_page_count = {pages + 3}")
            with pytest.raises((NoAnswer, ConnectError)):
                for number in range(100):
                    item = f"<item jid='c{number}@capulet.example' name='{'n' * 900}'/>"
                    roster = f"<query xmlns='jabber:iq:roster'>{item}</query>"
                    await juliet.ask(roster, type="set")
                    acknowledged.append(f"c{number}@capulet.example")
            with pytest.raises(UsageError, match=r"has ended.*cannot be written"):
                await sandbox.connect("juliet")
            assert "juliet" in set(sandbox.accounts["account"])
        async with await Sandbox.open("capulet.example", {"juliet": "pw"}, store=store) as sandbox:
            assert list(sandbox.rosters["contact"]) == acknowledged
        return acknowledged

    assert asyncio.run(play())
    assert "the sandbox has ended" in capsys.readouterr().out


@pytest.mark.parametrize("turns", range(8))
def test_opening_can_be_interrupted_anywhere(tmp_path: Path, turns: int) -> None:
    """Neither port nor file are held then: the cell can be run again."""

    async def play() -> None:
        await asyncio.to_thread(int)
        before = census()
        store = tmp_path / "store.sqlite"
        opening = asyncio.ensure_future(
            Sandbox.open("capulet.example", host="localhost", store=store)
        )
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        found = await asyncio.gather(opening, return_exceptions=True)
        for one in found:
            if isinstance(one, Sandbox):
                await one.close()
        async with await Sandbox.open("capulet.example", store=store):
            pass
        assert await settled(before) == before

    asyncio.run(play())


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 21])
def test_closing_can_be_interrupted_anywhere(tmp_path: Path, turns: int) -> None:
    """What it held is free all the same."""

    async def play() -> None:
        await asyncio.to_thread(int)
        async with await Sandbox.open("warm.example") as warm:
            await warm.connect("romeo")
        before = census()
        store = tmp_path / "store.sqlite"
        sandbox = await Sandbox.open("capulet.example", store=store)
        await sandbox.connect("juliet")
        await sandbox.connect("romeo")
        closing = asyncio.ensure_future(sandbox.close())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        async with await Sandbox.open("capulet.example", store=store):
            pass
        assert await settled(before) == before
        assert sessions() == []

    asyncio.run(play())


@pytest.mark.parametrize("chosen", ["in-band", "given"])
def test_passwords_that_were_not_made_up_are_never_shown(tmp_path: Path, chosen: str) -> None:
    """Neither one that a client sets (XEP-0077) nor one that is given to connect."""
    secret = "not-made-up-here"
    encoded = base64.b64encode(f"\0juliet\0{secret}".encode()).decode()

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            juliet = await sandbox.connect("juliet")
            if chosen == "in-band":
                fields = f"<username>juliet</username><password>{secret}</password>"
                register = f"<query xmlns='jabber:iq:register'>{fields}</query>"
                await juliet.ask(register, type="set")
            else:
                sandbox._server.realm.change_password("juliet", secret)
            again = await sandbox.connect("juliet", password=secret, mechanism="PLAIN")
            for recording in (sandbox.recording, juliet.recording, again.recording):
                saved = recording.save(tmp_path / "saved.xmpp").read_bytes()
                wire = recording.wire.to_csv()
                for form in (secret, encoded):
                    assert form not in wire
                    assert form.encode() not in saved
            assert any(encoded.encode() in sandbox.recording.tape("in", n) for n in range(2))

    asyncio.run(play())


def test_what_a_failed_handler_says_steers_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Words of the wire may stand in it."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:

            @sandbox.answers("{urn:example:dice}roll")
            def roll(request: Any) -> str:
                raise ValueError(request.children[0].text)

            juliet = await sandbox.connect("juliet")
            with pytest.raises(StanzaError):
                await juliet.ask("<roll xmlns='urn:example:dice'>\u009b31m\u202ebad</roll>")

    asyncio.run(play())
    assert r"\x9b31m\u202ebad" in capsys.readouterr().out
