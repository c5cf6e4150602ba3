"""Where in the text an element or one of its attributes stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xmppexplore.names import XML, split_qualified

if TYPE_CHECKING:
    from xmppexplore.wire.element import Element

__all__ = ["line_and_column", "place_of"]

# One white space before the name: a run of them would be looked through from each of its places.
_ATTRIBUTE: Final = re.compile(
    rb"""[ \t\r\n]([^\s<>/='"]+)[ \t\r\n]*=[ \t\r\n]*(?:'[^']*+'|"[^"]*+")"""
)


def place_of(element: Element, attribute: str = "") -> int:
    """Return the byte offset of an element, or of one of its attributes, in its source.

    Args:
        element: the element.
        attribute: name of the attribute, Clark name where prefixed; the place of the
            element itself where it has no such attribute.
    """
    start, content, _, _ = element.spans
    if not attribute:
        return start
    namespace, local = split_qualified(attribute)
    wanted = local.encode()
    for found in _ATTRIBUTE.finditer(element.source.data, start, content):
        prefix, _, name = found.group(1).rpartition(b":")
        # Two prefixes with the same local name are told apart for xml: alone.
        if name == wanted and bool(prefix) == bool(namespace) and prefix != b"xmlns":
            if namespace == XML and prefix != b"xml":
                continue
            return found.start(1)
    return start


def line_and_column(data: bytes, offset: int) -> tuple[int, int]:
    r"""Return line and column of a byte offset, both from 1, the column in characters.

    >>> line_and_column("<a>\n<é/>é<b/>".encode(), 11)
    (2, 6)
    """
    before = data[:offset].decode("utf-8", "replace")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
