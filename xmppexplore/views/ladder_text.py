"""The ladder as plain text: complete, for those who cannot see the picture or search in it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Final

from xmppexplore.views.drawing import seconds, visible

__all__ = ["ladder_text"]

Model = Mapping[str, Any]

_COLUMNS: Final = 96  # what fits into a notebook's output without breaking in mid-word
_INDENT: Final = " " * 5


def ladder_text(model: Model) -> str:
    """Return the ladder as plain text: everything the picture says, and nothing cut.

    Args:
        model: see :mod:`xmppexplore.views.ladder_svg`; control characters in it are made visible.
    """
    parties = [visible(str(one.get("label", ""))) for one in model.get("parties", ())]
    bands, restarts = model.get("bands", ()), model.get("restarts", ())
    out = [visible(str(model[key])) for key in ("title", "subtitle") if model.get(key)]
    out += [
        f"  {visible(str(party.get('label', '')))}: {visible(str(party['detail']))}"
        for party in model.get("parties", ())
        if party.get("detail")
    ]
    for index, step in enumerate(model.get("steps", ())):
        out += [
            f"  == end of {visible(str(band.get('label', '')))} =="
            for band in bands
            if band.get("end") == index
        ]
        for restart in restarts:
            if restart.get("before") == index:
                title = visible(str(restart.get("title", "") or "stream restarts"))
                out.append(f"  -- {title}: {visible(str(restart.get('reason', '')))} --")
        for band in bands:
            if band.get("start") == index:
                words = (visible(str(band[key])) for key in ("label", "detail") if band.get(key))
                out.append(f"  == {', '.join(words)} ==")
        out += _step_text(index, step, parties)
    out += [f"  ! {visible(str(note))}" for note in model.get("notes", ())]
    out += [f"  {visible(str(sign))}" for sign in model.get("legend", ())]
    return "\n".join(out)


def _step_text(index: int, step: Model, parties: list[str]) -> list[str]:
    source, target = (
        end if isinstance(end := step.get(key), int) else -1 for key in ("source", "target")
    )
    arrow = ""
    if source != target and {source, target} <= set(range(len(parties))):
        arrow = f"{parties[source]} -> {parties[target]}"
    elif source in range(len(parties)):
        arrow = f"at {parties[source]}"
    words = [
        f"{index + 1:3}",
        f"{visible(seconds(step.get('time'))):>9}",
        arrow,
        visible(str(step.get("title", ""))),
        visible(str(step.get("detail", ""))),
    ]
    lines = ["  ".join(word for word in words if word)]
    lines += [f"{_INDENT}{_state_text(state)}" for state in step.get("states", ())]
    tail = [visible(str(step.get("sentence", "")))]
    if section := step.get("section"):
        tail.append(f"({visible(str(section))})")
    if duration := visible(seconds(step.get("duration"))):
        tail.append(f"(+{duration})")
    told = " ".join(word for word in tail if word)
    return [
        *lines,
        *textwrap.wrap(told, _COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT),
    ]


def _state_text(state: Model) -> str:
    """Return how one person stands: ``juliet -> romeo: None => None+PO``."""
    before, after = (visible(str(state.get(key, ""))) for key in ("before", "state"))
    moved = f"{before} => {after}" if before and before != after else after
    return f"{visible(str(state.get('name', '')))}: {moved}"
