"""run(...) and the coroutine that says that it was forgotten."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import threading

import pytest

from xmppexplore.errors import UsageError
from xmppexplore.live.loop import Pending, run


async def _give(value: int) -> int:
    await asyncio.sleep(0)
    return value


def test_a_pending_call_starts_only_when_awaited() -> None:
    """Made and thrown away it does nothing, and no warning comes (warnings are errors here)."""
    started: list[int] = []

    async def body() -> int:
        started.append(1)
        return 7

    forgotten = Pending(body, "romeo.send(...)", "not sent")
    said = repr(forgotten)
    del forgotten
    awaited = asyncio.run(_through(Pending(body, "x", "y")))

    assert said == "not sent: write await romeo.send(...)"
    assert awaited == 7
    assert started == [1]


def test_a_call_taken_for_its_result_says_what_is_missing() -> None:
    """Attributes and ``send`` of a session that was never awaited name the call to write."""
    pending = Pending(lambda: _give(1), "sandbox.connect('romeo')", "not connected")

    with pytest.raises(AttributeError) as attribute:
        pending.stanzas  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(UsageError) as sent:
        pending.send("<presence/>")

    reminder = "write await sandbox.connect('romeo')"
    assert str(attribute.value) == f"not connected, so there is no .stanzas yet: {reminder}"
    assert str(sent.value) == f"not connected: {reminder}"
    assert not hasattr(pending, "_repr_html_")
    assert asyncio.run(_through(pending)) == 1
    with pytest.raises(AttributeError, match=r"\.stanzas belongs to what await returns"):
        pending.stanzas  # type: ignore[attr-defined]  # noqa: B018


async def _through(pending: Pending[int]) -> int:
    assert inspect.isawaitable(pending)
    assert asyncio.iscoroutine(pending)
    return await pending


def test_run_in_a_script_keeps_one_loop() -> None:
    """Calls share a loop, so that what one opened the next can use."""

    async def which() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    code = (
        "from xmppexplore import run\nimport asyncio\n"
        "async def which(): return id(asyncio.get_running_loop())\n"
        "print(run(which()) == run(which()))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert said.stdout.strip() == "True"


def test_run_inside_a_running_loop_lets_others_go_on() -> None:
    """Nested, as in a cell: the awaited result comes, and so do other tasks' turns."""
    code = (
        "import asyncio\nfrom xmppexplore import run\n"
        "async def main():\n"
        "    turns = []\n"
        "    async def other():\n"
        "        for n in range(3):\n"
        "            turns.append(n); await asyncio.sleep(0)\n"
        "    task = asyncio.create_task(other())\n"
        "    async def inner():\n"
        "        await asyncio.sleep(0.05); return 5\n"
        "    print(run(inner()), turns)\n"
        "asyncio.run(main())\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert said.stdout.strip() == "5 [0, 1, 2]"


def test_an_interrupt_cancels_what_is_awaited_and_nothing_else() -> None:
    """KeyboardInterrupt comes out, the handler is put back, the loop goes on."""
    before = signal.getsignal(signal.SIGINT)

    async def interrupted() -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
        await asyncio.sleep(30)

    with pytest.raises(KeyboardInterrupt):
        run(interrupted())

    assert signal.getsignal(signal.SIGINT) is before
    assert run(_give(3)) == 3


def test_a_second_interrupt_is_let_through() -> None:
    """Code that will not be cancelled can still be stopped."""

    async def stubborn() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
        loop.call_later(0.15, os.kill, os.getpid(), signal.SIGINT)
        while True:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()  # type: ignore[union-attr]

    task_loop_errors: list[object] = []
    with pytest.raises(KeyboardInterrupt):
        run(stubborn())

    assert task_loop_errors == []


def test_run_on_another_thread_is_refused_with_advice() -> None:
    """The network lives on one loop; another thread has to await through it."""
    caught: list[BaseException] = []

    def elsewhere() -> None:
        pending = Pending(lambda: _give(1), "x")
        try:
            run(pending)
        except UsageError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(10)

    assert "main thread" in str(caught[0])
