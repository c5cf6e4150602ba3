"""What rides along in the elements of SASL2: device, binding, resumption, tokens (XEP-0388).

What each element and attribute is for stands in the catalogue; which of them is secret, in the
table by which recordings are redacted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.lookup import define
from xmppexplore.catalogue.paths import written
from xmppexplore.names import SASL2, qualified
from xmppexplore.reading.sasl_records import Field, shortened
from xmppexplore.wire.secrets import ANY, SECRETS

if TYPE_CHECKING:
    from xmppexplore.catalogue.records import Definition
    from xmppexplore.wire.element import Element

__all__ = ["inline_fields"]

MAX_FIELDS: Final = 100  # of one element; real ones have less than ten
MAX_DEPTH: Final = 4

_PASSED_OVER: Final = frozenset(
    qualified(SASL2, name)
    for name in ("initial-response", "additional-data", "tasks", "parameters", "supported")
)
"""They hold the SASL message, or only what is told by itself."""


def inline_fields(element: Element) -> tuple[Field, ...]:
    """Return what an element of SASL2 says besides its mechanism and its SASL message."""
    place = Place.outermost(element)
    own = (one for one in _attributes(place, define(place), "", covered=False))
    fields = [one for one in own if one.name != "@mechanism"]
    _walk(place, fields, MAX_DEPTH, covered=_is_secret(element, "text"))
    return tuple(fields[:MAX_FIELDS])


def _walk(place: Place, fields: list[Field], depth: int, *, covered: bool) -> None:
    for child in place.element.children[:MAX_FIELDS]:
        if len(fields) >= MAX_FIELDS:
            return
        below = place.child(child)
        definition = define(below)
        secret = covered or _is_secret(child, "text")
        if child.qualified in _PASSED_OVER:
            pass
        elif definition is not None:
            fields.append(
                Field(child.name, child.name, shortened(child.text.strip()), definition.says,
                      _section(definition, definition.section), secret)
            )  # fmt: skip
            fields += _attributes(below, definition, child.name, covered=covered)
        elif depth == MAX_DEPTH:
            says = "Is an inline feature that is not known here."
            fields.append(Field(child.name[:60], "inline feature", "", says, "XEP-0388"))
        if depth > 1:
            _walk(below, fields, depth - 1, covered=secret)


def _attributes(
    place: Place, definition: Definition | None, element: str, *, covered: bool
) -> Iterator[Field]:
    """Yield the attributes that the definition knows; what says nothing is left out."""
    for name, attribute in definition.attributes.items() if definition is not None else ():
        if definition is not None and (value := place.element.get(name)):
            label = f"{element}@{written(name)}"
            secret = covered or _is_secret(place.element, f"@{name}")
            section = _section(definition, attribute.section)
            yield Field(label, written(name), shortened(value), attribute.says, section, secret)


def _section(definition: Definition, section: str) -> str:
    return f"{definition.document} §{section}" if section else definition.document


def _is_secret(element: Element, where: str) -> bool:
    return any(
        one.where == where
        and one.namespace in (ANY, element.namespace)
        and one.element in (ANY, element.name)
        and one.holds(element.attributes)
        for one in SECRETS
    )
