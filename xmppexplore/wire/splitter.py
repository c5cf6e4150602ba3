"""The splitter that everything uses."""

from __future__ import annotations

from xmppexplore.wire.plain import PlainSplitter

__all__ = ["Splitter"]


class Splitter(PlainSplitter):
    """Cut one direction of a connection into items."""
