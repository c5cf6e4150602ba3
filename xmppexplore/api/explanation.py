"""``explain``: what anything that is on the wire means, and who says so."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.arguments import check_types
from xmppexplore.api.public_names import PublicNames
from xmppexplore.catalogue import facts
from xmppexplore.reading.explained_records import Explained, Line
from xmppexplore.views.explanation import WIDTH, explanation_html, explanation_text

if TYPE_CHECKING:
    import pandas

    from xmppexplore.reading.explained_text import Part

__all__ = ["COLUMNS", "Explanation", "explain", "terminal_width"]

COLUMNS: Final = {
    "path": "text",
    "what": "text",
    "name": "text",
    "namespace": "text",
    "spec": "text",
    "section": "text",
    "status": "text",
    "says": "text",
    "value": "text",
    "decoded": "text",
    "notes": "list",
    "row": "row",
}
"""Columns of the frame of an explanation -> what they are."""

MOST_SHOWN: Final = 1_000
"""Lines that are printed or drawn."""
MOST_KEPT: Final = 100_000
"""Lines that are read; what comes after is counted."""
MOST_ITEMS: Final = 1_000
"""Items of a recording that are explained unless more are asked for."""


class Explanation(PublicNames):
    """What something means, line by line; draws itself in a notebook, prints in a terminal.

    Attributes:
        title: what it is, in a few words.
    """

    def __init__(
        self,
        title: str,
        parts: Sequence[Part] = (),
        *,
        problems: Iterable[str] = (),
        rest: str = "",
    ) -> None:
        self.title = title
        self._parts = list(parts)
        self._problems = list(problems)
        self._rest = rest
        self._lines: list[Line] = []
        self._more = 0
        self._next = 0
        self._lock = Lock()

    def _read(self, lines: int) -> None:
        """Read parts until there are this many lines: what nobody looks at costs nothing."""
        with self._lock:  # a cell and a view may look at once
            while self._next < len(self._parts) and len(self._lines) < lines:
                found: Explained = self._parts[self._next]()
                self._next += 1
                self._lines += found.lines
                self._more += found.more
                self._problems += found.problems

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line: one for each element, attribute and text, in document order."""
        self._read(MOST_KEPT)
        return tuple(self._lines)

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a sentence each, with line and column."""
        self._read(MOST_KEPT)
        return tuple(self._problems)

    @property
    def frame(self) -> pandas.DataFrame:
        """The lines as a DataFrame.

        Columns: path, what, name, namespace, spec, section, status, says, value, decoded,
        notes, row.
        """
        from xmppexplore.store.tables import frame

        return frame(COLUMNS, ([getattr(line, name) for name in COLUMNS] for line in self.lines))

    def to_dict(self) -> dict[str, Any]:
        """Return it as a tree that JSON can hold.

        Each item has the columns of :attr:`frame`; its ``attributes`` and its ``inside``
        are lists of the same.
        """
        lines = self.lines
        return {
            "title": self.title,
            "items": _tree(lines),
            "problems": list(self._problems),
            "more": self._more,
        }

    def text(self, most: int = MOST_KEPT, *, width: int = WIDTH) -> str:
        """Return it as text, harmless to a terminal.

        Args:
            most: lines to take, one for each element, attribute and text.
            width: columns of a line at most; fewer than 60 are not possible.
        """
        check_types("text", most=(most, (Integral,)), width=(width, (Integral,)))
        return explanation_text(self._model(most), width)

    def _model(self, most: int = MOST_SHOWN) -> dict[str, Any]:
        self._read(most)
        shown = self._lines[:most]
        left = len(self._lines) - len(shown)
        unread = len(self._parts) - self._next
        rest = [
            f"{left:,} more line{'' if left == 1 else 's'}" if left else "",
            f"{unread:,} more item{'' if unread == 1 else 's'}" if unread else "",
            f"{self._more:,} elements are not looked at: there are too many" if self._more else "",
        ]
        words = ", ".join(part for part in rest if part)
        if left or unread:
            words += ": see .frame"
        return {
            "title": self.title,
            "rows": [_row(line) for line in shown],
            "problems": self._problems,
            "rest": "; ".join(part for part in (words, self._rest) if part),
        }

    def __repr__(self) -> str:
        return self.text(MOST_SHOWN, width=terminal_width())

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        model = self._model()
        return {"text/plain": explanation_text(model), "text/html": explanation_html(model)}

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, at: int) -> Line:
        return self.lines[at]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)


def terminal_width(stream: Any = None) -> int:
    """Return the columns to write in: those of a terminal, 100 at most, and 100 elsewhere.

    Args:
        stream: where the text goes; standard output where not given.
    """
    out = sys.stdout if stream is None else stream
    try:
        narrow = out is not None and out.isatty()
    except (AttributeError, OSError, ValueError):  # no file, or one that is closed
        narrow = False
    # A terminal that is exactly full wraps, some even without a further character.
    return min(WIDTH, shutil.get_terminal_size((WIDTH + 1, 24)).columns - 1) if narrow else WIDTH


def _row(line: Line) -> dict[str, Any]:
    """Return a line as the view wants it."""
    document = facts.document(line.spec)
    title = f"{document.title} ({document.status})" if document is not None else ""
    return {**line._asdict(), "document": title, "link": _link(line.spec)}


def _link(number: str) -> str:
    """Return where a document can be read, from its number alone."""
    kind, digits = number[:4].rstrip("- "), number[4:]
    if not digits.isdecimal():
        return ""
    if kind == "XEP":
        return f"https://xmpp.org/extensions/xep-{digits}.html"
    return f"https://www.rfc-editor.org/rfc/rfc{digits}" if kind == "RFC" else ""


def _tree(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return lines as a tree, by their depth."""
    top: list[dict[str, Any]] = []
    open_items: list[tuple[int, dict[str, Any]]] = []
    for line in lines:
        item: dict[str, Any] = {name: getattr(line, name) for name in COLUMNS}
        item["notes"] = list(line.notes)
        item["attributes"], item["inside"] = [], []
        while open_items and open_items[-1][0] >= line.depth:
            open_items.pop()
        if not open_items:
            top.append(item)
        else:
            place = "attributes" if line.what == "attribute" else "inside"
            open_items[-1][1][place].append(item)
        open_items.append((line.depth, item))
    return top


def explain(
    x: Any, *, password: str | None = None, reveal: bool = False, last: int = MOST_ITEMS
) -> Explanation:
    """Say what something on the wire means, who defines it and where.

    Each element, attribute and text gets a line: document, section, status, what it says
    here, and what its value means.  What is not known is called unknown; nothing is guessed.

    Args:
        x: an :class:`~xmppexplore.wire.element.Element`; XML as text or bytes, also several
            elements, a whole stream, or one that is cut off or ill-formed; a row of
            ``.wire``; a session, stream or recording; an error of this library; the name of
            a namespace, feature, node, form type, element (``"{urn:xmpp:ping}ping"``), error
            condition or document (``"XEP-0199"``); a message of SASL; an address.
        password: the password of a recorded login, whose proof is then computed again.
        reveal: show passwords and the messages of logins, which are covered otherwise.
        last: of a recording, how many items to explain, the newest.

    Raises:
        UsageError: it is none of these.

    >>> print(explain("item-not-found").lines[0].says)
    Says that the address or the thing asked for does not exist.
    >>> explain("<iq type='get' id='1' to='a.example'><ping xmlns='urn:xmpp:ping'/></iq>")[-1].says
    'Asks a.example whether it still answers.'
    """
    from xmppexplore.api.explained_things import explanation_of

    return explanation_of(x, password=password, reveal=reveal, last=last)
