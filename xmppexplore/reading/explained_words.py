"""Words that people meet on the wire which are neither namespaces nor elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.records import Document
from xmppexplore.reading.explained_records import Line

__all__ = [
    "asked_document",
    "called",
    "field_lines",
    "is_past",
    "mechanism_lines",
    "titled",
    "unwrapped",
    "value_lines",
]

_FEW: Final = 3  # characters: with fewer, too many titles have it
_LONGEST: Final = 300
_MOST_TITLES: Final = 3
_PLUS: Final = "-PLUS"
_MOST_VALUES: Final = 12
_PAST: Final = frozenset(
    {"Retracted", "Rejected", "Obsolete", "Deprecated", "Deferred", "Historic"}
)
_NUMBER: Final = re.compile(
    r"(XEP|RFC)[\s_-]*0*(\d{1,5})"
    r"(?:[\s,]*(?:§+|sections?\b|sec\.)\s*([\dA-Za-z][\w.\-]{0,30}?))?\.?",
    re.IGNORECASE,
)
_LINK: Final = re.compile(
    r"(?:https?://)?(?:www\.)?"
    r"(?:xmpp\.org/extensions/(xep)-0*(\d{1,5})"
    r"|(?:rfc-editor\.org/(?:rfc|info)|datatracker\.ietf\.org/doc(?:/html)?"
    r"|tools\.ietf\.org/html)/(rfc)0*(\d{1,5}))"
    r"(?:\.\w{3,4})?/?(?:#(?:section-)?([\d.]{0,30})[^\s]{0,200})?",
    re.IGNORECASE,
)
_WRAPPED: Final = re.compile(
    r"""(?:(?:xmlns(?::[\w.\-]+)?|var|node|for)\s*=\s*)?["'`“”‘’«<]([^"'`“”‘’«»<>]+)["'`“”‘’»>],?"""
)


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


def asked_document(text: str) -> tuple[str, str] | None:
    """Return number and section of the document that a text names, or links to.

    >>> asked_document("rfc 6120, section 8.3.2")
    ('RFC 6120', '8.3.2')
    >>> asked_document("https://xmpp.org/extensions/xep-0045.html#enter")
    ('XEP-0045', '')
    """
    found = _NUMBER.fullmatch(text)
    if found is not None:
        kind, digits, section = found.groups()
    else:
        found = _LINK.fullmatch(text)
        if found is None or facts.namespace(text) is not None:
            return None
        kind, digits = found[1] or found[3], found[2] or found[4]
        section = found[5]
    number = f"XEP-{int(digits):04}" if kind.upper() == "XEP" else f"RFC {int(digits)}"
    return number, (section or "").strip(".")


def unwrapped(text: str) -> str:
    """Return a name without the quotes and the ``xmlns=`` that it was copied with.

    >>> unwrapped("xmlns='urn:xmpp:ping'")
    'urn:xmpp:ping'
    """
    found = _WRAPPED.fullmatch(text)
    return found[1].strip() if found is not None else text


def is_past(number: str) -> bool:
    """Whether a document is not one to go by: withdrawn, replaced, or not worked on."""
    return facts.status(number) in _PAST


def called(text: str) -> list[Document]:
    """Return the documents whose short name or title a text is."""
    words = text.casefold()
    if len(words) >= _LONGEST:
        return []
    return [one for one in _numbered() if words in (one.shortname.casefold(), one.title.casefold())]


def value_lines(text: str) -> list[Line]:
    """Return where a text is an enumerated value, of an attribute or as text of an element.

    An element that every kind of stream has is told of once; what is in use comes first.
    """
    lines = sorted(_by_value().get(text, ()), key=lambda line: (is_past(line.spec), not line.sure))
    return lines[:_MOST_VALUES]


@cache
def _by_value() -> dict[str, list[Line]]:
    found: dict[str, dict[tuple[str, str, str], Line]] = {}
    for line in _values():
        once = found.setdefault(line.name, {})
        once.setdefault((line.path, line.spec, line.says), line)
    return {name: list(lines.values()) for name, lines in found.items() if name}


def _values() -> Iterator[Line]:
    for one in lookup.everything():
        status = facts.status(one.document)
        for attribute in one.attributes.values():
            for value, means in attribute.values.items():
                yield Line(
                    f"{one.name}/@{attribute.name}", 0, "value", value, one.namespace,
                    one.document, attribute.section, one.sure, status,
                    f"As {attribute.name} of <{one.name}>{_colon(means)}.",
                )  # fmt: skip
        for value, means in one.values.items():
            yield Line(
                f"{one.name}/text()", 0, "value", value, one.namespace, one.document,
                one.section, one.sure, status, f"As text of <{one.name}>{_colon(means)}.",
            )  # fmt: skip


def _colon(means: str) -> str:
    return f": {means}" if means else ""
