"""What a test needs from the machine, and how to get it where it is missing.

A test that needs a system package says so by calling :func:`needs`.  On a machine
without it the test is skipped under the name of the package; with
``XMPPEXPLORE_REQUIRE_ALL=1`` in the environment it fails instead, so that a full run
cannot become a partial one unseen.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

PROGRAMS = {
    "prosody": ("prosody", "apt-get install prosody"),
    "ejabberd": ("ejabberdctl", "apt-get install ejabberd"),
    "chromium": ("chromium", "apt-get install chromium"),
    "npm": ("npm", "apt-get install npm"),
    "go-sendxmpp": ("go-sendxmpp", "apt-get install go-sendxmpp"),
    "profanity": ("profanity", "apt-get install profanity-light"),
    "tmux": ("tmux", "apt-get install tmux"),
}
"""Need -> (program that must be on the PATH, command that installs it on Debian)."""


def missing(*names: str) -> list[str]:
    """Return one line for each need that this machine does not meet, with its cure."""
    lines = []
    for name in names:
        program, cure = PROGRAMS[name]
        if shutil.which(program, path=_path()) is None:
            lines.append(f"{name} is not installed; get it with: {cure}")
    return lines


def needs(*names: str) -> None:
    """Skip the calling test, or fail it in a full run, where a need is not met."""
    lines = missing(*names)
    if lines:
        cannot("; ".join(lines))


def cannot(reason: str) -> NoReturn:
    """Skip the calling test for a reason, or fail it in a full run."""
    if os.environ.get("XMPPEXPLORE_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _path() -> str:
    """Return the PATH, with the folder of servers' tools that not everybody has on it."""
    path = os.environ.get("PATH", "")
    return f"{path}{os.pathsep}/usr/sbin" if path else path
