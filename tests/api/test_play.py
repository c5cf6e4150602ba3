"""Plays, performed: how they go, how they fail, what they leave."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.census import census, settled
from xmppexplore import Sandbox
from xmppexplore.api.play import Performance, Play
from xmppexplore.api.play_acts import PERFORM
from xmppexplore.errors import ConnectError, UsageError
from xmppexplore.sandbox.plays.sentences import SENTENCES

CAST = "Juliet is juliet@DOMAIN/balcony\nRomeo is romeo@DOMAIN/orchard\n"


def perform(text: str, *, tls: bool = True, **options) -> Performance:
    """Perform a play on a new sandbox, and hold that it leaves nothing behind."""

    async def run() -> Performance:
        async with await Sandbox.open("capulet.example", tls=tls) as sandbox:
            await asyncio.to_thread(int)
            before = census()
            performance = await Play(CAST + text).run(sandbox, **options)
            assert await settled(before) == before
            return performance

    return asyncio.run(run())


def test_every_sentence_is_performed_by_something() -> None:
    """The table of sentences and that of acts name the same verbs."""
    assert set(PERFORM) == {sentence.verb for sentence in SENTENCES}


def test_a_play_that_passes() -> None:
    """Its acts have times, its connections the names of the cast; secrets are made up."""
    performance = perform(
        """
        Juliet connects without presence
        Romeo connects without presence
        Juliet sends: <message to='$Romeo' id='$$1'><body>Hi</body></message>
        Romeo receives: <message to='$Romeo' from='$Juliet' id='$which'><body>Hi</body></message>
        Romeo replies after 0.1 s: <message to='$Juliet'><body>$which</body></message>
        Juliet receives: <message to='$Juliet' from='$Romeo'><body>$$1</body></message>
        Juliet receives nothing
        Romeo disconnects
        Juliet loses the connection
        """
    )
    assert performance.passed, performance
    assert [act.line for act in performance.acts] == list(range(4, 13))
    assert performance.acts[4].duration >= 0.1
    assert performance.recording.connections == ["0 Juliet (initiator)", "1 Romeo (initiator)"]
    assert "✓ Juliet sends: <message>" in repr(performance)
    outcomes = {performance.recording._login(number).outcome for number in (0, 1)}
    assert outcomes == {"ready"}


def test_a_play_that_fails_says_expected_came_and_what_came_then() -> None:
    """It stops there; later acts are not done."""
    performance = perform(
        """
        Juliet connects without presence
        Romeo connects without presence
        Juliet sends:
            <message to='$Romeo'><body>one</body></message>
            <message to='$Romeo'><body>\u202etwo</body></message>
        Juliet waits for the server
        Romeo waits for the server
        Romeo receives: <message to='$Romeo' from='$Juliet'><body>three</body></message>
        Romeo disconnects
        """
    )
    assert not performance.passed
    failed = performance.acts[-1]
    assert failed.line == 11
    assert "expected <message to='romeo-" in failed.difference
    assert "message/body: the text is 'one', expected 'three'" in failed.difference
    assert "then     <message" in failed.difference
    assert "\u202e" not in repr(performance)
    assert "✗ Romeo receives: <message>" in repr(performance)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Juliet receives: <a/>", "there is no connection"),
        ("Juliet connects\nJuliet receives: <a/>", "did not come within 0.3 s"),
        ("Juliet connects\nJuliet receives nothing\nJuliet sends: <a b='$x'/>", "$x has no value"),
        ("Juliet connects\nJuliet connects", "a connection is open already"),
        ("Juliet connects with password \"wrong\"", "not-authorized"),
        ("Juliet cannot connect: not-authorized", "came     a login that succeeded"),
        ("Juliet connects\nJuliet is disconnected", "expected the server to close"),
        (
            "Juliet connects\nJuliet sends: <message to='$Juliet'/>\nJuliet receives nothing",
            "expected nothing\ncame     <message",
        ),
        (
            "Juliet connects\nJuliet sends: </stream:stream>\nJuliet receives: <a/>",
            "the end of the stream came, expected an element",
        ),
        ("Juliet opens a stream\nJuliet receives: <a/>", "a stream header came"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_and_not_raised(text, message) -> None:
    """A failure is a result; nothing is left open."""
    performance = perform(text, timeout=0.3)

    assert not performance.passed
    assert message in performance.acts[-1].difference


def test_where_a_server_departs_other_acts_are_done() -> None:
    """Except on replaces the act before it, Only on adds; both are reported with their reason."""
    text = """
        Juliet connects
        Juliet receives: <never/>
        Except on the-sandbox, because it never comes:
            Juliet receives nothing
        Only on the-sandbox, because nobody else does:
            Juliet disconnects
        Only on Prosody, because of nothing:
            Juliet receives: <never/>
        """
    performance = perform(text, server="The-Sandbox")

    assert performance.passed, performance
    assert [(one.line, one.reason) for one in performance.departures] == [
        (6, "it never comes"),
        (8, "nobody else does"),
    ]
    assert "departs in line 6: it never comes" in repr(performance)


def test_what_cannot_be_performed_there_is_said() -> None:
    """By a feature that is missing, or because the play refuses the server."""
    lacking = perform("Needs: time travel, ping\nJuliet connects", features=["Ping"])
    refused = perform("Not on sandbox, because of the rain\nJuliet connects")

    assert (lacking.passed, lacking.refused) == (False, "the server has no time travel")
    assert refused.refused == "of the rain"
    assert "not performed: of the rain" in repr(refused)
    assert refused.acts == []


def test_a_sandbox_without_tls_is_a_stage_too() -> None:
    """Secure streams are then opened without; SCRAM runs in clear."""
    performance = perform(
        "Juliet opens a secure stream\nJuliet authenticates\nJuliet restarts the stream\n"
        "Juliet receives a stream header\nJuliet receives: <stream:features>...</stream:features>\n"
        "Juliet binds\nJuliet sends: <message to='$Juliet'/>\nJuliet receives: "
        "<message to='juliet@DOMAIN/balcony' from='$Juliet'/>",
        tls=False,
    )
    assert performance.passed, performance


def test_accounts_that_exist_are_used_where_their_passwords_are_given() -> None:
    """Their names then stand as the play writes them, and their secrets are covered."""

    async def run() -> Performance:
        async with await Sandbox.open("capulet.example") as sandbox:
            return await Play("Juliet is juliet@DOMAIN/x\nJuliet connects").run(
                host=sandbox.host,
                port=sandbox.port,
                domain=sandbox.domain,
                ca_file=sandbox.ca_file,
                passwords=sandbox.passwords,
            )

    performance = asyncio.run(run())
    assert performance.passed, performance
    assert not performance.recording._log.reveals(0)


def test_a_failure_shows_no_secret_of_a_person() -> None:
    """Neither what was expected nor what came, where the password is not made up here."""
    text = (
        "Juliet is juliet@DOMAIN/x\nJuliet opens a secure stream\nJuliet sends: "
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>"
        "$base64(n,,n=juliet,r=abcdefghijklmnop)</auth>\n"
        "Juliet receives: <a b='$Juliet.password'>$base64($Juliet.password)</a>"
    )

    async def run() -> Performance:
        async with await Sandbox.open("capulet.example") as sandbox:
            given = await Play(text).run(sandbox, passwords=sandbox.passwords)
            made_up = await Play(text).run(sandbox)
            assert sandbox.passwords["juliet"] not in repr(given)
            assert "<challenge" in repr(made_up)
            assert "*****" not in repr(made_up)
            return given

    performance = asyncio.run(run())
    assert "expected <a b='$Juliet.password'>$base64($Juliet.password)</a>" in repr(performance)
    assert "*****</challenge>" in repr(performance)
    assert "what differs is not shown" in repr(performance)


def test_a_server_that_is_not_there_is_an_error() -> None:
    """Nothing can be said of its behaviour."""
    play = Play("Juliet is juliet@DOMAIN\nJuliet connects")
    with pytest.raises(ConnectError):
        asyncio.run(_await(play.run(host="127.0.0.1", port=1, passwords={"juliet": "x"})))


async def _await(pending):
    return await pending


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "knows no server"),
        ({"host": "127.0.0.1", "tls": "perhaps"}, "no tls='perhaps'"),
        ({"host": "127.0.0.1", "port": 0}, "no port 0"),
        ({"host": 5}, "host=5"),
    ],
)
def test_arguments_that_cannot_work(options, message) -> None:
    """They are refused where the call stands."""
    with pytest.raises(UsageError, match=message):
        Play("Juliet is juliet@DOMAIN\nJuliet connects").run(**options)


def test_a_play_in_a_file(tmp_path) -> None:
    """Its errors name the file; its name is the title where it has none."""
    good, bad = tmp_path / "good.play", tmp_path / "bad.play"
    good.write_text("Juliet is juliet@DOMAIN\nJuliet connects", "utf-8")
    bad.write_text("Juliet is juliet@DOMAIN\nJuliet conects", "utf-8")

    assert Play.load(good).title == "good"
    with pytest.raises(UsageError, match=r"bad\.play, line 2: .* did you mean 'connects'"):
        Play.load(bad)
    with pytest.raises(UsageError, match="cannot be read"):
        Play.load(tmp_path / "none.play")
    with pytest.raises(UsageError, match=r"Play\.load"):
        Play("good.play")


def test_a_closed_sandbox_is_no_stage(tmp_path) -> None:
    """Also not one whose state was kept: its file is closed."""

    async def closed() -> Sandbox:
        sandbox = await Sandbox.open("capulet.example", store=tmp_path / "state.sqlite")
        await sandbox.close()
        return sandbox

    sandbox = asyncio.run(closed())
    with pytest.raises(UsageError, match="this sandbox is closed"):
        sandbox.play("Juliet is juliet@DOMAIN\nJuliet connects")


def test_an_awaitless_run_says_so() -> None:
    """As everywhere."""
    pending = Play("Juliet is juliet@DOMAIN\nJuliet connects").run(host="127.0.0.1")

    assert "not performed: write await play.run" in repr(pending)
