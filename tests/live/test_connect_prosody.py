"""``connect`` logs in to a real Prosody, by STARTTLS and by direct TLS, certificate verified."""

from __future__ import annotations

import asyncio
import base64

import pytest

from tests.peers.prosody import Prosody
from xmppexplore import connect, sessions
from xmppexplore.errors import AuthenticationError, ConnectError

JID = "romeo@prosody.example"
PASSWORD = "montague"
pytestmark = pytest.mark.prosody


def _ways(server: Prosody, tls: str) -> dict[str, object]:
    port = server.direct_port if tls == "direct" else server.port
    return {"host": server.host, "port": port, "tls": tls, "ca_file": server.ca_file}


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_logs_in_under_tls(prosody: Prosody, tls: str) -> None:
    """The session is bound, authenticated by SCRAM, under TLS, and its presence is out."""

    async def login() -> None:
        async with await connect(JID, PASSWORD, **_ways(prosody, tls)) as session:
            wire = session.wire
            marks = session.marks
            assert session.jid.startswith(JID + "/")
            assert session in sessions()
            assert wire["kind"].tolist().count("presence") >= 1
            assert (wire["phase"] == "ready").any()
            assert {"connected", "tls up", "authenticated", "bound"} <= set(marks["name"])
            assert "prosody.example" in marks.loc[marks["name"] == "tls up", "detail"].iloc[0]
            assert b"mechanism='SCRAM-SHA-" in _quoted(session.recording.tape("out"))
            headers = wire.query("kind == 'header' and direction == 'out'")
            assert len(headers) == (2 if tls == "direct" else 3)
        assert session not in sessions()

    asyncio.run(login())


@pytest.mark.parametrize("presence", [True, False])
def test_initial_presence_is_switchable(prosody: Prosody, presence: bool) -> None:
    """With ``presence=False`` nothing says that we are here (RFC 6121 §4.2)."""

    async def login() -> bool:
        ways = _ways(prosody, "starttls")
        async with await connect(JID, PASSWORD, presence=presence, **ways) as session:
            await session.ask("<ping xmlns='urn:xmpp:ping'/>", to="prosody.example")
            return bool((session.stanzas["kind"] == "presence").any())

    assert asyncio.run(login()) is presence


def test_asks_and_is_answered(prosody: Prosody) -> None:
    """A request is answered as a value, and its round trip is an exchange."""

    async def login() -> None:
        async with await connect(JID, PASSWORD, **_ways(prosody, "starttls")) as session:
            reply = await session.ask("<ping xmlns='urn:xmpp:ping'/>", to="prosody.example")
            assert reply.get("type") == "result"
            found = session.exchanges.query("payload == '{urn:xmpp:ping}ping'")
            assert found["outcome"].tolist() == ["result"]

    asyncio.run(login())


def test_takes_the_resource_that_is_asked_for(prosody: Prosody) -> None:
    """``resource=`` is bound (RFC 6120 §7.7)."""

    async def login() -> str:
        ways = _ways(prosody, "starttls")
        async with await connect(JID, PASSWORD, resource="orchard", **ways) as session:
            return str(session.jid)

    assert asyncio.run(login()) == JID + "/orchard"


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "PLAIN"])
def test_uses_the_mechanism_that_is_asked_for(prosody: Prosody, mechanism: str) -> None:
    """``mechanism=`` is the one that goes over the wire."""

    async def login() -> bytes:
        ways = _ways(prosody, "starttls")
        async with await connect(JID, PASSWORD, mechanism=mechanism, **ways) as session:
            return bytes(session.recording.tape("out"))

    assert f"mechanism='{mechanism}'".encode() in _quoted(asyncio.run(login()))


@pytest.mark.parametrize("mechanism", [None, "PLAIN"])
def test_wrong_password(prosody: Prosody, mechanism: str | None) -> None:
    """One clear error, one attempt, and after a failed SCRAM never the password itself."""

    async def login() -> AuthenticationError:
        ways = _ways(prosody, "starttls")
        with pytest.raises(AuthenticationError) as caught:
            await connect(JID, "wrong-" + PASSWORD, mechanism=mechanism, **ways)
        return caught.value

    error = asyncio.run(login())
    out = error.recording.tape("out")

    assert error.condition == "not-authorized"
    assert out.count(b"<auth ") == 1
    assert (base64.b64encode(f"\0romeo\0wrong-{PASSWORD}".encode()) in out) == bool(mechanism)
    assert sessions() == []


def test_plain_text_is_never_spoken_unless_asked_for(prosody_plain: Prosody) -> None:
    """A server without TLS is refused before anything secret is said; ``tls="none"`` gets in."""

    async def refused() -> ConnectError:
        with pytest.raises(ConnectError) as caught:
            await connect(JID, PASSWORD, host=prosody_plain.host, port=prosody_plain.port)
        return caught.value

    async def allowed() -> bytes:
        where = {"host": prosody_plain.host, "port": prosody_plain.port}
        async with await connect(JID, PASSWORD, tls="none", **where) as session:
            return bytes(session.recording.tape("out"))

    error = asyncio.run(refused())

    assert error.reason == "tls"
    assert b"<auth" not in error.recording.tape("out")
    assert b"mechanism='SCRAM-SHA-" in _quoted(asyncio.run(allowed()))


def test_two_sessions_at_once_talk(prosody: Prosody) -> None:
    """Two people, two tapes; what one sends the other receives, byte for byte in the body."""
    said = "<message to='{}'><body>Hark! <![CDATA[<b>]]> &amp; \u202e</body></message>"

    async def talk() -> None:
        ways = _ways(prosody, "starttls")
        async with (
            await connect(JID, PASSWORD, **ways) as romeo,
            await connect("juliet@prosody.example", "capulet", **ways) as juliet,
        ):
            await romeo.send(said.format(juliet.jid))
            heard = await juliet.wait_for({"kind": "message"})
            assert heard.find("body").text == "Hark! <b> & \u202e"
            assert romeo.recording is not juliet.recording

    asyncio.run(talk())


def _quoted(tape: bytes) -> bytes:
    return tape.replace(b'"', b"'")
