"""A terminal for a client that draws on one: a private tmux, typed into and read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.clients.program import PATIENCE, environment

COLUMNS, LINES = 160, 50
LOOK_SECONDS = 0.05
"""Between two looks at the screen; tmux has no event for "something was drawn"."""


class Screen:
    """A program on a terminal of its own."""

    def __init__(self, socket: Path, variables: Mapping[str, str]) -> None:
        self._socket = socket
        self._variables = variables

    async def tmux(self, *arguments: str) -> str:
        """Run one command of this tmux and return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *("tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments),
            env=self._variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        return printed.decode("utf-8", "replace")

    async def type(self, line: str) -> None:
        """Type a line and press Enter."""
        await self.tmux("send-keys", "-l", line)
        await self.tmux("send-keys", "Enter")

    async def until(self, text: str) -> str:
        """Look until a text stands on the screen, and return the screen.

        Raises:
            AssertionError: it is not there in time; the message holds the screen.
        """
        shown = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in (shown := await self.tmux("capture-pane", "-p")):
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not on the screen:\n{shown}") from None
        return shown

    async def end(self) -> None:
        """Wait until the program has ended, and tmux with it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while "no server running" not in await self.tmux("list-sessions"):
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError("the program does not end") from None


@asynccontextmanager
async def screen(
    command: str, home: Path, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Screen]:
    """Run a command on a screen, and end it and its tmux when the block ends.

    Args:
        command: one line of shell.
        home: an empty folder, for what it keeps.
        variables: variables of its environment beside the usual ones.
    """
    around = {**environment(home, variables), "TERM": "xterm-256color"}
    shown = Screen(home / "tmux", around)
    size = ("-x", str(COLUMNS), "-y", str(LINES))
    printed = await shown.tmux("new-session", "-d", *size, command)
    assert not printed, printed
    try:
        yield shown
    finally:
        await shown.tmux("kill-server")
