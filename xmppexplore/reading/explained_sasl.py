"""The messages of a login inside their elements, laid open field by field."""

from __future__ import annotations

from typing import Final

from xmppexplore.names import SASL, SASL2, qualified
from xmppexplore.reading.explained_records import Line, cut
from xmppexplore.reading.sasl import payload
from xmppexplore.reading.sasl_records import Field, Payload
from xmppexplore.wire.element import Element
from xmppexplore.wire.secrets import HIDDEN

__all__ = ["holds_message", "message_lines", "payload_lines"]

_MESSAGES: Final = frozenset(
    {qualified(SASL, name) for name in ("auth", "challenge", "response", "success")}
    | {
        qualified(SASL2, name)
        for name in ("initial-response", "challenge", "response", "additional-data")
    }
)


def holds_message(element: Element) -> bool:
    """Whether the text of an element is a SASL message (RFC 6120 §6.4, XEP-0388)."""
    return element.qualified in _MESSAGES


def message_lines(
    element: Element, around: Element | None, line: Line, *, reveal: bool
) -> tuple[Line, list[Line]]:
    """Lay open the message in an element.

    Args:
        element: with its secrets in place.
        around: its parent, which names the mechanism in SASL2; ``None`` for none.
        line: the line of its text.
        reveal: whether secrets are shown.

    Returns:
        The line of the text, with what the message is, and a line for each field.
    """
    mechanism = element.get("mechanism") or (around.get("mechanism") if around else None)
    found = payload(element.text, mechanism, element.name)
    words = f"{found.kind}: {found.says}" if found.says else found.kind
    value = line.value if reveal else HIDDEN
    text = line._replace(
        value=value, decoded=words, notes=(*line.notes, *_problems(found, reveal=reveal))
    )
    return text, payload_lines(found, line, reveal=reveal)


def payload_lines(found: Payload, line: Line, *, reveal: bool) -> list[Line]:
    """Return a line for each field of a message; ``line`` is that of the whole."""
    return [
        Line(
            f"{line.path}/{field.name}",
            line.depth + 1,
            "field",
            field.label,
            spec=_document(field),
            section=_section(field),
            says=field.says,
            value=_value(field, reveal=reveal),
            row=line.row,
        )
        for field in found.fields
    ]


def _problems(found: Payload, *, reveal: bool) -> tuple[str, ...]:
    # A problem may quote the message; without its secrets it is only counted.
    if reveal or not found.problems:
        return found.problems
    return (f"Something is wrong with it ({len(found.problems)}): reveal=True says what.",)


def _value(field: Field, *, reveal: bool) -> str:
    if field.secret and not reveal and field.value:
        return HIDDEN
    return cut(field.value)


def _document(field: Field) -> str:
    return field.section.partition(" §")[0]


def _section(field: Field) -> str:
    return field.section.partition(" §")[2]
