"""Entity capabilities: a hash that says what an entity can do (XEP-0115).

The server's own stands in its stream features (§6.3), so that a client that knows the hash
from last time need not ask again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.features import Host, Module
from xmppexplore.sandbox.markup import attributes

__all__ = ["MODULE", "NODE", "SERVER", "verification"]

NODE: Final = "urn:xmppexplore:sandbox"
"""What software it is; together with the hash the name of a node (§6.2)."""

SERVER: Final = {"category": "server", "type": "im", "name": "xmppexplore sandbox"}
"""The identity of the server."""


def verification(identities: Iterable[Mapping[str, str]], features: Iterable[str]) -> str:
    """Return the verification string of an entity without data forms (§5.1).

    Args:
        identities: ``category``, ``type``, ``lang`` and ``name`` of each; the last two may
            be missing.
        features: its features.

    >>> features = ["caps", "disco#info", "disco#items", "muc"]
    >>> verification(
    ...     [{"category": "client", "type": "pc", "name": "Exodus 0.9.1"}],
    ...     [f"http://jabber.org/protocol/{feature}" for feature in features],
    ... )
    'QgayPKawpkPSDYmwT/WM94uAlu0='
    """
    written = [
        "/".join(identity.get(part, "") for part in ("category", "type", "lang", "name"))
        for identity in identities
    ]
    parts = [*sorted(written, key=str.encode), *sorted(features, key=str.encode)]
    said = "".join(f"{part}<" for part in parts)
    return base64.b64encode(hashlib.sha1(said.encode(), usedforsecurity=False).digest()).decode()


def _offer(host: Host) -> str:
    """Return the capabilities of the server, for its stream features."""
    ver = verification([SERVER], host.features("server"))
    values = {"xmlns": names.CAPS, "hash": "sha-1", "node": NODE, "ver": ver}
    return f"<c{attributes(values)}/>"


MODULE: Final = Module(
    name="caps",
    document="XEP-0115",
    features={"server": (names.CAPS,)},
    stream_feature=_offer,
)
