"""Values in words: what is enumerated, encoded, or the name of something known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.conditions import one_line
from xmppexplore.catalogue.records import AttributeDefinition, Definition
from xmppexplore.catalogue.remembered import LONGEST, remembered
from xmppexplore.catalogue.values import decoded, fault, unpacked
from xmppexplore.names import DATA_FORMS

__all__ = ["attribute_words", "form_words", "known_name", "text_words"]

_NAMES: Final = frozenset({"var", "node", "feature", "xmlns"})
"""Attributes whose value is a name, also where it has no colon."""
_DOTS: Final = re.compile(r"(?:[\[(]?(?:\.{2,}+|…)[\])]?\s*+)+")
_LEFT_OUT: Final = "Dots stand here for something that was left out."
_MOST_LISTED: Final = 8
_HASHES: Final = {28: "SHA-1", 44: "SHA-256", 64: "SHA-384", 88: "SHA-512"}
"""Characters of a hash in base64 -> its algorithm (XEP-0115 §5, XEP-0300)."""


@remembered(4096)
def known_name(text: str) -> str:
    """Return what a namespace, feature or node is, ``""`` where it is unknown.

    A form may have the name of a feature: ``form_words`` is asked for forms.

    >>> known_name("urn:xmpp:ping").startswith("XEP-0199 XMPP Ping")
    True
    >>> known_name("good morning")
    ''
    """
    if not text or len(text) > LONGEST:
        return ""
    found = lookup.identifier(text)
    if found is not None:
        return f"{_titled(found.document)}{': ' if found.says else ''}{found.says}"
    owner = lookup.attribution(text).document if facts.namespace(text) else None
    return _titled(owner.number) if owner is not None else ""


def form_words(text: str) -> str:
    """Return which data form a text names, ``""`` where it names none.

    >>> form_words("jabber:iq:register")
    'XEP-0077 In-Band Registration: What a service asks for when one registers.'
    """
    form = lookup.form(text) if ":" in text and len(text) <= LONGEST else None
    return f"{_titled(form.document)}: {form.says}" if form is not None else ""


def _titled(number: str) -> str:
    document = facts.document(number)
    return number if document is None else f"{number} {document.title}"


def attribute_words(
    name: str, value: str, attribute: AttributeDefinition | None
) -> tuple[str, tuple[str, ...]]:
    """Return what the value of an attribute means, and what is odd about it.

    Args:
        name: name of the attribute.
        value: as on the wire.
        attribute: its definition, ``None`` where there is none.
    """
    named = known_name(value) if name in _NAMES or ":" in value else ""
    if attribute is None:
        return named or _hash_words(name, value), ()
    if value in attribute.values:
        return attribute.values[value], ()
    if attribute.values and not attribute.open:
        return "", (_none_of(value, attribute.values),)
    wrong = fault(attribute.value, value)
    notes = (f"{one_line(value, 40)!r} {wrong}.",) if wrong else ()
    return decoded(attribute.value, value) or named or _hash_words(name, value), notes


def _none_of(value: str, values: Iterable[str]) -> str:
    known = [one for one in values if one]
    more = len(known) - _MOST_LISTED
    rest = f" and {more} more" if more > 0 else ""
    listed = ", ".join(known[:_MOST_LISTED])
    return f"{one_line(value, 40)!r} is none of its values: {listed}{rest}."


def _hash_words(name: str, value: str) -> str:
    """Return which hash has the length of what is said to be one, ``""`` where none has."""
    if name != "ver" or len(value) not in _HASHES:
        return ""
    data = unpacked(value)
    if data is None:
        return ""
    return f"{len(data)} bytes, as many as {_HASHES[len(value)]} gives: {data[:8].hex(' ')} ..."


def text_words(text: str, definition: Definition | None) -> tuple[str, tuple[str, ...]]:
    """Return what the text of an element means, and what is odd about it."""
    bare = text.strip()
    of_form = definition is not None and definition.namespace == DATA_FORMS
    named = (form_words(bare) if of_form else "") or (known_name(bare) if ":" in bare else "")
    kind = definition.text if definition is not None else ""
    if definition is not None and definition.values:
        meaning = definition.values.get(bare)
        return (meaning, ()) if meaning is not None else ("", (_none_of(bare, definition.values),))
    if not kind:
        return named, ()
    if kind == "none":
        left_out = _DOTS.fullmatch(bare, 0, LONGEST) is not None
        return named, (_LEFT_OUT if left_out else "No text is expected here.",)
    wrong = fault(kind, text)
    notes = (f"{one_line(bare, 40)!r} {wrong}.",) if wrong else ()
    return decoded(kind, bare) or named, notes
