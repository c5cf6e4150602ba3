"""What Expat tells of one stream: where tags and sections end, and what an item says."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final
from xml.parsers import expat

from xmppexplore.names import XML, qualified
from xmppexplore.wire import rules
from xmppexplore.wire.plain import kind_of, split_name
from xmppexplore.wire.records import FOOTER, HEADER, PARTIAL, Broken, Context, Item

__all__ = ["Place", "Shared", "StreamParser"]

_MAX_SHARED: Final = 4096


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


class Place(Enum):
    """Where the next byte stands."""

    TEXT = auto()
    MARKUP = auto()  # behind "<", before it is clear what begins there
    TAG = auto()
    CDATA = auto()
    DECLARATION = auto()


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
        known: what the start tags of the current item said.
        ended: what the last bytes have ended, its ``end`` not yet set.
        context: what the header declares.
        error: why Expat, or the declaration, stops everything; ``None`` while sound.
    """

    def __init__(self, start: int, shared: Shared) -> None:
        self.start = self.shift = start
        self.depth = 0
        self.footer_seen = False
        self.place = Place.TEXT
        self.known = Item(0, PARTIAL)
        self.ended: Item | None = None
        self.context = Context()
        self.error: Broken | None = None
        self._shared = shared
        self._root = ("", "")
        self._prefixes: dict[str, str] = {}
        self._parser = parser = rules.new_parser()
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.StartCdataSectionHandler = self._start_cdata
        parser.EndCdataSectionHandler = self._end_cdata
        parser.StartNamespaceDeclHandler = self._declare
        parser.XmlDeclHandler = self._declaration

    def parse(self, data: bytes) -> None:
        """Give Expat the next bytes; what it refuses is in ``error``."""
        try:
            self._parser.Parse(data)
        except expat.ExpatError as refusal:
            offset = self.shift + self._parser.ErrorByteIndex
            self.error = rules.ill_formed(offset, refusal.code)

    def begin_item(self) -> None:
        """Forget the item that has ended."""
        self.known = Item(0, PARTIAL)
        self.ended = None

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self.place = Place.TEXT
        self.depth += 1
        if self.depth > 3 or (self.depth == 3 and self.known.payload):
            return
        shared = self._shared
        namespace, local = split_name(name)
        if self.depth == 3:
            self.known = self.known._replace(payload=shared[qualified(namespace, local)])
            return
        get = attributes.get
        self.known = Item(
            0,
            kind_of(namespace, local),
            shared[local],
            shared[namespace],
            shared[get("type", "")],
            get("id", ""),
            shared[get("from", "")],
            shared[get("to", "")],
        )
        if self.depth == 1:
            self._root = (local, namespace)
            self.ended = self.known._replace(kind=HEADER)
            default = self._prefixes.pop("", "")
            lang = get(f"{XML}{rules.SEPARATOR}lang", "")
            self.context = Context(default, tuple(sorted(self._prefixes.items())), lang)

    def _end_element(self, _name: str) -> None:
        self.place = Place.TEXT
        self.depth -= 1
        if self.depth == 1:
            self.ended = self.known
        elif self.depth == 0:
            self.footer_seen = True
            if self.ended is None:  # else the root is one empty tag: no footer then
                self.ended = Item(0, FOOTER, *self._root)

    def _start_cdata(self) -> None:
        self.place = Place.CDATA

    def _end_cdata(self) -> None:
        self.place = Place.TEXT

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if self.depth == 0:
            self._prefixes[prefix or ""] = uri or ""

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.place = Place.TEXT
        if encoding is not None and encoding.lower() != "utf-8":
            self.error = rules.encoding_refused(self.start, encoding)
