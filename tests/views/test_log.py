"""The live log's Python side: how much it says, how often, and when it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.browser.fake_recording import FakeRecording
from xmppexplore.views.log import LogWidget
from xmppexplore.views.pace import CAP, LEASE, PERIOD, SLOW, Viewer

pytestmark = pytest.mark.widgets

ALL = {"text": "", "kinds": None, "direction": ""}


class Heard(LogWidget):
    """A log that keeps what it says, with the time at which it said it."""

    def __init__(self, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.times: list[float] = []
        super().__init__(**options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.append(content)
        self.times.append(asyncio.get_running_loop().time())

    def news(self) -> list[dict[str, Any]]:
        return [content for content in self.said if content["op"] == "news"]


async def until(condition: Callable[[], bool], timeout: float = 10) -> None:
    """Wait on the loop until something holds."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.005)


def ready(widget: LogWidget, view: str = "v", **more: Any) -> None:
    """Say what a view says when it comes up."""
    hello = {"op": "ready", "size": 20, "follow": True, "filter": ALL, "generation": 0}
    widget.receive(view, hello | more)


def played(play: Callable[[FakeRecording, Heard], Awaitable[None]]) -> None:
    """Run a play with a recording and a log over it, and see that the log closes clean."""

    async def body() -> None:
        recording = FakeRecording()
        widget = Heard(
            count=recording.count,
            rows=recording.rows,
            detail=recording.detail,
            subscribe=recording.subscribe,
            loop=asyncio.get_running_loop(),
        )
        await play(recording, widget)
        widget.close()
        assert recording.listeners == []
        assert widget._timer is None

    asyncio.run(body())


def test_a_view_is_sent_the_window_and_never_the_log() -> None:
    """Of 100,000 rows a following view is sent as many as its window holds, from the end."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        recording.add(100_000)
        ready(widget)
        await until(lambda: len(widget.news()) == 1)
        (news,) = widget.news()

        assert news["state"] == (100_000, 100_000, 100_000)
        assert [array[0] for array in news["rows"]] == list(range(99_980, 100_000))
        assert sum(stop - start for start, stop in recording.asked) == 20

    played(play)


def test_updates_come_at_most_ten_times_a_second_and_carry_only_what_is_new() -> None:
    """Many appends become few messages; joined, they are the rows, each sent once."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        ready(widget, size=200)
        for _ in range(60):
            recording.add(2)
            await asyncio.sleep(0.01)
            if news := widget.news():
                widget.receive("v", {"op": "ack", "n": news[-1]["n"], "size": 200, "follow": True})
        await until(lambda: widget.news()[-1]["state"][0] == 120)
        sent = [array[0] for news in widget.news() for array in news["rows"]]
        lasted = widget.times[-1] - widget.times[0]

        assert sent == list(range(120))
        # A single one may come late on a busy machine, and the next in time again.
        assert len(widget.times) <= lasted / PERIOD + 2

    played(play)


def test_a_view_that_answers_nothing_is_told_ever_less() -> None:
    """Without acknowledgements updates slow down to one a second."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        ready(widget)
        end = asyncio.get_running_loop().time() + 1.2
        while asyncio.get_running_loop().time() < end:
            recording.add(1)
            await asyncio.sleep(0.02)

        assert CAP <= len(widget.news()) <= CAP + 1

    played(play)


def test_a_silent_view_lapses_and_is_told_all_again_when_it_speaks() -> None:
    """A page closed without a word costs nothing for ever; one that comes back begins anew."""
    viewer = Viewer(heard=0.0)
    viewer.stamp((1, 1, 1), 100.0)
    assert not viewer.lapsed(100.0 + LEASE)
    assert viewer.lapsed(100.1 + LEASE)
    assert viewer.due() == 100.0 + PERIOD
    for now in (101.0, 102.0):
        viewer.stamp((2, 2, 2), now)
    assert viewer.due() == 102.0 + SLOW

    async def play(recording: FakeRecording, widget: Heard) -> None:
        widget.receive("lost", {"op": "ack", "n": 4, "size": 20, "follow": True})

        assert widget.said == [{"to": "lost", "op": "again"}]

    played(play)


def test_without_a_view_nothing_is_subscribed_or_scheduled() -> None:
    """The source is listened to from the first view's hello to the last one's goodbye."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        recording.add(5)
        assert recording.listeners == []
        ready(widget, "one")
        ready(widget, "two")
        assert len(recording.listeners) == 1
        widget.receive("one", {"op": "bye"})
        assert len(recording.listeners) == 1
        widget.receive("two", {"op": "bye"})
        assert recording.listeners == []
        assert widget._timer is None

    played(play)


def test_a_filter_finds_all_that_fits_without_holding_the_loop() -> None:
    """A search of many rows goes in short turns; between them the loop serves others."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        recording.add(30_000)
        ready(widget, filter=ALL | {"kinds": ["iq"]}, generation=3)
        slowest, before = 0.0, asyncio.get_running_loop().time()
        while not (widget.news() and widget.news()[-1]["state"][2] == 30_000):
            await asyncio.sleep(0)
            now = asyncio.get_running_loop().time()
            slowest, before = max(slowest, now - before), now
        assert widget.news()[-1]["state"] == (30_000, 6_000, 30_000)
        assert widget.news()[-1]["generation"] == 3
        assert slowest < 0.25

        widget.receive("v", {"op": "rows", "generation": 3, "start": 10, "stop": 13})
        assert [array[0] for array in widget.said[-1]["rows"]] == [54, 59, 64]
        said = len(widget.said)
        widget.receive("v", {"op": "rows", "generation": 2, "start": 10, "stop": 13})
        assert len(widget.said) == said

    played(play)


def test_a_position_need_not_be_a_row_number() -> None:
    """The log of one session in a shared recording finds and shows that session's rows."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        recording.add(100)
        mine = list(range(0, 100, 5))
        widget._count = lambda: len(mine)
        widget._rows = lambda start, stop: [recording.row(row) for row in mine[start:stop]]
        ready(widget, filter=ALL | {"text": "m10"}, generation=1)
        await until(lambda: bool(widget.news()) and widget.news()[-1]["state"][2] == 20)

        assert [array[0] for news in widget.news() for array in news["rows"]] == [10]

    played(play)


def test_an_error_of_the_source_is_told_and_the_next_news_is_served() -> None:
    """One failing read does not end the view."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        widget._count = lambda: 1 // 0
        ready(widget)
        await until(lambda: bool(widget.said))
        assert "ZeroDivisionError" in widget.said[0]["text"]

        widget._count = recording.count
        recording.add(3)
        await until(lambda: bool(widget.news()))
        assert widget.news()[0]["state"] == (3, 3, 3)

    played(play)


def test_no_row_is_in_the_widgets_state() -> None:
    """What a saved notebook may hold of a widget is its traits; rows are not among them."""

    async def play(recording: FakeRecording, widget: Heard) -> None:
        recording.add(10, "a secret of the wire")
        ready(widget)
        widget.receive("v", {"op": "open", "row": 3})
        await until(lambda: bool(widget.news()))

        assert "secret" not in json.dumps(widget.get_state(), default=str)

    played(play)
