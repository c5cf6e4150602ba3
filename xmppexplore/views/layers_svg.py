"""The layers of a login as a picture and as text: what lay inside what, and who could read it.

Time runs to the right.  Above stand the streams, one after the other, with what was said in
each; below them the layers that carried it, as sheets on top of each other: TCP lowest.
Both functions take the same plain ``model``; absent keys count as empty::

    {
        "title": str, "subtitle": str,
        "left": str, "right": str,          # the two ends: who says what an arrow points from
        "parts": [{
            "stream": int,                  # neighbours of one number are drawn as one stream
            "items": [{"title": str, "out": bool}, ...],
            "sent": int, "received": int,   # bytes, negative: not known
            "clear": bool,                  # whether anyone on the path can read them
        }, ...],
        "layers": [{
            "label": str, "detail": str,
            "colour": str,                  # a key of COLOURS
            "first": int,                   # the part with which it begins
        }, ...],
    }

Texts may come from the wire: they are shown as text, whatever they hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xmppexplore.views.drawing import Fragment, box, document, fit, line, text, visible
from xmppexplore.views.ladder_states import COLOURS
from xmppexplore.views.ladder_svg import INK, INWARD, OUTWARD, SOFT, WIDTH, WRONG

__all__ = ["MAX_ITEMS", "MAX_PARTS", "draw_layers", "layers_svg", "layers_text"]

Model = Mapping[str, Any]

MAX_PARTS: Final = 8
"""Parts beyond this are counted in the picture and listed in the text only."""
MAX_ITEMS: Final = 9
"""Items of one part that are drawn."""

_MARGIN: Final = 20.0
_GAP: Final = 6.0
_LINE: Final = 15.0
_BAR: Final = 24.0
_SAFE: Final = COLOURS["tls"].ink


def layers_svg(model: Model) -> str:
    """Return the layers as a whole SVG document, readable on light and on dark pages.

    Args:
        model: see the module's text; nothing in it is trusted.
    """
    title = str(model.get("title", "")) or "Layers"
    return document(draw_layers(model), title, layers_text(model))


def draw_layers(model: Model) -> Fragment:
    """Return the layers without a frame, to stand in a larger drawing."""
    return _Layers(model).draw()


def layers_text(model: Model) -> str:
    """Return the same as plain text: everything, and nothing cut."""
    out = [visible(str(model[key])) for key in ("title", "subtitle") if model.get(key)]
    layers = list(model.get("layers", ()))
    for at, part in enumerate(model.get("parts", ())):
        inside = " > ".join(
            visible(str(layer.get("label", ""))) for layer in layers if layer.get("first", 0) <= at
        )
        out.append(f"  stream {int(part.get('stream', 0))} in {inside or 'no layer'}")
        out.append(f"     {_sizes(part)}: {_reader(part)}")
        ends = [visible(str(model.get(key, ""))) for key in ("left", "right")]
        for item in part.get("items", ()):
            one, other = ends if item.get("out") else ends[::-1]
            out.append(f"     {one} -> {other}  {visible(str(item.get('title', '')))}")
    return "\n".join(out)


def _sizes(part: Model) -> str:
    sent, received = int(part.get("sent", -1)), int(part.get("received", -1))
    if sent < 0 or received < 0:
        return "sizes not kept"
    return f"→ {sent:,} ← {received:,} bytes"


def _reader(part: Model) -> str:
    if part.get("clear"):
        return "anyone on the path reads and changes them"
    return "on the path only their number and times show"


class _Layers:
    """One drawing, from top to bottom: streams, bytes, layers, who can read."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.parts: Sequence[Model] = model.get("parts", ())[:MAX_PARTS]
        self.layers = [
            layer
            for layer in model.get("layers", ())
            if 0 <= int(layer.get("first", 0)) < len(self.parts)
        ]
        count = max(1, len(self.parts))
        self.step = (WIDTH - 2 * _MARGIN + _GAP) / count
        self.width = self.step - _GAP
        self.out: list[str] = []

    def draw(self) -> Fragment:
        y = self._head()
        y = self._streams(y)
        for part, model in enumerate(self.parts):
            middle = self._left(part) + self.width / 2
            sizes = fit(_sizes(model), self.width, 11, "bold")
            self.out.append(
                text(middle, y + 15, sizes, size=11, fill=INK, face="bold", anchor="middle")
            )
        y = self._bars(y + 24)
        y = self._readers(y)
        return Fragment("".join(self.out), WIDTH, y + 8)

    def _left(self, part: int) -> float:
        return _MARGIN + self.step * part

    def _head(self) -> float:
        y, room = 16.0, WIDTH - 2 * _MARGIN
        ends = [str(self.model.get(key, ""))[:300] for key in ("left", "right")]
        arrows = "→ from {} to {}   ← back".format(*ends) if all(ends) else ""
        more = len(self.model.get("parts", ())) - len(self.parts)
        if more > 0:
            arrows += f"   ({more} parts more are in the text)"
        for words, size, face, ink in (
            (str(self.model.get("title", "")), 17.0, "bold", INK),
            (str(self.model.get("subtitle", "")), 11.5, "regular", SOFT),
            (arrows, 11.5, "regular", SOFT),
        ):
            if words:
                y += size + 4
                shown = fit(words, room, size, face)
                self.out.append(text(_MARGIN, y, shown, size=size, fill=ink, face=face))
        return y + 14

    def _streams(self, top: float) -> float:
        """Draw each stream over its parts, and in each part what was said."""
        items = [list(part.get("items", ())) for part in self.parts]
        most = max((min(len(one), MAX_ITEMS + 1) for one in items), default=0)
        height = 30 + _LINE * most + 6
        at = 0
        while at < len(self.parts):
            number, begin = self.parts[at].get("stream"), at
            while at < len(self.parts) and self.parts[at].get("stream") == number:
                at += 1
            left, right = self._left(begin), self._left(at - 1) + self.width
            self.out += (
                box(left, top, right - left, height, fill="#ffffff", stroke="#7c8792", radius=5),
                box(left, top, right - left, 22, fill="#25303b", radius=5),
            )
            label = fit(f"stream {int(number or 0)}", right - left - 12, 11.5, "bold")
            self.out.append(
                text(left + 8, top + 15.5, label, size=11.5, fill="#ffffff", face="bold")
            )
        for at, own in enumerate(items):
            if at and self.parts[at].get("stream") == self.parts[at - 1].get("stream"):
                x = self._left(at) - _GAP / 2
                self.out.append(
                    line(x, top + 26, x, top + height - 4, stroke="#b9c2cb", dash="3 3")
                )
            self._items(self._left(at) + 8, top + 38, own)
        return top + height

    def _items(self, x: float, y: float, items: Sequence[Model]) -> None:
        room = self.width - 26
        for item in items[:MAX_ITEMS]:
            ink = OUTWARD if item.get("out") else INWARD
            words = fit(str(item.get("title", "")), room, 11)
            arrow = "→" if item.get("out") else "←"
            self.out += (
                text(x, y, arrow, size=11, fill=ink, face="bold"),
                text(x + 15, y, words, size=11, fill=ink),
            )
            y += _LINE
        if len(items) > MAX_ITEMS:
            words = fit(f"+ {len(items) - MAX_ITEMS} more", room, 11)
            self.out.append(text(x + 15, y, words, size=11, fill=SOFT))

    def _bars(self, top: float) -> float:
        """Draw the layers, the outermost lowest, each from where it begins to the end."""
        y = top
        right = self._left(max(0, len(self.parts) - 1)) + self.width
        for layer in reversed(self.layers):
            colour = COLOURS.get(str(layer.get("colour", "")), COLOURS["plain"])
            left = self._left(int(layer.get("first", 0)))
            words = " · ".join(str(layer[k])[:300] for k in ("label", "detail") if layer.get(k))
            shown = fit(words, right - left - 16, 11, "bold")
            self.out += (
                box(left, y, right - left, _BAR, fill=colour.fill, stroke=colour.edge, radius=4),
                text(left + 8, y + 16, shown, size=11, fill=colour.ink, face="bold"),
            )
            y += _BAR + 2
        return y

    def _readers(self, top: float) -> float:
        """Say of each stretch in clear or encrypted who can read it."""
        at = 0
        while at < len(self.parts):
            clear, begin = bool(self.parts[at].get("clear")), at
            while at < len(self.parts) and bool(self.parts[at].get("clear")) == clear:
                at += 1
            left, right = self._left(begin), self._left(at - 1) + self.width
            ink = WRONG if clear else _SAFE
            words = "in clear: anyone can read it" if clear else "encrypted: the two ends alone"
            self.out += (
                line(left, top + 6, right, top + 6, stroke=ink, width=2.5),
                text(
                    (left + right) / 2,
                    top + 22,
                    fit(words, right - left, 11, "bold"),
                    size=11,
                    fill=ink,
                    face="bold",
                    anchor="middle",
                ),
            )
        return top + 28
