"""What departs from the definitions: the check of an element.

An objection comes only from what a definition states.  What is not defined here is
counted as not checked, never as valid, and RFC 6120 §8.4 lets a receiver ignore it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from xmppexplore.catalogue.conditions import Place, one_line
from xmppexplore.catalogue.departures import CHECKS, Found
from xmppexplore.catalogue.facts import misspelt, nearest
from xmppexplore.catalogue.lookup import attribution, define, defined_in, namespaces_of, resembling
from xmppexplore.catalogue.paths import LONGEST_NAME, paths_inside, written
from xmppexplore.catalogue.records import Definition
from xmppexplore.names import CONTENT_NAMESPACES, XML, split_qualified
from xmppexplore.wire.element import Element

__all__ = ["RULES", "Checked", "Departure", "Stranger", "check_element", "hints"]

MOST: Final = 100
"""Departures that are kept; a stanza with more is wrong enough."""

MOST_ELEMENTS: Final = 50_000
"""Elements that are looked at; what follows is not checked, and that is said."""
MOST_HINTS: Final = 3
"""Elements that are not defined for which relatives are looked for, and relatives of each."""
MOST_UNCHECKED: Final = 10_000
"""Names that are listed as not checked."""

RULES: Final = {
    "attribute missing": "error",
    "value not allowed": "error",
    "child not allowed": "error",
    "child missing": "error",
    "too many": "error",
    "wrong order": "warning",
    "text not allowed": "warning",
    "namespace misspelt": "error",
    "one payload": "error",
}
"""Rule -> its severity, as of a finding."""


class Departure(NamedTuple):
    """One departure from a definition.

    Attributes:
        rule: a key of :data:`RULES`.
        path: names from the outermost element on, ``iq/query/item[2]/@jid``.
        element: the element it is found at.
        attribute: the attribute concerned, ``""`` for none.
        document: number of the document that states the rule.
        section: section of the document, ``""`` where unknown.
        sentence: what is wrong.
        advice: what would be right.
    """

    rule: str
    path: str
    element: Element
    attribute: str
    document: str
    section: str
    sentence: str
    advice: str


class Stranger(NamedTuple):
    """An element that is not defined, or an attribute of one that is.

    Attributes:
        element: the element.
        attribute: name of the attribute, ``""`` where the element itself is meant.
        known: names of attributes that it might have instead.
    """

    element: Element
    attribute: str = ""
    known: tuple[str, ...] = ()


class Checked(NamedTuple):
    """What a check found.

    Attributes:
        departures: in document order.
        unchecked: paths of the elements and attributes that are not defined here.
        elements: how many elements were looked at.
        strangers: the first elements and attributes that are not defined.
    """

    departures: tuple[Departure, ...]
    unchecked: tuple[str, ...]
    elements: int
    strangers: tuple[Stranger, ...] = ()


def check_element(element: Element) -> Checked:
    """Compare an element, and all inside it, with the definitions of the catalogue."""
    check = _Check()
    waiting = [(Place.outermost(element), element.name[:LONGEST_NAME])]
    while waiting:
        place, path = waiting.pop()
        if check.elements >= MOST_ELEMENTS:
            check.unchecked.append(f"{path} and all that follows")
            break
        check.look(place, path)
        paths = paths_inside(place.element, path)
        waiting.extend(
            (place.child(child), below)
            for child, below in reversed(list(zip(place.element.children, paths, strict=True)))
        )
    return Checked(
        tuple(check.departures), tuple(check.unchecked), check.elements, tuple(check.strangers)
    )


def hints(strangers: Iterable[Stranger]) -> tuple[str, ...]:
    """Return what may have been meant by what is not defined.

    Looking for relatives costs milliseconds, so it is done for a text that a person looks
    at, not for all that is recorded.
    """
    return tuple(hint for hint in map(_hint, strangers) if hint)


def _hint(stranger: Stranger) -> str:
    element = stranger.element
    name, namespace = one_line(element.name, LONGEST_NAME), element.namespace
    if stranger.attribute:
        known = map(written, stranger.known)
        near = " and ".join(map(repr, resembling(written(stranger.attribute), known)))
        attribute = one_line(written(stranger.attribute), LONGEST_NAME)
        return f"<{name}> has no attribute {attribute!r}; it has {near}" if near else ""
    if namespace in CONTENT_NAMESPACES:
        others = [uri for uri in namespaces_of(element.name) if uri not in CONTENT_NAMESPACES]
        listed = ", ".join(others[:MOST_HINTS])
        if others:
            return f"<{name}> has no namespace of its own; there is one in {listed}"
    if namespace and attribution(namespace).document is None:
        listed = ", ".join(nearest(namespace))
        return f"the namespace of <{name}> is unknown; it resembles {listed}" if listed else ""
    near = " and ".join(f"<{one}>" for one in resembling(element.name, defined_in(namespace)))
    return f"<{name}> is not defined in its namespace; it resembles {near}" if near else ""


class _Check:
    """One check while it goes on."""

    def __init__(self) -> None:
        self.departures: list[Departure] = []
        self.unchecked: list[str] = []
        self.elements = 0
        self.strangers: list[Stranger] = []

    def look(self, place: Place, path: str) -> None:
        self.elements += 1
        definition = define(place)
        self._misspelt(place, path)
        if definition is None:
            self._undefined(place, path)
            return
        for rule in CHECKS:
            for found in rule(place, definition):
                self._add(found, place, definition, path)
        for name in _unlisted(place.element, definition):
            self._pass_over(f"{path}/@{written(name)[:LONGEST_NAME]}")
            if len(self.strangers) < MOST_HINTS:
                absent = (one for one in definition.attributes if place.element.get(one) is None)
                self.strangers.append(Stranger(place.element, name, tuple(absent)))

    def _undefined(self, place: Place, path: str) -> None:
        self._pass_over(path)
        if len(self.strangers) < MOST_HINTS:
            self.strangers.append(Stranger(place.element))
        if place.parent is None:
            return
        around = define(place.parent)
        if (
            around is not None
            and around.children == ()
            and place.element.namespace == around.namespace
        ):
            found = Found(
                "child not allowed",
                f"<{one_line(place.element.name)}> stands in <{around.name}>, "
                "which holds no elements",
                f"take it out of <{around.name}>",
            )
            self._add(found, place, around, path)

    def _pass_over(self, path: str) -> None:
        if len(self.unchecked) < MOST_UNCHECKED:
            self.unchecked.append(path)

    def _misspelt(self, place: Place, path: str) -> None:
        """Object to a misspelt namespace once, where it begins."""
        namespace = place.element.namespace
        if place.parent is not None and place.parent.element.namespace == namespace:
            return
        meant = misspelt(namespace)
        if meant and len(self.departures) < MOST:
            owner = attribution(meant).document
            self.departures.append(
                Departure(
                    "namespace misspelt",
                    path,
                    place.element,
                    "",
                    owner.number if owner is not None else "",
                    "",
                    f"nobody knows the namespace {one_line(namespace)!r}",
                    f"{meant!r} may be meant",
                )
            )

    def _add(self, found: Found, place: Place, definition: Definition, path: str) -> None:
        if len(self.departures) >= MOST:
            return
        attribute = f"/@{written(found.attribute)}" if found.attribute else ""
        self.departures.append(
            Departure(
                found.rule,
                path + attribute,
                found.element or place.element,
                found.attribute,
                found.document or definition.document,
                found.section or definition.section,
                found.sentence,
                found.advice,
            )
        )


def _unlisted(element: Element, definition: Definition) -> list[str]:
    return [
        name
        for name in element.attributes
        if name not in definition.attributes and split_qualified(name)[0] != XML
    ]
