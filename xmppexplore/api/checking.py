"""``check``: what in a piece of XML departs from the documents that define it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppexplore.api.arguments import check_types
from xmppexplore.api.public_names import PublicNames
from xmppexplore.catalogue.checking import (
    MOST_HINTS,
    RULES,
    Departure,
    Stranger,
    check_element,
    hints,
)
from xmppexplore.errors import InvalidXML, MalformedXML
from xmppexplore.wire.element import CLIENT, Element, parse
from xmppexplore.wire.fragments import element_of, pieces_of
from xmppexplore.wire.places import line_and_column, place_of
from xmppexplore.wire.records import Context
from xmppexplore.wire.redact import secret_spans
from xmppexplore.wire.serialise import to_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas

    from xmppexplore.store.columns import Columns

__all__ = ["Check", "Objection", "check", "refuse"]

SHOWN: Final = 20
"""Objections that are printed; the frame has all."""
MOST: Final = 10_000
"""Objections of a recording that are kept, and names in it that are listed as not checked."""
ELEMENTS: Final = frozenset({"message", "presence", "iq", "nonza"})
"""Kinds of rows that are whole elements."""
LINE: Final = 90
"""Characters of a line of XML that are printed around an objection."""

_SET: Final = re.compile(
    r"""((?:password|token)\s*=\s*['"]?)((?<=')[^'<]*|(?<=")[^"<]*|[^\s'"<>;]+)"""
)
"""A secret that is set where no tag is: the tag ended too early, is escaped, or it is a URI."""


class Objection(NamedTuple):
    """One departure from a definition.

    Attributes:
        rule: a key of :data:`~xmppexplore.catalogue.checking.RULES`, or ``not well-formed``.
        severity: ``error`` or ``warning``.
        line: line of the place, counted from 1.
        column: column of it, in characters, counted from 1.
        path: names from the outermost element on, ``iq/query/item[2]/@jid``.
        section: the document and its section that state the rule.
        sentence: what is wrong.
        advice: what would be right.
        row: row of the recording, -1 where the XML was given as text.
    """

    rule: str
    severity: str
    line: int
    column: int
    path: str
    section: str
    sentence: str
    advice: str
    row: int = -1


class Check(PublicNames):
    """What ``check`` found; shown in a notebook it lists its objections with their places.

    Attributes:
        objections: :class:`Objection` each, in the order of the text.
        unchecked: paths of what is not defined here, and therefore was not checked.
        elements: how many elements were looked at.
    """

    def __init__(
        self,
        text: str,
        objections: list[Objection],
        unchecked: list[str],
        elements: int,
        context: Context = CLIENT,
        strangers: Sequence[Stranger] = (),
    ) -> None:
        self._text = _covered(text, context) if objections else ""
        self._strangers = strangers
        self._hints: tuple[str, ...] | None = None
        self.objections = tuple(objections)
        self.unchecked = tuple(unchecked)
        self.elements = elements

    @property
    def hints(self) -> tuple[str, ...]:
        """What may have been meant by what is not defined here, a sentence each."""
        if self._hints is None:
            self._hints = hints(self._strangers)
        return self._hints

    @property
    def ok(self) -> bool:
        """Whether there is no objection; what is in :attr:`unchecked` may be wrong still."""
        return not self.objections

    def __bool__(self) -> bool:
        return self.ok

    @property
    def frame(self) -> pandas.DataFrame:
        """The objections: rule, severity, line, column, path, section, sentence, advice, row."""
        from xmppexplore.store.tables import frame

        kinds = {
            "rule": "category",
            "severity": "severity",
            **dict.fromkeys(("line", "column"), "integer"),
            **dict.fromkeys(("path", "section", "sentence", "advice"), "text"),
            "row": "row",
        }
        return frame(kinds, self.objections)

    def __repr__(self) -> str:
        number = len(self.objections)
        if number:
            head = f"{number} objection{'' if number == 1 else 's'}:"
        else:
            counted = f"{self.elements:,} element{'' if self.elements == 1 else 's'}"
            known = " to what is defined here" if self.unchecked else ""
            head = f"no objection{known} ({counted} looked at)"
        lines = [head, *(line for one in self.objections[:SHOWN] for line in self._told(one))]
        if number > SHOWN:
            lines.append(f"... and {number - SHOWN} more: see .frame")
        if self.unchecked:
            more = f" and {len(self.unchecked) - 5} more" if len(self.unchecked) > 5 else ""
            lines.append(
                f"not checked, since not defined here: {', '.join(self.unchecked[:5])}{more}"
            )
            lines += [f"  {hint}" for hint in self.hints]
        return "\n".join(lines)

    def _told(self, one: Objection) -> list[str]:
        where = f"row {one.row}" if one.row >= 0 else f"line {one.line}, column {one.column}"
        section = f" ({one.section})" if one.section else ""
        told = [f"  {where}: {one.sentence}{section}"]
        if one.row < 0:
            told += [f"    {line}" for line in _pointed(self._text, one.line, one.column)]
        words = ": ".join(part for part in (one.path, one.advice) if part)
        return [*told, f"    {words}"] if words else told  # what is not well-formed has neither


def check(xml: Any, *, context: Context | None = None) -> Check:
    """Compare XML with the documents that define it, and list what departs from them.

    An objection comes only from what a document states and the catalogue knows: a required
    attribute that is missing, a value that is not allowed, a child where it does not
    belong.  What is not defined here is listed as not checked, never called valid.

    Args:
        xml: text or bytes of an element, of several, or of a stream with or without its end;
            an :class:`~xmppexplore.wire.element.Element`, an ElementTree element; or a
            session, stream or recording, all of whose elements are checked.
        context: the namespaces declared around one element; where not given those of a
            client's stream, or of the stream header in the text.

    Returns:
        A :class:`Check`.  XML that is not well-formed is an objection too.

    Raises:
        UsageError: it is none of these.

    >>> check("<message to='juliet@capulet.example' type='caht'><body>Hi</body></message>")
    1 objection:
      line 1, column 38: type='caht' is no value of <message> (RFC 6120 §8.1.4)
        <message to='juliet@capulet.example' type='caht'><body>Hi</body></message>
                                             ^
        message/@type: use one of chat, error, groupchat, headline, normal
    >>> check("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>").ok
    True
    """
    check_types("check", context=(context, (Context, type(None))))
    # A picture holds its recording too, and has no wire; others' classes may have one.
    if hasattr(type(xml), "wire") and hasattr(xml, "_recording"):
        return _check_recorded(xml)
    if isinstance(xml, Element):
        return _checked(xml, xml.source.data.decode("utf-8", "replace"))
    text = _text(xml)
    if isinstance(text, MalformedXML):
        return _not_well_formed("", text)
    try:
        element = parse(text, context or CLIENT)
    except MalformedXML as error:
        several = _check_several(text) if context is None else None
        if several is not None:  # one with objections counts as false
            return several
        return _not_well_formed(text, error, context or CLIENT)
    return _checked(element, text)


def _check_several(text: str) -> Check | None:
    """Check each element of a text; ``None`` where it is no stream and no row of elements."""
    found = pieces_of(text, CLIENT)
    kinds = {piece.kind for piece in found.pieces}
    declared = "<?xml" in text and "header" not in kinds
    if found.problems or declared or (len(found.pieces) < 2 and "header" not in kinds):
        return None
    objections: list[Objection] = []
    unchecked: dict[str, None] = {}
    elements, at, line, column = 0, 0, 1, 1
    strangers: list[Stranger] = []
    for piece in found.pieces:
        lines, columns = line_and_column(found.data[at : piece.start], piece.start - at)
        line, column = line + lines - 1, columns if lines > 1 else column + columns - 1
        at = piece.start
        if piece.kind == "footer":
            continue
        try:
            checked = check_element(element_of(found.data, piece))
        except MalformedXML as error:
            return _not_well_formed(text, error)
        for departure in checked.departures:
            one = _objection(departure, row=-1)
            shift = column - 1 if one.line == 1 else 0
            objections.append(one._replace(line=one.line + line - 1, column=one.column + shift))
        elements += checked.elements
        unchecked.update(dict.fromkeys(checked.unchecked))
        strangers += checked.strangers[: MOST_HINTS - len(strangers)]
        if len(objections) >= MOST or len(unchecked) >= MOST:
            break
    objections.sort(key=lambda one: (one.line, one.column))
    return Check(text, objections, list(unchecked), elements, CLIENT, strangers)


def refuse(element: Element, text: str, *, gets_id: bool = False) -> None:
    """Refuse XML that departs from its definitions; for ``send(..., strict=True)``.

    Args:
        element: the element.
        text: what it was read from, as it was given: lines and columns are those of it.
        gets_id: whether it is a request that an id will be added to.

    Raises:
        InvalidXML: it does; nothing was sent.
    """
    found = _checked(element, text, gets_id)
    if found.ok:
        return
    first, more = found.objections[0], len(found.objections) - 1
    others = f", and {more} more" if more else ""
    raise InvalidXML(
        f"{first.sentence} ({first.section}; line {first.line}, column {first.column}){others}. "
        f"Nothing was sent: {first.advice or 'change it'}, or send it without strict=True",
        line=first.line,
        column=first.column,
        check=found,
    )


def _text(xml: Any) -> str | MalformedXML:
    try:
        return to_xml(xml)
    except MalformedXML as error:
        return error


def _not_well_formed(text: str, error: MalformedXML, context: Context = CLIENT) -> Check:
    return Check(text, [_unread(error)], [], 0, context)


def _unread(error: MalformedXML, row: int = -1) -> Objection:
    return Objection(
        "not well-formed", "error", error.line, error.column, "", "RFC 6120 §11.3",
        str(error).rpartition(" (line ")[0] or str(error), "", row,
    )  # fmt: skip


def _checked(element: Element, text: str, gets_id: bool = False) -> Check:
    found = check_element(element)
    objections = [
        _objection(departure, row=-1)
        for departure in found.departures
        if not (gets_id and departure.path == "iq/@id")
    ]
    objections.sort(key=lambda one: (one.line, one.column))
    unchecked = list(found.unchecked)
    context = element.source.context
    return Check(text, objections, unchecked, found.elements, context, found.strangers)


def _objection(departure: Departure, row: int) -> Objection:
    offset = place_of(departure.element, departure.attribute)
    line, column = line_and_column(departure.element.source.data, offset)
    section = departure.document
    if departure.section:
        section += f" §{departure.section}"
    return Objection(
        departure.rule, RULES[departure.rule], line, column, departure.path, section,
        _without_settings(departure.sentence), departure.advice, row,
    )  # fmt: skip


def _check_recorded(recorded: Any) -> Check:
    """Check every element of a recording, or of one session's part of it."""
    columns = recorded._recording._columns
    connections = set(recorded._connections())
    objections: list[Objection] = []
    unchecked: dict[str, None] = {}
    elements = 0
    for row in range(columns.first, columns.settle()):
        try:
            element = _recorded(columns, row, connections)
        except MalformedXML as error:  # deeper than is read here, for example
            objections.append(_unread(error, row))
            continue
        if element is None:
            continue
        found = check_element(element)
        objections += [_objection(departure, row) for departure in found.departures]
        unchecked.update(dict.fromkeys(found.unchecked[: MOST - len(unchecked)]))
        elements += found.elements
        if len(objections) >= MOST:
            more = f"rows from {row + 1} on: there are too many objections before them"
            return Check("", objections[:MOST], [more, *unchecked], elements)
    return Check("", objections, list(unchecked), elements)


def _recorded(columns: Columns, row: int, connections: set[int]) -> Element | None:
    """Return the element of a row; ``None`` where it holds none, or is not kept any more."""
    with columns.lock:
        if (
            row < columns.first
            or columns.span(row)[0] not in connections
            or columns.value(row, "kind") not in ELEMENTS
        ):
            return None
        return columns.element(row)


def _covered(text: str, context: Context) -> str:
    """Return a text with its secrets covered, each character of them by one: columns stay."""
    data = text.encode("utf-8", "surrogatepass")
    parts, last = [], 0
    # Where nobody gave a context a name may be in any namespace, that of a secret too.
    unseen = context._replace(default="") if context is CLIENT else context
    for start, end, _ in secret_spans(data, context=unseen):
        if end <= last:
            continue
        secret = data[max(start, last) : end].decode("utf-8", "replace")
        parts += [data[last:start], b"\n".join(b"*" * len(line) for line in secret.split("\n"))]
        last = end
    return _without_settings(b"".join([*parts, data[last:]]).decode("utf-8", "replace"))


def _without_settings(text: str) -> str:
    return _SET.sub(lambda found: found[1] + re.sub(r"[^\n]", "*", found[2]), text)


def _pointed(text: str, line: int, column: int) -> list[str]:
    """Return the line of an objection, cut around it, and a mark below the place."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return []
    whole = "".join(mark if mark.isprintable() else " " for mark in lines[line - 1])
    start = max(0, column - 1 - LINE // 2) if len(whole) > LINE else 0
    return [whole[start : start + LINE], " " * (column - 1 - start) + "^"]
