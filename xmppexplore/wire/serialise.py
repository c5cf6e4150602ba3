"""From what a person holds to the text that is sent, or shown.

Text stays what it is, byte for byte; only what has no text of its own is written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.names import XML, split_qualified
from xmppexplore.wire import malformed
from xmppexplore.wire.element import CLIENT, MAX_DEPTH, Element, parse, quoted
from xmppexplore.wire.records import Context

__all__ = ["pretty", "set_attributes", "to_xml"]

_START_TAG: Final = re.compile(
    r"""\s*<([^\s<>/='"&!?]+)((?:\s+[^\s<>/='"]+\s*=\s*(?:'[^']*+'|"[^"]*+"))*)\s*/?>"""
)
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s<>/='"]+)\s*=\s*(?:'[^']*+'|"[^"]*+")""")
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_PREFIXED: Final = re.compile(r"""[<\s]([^\s<>/='"&:]+):""")


def to_xml(xml: Any, context: Context = CLIENT) -> str:
    """Return the text to send for ``xml``, complete with the namespaces it needs.

    Args:
        xml: text or UTF-8 (returned as it is), an :class:`Element` (its exact text, with
            declarations added that stood outside it), an element of
            :mod:`xml.etree.ElementTree`, or an object that holds one as ``.xml``, as the
            stanzas of slixmpp do.
        context: the namespaces that are declared where the text will stand.

    Raises:
        UsageError: it is none of these.
        MalformedXML: bytes that are not UTF-8, or elements nested too deep.

    >>> from xml.etree import ElementTree
    >>> to_xml(ElementTree.Element("{urn:xmpp:ping}ping"))
    "<ping xmlns='urn:xmpp:ping'/>"
    """
    if isinstance(xml, str):
        return xml
    if isinstance(xml, bytes | bytearray):
        try:
            return xml.decode("utf-8")
        except UnicodeDecodeError as error:
            sentence = "these bytes are not UTF-8 (RFC 6120 §11.6)"
            raise malformed.at_offset(bytes(xml), error.start, sentence) from None
    if isinstance(xml, Element):
        return _standing_alone(xml, context)
    if hasattr(xml, "tag") and hasattr(xml, "attrib"):
        return _write_tree(xml, context)
    if hasattr(xml, "xml") and xml.xml is not xml:
        return to_xml(xml.xml, context)
    raise UsageError(
        f"{type(xml).__name__} is no XML; give text, bytes, an Element or an ElementTree element"
    )


def set_attributes(xml: str, attributes: Mapping[str, str]) -> str:
    """Return ``xml`` with attributes added to its first tag that are not there already.

    Nothing else changes, not a byte.

    Args:
        xml: an element as text.
        attributes: values by name as written, for example ``id`` or ``xmlns``.

    Raises:
        MalformedXML: the text does not begin with a start tag.

    >>> set_attributes("<iq  type='get'/>", {"type": "set", "id": "a&b"})
    "<iq id='a&amp;b'  type='get'/>"
    """
    tag = _START_TAG.match(xml)
    if tag is None:
        raise malformed.at_character(xml, 0, "the start tag of an element is expected here")
    present = set(_ATTRIBUTE.findall(tag.group(2)))
    added = "".join(
        f" {name}={quoted(value)}" for name, value in attributes.items() if name not in present
    )
    return xml[: tag.end(1)] + added + xml[tag.end(1) :]


def pretty(xml: str | bytes | Element, context: Context = CLIENT, indent: str = "  ") -> str:
    """Return ``xml`` with one element a line, for reading.

    White space is added only between elements that have no text beside them; text, tags
    and attributes stay as written.  What cannot be parsed, a header or half an item, is
    returned as it is.

    >>> print(pretty("<iq><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>"))
    <iq>
      <query xmlns='jabber:iq:roster'>
        <item jid='a@b'/>
      </query>
    </iq>
    """
    if isinstance(xml, Element):
        root = xml
    else:
        try:
            root = parse(xml, context)
        except MalformedXML:
            return xml if isinstance(xml, str) else xml.decode("utf-8", "replace")
    lines: list[str] = []
    waiting: list[tuple[int, Element | str]] = [(0, root)]
    while waiting:
        depth, what = waiting.pop()
        if isinstance(what, str):
            lines.append(indent * depth + what)
            continue
        start, content, close, end = what.spans
        data = what.source.data
        if not what.children or what.text.strip(" \t\r\n") or what.get(f"{{{XML}}}space"):
            lines.append(indent * depth + what.xml)
            continue
        lines.append(indent * depth + data[start:content].decode())
        waiting.append((depth, data[close:end].decode()))
        waiting.extend((depth + 1, child) for child in reversed(what.children))
    return "\n".join(lines)


def _standing_alone(element: Element, context: Context) -> str:
    """Return the exact text of an element, with the outer declarations that it relies on."""
    text = element.xml
    around, there = element.context, dict(context.prefixes)
    missing = {} if around.default == context.default else {"xmlns": around.default}
    used = set(_PREFIXED.findall(text))
    for prefix, uri in around.prefixes:
        if prefix in used and there.get(prefix) != uri:
            missing[f"xmlns:{prefix}"] = uri
    return set_attributes(text, missing) if missing else text


def _write_tree(root: Any, context: Context) -> str:
    """Write an ElementTree element; a default namespace does wherever a prefix need not."""
    out: list[str] = []
    # (element, default namespace around it), or text to write when its turn comes.
    waiting: list[tuple[Any, str] | str] = [(root, context.default)]
    depth = 0
    while waiting:
        what = waiting.pop()
        if isinstance(what, str):
            out.append(what)
            depth -= what.startswith("</")
            continue
        element, default = what
        if not isinstance(element.tag, str):
            raise UsageError("a comment or processing instruction is not allowed in XMPP")
        namespace, local = split_qualified(element.tag)
        tag = local + ("" if namespace == default else f" xmlns={quoted(namespace)}")
        tag += _write_attributes(element.attrib)
        text, children = _checked_text(element.text or ""), list(element)
        if not text and not children:
            out.append(f"<{tag}/>")
            continue
        depth += 1
        if depth > MAX_DEPTH:
            raise UsageError(f"elements are nested more than {MAX_DEPTH} deep")
        out.append(f"<{tag}>{text.translate(_IN_TEXT)}")
        waiting.append(f"</{local}>")
        for child in reversed(children):
            if child.tail:
                waiting.append(_checked_text(child.tail).translate(_IN_TEXT))
            waiting.append((child, namespace))
    return "".join(out)


def _write_attributes(attributes: Mapping[str, str]) -> str:
    written, prefixes = "", 0
    for name, value in attributes.items():
        namespace, local = split_qualified(_checked_text(name))
        if namespace == XML:
            local = f"xml:{local}"
        elif namespace:  # no default namespace holds for attributes, so a prefix is needed
            prefixes += 1
            written += f" xmlns:ns{prefixes}={quoted(namespace)}"
            local = f"ns{prefixes}:{local}"
        written += f" {local}={quoted(_checked_text(value))}"
    return written


def _checked_text(value: Any) -> str:
    """Refuse what ElementTree takes and cannot write either."""
    if isinstance(value, str):
        return value
    raise UsageError(f"in an element of ElementTree stands a {type(value).__name__}: give text")
