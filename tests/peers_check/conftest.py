"""The peers, checked without our library."""

from tests.peers.fixtures import (  # noqa: F401  (pytest finds fixtures by their names here)
    authority,
    certificates,
    ejabberd,
    ejabberd_plain,
    peers,
    prosody,
    prosody_full,
    prosody_full_plain,
    prosody_plain,
)
