"""Names laid open: documents, namespaces, features, form types, elements and conditions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.conditions import one_line
from xmppexplore.catalogue.loading import contents
from xmppexplore.catalogue.paths import written
from xmppexplore.catalogue.records import AttributeDefinition, Definition, Document
from xmppexplore.catalogue.values import VALUE_TYPES
from xmppexplore.names import (
    SASL,
    STANZA_ERRORS,
    STREAM_ERRORS,
    qualified,
    split_qualified,
)
from xmppexplore.reading.explained_errors import RETRY
from xmppexplore.reading.explained_records import Line
from xmppexplore.reading.explained_words import (
    asked_document,
    called,
    field_lines,
    is_past,
    mechanism_lines,
    titled,
    unwrapped,
    value_lines,
)
from xmppexplore.reading.explanation import Relatives, namespace_notes

__all__ = ["Named", "explain_name", "unknown"]

_CLARK: Final = re.compile(r"\{([^{}]{0,500})\}([^\s{}<>/]{1,200})")
_WORD: Final = re.compile(r"[A-Za-z_][\w.\-]{0,99}")
_ERRORS: Final = (STANZA_ERRORS, STREAM_ERRORS, SASL)
_LONGEST: Final = 500
_MOST: Final = 400  # lines of a document or namespace


class Named(NamedTuple):
    """What a name is.

    Attributes:
        title: in a few words.
        lines: what is known of it.
    """

    title: str
    lines: tuple[Line, ...]


def explain_name(text: str, relatives: Relatives | None = None) -> Named | None:
    """Return what a name is, ``None`` where it is none that is known here.

    Args:
        text: number of a document, namespace, feature, node, form type, Clark name, name of
            an error condition or of an element.
        relatives: looks for relatives of unknown names.

    >>> explain_name("XEP-0199").title
    'XEP-0199 XMPP Ping (Final)'
    >>> explain_name("item-not-found").lines[0].section
    '8.3.3.7'
    """
    name = text.strip()
    if not name or len(name) > _LONGEST:
        return None
    name = unwrapped(name)
    asked = asked_document(name)
    if asked is not None:
        return _document(*asked)
    near = relatives or Relatives()
    clark = _CLARK.fullmatch(name)
    if clark is not None:
        return _element(clark.group(1), clark.group(2), near)
    lines = mechanism_lines(name) or field_lines(name)
    if lines:
        return Named(f"{name}: {lines[0].spec}", tuple(lines))
    return _namespace(name, near) or _by_word(name)


def _by_word(name: str) -> Named | None:
    """Return what a word means: a condition, an element, a value, or a document called so."""
    documents = called(name)
    found = _condition(name) or _condition(re.sub(r"[\s_]+", "-", name).lower(), errors=True)
    lines = [*(found.lines if found is not None else ()), *mechanism_lines(name.upper())]
    values = value_lines(name)
    past = found is None or all(is_past(line.spec) for line in found.lines)
    lines = [*values, *lines] if past else [*lines, *values]
    if not lines:
        return _document(documents[0].number) if documents else None
    title = found.title if found is not None and not past else f"{name}: {lines[0].spec}"
    lines += [_first_line(one) for one in documents]
    return Named(title, tuple(lines))


def unknown(text: str, relatives: Relatives | None = None) -> Named:
    """Return the answer about a text that nothing is known of: its nearest relatives."""
    name = one_line(text.strip(), 200)
    near = [*(relatives or Relatives()).of(text.strip())] if ":" in text else []
    if len(text) < _LONGEST and not near:
        near = difflib.get_close_matches(text.strip(), _known_names(), n=3, cutoff=0.75)
    listed = f"Its nearest relatives: {', '.join(near)}." if near else "Nothing known resembles it."
    titles = titled(text.strip())
    if titles:
        resembled = (listed,) if near else ()
        notes = (f"Documents of that name: {', '.join(titles)}.", *resembled)
    else:
        notes = (listed,)
    return Named(f"unknown: {name}", (Line(name, 0, "unknown", name, notes=notes),))


@cache
def _known_names() -> tuple[str, ...]:
    names = {definition.name for definition in lookup.everything()}
    return tuple(sorted(names | set(facts.namespaces())))


def _title(document: Document) -> str:
    return f"{document.number} {document.title} ({document.status})"


def _first_line(document: Document) -> Line:
    """Return the line of a document itself."""
    parts = (
        f"Version {document.version}." if document.version else "",
        f"Superseded by {', '.join(document.superseded_by)}." if document.superseded_by else "",
        f"Supersedes {', '.join(document.supersedes)}." if document.supersedes else "",
    )
    return Line(
        document.number,
        0,
        "document",
        document.number,
        spec=document.number,
        status=document.status,
        says=f"{document.title}.",
        decoded=document.kind,
        notes=tuple(part for part in parts if part),
    )


def _document(number: str, section: str = "") -> Named:
    """Return what is known of a document, or of one section of it."""
    document = facts.document(number)
    if document is None:
        notes = ("No document of this number is known here.",)
        return Named(f"unknown: {number}", (Line(number, 0, "unknown", number, notes=notes),))
    own = contents(number)
    lines = [_first_line(document)]
    if section:
        lines += _merged(own.definitions, lambda one: _of_section(one, section))
        if len(lines) == 1:
            note = f"Nothing that is described here stands in section {one_line(section)}."
            lines = [lines[0]._replace(notes=(*lines[0].notes, note))]
        return Named(f"{number} §{one_line(section)}: {document.title}", tuple(lines[:_MOST]))
    owned = [uri for uri, known in facts.namespaces().items() if number in known.documents]
    lines += [_plain_namespace(uri, 1) for uri in owned[:_MOST]]
    lines += _merged(own.definitions, lambda one: [_definition_line(one, 1, number)])
    lines += [
        Line(
            f"{number}/{one.text}", 1, "feature", one.text, spec=number, status=document.status,
            says=one.says,
        )
        for one in own.identifiers
    ]  # fmt: skip
    for form in own.forms:
        lines += _form_lines(form.type, 1)
    return Named(_title(document), tuple(lines[:_MOST]))


def _of_section(definition: Definition, section: str) -> Iterator[Line]:
    """Yield what of a definition stands in a section, or in one below it."""

    def within(place: str) -> bool:
        return place == section or place.startswith(section + ".")

    first = _definition_line(definition, 1, definition.document)
    if within(definition.section):
        yield first
    for attribute in definition.attributes.values():
        if within(attribute.section):
            line = _attribute_line(definition, attribute, first)
            yield line._replace(depth=2, says=f"Of <{definition.name}>: {line.says}")


def _plain_namespace(uri: str, depth: int) -> Line:
    owner = lookup.attribution(uri)
    known = facts.namespace(uri)
    historic = ("This namespace is historic.",) if known is not None and known.historic else ()
    document = owner.document
    return Line(
        uri,
        depth,
        "namespace",
        uri,
        uri,
        document.number if document else "",
        sure=owner.sure,
        status=document.status if document else "",
        notes=historic,
    )


def _namespace(name: str, relatives: Relatives) -> Named | None:
    """Return what a namespace is, or a name that is no namespace of elements."""
    lines: list[Line] = []
    owner = lookup.attribution(name)
    if owner.document is not None:
        document = owner.document
        line = _plain_namespace(name, 0)
        lines.append(
            line._replace(
                says=f"Belongs to {document.number}, {document.title}.",
                notes=namespace_notes(name, relatives),
            )
        )
        meant = owner.meant or name
        for local in lookup.defined_in(meant):
            lines += [
                _definition_line(one, 1, meant)
                for one in lookup.definitions(qualified(meant, local))
            ]
    found = lookup.identifier(name)
    if found is not None:
        lines.append(
            Line(
                name,
                0,
                found.kind,
                name,
                spec=found.document,
                status=facts.status(found.document),
                says=found.says,
            )
        )
    lines += _form_lines(name, 0)
    if not lines:
        return None
    number = lines[0].spec
    known = facts.document(number)
    return Named(f"{name}: {_title(known)}" if known else name, tuple(lines[:_MOST]))


def _form_lines(kind: str, depth: int) -> list[Line]:
    form = lookup.form(kind)
    if form is None:
        return []
    status = facts.status(form.document)
    first = Line(
        kind, depth, "form", kind, spec=form.document, section=form.section, status=status,
        says=form.says,
    )  # fmt: skip
    return [first] + [
        Line(
            f"{kind}/{name}", depth + 1, "field", name, spec=form.document, section=form.section,
            status=status, says=says,
        )
        for name, says in form.fields.items()
    ]  # fmt: skip


def _element(namespace: str, local: str, relatives: Relatives) -> Named:
    meanings = lookup.definitions(qualified(namespace, local))
    if meanings:
        lines = [line for one in meanings for line in _whole(one)]
        return Named(f"<{one_line(local)}> of {meanings[0].document}", tuple(lines))
    owner = lookup.attribution(namespace)
    near = relatives.names(namespace, local)
    listed = f"The name resembles {' and '.join(f'<{one}>' for one in near)}." if near else ""
    notes = (*namespace_notes(namespace, relatives), "It is not described here.", listed)
    line = Line(
        one_line(local),
        0,
        "element",
        one_line(local),
        namespace,
        owner.document.number if owner.document else "",
        sure=owner.sure,
        status=owner.document.status if owner.document else "",
        notes=tuple(note for note in notes if note),
    )
    return Named(f"<{one_line(local)}>, not described here", (line,))


def _condition(name: str, *, errors: bool = False) -> Named | None:
    """Return what a condition of an error means; else every element of that name.

    Args:
        name: its name.
        errors: whether only conditions of errors are wanted.
    """
    if _WORD.fullmatch(name) is None:
        return None
    meanings = [one for uri in _ERRORS for one in lookup.definitions(qualified(uri, name))]
    if not meanings and not errors:
        meanings = [one for one in lookup.everything() if one.name == name]
    if not meanings:
        return None
    meanings.sort(key=lambda one: (is_past(one.document), _is_foreign(one.document)))
    places = sorted({one.document for one in meanings}, key=lambda one: (_is_foreign(one), one))
    lines = list(_merged(meanings, _whole))
    return Named(f"{name}: defined by {', '.join(places)}", tuple(lines[:_MOST]))


def _is_foreign(number: str) -> bool:
    """Whether a document is of neither the IETF nor the XSF: what one program does comes last."""
    return not number.startswith(("RFC ", "XEP-"))


def _merged(
    definitions: Iterable[Definition], lines_of: Callable[[Definition], Iterable[Line]]
) -> Iterator[Line]:
    """Yield the lines of definitions; what is said of several namespaces alike, once.

    The stanzas are defined for clients, for servers and for both kinds of components.
    """
    alike: dict[tuple[Line, ...], tuple[list[Line], dict[str, None]]] = {}
    for one in definitions:
        lines = list(lines_of(one))
        said = tuple(line._replace(path="", namespace="") for line in lines)
        alike.setdefault(said, (lines, {}))[1].setdefault(one.namespace)
    for lines, places in alike.values():
        others = [uri for uri in places if lines and uri != lines[0].namespace]
        for line in lines:
            notes = (f"The same holds in {', '.join(others)}.",) if others else ()
            yield line._replace(notes=(*line.notes, *notes)) if line is lines[0] else line


def _whole(definition: Definition) -> Iterator[Line]:
    """Yield the lines of a definition: itself, its attributes and their values."""
    first = _definition_line(definition, 0, "")
    yield first
    for attribute in definition.attributes.values():
        yield _attribute_line(definition, attribute, first)


def _definition_line(definition: Definition, depth: int, around: str) -> Line:
    notes = []
    parents = sorted({split_qualified(name)[1] for one in definition.parents for name in one.names})
    if parents:
        notes.append(f"It stands in {', '.join(f'<{name}>' for name in parents[:8])}.")
    if definition.retry:
        notes.append(RETRY[definition.retry])
    if definition.advice:
        notes.append(definition.advice)
    return Line(
        f"{around}/{definition.name}" if around else definition.name,
        depth,
        "element",
        definition.name,
        definition.namespace,
        definition.document,
        definition.section,
        definition.sure,
        facts.status(definition.document),
        definition.says,
        notes=tuple(notes),
        begins=not around,
    )


def _attribute_line(definition: Definition, attribute: AttributeDefinition, around: Line) -> Line:
    namespace, _ = split_qualified(attribute.name)
    label = written(attribute.name)
    listed = "; ".join(
        f"{value}: {means}" if means else value for value, means in attribute.values.items()
    )
    notes = [f"Where it is absent, {attribute.default!r} holds."] if attribute.default else []
    if attribute.required is True:
        notes.append("It must be there.")
    return Line(
        f"{around.path}/@{label}",
        1,
        "attribute",
        label,
        namespace or definition.namespace,
        definition.document,
        attribute.section,
        definition.sure,
        around.status,
        attribute.says,
        decoded=listed or VALUE_TYPES[attribute.value].says,
        notes=tuple(notes),
    )
