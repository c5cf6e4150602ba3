"""The composer's thin half: who is told what, in which size, and that it keeps nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from xmppexplore.views.bridge import SLICE
from xmppexplore.views.composer import LONGEST, ComposerWidget

VERDICT = {"state": "good", "objections": ({"sentence": "\ud800"},)}


class Heard(ComposerWidget):
    """A composer that keeps what it says instead of sending it to a page."""

    def __init__(self, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.judged: list[str] = []
        self.sent: list[tuple[str, str]] = []
        answers: dict[str, Any] = {
            "state": lambda: {"name": "romeo", "open": True},
            "text": lambda: "<presence/>",
            "judge": lambda text: self.judged.append(text) or VERDICT,
            "send": lambda text, insist: (VERDICT, self.sent.append((text, insist)) or 3),
            "history": lambda: [{"number": 2}],
            "look": lambda number: {"text": f"text {number}", "pretty": "x" * 40_000, "title": ""},
            "explain": lambda number: {"rows": [{"says": "y" * 9000}], "more": number},
            "complete": lambda text: {"items": [{"label": text}], "more": 0},
            "templates": lambda: [{"document": "XEP-0199", "items": []}],
        }
        loop = asyncio.get_running_loop()
        super().__init__(**{**answers, **options}, loop=loop, plain="a composer stood here")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.append(content)

    def ask(self, **content: Any) -> list[dict[str, Any]]:
        before = len(self.said)
        self._guarded("v", content)
        return self.said[before:]


def test_a_view_that_comes_is_told_what_there_is() -> None:
    """State, history and text, it alone."""

    async def body() -> None:
        widget = Heard()
        told = widget.ask(op="ready")
        assert [(said["to"], said["op"]) for said in told] == [
            ("v", "state"), ("v", "history"), ("v", "text"),
        ]  # fmt: skip
        widget.close()
        for show in (widget.show_state, widget.show_text):
            show()
        widget.show_entry({"number": 1})
        assert len(widget.said) == 3

    asyncio.run(body())


def test_a_verdict_carries_the_number_of_its_question() -> None:
    """The view drops what comes late; what it cannot carry is replaced."""

    async def body() -> None:
        widget = Heard()
        [told] = widget.ask(op="check", text="<a b='\ud800'/>", serial=5)
        assert (told["op"], told["serial"], told["to"]) == ("verdict", 5, "v")
        assert widget.judged == ["<a b='\ufffd'/>"]
        assert json.dumps(told, ensure_ascii=False).encode()
        told = widget.ask(op="send", text="<presence/>", insist="departs", serial=6)
        assert [said["op"] for said in told] == ["verdict", "sent"]
        assert widget.sent == [("<presence/>", "departs")]
        widget.close()

    asyncio.run(body())


def test_what_is_offered_carries_the_number_of_its_question() -> None:
    """And is no text of the composer: it ends at the cursor."""

    async def body() -> None:
        widget = Heard()
        [told] = widget.ask(op="complete", text="<iq t", serial=3)
        assert told == {
            "to": "v", "op": "completions", "serial": 3,
            "items": [{"label": "<iq t"}], "more": 0,
        }  # fmt: skip
        assert widget.judged == []
        widget.close()

    asyncio.run(body())


@pytest.mark.parametrize("text", [None, 7, ["<presence/>"], {}])
def test_a_text_that_is_none_is_text_all_the_same(text: Any) -> None:
    """Whatever a page sends."""

    async def body() -> None:
        widget = Heard()
        [told] = widget.ask(op="check", text=text)
        assert told["op"] == "verdict"
        assert isinstance(widget.judged[0], str)
        widget.close()

    asyncio.run(body())


def test_what_is_told_is_bounded() -> None:
    """An answer is cut, with the count of the rest; the text goes to who asks for it only."""

    async def body() -> None:
        widget = Heard()
        [look] = widget.ask(op="look", number=2)
        assert (len(look["pretty"]), look["cut"]) == (SLICE, 40_000 - SLICE)
        assert "text" not in look
        [look] = widget.ask(op="look", number=2, recall=True)
        assert look["text"] == "text 2"
        [lines] = widget.ask(op="explain", number=9)
        assert len(lines["rows"][0]["says"]) == LONGEST
        assert lines["more"] == 9
        widget.close()

    asyncio.run(body())


def test_an_error_is_told_where_the_person_looks() -> None:
    """Also for what makes no sense."""

    async def body() -> None:
        def fails(_: str) -> Any:
            raise RuntimeError("no such thing")

        widget = Heard(judge=fails)
        for content in ({"op": "check", "text": "x"}, {"op": "look", "number": "three"}, {}):
            [told] = widget.ask(**content)
            assert (told["op"], told["to"]) == ("trouble", "v")
        widget.close()

    asyncio.run(body())


def test_no_trait_is_synced_and_nothing_typed_is_kept() -> None:
    """What is typed cannot be saved with the widget's state: there is nowhere to put it."""

    async def body() -> None:
        widget = Heard()
        message = {"op": "send", "view": "v", "text": "wherefore", "serial": 1}
        widget._arrived(widget, message, [])
        await asyncio.sleep(0)
        assert widget.sent == [("wherefore", "")]
        kept = {name: value for name, value in vars(widget).items() if name not in ("sent", "said")}
        assert "wherefore" not in repr(kept)
        assert "wherefore" not in repr(widget.get_state())
        own = set(ComposerWidget.class_traits(sync=True)) & set(vars(ComposerWidget))
        assert {name for name in own if not name.startswith("_")} == set()
        widget.close()

    asyncio.run(body())
