"""A real Jupyter kernel as a child process, driven cell by cell as a notebook drives it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_client.manager import AsyncKernelManager

from tests import guard

CELL_SECONDS = 60.0


@dataclass
class Result:
    """What a cell came to.

    Attributes:
        status: ``"ok"`` or ``"error"``.
        error: name of the exception, ``""`` without one.
        text: what it printed.
        traceback: the exception as it is shown.
    """

    status: str = ""
    error: str = ""
    text: str = ""
    traceback: str = ""


@dataclass
class Cell:
    """A cell that runs.

    Attributes:
        printed: wakes who waits for output; ``result.text`` holds it.
        done: resolves to the result.
    """

    done: asyncio.Future[Result]
    printed: asyncio.Condition = field(default_factory=asyncio.Condition)
    result: Result = field(default_factory=Result)
    replied: bool = False
    idle: bool = False

    async def wait_for_output(self, text: str) -> None:
        """Return when the cell has printed a text."""
        await self._wait(lambda: text in self.result.text or self.done.done(), CELL_SECONDS)
        assert text in self.result.text, self.result

    async def wait_for_later_output(self, text: str, seconds: float = CELL_SECONDS) -> None:
        """Return when something that the cell left running has printed a text."""
        failed = "Traceback"
        await self._wait(lambda: text in self.result.text or failed in self.result.text, seconds)
        assert text in self.result.text, self.result

    async def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds), self.printed:
            await self.printed.wait_for(condition)

    def finish_if_complete(self) -> None:
        if self.replied and self.idle and not self.done.done():
            self.done.set_result(self.result)


class Kernel:
    """A kernel that can reach nothing but loopback; an async context manager.

    Args:
        folder: an empty folder: its home and current directory.

    Attributes:
        on_comm: called with type and content of each comm message (``comm_open``,
            ``comm_msg``, ``comm_close``): what a browser would hear of widgets.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manager = AsyncKernelManager(kernel_name="python3")
        self.on_comm: Callable[[str, dict[str, Any]], None] = lambda kind, content: None
        self._cells: dict[str, Cell] = {}
        self._readers: list[asyncio.Task[None]] = []
        self._client: Any = None

    async def __aenter__(self) -> Self:
        home = self.folder / "home"
        home.mkdir(parents=True)
        own = guard.environment(self.folder / "guard")
        own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
        await self.manager.start_kernel(cwd=str(self.folder), env={**os.environ, **own})
        self._client = self.manager.client()
        self._client.start_channels()
        await self._client.wait_for_ready(timeout=CELL_SECONDS)
        self._readers = [
            asyncio.ensure_future(self._read(self._client.get_iopub_msg, self._on_output)),
            asyncio.ensure_future(self._read(self._client.get_shell_msg, self._on_reply)),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._client.stop_channels()
        await self.manager.shutdown_kernel(now=True)

    def start(self, code: str) -> Cell:
        """Send a cell, and return at once."""
        cell = Cell(asyncio.get_running_loop().create_future())
        self._cells[self._client.execute(code, allow_stdin=False)] = cell
        return cell

    async def run(self, code: str) -> str:
        """Run a cell that must succeed, and return what it printed."""
        result = await asyncio.wait_for(self.start(code).done, CELL_SECONDS)
        assert result.status == "ok", result.traceback
        return result.text

    def tell_widget(self, comm: str, content: dict[str, Any]) -> None:
        """Send a widget a custom message, as its page in the browser does."""
        message = {"comm_id": comm, "data": {"method": "custom", "content": content}}
        session = self._client.session
        self._client.shell_channel.send(session.msg("comm_msg", message))

    async def interrupt(self) -> None:
        """Interrupt the running cell, as the stop button of JupyterLab does."""
        await self.manager.interrupt_kernel()

    async def _read(self, receive: Any, handle: Any) -> None:
        while True:
            message = await receive()
            if message["header"]["msg_type"].startswith("comm_"):
                self.on_comm(message["header"]["msg_type"], message["content"])
            cell = self._cells.get(message["parent_header"].get("msg_id", ""))
            if cell is not None:
                handle(cell, message["header"]["msg_type"], message["content"])
                cell.finish_if_complete()
                async with cell.printed:
                    cell.printed.notify_all()

    @staticmethod
    def _on_reply(cell: Cell, kind: str, content: dict[str, Any]) -> None:
        if kind == "execute_reply":
            cell.result.status = content["status"]
            cell.result.error = content.get("ename", "")
            cell.result.traceback = "\n".join(content.get("traceback", ()))
            cell.replied = True

    @staticmethod
    def _on_output(cell: Cell, kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            cell.result.text += content["text"]
        elif kind == "status" and content["execution_state"] == "idle":
            cell.idle = True
