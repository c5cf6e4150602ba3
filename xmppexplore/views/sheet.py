"""A sheet: a heading, a verdict, and tables of short texts, as plain text and as HTML.

Both functions take the same plain ``model``; absent keys count as empty::

    {
        "title": str,
        "verdict": str,             # a few words beside the title
        "tone": "good" | "bad" | "",
        "lines": [str, ...],        # sentences below it
        "parts": [
            {"title": str, "lines": [str, ...], "columns": [str, ...],
             "rows": [[str, ...], ...]},
        ],
    }

All of it may come from the wire, so each text is made visible and escaped.  The HTML takes
its colours from JupyterLab where that is, and reads on light and dark pages elsewhere.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from xmppexplore.views.drawing import visible

__all__ = ["sheet_html", "sheet_text"]

Model = Mapping[str, Any]

WIDEST: Final = 60
"""Characters of the widest column in plain text; what is longer stays whole, unaligned."""

MAX_ROWS: Final = 2000
"""Rows of all parts that are shown: a notebook keeps what it is given."""

_VALUES: Final = frozenset({"value", "given", "result", "wire"})
_SHORT: Final = 24  # characters of a cell that is kept on one line: a name, a section

_INK: Final = "var(--jp-ui-font-color1, inherit)"
_SOFT: Final = "var(--jp-ui-font-color2, inherit)"
_RULE: Final = "var(--jp-border-color2, #8888)"
_CODE: Final = "var(--jp-code-font-family, monospace)"
# Without JupyterLab's variables: dark enough on white, light enough on black.
_TONES: Final = {
    "good": "var(--jp-success-color1, #2e8b57)",
    "bad": "var(--jp-error-color1, #d9534f)",
    "": _INK,
}


def sheet_text(model: Model) -> str:
    """Return a sheet as plain text, complete.

    >>> print(sheet_text({"title": "Login", "verdict": "ok", "lines": ["All fits."]}))
    Login: ok
    All fits.
    """
    title, verdict = str(model.get("title", "")), str(model.get("verdict", ""))
    lines = [visible(f"{title}: {verdict}" if verdict else title)]
    lines += [visible(str(one)) for one in model.get("lines", ())]
    for part, rows, left in _parts(model):
        lines.append("")
        if part.get("title"):
            lines.append(visible(str(part["title"])))
        lines += [f"  {visible(str(one))}" for one in part.get("lines", ())]
        lines += [*_aligned(part.get("columns", ()), rows), *_left(left)]
    return "\n".join(lines)


def _parts(model: Model) -> Iterator[tuple[Model, Sequence[Sequence[Any]], int]]:
    """Yield each part with those of its rows that are shown, and how many are not."""
    room = MAX_ROWS
    for part in model.get("parts", ()):
        rows = part.get("rows", ())
        yield part, rows[:room], max(len(rows) - room, 0)
        room -= min(len(rows), room)


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    shown = [[visible(str(cell)) for cell in row] for row in rows]
    if not shown:
        return []
    every = [[visible(str(name)) for name in columns], *shown]
    widths = [min(max(len(row[at]) for row in every), WIDEST) for at in range(len(columns))]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    ]


def _left(count: int) -> list[str]:
    return [f"  ... and {count:,} more rows"] if count else []


def _escaped(value: object) -> str:
    return html.escape(visible(str(value)), quote=True)


def sheet_html(model: Model) -> str:
    """Return a sheet as HTML: no script, no link, no style outside itself."""
    tone = _TONES.get(str(model.get("tone", "")), _INK)
    verdict = model.get("verdict", "")
    parts = [
        f'<div style="color:{_INK};font-size:13px;line-height:1.45;text-align:left">',
        f'<div style="font-weight:600">{_escaped(model.get("title", ""))}',
        f' <span style="color:{tone}">{_escaped(verdict)}</span></div>' if verdict else "</div>",
    ]
    parts += [f"<div>{_escaped(one)}</div>" for one in model.get("lines", ())]
    for part, rows, left in _parts(model):
        if part.get("title"):
            parts.append(
                f'<div style="font-weight:600;margin-top:10px">{_escaped(part["title"])}</div>'
            )
        parts += [f'<div style="color:{_SOFT}">{_escaped(one)}</div>' for one in
                  part.get("lines", ())]  # fmt: skip
        parts += _table(part.get("columns", ()), rows)
        parts += [f"<div>{_escaped(one.strip())}</div>" for one in _left(left)]
    return "".join([*parts, "</div>"])


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    if not rows:
        return []
    edge = f"border-bottom:1px solid {_RULE};padding:2px 10px 2px 0;text-align:left;font-size:13px"
    head = "".join(
        f'<th scope="col" style="{edge};color:{_SOFT};font-weight:500">{_escaped(name)}</th>'
        for name in columns
    )
    body = []
    for row in rows:
        cells = zip(columns, row, strict=True)
        body.append("<tr>")
        body += [
            f'<td style="{edge}{_face(name, one)}">{_escaped(one)}</td>' for name, one in cells
        ]
        body.append("</tr>")
    table = '<table style="border-collapse:collapse;border:0;margin:4px 0;background:transparent">'
    return [f"{table}<thead><tr>{head}</tr></thead><tbody>", *body, "</tbody></table>"]


def _face(name: str, value: object) -> str:
    """Return how a cell is set: values as code, broken anywhere; short words unbroken."""
    style = ";vertical-align:top"
    if name in _VALUES:
        # A host name of fifteen characters stays whole beside sentences that can be wrapped.
        return f"{style};overflow-wrap:anywhere;min-width:9.5em;font-family:{_CODE};font-size:12px"
    return style if len(str(value)) > _SHORT else f"{style};white-space:nowrap"
