"""A client of somebody else as a child process: its words as they come, and its end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds within which a client says what it is expected to say."""


class Program:
    """A running program, whose output (both kinds together) is kept.

    Attributes:
        said: all that it has printed.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""

    async def until(self, pattern: str) -> re.Match[str]:
        """Read on until a pattern is found in all that was printed.

        Raises:
            AssertionError: the program ended, or was silent for too long.
        """
        while not (found := re.search(pattern, self.said)):
            try:
                more = await asyncio.wait_for(self._read(), PATIENCE)
            except TimeoutError:
                more = b""
            assert more, f"waited for {pattern!r}; the program said: {self.said[-2000:]}"
        return found

    async def say(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def end(self) -> int:
        """Wait until it has ended by itself, and return its status."""
        async with asyncio.timeout(PATIENCE):
            while await self._read():
                pass
            return await self._process.wait()

    async def _read(self) -> bytes:
        assert self._process.stdout is not None
        data = await self._process.stdout.read(65536)
        self.said += data.decode("utf-8", "replace")
        return data


@asynccontextmanager
async def program(
    *command: str, home: Path, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """Run a program in a home of its own, and end it when the block ends.

    Args:
        command: the program and its arguments.
        home: an empty folder, for what it keeps.
        variables: variables of its environment beside ``PATH``, ``HOME`` and the locale.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=home,
        env=environment(home, variables),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            # Not process.kill(): that polls first, and takes the status away from asyncio.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        # Closes the pipes too, and takes what was not read.
        await process.communicate()


def environment(home: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a small environment, in which no setting of this machine's user is seen."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        **(variables or {}),
    }
