"""The one parse of an element: safe, bounded, exact.

An :class:`Element` knows the bytes it was read from; ``.xml`` is what was on the wire,
not what a serialiser would make of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NoReturn
from xml.parsers import expat

from xmppexplore.names import CLIENT as CLIENT_NAMESPACE
from xmppexplore.names import STREAMS, qualified
from xmppexplore.wire import malformed, rules
from xmppexplore.wire.records import Context
from xmppexplore.wire.redact import redact
from xmppexplore.wire.tags import MAX_DEPTH, MAX_PREFIXES, Tags, quoted

__all__ = [
    "CLIENT",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_PREFIXES",
    "Element",
    "default_declared",
    "parse",
    "quoted",
]

CLIENT: Final = Context(CLIENT_NAMESPACE, (("stream", STREAMS),))
"""The context of an element in a stream between client and server (RFC 6120 §4.8)."""
MAX_BYTES: Final = rules.MAX_ITEM_BYTES
"""Larger texts are refused."""

_SHOWN: Final = 100  # characters of an element that its repr shows
_MATTER: Final = re.compile(r"[^ \t\r\n]")
_OUTSIDE: Final = "text stands outside the element; write it inside, as in <body>text</body>"
_NONE: Final[dict[str, str]] = {}  # most elements have no attributes


class Source:
    """What all elements of one parse share: the bytes, their context and their row."""

    __slots__ = ("_redacted", "context", "data", "row")

    def __init__(self, data: bytes, context: Context, row: int | None) -> None:
        self.data = data
        self.context = context
        self.row = row
        self._redacted: bytes | None = None

    def redacted(self) -> bytes:
        """Return the bytes with secrets covered; offsets stay."""
        if self._redacted is None:
            self._redacted = redact(self.data, context=self.context)[0]
        return self._redacted


class Element:
    """An XML element as it was on the wire; immutable, equal to itself alone.

    Made by :func:`parse`.

    >>> roster = parse("<iq type='get'><query xmlns='jabber:iq:roster'/></iq>")
    >>> roster.namespace, roster.name, roster.get("type")
    ('jabber:client', 'iq', 'get')
    >>> roster.find("query").qualified
    '{jabber:iq:roster}query'
    >>> roster.find("{urn:other}query") is None
    True
    >>> print(roster.find("query"))
    <query xmlns='jabber:iq:roster'/>
    """

    # There may be a million of them: no tuple of four numbers, no mapping without need.
    __slots__ = (
        "_attributes",
        "_children",
        "_close",
        "_content",
        "_context",
        "_end",
        "_qualified",
        "_source",
        "_start",
        "_tail",
        "_text",
    )

    def __init__(self, source: Source, read: _Open, close: int, end: int) -> None:
        self._source = source
        self._context = read.context
        self._qualified = read.name
        self._attributes = read.attributes
        self._start = read.start
        self._content = read.content
        self._close = close
        self._end = end
        self._text = "".join(read.pieces)
        self._children = tuple(read.children)
        self._tail = ""

    @property
    def qualified(self) -> str:
        """The name in Clark notation, ``"{namespace}local"``."""
        return self._qualified

    @property
    def name(self) -> str:
        """The local name."""
        return self._qualified.rpartition("}")[2]

    @property
    def namespace(self) -> str:
        """The namespace URI, ``""`` for none."""
        return self._qualified.rpartition("}")[0][1:]

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes by name (Clark name where prefixed), without namespace declarations."""
        return MappingProxyType(self._attributes)

    @property
    def children(self) -> tuple[Element, ...]:
        """The child elements, in order."""
        return self._children

    @property
    def text(self) -> str:
        """The text directly inside, pieces between children joined; ``""`` for none."""
        return self._text

    @property
    def tail(self) -> str:
        """The text that follows this element inside its parent."""
        return self._tail

    @property
    def xml(self) -> str:
        """The exact text as on the wire; see ``to_xml`` for one that can stand alone."""
        return self._source.data[self._start : self._end].decode("utf-8")

    @property
    def row(self) -> int | None:
        """The row of the recording this was read from, ``None`` where it was given as text."""
        return self._source.row

    @property
    def context(self) -> Context:
        """The namespaces declared around this element."""
        return self._context

    @property
    def source(self) -> Source:
        """The bytes that this element was read from."""
        return self._source

    @property
    def spans(self) -> tuple[int, int, int, int]:
        """Byte offsets in the source: start tag, content, end tag, end.

        For an element that is one empty tag the last three are equal.
        """
        return self._start, self._content, self._close, self._end

    def get(self, attribute: str, default: str | None = None) -> str | None:
        """Return the value of an attribute, or ``default``."""
        return self._attributes.get(attribute, default)

    def find(self, name: str) -> Element | None:
        """Return the first child of this name, ``"{namespace}local"`` or ``"local"``."""
        return next(iter(self.find_all(name)), None)

    def find_all(self, name: str) -> tuple[Element, ...]:
        """Return the children of this name, ``"{namespace}local"`` or ``"local"``."""
        if name.startswith("{"):
            return tuple(child for child in self._children if child.qualified == name)
        return tuple(child for child in self._children if child.name == name)

    def iter(self) -> Iterator[Element]:
        """Yield this element and all inside it, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))

    def __str__(self) -> str:
        return self.xml

    def __repr__(self) -> str:
        start, end = self._start, self._end
        shown = self._source.redacted()[start : min(end, start + 4 * _SHOWN)]
        text = shown.decode("utf-8", "replace")
        cut = len(text) > _SHOWN or end - start > 4 * _SHOWN
        text = text[:_SHOWN]
        # What is not printable, direction marks included, would act on the terminal.
        safe = "".join(
            mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text
        )
        return f"Element({safe}{'...' if cut else ''})"


class _Open:
    """An element whose end tag is still to come."""

    __slots__ = ("attributes", "children", "content", "context", "name", "pieces", "start")

    def __init__(
        self, name: str, attributes: dict[str, str], context: Context, start: int, content: int
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.context = context  # what is declared around it
        self.start = start
        self.content = content  # where its start tag ends
        self.pieces: list[str] = []
        self.children: list[Element] = []


def _clark(name: str) -> str:
    namespace, _, local = name.rpartition(rules.SEPARATOR)
    return qualified(namespace, local)


class _Builder:
    """The handlers of one parse; nothing in it recurses."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Element | None = None
        self.open: list[_Open] = []
        self.scopes = [source.context]  # inside each open element
        self.names: dict[str, str] = {}  # Expat's name -> Clark name: each is kept once
        self.tail_of: Element | None = None
        self.tail: list[str] = []
        self.tags = Tags(source.data, source.context)
        parser = self.tags.parser
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.CommentHandler = self.refuse
        parser.ProcessingInstructionHandler = self.refuse
        parser.StartCdataSectionHandler = self.cdata

    def build(self) -> Element:
        """Parse the source and return its one element."""
        data, parser = self.source.data, self.tags.parser
        try:
            parser.Parse(data)
        except expat.ExpatError as error:
            offset = parser.ErrorByteIndex - self.tags.shift
            opened = self.open[-1].name.rpartition("}")[2] if self.open else ""
            self.fail(malformed.explain(error.code, data, offset, opened), offset)
        if self.open:
            name = self.open[-1].name.rpartition("}")[2]
            self.fail(f"<{name}> begins here and is never closed", self.open[-1].start)
        closed: list[str] = []
        parser.EndElementHandler = closed.append
        try:
            parser.Parse(b"</_>")
        except expat.ExpatError:
            closed.clear()
        if not closed:  # also where a comment has begun, and swallows it
            self.fail("the text ends in the middle of a tag", len(data))
        if self.root is None:
            self.fail("an element is expected here", len(data))
        return self.root

    def fail(self, sentence: str, offset: int) -> NoReturn:
        raise malformed.at_offset(self.source.data, max(offset, 0), sentence)

    def refuse(self, *_: str) -> None:
        """Refuse a comment or a processing instruction."""
        offset = self.tags.offset
        self.fail(malformed.explain(0, self.source.data, offset, ""), offset)

    def cdata(self) -> None:
        if not self.open:
            self.fail(_OUTSIDE, self.tags.offset)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        offset = self.tags.offset
        if not self.open and self.root is not None:
            self.fail("one element is expected, and a second begins here", offset)
        if len(self.open) >= MAX_DEPTH:
            self.fail(f"elements are nested more than {MAX_DEPTH} deep", offset)
        if self.tail_of is not None:
            self.flush()
        outer = self.scopes[-1]
        plain = _NONE
        if attributes:
            plain = {self.clark(key): value for key, value in attributes.items()}
        self.open.append(_Open(self.clark(name), plain, outer, offset, self.tags.content(offset)))
        scope = self.tags.scope(outer)
        if scope is None:
            self.fail(f"more than {MAX_PREFIXES} prefixes are declared", offset)
        self.scopes.append(scope)

    def clark(self, name: str) -> str:
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = _clark(name)
        return found

    def end(self, _name: str) -> None:
        if not self.open:
            self.fail("this end tag belongs to no start tag", self.tags.offset)
        if self.tail_of is not None:
            self.flush()
        done = self.open.pop()
        self.scopes.pop()
        element = Element(self.source, done, *self.tags.closing(done.content))
        if self.open:
            self.open[-1].children.append(element)
            self.tail_of = element
        else:
            self.root = element

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].pieces.append(text)
            if self.tail_of is not None:
                self.tail.append(text)
        elif _MATTER.search(text) or self.source.data.startswith(b"&", self.tags.offset):
            self.fail(_OUTSIDE, self.tags.offset)

    def flush(self) -> None:
        """Give the text since the last child to that child as its tail."""
        if self.tail_of is not None:
            self.tail_of._tail = "".join(self.tail)
        self.tail_of, self.tail = None, []


def parse(xml: str | bytes, context: Context = CLIENT, *, row: int | None = None) -> Element:
    """Read exactly one element; white space around it is ignored.

    Args:
        xml: the element, as text or UTF-8.
        context: the namespaces that the stream header declares around it.
        row: the row of a recording that this is, kept as ``.row``.

    Raises:
        MalformedXML: it is not well-formed, not one element, uses what RFC 6120 §11.1
            forbids (comments, processing instructions, DTDs, other entities), or is larger
            than :data:`MAX_BYTES`, deeper than :data:`MAX_DEPTH` or has more prefixes than
            :data:`MAX_PREFIXES`; with line and column.

    >>> parse("<message><body>Hi</body></message>").find("body").text
    'Hi'
    """
    data = _encoded(xml)
    if len(data) > MAX_BYTES:
        raise malformed.at_offset(data, MAX_BYTES, f"the text is larger than {MAX_BYTES} bytes")
    builder = _Builder(Source(data, context, row))
    try:
        return builder.build()
    finally:
        del builder.tags.parser  # its handlers lead back to the builder


def default_declared(element: Element) -> str:
    """Return the default namespace that an element itself declares, ``""`` for none.

    >>> default_declared(parse("<stream:stream xmlns='jabber:server'/>"))
    'jabber:server'
    >>> default_declared(parse("<message/>"))
    ''
    """
    start, content, _, _ = element.spans
    tag = element.source.data[start:content].removesuffix(b">").removesuffix(b"/")
    name = tag[1:].split(None, 1)[0]
    # What holds inside is asked of a child; what holds outside is left away.
    around = element.context._replace(default="")
    return parse(tag + b"><_/></" + name + b">", around).children[0].context.default


def _encoded(xml: str | bytes) -> bytes:
    if not isinstance(xml, str):
        return bytes(xml)
    try:
        return xml.encode("utf-8")
    except UnicodeEncodeError as error:
        sentence = "half of a surrogate pair stands here, which is no character"
        raise malformed.at_character(xml, error.start, sentence) from None
