"""The margins of a ladder: how each of two people stands, step by step.

A state is a chip at the step that moves it; in a ladder between two people a rail runs down
from chip to chip, so that at every height it can be seen what holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from xmppexplore.views.drawing import box, fit, line, measure, text, wrap

__all__ = ["COLOURS", "WIDTH", "Colour", "draw"]

Model = Mapping[str, Any]

WIDTH: Final = 84.0
"""Width of one margin in user units."""


class Colour(NamedTuple):
    """The three shades of a layer.

    Attributes:
        fill: of its sheet.
        edge: of its sheet's edge.
        ink: of the words on it.
    """

    fill: str
    edge: str
    ink: str


COLOURS: Final = {
    "plain": Colour("#f3f5f7", "#b9c2cb", "#4a5560"),
    "tls": Colour("#dff2e8", "#6fb892", "#0f5637"),
    "authenticated": Colour("#e3eafb", "#8eaae4", "#1d428f"),
    "ready": Colour("#fdf3d9", "#d9b456", "#654700"),
    "error": Colour("#fdeaea", "#dd8f8f", "#941212"),
}
_SIDES: Final = ("left", "right")
_SIZE: Final = 9.5


def draw(
    model: Model, places: Mapping[int, float], centres: Mapping[str, float], top: float, end: float
) -> list[str]:
    """Return the margins as SVG elements.

    Args:
        model: see :mod:`xmppexplore.views.ladder_svg`.
        places: step -> height of its arrow.
        centres: side -> middle of its margin.
        top: upper end of the lifelines, below the parties.
        end: their lower end.
    """
    out: list[str] = []
    margins: Model = model.get("margins", {})
    for side in (one for one in _SIDES if one in margins):
        x = centres[side]
        for at, words in enumerate(wrap(str(margins[side]), WIDTH - 6, 10.5, "bold", lines=2)):
            place = text(x, top - 20 + 13 * at, words, size=10.5, fill="#55606c", face="bold",
                         anchor="middle")  # fmt: skip
            out.append(place)
        chips = [
            (places[index], state)
            for index, step in enumerate(model.get("steps", ()))
            if index in places
            for state in step.get("states", ())
            if state.get("side") == side
        ]
        if model.get("rails"):
            out += _rail(chips, x, end)
        for y, state in chips:
            out += _chip(state, x, y)
    return out


def _colour(state: Model) -> Colour:
    return COLOURS.get(str(state.get("colour", "")), COLOURS["plain"])


def _rail(chips: list[tuple[float, Model]], x: float, end: float) -> list[str]:
    ends = [y for y, _ in chips[1:]] + [end]
    return [
        line(x, y, x, stop, stroke=_colour(state).edge, width=5)
        for (y, state), stop in zip(chips, ends, strict=True)
    ]


def _chip(state: Model, x: float, y: float) -> list[str]:
    colour = _colour(state)
    words = fit(str(state.get("state", "")), WIDTH - 6, _SIZE, "bold")
    width = max(measure(words, _SIZE, "bold") + 6, 34.0)
    moved = state.get("before") not in (None, state.get("state"))
    who = fit(str(state.get("who", "")), WIDTH - 4, 9)
    chip = box(x - width / 2, y - 9, width, 18, fill=colour.fill,
               stroke=colour.ink if moved else colour.edge, radius=9)  # fmt: skip
    label = text(x, y + 3.6, words, size=_SIZE, fill=colour.ink, face="bold", anchor="middle")
    return [chip, label] + (
        [text(x, y - 13, who, size=9, fill="#55606c", anchor="middle")] if who else []
    )
