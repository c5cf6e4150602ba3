"""The live log: all rows of a recording, as they arrive, in one virtual list.

A view is told how many rows there are and is sent only the rows that it shows: the end of
the log while it follows, a window where a person scrolls.  It is never handed the whole
log, so the cost of watching depends on the size of the window, not of the recording.
Filtering happens here too, in short turns on the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from xmppexplore.views.bridge import Bridge, Detail, module_text
from xmppexplore.views.pace import BLOCK, PERIOD, TURN, Viewer
from xmppexplore.views.rowpack import fits, pack

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable, Mapping, Sequence

    from xmppexplore.views.rowpack import Row


class LogWidget(Bridge):
    """The live log of a session or a recording.

    Args:
        count: ``count() -> int``, the rows there are now.
        rows: ``rows(start, stop) -> list[dict]``, rows as ``Columns.rows`` gives them, of
            the positions from ``start`` to before ``stop``; a row's own number, under
            which ``detail`` opens it, may differ from its position.
        subscribe: ``subscribe(callback) -> unsubscribe``; the callback takes no argument,
            may be called on any thread and is nearly free.
        find: ``find(start, stop, wanted) -> positions`` that pass a filter, where the
            caller has a cheaper way than :func:`~xmppexplore.views.rowpack.fits`.
        shared: ``detail``, ``loop``, ``plain`` of :class:`~xmppexplore.views.bridge.Bridge`,
            and the synced traits.
    """

    _esm = module_text("shared.js", "xmltext.js", "inspector.js", "logparts.js", "log.js")
    _css = module_text("shared.css", "log.css")

    title = traitlets.Unicode("", help="What is watched; shown above the list.").tag(sync=True)
    ended = traitlets.Unicode("", help='Why nothing more will come; "" while live.').tag(sync=True)

    def __init__(
        self,
        *,
        count: Callable[[], int],
        rows: Callable[[int, int], Sequence[Row]],
        subscribe: Callable[[Callable[[], None]], Callable[[], None]],
        find: Callable[[int, int, Mapping[str, Any]], Sequence[int]] | None = None,
        detail: Callable[[int], Detail],
        loop: AbstractEventLoop,
        plain: str = "Live log. Run the cell again for a live view.",
        **shared: Any,
    ) -> None:
        self._count, self._rows, self._subscribe = count, rows, subscribe
        self._find = find or self._look_through
        self._views: dict[str, Viewer] = {}
        self._unsubscribe: Callable[[], None] | None = None
        self._timer: TimerHandle | None = None
        self._armed = False
        self._pulsed = 0.0
        super().__init__(detail=detail, loop=loop, plain=plain, **shared)

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop."""
        op = content["op"]
        if op == "bye":
            self._leave(view)
        elif op == "ready":
            self._views[view] = Viewer(self._loop.time())
            self._views[view].refilter(content["filter"], int(content["generation"]))
            self._unsubscribe = self._unsubscribe or self._subscribe(self._news)
        elif view not in self._views:
            self.tell(view, "again", {})  # given up after LEASE, or from before a close
            return
        if op in ("ready", "ack"):
            seen = self._views[view]
            seen.size, seen.follow = min(int(content["size"]), BLOCK), bool(content["follow"])
            seen.acknowledged = int(content.get("n", 0))
        elif op == "filter":
            self._views[view].refilter(content["filter"], int(content["generation"]))
        elif op == "rows":
            self._send_rows(view, content)
        super().receive(view, content)
        if view in self._views:
            self._views[view].heard = self._loop.time()
            self._news()

    def close(self) -> None:
        """Take the log off the page, unsubscribe and stop the timer."""
        for view in list(self._views):
            self._leave(view)
        super().close()

    def _leave(self, view: str) -> None:
        self._views.pop(view, None)
        if self._views:
            return
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _news(self) -> None:
        """Note, on any thread, that there is something to tell."""
        if not self._armed and not self._loop.is_closed():
            self._armed = True
            self._loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        if self._timer is None and self._views:
            wait = max(0.0, self._pulsed + PERIOD - self._loop.time())
            self._timer = self._loop.call_later(wait, self._pulse)
        elif not self._views:
            self._armed = False

    def _pulse(self) -> None:
        """Bring every view up to date, or nearer to it, and come again where one is not."""
        self._timer, self._armed, self._pulsed = None, False, self._loop.time()
        waits = []
        try:
            total = self._count()
            waits = [self._serve(name, view, total) for name, view in list(self._views.items())]
        except Exception as error:  # noqa: BLE001 - nobody awaits a timer: the widget tells it
            self.trouble("*", error)
        again = [wait for wait in waits if wait is not None]
        if again and self._views:
            self._timer = self._loop.call_later(min(again), self._pulse)

    def _serve(self, name: str, view: Viewer, total: int) -> float | None:
        """Give a view one turn; return in how many seconds it needs the next, if it does."""
        now = self._loop.time()
        if view.lapsed(now):
            self._leave(name)
            return None
        self._search(view, total)
        state = view.state(total)
        searching = state[2] < total
        if state == view.told:
            return 0.0 if searching else None
        if now < view.due():
            return 0.0 if searching else view.due() - now
        start = view.stamp(state, now)
        news = {"n": view.serial, "generation": view.generation, "state": state, "start": start}
        self.tell(name, "news", {**news, **pack(self._at(view, start, state[1]))})
        return 0.0 if searching else None

    def _search(self, view: Viewer, total: int) -> None:
        if view.wanted is None:
            return
        end = self._loop.time() + TURN
        while view.scanned < total and self._loop.time() < end:
            stop = min(view.scanned + BLOCK, total)
            view.hits.extend(self._find(view.scanned, stop, view.wanted))
            view.scanned = stop

    def _look_through(self, start: int, stop: int, wanted: Mapping[str, Any]) -> list[int]:
        rows = self._rows(start, stop)
        return [start + at for at, row in enumerate(rows) if fits(row, wanted)]

    def _send_rows(self, name: str, content: Mapping[str, Any]) -> None:
        view = self._views[name]
        if content["generation"] != view.generation:
            return
        start = max(0, int(content["start"]))
        stop = min(int(content["stop"]), start + BLOCK, view.state(self._count())[1])
        answer = {"generation": view.generation, "start": start}
        self.tell(name, "rows", {**answer, **pack(self._at(view, start, stop))})

    def _at(self, view: Viewer, start: int, stop: int) -> list[Row]:
        """Return the rows at some positions of the list that the view shows."""
        if view.wanted is None:
            return list(self._rows(start, stop)) if start < stop else []
        return [row for hit in view.hits[start:stop] for row in self._rows(hit, hit + 1)]
