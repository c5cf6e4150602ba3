"""What may come next where somebody is typing: elements, attributes and values.

The same definitions that explain and check also complete: an element is offered where its
definition lets it stand, an attribute where it is missing, a value where only some are allowed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.departures import required
from xmppexplore.catalogue.lookup import ANY, define, definitions, everything, may_stand
from xmppexplore.catalogue.paths import written
from xmppexplore.catalogue.records import Definition
from xmppexplore.errors import MalformedXML
from xmppexplore.names import CLIENT, CONTENT_NAMESPACES, qualified
from xmppexplore.wire.element import CLIENT as STREAM_OF_A_CLIENT
from xmppexplore.wire.element import Element, quoted
from xmppexplore.wire.fragments import Piece, Pieces, element_of, pieces_of
from xmppexplore.wire.records import Context

__all__ = ["MOST", "Completion", "completions"]

MOST: Final = 200
"""Completions that are returned."""
LONGEST: Final = 200_000
"""Characters in front of the cursor beyond which nothing is offered."""

_NAME: Final = r"[^\s<>/='\"]"
_IN_TAG: Final = re.compile(
    rf"<({_NAME}*)((?:\s+{_NAME}+\s*=\s*(?:'[^'<]*+'|\"[^\"<]*+\"))*)"
)  # not possessive: wrong in Python < 3.11.5
_ATTRIBUTE: Final = re.compile(rf"({_NAME}+)\s*=\s*(?:'([^'<]*+)'|\"([^\"<]*+)\")")
_VALUE: Final = re.compile(rf"\s+({_NAME}+)\s*=\s*(['\"])([^'\"<]*)")
_TOP: Final = ("message", "presence", "iq")


class Completion(NamedTuple):
    """Something that may stand at the cursor.

    Attributes:
        kind: ``"element"``, ``"attribute"`` or ``"value"``.
        label: its name, as it is listed.
        text: what is put in place of what was typed of it.
        typed: how many characters before the cursor it takes the place of.
        says: what it is for.
        document: number of the document.
        required: whether it must be there.
    """

    kind: str
    label: str
    text: str
    typed: int
    says: str
    document: str
    required: bool = False


def completions(
    xml: str, cursor: int, context: Context = STREAM_OF_A_CLIENT
) -> tuple[Completion, ...]:
    """Return what may stand at a cursor, what is required first.

    Args:
        xml: the text that is being typed; only what stands before the cursor counts.
        cursor: position in it, in characters.
        context: the namespaces declared around it.

    >>> [one.label for one in completions("<presence><show>away</show><prio", 32)]
    ['priority']
    >>> [one.text for one in completions("<message type='he", 17)]
    ['headline']
    """
    before = xml[: max(cursor, 0)]
    if len(before) > LONGEST:
        return ()
    opening = before.rfind("<")
    if opening < 0 or before.find(">", opening) >= 0:
        opening, typed = len(before), None
    else:
        typed = before[opening:]
    around = _around(before[:opening], context)
    if typed is None:
        return _elements(around, "", offered="<")
    if typed.startswith(("</", "<!", "<?")):
        return ()
    tag = _IN_TAG.match(typed)
    if tag is None:
        return ()
    rest = typed[tag.end() :]
    if not tag[2] and not rest:
        return _elements(around, tag[1], offered="")
    place = _typed_place(around, tag[1], tag[2], context)
    value = _VALUE.fullmatch(rest)
    if value is not None:
        return _values(place, value[1], value[3])
    if re.fullmatch(rf"\s+{_NAME}*", rest) is None:
        return ()
    return _attributes(place, rest.strip())


def _around(before: str, context: Context) -> Place | None:
    """Return the place of the innermost element that is open at the end of a text."""
    found = pieces_of(before, context)
    if not found.pieces or not found.pieces[-1].closing:
        return None
    element = _element_of(found, found.pieces[-1])
    if element is None:
        return None
    depth = found.pieces[-1].closing.count(b"</")
    place = Place.outermost(element)
    for _ in range(depth - 1):
        if not place.element.children:
            break
        place = place.child(place.element.children[-1])
    return place


def _element_of(found: Pieces, piece: Piece) -> Element | None:
    """Return a piece as an element, ``None`` where it is none that can be read."""
    if piece.kind != "element":
        return None
    try:
        return element_of(found.data, piece)
    except MalformedXML:  # more prefixes than an element may have, for example
        return None


def _typed_place(around: Place | None, name: str, written: str, context: Context) -> Place | None:
    """Return the place of the element whose start tag is being typed."""
    prefix, colon, _ = name.rpartition(":")
    if not name or (colon and prefix not in dict(context.prefixes)):
        return None
    namespace = dict(_pairs(written)).get("xmlns") or (
        around.element.namespace if around is not None else context.default
    )
    attributes = "".join(
        f" {key}={quoted(value)}"
        for key, value in _pairs(written)
        if key != "xmlns" and (":" not in key or key.startswith("xml:"))
    )
    declared = "" if colon else f" xmlns={quoted(namespace)}"
    found = pieces_of(f"<{name}{declared}{attributes}/>", context)
    element = _element_of(found, found.pieces[0]) if found.pieces else None
    if element is None:
        return None
    return around.child(element) if around is not None else Place.outermost(element)


def _pairs(written: str) -> list[tuple[str, str]]:
    return [(found[1], found[2] or found[3] or "") for found in _ATTRIBUTE.finditer(written)]


@cache
def _by_parent() -> dict[str, tuple[Definition, ...]]:
    """Return, for each Clark name, the definitions that may stand inside."""
    found: dict[str, list[Definition]] = {}
    for definition in everything():
        for parent in definition.parents:
            for name in parent.names:
                found.setdefault(name, []).append(definition)
    return {name: tuple(inside) for name, inside in found.items()}


def _elements(around: Place | None, typed: str, *, offered: str) -> tuple[Completion, ...]:
    if around is None:
        top = (meaning for name in _TOP for meaning in definitions(qualified(CLIENT, name))[:1])
        found = [_element(meaning, None, typed, offered) for meaning in top]
    else:
        found = [
            _element(meaning, around, typed, offered)
            for meaning in _inside(around)
            if _current(meaning.namespace)
        ]
    unique = {(one.label, one.text): one for one in reversed(found) if one.label.startswith(typed)}
    order = sorted(unique.values(), key=_rank)
    return tuple(order[:MOST])


_MET: Final = {"Final": 0, "Stable": 0, "Active": 0, "Proposed Standard": 0, "Experimental": 1}
"""Status of a document -> how early its elements are listed; what is out of use comes last."""


def _rank(one: Completion) -> tuple[bool, int, str, str]:
    """Order elements: what must be there, then what people meet, by name."""
    document = facts.document(one.document)
    status = document.status if document is not None else ""
    return not one.required, _MET.get(status, 2), one.label.casefold(), one.document


def _inside(around: Place) -> list[Definition]:
    """Return the definitions that may stand in an element, its own kind first."""
    element = around.element
    listed = _by_parent().get(element.qualified, ())
    found = [meaning for meaning in listed if may_stand(meaning, element)]
    definition = define(around)
    for rule in definition.children or () if definition is not None else ():
        for name in rule.names:
            if name != ANY and not name.endswith("}*"):
                found += [one for one in definitions(name) if one not in found]
    return found


def _current(namespace: str) -> bool:
    known = facts.namespace(namespace)
    return known is None or not known.historic


def _element(meaning: Definition, around: Place | None, typed: str, offered: str) -> Completion:
    own = around is not None and meaning.namespace == around.element.namespace
    declared = "" if own or around is None or _same_content(meaning, around.element) else (
        f" xmlns={quoted(meaning.namespace)}"
    )  # fmt: skip
    return Completion(
        "element", meaning.name, f"{offered}{meaning.name}{declared}", len(typed), meaning.says,
        meaning.document, around is not None and _needed(meaning, around),
    )  # fmt: skip


def _same_content(meaning: Definition, around: Element) -> bool:
    """Whether both are of stanzas: ``jabber:client`` stands for its whole family."""
    return meaning.namespace in CONTENT_NAMESPACES and around.namespace in CONTENT_NAMESPACES


def _needed(meaning: Definition, around: Place) -> bool:
    definition = define(around)
    name = qualified(meaning.namespace, meaning.name)
    return definition is not None and any(
        rule.least > 0 and rule.names == (name,) and not around.element.find_all(name)
        for rule in definition.children or ()
    )


def _attributes(place: Place | None, typed: str) -> tuple[Completion, ...]:
    definition = define(place) if place is not None else None
    if place is None or definition is None:
        return ()
    found = []
    for name, attribute in definition.attributes.items():
        label = written(name)
        if place.element.get(name) is None and label.startswith(typed):
            found.append(
                Completion(
                    "attribute",
                    label,
                    f"{label}=''",
                    len(typed),
                    attribute.says,
                    definition.document,
                    required(attribute, place),
                )
            )
    return tuple(sorted(found, key=lambda one: (not one.required, one.label)))[:MOST]


def _values(place: Place | None, name: str, typed: str) -> tuple[Completion, ...]:
    definition = define(place) if place is not None else None
    attribute = definition.attributes.get(name) if definition is not None else None
    if definition is None or attribute is None:
        return ()
    return tuple(
        Completion("value", value, value, len(typed), meaning, definition.document)
        for value, meaning in attribute.values.items()
        if value.startswith(typed)
    )[:MOST]
