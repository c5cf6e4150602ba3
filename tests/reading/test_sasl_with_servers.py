"""Logins of real software laid open: slixmpp against Prosody and ejabberd, by each mechanism."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.ejabberd import Ejabberd
from tests.peers.prosody import Prosody
from tests.reading.logins import SASL, encoded
from xmppexplore import AuthenticationError, Recording, connect, dial
from xmppexplore.reading.sasl_login import read_sasl


async def recorded(server: Prosody | Ejabberd, password: str, mechanism: str) -> Recording:
    """Log in, or try to; return what was recorded."""
    name = next(iter(server.users))
    try:
        session = await connect(
            f"{name}@{server.domain}",
            password,
            host=server.host,
            port=server.port,
            ca_file=server.ca_file,
            mechanism=mechanism,
        )
    except AuthenticationError as error:
        recording: Recording = error.recording
        return recording
    await session.close()
    return session.recording


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "PLAIN"])
@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_true_logins_are_found_true(
    request: pytest.FixtureRequest, server: str, mechanism: str
) -> None:
    """Nothing is wrong with what they say, and the proof is what is computed here."""
    there = request.getfixturevalue(server)
    password = next(iter(there.users.values()))
    recording = asyncio.run(recorded(there, password, mechanism))
    [attempt] = read_sasl(recording._columns, 0, password).attempts

    assert (attempt.verdict, attempt.outcome, attempt.faults) == ("ok", "success", ())
    problems = [message.payload.problems for message in attempt.messages if message.payload]
    assert problems == [()] * len(problems)
    assert recording.sasl().verdict == "unchecked"


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_a_wrong_password_is_the_reason(request: pytest.FixtureRequest, server: str) -> None:
    """Against the right password the proof does not fit; against the wrong one it does."""
    there = request.getfixturevalue(server)
    recording = asyncio.run(recorded(there, "not-this-one", "SCRAM-SHA-1"))

    assert recording.sasl(next(iter(there.users.values()))).verdict == "wrong password"
    assert recording.sasl("not-this-one").verdict == "refused"


HEADER = (
    "<stream:stream to='{}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)


async def first_message(server: Prosody | Ejabberd, mechanism: str, message: str) -> Recording:
    """Say the first message of a login by hand; return what was recorded."""
    stream = await dial(server.host, server.port, domain=server.domain, ca_file=server.ca_file)
    await stream.write(HEADER.format(server.domain))
    assert [await stream.read(), await stream.read()]
    await stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await stream.read()
    await stream.starttls()
    await stream.write(HEADER.format(server.domain))
    assert [await stream.read(), await stream.read()]
    words = encoded(message).decode()
    await stream.write(f"<auth {SASL} mechanism='{mechanism}'>{words}</auth>")
    await stream.read()
    await stream.close()
    return stream.recording


NEVER = "n,,m=unknown,n=juliet,r=abc"

FIRST = [
    ("ejabberd", "SCRAM-SHA-1", "y,,n=juliet,r=abc", "channel binding denied"),
    ("ejabberd", "SCRAM-SHA-1-PLUS", "n,,n=juliet,r=abc", "channel binding flag"),
    ("ejabberd", "SCRAM-SHA-1", NEVER, "malformed message"),
    ("ejabberd", "X-OAUTH2", "\0juliet\0no-such-token", "refused"),
    ("ejabberd", "SCRAM-SHA-512", "n,,n=juliet,r=abc", "mechanism not offered"),
    ("prosody", "SCRAM-SHA-1", NEVER, "malformed message"),
    ("prosody", "SCRAM-SHA-1-PLUS", "p=tls-exporter,,n=juliet,r=abc", "mechanism not offered"),
    ("prosody", "PLAIN", "\0juliet\0", "malformed message"),
]


@pytest.mark.parametrize(
    ("server", "mechanism", "message", "verdict"), FIRST, ids=[" ".join(one[:2]) for one in FIRST]
)
def test_what_is_wrong_shows_whatever_the_server_does(
    request: pytest.FixtureRequest, server: str, mechanism: str, message: str, verdict: str
) -> None:
    """Some of it real servers let pass; what was said is judged by the documents."""
    there = request.getfixturevalue(server)
    recording = asyncio.run(first_message(there, mechanism, message))
    attempt = recording.sasl().attempts[-1]

    assert (attempt.verdict, attempt.mechanism) == (verdict, mechanism)
    assert attempt.outcome in ("failure", "open")
