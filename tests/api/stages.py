"""A sandbox with people in it, for tests of what a person holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from xmppexplore import Sandbox, Session

T = TypeVar("T")


def on_stage(scene: Callable[[Sandbox, Session, Session], Awaitable[T]], **options: object) -> T:
    """Run a scene with romeo and juliet, contacts of each other; close everything after it."""

    async def play() -> T:
        sandbox = await Sandbox.open("capulet.example", ["juliet", "romeo"], contacts=True)
        try:
            romeo = await sandbox.connect("romeo", **options)
            juliet = await sandbox.connect("juliet")
            return await scene(sandbox, romeo, juliet)
        finally:
            await sandbox.close()

    return asyncio.run(play())
