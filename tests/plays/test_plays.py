"""The rules of a server as plays, each performed on the sandbox, Prosody and ejabberd.

What the two others do shows that a play is right; then the sandbox must do it as well.
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


def cases():
    """Return each play with each server that it is meant for."""
    found = []
    for path in PLAYS:
        refusals = Play.load(path).script.refusals
        for server, fixture in SERVERS.items():
            if server.lower() not in refusals:
                marks = [getattr(pytest.mark, server.lower())] if fixture else []
                found.append(
                    pytest.param(path, server, fixture, marks=marks, id=f"{path.stem}-{server}")
                )
    return found


@pytest.mark.parametrize(("path", "server", "fixture"), cases())
def test_a_server_keeps_to_the_play(path, server, fixture, request):
    """Every act goes as it is written, or as the play says of this server."""
    play = Play.load(path)
    peer = request.getfixturevalue(fixture) if fixture else None

    async def perform():
        if peer is None:
            async with await Sandbox.open("capulet.example") as sandbox:
                return await play.run(sandbox)
        return await play.run(
            host=peer.host,
            port=peer.port,
            domain=peer.domain,
            ca_file=peer.ca_file,
            server=server,
        )

    performance = asyncio.run(perform())

    assert performance.passed, f"{path.name}\n{performance!r}"
    assert play.script.sources, "a play names the section that it shows"
    assert play.script.title
