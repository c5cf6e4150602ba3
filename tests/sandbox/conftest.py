"""A play for each test."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play


@pytest.fixture
def play():
    """A realm with romeo, juliet and the nurse, who are each other's contacts."""
    return Play(contacts=True)
