"""The peers that the long talk is held with."""

from tests.peers.fixtures import authority  # noqa: F401  (pytest finds fixtures by their names)
