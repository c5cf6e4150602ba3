"""Data forms as forms: which form it is, and what each of its fields is for (XEP-0004, 0068)."""

from __future__ import annotations

from typing import Final

from xmppexplore.catalogue import lookup
from xmppexplore.catalogue.conditions import Place, one_line
from xmppexplore.catalogue.records import Form
from xmppexplore.names import DATA_FORMS
from xmppexplore.wire.element import Element

__all__ = ["FormReader"]

_FORM_TYPE: Final = "FORM_TYPE"
_MOST_VALUES: Final = 5
_DEEPEST: Final = 3  # a field stands in x, in x/reported or in x/item


class FormReader:
    """Says of the elements of data forms what the form's own document says.

    Each form is looked through once, however many fields it has.
    """

    def __init__(self) -> None:
        self._forms: dict[Element, tuple[str, Form | None]] = {}

    def words(self, place: Place) -> str:
        """Return what a form or a field is, ``""`` for any other element."""
        element = place.element
        if element.namespace != DATA_FORMS:
            return ""
        if element.name == "x":
            kind, form = self._form(element)
            if form is None:
                return f"form {one_line(kind)}" if kind else ""
            return f"{form.document} §{form.section}: {form.says}" if form.section else form.says
        if element.name != "field":
            return ""
        return _field_words(element, self.purpose(place))

    def purpose(self, place: Place) -> str:
        """Return what a field is for by the document of its form, ``""`` where unknown."""
        around = place.parent
        for _ in range(_DEEPEST):
            if around is None or around.element.namespace != DATA_FORMS:
                return ""
            if around.element.name == "x":
                form = self._form(around.element)[1]
                return form.fields.get(place.element.get("var") or "", "") if form else ""
            around = around.parent
        return ""

    def _form(self, element: Element) -> tuple[str, Form | None]:
        if element not in self._forms:
            kind = ""
            for child in element.children:
                if child.name == "field" and child.get("var") == _FORM_TYPE:
                    kind = "".join(value.text for value in child.find_all("value")[:1]).strip()
                    break
            self._forms[element] = kind, lookup.form(kind) if 0 < len(kind) < 300 else None
        return self._forms[element]


def _field_words(field: Element, purpose: str) -> str:
    """Return a field as a person would read it: what it is for, and its values."""
    values = [child for child in field.children if child.name == "value"]
    said = [_value_words(one.text, field.get("type") or "") for one in values[:_MOST_VALUES]]
    more = f" and {len(values) - _MOST_VALUES:,} more" if len(values) > _MOST_VALUES else ""
    listed = ", ".join(said) + more
    label = purpose or one_line(field.get("label") or "")
    if not listed:
        return label
    return f"{label.rstrip('.')}: {listed}" if label else listed


def _value_words(value: str, kind: str) -> str:
    if kind == "boolean":
        value = {"1": "yes", "true": "yes", "0": "no", "false": "no"}.get(value.strip(), value)
    return one_line(value) or "(empty)"
