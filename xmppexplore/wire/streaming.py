"""What Expat tells of one stream: where tags and sections end, and what an item says."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from xmppexplore.names import XML, qualified
from xmppexplore.wire import rules
from xmppexplore.wire.plain import kind_of, split_name
from xmppexplore.wire.records import FOOTER, HEADER, PARTIAL, Broken, Context, Item

__all__ = [
    "CDATA",
    "DECLARATION",
    "MARKUP",
    "TAG",
    "TEXT",
    "Shared",
    "StreamParser",
]

_MAX_SHARED: Final = 4096
_NOTHING: Final = ("",) * 6
_RENEWED: Final = 256 * 1024  # bytes after which a stream goes on with another Expat,
_HEADERS: Final = 4  # or as many times the length of its header, which each has to read


class Shared(dict[str, str]):
    """Strings by themselves, so that equal values of many items are one object; bounded.

    >>> shared = Shared()
    >>> shared["".join("ab")] is shared["".join("ab")]
    True
    """

    __slots__ = ()

    def __missing__(self, value: str) -> str:
        if len(self) >= _MAX_SHARED:
            self.clear()
        return self.setdefault(value, value)


# Where the next byte stands.  Plain numbers: every tag sets one.
TEXT, MARKUP, TAG, CDATA, DECLARATION = range(5)


_SPACE: Final = frozenset(rules.SPACE.decode())


class StreamParser:
    """Expat over one stream, from its header to its restart or end.

    Args:
        start: tape offset of the first byte.
        shared: where the strings of items are kept.

    Attributes:
        shift: what Expat's byte index lacks to a tape offset; bytes that are not given to
            Expat are added to it.
        depth: how many elements are open.
        footer_seen: whether the root has ended.
        place: where the next byte stands; set to ``TEXT`` or ``CDATA`` by Expat's events.
        ended: the kind of item that the last bytes have ended, -1 for none.
        context: what the header declares.
        error: why Expat, or the declaration, stops everything; ``None`` while sound.
        resumes: whether a stream went before it on the same connection.
    """

    def __init__(self, start: int, shared: Shared) -> None:
        self.start = self.shift = start
        self.depth = 0
        self.footer_seen = False
        self.place = TEXT
        self.ended = -1
        self.context = Context()
        self.error: Broken | None = None
        self.resumes = False
        self._shared = shared
        self._root = ("", "")
        self._kind = PARTIAL  # of the current item, and what its start tags said
        self._columns = _NOTHING
        self._payload = ""
        self._prefixes: dict[str, str] = {}
        self._opening = bytearray()  # all that Expat was given up to the end of the header
        self._given = 0  # bytes that this Expat was given
        self._parser = rules.new_parser()
        self._listen()

    def _listen(self) -> None:
        parser = self._parser
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.StartCdataSectionHandler = self._start_cdata
        parser.EndCdataSectionHandler = self._end_cdata
        parser.StartNamespaceDeclHandler = self._declare
        parser.XmlDeclHandler = self._declaration

    def leave(self, offset: int, character: str) -> bool:
        """Leave white space that leads a later stream to the one before, and say whether.

        A client that ends each element with a line break does so behind <auth/> too.  In
        the new stream it would forbid the XML declaration that follows.
        """
        before = self.resumes and offset == self.start and character in _SPACE
        if before:
            self.start = self.shift = offset + 1
        return before

    def parse(self, data: bytes) -> None:
        """Give Expat the next bytes; what it refuses is in ``error``."""
        self._given += len(data)
        if not self.depth and not self.footer_seen:
            self._opening += data
        try:
            self._parser.Parse(data)
        except expat.ExpatError as refusal:
            offset = self.shift + self._parser.ErrorByteIndex
            self.error = rules.ill_formed(offset, refusal.code)

    def item(self, end: int, kind: int) -> Item:
        """Return the current item as one of this kind that ends there."""
        return Item(end, kind, *self._columns, self._payload)

    def begin_item(self) -> None:
        """Forget the item that has ended."""
        self.ended = -1
        self._columns = _NOTHING
        self._payload = ""
        if self.depth == 1 and self._given > max(_RENEWED, _HEADERS * len(self._opening)):
            self._renew()

    def _renew(self) -> None:
        """Go on with another Expat, which has read nothing but the header.

        One keeps every name and namespace that it has ever read: a peer who always takes
        new ones would take ever more memory.
        """
        self._parser = rules.new_parser()
        self._parser.Parse(bytes(self._opening))
        self.shift += self._given - len(self._opening)
        self._given = len(self._opening)
        self._listen()

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self.place = TEXT
        self.depth += 1
        if self.depth > 3 or (self.depth == 3 and self._payload):
            return
        shared = self._shared
        namespace, local = split_name(name)
        if self.depth == 3:
            self._payload = shared[qualified(namespace, local)]
            return
        get = attributes.get
        self._kind = kind_of(namespace, local)
        self._columns = (
            shared[local],
            shared[namespace],
            shared[get("type", "")],
            get("id", ""),
            shared[get("from", "")],
            shared[get("to", "")],
        )
        if self.depth == 1:
            self.ended = HEADER
            self._root = (local, namespace)
            default = self._prefixes.pop("", "")
            lang = get(f"{XML}{rules.SEPARATOR}lang", "")
            self.context = Context(default, tuple(sorted(self._prefixes.items())), lang)

    def _end_element(self, _name: str) -> None:
        self.place = TEXT
        self.depth -= 1
        if self.depth == 1:
            self.ended = self._kind
        elif self.depth == 0:
            self.footer_seen = True
            if self.ended != HEADER:  # else the root is one empty tag: no footer then
                self.ended = FOOTER
                self._columns = (*self._root, "", "", "", "")

    def _start_cdata(self) -> None:
        self.place = CDATA

    def _end_cdata(self) -> None:
        self.place = TEXT

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if self.depth == 0:
            self._prefixes[prefix or ""] = uri or ""

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.place = TEXT
        if encoding is not None and encoding.lower() != "utf-8":
            self.error = rules.encoding_refused(self.start, encoding)
