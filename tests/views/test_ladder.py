"""The opened ladder's Python side."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.browser.fake_recording import LADDER, FakeRecording
from xmppexplore.views.ladder import LadderWidget

pytestmark = pytest.mark.widgets


class Heard(LadderWidget):
    """A ladder that keeps what it says."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        super().__init__(*arguments, **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.append(content)


def test_the_model_travels_by_message_to_whoever_is_ready() -> None:
    """Each view is given the whole model when it asks, and all of them a new one."""

    async def body() -> None:
        model = LADDER | {"title": "half a pair: \ud800", "notes": ("a", "b")}
        widget = Heard(model, detail=FakeRecording().detail, loop=asyncio.get_running_loop())
        assert widget.said == []
        widget.receive("v", {"op": "ready"})
        assert widget.said[0]["to"] == "v"
        assert widget.said[0]["ladder"]["steps"] == LADDER["steps"]
        assert widget.said[0]["ladder"]["title"] == "half a pair: \ufffd"
        assert widget.said[0]["ladder"]["notes"] == ["a", "b"]
        assert "RFC 6120" not in json.dumps(widget.get_state(), default=str)

        widget.show({"title": "another", "steps": []})
        assert widget.said[1]["to"] == "*"
        assert widget.said[1]["ladder"] == {"title": "another", "steps": []}
        widget.close()

    asyncio.run(body())
