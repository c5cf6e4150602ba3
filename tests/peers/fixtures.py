"""Fixtures of the peers; a conftest imports the ones it needs.

Servers live as long as the pytest process (under xdist: one set a worker).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.needs import needs
from tests.peers.bad import Certificates
from tests.peers.certificates import Authority
from tests.peers.host import Host
from tests.peers.prosody import Prosody

__all__ = ["authority", "certificates", "peers", "prosody", "prosody_plain"]


@pytest.fixture(scope="session")
def peers() -> Iterator[Host]:
    """The thread in which relays and bad servers run."""
    with Host() as host:
        yield host


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority of all good peers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificates(authority: Authority) -> Certificates:
    """The certificates that bad servers show."""
    return Certificates(authority)


@pytest.fixture(scope="session")
def prosody(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Prosody]:
    """A Prosody that demands STARTTLS, with direct TLS on a second port."""
    needs("prosody")
    with Prosody(tmp_path_factory.mktemp("prosody"), authority) as server:
        yield server


@pytest.fixture(scope="session")
def prosody_plain(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Prosody]:
    """A Prosody without TLS, which offers SCRAM in the clear."""
    needs("prosody")
    with Prosody(tmp_path_factory.mktemp("plain"), authority, tls=False) as server:
        yield server
