"""The line between a widget and the browser: threads, errors, slices, what is saved."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.browser.fake_recording import FakeRecording
from xmppexplore.views.bridge import SLICE, STATIC, Bridge, module_text
from xmppexplore.views.ladder import LadderWidget
from xmppexplore.views.log import LogWidget

pytestmark = pytest.mark.widgets


class Heard(Bridge):
    """A widget that keeps what it says instead of sending it to a page."""

    _esm = "export default {}"

    def __init__(self, **options: Any) -> None:
        self.said: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(**options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.append((content, buffers or []))


def bridge(recording: FakeRecording) -> Heard:
    """Return a widget over a recording, on the running loop."""
    return Heard(
        detail=recording.detail, loop=asyncio.get_running_loop(), plain="a widget stood here"
    )


def test_messages_of_any_thread_are_handled_on_the_loop() -> None:
    """A message may arrive on a subshell's thread; the callables see the loop's thread only."""

    async def body() -> None:
        recording = FakeRecording()
        recording.add(3)
        widget = bridge(recording)
        answered = asyncio.Event()
        threads = []
        widget._detail = lambda row: (
            threads.append(threading.current_thread()),
            answered.set(),
            recording.detail(row),
        )[2]
        message = {"op": "open", "view": "v", "row": 2}
        other = threading.Thread(target=widget._arrived, args=(widget, message, []))
        other.start()
        await asyncio.wait_for(answered.wait(), 5)
        other.join()

        assert threads == [threading.main_thread()]
        assert widget.said[0][0]["op"] == "detail"
        widget.close()

    asyncio.run(body())


def test_an_error_is_told_to_the_view_that_asked() -> None:
    """An exception in a callback would show nothing anywhere; the view gets its words."""

    async def body() -> None:
        widget = bridge(FakeRecording())
        widget._guarded("v", {"op": "open", "row": 7})

        assert widget.said[0][0]["to"] == "v"
        assert widget.said[0][0]["op"] == "trouble"
        assert "IndexError" in widget.said[0][0]["text"]
        widget.close()

    asyncio.run(body())


def test_a_message_after_the_loops_end_is_answered_in_words() -> None:
    """A session whose loop is closed cannot be asked; the view is told so, without an exception."""

    async def make() -> Heard:
        return bridge(FakeRecording())

    widget = asyncio.run(make())
    widget._arrived(widget, {"op": "open", "view": "v", "row": 0}, [])

    assert "ended" in widget.said[0][0]["text"]


@pytest.mark.parametrize("size", [0, 1, SLICE - 100, SLICE, 3 * SLICE + 5])
def test_slices_joined_are_the_bytes(size: int) -> None:
    """However large an item is, the slices sent for it are tape[start:end], each bounded."""

    async def body() -> None:
        recording = FakeRecording()
        recording.append(
            "in", b"<x>" + bytes(range(256)) * (size // 256) + b"</x>", {"kind": "nonza"}
        )
        widget = bridge(recording)
        widget.receive("v", {"op": "open", "row": 0})
        opened, (first,) = widget.said[0]
        for start in range(SLICE, opened["end"] - opened["start"], SLICE):
            widget.receive("v", {"op": "more", "row": 0, "what": "data", "start": start})
        joined = first + b"".join(buffers[0] for _, buffers in widget.said[1:])

        assert joined == bytes(recording.tapes["in"])
        assert all(len(buffers[0]) <= SLICE for _, buffers in widget.said)
        assert len(opened["pretty"]) <= SLICE
        widget.close()

    asyncio.run(body())


def test_a_question_about_an_item_left_behind_is_dropped() -> None:
    """Slices of an item are not sent into the inspector of another."""

    async def body() -> None:
        recording = FakeRecording()
        recording.add(3)
        widget = bridge(recording)
        widget.receive("v", {"op": "open", "row": 0})
        widget.receive("v", {"op": "open", "row": 1})
        widget.receive("v", {"op": "more", "row": 0, "what": "data", "start": 0})

        assert [content["op"] for content, _ in widget.said] == ["detail", "detail"]
        widget.close()

    asyncio.run(body())


def test_the_output_has_text_of_its_own() -> None:
    """Reopened without its kernel, an output shows words of ours and not an object's address."""

    async def body() -> None:
        widget = bridge(FakeRecording())
        data, _ = widget._repr_mimebundle_()

        assert data["text/plain"] == "a widget stood here"
        assert "application/vnd.jupyter.widget-view+json" in data
        widget.close()
        assert widget._repr_mimebundle_ is None

    asyncio.run(body())


@pytest.mark.parametrize("kind", [LogWidget, LadderWidget])
def test_synced_traits_are_few_and_say_what_they_are(kind: type[Bridge]) -> None:
    """Nothing of the log is in a trait; what is there is documented."""
    own = {
        name: trait
        for name, trait in kind.class_traits(sync=True).items()
        if name in {*vars(kind), *vars(Bridge)} and not name.startswith("_")
    }

    assert 1 <= len(own) <= 6
    assert all(trait.help for trait in own.values())


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.glob("*.js")))
def test_scripts_never_parse_text_as_markup(name: str) -> None:
    """Text enters by textContent: none of the ways to parse or run it stands in a script."""
    text = module_text(name)

    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "http:",
    ):
        assert way not in text
    assert len(text.splitlines()) <= 250
