"""What a person looks for among rows: the grammar of ``wait_for``.

A match is one of:

- a qualified name, ``"{urn:xmpp:ping}ping"``: the item itself or its first child;
- a dict of columns, ``{"kind": "iq", "type": ["get", "set"]}``: all must be equal, to the
  value or to one of several;
- a callable, given the :class:`~xmppexplore.wire.element.Element` of each message,
  presence, iq and nonza (what is no element is never handed to it);
- filter text;
- ``None``: everything.

Filter text::

    any    = all { "or" all }
    all    = one { [ "and" ] one }                  side by side means "and"
    one    = "not" one | "(" any ")" | test | word
    test   = column ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) value
           | column ":" value                       contains, ignoring case
           | column [ "not" ] "in" "(" value { "," value } ")"
    word   = a qualified name, or any text: it occurs in the item, ignoring case
    value  = text without spaces, or quoted with ' or "

``from``, ``to`` and ``ns`` stand for the columns ``sender``, ``recipient`` and
``namespace``.  So ``kind == 'iq' and type == 'get'``, ``from:juliet ping`` and
``not (size > 1000 or kind:presence)`` are filters.  Words are looked for in what is shown,
so a secret cannot be found by guessing.  Nothing is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.errors import UsageError
from xmppexplore.reading.filter_text import Node, nearest, parse_filter
from xmppexplore.reading.shapes import element_of
from xmppexplore.store.columns import COLUMNS
from xmppexplore.wire.phases import PHASES
from xmppexplore.wire.records import DIRECTIONS, KINDS

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["Match", "Predicate", "compile_match"]

Predicate = Callable[["Columns", int], bool]
"""Takes columns and the number of a row, and tells whether the row matches."""

Match = str | Mapping[str, Any] | Callable[["Element"], Any] | None
"""What a person may say to mean some of the rows; see the module's text."""

_ELEMENTS: Final = frozenset(KINDS.index(kind) for kind in ("message", "presence", "iq", "nonza"))
_CLOSED: Final[dict[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "direction": DIRECTIONS,
    "phase": PHASES,
}
"""Columns whose values are known beforehand: another one could never match."""
_DEAR: Final = 100  # cost of asking whether text occurs in an item; a cell costs 1


def compile_match(match: Match) -> Predicate:
    """Turn a match into a predicate over rows; cheap columns are asked first.

    Args:
        match: see the module's text.

    Returns:
        A function of columns and row number.  It raises only what a callable raises that
        was given as the match.

    Raises:
        UsageError: this is no match; for text, with the place where it goes wrong.

    >>> wanted = compile_match("kind == 'iq' and type == 'get'")
    """
    if match is None:
        return _everything
    if isinstance(match, str):
        text = match.strip()
        if not text:
            return _everything
        return _build(parse_filter(match))
    if isinstance(match, Mapping):
        return _all([_cell_is(column, wanted) for column, wanted in match.items()])
    if callable(match):
        return _calling(match)
    raise UsageError(
        f"a match is a qualified name, a dict of columns, a callable or filter text, not "
        f"{type(match).__name__}"
    )


def _everything(_columns: Columns, _row: int) -> bool:
    return True


def _calling(match: Callable[[Any], Any]) -> Predicate:
    def asked(columns: Columns, row: int) -> bool:
        if columns.kinds[row] not in _ELEMENTS:
            return False
        element = element_of(columns, row)
        return element is not None and bool(match(element))

    return asked


def _cell_is(column: object, wanted: object) -> Predicate:
    if not isinstance(column, str) or column not in COLUMNS:
        raise UsageError(f"no column {column!r}{nearest(str(column))}")
    known = _CLOSED.get(column, ())
    if known and isinstance(wanted, str) and wanted not in known:
        raise UsageError(f"no {column} {wanted[:40]!r}; there are {', '.join(known)}")
    if isinstance(wanted, Collection) and not isinstance(wanted, (str, bytes, Mapping)):
        several = list(wanted)
        return lambda columns, row: columns.value(row, column) in several
    return lambda columns, row: bool(columns.value(row, column) == wanted)


def _all(tests: list[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    return lambda columns, row: all(test(columns, row) for test in tests)


def _any(tests: list[Predicate]) -> Predicate:
    return lambda columns, row: any(test(columns, row) for test in tests)


def _build(node: Node) -> Predicate:
    if node.what in ("and", "or"):
        # Order cannot matter to the answer, since tests have no effect: only to the cost.
        tests = [_build(part) for part in sorted(node.parts, key=_cost)]
        return _all(tests) if node.what == "and" else _any(tests)
    if node.what == "not":
        inner = _build(node.parts[0])
        return lambda columns, row: not inner(columns, row)
    if node.what == "name":
        return _named(node.values[0])
    if node.what == "word":
        word = node.values[0].casefold()
        return lambda columns, row: word in columns.xml(row).casefold()
    return _test(node)


def _cost(node: Node) -> int:
    if node.parts:
        return sum(map(_cost, node.parts))
    return _DEAR if node.what == "word" or node.column == "xml" else 1


def _named(name: str) -> Predicate:
    namespace, _, local = name[1:].partition("}")

    def named(columns: Columns, row: int) -> bool:
        if columns.payloads[row] == name:
            return True
        return columns.names[row] == local and columns.namespaces[row] == namespace

    return named


def _test(node: Node) -> Predicate:
    column, values = node.column, node.values
    if node.what == ":":
        part = values[0].casefold()
        return lambda columns, row: part in str(columns.value(row, column)).casefold()
    if node.what == "in":
        wanted = frozenset(node.numbers or values)
        return lambda columns, row: columns.value(row, column) in wanted
    compare = _COMPARE[node.what]
    value: Any = node.numbers[0] if node.numbers else values[0]
    return lambda columns, row: compare(columns.value(row, column), value)


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": lambda cell, value: bool(cell == value),
    "!=": lambda cell, value: bool(cell != value),
    "<": lambda cell, value: bool(cell < value),
    "<=": lambda cell, value: bool(cell <= value),
    ">": lambda cell, value: bool(cell > value),
    ">=": lambda cell, value: bool(cell >= value),
}
