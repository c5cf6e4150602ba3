"""When a stanza came that is delivered later (XEP-0203)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from xmppexplore import names
from xmppexplore.errors import MalformedXML
from xmppexplore.sandbox.markup import attributes, split_element
from xmppexplore.wire.element import parse

__all__ = ["delayed", "stamp"]

_DELAY: Final = names.qualified(names.DELAY, "delay")


def stamp(at: float) -> str:
    """Return a time in UTC as XEP-0082 §3.2 writes it.

    >>> stamp(1_700_000_000.25)
    '2023-11-14T22:13:20.250Z'
    """
    written = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def delayed(data: bytes, at: float, by: str) -> bytes:
    """Return a message or presence with the time at which it came.

    It is told once by each who keeps it; what others wrote before is left as it is, since
    only the stamp of one's own server can be relied on.

    Args:
        data: the whole stanza, as its recipient gets it.
        at: when it came, in seconds since 1970 (UTC).
        by: the address of who kept it until now.
    """
    try:
        children = parse(data).children
    except MalformedXML:  # a copy of it lies deeper than this library reads: leave it alone
        return data
    if any(one.qualified == _DELAY and one.get("from") == by for one in children):
        return data
    opening, content, closing = split_element(data)
    child = f"<delay{attributes({'xmlns': names.DELAY, 'from': by, 'stamp': stamp(at)})}/>"
    return opening + content + child.encode() + closing
