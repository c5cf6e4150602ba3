"""An explanation as text for a terminal and as HTML for a notebook, from the same rows.

HTML rather than a drawing: what is explained is to be selected, folded and searched.  Its
text may come from the wire, so all of it is made visible and escaped; there is no script,
and colours follow the theme of the notebook or are those of the text around it.
"""

from __future__ import annotations

import html
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from xmppexplore.views.drawing import visible

__all__ = ["NARROWEST", "WIDTH", "explanation_html", "explanation_text"]

Row = Mapping[str, Any]
Model = Mapping[str, Any]

WIDTH: Final = 100
"""Columns of the text unless others are asked for."""
NARROWEST: Final = 60
"""Columns of the text at least: with fewer, words would be torn apart."""
_SPEC: Final = 18  # columns of "RFC 6120 §8.3.3.19"
_LONGEST_LEFT: Final = 300  # characters of one name and value
_LONGEST_WORDS: Final = 1200
_LONGEST_TITLE: Final = 700  # the message of an error says at its end what to do
_UNSURE: Final = "? behind a section: it was not compared with the document itself"
_UNFOLDED: Final = 150
"""Rows up to which everything is unfolded."""

_STYLE: Final = """
.xx-explain{font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px);
line-height:1.45;color:var(--jp-content-font-color1,inherit);overflow-x:auto}
.xx-explain-title{font-weight:600;padding:2px 0 4px}
.xx-explain summary{list-style:none;cursor:pointer}
.xx-explain summary::-webkit-details-marker{display:none}
.xx-explain-row{display:grid;grid-template-columns:minmax(14em,36%) minmax(16em,1fr) max-content;
column-gap:12px;padding:1px 4px;border-top:1px solid var(--jp-border-color2,rgba(128,128,128,.25))}
.xx-explain summary:focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2)}
.xx-explain-name{font-family:var(--jp-code-font-family,monospace);overflow-wrap:anywhere}
.xx-explain-name::before{content:"\\25b8\\00a0";visibility:hidden}
.xx-explain-name{text-indent:-2ch}
.xx-explain-name>.xx-explain-quiet{text-indent:0}
.xx-explain details>summary .xx-explain-name::before{visibility:visible;opacity:.7}
.xx-explain details[open]>summary .xx-explain-name::before{content:"\\25be\\00a0"}
.xx-explain b{font-weight:600}
.xx-explain-quiet{opacity:.75;overflow-wrap:anywhere}
.xx-explain-words{overflow-wrap:anywhere}
.xx-explain-note{border-left:3px solid var(--jp-border-color1,rgba(128,128,128,.6));
padding-left:6px;margin:1px 0}
.xx-explain-unknown .xx-explain-note{border-left-color:var(--jp-warn-color1,#c77700)}
.xx-explain-spec{text-align:right;white-space:nowrap}
.xx-explain-spec a{color:inherit;text-decoration:underline dotted}
"""


def explanation_text(model: Model, width: int = WIDTH) -> str:
    """Return an explanation as lines.

    Args:
        width: columns of a line at most; at least :data:`NARROWEST` are taken.
        model: ``title``; ``rows``, each with depth, what, name, value, namespace, begins,
            spec, section, sure, status, says, decoded and notes; ``problems``, sentences;
            ``rest``, what is left out, in words.
    """
    width = max(width, NARROWEST)
    title = _short(model["title"], _LONGEST_TITLE)
    lines = _wrapped(title, width, "  ")
    for row in model["rows"]:
        lines += _text_row(row, width)
    lines += [
        line
        for problem in model["problems"]
        for line in _wrapped(f"! {_short(problem, _LONGEST_WORDS)}", width, "  ")
    ]
    rest = [f"... {model['rest']}"] if model["rest"] else []
    rest += [_UNSURE] if _any_unsure(model["rows"]) else []
    lines += [line for one in rest for line in _wrapped(one, width, "  ")]
    return "\n".join(line.rstrip() for line in lines)


def explanation_html(model: Model) -> str:
    """Return the same as HTML: a tree that folds; all text in it is escaped."""
    rows: Sequence[Row] = model["rows"]
    out = [
        f"<style>{_STYLE}</style><div class='xx-explain'>",
        f"<div class='xx-explain-title'>{_safe(model['title'], _LONGEST_TITLE)}</div>"
        if model["title"]
        else "",
    ]
    open_depths: list[int] = []
    unfolded = len(rows) <= _UNFOLDED
    for at, row in enumerate(rows):
        while open_depths and open_depths[-1] >= row["depth"]:
            open_depths.pop()
            out.append("</details>")
        kind = "xx-explain-row" if row["spec"] else "xx-explain-row xx-explain-unknown"
        inside = at + 1 < len(rows) and rows[at + 1]["depth"] > row["depth"]
        if inside:
            opened = " open" if unfolded or row["depth"] in (1, 2) else ""
            out.append(f"<details{opened}><summary class='{kind}'>{_cells(row)}</summary>")
            open_depths.append(row["depth"])
        else:
            out.append(f"<div class='{kind}'>{_cells(row)}</div>")
    out += ["</details>"] * len(open_depths)
    out += [
        f"<div class='xx-explain-note'>{_safe(problem, _LONGEST_WORDS)}</div>"
        for problem in model["problems"]
    ]
    if model["rest"]:
        out.append(f"<div class='xx-explain-quiet'>... {_safe(model['rest'], 200)}</div>")
    if _any_unsure(rows):
        out.append(f"<div class='xx-explain-quiet'>{_UNSURE}</div>")
    return "".join(out) + "</div>"


def _any_unsure(rows: Sequence[Row]) -> bool:
    return any(row["spec"] and not row["sure"] for row in rows)


def _short(text: str, longest: int) -> str:
    """Return text of the wire, visible, on one line, and cut where it is long."""
    one_line = " ".join(text[: 4 * longest].split())
    shown = visible(one_line[:longest])
    return shown + ("..." if len(one_line) > longest or len(text) > 4 * longest else "")


def _safe(text: str, longest: int) -> str:
    return html.escape(_short(text, longest), quote=True)


def _name(row: Row) -> str:
    """Return a row as people write it: ``<iq>``, ``type='get'``, ``"text"``."""
    what, name, value = row["what"], row["name"], row["value"]
    if row["row"] >= 0 and not row["depth"]:
        return f"{row['row']}: <{name}>" if what == "element" else f"{row['row']}: {value}"
    if what == "element":
        return f"<{name}>"
    if what == "attribute":
        return f"{name}='{value}'" if value else f"{name}=''" if not row["decoded"] else name
    if what == "text":
        return f'"{value}"'
    return f"{name}: {value}" if value else name


def _document(row: Row) -> str:
    """Return document and section; ``?`` where they were not compared with the text."""
    section = f" §{row['section']}" if row["section"] else ""
    return f"{row['spec']}{section}{'' if row['sure'] or not row['spec'] else '?'}"


def _words(row: Row) -> Iterator[str]:
    if row["says"]:
        yield row["says"]
    if row["decoded"]:
        yield f"= {row['decoded']}"
    for note in row["notes"]:
        yield f"- {note}"


def _text_row(row: Row, width: int) -> list[str]:
    left_width = (width - _SPEC - 2) * 17 // 40  # the words need the most room
    words_width = width - _SPEC - 2 - left_width
    indent = "  " * min(row["depth"], 12)
    left = indent + _short(_name(row), _LONGEST_LEFT)
    below = f"{indent}  xmlns={_short(row['namespace'], 200)}" if row["begins"] else ""
    words = [
        part
        for one in _words(row)
        for part in _wrapped(_short(one, _LONGEST_WORDS), words_width, "  ")
    ]
    # A product's document has a long name and its chapters have no numbers.
    specs = _wrapped(_document(row), _SPEC, "") if row["spec"] else []
    specs += [row["status"]] if specs and row["begins"] and row["status"] else []
    lines: list[str] = []
    lefts, late = [left], list[str]()
    if _columns(left) > left_width:  # what is too long for its column stands alone on its line
        lines += _wrapped(left, width, indent + "    ")
        lefts = []
    if below:
        (lefts if _columns(below) <= left_width else late).append(below)
    while lefts or words or specs:
        cell = _padded(lefts.pop(0) if lefts else "", left_width)
        word = _padded(words.pop(0) if words else "", words_width)
        lines.append(f"{cell} {word} {specs.pop(0) if specs else '':>{_SPEC}}")
    return [*lines, *(line for one in late for line in _wrapped(one, width, indent + "    "))]


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes (Unicode Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(mark) for mark in text)


def _columns_of(mark: str) -> int:
    if unicodedata.combining(mark):
        return 0
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _wrapped(words: str, width: int, hanging: str) -> list[str]:
    if not words.isascii() and _columns(words) != len(words):
        return _wrapped_wide(words, width, hanging)
    return textwrap.wrap(
        words, width, subsequent_indent=hanging, break_on_hyphens=False, drop_whitespace=True
    )


def _wrapped_wide(words: str, width: int, hanging: str) -> list[str]:
    """Wrap by columns where characters take more than one, or none."""
    lines, line, used = list[str](), words[: len(words) - len(words.lstrip())], 0
    used = _columns(line)
    for word in words.split():
        gap = " " if line.strip() else ""
        if gap and used + 1 + _columns(word) > width:
            lines.append(line)
            line, gap = hanging, ""
            used = len(hanging)
        line, used = line + gap, used + len(gap)
        for mark in word:
            size = _columns_of(mark)
            if used + size > width:
                lines.append(line)
                line, used = hanging, len(hanging)
            line, used = line + mark, used + size
    return [*lines, line]


def _cells(row: Row) -> str:
    indent = min(row["depth"], 30) * 1.2
    name = _safe(_name(row), _LONGEST_LEFT)
    if row["what"] == "element":
        name = f"<b>{name}</b>"
    if row["begins"] and row["namespace"]:
        name += f"<div class='xx-explain-quiet'>xmlns={_safe(row['namespace'], 200)}</div>"
    words = f"<div>{_safe(row['says'], _LONGEST_WORDS)}</div>" if row["says"] else ""
    if row["decoded"]:
        words += f"<div>= {_safe(row['decoded'], _LONGEST_WORDS)}</div>"
    words += "".join(
        f"<div class='xx-explain-note'>{_safe(note, _LONGEST_WORDS)}</div>" for note in row["notes"]
    )
    status = ""
    if row["begins"] and row["spec"] and row["status"]:
        status = f"<div class='xx-explain-quiet'>{html.escape(row['status'], quote=True)}</div>"
    return (
        f"<div class='xx-explain-name' style='padding-left:calc({indent:.1f}em + 2ch)'>{name}</div>"
        f"<div class='xx-explain-words'>{words}</div>"
        f"<div class='xx-explain-spec'>{_link(row)}{status}</div>"
    )


def _link(row: Row) -> str:
    words = html.escape(_document(row), quote=True)
    if not row["link"]:
        return words
    hint = html.escape(row["document"], quote=True)
    link = html.escape(row["link"], quote=True)
    return f"<a href='{link}' title='{hint}' target='_blank' rel='noopener noreferrer'>{words}</a>"
