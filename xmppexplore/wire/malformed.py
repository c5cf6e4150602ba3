"""From an offset in XML that somebody typed to a sentence that helps.

Expat says what it met; a person wants to know where, what is wrong there, and what to
write instead.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

from xmppexplore.errors import MalformedXML

__all__ = ["at_character", "at_offset", "explain"]

_WRONG_TOKEN, _MISMATCHED_TAG, _DUPLICATE, _UNDEFINED_ENTITY = 4, 7, 8, 11  # as in expat.h
_BAD_CHARACTER_REFERENCE, _UNBOUND_PREFIX, _EMPTY_PREFIX = 14, 27, 28
_NAME: Final = re.compile(rb"[^\s<>/='\"&;]+")
_ENTITY: Final = re.compile(rb"&[^\s<>'\"&;]*;?")
_USED_PREFIX: Final = re.compile(rb"""(?:<|\s)([^\s<>/='"&:]+):[^\s<>/='"&:]+""")
_SENTENCES: Final = (
    (b"<!--", "XMPP allows no comments (RFC 6120 §11.1); leave it out"),
    (b"<!D", "XMPP allows no document type declaration (RFC 6120 §11.1); leave it out"),
    (b"<?xml", "an XML declaration belongs to the stream header, not to an element; leave it out"),
    (b"<?", "XMPP allows no processing instructions (RFC 6120 §11.1); leave it out"),
)


def at_offset(data: bytes, offset: int, sentence: str) -> MalformedXML:
    """Return the error for what is wrong at a byte offset of ``data``."""
    before = data[:offset].decode("utf-8", "replace")
    return at_character(before, len(before), sentence)


def at_character(text: str, position: int, sentence: str) -> MalformedXML:
    """Return the error for what is wrong at a character position of ``text``."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return MalformedXML(f"{sentence} (line {line}, column {column})", line=line, column=column)


def explain(code: int, data: bytes, offset: int, opened: str) -> str:
    """Return what is wrong at ``offset``, in words that say what to write instead.

    Args:
        code: Expat's error code.
        data: the text, as UTF-8.
        offset: the byte that Expat complains of.
        opened: name of the innermost element that is open there, ``""`` for none.
    """
    rest = data[offset : offset + 200]
    for start, sentence in _SENTENCES:
        if data.startswith(start, max(offset - 2, 0)) or data.startswith(start, offset):
            return sentence
    if code == _MISMATCHED_TAG:
        found = _words(_NAME.match(rest))
        if not opened:
            return f"the end tag </{found}> belongs to no start tag"
        return f"the end tag </{found}> does not fit: <{opened}> is open here"
    if code == _DUPLICATE:
        return f"the attribute {_words(_NAME.match(rest))!r} stands twice in one tag"
    if code == _UNDEFINED_ENTITY:
        found = _words(_ENTITY.match(rest))
        # Any other text from & to ; may as well be a part of a password.
        shown = found if found[1:] in html5 else "this"
        return (
            f"{shown} is no entity of XMPP, which knows &lt; &gt; &amp; &apos; &quot; alone"
            " (RFC 6120 §11.1); write the character itself"
        )
    if code in (_UNBOUND_PREFIX, _EMPTY_PREFIX):
        return _about_prefix(rest)
    if code == _BAD_CHARACTER_REFERENCE:
        return f"{_words(_ENTITY.match(rest))} refers to no character that XML allows"
    if code == _WRONG_TOKEN:
        return _about_token(data, offset)
    return "this is not well-formed XML"


def _words(match: re.Match[bytes] | None) -> str:
    return match.group().decode("utf-8", "replace") if match else ""


def _about_prefix(rest: bytes) -> str:
    tag = rest.partition(b">")[0]
    prefixes = [found for found in _USED_PREFIX.findall(tag) if found not in (b"xmlns", b"xml")]
    undeclared = [found for found in prefixes if b"xmlns:" + found not in tag] or prefixes
    if not undeclared:
        return "a prefix is used that is not declared"
    prefix = undeclared[0].decode("utf-8", "replace")
    return f"the prefix {prefix!r} is not declared; add xmlns:{prefix}='...' to this tag"


def _about_token(data: bytes, offset: int) -> str:
    here = data[offset : offset + 1]
    try:
        character = data[offset : offset + 4].decode("utf-8", "ignore")[:1]
        data[offset : offset + 4].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start == 0 and error.reason != "unexpected end of data":
            return "these bytes are not UTF-8 (RFC 6120 §11.6)"
    if here == b"<":
        return "a bare < cannot stand here; in text and attribute values write &lt;"
    if data[offset - 1 : offset] == b"&" or here == b"&":
        return "a bare & cannot stand here; write &amp;"
    if data.startswith(b"]]>", max(offset - 2, 0)):
        return "]]> cannot stand in text; write ]]&gt;"
    if data[offset - 1 : offset] == b"=":
        return "the value of an attribute stands in quotes"
    if here == b">":
        return "this tag is not finished: an attribute is written name='value'"
    if character and not character.isprintable():
        return f"the character U+{ord(character):04X} is not allowed in XML"
    return f"{character!r} cannot stand here"
