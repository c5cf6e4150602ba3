"""The connect panel's thin half: who is told what, and that it keeps nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from xmppexplore.views.connect import ACTS, LONGEST, ConnectWidget

FORM = [{"name": "jid", "label": "Address", "kind": "text", "more": False, "hint": ""}]


class Heard(ConnectWidget):
    """A panel that keeps what it says instead of sending it to a page."""

    def __init__(self, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.left = 0
        super().__init__(
            form=FORM,
            act=lambda op, values: self.done.append((op, values)),
            gone=lambda: setattr(self, "left", self.left + 1),
            loop=asyncio.get_running_loop(),
            plain="a panel stood here",
            **options,
        )

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.append(content)


def test_a_view_that_comes_is_told_the_form_and_the_state() -> None:
    """Also a second view, and one whose page was loaded again; the others hear nothing."""

    async def body() -> None:
        widget = Heard(state=lambda: {"status": "Not connected"})
        for view in ("one", "two", "one"):
            widget.receive(view, {"op": "ready"})

        assert [(said["to"], said["op"]) for said in widget.said] == [
            (view, op) for view in ("one", "two", "one") for op in ("form", "state")
        ]
        assert widget.said[0]["fields"] == FORM
        widget.close()

    asyncio.run(body())


def test_what_a_person_does_is_handed_on_and_all_views_hear_of_it() -> None:
    """One of the known acts, with what was in the form; anything else is nothing."""

    async def body() -> None:
        widget = Heard(state=dict)
        for op in (*sorted(ACTS), "format the disk"):
            widget.receive("v", {"op": op, "values": {"jid": "romeo@capulet.example"}})
        widget.receive("v", {"op": "connect", "values": ["no", "mapping"]})
        widget.receive("v", {"op": "connect"})

        values = {"jid": "romeo@capulet.example"}
        assert widget.done == [
            *((op, values) for op in sorted(ACTS)), ("connect", {}), ("connect", {}),
        ]  # fmt: skip
        assert {said["to"] for said in widget.said} == {"*"}
        widget.close()

    asyncio.run(body())


def test_the_last_view_that_leaves_is_noticed() -> None:
    """Two views: one may go; a view that goes twice is gone once."""

    async def body() -> None:
        widget = Heard(state=dict)
        widget.receive("one", {"op": "ready"})
        widget.receive("two", {"op": "ready"})
        widget.receive("one", {"op": "bye"})
        widget.receive("one", {"op": "bye"})
        assert widget.left == 0
        widget.receive("two", {"op": "bye"})
        assert widget.left == 1
        widget.close()

    asyncio.run(body())


def test_what_is_told_can_be_carried_and_is_bounded() -> None:
    """Halves of surrogate pairs and texts without end come from the wire too."""

    async def body() -> None:
        widget = Heard(state=lambda: {"steps": ({"title": "\ud800"}, {"title": "x" * 10**6})})
        widget.show()

        assert json.dumps(widget.said[0], ensure_ascii=False).encode()
        assert len(widget.said[0]["steps"][1]["title"]) == LONGEST
        widget.close()
        widget.show()
        assert len(widget.said) == 1

    asyncio.run(body())


def test_no_trait_is_synced() -> None:
    """What is typed cannot be saved with the widget's state: there is nowhere to put it."""

    async def body() -> None:
        widget = Heard(state=dict)
        message = {"op": "connect", "view": "v", "values": {"password": "wherefore"}}
        widget._arrived(widget, message, [])
        await asyncio.sleep(0)

        assert widget.done == [("connect", {"password": "wherefore"})]
        assert "wherefore" not in repr(widget.get_state())
        assert "wherefore" not in repr(vars(widget) | {"done": None})
        widget.close()

    asyncio.run(body())
