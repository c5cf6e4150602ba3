"""The plain splitter: slow, and simple enough to be right by inspection.

Expat is given one byte at a time, so that whatever it reports happened at that byte; no
chunk, and no byte index that means something else for ``<r/>`` than for ``</r>``, can
matter.  It is what the fast splitter is tested against.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from xmppexplore.names import CONTENT_NAMESPACES, STANZA_NAMES, XML, qualified
from xmppexplore.wire import rules
from xmppexplore.wire.records import (
    BROKEN,
    FOOTER,
    HEADER,
    KINDS,
    NONZA,
    PARTIAL,
    WHITESPACE,
    Broken,
    Context,
    Item,
)

__all__ = ["PlainSplitter", "kind_of", "split_name"]

_KINDS_OF_STANZAS: Final = {name: KINDS.index(name) for name in STANZA_NAMES}


def split_name(name: str) -> tuple[str, str]:
    """Return ``(namespace, local name)`` of a name as Expat reports it."""
    namespace, _, local = name.rpartition(rules.SEPARATOR)
    return namespace, local


def kind_of(namespace: str, name: str) -> int:
    """Return the kind of a first-level element, a position in ``KINDS`` (RFC 6120 §8)."""
    if name in STANZA_NAMES and namespace in CONTENT_NAMESPACES:
        return _KINDS_OF_STANZAS[name]
    return NONZA


class PlainSplitter:
    """Cut one direction of a connection into items, one byte at a time.

    Same face and same results as :class:`~xmppexplore.wire.splitter.Splitter`.

    Args:
        base: tape offset of the first byte that will be fed.
        max_item_bytes: an item that grows larger is broken from there on.

    Attributes:
        suspects: positions of the items that :meth:`feed` returned last, all of them: here
            none is known to be free of secrets.
    """

    def __init__(self, base: int = 0, max_item_bytes: int = rules.MAX_ITEM_BYTES) -> None:
        self.max_item_bytes = max_item_bytes
        self.error: Broken | None = None
        self.context = Context()
        self.suspects: list[int] = []
        self._end = base
        self._begin_stream()

    def _begin_stream(self) -> None:
        self._stream = self._start = self._end
        self._parser = parser = rules.new_parser()
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.StartCdataSectionHandler = self._start_cdata
        parser.EndCdataSectionHandler = self._end_cdata
        parser.StartNamespaceDeclHandler = self._declare
        parser.XmlDeclHandler = self._xml_declaration
        self._behind = False  # whether white space still belongs to the stream before
        self._depth = 0
        self._mark_bytes = 0  # how much of a byte order mark was seen
        self._header_seen = self._footer_seen = self._in_cdata = False
        self._markup = b""  # the bytes since a "<" whose tag or declaration is not yet complete
        self._known = Item(0, PARTIAL)  # what the start tags of the current item said
        self._root = ("", "")
        self._prefixes: dict[str, str] = {}
        self._items: list[Item] = []

    @property
    def pending(self) -> int:
        """Bytes fed that belong to no finished item yet."""
        return self._end - self._start

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes and return the items that they finish."""
        for byte in bytes(data):
            self._behind = self._behind and byte in rules.SPACE
            if self._behind:
                self._finish(Item(self._end + 1, WHITESPACE))
                self._stream = self._start
            elif self.error is None:
                self._take(byte)
            self._end += 1
        items = self._taken()
        self.suspects = list(range(len(items)))
        return items

    def restart(self) -> list[Item]:
        """Return what is unfinished as items and expect a new header (RFC 6120 §4.3.3)."""
        items = self.close()
        self.error = None
        self.context = Context()
        self._behind = True
        return items

    def close(self) -> list[Item]:
        """Return what is unfinished as items: the connection ended."""
        sound = self._end if self.error is None else self.error.offset
        if sound > self._start:
            self._items.append(self._known._replace(end=sound, kind=PARTIAL))
        if self._end > sound:
            self._items.append(Item(self._end, BROKEN))
        items = self._taken()
        self._begin_stream()
        return items

    def _taken(self) -> list[Item]:
        items, self._items = self._items, []
        return items

    def _take(self, byte: int) -> None:
        """Take one byte: first what XMPP forbids, then what XML forbids, then what it means."""
        if self._end - self._start >= self.max_item_bytes:
            self.error = rules.too_large(self._end, self.max_item_bytes)
            return
        between = not self._markup and (self._depth == 1 or self._footer_seen)
        if between and byte in rules.SPACE:
            self._parser.Parse(bytes((byte,)))
            self._finish(Item(self._end + 1, WHITESPACE))
            return
        self.error = self._forbidden(byte)
        if self.error is not None:
            return
        if self._markup or (byte == ord("<") and not self._in_cdata):
            self._markup += bytes((byte,))
        try:
            self._parser.Parse(bytes((byte,)))
        except expat.ExpatError as refusal:
            self.error = rules.ill_formed(
                self._stream + self._parser.ErrorByteIndex,
                refusal.code,
            )

    def _forbidden(self, byte: int) -> Broken | None:
        """Return why this byte may not stand here, whatever XML says."""
        if self._footer_seen:
            return rules.after_footer(self._end)
        at = self._end - self._stream
        if at < 2 and byte in rules.NOT_UTF8:
            return rules.not_utf8(self._end)
        if self._markup:
            return self._forbidden_markup(self._markup + bytes((byte,)))
        if at == self._mark_bytes < len(rules.BOM) and byte == rules.BOM[at]:
            self._mark_bytes += 1
            return None
        if self._depth < 2 and byte != ord("<") and byte not in rules.SPACE:
            return rules.stray_text(self._end, header_seen=self._header_seen)
        return None

    def _forbidden_markup(self, markup: bytes) -> Broken | None:
        offset = self._end + 1 - len(markup)
        if markup.startswith(b"<?"):
            first = offset == self._stream + self._mark_bytes
            if first and rules.opens_declaration(markup):
                return None
            return rules.forbidden_markup(offset, markup)
        if markup.startswith(b"<!") and len(markup) > 2:
            section = rules.CDATA_START[: len(markup)] == markup[: len(rules.CDATA_START)]
            if self._depth < 2 or not section:
                return rules.forbidden_markup(offset, markup)
        return None

    def _finish(self, item: Item) -> None:
        self._items.append(item)
        self._start = item.end
        self._known = Item(0, PARTIAL)

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self._markup = b""
        self._depth += 1
        namespace, local = split_name(name)
        get = attributes.get
        if self._depth < 3:
            self._known = Item(
                self._end + 1,
                kind_of(namespace, local),
                local,
                namespace,
                get("type", ""),
                get("id", ""),
                get("from", ""),
                get("to", ""),
            )
        if self._depth == 1:
            self._header_seen = True
            self._root = (local, namespace)
            lang = get(f"{XML}{rules.SEPARATOR}lang", "")
            default = self._prefixes.pop("", "")
            self.context = Context(default, tuple(sorted(self._prefixes.items())), lang)
            self._finish(self._known._replace(kind=HEADER))
        elif self._depth == 3 and not self._known.payload:
            self._known = self._known._replace(payload=qualified(namespace, local))

    def _end_element(self, _name: str) -> None:
        self._markup = b""
        self._depth -= 1
        if self._depth == 1:
            self._finish(self._known._replace(end=self._end + 1))
        elif self._depth == 0:
            self._footer_seen = True
            if self._start <= self._end:  # not for a root that is one empty tag: no footer there
                self._finish(Item(self._end + 1, FOOTER, *self._root))

    def _start_cdata(self) -> None:
        self._markup = b""
        self._in_cdata = True

    def _end_cdata(self) -> None:
        self._in_cdata = False

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if self._depth == 0:
            self._prefixes[prefix or ""] = uri or ""

    def _xml_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            self.error = rules.encoding_refused(self._stream, encoding)
        self._markup = b""
