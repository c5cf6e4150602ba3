"""``async with`` closes, also where its body fails."""

from __future__ import annotations

import asyncio

import pytest

from xmppexplore.api.closing import Closing


class Door(Closing):
    """Counts how often it was closed."""

    closed = 0

    async def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("fails", [False, True])
def test_it_is_closed_once_and_no_error_is_swallowed(fails: bool) -> None:
    """The error of the body comes out as it is."""
    door = Door()

    async def play() -> None:
        async with door as same:
            assert same is door
            if fails:
                raise KeyError("body")

    if fails:
        with pytest.raises(KeyError, match="body"):
            asyncio.run(play())
    else:
        asyncio.run(play())
    assert door.closed == 1
