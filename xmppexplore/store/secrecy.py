"""Which rows may hold secrets: asked of whole batches, because nearly none does.

:func:`xmppexplore.wire.redact.secret_spans` decides, row by row; what is here only spares
it the rows that cannot.  The names come from the same table.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from xmppexplore.wire import redact
from xmppexplore.wire.records import BROKEN, PARTIAL
from xmppexplore.wire.secrets import ANY, SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.store.reader import Batch
    from xmppexplore.wire.records import Context

__all__ = ["secret_rows", "suspects"]

_ELEMENTS: Final = "|".join(sorted({line.element for line in SECRETS} - {ANY})).encode()
_ATTRIBUTES: Final = sorted({line.where[1:].encode() for line in SECRETS if line.where != "text"})
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
    if any(name in data for name in _ATTRIBUTES):
        found += [match.start() for match in _ATTRIBUTE.finditer(data)]
    return found


def secret_rows(
    batch: Batch,
    read: Callable[[int, int, int], bytes],
    context: Callable[[int, int], Context],
) -> list[int]:
    """Return the positions in a batch of the rows that hold something secret.

    Args:
        batch: the rows.
        read: gives the bytes of a tape, by stream index, start and end.
        context: gives what the header in force declares, by stream index and offset.
    """
    positions: set[int] = set()
    for stream in set(batch.streams):
        own = [at for at, of in enumerate(batch.streams) if of == stream]
        start = batch.items[own[0]][0] - batch.sizes[own[0]]
        offsets = suspects(read(stream, start, batch.items[own[-1]][0]))
        if offsets:
            ends = [batch.items[at][0] - start for at in own]
            positions.update(own[bisect_right(ends, offset)] for offset in offsets)
    # Of what is not whole the start tag may be anywhere; and there is little of it.
    positions.update(at for at, item in enumerate(batch.items) if item[1] in (PARTIAL, BROKEN))
    secret = []
    for at in sorted(positions):
        stream, item = batch.streams[at], batch.items[at]
        start = item[0] - batch.sizes[at]
        before = b""
        if item[1] == BROKEN and at and batch.items[at - 1][1] == PARTIAL:
            before = read(stream, start - batch.sizes[at - 1], start)
        data = read(stream, start, item[0])
        if redact.secret_spans(data, stream & 1, context(stream, start), before=before):
            secret.append(at)
    return secret
