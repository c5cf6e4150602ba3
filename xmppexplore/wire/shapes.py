"""Shapes: what items of one stream have in common, learnt from items that Expat has read.

Traffic repeats itself: of two messages of one client only attribute values and texts
differ.  The shape of an item is its markup with holes for those, as one regular
expression.  An item that fits is as well-formed as the one it was learnt from, since all
that can go wrong in a hole is excluded there; and its name, namespaces and payload are the
same, since their declarations are part of the markup.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from xmppexplore.wire.records import Item
from xmppexplore.wire.redact import MAY_HOLD_SECRETS

__all__ = ["KEY", "Shape", "Shapes", "utf8_until"]

KEY: Final = 8
"""Characters at the start of an item by which its shapes are found."""

_MAX_CHARACTERS: Final = 2000  # of an item that is learnt from
_MAX_SHAPES: Final = 64
_MAX_PER_KEY: Final = 12  # each one that does not fit costs an attempt
_MAX_SEEN: Final = 256
_SEEN_BEFORE: Final = 3  # compiling costs as much as some hundred items: it must pay
_BUDGET: Final = 512  # items looked at in vain before learning stops

# The text is the bytes read as Latin-1, so that offsets are those of the bytes; that they
# are UTF-8, and hold no "]]>" and no U+FFFE or U+FFFF, is for the splitter to know.
#
# Only single characters are repeated possessively: for groups, Python before 3.11.5 goes on
# behind what a failed repetition had already consumed (gh-106052).
_TEXT: Final = r"[\t\n\r\x20-\x25\x27-\x3b\x3d-\xff]*+"
_TEXT_HOLE: Final = rf"{_TEXT}(?:&(?:lt|gt|amp|apos|quot);{_TEXT})*"
_VALUE_HOLE: Final = {
    "'": r"[\t\n\r\x20-\x25\x28-\x3b\x3d-\xff]*+",
    '"': r"[\t\n\r\x20\x21\x23-\x25\x27-\x3b\x3d-\xff]*+",
}
# Values that become columns: no references, no white space to normalise, ASCII.
_COLUMN_HOLE: Final = {
    "'": r"([\x20-\x25\x28-\x3b\x3d-\x7e]*+)",
    '"': r"([\x20\x21\x23-\x25\x27-\x3b\x3d-\x7e]*+)",
}
_COLUMNS: Final = ("type", "id", "from", "to")
_TAG: Final = re.compile(r"""<(?:[^<>'"!?]++|'[^'<]*+'|"[^"<]*+")+>""")
_ATTRIBUTE: Final = re.compile(r"""([^\s=<>'"/]+)(\s*=\s*)(?:(')[^'<]*+'|(")[^"<]*+")""")


class Shape(NamedTuple):
    """The common markup of some items.

    Attributes:
        pattern: matches an item of this shape, and nothing ill-formed.
        groups: its groups that hold type, id, sender and recipient.
        kind: kind, name, namespace and payload are those of every item of the shape.
        name: the local name.
        namespace: the namespace URI.
        payload: the Clark name of the first child.
        suspect: whether items of the shape may hold secrets.
    """

    pattern: re.Pattern[str]
    groups: tuple[int, int, int, int]
    kind: int
    name: str
    namespace: str
    payload: str
    suspect: bool


class Shapes:
    """The shapes of one stream; bounded, so that a peer who never repeats gains nothing.

    Attributes:
        by_start: shapes by the first :data:`KEY` characters, the last one used first.
    """

    def __init__(self) -> None:
        self.by_start: dict[str, list[Shape]] = {}
        self._seen: dict[str, int] = {}
        self._count = 0
        self._budget = _BUDGET

    def learn(self, xml: str, item: Item) -> None:
        """Look at an item that Expat has found well-formed.

        Args:
            xml: its bytes, read as Latin-1.
            item: what was read from it.
        """
        if self._budget <= 0 or self._count >= _MAX_SHAPES or len(xml) > _MAX_CHARACTERS:
            return
        self._budget -= 1
        found = _pattern(xml)
        if found is None:
            return
        pattern, groups = found
        times = self._seen.pop(pattern, 0) + 1
        if times <= _SEEN_BEFORE:
            self._seen[pattern] = times
            if len(self._seen) > _MAX_SEEN:
                del self._seen[next(iter(self._seen))]
            return
        shape = Shape(
            re.compile(pattern),
            groups,
            item.kind,
            item.name,
            item.namespace,
            item.payload,
            _may_hold_secrets(xml),
        )
        match = shape.pattern.fullmatch(xml)
        if match is None or match.group(*groups) != item[4:8]:
            return  # an attribute that was read differently: not one for a shape
        self._budget = _BUDGET
        self._count += 1
        bucket = self.by_start.setdefault(xml[:KEY], [])
        bucket.insert(0, shape)
        if len(bucket) > _MAX_PER_KEY:
            bucket.pop()


def _pattern(xml: str) -> tuple[str, tuple[int, int, int, int]] | None:
    """Return the pattern of an item's shape and its groups; ``None`` for markup not covered."""
    parts: list[str] = []
    columns: dict[str, int] = {}
    position = 0
    for tag in _TAG.finditer(xml):
        if tag.start() > position:
            if "<" in xml[position : tag.start()]:
                return None
            parts.append(_TEXT_HOLE)
        parts.append(_tag_pattern(tag.group(), columns if position == 0 else None))
        position = tag.end()
    if position != len(xml):
        return None
    nothing = len(columns) + 1  # the empty group at the end stands for what is absent
    kind, id_, sender, recipient = (columns.get(name, nothing) for name in _COLUMNS)
    return "".join(parts) + "()", (kind, id_, sender, recipient)


def _may_hold_secrets(xml: str) -> bool:
    """Tell whether any item of the shape of this one may hold a secret.

    What is secret goes by the names of elements and attributes, and only then by values
    (:mod:`xmppexplore.wire.secrets`).  The names are markup, the same in all of the shape,
    and can neither be written with references nor stand in a hole: a text there has no "<",
    and a value no quote, so that both hold text alone whatever it looks like.
    """
    tags = (_ATTRIBUTE.sub(r"\1\2''", tag) for tag in _TAG.findall(xml))
    return MAY_HOLD_SECRETS.search("".join(tags).encode("latin-1")) is not None


def _tag_pattern(tag: str, columns: dict[str, int] | None) -> str:
    """Return the pattern of one tag; the first one's columns are numbered in ``columns``."""
    parts: list[str] = []
    position = 0
    for attribute in _ATTRIBUTE.finditer(tag):
        name, equals, single, double = attribute.groups()
        quote = single or double
        if name == "xmlns" or name.startswith("xmlns:"):
            continue  # names mean something else under another declaration
        parts.append(re.escape(tag[position : attribute.start()] + name + equals + quote))
        if columns is not None and name in _COLUMNS:
            columns[name] = len(columns) + 1
            parts.append(_COLUMN_HOLE[quote])
        else:
            parts.append(_VALUE_HOLE[quote])
        position = attribute.end() - 1
    parts.append(re.escape(tag[position:]))
    return "".join(parts)


def utf8_until(data: bytes, position: int) -> int:
    """Return up to where ``data`` is UTF-8 that XML allows, from a boundary on."""
    try:
        until = position + codecs.utf_8_decode(data[position:], "strict", False)[1]  # noqa: FBT003 (positional only)
    except UnicodeDecodeError as error:
        until = position + error.start
    for noncharacter in (b"\xef\xbf\xbe", b"\xef\xbf\xbf"):
        found = data.find(noncharacter, position, until)
        until = until if found < 0 else found
    return until
