"""A session as a card: who, where it stands, what it counted, and the ladder of its login.

Both functions take the same plain ``model``; absent keys count as empty::

    {
        "name": str,                # what the session is called in code: "romeo"
        "address": str,             # full address once it is bound
        "server": str,              # "127.0.0.1:5222"
        "state": str,               # "ready", "closed", "connecting", ...
        "phase": str,               # phase of the newest row
        "tls": str,                 # version and cipher; "" means none, absent: not known
        "mechanism": str,           # of the login
        "stanzas_out": int, "stanzas_in": int, "bytes_out": int, "bytes_in": int,
        "unanswered": int, "findings": int,
        "warnings": [str, ...],     # "kernel was busy 1.8 s: use await asyncio.sleep"
        "next": [str, ...],         # calls to make next; three by default
        "ladder": {...},            # model of xmppexplore.views.ladder_svg, drawn below
    }

The picture is one SVG document: the card on top, and below it the ladder as a group that
is moved down by the card's height.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xmppexplore.views.drawing import (
    Fragment,
    box,
    document,
    fit,
    line,
    measure,
    text,
    visible,
    wrap,
)
from xmppexplore.views.ladder_svg import (
    COLOURS,
    INK,
    RULE,
    SOFT,
    WIDTH,
    Colour,
    draw_ladder,
    ladder_text,
)

__all__ = ["card_svg", "card_text", "size_in_words"]

Model = Mapping[str, Any]

_MARGIN: Final = 20.0
_STATES: Final = {
    "ready": Colour("#dff2e8", "#6fb892", "#0f5637"),
    "failed": COLOURS["error"],
    "cut": COLOURS["error"],
    "closed": COLOURS["plain"],
}
_OTHER: Final = COLOURS["authenticated"]
_NO_TLS: Final = "none: readable to everyone on the path"
_NEXT: Final = ("{name}.stanzas", "{name}.watch()", 'await {name}.send("<presence/>")')
_AFTERWARDS: Final = ("{name}.stanzas", "{name}.handshake.open()", '{name}.save("{name}.xmpp")')
_MAX_WARNINGS: Final = 10


def card_svg(model: Model) -> str:
    """Return the card, with the ladder below it, as one SVG document.

    Args:
        model: see the module's text; nothing in it is trusted.
    """
    out: list[str] = []
    y = _head(out, model)
    y = _facts(out, model, y)
    y = _warnings(out, model, y)
    y = _next(out, model, y)
    if ladder := model.get("ladder"):
        below = draw_ladder(ladder)
        out.append(line(_MARGIN, y + 4, WIDTH - _MARGIN, y + 4, stroke=RULE))
        out.append(f'<g transform="translate(0 {y + 4:.1f})">{below.body}</g>')
        y += 4 + below.height
    title = _title(model)
    return document(Fragment("".join(out), WIDTH, y + 6), title, card_text(model))


def _title(model: Model) -> str:
    return str(model.get("address") or model.get("name") or "session")


def _head(out: list[str], model: Model) -> float:
    state = str(model.get("state", ""))
    colour = _STATES.get(state, _OTHER)
    label = fit(state, 160, 11.5, "bold")
    width = measure(label, 11.5, "bold") + 26 if label else 0.0
    room = WIDTH - 2 * _MARGIN - width - 12
    title = fit(_title(model), room, 18, "bold")
    out.append(text(_MARGIN, 38, title, size=18, fill=INK, face="bold"))
    if label:
        x = WIDTH - _MARGIN - width
        out += (
            box(x, 20, width, 24, fill=colour.fill, stroke=colour.edge, radius=12),
            f'<circle cx="{x + 12:.1f}" cy="32" r="3.5" fill="{colour.ink}"/>',
            text(x + 20, 36, label, size=11.5, fill=colour.ink, face="bold"),
        )
    return 54.0


def _pairs(model: Model) -> list[tuple[str, str]]:
    """Return the facts of the card, each with its name, in order."""
    state, phase = str(model.get("state", "")), str(model.get("phase", ""))
    counted = any(key in model for key in ("stanzas_out", "stanzas_in"))
    pairs = [
        ("server", str(model.get("server", ""))),
        ("TLS", (str(model["tls"]) or _NO_TLS) if "tls" in model else ""),
        ("mechanism", str(model.get("mechanism", ""))),
        ("phase", phase if phase != state else ""),
        ("stanzas", _both(model, "stanzas", str) if counted else ""),
        ("bytes", _both(model, "bytes", size_in_words) if "bytes_out" in model else ""),
        ("unanswered", str(model.get("unanswered") or "")),
        ("findings", str(model.get("findings") or "")),
    ]
    return [(name, value) for name, value in pairs if value]


def _both(model: Model, key: str, words: Any) -> str:
    out, into = int(model.get(f"{key}_out", 0)), int(model.get(f"{key}_in", 0))
    return f"{words(out)} out, {words(into)} in"


def size_in_words(count: int) -> str:
    """Return a number of bytes in words.

    >>> size_in_words(999), size_in_words(12_345)
    ('999 B', '12.3 kB')
    """
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"


def _facts(out: list[str], model: Model, y: float) -> float:
    """Draw the facts in two columns, the order running down the first, then the second."""
    pairs = _pairs(model)
    half = (len(pairs) + 1) // 2
    columns = (0.66 * (WIDTH - 2 * _MARGIN), 0.34 * (WIDTH - 2 * _MARGIN))
    for at, (name, value) in enumerate(pairs):
        x = _MARGIN + (columns[0] if at >= half else 0.0)
        top = y + 20 * (at % half if half else 0) + 12
        plain_tls = name == "TLS" and value == _NO_TLS
        ink = COLOURS["error"].ink if plain_tls else INK
        shown = fit(value, columns[at >= half] - 96, 12)
        out += (
            text(x, top, name, size=11.5, fill=SOFT),
            text(x + 84, top, shown, size=12, fill=ink),
        )
    return y + 20 * half + 10


def _warnings(out: list[str], model: Model, y: float) -> float:
    amber = COLOURS["ready"]
    for warning in _listed(model, "warnings")[:_MAX_WARNINGS]:
        lines = wrap(warning, WIDTH - 2 * _MARGIN - 34, 12)
        height = 11 + 16 * len(lines)
        out.append(
            box(
                _MARGIN,
                y,
                WIDTH - 2 * _MARGIN,
                height,
                fill=amber.fill,
                stroke=amber.edge,
                radius=5,
            )
        )
        out.append(text(_MARGIN + 12, y + 18, "!", size=13, fill=amber.ink, face="bold"))
        for at, words in enumerate(lines):
            out.append(text(_MARGIN + 26, y + 18 + 16 * at, words, size=12, fill=amber.ink))
        y += height + 8
    return y


def _calls(model: Model) -> list[str]:
    if "next" in model:
        return _listed(model, "next")
    name = str(model.get("name") or "session")
    name = name if name.isidentifier() else "session"
    over = model.get("state") in ("closed", "lost", "cut", "failed")
    return [call.format(name=name) for call in (_AFTERWARDS if over else _NEXT)]


def _next(out: list[str], model: Model, y: float) -> float:
    calls = _calls(model)[:6]
    if not calls:
        return y
    x = _MARGIN
    out.append(text(x, y + 17, "next", size=11.5, fill=SOFT))
    x += 42
    for call in calls:
        shown = fit(call, WIDTH - 2 * _MARGIN - 60, 11.5, "mono")
        width = measure(shown, 11.5, "mono") + 18
        if x + width > WIDTH - _MARGIN:
            x, y = _MARGIN + 42, y + 30
        out += (
            box(x, y, width, 25, fill=COLOURS["plain"].fill, stroke=RULE, radius=5),
            text(x + 9, y + 17, shown, size=11.5, fill=INK, face="mono"),
        )
        x += width + 8
    return y + 36


def _listed(model: Model, key: str) -> list[str]:
    found: Sequence[Any] = model.get(key) or ()
    return [str(one) for one in found]


def card_text(model: Model) -> str:
    """Return the card as plain text: everything the picture says, and nothing cut.

    Args:
        model: see the module's text; control characters in it are made visible.
    """
    state = visible(str(model.get("state", "")))
    lines = [f"{visible(_title(model))}  [{state}]" if state else visible(_title(model))]
    lines += [f"  {name:<10}  {visible(value)}" for name, value in _pairs(model)]
    lines += [f"  ! {visible(warning)}" for warning in _listed(model, "warnings")]
    if calls := _calls(model):
        lines.append(f"  next: {'   '.join(visible(call) for call in calls)}")
    if ladder := model.get("ladder"):
        lines += ["", ladder_text(ladder)]
    return "\n".join(lines)
