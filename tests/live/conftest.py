"""The peers that tests of live connections speak with."""

from tests.peers.fixtures import (  # noqa: F401  (pytest finds fixtures by their names here)
    authority,
    certificates,
    peers,
    prosody,
    prosody_full,
    prosody_plain,
)
