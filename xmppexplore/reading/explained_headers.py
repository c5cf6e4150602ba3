"""What the header of a stream says beside its attributes: who talks to whom in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xmppexplore.names import (
    CLIENT,
    COMPONENT,
    COMPONENT_DIALLED,
    SERVER,
    STREAMS,
    qualified,
)
from xmppexplore.wire.element import Element, default_declared

__all__ = ["KINDS", "header_notes"]

KINDS: Final[Mapping[str, str]] = {
    CLIENT: "a client and its server talk in it (RFC 6120 §4.8.2)",
    SERVER: "two servers talk in it (RFC 6120 §4.8.2)",
    COMPONENT: "a component that called and its server talk in it (XEP-0114 §3)",
    COMPONENT_DIALLED: "a component that was called and its server talk in it (XEP-0114 §3)",
}
"""Content namespace of a stream -> who talks in it."""

_HEADER: Final = qualified(STREAMS, "stream")


def header_notes(element: Element) -> tuple[str, ...]:
    """Return what the content namespace of a stream's header says; nothing of other elements.

    >>> from xmppexplore.wire.element import parse
    >>> header_notes(parse("<stream:stream xmlns='jabber:server'/>"))
    ('Its stanzas are in jabber:server: two servers talk in it (RFC 6120 §4.8.2).',)
    """
    if element.qualified != _HEADER:
        return ()
    name = default_declared(element)
    return (f"Its stanzas are in {name}: {KINDS[name]}.",) if name in KINDS else ()
