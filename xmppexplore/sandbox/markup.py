"""Text of elements that the server writes, and surgery on the start tags of those it forwards.

A forwarded stanza keeps the exact bytes of its sender, except where a server has to touch
them: ``from`` is stamped (RFC 6120 §8.1.2.1), ``xml:lang`` is completed (§8.1.5), and
namespaces that only the sender's stream header declared are declared on the stanza itself,
because the recipient's stream does not know them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from xmppexplore import names
from xmppexplore.wire.records import Context

__all__ = [
    "attribute",
    "attributes",
    "foreign_declarations",
    "presence",
    "readdress",
    "split_element",
    "standing_alone",
    "text",
]

# Line breaks and tabs would be read back as spaces (XML 1.0 §3.3.3).
_ATTRIBUTE: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "'": "&apos;",
        '"': "&quot;",
        "\n": "&#10;",
        "\r": "&#13;",
        "\t": "&#9;",
    }
)
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

# Possessive, so that not even ill-formed bytes could make it backtrack.
_START_TAG: Final = re.compile(rb"<([^\s/>]++)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ONE_ATTRIBUTE: Final = re.compile(rb"\s++([^\s=]++)\s*+=\s*+(\"[^\"]*+\"|'[^']*+')")


def attribute(value: str) -> str:
    """Return a value escaped for an attribute in either kind of quotes."""
    return value.translate(_ATTRIBUTE)


def text(value: str) -> str:
    """Return a value escaped for character data."""
    return value.translate(_TEXT)


def attributes(values: Mapping[str, str]) -> str:
    """Return ``" name='value'"`` for each value that is not empty.

    >>> attributes({"id": "a&b", "to": ""})
    " id='a&amp;b'"
    """
    return "".join(f" {name}='{attribute(value)}'" for name, value in values.items() if value)


def presence(type: str, sender: bytes, to: bytes = b"") -> bytes:
    """Return a presence that the server itself writes, without content.

    Args:
        type: its type, ``""`` for one that is available.
        sender: the address that it is from, escaped.
        to: likewise, for whom it is; ``b""`` leaves that to whoever sends it.

    >>> presence("unavailable", b"romeo@capulet.example/orchard")
    b"<presence type='unavailable' from='romeo@capulet.example/orchard'/>"
    """
    kind = b" type='%b'" % type.encode() if type else b""
    recipient = b" to='%b'" % to if to else b""
    return b"<presence%b from='%b'%b/>" % (kind, sender, recipient)


def foreign_declarations(context: Context) -> tuple[tuple[bytes, str], ...]:
    """Return the (prefix, URI) pairs that a stanza must carry itself to be forwarded.

    The streams that this server opens declare ``jabber:client`` as the default and
    ``stream`` for the streams namespace; whatever a client's header declares besides is
    foreign to its recipients.  The prefix of a default namespace is ``b""``.
    """
    foreign = [
        (prefix.encode(), uri)
        for prefix, uri in context.prefixes
        if (prefix, uri) != ("stream", names.STREAMS) and prefix != "xml"
    ]
    if context.default != names.CLIENT:
        foreign.append((b"", context.default))
    return tuple(foreign)


def _declare(present: Iterable[bytes], raw: bytes, foreign: tuple[tuple[bytes, str], ...]) -> bytes:
    """Return the declarations that a start tag lacks."""
    written = set(present)
    added = []
    for prefix, uri in foreign:
        name = b"xmlns:" + prefix if prefix else b"xmlns"
        if name not in written and (not prefix or prefix + b":" in raw):
            added.append(b" %b='%b'" % (name, attribute(uri).encode()))
    return b"".join(added)


def readdress(
    raw: bytes,
    stamps: Mapping[bytes, bytes],
    *,
    lang: bytes = b"",
    foreign: tuple[tuple[bytes, str], ...] = (),
) -> bytes:
    """Return a stanza with attributes of its start tag set, and all its other bytes kept.

    Args:
        raw: one whole, well-formed stanza.
        stamps: attribute name to escaped value; an empty value removes the attribute.
        lang: escaped ``xml:lang`` to add where the stanza has none.
        foreign: what :func:`foreign_declarations` said of the sender's stream.
    """
    start = _START_TAG.match(raw)
    if start is None:
        raise ValueError("not a start tag")
    name_end, head = start.end(1), start[2]
    rest = raw[name_end:]
    # The usual stanza has nothing to be taken out and nothing to be declared.
    if foreign or any(name in head for name in stamps):
        found = [(one[1], one.span()) for one in _ONE_ATTRIBUTE.finditer(head)]
        declarations = _declare((name for name, _ in found), raw, foreign)
        for name, (begin, end) in reversed(found):
            if name in stamps:
                head = head[:begin] + head[end:]
        rest = declarations + head + raw[start.end(2) :]
    written = b"".join(b" %b='%b'" % (name, value) for name, value in stamps.items() if value)
    if lang and b"xml:lang" not in start[2]:
        written += b" xml:lang='%b'" % lang
    return raw[:name_end] + written + rest


def standing_alone(raw: bytes) -> bytes:
    """Return a stanza of a stream of ours that can stand inside another element.

    >>> standing_alone(b"<message id='1'/>")
    b"<message xmlns='jabber:client' id='1'/>"
    """
    start = _START_TAG.match(raw)
    if start is None:
        raise ValueError("not a start tag")
    if any(one[1] == b"xmlns" for one in _ONE_ATTRIBUTE.finditer(start[2])):
        return raw
    declaration = f" xmlns='{names.CLIENT}'".encode()
    return raw[: start.end(1)] + declaration + raw[start.end(1) :]


def split_element(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Return start tag, content and end tag of one whole element, also of ``<r/>``."""
    start = _START_TAG.match(raw)
    if start is None:
        raise ValueError("not a start tag")
    closing = b"</%b>" % start[1]
    if start[2].endswith(b"/"):
        return raw[: start.end() - 2] + b">", b"", closing
    return raw[: start.end()], raw[start.end() : raw.rindex(b"</")], closing
