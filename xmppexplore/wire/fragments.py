"""XML that somebody pasted: as much of it as can be read, and why the rest cannot.

What is typed, copied from a log or cut out of a document is often not one element: it is
several, or a whole stream, or the end is missing.  The tape of a connection is for
:mod:`.splitter`; this reader is kinder, and makes no claim about what XMPP would accept.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn
from xml.parsers import expat

from xmppexplore.errors import MalformedXML
from xmppexplore.names import CLIENT as CLIENT_NAMESPACE
from xmppexplore.names import DIALBACK, STREAMS, XBOSH
from xmppexplore.wire import malformed, rules
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.records import Context
from xmppexplore.wire.tags import MAX_DEPTH, MAX_PREFIXES, Tags

__all__ = [
    "CONVENTIONAL",
    "MOST_PIECES",
    "Piece",
    "Pieces",
    "Problem",
    "element_of",
    "pieces_of",
    "without_comments",
]

CONVENTIONAL: Final = Context(
    CLIENT_NAMESPACE, (("stream", STREAMS), ("db", DIALBACK), ("xmpp", XBOSH))
)
"""What a fragment without its header is read with (RFC 6120 §4.8.5, XEP-0220, XEP-0206)."""
MOST_PIECES: Final = 100_000
"""Pieces of one text; what comes after them is left out."""
MOST_ELEMENTS: Final = 30_000
"""Elements of one piece; what comes after them is left out."""
LONGEST_NAMESPACE: Final = 1_000
"""Bytes of a namespace; each element in it costs as much again, so a longer one ends the text."""

_LONG: Final = re.compile(
    rb"""<[^<>]*\sxmlns(?::[^\s<>='"]+)?\s*=\s*(?:'[^'<]{%d}|"[^"<]{%d})"""
    % ((LONGEST_NAMESPACE,) * 2)
)
_STREAM: Final = f"{STREAMS}{rules.SEPARATOR}stream"
_FOOTER: Final = b"</stream:stream"
_COMMENT: Final = "a comment stands here, which XMPP forbids (RFC 6120 §11.1); it is left out"
_NAMESPACE: Final = "a namespace here is far too long; all from here on is left out"
_OUTSIDE: Final = "text stands outside any element; it is left out"


class Piece(NamedTuple):
    """One first-level part of a text.

    Attributes:
        kind: ``"header"``, ``"element"`` or ``"footer"``.
        start: byte offset of its first byte.
        end: byte offset behind its last one that could be read.
        context: what is declared around it.
        closing: end tags that are missing; empty for one that is whole.
    """

    kind: str
    start: int
    end: int
    context: Context
    closing: bytes = b""


class Problem(NamedTuple):
    """What could not be read.

    Attributes:
        line: line of the text, counted from 1.
        column: column in characters, counted from 1.
        sentence: what is wrong there.
    """

    line: int
    column: int
    sentence: str


class Pieces(NamedTuple):
    """A text, taken apart.

    Attributes:
        data: the text as UTF-8; comments and XML declarations are blank.
        pieces: in order.
        problems: what could not be read, and where.
        more: whether the rest was left out because there is too much: a bound was met.
    """

    data: bytes
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]
    more: bool = False


def pieces_of(xml: str | bytes, context: Context = CONVENTIONAL) -> Pieces:
    """Take a text apart, whatever it is; never raises.

    Args:
        xml: an element, several, a stream with or without its end, or what is left of one.
        context: what is declared around it, where it says nothing.

    >>> [piece.kind for piece in pieces_of("<presence/> <iq type='get'").pieces]
    ['element']
    >>> pieces_of("<presence/> <iq type='get'").problems[0].sentence
    'the text ends in the middle of a tag'
    """
    data = xml.encode("utf-8", "replace") if isinstance(xml, str) else bytes(xml)
    reader = _Reader(data[: rules.MAX_ITEM_BYTES], context)
    if len(data) > rules.MAX_ITEM_BYTES:
        reader.more = True
        reader.problem(rules.MAX_ITEM_BYTES, "what comes after this is not looked at: it is large")
    reader.run()
    return Pieces(reader.data, tuple(reader.pieces), tuple(sorted(reader.problems)), reader.more)


def element_of(data: bytes, piece: Piece) -> Element:
    """Return a piece as an element; what it lacks at its end is closed.

    Raises:
        MalformedXML: it has more than an element may have, of prefixes for example.
    """
    return parse(data[piece.start : piece.end] + piece.closing, piece.context)


def without_comments(data: bytes) -> tuple[bytes, list[int]]:
    """Return a text with comments and XML declarations blank, and where comments stood.

    >>> without_comments(b"<a><!-- b --></a>")
    (b'<a>          </a>', [3])
    """
    if b"<!--" not in data and b"<?xml" not in data:
        return data, []
    blank, comments = bytearray(data), []
    ends = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?xml ": b"?>"}
    found = {start: data.find(start) for start in ends}
    while found := {start: at for start, at in found.items() if at >= 0}:
        start, begin = min(found.items(), key=lambda one: one[1])
        end = data.find(ends[start], begin + len(start))
        if end < 0:
            del found[start]  # it has no end from here on: not to be looked for again
            continue
        position = end + len(ends[start])
        if start != b"<![CDATA[":
            blank[begin:position] = bytes(
                mark if mark in b"\r\n" else 0x20 for mark in data[begin:position]
            )
        if start == b"<!--":
            comments.append(begin)
        found = {
            one: data.find(one, position) if at < position else at for one, at in found.items()
        }
    return bytes(blank), comments


class _Stop(Exception):
    """Reading ends here."""


class _Open(NamedTuple):
    """An element that is open: where its start tag begins and ends."""

    start: int
    content: int


class _Reader:
    """One pass of Expat over a text."""

    def __init__(self, data: bytes, context: Context) -> None:
        self.original = data
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.more = False
        self.data, comments = without_comments(data)
        long = _LONG.search(self.data)
        if long is not None:
            self.data = self.data[: long.start()]
            self.more = True
            self.problem(long.start(), _NAMESPACE)
        for offset in comments[:1]:
            self.problem(offset, _COMMENT)
        self.streams: list[Context] = [context]  # around the pieces, innermost stream last
        self.open: list[_Open] = []  # within the current piece
        self.elements = 0  # of it
        self.start = 0  # of the current piece
        self.last = 0  # behind the last tag
        self.stray = False

    def problem(self, offset: int, sentence: str) -> None:
        """Note what is wrong at an offset."""
        before = self.original[:offset].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        self.problems.append(Problem(line, column, sentence))

    def run(self) -> None:
        self.tags = Tags(self.data, self.streams[0])
        parser = self.tags.parser
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = self.finish
        parser.CharacterDataHandler = self.characters
        try:
            parser.Parse(self.data)
        except expat.ExpatError as error:
            self.refused(parser.ErrorByteIndex - self.tags.shift, error.code)
        except _Stop:
            pass
        else:
            self.ended()
        finally:
            del self.tags  # the parser's handlers lead back to this

    def written(self, one: _Open) -> bytes:
        """Return the name of an element as it is written."""
        return self.data[one.start + 1 : one.content].split(None, 1)[0].rstrip(b"/>")

    def innermost(self) -> str:
        """Return the name of the innermost element that is open, ``""`` for none."""
        return self.written(self.open[-1]).decode("utf-8", "replace") if self.open else ""

    def refused(self, offset: int, code: int) -> None:
        """Keep what could be read before Expat stopped."""
        offset = max(offset, 0)
        if not self.open and self.data.startswith(_FOOTER, max(offset - 2, 0)):
            # The end of a stream whose header was not copied along.
            begin = self.data.index(b"<", max(offset - 2, 0))
            close = self.data.find(b">", offset)
            end = len(self.data) if close < 0 else close + 1
            self.pieces.append(Piece("footer", begin, end, self.streams[-1]))
            if self.data[end:].strip():
                self.problem(end, "something stands behind the end of the stream")
            return
        self.problem(offset, malformed.explain(code, self.data, offset, self.innermost()))
        self.rescue(offset)

    def ended(self) -> None:
        """Look at what is open where the text ends."""
        rest = self.data.rfind(b"<", self.last)
        if rest >= 0 and rest >= self.last:
            self.problem(len(self.data), "the text ends in the middle of a tag")
        elif self.open:
            sentence = f"<{self.innermost()}> begins here and is never closed"
            self.problem(self.open[-1].start, sentence)
        self.rescue(len(self.data))

    def rescue(self, offset: int) -> None:
        """Close what is open in the current piece, at the last place where it is sound."""
        if not self.open:
            return
        closing = b"".join(b"</" + self.written(one) + b">" for one in reversed(self.open))
        tag = self.data.find(b"<", self.last, offset)
        for end in (tag if tag >= 0 else offset, self.last):
            piece = Piece("element", self.start, end, self.streams[-1], closing)
            try:
                element_of(self.data, piece)
            except MalformedXML:
                continue
            self.pieces.append(piece)
            return

    def stop(self, sentence: str, *, more: bool = True) -> NoReturn:
        offset = self.tags.offset
        self.more = more
        self.problem(offset, f"{sentence}; the rest is left out")
        self.rescue(offset)
        raise _Stop

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            self.stop(f"elements are nested more than {MAX_DEPTH} deep")
        if not self.open:
            self.elements = 0
            if len(self.pieces) >= MOST_PIECES:
                self.stop(f"there are more than {MOST_PIECES:,} items")
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            self.stop(f"there are more than {MOST_ELEMENTS:,} elements")
        offset = self.tags.offset
        begun = _Open(offset, self.tags.content(offset))
        if name == _STREAM and not self.open:
            self.open_stream(begun)
        else:
            self.tags.declared.clear()
            if not self.open:
                self.start = offset
            self.open.append(begun)
        self.last = begun.content

    def open_stream(self, begun: _Open) -> None:
        outer = self.streams[-1]
        inner = self.tags.scope(outer)
        if inner is None:
            self.stop(f"more than {MAX_PREFIXES} prefixes are declared")
        empty = self.tags.is_empty(begun.content)
        closing = b"" if empty else b"</" + self.written(begun) + b">"
        self.pieces.append(Piece("header", *begun, outer, closing))
        self.streams.append(inner)

    def finish(self, _name: str) -> None:
        if not self.open:
            self.close_stream(self.tags.offset)
            return
        _, self.last = self.tags.closing(self.open.pop().content)
        if not self.open:
            self.pieces.append(Piece("element", self.start, self.last, self.streams[-1]))

    def close_stream(self, offset: int) -> None:
        if len(self.streams) == 1:  # the made-up parent
            self.stop("this end tag belongs to no start tag", more=False)
        self.streams.pop()
        if self.data.startswith(b"</", offset):
            self.last = self.data.index(b">", offset) + 1
            self.pieces.append(Piece("footer", offset, self.last, self.streams[-1]))

    def characters(self, text: str) -> None:
        if not self.open and not self.stray and text.strip(" \t\r\n"):
            self.stray = True
            self.problem(self.tags.offset, _OUTSIDE)
