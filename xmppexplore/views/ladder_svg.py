"""The ladder as a picture and as text: who said what to whom, in which layers, and why.

Time runs downwards.  Each party has a lifeline; each step is an arrow between two of them
or a note upon them, with its sentence and section beside it; layers (TLS, authenticated)
are sheets laid around everything that happens inside them; a restart of the stream is a
dashed line.  Both functions take the same plain ``model``; absent keys count as empty::

    {
        "title": str, "subtitle": str,
        "parties": [{"label": str, "detail": str}, ...],        # left to right, two or more
        "steps": [{
            "title": str, "sentence": str, "section": str,
            "detail": str,                  # short form of the item: "<starttls/>"
            "short": str,                   # shorter still, for an arrow with little room
            "rows": [int, ...],             # what an opened ladder shows of it
            "states": [{"side": "left" | "right", "name": str, "who": str, "state": str,
                        "before": str, "colour": str}, ...],    # how who it is about stands then
            "source": int, "target": int,   # parties; the same, or absent: a note
            "time": float | str,            # seconds since the first byte, or text
            "duration": float | str,        # seconds until its answer, or text
            "tone": str,                    # "" or "error" or "quiet"
        }, ...],
        "bands": [{
            "label": str, "detail": str,
            "colour": str,                  # a key of COLOURS
            "start": int, "end": int | None,     # from this step to before that one
            "left": int, "right": int,      # parties it spans; absent: all
        }, ...],
        "restarts": [{"before": int, "title": str, "reason": str}, ...],  # before that step
        "margins": {"left": str, "right": str},     # heads of the columns of states
        "rails": bool,                      # a state holds until the next one of its side
        "notes": [str, ...],                # what is to be said below the picture
        "legend": [str, ...],               # what its signs mean
    }

Texts may come from the wire: they are shown as text, whatever they hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from xmppexplore.views import ladder_states as states
from xmppexplore.views.drawing import (
    Fragment,
    box,
    document,
    fit,
    line,
    measure,
    seconds,
    text,
    visible,
    wrap,
)
from xmppexplore.views.ladder_states import COLOURS, Colour
from xmppexplore.views.ladder_text import ladder_text

__all__ = ["COLOURS", "MAX_DRAWN_STEPS", "Colour", "draw_ladder", "ladder_svg", "ladder_text"]

Model = Mapping[str, Any]


MAX_DRAWN_STEPS: Final = 200
"""Steps beyond this are counted in the picture and listed in the text only."""

INK, SOFT, FAINT, RULE = "#1c2530", "#55606c", "#68737f", "#d5dbe1"
OUTWARD, INWARD, WRONG = "#0a56a6", "#9c3f06", "#b3151b"
WIDTH: Final = 824.0
_MARGIN: Final = 20.0
_TIME: Final = 62.0  # width of the time column
_WORDS: Final = 300.0  # width of the column of sentences
_SHEET: Final = 15.0  # how much each layer is narrower than the one around it, on the left
_RIM: Final = 5.0  # ... and on the right
_SIZE: Final = 12.0  # of the sentences
_NUMBER: Final = 8.5  # radius of a step's number
_LEGIBLE: Final = 5  # parties that stand side by side in WIDTH; more make it wider
_LANE: Final = 92.0  # ... by so much each


class _Row(NamedTuple):
    top: float
    height: float
    at: int  # of the step, or of the restart
    restart: bool
    sentence: list[str]
    own_line: bool  # the section does not fit beside the title


def ladder_svg(model: Model) -> str:
    """Return the ladder as a whole SVG document, readable on light and on dark pages.

    Args:
        model: see the module's text; nothing in it is trusted.
    """
    title = str(model.get("title", "")) or "Ladder"
    return document(draw_ladder(model), title, ladder_text(model))


def draw_ladder(model: Model) -> Fragment:
    """Return the ladder without a frame, to stand in a larger drawing."""
    return _Ladder(model).draw()


class _Ladder:
    """One drawing: measured first from top to bottom, then drawn from back to front."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps: Sequence[Model] = model.get("steps", ())[:MAX_DRAWN_STEPS]
        self.parties: Sequence[Model] = model.get("parties", ()) or ({}, {})
        self.bands: Sequence[Model] = [
            band for band in model.get("bands", ()) if int(band.get("start", 0)) < len(self.steps)
        ]
        self.margins: Model = model.get("margins", {})
        self.left = _MARGIN + _TIME + 8
        # Arrows between three parties and more are short: they get some of the words' room.
        least = 188.0 if self.margins else 230.0
        self.column = max(least, _WORDS - 60 * max(0, len(self.parties) - 2))
        self.width = WIDTH + _LANE * max(0, len(self.parties) - _LEGIBLE)
        self.right = self.width - _MARGIN - self.column - 16
        first = self.left + _SHEET * len(self.bands) + 20
        last = self.right - _RIM * len(self.bands) - 14
        if self.margins:
            first += states.WIDTH - 12 if "left" in self.margins else 0
            last -= states.WIDTH - 4 if "right" in self.margins else 0
        gap = (last - first) / max(1, len(self.parties) - 1)
        self.lines = [first + gap * at for at in range(len(self.parties))]
        self.words = self.right + 18
        self.out: list[str] = []

    def draw(self) -> Fragment:
        self._head()
        rows, bottom = self._measure(self.top)
        self._bands(rows, bottom)
        for x in self.lines:
            self.out.append(line(x, self.top - 6, x, bottom, stroke="#7c8792", width=1.5))
        for row in rows:
            if row.restart:
                self._restart(row)
            else:
                self._step(row)
        places = {row.at: row.top + 27 for row in rows if not row.restart}
        centres = {"left": self.left + states.WIDTH / 2 - 8}
        centres["right"] = self.right - states.WIDTH / 2 + 6
        self.out += states.draw(self.model, places, centres, self.top, bottom)
        height = self._notes(bottom + 14)
        return Fragment("".join(self.out), self.width, height)

    def _head(self) -> None:
        y = 16.0
        room = self.width - 2 * _MARGIN
        for key, size, face, ink in (
            ("title", 17.0, "bold", INK),
            ("subtitle", 11.5, "regular", SOFT),
        ):
            if words := str(self.model.get(key, "")):
                y += size + 3
                shown = fit(words, room, size, face)
                self.out.append(text(_MARGIN, y, shown, size=size, fill=ink, face=face))
        y += 14
        self._party_boxes(y)
        self.top = y + (76 if self.margins else 54)

    def _party_boxes(self, y: float) -> None:
        """Draw the parties; a long label may use what its neighbours' labels leave."""
        count = len(self.lines)
        gap = self.lines[1] - self.lines[0] if count > 1 else 300.0
        size, small, pad = (12.5, 10.5, 20.0) if count < 3 else (11.5, 10.0, 10.0)
        size, small = (9.5, 9.0) if count > 3 else (size, small)
        least = 70.0 if count < 3 else 40.0
        most = max(40.0, min(gap - 10, 2 * (self.lines[0] - _MARGIN), 260.0))
        names = [visible(str(party.get("label", ""))[:300]) for party in self.parties]
        widths = [max(least, measure(name, size, "bold") + pad) for name in names]
        for at, (x, party) in enumerate(zip(self.lines, self.parties, strict=True)):
            beside = max(widths[max(0, at - 1) : at] + widths[at + 1 : at + 2], default=0.0)
            free = 2 * gap - 6 - beside
            inner = 0 < at < count - 1
            room = free if inner and widths[at] <= free else min(most, widths[at])
            label = fit(names[at], room - pad + 0.1, size, "bold")  # less than rounding takes
            detail = fit(str(party.get("detail", "")), min(most, max(free, 40.0)) - pad + 4, small)
            width = max(measure(label, size, "bold") + pad, measure(detail, small) + pad - 4)
            self._party(x, y, max(width, least), (label, size), (detail, small))

    def _party(
        self, x: float, y: float, width: float, label: tuple[str, float], detail: tuple[str, float]
    ) -> None:
        down = 15.5 if detail[0] else 22.5
        self.out += (
            box(x - width / 2, y, width, 36, fill="#25303b", radius=6),
            text(
                x, y + down, label[0], size=label[1], fill="#ffffff", face="bold", anchor="middle"
            ),
            text(x, y + 29, detail[0], size=detail[1], fill="#cdd6df", anchor="middle"),
        )

    def _measure(self, top: float) -> tuple[list[_Row], float]:
        """Place every step and restart; return them with the lower end of the lifelines."""
        restarts: dict[int, list[int]] = {}
        for at, restart in enumerate(self.model.get("restarts", ())):
            restarts.setdefault(int(restart.get("before", -1)), []).append(at)
        rows: list[_Row] = []
        y = top
        for index, step in enumerate(self.steps):
            for at in restarts.get(index, ()):
                reason = str(self.model["restarts"][at].get("reason", ""))
                lines = wrap(reason, self.column - 18, _SIZE, lines=2)
                rows.append(
                    _Row(
                        y,
                        40.0 if len(lines) < 2 else 48.0,
                        at,
                        restart=True,
                        sentence=lines,
                        own_line=False,
                    )
                )
                y += rows[-1].height
            lines = wrap(str(step.get("sentence", "")), self.column - 2, _SIZE, lines=7)
            section = measure(visible(str(step.get("section", ""))), 10, "mono")
            name = measure(visible(str(step.get("title", ""))), 12.5, "bold")
            own_line = bool(section) and name + section + 14 > self.column
            height = max(48.0, 24 + 15 * len(lines) + (14 if own_line else 0) + 10)
            rows.append(_Row(y, height, index, restart=False, sentence=lines, own_line=own_line))
            y += height
        return rows, y + 8

    def _bands(self, rows: list[_Row], bottom: float) -> None:
        tops = {row.at: row.top for row in rows if not row.restart}
        for depth, band in enumerate(self.bands):
            start = tops.get(int(band.get("start", 0)), self.top)
            end = tops.get(int(-1 if band.get("end") is None else band["end"]), bottom)
            colour = COLOURS.get(str(band.get("colour", "")), COLOURS["plain"])
            left = self.left + _SHEET * depth
            right = self.right - _RIM * depth
            if band.get("left") is not None or band.get("right") is not None:
                left = self._line(band.get("left"), 0) - 20 - _SHEET
                right = self._line(band.get("right"), len(self.lines) - 1) + 14
            height = end - start - _RIM * depth - (2 if end < bottom else 0)
            self.out.append(
                box(
                    left,
                    start,
                    right - left,
                    height,
                    fill=colour.fill,
                    stroke=colour.edge,
                    radius=5,
                )
            )
            label = " · ".join(str(band[k]) for k in ("label", "detail") if band.get(k))
            shown = fit(label, height - 10, 10, "bold")
            self.out.append(
                text(left + 4, start + 6, shown, size=10, fill=colour.ink, face="bold", turn=90)
            )

    def _line(self, party: object, default: int) -> float:
        index = party if isinstance(party, int) else default
        return self.lines[max(0, min(index, len(self.lines) - 1))]

    def _step(self, row: _Row) -> None:
        step = self.steps[row.at]
        wrong = step.get("tone") == "error"
        source, target = step.get("source", -1), step.get("target", -1)
        y = row.top + 27
        if isinstance(source, int) and isinstance(target, int) and source != target:
            ink = WRONG if wrong else OUTWARD if target > source else INWARD
            self._arrow(row, y, self._line(source, 0), self._line(target, 0), ink)
        else:
            ink = WRONG if wrong else INK
            self._note(row, y, step, wrong)
        self._times(row.top + 23, step)
        self._sentence(row, step, ink)

    def _arrow(self, row: _Row, y: float, start: float, end: float, ink: str) -> None:
        step = self.steps[row.at]
        way = 1 if end > start else -1
        tip, tail = end - way * 2, start + way * _NUMBER
        self.out += (
            line(tail, y, tip - way * 8, y, stroke=ink, width=1.8),
            f'<path d="M{tip:.1f} {y:.1f}l{-way * 11:.1f} -5v10z" fill="{ink}"/>',
        )
        self._number(start, y, row.at, ink)
        room, size, up = abs(end - start) - 2 * _NUMBER - 16, 11.0, 6.0
        words = str(step.get("detail", ""))
        short = str(step.get("short", ""))
        if short and measure(visible(words[:300]), size, "mono") > room:
            words = short  # over the whole gap, above the number's circle
            room, up = abs(end - start) - 6, 10.0
            size = 11.0 if measure(visible(short[:300]), 11.0, "mono") <= room - 20 else 9.5
        label = fit(words, room, size, "mono")
        middle = (start + end) / 2
        if any(min(start, end) < x < max(start, end) for x in self.lines):
            width = measure(label, size, "mono") + 8  # a lifeline would run through the words
            self.out.append(
                box(middle - width / 2, y - up - 11, width, 15, fill="#ffffff", radius=3)
            )
        self.out.append(
            text(middle, y - up, label, size=size, fill=ink, face="mono", anchor="middle")
        )

    def _number(self, x: float, y: float, index: int, ink: str) -> None:
        self.out += (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_NUMBER}" fill="{ink}"/>',
            text(
                x, y + 3.4, str(index + 1), size=9.5, fill="#ffffff", face="bold", anchor="middle"
            ),
        )

    def _note(self, row: _Row, y: float, step: Model, wrong: bool) -> None:
        ink, edge = (WRONG, "#dd8f8f") if wrong else (INK, "#8b96a1")
        party = step.get("source", -1)
        left, right = self.lines[0], self.lines[-1]
        if isinstance(party, int) and party >= 0:
            half = min(110.0, (right - left) / 2)
            left = max(self.lines[0], min(self._line(party, 0) - half, right - 2 * half))
            right = left + 2 * half
        words = str(step.get("detail", "")) or str(step.get("title", ""))
        shown = fit(words, right - left - 2 * _NUMBER - 18, 11)
        self.out += (
            box(left, y - 13, right - left, 24, fill="#ffffff", stroke=edge, radius=12),
            text((left + right) / 2 + 4, y + 3, shown, size=11, fill=ink, anchor="middle"),
        )
        self._number(left + _NUMBER + 3.5, y - 1, row.at, ink if wrong else SOFT)

    def _times(self, y: float, step: Model) -> None:
        x = _MARGIN + _TIME - 6
        for words, size, ink, down in (
            (seconds(step.get("time")), 10.5, INK, 0.0),
            (seconds(step.get("duration")), 9.5, FAINT, 14.0),
        ):
            if words and not (down and words == "0.0 ms"):
                words = f"+{words}" if down else words
                shown = fit(words, _TIME - 6, size, "mono")
                self.out.append(
                    text(x, y + down, shown, size=size, fill=ink, face="mono", anchor="end")
                )

    def _sentence(self, row: _Row, step: Model, ink: str) -> None:
        y = row.top + 20
        section = fit(str(step.get("section", "")), self.column, 10, "mono")
        room = self.column if row.own_line else self.column - measure(section, 10, "mono") - 12
        title = fit(str(step.get("title", "")), room, 12.5, "bold")
        self.out.append(text(self.words, y, title, size=12.5, fill=ink, face="bold"))
        if row.own_line:
            y += 14
        end = self.width - _MARGIN
        self.out.append(text(end, y, section, size=10, fill=FAINT, face="mono", anchor="end"))
        for at, words in enumerate(row.sentence):
            self.out.append(text(self.words, y + 16 + 15 * at, words, size=_SIZE, fill=INK))

    def _restart(self, row: _Row) -> None:
        restart = self.model["restarts"][row.at]
        y = row.top + row.height / 2 - 3
        label = fit(str(restart.get("title", "") or "stream restarts"), 200, 11, "bold")
        width = measure(label, 11, "bold") + 24
        middle = (self.lines[0] + self.lines[-1]) / 2
        self.out += (
            line(self.lines[0] - 14, y, self.right, y, stroke="#55606c", width=1.4, dash="6 4"),
            box(middle - width / 2, y - 10, width, 20, fill="#ffffff", stroke="#55606c", radius=10),
            text(middle, y + 4, label, size=11, fill=INK, face="bold", anchor="middle"),
        )
        first = y + 4 - 7.5 * (len(row.sentence) - 1)
        for at, words in enumerate(row.sentence):
            self.out.append(text(self.words, first + 15 * at, words, size=_SIZE, fill=SOFT))

    def _notes(self, y: float) -> float:
        notes = [str(note) for note in self.model.get("notes", ())][:20]
        missing = len(self.model.get("steps", ())) - len(self.steps)
        if missing > 0:
            notes.append(f"{missing} more steps are in the text form only.")
        told = [(note, "error") for note in notes]
        told += [(str(sign), "plain") for sign in self.model.get("legend", ())]
        for note, colour in told:
            self.out.append(box(_MARGIN, y, 3, 14, fill=COLOURS[colour].edge))
            for words in wrap(note, self.width - 2 * _MARGIN - 14, _SIZE):
                self.out.append(text(_MARGIN + 12, y + 11, words, size=_SIZE, fill=INK))
                y += 16
            y += 5
        return y + 8
