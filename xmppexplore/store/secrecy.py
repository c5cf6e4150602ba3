"""Which rows may hold secrets: asked of whole batches, because nearly none does.

:func:`xmppexplore.wire.redact.secret_spans` decides, row by row; what is here only spares
it the rows that cannot.  The names come from the same table.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from xmppexplore.wire import redact
from xmppexplore.wire.secrets import ANY, SECRETS

if TYPE_CHECKING:
    from xmppexplore.wire.records import Context

__all__ = ["secret_items", "suspects"]


def _any_of(names: list[bytes]) -> bytes:
    """Return a pattern of names that decides by the first letter, which is a third faster."""
    by_first: dict[bytes, list[bytes]] = {}
    for name in names:
        by_first.setdefault(name[:1], []).append(name[1:])
    return b"|".join(
        re.escape(first) + b"(?:" + b"|".join(map(re.escape, rests)) + b")"
        for first, rests in by_first.items()
    )


_ELEMENTS: Final = _any_of(sorted({line.element.encode() for line in SECRETS} - {ANY.encode()}))
_ATTRIBUTES: Final = sorted({line.where[1:].encode() for line in SECRETS if line.where != "text"})
# In long texts Python searches for six bytes or more ten times slower than for five.
_HINTS: Final = tuple(name[:5] for name in _ATTRIBUTES)
# One pattern for each way a start tag can spell the name: a pattern that begins with one
# literal byte is searched for five times as fast as one that begins with a set.
_START_TAGS: Final = tuple(
    re.compile(before + rb"(?:" + _ELEMENTS + rb")(?=[\s/>])") for before in (b"<", b":")
)
_ATTRIBUTE: Final = re.compile(rb"\s(?:" + b"|".join(_ATTRIBUTES) + rb")\s*=")


def suspects(data: bytes) -> list[int]:
    """Return offsets inside whole items among which is one of each item with a secret.

    >>> suspects(b"<message/><iq><query><password>x</password></query></iq>")
    [21]
    """
    found = [match.start() for pattern in _START_TAGS for match in pattern.finditer(data)]
    if any(hint in data for hint in _HINTS):
        found += [match.start() for match in _ATTRIBUTE.finditer(data)]
    return found


def secret_items(data: bytes, ends: list[int], context: Context) -> list[int]:
    """Return which of some whole items hold something secret, by position.

    Args:
        data: bytes that begin with the items, joined.
        ends: where each item ends in ``data``.
        context: what the header in force declares.
    """
    positions = {bisect_right(ends, offset) for offset in suspects(data)}
    found = []
    for at in sorted(positions - {len(ends)}):
        item = data[ends[at - 1] if at else 0 : ends[at]]
        if redact.secret_spans(item, context=context):
            found.append(at)
    return found
