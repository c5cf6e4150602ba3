"""Ways to spoil a correct stanza, each with the place at which that must be noticed.

The generator knows no rule of the check: it reads the definitions, spoils one thing, and
says where.  Every mutation is made in the text itself, so that line and column can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xmppexplore.catalogue import lookup
from xmppexplore.catalogue.conditions import Place, holds
from xmppexplore.catalogue.values import fault
from xmppexplore.errors import MalformedXML
from xmppexplore.wire.element import Element, parse, quoted
from xmppexplore.wire.places import place_of

NONSENSE = ("no such value", "-1x", "\u2603", "")
"""Values of which one at least is none of any type but text."""


class Mutation(NamedTuple):
    """A spoilt stanza.

    Attributes:
        what: ``attribute removed``, ``value changed`` or ``child misplaced``.
        xml: the text.
        offset: the byte at which the objection must stand.
        rules: the rules of which one must say so.
    """

    what: str
    xml: str
    offset: int
    rules: tuple[str, ...]


def walk(element: Element) -> Iterator[Place]:
    """Yield the places of an element and of all inside it, in document order."""
    waiting = [Place.outermost(element)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting.extend(place.child(child) for child in reversed(place.element.children))


def mutations(element: Element) -> Iterator[Mutation]:
    """Yield every mutation of a correct stanza."""
    places = list(walk(element))
    for place in places:
        yield from _of_attributes(place)
        yield from _of_text(place)
    yield from _misplaced(places)


def _of_attributes(place: Place) -> Iterator[Mutation]:
    definition = lookup.define(place)
    if definition is None:
        return
    data = place.element.source.data
    for name, attribute in definition.attributes.items():
        value = place.element.get(name)
        if value is None:
            continue
        start = place_of(place.element, name)
        end = _end_of_attribute(data, start)
        required = attribute.required
        if required is True or (not isinstance(required, bool) and holds(required, place)):
            text = data[:start].rstrip() + data[end:]
            yield Mutation(
                "attribute removed", text.decode(), place.element.spans[0], ("attribute missing",)
            )
        if attribute.open and attribute.values:
            continue
        wrong = next(
            (
                one
                for one in NONSENSE
                if one not in attribute.values and (attribute.values or fault(attribute.value, one))
            ),
            None,
        )
        if wrong is not None and name != "xmlns":
            written = data[start : data.index(b"=", start)] + b"=" + quoted(wrong).encode()
            text = data[:start] + written + data[end:]
            yield Mutation("value changed", text.decode(), start, ("value not allowed",))


def _of_text(place: Place) -> Iterator[Mutation]:
    definition = lookup.define(place)
    _, content, close, end = place.element.spans
    if definition is None or not definition.values or close == end or place.element.children:
        return
    data = place.element.source.data
    text = data[:content] + b"no such value" + data[close:]
    yield Mutation("value changed", text.decode(), place.element.spans[0], ("value not allowed",))


def _end_of_attribute(data: bytes, start: int) -> int:
    opening = min(at for mark in (b"'", b'"') if (at := data.find(mark, start)) >= 0)
    return data.index(data[opening : opening + 1], opening + 1) + 1


def _misplaced(places: list[Place]) -> Iterator[Mutation]:
    """Put a copy of each element where its definition does not let it stand."""
    for place in places:
        definition = lookup.define(place)
        if definition is None or definition.anywhere or not definition.parents:
            continue
        for host in places:
            around = lookup.define(host)
            if around is None or around.children is None:
                continue
            takes = [name for child in around.children for name in child.names]
            if "*" in takes or _allowed(place.element, host) or _stands_in(host, place):
                continue
            yield _inserted(place.element, host.element)
            break


def _allowed(element: Element, host: Place) -> bool:
    """Whether any meaning of the element may stand in the host, whatever its type is."""
    around = host.element
    for meaning in lookup.definitions(element.qualified):
        if meaning.anywhere or not meaning.parents:
            return True
        for parent in meaning.parents:
            if around.qualified in parent.names or f"{{{around.namespace}}}*" in parent.names:
                return True
    return False


def _stands_in(host: Place, place: Place) -> bool:
    while host is not None:
        if host.element is place.element:
            return True
        host = host.parent
    return False


def _inserted(element: Element, host: Element) -> Mutation:
    data = host.source.data
    start, content, close, end = host.spans
    piece = element.xml
    if element.namespace != host.namespace or "xmlns" not in piece.partition(">")[0]:
        name = piece[1:].split(maxsplit=1)[0].rstrip("/>").partition(">")[0]
        if ":" not in name and " xmlns=" not in piece.partition(">")[0]:
            piece = piece.replace(f"<{name}", f"<{name} xmlns='{element.namespace}'", 1)
    if close == end:  # an empty tag is opened for it
        head = data[start : content - 2].rstrip()
        tag = data[start + 1 : content - 2].split()[0]
        at = start + len(head) + 1
        text = data[:start] + head + b">" + piece.encode() + b"</" + tag + b">" + data[end:]
    else:
        at = content
        text = data[:content] + piece.encode() + data[content:]
    return Mutation("child misplaced", text.decode(), at, ("child not allowed", "one payload"))


def parses(mutation: Mutation) -> bool:
    """Whether a mutation is still one element; a prefix may have lost its declaration."""
    try:
        parse(mutation.xml)
    except MalformedXML:
        return False
    return True
