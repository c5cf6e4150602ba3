"""A close that is interrupted has closed all the same."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.census import census, settled
from xmppexplore import Sandbox, sessions


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_cancelled_close_leaves_no_connection(turns: int) -> None:
    """Nobody could close it later: the session is gone from the list."""

    async def play() -> None:
        async with await Sandbox.open() as sandbox:
            before = census()
            romeo = await sandbox.connect("romeo")
            closing = asyncio.ensure_future(romeo.close())
            for _ in range(turns):
                await asyncio.sleep(0)
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)
            assert (await settled(before)).files == before.files
            assert romeo.state == "closed"
            assert sessions() == []

    asyncio.run(play())
