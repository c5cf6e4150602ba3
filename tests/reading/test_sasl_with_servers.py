"""Logins of real software laid open: slixmpp against Prosody and ejabberd, by each mechanism."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.ejabberd import Ejabberd
from tests.peers.prosody import Prosody
from xmppexplore import AuthenticationError, Recording, connect
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
