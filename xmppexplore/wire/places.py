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
    rb"""[ \t\r\n]([^\s<>/='"]+)[ \t\r\n]*=[ \t\r\n]*('[^']*+'|"[^"]*+")"""
)


def place_of(element: Element, attribute: str = "") -> int:
    """Return the byte offset of an element, or of one of its attributes, in its source.

    Args:
        element: the element.
        attribute: name of the attribute, Clark name where prefixed; the place of the
            element itself where it has no such attribute.
    """
    start, content, _, _ = element.spans
    if element.get(attribute) is None:
        return start
    namespace, local = split_qualified(attribute)
    wanted, found = local.encode(), dict[bytes, int]()
    scope = {prefix.encode(): uri for prefix, uri in element.context.prefixes}
    for one in _ATTRIBUTE.finditer(element.source.data, start, content):
        prefix, _, name = one.group(1).rpartition(b":")
        if prefix == b"xmlns":
            scope[name] = one.group(2)[1:-1].decode()
        elif name == wanted and bool(prefix) == bool(namespace):
            found[prefix] = one.start(1)
    scope[b"xml"] = XML
    exact = [at for prefix, at in found.items() if scope.get(prefix, "") == namespace]
    # A namespace that is written with references is not resolved here.
    return next(iter(exact or found.values()), start)


def line_and_column(data: bytes, offset: int) -> tuple[int, int]:
    r"""Return line and column of a byte offset, both from 1, the column in characters.

    >>> line_and_column("<a>\n<é/>é<b/>".encode(), 11)
    (2, 6)
    """
    before = data[:offset].decode("utf-8", "replace")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
