"""The connect panel: a form, the steps of a login as they happen, and how it ended.

What is typed travels as one message when the person presses Connect, the password in it; no
trait is synced, so nothing of it can be saved.  The widget keeps none of it either: ``act``
is handed the message, and each view is told the whole state whenever it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xmppexplore.views.bridge import Messenger, module_text
from xmppexplore.views.rowpack import sendable_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ACTS: Final = frozenset({"connect", "sandbox", "cancel", "disconnect"})
"""What a person can do in a view; the names are those of its messages."""

LONGEST: Final = 4000
"""Characters of one text that a view is told."""


class ConnectWidget(Messenger):
    """A panel to log in with.

    Args:
        form: the fields, each ``{"name", "label", "kind", "more", "choices", "hint"}``.
            ``kind`` is ``"text"``, ``"password"``, ``"number"``, ``"choice"`` or ``"flag"``;
            ``more`` says whether it stands in the folded part; ``choices`` are (value, label)
            pairs; ``hint`` stands in an empty field.
        state: ``state() -> dict``, what the views show; ``static/connect.js`` reads it.
        act: ``act(op, values)`` for one of :data:`ACTS`; ``values`` holds what is in the form,
            ``"password"`` included, and is the caller's to empty.
        gone: called when the last view has left.
        options: ``loop`` and ``plain`` of :class:`~xmppexplore.views.bridge.Messenger`.
    """

    _esm = module_text("shared.js", "connect.js")
    _css = module_text("shared.css", "connect.css")

    def __init__(
        self,
        *,
        form: Sequence[Mapping[str, Any]],
        state: Callable[[], Mapping[str, Any]],
        act: Callable[[str, dict[str, Any]], None],
        gone: Callable[[], None],
        **options: Any,
    ) -> None:
        self._form, self._state, self._act, self._gone = form, state, act, gone
        self.views: set[str] = set()
        super().__init__(**options)

    def show(self, view: str = "*") -> None:
        """Tell one view, or all of them, the state as it is now."""
        if self.comm is not None:
            self.tell(view, "state", sendable_all(dict(self._state()), LONGEST))

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop."""
        op = str(content["op"])
        if op == "ready":
            self.views.add(view)
            self.tell(view, "form", {"fields": sendable_all(list(self._form))})
            self.show(view)
        elif op == "bye":
            self.views.discard(view)
            if not self.views:
                self._gone()
        elif op in ACTS:
            values = content.get("values")
            self._act(op, values if isinstance(values, dict) else {})
            self.show()
