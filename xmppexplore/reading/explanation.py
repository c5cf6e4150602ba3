"""Elements laid open: each element, attribute and text on a line of its own.

A line says who defines the thing, where, and what it says here.  What the catalogue does
not know is called unknown; nothing is guessed.
"""

from __future__ import annotations

import difflib
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.conditions import Place, filled, holds, is_stanza, shown
from xmppexplore.catalogue.lookup import Attribution, attribution, define, defined_in
from xmppexplore.catalogue.paths import LONGEST_NAME, paths_inside, written
from xmppexplore.catalogue.records import AttributeDefinition, Definition
from xmppexplore.names import XML, split_qualified
from xmppexplore.reading.explained_errors import RETRY, error_of
from xmppexplore.reading.explained_forms import FormReader
from xmppexplore.reading.explained_records import Explained, Line, cut
from xmppexplore.reading.explained_sasl import holds_message, message_lines
from xmppexplore.reading.explained_values import attribute_words, text_words
from xmppexplore.wire.element import Element
from xmppexplore.wire.secrets import HIDDEN

__all__ = ["MOST_LINES", "Relatives", "explain_element", "namespace_notes", "sentence"]

MOST_LINES: Final = 20_000
"""Lines of one part; what comes after is counted."""
MOST_STANZAS: Final = 8
"""Stanzas inside each other; what lies deeper is counted."""
DEEPEST: Final = 100
"""Elements inside each other; what lies deeper is counted."""

_COVERED: Final = "It is a secret: reveal=True shows it, in a terminal --reveal."
_LONGEST_NAMESPACE: Final = 300
_MOST_DEFAULTS: Final = 4
_LANG: Final = AttributeDefinition(
    f"{{{XML}}}lang",
    "Names the language of the text that people read in here.",
    "8.1.5",
    value="lang",
)
"""``xml:lang`` where a definition does not mention it (RFC 6120 §8.1.5)."""


class Relatives:
    """Looks for the relatives of unknown names, a few times only: each costs milliseconds.

    Args:
        most: how many names to look for.
    """

    def __init__(self, most: int = 4) -> None:
        self._left = most
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, namespace: str) -> tuple[str, ...]:
        """Return the known namespaces that an unknown one resembles, nearest first."""
        if namespace not in self._known:
            if not self._left or len(namespace) > _LONGEST_NAMESPACE:
                return ()
            self._left -= 1
            self._known[namespace] = facts.nearest(namespace)
        return self._known[namespace]


def sentence(definition: Definition, place: Place) -> str:
    """Return what an element says where it stands: the first sentence that applies.

    >>> from xmppexplore.wire.element import parse
    >>> iq = parse("<iq type='get' to='a.example'><ping xmlns='urn:xmpp:ping'/></iq>")
    >>> ping = Place.outermost(iq).child(iq.children[0])
    >>> sentence(define(ping), ping)
    'Asks a.example whether it still answers.'
    """
    for rule in definition.here:
        if holds(rule.when, place):
            said = filled(rule.says, place)
            if said is not None:
                return said
    return definition.says


def namespace_notes(namespace: str, relatives: Relatives) -> tuple[str, ...]:
    """Return what is to be said of a namespace itself: unknown, misspelt, outdated."""
    if not namespace:
        return ("It is in no namespace: nobody says what it means.",)
    owner = attribution(namespace)
    if owner.document is None:
        near = relatives.of(namespace)
        listed = f" Its nearest relatives: {', '.join(near)}." if near else ""
        return (f"The namespace {shown(namespace)} is unknown.{listed}",)
    notes = []
    if owner.meant:
        notes.append(f"The namespace {shown(namespace)} is misspelt: {owner.meant} is meant.")
    if not owner.sure:
        notes.append(f"That {owner.document.number} owns it is concluded from where it is used.")
    known = facts.namespace(owner.meant or namespace)
    if known is not None and known.historic:
        newest = f": {known.newest} took its place" if known.newest else ""
        notes.append(f"This namespace is historic{newest}.")
    if owner.document.superseded_by:
        later = ", ".join(owner.document.superseded_by)
        notes.append(f"{owner.document.number} was superseded by {later}.")
    return tuple(notes)


def explain_element(
    element: Element,
    *,
    original: Element | None = None,
    reveal: bool = False,
    relatives: Relatives | None = None,
    row: int = -1,
    most: int = MOST_LINES,
) -> Explained:
    """Lay an element open.

    Args:
        element: as it may be shown, its secrets covered.
        original: the same with its secrets in place, from which the messages of logins are
            read; ``None`` where the element itself has them.
        reveal: whether secrets are shown.
        relatives: looks for relatives of unknown names; shared by the parts of a recording.
        row: row of the recording.
        most: lines at most.
    """
    reading = _Reading(original, reveal, relatives or Relatives(), row)
    return reading.read(element, most)


class _Waiting(NamedTuple):
    """An element whose turn comes: its place, its path, how deep, inside how many stanzas."""

    place: Place
    path: str
    depth: int
    stanzas: int


class _Reading:
    """One element while it is laid open; nothing in it recurses."""

    def __init__(
        self, original: Element | None, reveal: bool, relatives: Relatives, row: int
    ) -> None:
        self.original = original
        self.reveal = reveal
        self.relatives = relatives
        self.row = row
        self.covered = original is not None
        self.forms = FormReader()
        self.lines: list[Line] = []
        self._originals: dict[int, Element] = {}

    def read(self, element: Element, most: int) -> Explained:
        place = Place.outermost(element)
        waiting = [_Waiting(place, _name(element), 0, int(is_stanza(element)))]
        more = 0
        while waiting:
            now = waiting.pop()
            inside = now.place.element
            if len(self.lines) >= most:
                more += sum(1 for _ in inside.iter())
                continue
            if now.depth > DEEPEST or now.stanzas > MOST_STANZAS:
                more += sum(1 for _ in inside.iter())
                continue
            self.look(now)
            below = [
                _Waiting(
                    now.place.child(child),
                    path,
                    now.depth + 1,
                    now.stanzas + is_stanza(child),
                )
                for child, path in zip(inside.children, paths_inside(inside, now.path), strict=True)
            ]
            below.reverse()
            waiting.extend(below)
        return Explained(tuple(self.lines), more)

    def look(self, now: _Waiting) -> None:
        """Add the lines of one element, without what is inside it."""
        place, element = now.place, now.place.element
        namespace = element.namespace
        definition, owner = define(place), attribution(namespace)
        around = place.parent.element if place.parent is not None else None
        begins = around is None or around.namespace != namespace
        spec, status = _document(definition, owner)
        notes = [*namespace_notes(namespace, self.relatives)] if begins else []
        error = error_of(place)
        if error is not None:
            notes += error.notes()
        if definition is None:
            notes += _undescribed(element, owner)
        else:
            notes += _about(definition, place)
        self.lines.append(
            Line(
                now.path,
                now.depth,
                "element",
                shown(element.name, LONGEST_NAME),
                namespace[:_LONGEST_NAMESPACE],
                spec,
                definition.section if definition is not None else "",
                definition.sure if definition is not None else owner.sure,
                status,
                sentence(definition, place) if definition is not None else "",
                decoded=self.forms.words(place),
                notes=tuple(dict.fromkeys(notes)),
                row=self.row,
                begins=begins,
            )
        )
        for name, value in element.attributes.items():
            self.attribute(now, name, value, definition)
        if element.text.strip():
            self.text(now, definition)

    def attribute(
        self, now: _Waiting, name: str, value: str, definition: Definition | None
    ) -> None:
        """Add the line of one attribute."""
        namespace, local = split_qualified(name)
        label = shown(written(name), LONGEST_NAME)
        known = definition.attributes.get(name) if definition is not None else None
        spec, status, sure = self._owner_of(now, namespace, definition)
        if known is None and name == _LANG.name:
            known, spec, sure = _LANG, "RFC 6120", True  # not its element's document
            status = facts.status(spec)
        section = known.section if known is not None else ""
        if namespace and definition is not None and spec != definition.document:
            section = section if known is _LANG else ""  # it is one of the other document
        notes: tuple[str, ...]
        if self.covered and value and not value.strip("*"):
            value, words, notes = HIDDEN, "", (_COVERED,)
        else:
            words, notes = attribute_words(local, value, known)
        if known is None:
            notes = (*notes, "This attribute is not described here.")
            if definition is not None and not namespace:
                spec, status = "", ""  # its element is described, and nobody lists it there
        self.lines.append(
            Line(
                f"{now.path}/@{label}",
                now.depth + 1,
                "attribute",
                label,
                namespace[:_LONGEST_NAMESPACE] or now.place.element.namespace[:_LONGEST_NAMESPACE],
                spec,
                section,
                sure,
                status,
                known.says if known is not None else "",
                cut(value),
                words,
                notes,
                self.row,
            )
        )

    def _owner_of(
        self, now: _Waiting, namespace: str, definition: Definition | None
    ) -> tuple[str, str, bool]:
        """Return number, status and certainty of who defines an attribute."""
        owner = attribution(namespace or now.place.element.namespace)
        own = not namespace or f"{{{namespace}}}lang" == _LANG.name
        if own and definition is not None:
            return definition.document, facts.status(definition.document), definition.sure
        number = owner.document.number if owner.document is not None else ""
        return number, facts.status(number), owner.sure

    def text(self, now: _Waiting, definition: Definition | None) -> None:
        """Add the line of the text in an element, and of the message that it holds."""
        element = now.place.element
        text = element.text
        spec, status = _document(definition, attribution(element.namespace))
        notes: tuple[str, ...]
        if self.covered and not text.strip("* \t\r\n"):
            text, words, notes = HIDDEN, "", (_COVERED,)
        else:
            words, notes = text_words(text[: 1 << 20], definition)
        line = Line(
            f"{now.path}/text()",
            now.depth + 1,
            "text",
            "",
            element.namespace[:_LONGEST_NAMESPACE],
            spec,
            definition.section if definition is not None else "",
            definition.sure if definition is not None else True,
            status,
            "",
            cut(text),
            words,
            notes,
            self.row,
        )
        if not holds_message(element):
            self.lines.append(line)
            return
        whole = self._with_secrets(element)
        parent = now.place.parent
        around = parent.element if parent is not None else None
        line, fields = message_lines(whole, around, line, reveal=self.reveal)
        self.lines += [line, *fields]

    def _with_secrets(self, element: Element) -> Element:
        """Return the same element as it was on the wire: covering leaves offsets alone."""
        if self.original is None:
            return element
        if not self._originals:
            self._originals = {one.spans[0]: one for one in self.original.iter()}
        return self._originals.get(element.spans[0], element)


def _name(element: Element) -> str:
    return shown(element.name, LONGEST_NAME)


def _document(definition: Definition | None, owner: Attribution) -> tuple[str, str]:
    """Return number and status of the document that defines an element."""
    if definition is not None:
        return definition.document, facts.status(definition.document)
    return (owner.document.number, owner.document.status) if owner.document else ("", "")


def _undescribed(element: Element, owner: Attribution) -> list[str]:
    """Return what can be said of an element that has no definition."""
    if owner.document is None:
        return []
    name = _name(element)
    names = defined_in(element.namespace)
    near = difflib.get_close_matches(name, names, n=2) if len(names) < _LONGEST_NAMESPACE else []
    listed = f" Described are {' and '.join(f'<{one}>' for one in near)}." if near else ""
    return [f"<{name}> is not described here; {owner.document.number} owns its namespace.{listed}"]


def _about(definition: Definition, place: Place) -> list[str]:
    """Return what holds where an attribute is absent, and what an error asks for."""
    element = place.element
    absent = [
        f"{written(name)}={attribute.default!r}"
        for name, attribute in definition.attributes.items()
        if attribute.default and element.get(name) is None
    ]
    notes = [f"Absent, so this holds: {', '.join(absent[:_MOST_DEFAULTS])}."] if absent else []
    if place.parent is not None and error_of(place.parent) is not None:
        return notes  # the error itself says it
    if definition.retry and error_of(place) is None:
        notes.append(RETRY[definition.retry])
    if definition.advice:
        notes.append(definition.advice)
    return notes
