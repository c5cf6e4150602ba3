"""The opened ladder: the drawing of ``ladder_svg``, on which every arrow opens its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from xmppexplore.views.bridge import Bridge, Detail, module_text
from xmppexplore.views.rowpack import sendable_all

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Mapping


class LadderWidget(Bridge):
    """A ladder of steps between parties, as buttons.

    Args:
        ladder: the model described in :mod:`xmppexplore.views.ladder_svg`, in which each
            step also has ``"rows"``, the numbers of its rows; a step without is no button.
        detail: what a button opens, see :class:`~xmppexplore.views.bridge.Detail`.
        loop: the asyncio loop that the session lives on.
        plain: the ladder as text, for a reopened notebook and a terminal.
        shared: values of the synced traits.
    """

    _esm = module_text("shared.js", "xmltext.js", "inspector.js", "ladder.js")
    _css = module_text("shared.css", "ladder.css")

    height = traitlets.Int(240, help="Height of the inspector's two panes, in CSS pixels.").tag(
        sync=True
    )

    def __init__(
        self,
        ladder: Mapping[str, Any],
        *,
        detail: Callable[[int], Detail],
        loop: AbstractEventLoop,
        plain: str = "Login ladder. Run the cell again to open its arrows.",
        **shared: Any,
    ) -> None:
        self._ladder = ladder
        super().__init__(detail=detail, loop=loop, plain=plain, **shared)

    def show(self, ladder: Mapping[str, Any]) -> None:
        """Draw another ladder, or the same grown longer, in every view."""
        self._ladder = ladder
        self.tell("*", "ladder", {"ladder": sendable_all(dict(ladder))})

    def receive(self, view: str, content: Mapping[str, Any]) -> None:
        """Do what a view asks for; runs on the loop."""
        if content["op"] == "ready":
            self.tell(view, "ladder", {"ladder": sendable_all(dict(self._ladder))})
        super().receive(view, content)
