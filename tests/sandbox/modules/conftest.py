"""The servers that the sandbox is held against."""

from tests.peers.fixtures import (  # noqa: F401  (pytest finds fixtures by their names here)
    authority,
    ejabberd,
    prosody_full,
)
