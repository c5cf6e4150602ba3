"""What a person gives to send: text, bytes or an element, checked before it leaves."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppexplore import names
from xmppexplore.api.arguments import shown
from xmppexplore.api.checking import refuse
from xmppexplore.catalogue.lookup import definitions
from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.serialise import set_attributes, to_xml

if TYPE_CHECKING:
    from xmppexplore.catalogue.records import Definition
    from xmppexplore.wire.records import Context

__all__ = ["Outgoing", "is_stray", "new_id", "prepare", "request"]

_STREAM: Final = names.qualified(names.STREAMS, "stream")
_PREFIX = secrets.token_hex(3)
_NUMBERS = itertools.count(1)


def new_id() -> str:
    """Return a fresh stanza id: short, so that people can read it, and not guessable ahead."""
    return f"{_PREFIX}-{next(_NUMBERS)}"


class Outgoing(NamedTuple):
    """One piece that is to leave.

    Attributes:
        data: the bytes, exactly.
        element: the same parsed, ``None`` where it is unchecked.
        stanza: whether it is a message, presence or iq of the stream's namespace, which
            stream management counts.
        changed: what was completed, in words; ``""`` where nothing.
    """

    data: bytes
    element: Element | None
    stanza: bool
    changed: str = ""


def prepare(xml: Any, *, check: bool, context: Context, strict: bool = False) -> Outgoing:
    """Check what a person gave and complete what may be completed.

    A request without an id gets one, since its answer could not be told otherwise
    (RFC 6120 §8.1.3).  Not a byte is changed otherwise.

    Args:
        xml: text, bytes, an :class:`~xmppexplore.wire.element.Element` or an ElementTree
            element.
        check: refuse what is not one well-formed element allowed in XMPP; ``False`` lets
            anything through.
        context: what the stream's header declares.
        strict: refuse also what departs from the definitions of the catalogue.

    Raises:
        MalformedXML: it is refused, with line and column.
        InvalidXML: it departs from its definitions, and ``strict`` was asked for.
        UsageError: it cannot be a child of the stream.
    """
    if strict and not check:
        raise UsageError("send(..., strict=True) checks more, check=False nothing: leave one out")
    if not check:
        data = xml if isinstance(xml, bytes) else to_xml(xml).encode()
        return _unchecked(data, context)
    text = to_xml(xml)
    element = parse(text, context)
    stanza = _is_stanza(element, context)
    if is_stray(element, context):
        raise UsageError(
            f"<{shown(element.name)}/> {_told(element)}, and servers close the stream for it "
            f"(RFC 6120 §4.9.3.24); send(..., check=False) sends it all the same"
        )
    changed = ""
    lacks_id = element.name == "iq" and stanza and not element.get("id")
    if strict:
        refuse(element, text, gets_id=lacks_id)
    if lacks_id:
        text = set_attributes(text, {"id": new_id()})
        element = parse(text, context)
        changed = f"id {element.get('id')} added"
    return Outgoing(text.encode(), element, stanza, changed)


def is_stray(element: Element, context: Context) -> bool:
    """Whether it cannot be a child of the stream (RFC 6120 §4.9.3.24).

    It claims to be a stanza and is none, or is defined, and only inside of something else.
    What is not defined here may be a feature of its own, and passes.
    """
    if element.namespace == context.default:
        return not _is_stanza(element, context)
    meanings = definitions(element.qualified)
    return bool(meanings) and all(_is_inside(meaning) for meaning in meanings)


def _is_inside(meaning: Definition) -> bool:
    if meaning.anywhere or not meaning.parents:
        return False
    return not any(_STREAM in parent.names for parent in meaning.parents)


def _told(element: Element) -> str:
    """Say why something is a stray, and where it belongs."""
    around = {
        names.split_qualified(name)[1]
        for meaning in definitions(element.qualified)
        for parent in meaning.parents
        for name in parent.names
    }
    if "iq" in around:
        return "stands inside an iq: ask(...) puts it into one; by itself it is no stanza"
    if found := sorted(around & names.STANZA_NAMES):
        return f"stands inside a {found[0]}: write that around it; by itself it is no stanza"
    return "is neither message, presence nor iq"


def _is_stanza(element: Element, context: Context) -> bool:
    return element.name in names.STANZA_NAMES and element.namespace == context.default


def _unchecked(data: bytes, context: Context) -> Outgoing:
    try:
        element = parse(data, context)
    except MalformedXML:
        return Outgoing(data, None, stanza=False)
    # What counts as a stanza for the other side must count here too (XEP-0198 §4).
    return Outgoing(data, element, _is_stanza(element, context))


def request(payload: Any, *, to: str | None, type: str, context: Context) -> Outgoing:
    """Make the iq that asks, around a payload, or take a whole iq as it is.

    Raises:
        MalformedXML: the payload is refused, with line and column.
        UsageError: it is no request.
    """
    text = to_xml(payload)
    element = parse(text, context)
    if _is_stanza(element, context):
        return _whole_request(text, element, to, context)
    if type not in ("get", "set"):
        raise UsageError(f'a request is of type "get" or "set", not {type!r} (RFC 6120 §8.2.3)')
    attributes = {"type": type, "id": new_id()}
    if to is not None:
        attributes["to"] = str(to)
    return prepare(set_attributes(f"<iq>{text}</iq>", attributes), check=True, context=context)


def _whole_request(text: str, element: Element, to: str | None, context: Context) -> Outgoing:
    if element.name != "iq" or element.get("type") not in ("get", "set"):
        raise UsageError(
            f"ask(...) wants a payload, or an iq of type get or set; this is a {element.name} "
            f"of type {element.get('type') or 'none'}: send(...) it instead"
        )
    if to is not None and element.get("to") != str(to):
        raise UsageError("the iq has a recipient of its own: leave out to=..., or give a payload")
    return prepare(text, check=True, context=context)
