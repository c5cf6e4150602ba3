"""The composer: XML that a person writes, what is thought of it, and what came back.

What is typed may hold a password, so it travels as messages alone and no trait is synced.
The widget keeps nothing of it: each callable is handed what a view said, and what it returns
goes to that view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xmppexplore.views.bridge import SLICE, Messenger, module_text
from xmppexplore.views.rowpack import sendable, sendable_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST: Final = 2000
"""Characters of one text about what is composed that a view is told."""


class ComposerWidget(Messenger):
    """A text to send, beside the answers to what was sent.

    Args:
        state: ``state() -> {"name", "status", "open", "connected", "why"}`` of the session;
            ``open`` is whether something can be sent, ``why`` what there is to know of it.
        text: ``text() -> str``, what a new view begins with.
        judge: ``judge(text) -> dict``, what is thought of a text; it is the newest one typed.
        send: ``send(text, insist) -> (verdict, number)``; ``insist`` is the state of the verdict
            in spite of which a person sends, ``""`` for none; the number is that of what was
            sent, 0 where it was not.
        history: ``history() -> list[dict]``, what was sent, newest first.
        look: ``look(number) -> dict``, the text and the answer of one that was sent.
        explain: ``explain(number) -> dict``, the explanation of its answer.
        complete: ``complete(text) -> {"items", "more"}``, what may follow a text.
        templates: ``templates() -> list[dict]``, by document.
        options: ``loop`` and ``plain`` of :class:`~xmppexplore.views.bridge.Messenger`.
    """

    _esm = module_text(
        *("shared.js", "xmltext.js", "composeundo.js", "composefield.js"),
        *("composetemplate.js", "composecomplete.js", "composeparts.js", "composer.js"),
    )
    _css = module_text("shared.css", "composer.css")

    def __init__(
        self,
        *,
        state: Callable[[], Mapping[str, Any]],
        text: Callable[[], str],
        judge: Callable[[str], Mapping[str, Any]],
        send: Callable[[str, str], tuple[Mapping[str, Any], int]],
        history: Callable[[], list[dict[str, Any]]],
        look: Callable[[int], Mapping[str, Any]],
        explain: Callable[[int], Mapping[str, Any]],
        complete: Callable[[str], Mapping[str, Any]],
        templates: Callable[[], list[dict[str, Any]]],
        **options: Any,
    ) -> None:
        self._state, self._text, self._judge, self._submit = state, text, judge, send
        self._history, self._look, self._explain = history, look, explain
        self._complete, self._templates = complete, templates
        super().__init__(**options)

    def show_state(self, view: str = "*") -> None:
        """Tell one view, or all, how the session stands."""
        if self.comm is not None:
            self.tell(view, "state", sendable_all(dict(self._state()), LONGEST))

    def show_text(self, view: str = "*") -> None:
        """Put the composer's text into one view, or into all."""
        if self.comm is not None:
            self.tell(view, "text", {"text": sendable(self._text())})

    def show_entry(self, entry: Mapping[str, Any]) -> None:
        """Tell all views what became of one that was sent."""
        if self.comm is not None:
            self.tell("*", "entry", {"entry": sendable_all(dict(entry), LONGEST)})

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop."""
        op = content["op"]
        if op == "ready":
            self._welcome(view)
        elif op == "check":
            verdict = self._judge(_text(content))
            self._tell_verdict(view, verdict, content)
        elif op == "complete":
            found = sendable_all(dict(self._complete(_text(content))), LONGEST)
            self.tell(view, "completions", {"serial": content.get("serial"), **found})
        elif op == "send":
            verdict, number = self._submit(_text(content), str(content.get("insist") or ""))
            self._tell_verdict(view, verdict, content)
            if number:
                self.tell(view, "sent", {"number": number})
        elif op == "look":
            self._tell_look(view, int(content["number"]), bool(content.get("recall")))
        elif op == "explain":
            number = int(content["number"])
            found = sendable_all(dict(self._explain(number)), LONGEST)
            self.tell(view, "explained", {"number": number, **found})
        elif op == "templates":
            self.tell(view, "templates", {"groups": sendable_all(self._templates())})

    def _welcome(self, view: str) -> None:
        self.show_state(view)
        entries = sendable_all(self._history(), LONGEST)
        self.tell(view, "history", {"entries": entries})
        self.show_text(view)

    def _tell_verdict(
        self, view: str, verdict: Mapping[str, Any], asked: Mapping[str, Any]
    ) -> None:
        told = sendable_all(dict(verdict), LONGEST)
        self.tell(view, "verdict", {"serial": asked.get("serial"), "verdict": told})

    def _tell_look(self, view: str, number: int, recall: bool) -> None:
        found = dict(self._look(number))
        pretty = sendable(found.pop("pretty", ""))
        text = {"text": sendable(found.pop("text", ""))} if recall else {}
        found.pop("text", None)
        self.tell(
            view,
            "look",
            {
                "number": number,
                "pretty": pretty[:SLICE],
                "cut": max(0, len(pretty) - SLICE),
                **text,
                **sendable_all(found, LONGEST),
            },
        )


def _text(content: Mapping[str, Any]) -> str:
    """Return the text that a view sent; half a surrogate pair in it becomes U+FFFD."""
    return sendable(str(content.get("text") or ""))
