"""Running coroutines: told apart from forgotten ones, and run from synchronous cells.

This is the only file that touches nest_asyncio.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Generator
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from xmppexplore.errors import UsageError

__all__ = ["Pending", "run"]

T = TypeVar("T")

_own_loops: list[asyncio.AbstractEventLoop] = []
"""The loop that all ``run`` calls of a plain script share; at most one."""


class Pending(Coroutine[Any, Any, T], Generic[T]):
    """A coroutine that says so where it is shown: nothing happens before ``await``.

    It awaits, gathers and schedules like any coroutine.  The body starts only then, so a
    forgotten one warns nobody later and leaves nothing behind.

    Args:
        start: makes the coroutine that does the work.
        call: the call as the person wrote it, for the reminder.
        missing: what has not happened, for the reminder: ``"not sent"``.
    """

    def __init__(
        self, start: Callable[[], Coroutine[Any, Any, T]], call: str, missing: str = "not done"
    ) -> None:
        self._start = start
        self._call = call
        self._missing = missing
        self._inner: Coroutine[Any, Any, T] | None = None

    def __repr__(self) -> str:
        if self._inner is not None:
            return f"<{self._call}: started>"
        return f"{self._missing}: write await {self._call}"

    if not TYPE_CHECKING:  # a type checker would take it for leave to write any name

        def __getattr__(self, name: str) -> NoReturn:
            """Say what is missing where the call is taken for its result."""
            if name.startswith("_"):
                raise AttributeError(name)
            if self._inner is not None:
                raise AttributeError(
                    f"{self._call} is the call: .{name} belongs to what await returns"
                )
            raise AttributeError(
                f"{self._missing}, so there is no .{name} yet: write await {self._call}"
            )

    @property
    def _coroutine(self) -> Coroutine[Any, Any, T]:
        if self._inner is None:
            self._inner = self._start()
        return self._inner

    def __await__(self) -> Generator[Any, Any, T]:
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        """Go on with the coroutine; called by the event loop."""
        if self._inner is None and value is not None:
            # A session has a send too: somebody forgot the await of connect.
            raise UsageError(f"{self._missing}: write await {self._call}")
        return self._coroutine.send(value)

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Raise an exception inside the coroutine; called by the event loop."""
        error: Any = kind if value is None else value
        if traceback is not None and isinstance(error, BaseException):
            error = error.with_traceback(traceback)
        return self._coroutine.throw(error)

    def close(self) -> None:
        """End the coroutine without running it further."""
        if self._inner is not None:
            self._inner.close()


def run(awaitable: Coroutine[Any, Any, T]) -> T:
    """Run an awaitable to its end and return its result, without ``await``.

    In a notebook cell the network goes on meanwhile.  In a plain script all calls share
    one event loop, so a session opened by one call can be used by the next.  An interrupt
    cancels what is awaited and nothing else: the session stays usable.

    Args:
        awaitable: what to run, for example ``romeo.ask(...)``.

    Raises:
        KeyboardInterrupt: the run was interrupted.
        UsageError: it was called on another thread than the loop's.

    >>> import asyncio
    >>> run(asyncio.sleep(0, "done"))
    'done'
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = _script_loop()
    else:
        _allow_nesting(loop)
    return _run_until_done(loop, awaitable)


def _script_loop() -> asyncio.AbstractEventLoop:
    if threading.current_thread() is not threading.main_thread():
        raise UsageError("run(...) works on the main thread only: await the call instead")
    if not _own_loops or _own_loops[0].is_closed():
        _own_loops[:] = [asyncio.new_event_loop()]
        asyncio.set_event_loop(_own_loops[0])
    return _own_loops[0]


def _allow_nesting(loop: asyncio.AbstractEventLoop) -> None:
    try:
        import nest_asyncio

        nest_asyncio.apply(loop)
    except (ImportError, AttributeError):
        # nest_asyncio is archived; ipykernel brings its drop-in fork for newer Pythons.
        import nest_asyncio2

        nest_asyncio2.apply(loop)
    except ValueError as error:
        raise UsageError(
            f"run(...) cannot work inside this event loop ({error}): await the call instead"
        ) from error


def _run_until_done(loop: asyncio.AbstractEventLoop, awaitable: Coroutine[Any, Any, T]) -> T:
    task: asyncio.Task[T] = loop.create_task(awaitable)
    guard = _InterruptGuard(loop, task)
    with guard:
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            if guard.interrupted:
                raise KeyboardInterrupt from None
            raise


class _InterruptGuard:
    """Turns an interrupt into the cancellation of one task.

    A KeyboardInterrupt raised wherever the loop happens to be can land inside slixmpp and
    end its sender: the client then looks connected and never sends again.  The second
    interrupt is let through, for code that will not be cancelled.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self.loop = loop
        self.task = task
        self.interrupted = False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_interrupt)
            self._installed = True

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._before)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self.loop.call_soon_threadsafe(self.task.cancel)
