"""What a negotiable stream feature is made of (RFC 6120 §4.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.sandbox.stream import Phase
from xmppexplore.wire.element import Element
from xmppexplore.wire.records import Item

__all__ = ["Act", "Feature", "Request"]

Act: TypeAlias = Callable[[Negotiable, Element], None]
"""Takes a nonza.  What ends the stream is raised as a stream error."""

Request: TypeAlias = Callable[[Negotiable, Item, bytes], None]
"""Takes an iq that may come before a resource is bound."""


class Feature(NamedTuple):
    """A feature of the stream.

    Attributes:
        name: its name, that of its file.
        document: what defines it.
        offer: returns what stands in ``<stream:features/>`` now, ``""`` for nothing.
        acts: (phase, Clark name) of the nonzas that it takes -> handler.
        requests: (phase, Clark name of the payload) of iqs that it takes -> handler.
        inline_offer: returns what stands in the ``<inline/>`` of SASL2 (XEP-0388).
        inline: Clark names of what a client may put into ``<authenticate/>`` -> handler,
            which is called once the client is authenticated and returns what goes into
            ``<success/>``.  They are called in the order of the table of features.
    """

    name: str
    document: str
    offer: Callable[[Negotiable], str]
    acts: Mapping[tuple[Phase, str], Act] = {}
    requests: Mapping[tuple[Phase, str], Request] = {}
    inline_offer: Callable[[Negotiable], str] | None = None
    inline: Mapping[str, Callable[[Negotiable, Element], str]] = {}
