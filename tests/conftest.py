"""What holds for every test: no network, marks by place, nothing left where that is asked."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import guard
from tests.peers.census import SETTLE_SECONDS, census

# The whole run sees the network of a machine without one: outside loopback nothing is
# reached and no name resolves, whatever a test does by mistake.
guard.install()

# Times say nothing here: two cores run servers, browsers and other tests at the same time.
settings.register_profile(
    "xmppexplore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("xmppexplore")

HERE = Path(__file__).parent

MARK_OF_FOLDER = {"views": "widgets", "browser": "browser"}
"""Folder of tests -> mark that each test in it has without writing it."""

MARK_OF_FIXTURE = {
    "prosody": "prosody",
    "prosody_plain": "prosody",
    "prosody_full": "prosody",
    "prosody_full_plain": "prosody",
    "ejabberd": "ejabberd",
    "ejabberd_plain": "ejabberd",
}
"""Fixture -> mark of every test that asks for it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests the marks of the folder they are in and of the fixtures they ask for."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
        if folder in MARK_OF_FOLDER:
            item.add_marker(MARK_OF_FOLDER[folder])
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARK_OF_FIXTURE:
                item.add_marker(MARK_OF_FIXTURE[fixture])


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Tasks, threads, files, sockets and signal handlers are the same after as before.

    Ask for it before fixtures whose remains it shall see.  A test that runs inside an
    event loop compares the tasks itself, with :mod:`tests.peers.census`.
    """
    gc.collect()
    before = census()
    yield
    gc.collect()
    end = time.monotonic() + SETTLE_SECONDS
    # No event tells that a thread's last descriptor is closed; so look until it is.
    while census() != before and time.monotonic() < end:
        time.sleep(0.01)
    assert census() == before
