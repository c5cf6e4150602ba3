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
from xmppexplore.names import DIALBACK, STREAMS
from xmppexplore.wire import malformed, rules
from xmppexplore.wire.element import MAX_DEPTH, MAX_PREFIXES, Element, parse, quoted
from xmppexplore.wire.records import Context

__all__ = ["CONVENTIONAL", "MOST_PIECES", "Piece", "Pieces", "Problem", "element_of", "pieces_of"]

CONVENTIONAL: Final = Context(CLIENT_NAMESPACE, (("stream", STREAMS), ("db", DIALBACK)))
"""What a fragment without its stream header is read with (RFC 6120 §4.8.5, XEP-0220)."""
MOST_PIECES: Final = 100_000
"""Pieces that are kept of one text; the others are counted."""
MOST_ELEMENTS: Final = 30_000
"""Elements of one piece; what comes after them is left out."""
LONGEST_NAMESPACE: Final = 1_000
"""Bytes of a namespace; each element in it costs as much again, so a longer one ends the text."""

_TAG: Final = re.compile(rb"""(?:[^>'"]++|'[^']*+'|"[^"]*+")*>""")
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
        pieces: in order, :data:`MOST_PIECES` at most.
        problems: what could not be read, and where.
        more: how many pieces there are beyond those.
    """

    data: bytes
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]
    more: int = 0


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
        reader.problem(rules.MAX_ITEM_BYTES, "what comes after this is not looked at: it is large")
    reader.run()
    return Pieces(
        reader.data,
        tuple(reader.pieces),
        tuple(sorted(reader.problems)),
        reader.more,
    )


def element_of(data: bytes, piece: Piece) -> Element:
    """Return a piece as an element; what it lacks at its end is closed.

    Raises:
        MalformedXML: it has more than an element may have, of prefixes for example.
    """
    return parse(data[piece.start : piece.end] + piece.closing, piece.context)


def _blanked(data: bytes) -> tuple[bytes, list[int]]:
    """Return the text without comments and XML declarations, and where comments stood."""
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
    """An element that is open: its name as written, and where its start tag ends."""

    written: bytes
    content: int


class _Reader:
    """One pass of Expat over a text."""

    def __init__(self, data: bytes, context: Context) -> None:
        self.original = data
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.more = 0
        self.data, comments = _blanked(data)
        long = _LONG.search(self.data)
        if long is not None:
            self.data = self.data[: long.start()]
            self.problem(long.start(), _NAMESPACE)
        for offset in comments[:1]:
            self.problem(offset, _COMMENT)
        self.streams: list[Context] = [context]  # around the pieces, innermost stream last
        self.open: list[_Open] = []  # within the current piece
        self.elements = 0  # of it
        self.start = 0  # of the current piece
        self.last = 0  # behind the last tag
        self.declared: dict[str, str] = {}
        self.stray = False

    def problem(self, offset: int, sentence: str) -> None:
        """Note what is wrong at an offset."""
        before = self.original[:offset].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        self.problems.append(Problem(line, column, sentence))

    def run(self) -> None:
        self.parser = rules.new_parser()
        default, prefixes, _ = self.streams[0]
        names = f" xmlns={quoted(default)}" if default else ""
        names += "".join(f" xmlns:{prefix}={quoted(uri)}" for prefix, uri in prefixes)
        parent = f"<_{names}>".encode()
        self.parser.Parse(parent)
        self.shift = len(parent)
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.finish
        self.parser.StartNamespaceDeclHandler = self.declare
        self.parser.CharacterDataHandler = self.characters
        try:
            self.parser.Parse(self.data)
        except expat.ExpatError as error:
            self.refused(self.parser.ErrorByteIndex - self.shift, error.code)
        except _Stop:
            pass
        else:
            self.ended()
        finally:
            del self.parser  # its handlers lead back to this

    @property
    def offset(self) -> int:
        return self.parser.CurrentByteIndex - self.shift

    def refused(self, offset: int, code: int) -> None:
        """Keep what could be read before Expat stopped."""
        offset = max(offset, 0)
        if not self.open and self.data.startswith(_FOOTER, max(offset - 2, 0)):
            # The end of a stream whose header was not copied along.
            begin = self.data.index(b"<", max(offset - 2, 0))
            close = self.data.find(b">", offset)
            end = len(self.data) if close < 0 else close + 1
            self.add(Piece("footer", begin, end, self.streams[-1]))
            if self.data[end:].strip():
                self.problem(end, "something stands behind the end of the stream")
            return
        opened = self.open[-1].written.decode("utf-8", "replace") if self.open else ""
        self.problem(offset, malformed.explain(code, self.data, offset, opened))
        self.rescue(offset)

    def ended(self) -> None:
        """Look at what is open where the text ends."""
        rest = self.data.rfind(b"<", self.last)
        if rest >= 0 and rest >= self.last:
            self.problem(len(self.data), "the text ends in the middle of a tag")
        elif self.open:
            name = self.open[-1].written.decode("utf-8", "replace")
            self.problem(self.open[-1].content, f"<{name}> begins here and is never closed")
        self.rescue(len(self.data))

    def rescue(self, offset: int) -> None:
        """Close what is open in the current piece, at the last place where it is sound."""
        if not self.open:
            return
        closing = b"".join(b"</" + one.written + b">" for one in reversed(self.open))
        tag = self.data.find(b"<", self.last, offset)
        for end in (tag if tag >= 0 else offset, self.last):
            piece = Piece("element", self.start, end, self.streams[-1], closing)
            try:
                element_of(self.data, piece)
            except MalformedXML:
                continue
            self.add(piece)
            return

    def add(self, piece: Piece) -> None:
        if len(self.pieces) < MOST_PIECES:
            self.pieces.append(piece)
        else:
            self.more += 1

    def stop(self, sentence: str) -> NoReturn:
        offset = self.offset
        self.problem(offset, sentence)
        self.rescue(offset)
        raise _Stop

    def declare(self, prefix: str | None, uri: str | None) -> None:
        self.declared[prefix or ""] = uri or ""

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        offset = self.offset
        if len(self.open) >= MAX_DEPTH:
            self.stop(f"elements are nested more than {MAX_DEPTH} deep; the rest is left out")
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            self.stop(f"there are more than {MOST_ELEMENTS:,} elements; the rest is left out")
        tag = _TAG.match(self.data, offset)
        content = tag.end() if tag else offset
        written = self.data[offset + 1 : content].split(None, 1)[0].rstrip(b"/>")
        declared, self.declared = self.declared, {}
        if name == _STREAM and not self.open:
            outer = self.streams[-1]
            default = declared.pop("", outer.default)
            inner = Context(default, tuple({**dict(outer.prefixes), **declared}.items()))
            if len(inner.prefixes) > MAX_PREFIXES:  # each context is a copy of the one around it
                self.stop(f"more than {MAX_PREFIXES} prefixes are declared; the rest is left out")
            empty = self.data[content - 2 : content] == b"/>"
            closing = b"" if empty else b"</" + written + b">"
            self.add(Piece("header", offset, content, outer, closing))
            self.streams.append(inner)
            self.last = content
            return
        if not self.open:
            self.start, self.elements = offset, 1
        self.open.append(_Open(written, content))
        self.last = content

    def finish(self, _name: str) -> None:
        offset = self.offset
        if not self.open:
            self.close_stream(offset)
            return
        done = self.open.pop()
        # At <r/> Expat's end event stands behind the tag already, at </r> before it.
        empty = self.data[done.content - 2 : done.content] == b"/>"
        self.last = done.content if empty else self.data.index(b">", offset) + 1
        if not self.open:
            self.add(Piece("element", self.start, self.last, self.streams[-1]))

    def close_stream(self, offset: int) -> None:
        if len(self.streams) == 1:  # the made-up parent
            self.stop("this end tag belongs to no start tag")
        self.streams.pop()
        if self.data.startswith(b"</", offset):
            self.last = self.data.index(b">", offset) + 1
            self.add(Piece("footer", offset, self.last, self.streams[-1]))

    def characters(self, text: str) -> None:
        if not self.open and not self.stray and text.strip(" \t\r\n"):
            self.stray = True
            self.problem(self.offset, _OUTSIDE)
