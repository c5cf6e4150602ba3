"""The peers, checked without our library."""

from tests.peers.fixtures import (  # noqa: F401  (pytest finds fixtures by their names here)
    authority,
    certificates,
    peers,
    prosody,
    prosody_plain,
)
