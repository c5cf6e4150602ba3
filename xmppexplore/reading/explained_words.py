"""Words that people meet on the wire which are neither namespaces nor elements."""

from __future__ import annotations

from itertools import islice
from typing import Final

from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.records import Document
from xmppexplore.reading.explained_records import Line

__all__ = ["field_lines", "mechanism_lines", "titled"]

_FEW: Final = 3  # characters: with fewer, too many titles have it
_LONGEST: Final = 300
_MOST_TITLES: Final = 3
_PLUS: Final = "-PLUS"


def mechanism_lines(name: str) -> list[Line]:
    """Return what a SASL mechanism is; nothing where it is none that is known."""
    known = facts.mechanism(name)
    if known is None:
        return []
    plus = ("The login is tied to the TLS connection that carries it (RFC 5802 §6).",)
    return [
        Line(
            name, 0, "mechanism", name, spec=known.document, section=known.section,
            status=facts.status(known.document), says=known.says,
            notes=plus if name.endswith(_PLUS) else (),
        )
    ]  # fmt: skip


def field_lines(name: str) -> list[Line]:
    """Return what a field of a data form is for, in each form that has it."""
    if len(name) > _LONGEST:
        return []
    return [
        Line(
            f"{form.type}/{name}", 0, "field", name, spec=form.document, section=form.section,
            status=facts.status(form.document), says=form.fields[name],
            notes=(f"It is a field of {form.type}.",),
        )
        for form in lookup.forms_with(name)
    ]  # fmt: skip


def titled(text: str) -> list[str]:
    """Return documents that are called so: by their short name, then those with it in the title."""
    words = text.casefold()
    if not _FEW <= len(words) < _LONGEST:
        return []
    called = [one for one in _numbered() if one.shortname.casefold() == words]
    others = (one for one in _numbered() if words in one.title.casefold() and one not in called)
    return [f"{one.number} {one.title}" for one in islice((*called, *others), _MOST_TITLES)]


def _numbered() -> list[Document]:
    return [one for one in facts.documents().values() if one.number.startswith(("RFC ", "XEP-"))]
