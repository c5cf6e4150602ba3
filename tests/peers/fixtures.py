"""Fixtures of the peers; a conftest imports the ones it needs.

Servers live as long as the pytest process (under xdist: one set a worker).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.needs import needs
from tests.peers.bad import Certificates
from tests.peers.certificates import Authority
from tests.peers.ejabberd import Ejabberd
from tests.peers.host import Host
from tests.peers.prosody import FULL_MODULES, FULL_SETTINGS, Prosody

__all__ = [
    "authority",
    "certificates",
    "ejabberd",
    "ejabberd_plain",
    "peers",
    "prosody",
    "prosody_full",
    "prosody_full_plain",
    "prosody_plain",
]


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


def _prosody_full(factory: pytest.TempPathFactory, authority: Authority, tls: bool) -> Prosody:
    needs("prosody")
    return Prosody(
        factory.mktemp("full"),
        authority,
        tls=tls,
        modules=FULL_MODULES,
        settings=FULL_SETTINGS,
    )


@pytest.fixture(scope="session")
def prosody_full(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Prosody]:
    """A Prosody like :func:`prosody` with every module that a client can meet."""
    with _prosody_full(tmp_path_factory, authority, tls=True) as server:
        yield server


@pytest.fixture(scope="session")
def prosody_full_plain(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Prosody]:
    """A Prosody like :func:`prosody_plain` with every module that a client can meet."""
    with _prosody_full(tmp_path_factory, authority, tls=False) as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Ejabberd]:
    """An ejabberd that demands STARTTLS, with direct TLS on a second port."""
    needs("ejabberd")
    with Ejabberd(tmp_path_factory.mktemp("ejabberd"), authority) as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd_plain(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Ejabberd]:
    """An ejabberd without TLS, which offers SCRAM in the clear."""
    needs("ejabberd")
    with Ejabberd(tmp_path_factory.mktemp("ejabberd"), authority, tls=False) as server:
        yield server
