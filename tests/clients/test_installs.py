"""What comes from a registry is installed once, and what cannot be is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.clients import installs


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installs, "FOLDER", tmp_path / "clients")


def test_it_is_installed_once_a_version() -> None:
    """The same again costs nothing; another version begins with an empty folder."""
    seen = []

    def install(folder: Path) -> None:
        seen.append(sorted(folder.iterdir()))
        (folder / "file").touch()

    first = installs._once("client", "client 1", install)
    assert installs._once("client", "client 1", install) == first
    assert seen == [[]]
    installs._once("client", "client 2", install)
    assert seen == [[], []]


@pytest.mark.parametrize(
    ("required", "outcome"), [("0", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_what_cannot_be_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, required: str, outcome: type[BaseException]
) -> None:
    """The reason is what the installer said last; half an installation is not taken for one."""
    monkeypatch.setenv("XMPPEXPLORE_REQUIRE_ALL", required)

    def install(folder: Path) -> None:
        (folder / "half").touch()
        raise subprocess.CalledProcessError(1, "npm", stderr="warning\nno network\n")

    for _ in range(2):
        with pytest.raises(outcome, match="client 1 could not be installed: no network"):
            installs._once("client", "client 1", install)
