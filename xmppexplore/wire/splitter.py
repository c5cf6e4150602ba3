"""The splitter: bytes to items, at about the speed at which Expat reads them.

Nearly every item has the shape of one before it (:mod:`~xmppexplore.wire.shapes`) and is
recognised by one regular expression.  Everything else is given to Expat, one tag at a time,
which alone decides what is well-formed; it never sees the items that were recognised, as a
whole item leaves no trace in the state of a parser.
"""

from __future__ import annotations

import re
from typing import Final

from xmppexplore.wire import rules
from xmppexplore.wire.records import BROKEN, HEADER, PARTIAL, WHITESPACE, Broken, Context, Item
from xmppexplore.wire.shapes import KEY, Shapes, utf8_until
from xmppexplore.wire.streaming import CDATA, DECLARATION, MARKUP, TAG, TEXT, Shared, StreamParser

__all__ = ["Splitter"]

_SLICE: Final = 65_536  # bytes looked at in one go: bounds every search within them
_KEEP: Final = 4096  # an unfinished tag of more bytes is kept from Expat until it ends
_MISSES: Final = 16  # searches for an end tag, in one slice, that may come to nothing
_CDATA_START: Final = rules.CDATA_START.decode()
_IN_TAG: Final = re.compile("[>'\"]")
_TAG_END: Final = re.compile(r"""(?:[^>'"]++|'[^']*+'|"[^"]*+")*>""")
_NAME_END: Final = re.compile(r"[\s/>]")
_WHITESPACE: Final = frozenset(rules.SPACE.decode())


class Splitter:
    """Cut one direction of a connection into items (RFC 6120 §4.1).

    Any cutting of the bytes into chunks gives the same items, and the ranges of the items,
    joined, are all that was fed.  An item is returned by the ``feed`` that brings its last
    byte.  White space between items makes an item of each byte.

    Args:
        base: tape offset of the first byte that will be fed.
        max_item_bytes: an item that grows larger is broken from there on (RFC 6120 §13.12).

    Attributes:
        error: why the rest of the current stream is broken; ``None`` while it is sound.
        context: what the header of the current stream declares.
        suspects: which of the items that :meth:`feed` returned last may hold secrets, by
            position, in order: those of unknown shape, and those whose shape has a name
            that says so.  All others hold none, and are spared the search.

    >>> splitter = Splitter()
    >>> header = b"<stream:stream xmlns='jabber:client' xmlns:stream='urn:s'>"
    >>> [item.name for item in splitter.feed(header + b"<presence/> <iq")]
    ['stream', 'presence', '']
    >>> splitter.pending
    3
    """

    def __init__(self, base: int = 0, max_item_bytes: int = rules.MAX_ITEM_BYTES) -> None:
        self.max_item_bytes = max_item_bytes
        self.error: Broken | None = None
        self.context = Context()
        self.suspects: list[int] = []
        self._end = base
        self._shared = Shared()
        self._shapes = Shapes()
        self._shapes_of = self.context
        self._misses = self._sound_until = self._brackets = 0  # of the slice at hand
        self._begin_stream()

    def _begin_stream(self) -> None:
        self._start = self._end
        self._parser = StreamParser(self._end, self._shared)
        self._mark_bytes = 0  # how much of a byte order mark was seen
        self._markup = ""  # the first characters of a token, while they decide what it is
        self._token = 0  # tape offset of the token that is unfinished
        self._quote = ""  # the quote that is open in an unfinished tag
        self._held: list[bytes] = []  # the part of it that Expat was not given
        self._last = ""  # the last character of an unfinished declaration
        self._items: list[Item] = []

    @property
    def pending(self) -> int:
        """Bytes fed that belong to no finished item yet."""
        return self._end - self._start

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes and return the items that they finish; never raises.

        What cannot be read is in ``error`` at once (inside a tag of more than 4 KiB, when
        the tag ends), and comes as an item from :meth:`restart` or :meth:`close`.
        """
        data = bytes(data)
        self.suspects = []
        position, size = 0, len(data)
        end = self._end + size
        while position < size and self.error is None:
            room = self.max_item_bytes - (self._end - self._start)
            if room <= 0:
                self.error = rules.too_large(self._end, self.max_item_bytes)
                break
            length = min(room, _SLICE, size - position)
            if self._end - self._parser.start < 2:  # where Expat would detect an encoding
                length = 1
                if data[position] in rules.NOT_UTF8:
                    self.error = rules.not_utf8(self._end)
                    break
            self._take(data[position : position + length])
            position += length
            self._end += length
        self._end = end
        items, self._items = self._items, []
        return items

    def restart(self) -> list[Item]:
        """Return what is unfinished as items and expect a new header (RFC 6120 §4.3.3)."""
        items = self.close()
        self.error = None
        self.context = Context()
        self._parser.resumes = True
        return items

    def close(self) -> list[Item]:
        """Return what is unfinished as items: the connection ended.

        ``error`` and ``context`` stay, for those who ask why.
        """
        if self._held and self.error is None:
            self._parse(b"")
        sound = self._end if self.error is None else self.error.offset
        items = self._items
        if sound > self._start:
            items.append(self._parser.item(sound, PARTIAL))
        if self._end > sound:
            items.append(Item(self._end, BROKEN))
        self._begin_stream()
        return items

    def _take(self, data: bytes) -> None:
        """Go through one slice; ``self._end`` is the tape offset of its first byte."""
        text = data.decode("latin-1")  # one character a byte, so that offsets are the same
        position, size, parser = 0, len(data), self._parser
        self._misses = _MISSES
        self._sound_until = -1  # up to where the slice is UTF-8, -1 before that is known
        self._brackets = -1  # where "]]>" comes next
        while position < size and self.error is None:
            if parser.place is not TEXT:
                position = self._in_markup(data, text, position)
            elif parser.footer_seen or parser.depth == 1:
                position = self._between(data, text, position)
            elif parser.depth:
                position = self._inside(data, text, position)
            else:
                position = self._before(data, text, position)

    def _in_markup(self, data: bytes, text: str, position: int) -> int:
        place = self._parser.place
        if place is TAG:
            return self._tag(data, text, position)
        if place is CDATA:
            return self._cdata(data, text, position)
        if place is MARKUP:
            return self._open_markup(data, text, position)
        return self._declaration(data, text, position)

    # Each of the methods below takes what it can from ``position`` on and returns the
    # position after it.  What they do not give to Expat, they add to ``self._shift``.

    def _between(self, data: bytes, text: str, position: int) -> int:
        """Take white space and items of known shape, then begin with whatever else comes."""
        size, start, items, new = len(text), self._end, self._items, tuple.__new__
        shared, suspects, append = self._shared, self.suspects, items.append
        find = Shapes().by_start.get if self._parser.footer_seen else self._shapes.by_start.get
        limit = self._sound(data, text, position)
        while position < size:
            # Unpacked, as ten attributes of a named tuple cost a quarter of a microsecond.
            for pattern, groups, kind, name, namespace, payload, suspect in find(
                text[position : position + KEY], ()
            ):
                match = pattern.match(text, position, limit)
                if match is None:
                    continue
                position = match.end()
                type_, id_, sender, recipient = match.group(*groups)
                if suspect:
                    suspects.append(len(items))
                type_, sender, recipient = shared[type_], shared[sender], shared[recipient]
                end = start + position
                item = (end, kind, name, namespace, type_, id_, sender, recipient, payload)
                append(new(Item, item))  # a third of the time that Item(...) takes
                break
            else:
                if text[position] not in _WHITESPACE:
                    break
                position += 1
                append(Item(start + position, WHITESPACE))
        skipped = start + position - self._start
        self._start += skipped
        self._parser.shift += skipped
        return position if position == size else self._begin(data, text, position)

    def _sound(self, data: bytes, text: str, position: int) -> int:
        """Return how far shapes may look: what follows is not UTF-8, or holds "]]>"."""
        if self._sound_until < 0:
            self._sound_until = len(text) if text.isascii() else utf8_until(data, position)
        if self._brackets < position:
            found = text.find("]]>", position)
            self._brackets = len(text) if found < 0 else found
        return min(self._sound_until, self._brackets)

    def _begin(self, data: bytes, text: str, position: int) -> int:
        """Begin an item that Expat shall read, or refuse what cannot begin one."""
        offset = self._end + position
        if self._parser.footer_seen:
            self.error = rules.after_footer(offset)
            return position
        if text[position] != "<":
            self.error = rules.stray_text(offset, header_seen=True)
            return position
        if text[position + 1 : position + 2] in ("", "!", "?", "/"):
            return self._inside(data, text, position)
        self._token, self._parser.place, self._quote = offset, TAG, ""
        end = self._tag_end(text, position + 1)
        if end < 0:
            self._keep(data[position:])
            return len(text)
        if text[end - 2] != "/":
            end = self._whole(text, position, end)
        return self._parse_token(data, text, position, end)

    def _whole(self, text: str, position: int, tag_end: int) -> int:
        """Return where an item may well end, else where its start tag ends.

        Raw "<" stands in no attribute value, so the first end tag of its name ends it,
        unless an element of this name is nested, or a CDATA section quotes one.
        """
        if self._misses <= 0:
            return tag_end
        name = _NAME_END.split(text[position + 1 : tag_end], maxsplit=1)[0]
        close = text.find("</" + name, tag_end)
        end = text.find(">", close) + 1 if close >= 0 else 0
        if not end:
            self._misses -= 1
            return tag_end
        if text.find("<!", tag_end, end) >= 0 or text.find("<?", tag_end, end) >= 0:
            return tag_end
        return end

    def _before(self, data: bytes, text: str, position: int) -> int:
        """Take what may stand before the root: a byte order mark and white space."""
        for at in range(position, len(text)):
            character = text[at]
            offset, marks = self._end + at, self._mark_bytes
            if self._parser.leave(offset, character):
                self._items.append(Item(offset + 1, WHITESPACE))
                self._start = offset + 1
                return at + 1
            if offset - self._parser.start == marks and rules.BOM[marks:].startswith(
                data[at : at + 1]
            ):
                self._mark_bytes += 1
                continue
            if character == "<":
                return self._inside(data, text, position)
            if character not in _WHITESPACE:
                self.error = rules.stray_text(offset, header_seen=False)
                return at
        self._parse(data[position:])
        return len(text)

    # Inside an item.

    def _inside(self, data: bytes, text: str, position: int) -> int:
        """Take text up to the next markup, and the markup where it is a tag."""
        cut = text.find("<", position)
        if cut < 0:
            self._parse(data[position:])
            return len(text)
        self._token = self._end + cut
        if text[cut + 1 : cut + 2] in ("", "!", "?"):
            self._parser.place, self._markup = MARKUP, "<"
            self._parse(data[position : cut + 1])
            return cut + 1
        self._parser.place, self._quote = TAG, ""
        if cut > position:
            self._parse(data[position:cut])
        return self._tag(data, text, cut)

    def _open_markup(self, data: bytes, text: str, position: int) -> int:
        """Take the characters that decide what a token is, and refuse what is forbidden."""
        for at in range(position, len(text)):
            markup = self._markup = self._markup + text[at]
            if markup[1] not in "!?":
                self._parser.place, self._quote = TAG, ""
                return self._tag(data, text, at)
            if self._forbids(markup):
                self.error = rules.forbidden_markup(self._token, markup.encode("latin-1"))
                return at
            if markup == _CDATA_START:
                self._parse(data[position : at + 1])
                return at + 1
            if markup[1] == "?" and len(markup) > len(rules.DECLARATION_START):
                self._parser.place, self._last = DECLARATION, ""
                self._parse(data[position : at + 1])
                return at + 1
        self._parse(data[position:])
        return len(text)

    def _forbids(self, markup: str) -> bool:
        if markup[1] == "?":
            first = self._token == self._parser.start + self._mark_bytes
            return not (first and rules.opens_declaration(markup.encode("latin-1")))
        return len(markup) > 2 and (self._parser.depth < 2 or not _CDATA_START.startswith(markup))

    def _tag(self, data: bytes, text: str, position: int) -> int:
        """Take a tag, or go on with one."""
        end = self._tag_end(text, position)
        if end < 0:
            self._keep(data[position:])
            return len(text)
        return self._parse_token(data, text, position, end)

    def _tag_end(self, text: str, position: int) -> int:
        """Return the position after the tag's ``>``, -1 where it is still to come."""
        quote = self._quote
        whole = None if quote else _TAG_END.match(text, position)
        if whole is not None:
            return whole.end()
        while True:
            if quote:
                position = text.find(quote, position) + 1
                if not position:
                    self._quote = quote
                    return -1
            match = _IN_TAG.search(text, position)
            if match is None:
                self._quote = ""
                return -1
            position = match.end()
            quote = match.group()
            if quote == ">":
                self._quote = ""
                return position

    def _cdata(self, data: bytes, text: str, position: int) -> int:
        """Take a CDATA section up to where it may end; Expat tells whether it does."""
        end = text.find(">", position) + 1 or len(text)
        self._parse(data[position:end])
        return end

    def _declaration(self, data: bytes, text: str, position: int) -> int:
        """Take the XML declaration, which ends at the first ``?>``."""
        at = position - 1
        while (at := text.find(">", at + 1)) >= 0:
            if (text[at - 1] if at > position else self._last) == "?":
                return self._parse_token(data, text, position, at + 1)
        self._last = text[-1]
        self._keep(data[position:])
        return len(text)

    # What Expat is given, and what it answers.

    def _keep(self, data: bytes) -> None:
        """Take a part of a token that is unfinished.

        Expat starts such a token anew with each part.  It is given the parts of a short one,
        so that what is wrong shows at once, but a long one only when it is whole: else many
        small parts would cost the square of their number.
        """
        if self._end + len(data) - self._token > _KEEP:
            self._held.append(data)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        if self._held:
            data = b"".join([*self._held, data])
            self._held = []
        self._parser.parse(data)
        self.error = self._parser.error

    def _parse_token(self, data: bytes, text: str, position: int, end: int) -> int:
        """Give Expat what ends a token, and finish the item if that ends it."""
        self._parse(data[position:end])
        parser = self._parser
        if parser.ended < 0 or self.error is not None:
            return end
        item = parser.item(self._end + end, parser.ended)
        if item.kind == HEADER:
            self._header()
        elif parser.depth == 1 and self._start >= self._end:  # whole in this slice
            self._shapes.learn(text[self._start - self._end : end], item)
        self.suspects.append(len(self._items))
        self._items.append(item)
        self._start = item.end
        parser.begin_item()
        return end

    def _header(self) -> None:
        self.context = self._parser.context
        if self.context[:2] != self._shapes_of[:2]:  # the same markup means something else now
            self._shapes, self._shapes_of = Shapes(), self.context
