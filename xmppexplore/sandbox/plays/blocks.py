"""What stands under a sentence: pieces of a stream, or bytes."""

from __future__ import annotations

import re
from typing import Final

from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.sandbox.plays.script import FOOTER_TEXT, Part
from xmppexplore.wire.element import Element, parse

__all__ = ["header_element", "read_bytes", "read_parts"]

MAX_DEPTH: Final = 50
"""Elements of a play are nested no deeper."""

# One pass over whatever text: a tag ends before the next "<" outside of quotes, and what is
# never closed ends with the text.
_TAG: Final = re.compile(
    r"""<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?:[^<>'"]|'[^']*(?:'|\Z)|"[^"]*(?:"|\Z))*>""", re.DOTALL
)
_WORD: Final = re.compile(r"\S")
_BETWEEN: Final = re.compile(r">\s+<")


def header_element(text: str) -> Element:
    """Return a stream header as an element that is closed at once.

    Raises:
        MalformedXML: it is no start tag, or is not well-formed.

    >>> header_element("<?xml version='1.0'?><stream:stream id='a'>").get("id")
    'a'
    """
    start = text.find("<", text.find("?>") + 1)
    text = text[max(start, 0) :].rstrip()
    return parse(text if text.endswith("/>") else f"{text[:-1]}/>")


def read_parts(text: str, line: int) -> tuple[Part, ...]:
    """Cut a block into the pieces of a stream.

    Args:
        text: the block.
        line: the line of the play on which it begins.

    Raises:
        MalformedXML: it is not well-formed; the line is that of the play.
        UsageError: it holds no piece, or is nested too deep.
    """
    parts: list[Part] = []
    at = 0
    while (word := _WORD.search(text, at)) is not None:
        start = word.start()
        end = _end(text, start)
        line += text.count("\n", at, start)
        parts.append(_part(text[start:end].strip(), line))
        line += text.count("\n", start, end)
        at = end
    if not parts:
        raise UsageError(f"line {line}: an element is expected here")
    return tuple(parts)


def _end(text: str, start: int) -> int:
    """Return where the piece that starts here ends; the end of the text if it never does."""
    depth, at = 0, start
    for tag in _TAG.finditer(text, start):
        words = tag[0]
        if text[at : tag.start()].strip() and not depth:
            return len(text)
        at = tag.end()
        if words.startswith(("<![", "<?")):
            continue
        if words.startswith("<stream:stream") or (words == FOOTER_TEXT and not depth):
            return at
        depth += 0 if words.endswith("/>") else -1 if words.startswith("</") else 1
        if depth <= 0:
            return at
    return len(text)


def _part(text: str, line: int) -> Part:
    if text == FOOTER_TEXT:
        return Part("footer", text, None, line)
    is_header = re.match(r"(?:<\?xml[^>]*>\s*)?<stream:stream\b", text) is not None
    try:
        element = header_element(text) if is_header else parse(text)
    except MalformedXML as error:
        number = line + error.line - 1
        words = re.sub(r" \(line \d+, column \d+\)$", "", str(error))
        raise MalformedXML(f"line {number}: {words}", line=number, column=error.column) from None
    if is_header:
        return Part("header", text, element, line)
    waiting = [(element, 1)]
    while waiting:
        inner, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise UsageError(f"line {line}: elements are nested more than {MAX_DEPTH} deep")
        waiting.extend((child, depth + 1) for child in inner.children)
    # White space between elements is layout of the play, not part of what is sent.
    text = _BETWEEN.sub(lambda space: "><" if "\n" in space[0] else space[0], text)
    return Part("element", text, element, line)


def read_bytes(text: str, line: int) -> bytes:
    """Return bytes that are written as hexadecimal numbers.

    Raises:
        UsageError: they are not.

    >>> read_bytes("3c 2F 3e", 1)
    b'</>'
    """
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            f"line {line}: bytes are pairs of hexadecimal digits, as in 3c ff 3e"
        ) from None
