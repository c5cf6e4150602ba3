"""What a stream may not contain, in the words and with the sections that readers are told.

Both splitters take their reasons from here, so that they can be compared word for word.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from xmppexplore.wire.records import Broken

__all__ = [
    "BOM",
    "CDATA_START",
    "DECLARATION_START",
    "MAX_ITEM_BYTES",
    "NOT_UTF8",
    "SEPARATOR",
    "SPACE",
    "after_footer",
    "encoding_refused",
    "forbidden_markup",
    "ill_formed",
    "new_parser",
    "not_utf8",
    "opens_declaration",
    "stray_text",
    "too_large",
]

SPACE: Final = b" \t\r\n"
"""The white space of XML 1.0 §2.3."""
BOM: Final = b"\xef\xbb\xbf"
"""A byte order mark is tolerated where a stream begins (RFC 6120 §11.6 needs none)."""
CDATA_START: Final = b"<![CDATA["
DECLARATION_START: Final = b"<?xml"
NOT_UTF8: Final = b"\x00\xfe\xff"
"""Bytes that, among the first two, would make Expat read UTF-16 whatever it was told."""
SEPARATOR: Final = "\x01"
"""Between namespace and local name in Expat's names.

Not a character of XML, so no namespace is refused for containing it, as Expat does for
other separators.
"""
MAX_ITEM_BYTES: Final = 64 * 1024 * 1024
"""Default bound of one item; RFC 6120 §13.12 forbids a server less than 10,000."""

_UNDEFINED_ENTITY: Final = 11  # XML_ERROR_UNDEFINED_ENTITY in expat.h
_MARKUP: Final = {
    ord("-"): "a comment",
    ord("D"): "a document type declaration",
    ord("["): "a CDATA section where only stanzas may stand",
}


def new_parser() -> expat.XMLParserType:
    """Return an Expat parser set up for one stream.

    The encoding is given, not detected: RFC 6120 §11.6 knows only UTF-8.  ``buffer_text``
    stays off, since with it text events report the byte index of the next tag.
    """
    parser = expat.ParserCreate("UTF-8", SEPARATOR)
    # Expat >= 2.6 holds back a token that arrived in small parts; an item would wait for the
    # one after it.  The splitters bound the quadratic cost that this guards against.
    if hasattr(parser, "SetReparseDeferralEnabled"):
        parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 (positional only)
    return parser


def ill_formed(offset: int, code: int) -> Broken:
    """Return why Expat refused the byte at ``offset``, from its error code."""
    if code == _UNDEFINED_ENTITY:
        reason = "an entity reference other than the five of XML is not allowed in XMPP"
        return Broken(offset, reason, "RFC 6120 §11.1")
    return Broken(offset, f"not well-formed: {expat.ErrorString(code)}", "RFC 6120 §11.3")


def forbidden_markup(offset: int, start: bytes) -> Broken:
    """Return why markup that begins with ``start`` (two or three bytes) is refused."""
    if start[1:2] == b"?":
        what = "a processing instruction"
    else:
        what = _MARKUP.get(start[2], "a markup declaration")
    return Broken(offset, f"{what} is not allowed in XMPP", "RFC 6120 §11.1")


def stray_text(offset: int, *, header_seen: bool) -> Broken:
    """Return the refusal of text that stands outside any stanza."""
    if header_seen:
        return Broken(offset, "text between stanzas; only white space is allowed", "RFC 6120 §11.7")
    return Broken(offset, "text before the stream header; this is no XMPP", "RFC 6120 §4.2")


def after_footer(offset: int) -> Broken:
    """Return the refusal of anything but white space after the end of the stream."""
    return Broken(offset, "data after the end of the stream", "RFC 6120 §4.4")


def not_utf8(offset: int) -> Broken:
    """Return the refusal of a stream that begins in another encoding."""
    return Broken(offset, "the stream is not encoded in UTF-8", "RFC 6120 §11.6")


def encoding_refused(offset: int, encoding: str) -> Broken:
    """Return the refusal of an XML declaration that names another encoding."""
    return Broken(offset, f"the XML declaration says {encoding!r}, not UTF-8", "RFC 6120 §11.6")


def too_large(offset: int, limit: int) -> Broken:
    """Return the refusal of an item of more than ``limit`` bytes."""
    return Broken(offset, f"an item of more than {limit} bytes", "RFC 6120 §13.12")


def opens_declaration(start: bytes) -> bool:
    """Tell whether ``start`` is, or can still become, the start of an XML declaration."""
    if len(start) <= len(DECLARATION_START):
        return DECLARATION_START.startswith(start)
    return start.startswith(DECLARATION_START) and start[len(DECLARATION_START)] in SPACE
