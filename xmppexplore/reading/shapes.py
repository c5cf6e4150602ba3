"""Single facts out of single items: an attribute, a text, a condition, a short form.

All of it comes from the wire and goes to people as text: nothing here is markup, and
nothing secret is in it (attributes and names only; never the content of a SASL element).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.errors import XmppExploreError
from xmppexplore.names import STANZA_ERRORS, STREAMS, split_qualified

if TYPE_CHECKING:
    from xmppexplore.reading.records import Fact
    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["attribute", "condition", "element_of", "short_form", "text_of"]

_SHOWN: Final = ("mechanism", "type", "resume", "h")
_LONGEST: Final = 300  # characters of one attribute or list in a short form


_LONGEST_FACT: Final = 3100  # no address is longer (RFC 7622 §3.1), and nothing else that is told


def element_of(columns: Columns, row: int) -> Element | None:
    """Return the parsed item of a row, ``None`` where it is none that can be parsed."""
    try:
        return columns.element(row)
    except XmppExploreError:
        return None


def attribute(columns: Columns, row: int, name: str) -> str:
    """Return an attribute of an item, ``""`` where it has none."""
    element = element_of(columns, row)
    return "" if element is None else str(element.get(name) or "")[:_LONGEST_FACT]


def text_of(columns: Columns, row: int, local: str) -> str:
    """Return the text of the first element of that local name inside an item, or ``""``."""
    element = element_of(columns, row)
    if element is not None:
        for one in element.iter():
            if one.name == local:
                return one.text[:_LONGEST_FACT].strip()
    return ""


def condition(columns: Columns, one: Fact) -> str:
    """Return the defined condition of an error: of a stanza, of SASL, of a stream.

    ``""`` where there is none, which the rules do not allow (RFC 6120 §8.3.2, §6.5, §4.9.2).
    """
    if one.kind == "nonza":
        return split_qualified(one.payload)[1]
    element = element_of(columns, one.row)
    if element is None:
        return ""
    for child in element.children:
        if child.name == "error":
            for defined in child.children:
                if defined.namespace == STANZA_ERRORS and defined.name != "text":
                    return defined.name
    return ""


def short_form(columns: Columns, one: Fact) -> str:
    """Return an item in a few characters: ``"<starttls/>"``, ``"<iq type='set'> bind"``."""
    return _cut(_short(columns, one))


def _short(columns: Columns, one: Fact) -> str:
    if one.kind == "header":
        pairs = (("id", _cut(one.id, 12)), ("to", one.recipient), ("from", one.sender))
        shown = [f" {name}='{_cut(value)}'" for name, value in pairs if value][:1]
        return f"<stream:stream{''.join(shown)}>"
    if one.kind == "footer":
        return "</stream:stream>"
    if one.kind in ("partial", "broken"):
        return one.kind if not one.name else f"{one.kind} <{one.name}"
    payload = split_qualified(one.payload)[1]
    if one.kind in ("iq", "message", "presence"):
        kind = f"<{one.kind} type='{_cut(one.type)}'" if one.type else f"<{one.kind}"
        if one.type == "error":
            payload = condition(columns, one) or payload
        return f"{kind}> {payload}" if payload else f"{kind}/>"
    return _nonza(columns, one, payload)


def _nonza(columns: Columns, one: Fact, payload: str) -> str:
    prefix = "stream:" if one.namespace == STREAMS else ""
    element = element_of(columns, one.row)
    if element is None:
        return f"<{prefix}{one.name}> {payload}".rstrip()
    shown = "".join(
        f" {name}='{_cut(str(element.get(name)))}'" for name in _SHOWN if element.get(name)
    )
    names = _cut(", ".join(dict.fromkeys(child.name for child in element.children[:20])))
    if names:
        return f"<{prefix}{one.name}{shown}> {names}"
    return f"<{prefix}{one.name}{shown}>…" if element.text else f"<{prefix}{one.name}{shown}/>"


def _cut(value: str, longest: int = _LONGEST) -> str:
    return value if len(value) <= longest else value[:longest] + "…"
