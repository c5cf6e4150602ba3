"""What the static drawings share: text that is safe and fits, shapes, and times in words.

Everything that a drawing says may come from the wire.  So :func:`text` is the one place
where words become SVG: it escapes markup, shows what is invisible or turns text around
(``‹U+202E›``), and never draws more than was measured.  Drawings hold no identifiers, no
styles, no scripts and no links, so that two of them can stand in one page.
"""

from __future__ import annotations

import html
import unicodedata
from typing import Final, NamedTuple

__all__ = [
    "ELLIPSIS",
    "MONO",
    "Fragment",
    "box",
    "document",
    "fit",
    "line",
    "measure",
    "seconds",
    "text",
    "visible",
    "wrap",
]

SANS: Final = "'Helvetica Neue', Helvetica, Arial, 'Segoe UI', 'DejaVu Sans', sans-serif"
MONO: Final = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
ELLIPSIS: Final = "…"
_MAX_SPOKEN: Final = 40_000  # characters; a login takes 6,000, a hostile one as many as it likes
_MAX_MARKS: Final = 2  # combining marks in a row; more of them would climb out of their line

# Advance widths of DejaVu Sans, thousandths of an em, U+0020 to U+007E: it is the widest of
# the fonts that a browser takes for the families above, so what fits it fits them all.
_REGULAR: Final = (
    "318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636"
    " 636 636 636 337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557"
    " 863 748 787 603 787 695 635 611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550"
    " 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 818 592 592 525"
    " 636 337 636 838"
)
_BOLD: Final = (
    "348 456 521 838 696 1002 872 306 457 457 523 838 380 415 380 365 696 696 696 696 696 696 696"
    " 696 696 696 400 400 838 838 838 580 1000 774 762 734 830 683 683 821 837 372 372 775 637 995"
    " 837 850 733 850 770 720 682 812 774 1103 771 724 725 457 365 457 838 500 500 675 716 593 716"
    " 678 435 716 712 343 343 665 343 1042 712 687 716 716 493 595 478 712 652 924 645 652 582 712"
    " 365 712 838"
)


def _table(widths: str) -> dict[str, float]:
    return {chr(32 + at): int(width) / 1000 for at, width in enumerate(widths.split())}


_WIDTHS: Final = {
    "regular": _table(_REGULAR) | {ELLIPSIS: 1.0},
    "bold": _table(_BOLD) | {ELLIPSIS: 1.0},
    "mono": dict.fromkeys(map(chr, range(32, 127)), 0.602) | {ELLIPSIS: 0.602},
}


class Fragment(NamedTuple):
    """A drawing without its frame, to be set into a larger one.

    Attributes:
        body: SVG elements, its upper left corner at 0, 0.
        width: in user units (pixels at natural size).
        height: likewise.
    """

    body: str
    width: float
    height: float


def visible(words: str) -> str:
    r"""Return text in which nothing is hidden and nothing turns its neighbours around.

    Control and format characters (bidirectional controls among them), unusual spaces,
    lone surrogates, unassigned characters and long piles of combining marks become
    ``‹U+202E›``; the line ends and tabs among them as well, since a label is one line.

    >>> visible("a\u202eb")
    'a‹U+202E›b'
    """
    if words.isascii() and words.isprintable():
        return words
    shown: list[str] = []
    marks = 0
    for character in words:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if character.isprintable() and marks <= _MAX_MARKS:
            shown.append(character)
        else:
            shown.append(f"‹U+{ord(character):04X}›")
    return "".join(shown)


def _advance(character: str, face: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.3  # emoji are wider than the em that CJK takes
    return 0.85 if face != "mono" else 0.7


def measure(words: str, size: float, face: str = "regular") -> float:
    """Return the width of ``words`` in user units, rather too much than too little.

    Args:
        words: text as :func:`visible` gives it.
        size: font size in user units.
        face: ``"regular"``, ``"bold"`` or ``"mono"``.
    """
    table = _WIDTHS[face]
    total = 0.0
    for character in words:
        width = table.get(character)
        total += _advance(character, face) if width is None else width
    return total * size


def fit(words: str, width: float, size: float, face: str = "regular") -> str:
    """Return ``words`` made visible, cut with an ellipsis where wider than ``width``."""
    shown = visible(words[: int(width) + 1])  # no glyph that counts is under a unit wide
    if len(words) <= int(width) + 1 and measure(shown, size, face) <= width:
        return shown
    room = width - measure(ELLIPSIS, size, face)
    table = _WIDTHS[face]
    for at, character in enumerate(shown):
        advance = table.get(character)
        room -= (_advance(character, face) if advance is None else advance) * size
        if room < 0:
            return shown[:at].rstrip() + ELLIPSIS
    return shown + ELLIPSIS


def wrap(words: str, width: float, size: float, face: str = "regular", lines: int = 3) -> list[str]:
    """Return ``words`` made visible in at most ``lines`` lines, the last one cut to fit."""
    rest = visible(words[: 400 * lines]).split(" ")
    wrapped: list[str] = []
    while rest and len(wrapped) < lines - 1:
        count, used = 0, 0.0
        space = measure(" ", size, face)
        while count < len(rest):
            used += measure(rest[count], size, face) + (space if count else 0.0)
            if used > width:
                break
            count += 1
        if count == len(rest):
            break
        if count == 0:  # one word wider than the line
            wrapped.append(fit(rest[0], width, size, face))
            rest = rest[1:]
        else:
            wrapped.append(" ".join(rest[:count]))
            rest = rest[count:]
    if rest and rest != [""]:
        wrapped.append(fit(" ".join(rest), width, size, face))
    return wrapped


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float,
    fill: str,
    face: str = "regular",
    anchor: str = "start",
    turn: int = 0,
) -> str:
    """Return one line of text, its baseline at ``y``, escaped.

    Args:
        x: where it starts, or its middle or end, as ``anchor`` says.
        y: its baseline.
        words: the text, already cut by :func:`fit` or :func:`wrap`.
        size: font size in user units.
        fill: a colour of the drawing's own, never from outside.
        face: as for :func:`measure`.
        anchor: ``"start"``, ``"middle"`` or ``"end"``.
        turn: degrees, clockwise, about ``x, y``.
    """
    extra = "" if anchor == "start" else f' text-anchor="{anchor}"'
    if face == "mono":
        extra += f' font-family="{MONO}" xml:space="preserve"'
    elif face == "bold":
        extra += ' font-weight="700"'
    if turn:
        extra += f' transform="rotate({turn} {x:.1f} {y:.1f})"'
    content = html.escape(visible(words), quote=False)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}"{extra}>{content}</text>'
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str,
    stroke: str = "none",
    radius: float = 0.0,
) -> str:
    """Return a rectangle with rounded corners."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        f' rx="{radius:g}" fill="{fill}" stroke="{stroke}"/>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1.0, dash: str = ""
) -> str:
    """Return a straight line, dashed where ``dash`` gives lengths of strokes and gaps."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        f' stroke="{stroke}" stroke-width="{width:g}"{dashes}/>'
    )


def document(fragment: Fragment, title: str, description: str) -> str:
    """Return a whole SVG file of a fragment: a light card of its own, also on dark pages.

    Args:
        fragment: what is drawn.
        title: one line for those who hear the picture.
        description: all that the picture says, as text; beyond some pages it is cut.
    """
    width, height = fragment.width, fragment.height
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img"'
        f' viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        f' font-family="{SANS}" style="max-width:100%;height:auto">'
        f"<title>{_spoken(title)}</title><desc>{_spoken(description)}</desc>"
        + box(0.5, 0.5, width - 1, height - 1, fill="#ffffff", stroke="#c3cad1", radius=10)
        + fragment.body
        + "</svg>"
    )


def _spoken(words: str) -> str:
    if len(words) > _MAX_SPOKEN:
        words = words[:_MAX_SPOKEN] + ELLIPSIS
    lines = (visible(one) for one in words.split("\n"))
    return html.escape("\n".join(lines), quote=False)


def seconds(value: object) -> str:
    """Return a time or duration in words: ``"12.3 ms"``, ``"4.21 s"``; text is kept as it is.

    Args:
        value: seconds as a number, text, or ``None`` (which gives ``""``).
    """
    if value is None or isinstance(value, str):
        return value or ""
    amount = float(value)  # type: ignore[arg-type]
    if amount < 0:
        return ""
    if amount < 0.0995:
        return f"{amount * 1000:.1f} ms"
    if amount < 0.9995:
        return f"{amount * 1000:.0f} ms"
    return f"{amount:.2f} s" if amount < 99.995 else f"{amount:.0f} s"
