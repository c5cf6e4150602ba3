"""Where an element stands, and the conditions that a definition may put on that.

A condition table (``when``) is data; every key in it must hold.  :data:`KEYS` says what
there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from xmppexplore.catalogue.records import When
from xmppexplore.names import CONTENT_NAMESPACES, STANZA_NAMES
from xmppexplore.wire.element import Element

__all__ = ["KEYS", "Place", "filled", "holds"]

_FIELD: Final = re.compile(r"\{(?:(?:(stanza|parent))?@([^{}]+)|(text|count))\}")
LONGEST_VALUE: Final = 80
"""Characters of a value that a sentence shows."""


class Place(NamedTuple):
    """An element and what it stands in.

    Attributes:
        element: the element.
        parent: the place of its parent; ``None`` for the outermost.
        stanza: the nearest message, presence or iq at or above it; ``None`` for none.
    """

    element: Element
    parent: Place | None = None
    stanza: Element | None = None

    @classmethod
    def outermost(cls, element: Element) -> Place:
        """Return the place of an element that stands alone."""
        return cls(element, None, element if is_stanza(element) else None)

    def child(self, element: Element) -> Place:
        """Return the place of a child of this element."""
        return Place(element, self, element if is_stanza(element) else self.stanza)


def is_stanza(element: Element) -> bool:
    """Whether an element is a message, presence or iq (RFC 6120 §8.2)."""
    return element.name in STANZA_NAMES and element.namespace in CONTENT_NAMESPACES


def _stanza(place: Place, wanted: Any) -> bool:
    if place.stanza is None:
        return False
    name, _, types = str(wanted).partition(" ")
    if place.stanza.name != name:
        return False
    return not types or (place.stanza.get("type") or "none") in types.split("|")


def _parent(place: Place, wanted: Any) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if place.parent is None:
        return False
    around = place.parent.element
    return any(
        name == around.qualified or (name == around.name and "{" not in name) for name in names
    )


def _attribute(element: Element, name: str, wanted: Any) -> bool:
    value = element.get(name)
    if isinstance(wanted, bool):
        return (value is not None) is wanted
    if isinstance(wanted, str):
        return value == wanted
    return value in wanted or (value is None and False in wanted)


KEYS: Final[Mapping[str, Callable[[Place, Any], bool]]] = {
    "stanza": _stanza,
    "parent": _parent,
    "child": lambda place, name: bool(place.element.find_all(name)),
    "no_child": lambda place, name: not place.element.find_all(name),
    "empty": lambda place, wanted: (
        (not place.element.children and not place.element.text.strip()) is wanted
    ),
}
"""Key of a condition table -> whether it holds; ``@name`` looks at an attribute."""


def holds(when: When, place: Place) -> bool:
    """Whether all conditions of a table hold at a place.

    >>> from xmppexplore.wire.element import parse
    >>> iq = Place.outermost(parse("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"))
    >>> holds({"stanza": "iq get|set"}, iq.child(iq.element.children[0]))
    True
    """
    return all(
        _attribute(place.element, key[1:], wanted)
        if key.startswith("@")
        else KEYS[key](place, wanted)
        for key, wanted in when.items()
    )


def filled(sentence: str, place: Place) -> str | None:
    """Return a sentence with its ``{...}`` replaced, ``None`` where a value is missing.

    Values come from the wire: they are cut, put on one line and have what is not
    printable escaped, and are still text, never markup.
    """
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        whose, attribute, own = found.groups()
        text = _value(place, whose, attribute, own)
        missing = missing or not text
        return one_line(text or "")

    sentence = _FIELD.sub(value, sentence)
    return None if missing else sentence


def _value(place: Place, whose: str | None, attribute: str, own: str | None) -> str | None:
    if own == "text":
        return place.element.text.strip()
    if own == "count":
        return str(len(place.element.children))
    if whose == "stanza":
        return place.stanza.get(attribute) if place.stanza is not None else None
    if whose == "parent":
        return place.parent.element.get(attribute) if place.parent is not None else None
    return place.element.get(attribute)


def one_line(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return text of the wire for a sentence: on one line, printable, cut where long."""
    line = " ".join(text[:longest].split())
    if not line.isprintable():
        line = "".join(
            mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii")
            for mark in line
        )
    return line + ("..." if len(text) > longest else "")
