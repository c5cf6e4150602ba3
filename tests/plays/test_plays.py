"""The rules of a server as plays, each performed on the sandbox, Prosody and ejabberd.

What the two others do shows that a play is right; then the sandbox must do it as well.
The plays of one server are performed side by side, as their accounts are their own.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from xmppexplore import Play, Sandbox

HERE = Path(__file__).parent
PLAYS = sorted(HERE.glob("*.play"))
SERVERS = {"sandbox": "", "Prosody": "prosody_full", "ejabberd": "ejabberd"}
"""Name that plays use -> fixture."""

AT_ONCE = 6
"""Plays that are performed at the same time."""


def cases():
    """Return each play with each server that it is meant for."""
    return [
        pytest.param(
            path,
            server,
            marks=[getattr(pytest.mark, server.lower())] if fixture else [],
            id=f"{path.stem}-{server}",
        )
        for path in PLAYS
        for server, fixture in SERVERS.items()
        if server.lower() not in Play.load(path).script.refusals
    ]


async def perform_all(paths, server, peer):
    """Perform plays on one server; return performances, or what was raised, by path."""
    room = asyncio.Semaphore(AT_ONCE)
    sandbox = await Sandbox.open("capulet.example") if peer is None else None

    async def perform(path):
        where = {} if peer is None else {
            "host": peer.host,
            "port": peer.port,
            "domain": peer.domain,
            "ca_file": peer.ca_file,
            "server": server,
        }  # fmt: skip
        async with room:
            return await Play.load(path).run(sandbox, **where)

    try:
        outcomes = await asyncio.gather(*map(perform, paths), return_exceptions=True)
    finally:
        if sandbox is not None:
            await sandbox.close()
    return dict(zip(paths, outcomes, strict=True))


@pytest.fixture(scope="session")
def performed(request):
    """Return the outcomes of the chosen plays on a server, performed when first asked for."""
    outcomes = {}

    def of(server):
        if server not in outcomes:
            fixture = SERVERS[server]
            chosen = [
                item.callspec.params["path"]
                for item in request.session.items
                if item.path == Path(__file__) and item.callspec.params["server"] == server
            ]
            peer = request.getfixturevalue(fixture) if fixture else None
            outcomes[server] = asyncio.run(perform_all(chosen, server, peer))
        return outcomes[server]

    return of


@pytest.mark.parametrize(("path", "server"), cases())
def test_a_server_keeps_to_the_play(path, server, performed):
    """Every act goes as it is written, or as the play says of this server."""
    outcome = performed(server)[path]
    if isinstance(outcome, BaseException):
        raise outcome
    script = Play.load(path).script

    assert outcome.passed, f"{path.name}\n{outcome!r}"
    assert script.sources, "a play names the section that it shows"
    assert script.title
