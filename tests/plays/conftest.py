"""The servers that plays are performed on."""

from tests.peers.fixtures import authority as authority
from tests.peers.fixtures import ejabberd as ejabberd
from tests.peers.fixtures import prosody_full as prosody_full
