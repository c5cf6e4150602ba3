"""Elements laid open: each element, attribute and text on a line of its own.

A line says who defines the thing, where, and what it says here.  What the catalogue does
not know is called unknown; nothing is guessed.
"""

from __future__ import annotations

from itertools import islice
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.conditions import Place, filled, holds, is_stanza, one_line
from xmppexplore.catalogue.lookup import Attribution, attribution, define, defined_in, resembling
from xmppexplore.catalogue.paths import LONGEST_NAME, paths_inside, written
from xmppexplore.catalogue.records import AttributeDefinition, Definition
from xmppexplore.names import XML, split_qualified
from xmppexplore.reading.explained_errors import RETRY, error_of
from xmppexplore.reading.explained_forms import FormReader
from xmppexplore.reading.explained_headers import header_notes
from xmppexplore.reading.explained_records import Explained, Line, cut
from xmppexplore.reading.explained_sasl import holds_message, message_lines
from xmppexplore.reading.explained_values import attribute_words, text_words
from xmppexplore.wire.element import Element
from xmppexplore.wire.redact import secret_spans
from xmppexplore.wire.secrets import HIDDEN

__all__ = ["MOST_LINES", "Relatives", "explain_element", "namespace_notes", "sentence"]

MOST_LINES: Final = 20_000
"""Lines of one part; what comes after is counted."""
MOST_ATTRIBUTES: Final = 1_000
"""Attributes of one element; what comes after is counted."""
MOST_STANZAS: Final = 8
"""Stanzas inside each other; what lies deeper is counted."""
DEEPEST: Final = 100
"""Elements inside each other; what lies deeper is counted."""

_COVERED: Final = "It is a secret: reveal=True shows it, in a terminal --reveal."
_LOST: Final = "It was a secret, and is covered in what was given: nobody can show it here."
_LONGEST_NAMESPACE: Final = 300
_LONGEST_TEXT: Final = 1 << 20
_MOST_DEFAULTS: Final = 4
_MOST_NAMES: Final = 200
_LANG: Final = AttributeDefinition(
    f"{{{XML}}}lang",
    "Names the language of the text that people read in here.",
    "8.1.5",
    value="lang",
)
"""``xml:lang`` where a definition does not mention it (RFC 6120 §8.1.5)."""


class Relatives:
    """Looks for the relatives of unknown names, a few times only: it is slow.

    Args:
        most: how many namespaces to look for; each costs milliseconds.
    """

    def __init__(self, most: int = 4) -> None:
        self._left = most
        self._names_left = _MOST_NAMES
        self._known: dict[str, tuple[str, ...]] = {}
        self._known_names: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, namespace: str) -> tuple[str, ...]:
        """Return the known namespaces that an unknown one resembles, nearest first."""
        if namespace not in self._known:
            if not self._left or len(namespace) > _LONGEST_NAMESPACE:
                return ()
            self._left -= 1
            self._known[namespace] = facts.nearest(namespace)
        return self._known[namespace]

    def names(self, namespace: str, name: str) -> tuple[str, ...]:
        """Return the names defined in a namespace that an unknown one resembles, nearest first."""
        key = namespace, name[:LONGEST_NAME]
        if key not in self._known_names:
            if not self._names_left:
                return ()
            self._names_left -= 1
            self._known_names[key] = resembling(name, defined_in(namespace), 3)
        return self._known_names[key]


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
        return (f"The namespace {one_line(namespace)} is unknown.{listed}",)
    notes = []
    if owner.meant:
        notes.append(f"The namespace {one_line(namespace)} is misspelt: {owner.meant} is meant.")
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
            if len(self.lines) >= most or now.depth > DEEPEST or now.stanzas > MOST_STANZAS:
                more += sum(1 for _ in inside.iter())
                continue
            self.look(now)
            below = zip(inside.children, paths_inside(inside, now.path), strict=True)
            waiting += reversed(
                [
                    _Waiting(
                        now.place.child(child), path, now.depth + 1, now.stanzas + is_stanza(child)
                    )
                    for child, path in below
                ]
            )
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
        notes += header_notes(element)
        error = error_of(place)
        if error is not None:
            notes += error.notes()
        if definition is None:
            notes += self.undescribed(element, owner)
        else:
            notes += _about(definition, place)
        if len(element.attributes) > MOST_ATTRIBUTES:
            left = len(element.attributes) - MOST_ATTRIBUTES
            notes.append(f"It has {left:,} more attributes, which are left out.")
        self.lines.append(
            Line(
                now.path,
                now.depth,
                "element",
                one_line(element.name, LONGEST_NAME),
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
        whole = self._with_secrets(element)
        for name, value in islice(element.attributes.items(), MOST_ATTRIBUTES):
            self.attribute(now, name, whole.get(name) != value, definition)
        if element.text.strip():
            self.text(now, whole, definition)

    def attribute(
        self, now: _Waiting, name: str, covered: bool, definition: Definition | None
    ) -> None:
        """Add the line of one attribute; ``covered`` where its value is a secret."""
        namespace, local = split_qualified(name)
        label = one_line(written(name), LONGEST_NAME)
        element = now.place.element
        known, spec, section, sure = _known(name, element, definition)
        notes: tuple[str, ...]
        value = element.attributes[name]
        if covered:
            value, words, notes = HIDDEN, "", (_COVERED,)
        elif _is_lost(value, element, in_tag=True):
            value, words, notes = HIDDEN, "", (_LOST,)
        else:
            words, notes = attribute_words(local, value, known)
        if known is None:
            notes = (*notes, "This attribute is not described here.")
        self.lines.append(
            Line(
                f"{now.path}/@{label}",
                now.depth + 1,
                "attribute",
                label,
                (namespace or element.namespace)[:_LONGEST_NAMESPACE],
                spec,
                section,
                sure,
                facts.status(spec),
                known.says if known is not None else "",
                cut(value),
                words,
                notes,
                self.row,
            )
        )

    def text(self, now: _Waiting, whole: Element, definition: Definition | None) -> None:
        """Add the line of the text in an element, and of the message that it holds."""
        element = now.place.element
        text, owner = element.text, attribution(element.namespace)
        spec, status = _document(definition, owner)
        notes: tuple[str, ...]
        if text != whole.text:
            text, words, notes = HIDDEN, "", (_COVERED,)
        elif _is_lost(text, element):
            text, words, notes = HIDDEN, "", (_LOST,)
        else:
            words, notes = text_words(text[:_LONGEST_TEXT], definition)
        line = Line(
            f"{now.path}/text()",
            now.depth + 1,
            "text",
            "",
            element.namespace[:_LONGEST_NAMESPACE],
            spec,
            definition.section if definition is not None else "",
            definition.sure if definition is not None else owner.sure,
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
        parent = now.place.parent
        around = parent.element if parent is not None else None
        line, fields = message_lines(whole, around, line, reveal=self.reveal)
        self.lines += [line, *fields]

    def undescribed(self, element: Element, owner: Attribution) -> list[str]:
        """Return what can be said of an element that has no definition."""
        if owner.document is None:
            return []
        near = self.relatives.names(element.namespace, element.name)[:2]
        listed = f" The name resembles {' and '.join(f'<{one}>' for one in near)}." if near else ""
        number = owner.document.number
        return [f"<{_name(element)}> is not described here; {number} owns its namespace.{listed}"]

    def _with_secrets(self, element: Element) -> Element:
        """Return the same element as it was on the wire: covering leaves offsets alone."""
        if self.original is None:
            return element
        if not self._originals:
            self._originals = {one.spans[0]: one for one in self.original.iter()}
        return self._originals.get(element.spans[0], element)


def _name(element: Element) -> str:
    return one_line(element.name, LONGEST_NAME)


def _document(definition: Definition | None, owner: Attribution) -> tuple[str, str]:
    """Return number and status of the document that defines an element."""
    if definition is not None:
        return definition.document, facts.status(definition.document)
    return (owner.document.number, owner.document.status) if owner.document else ("", "")


def _is_lost(value: str, element: Element, *, in_tag: bool = False) -> bool:
    """Whether asterisks stand where a secret stands, as in a recording that was saved."""
    if not value or value.strip("*"):
        return False
    start, content, _, _ = element.spans
    spans = secret_spans(element.xml.encode(), context=element.context)
    return any((begin < content - start) is in_tag for begin, _, _ in spans)


class _Known(NamedTuple):
    """What is known of an attribute: its definition, and where that is from."""

    definition: AttributeDefinition | None
    spec: str = ""
    section: str = ""
    sure: bool = True


def _known(name: str, element: Element, around: Definition | None) -> _Known:
    """Return what is known of an attribute; ``around`` is the definition of its element."""
    namespace, _ = split_qualified(name)
    known = around.attributes.get(name) if around is not None else None
    owner = attribution(namespace or element.namespace)
    number = owner.document.number if owner.document is not None else ""
    if around is None or known is None:
        if name == _LANG.name:
            return _Known(_LANG, "RFC 6120", _LANG.section)
        if around is None or namespace:
            return _Known(None, number, "", owner.sure)
        return _Known(None)  # its element is described, and nobody lists it there
    if namespace in ("", XML) or number in ("", around.document):
        return _Known(known, around.document, known.section, around.sure)
    return _Known(known, number, "", owner.sure)  # the section is one of another document


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
