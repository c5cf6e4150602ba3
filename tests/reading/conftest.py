"""The servers that readings are held against."""

from tests.peers.fixtures import authority, ejabberd, prosody  # noqa: F401  (found by their names)
