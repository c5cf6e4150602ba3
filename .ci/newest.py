"""The tests with the newest version of everything, reported apart.

A failure here is news about other packages, not about this one: it says what the next
change of ``constraints.txt`` will meet.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions

from steps import CONSTRAINTS, Steps


def name_of(text: str) -> str:
    """Return the normal form of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()


def main() -> None:
    """Say which versions differ from the constraints, then run everything."""
    pinned = {}
    for line in CONSTRAINTS.read_text("utf-8").split():
        name, _, version = line.partition("==")
        pinned[name_of(name)] = version
    print("--- newest: versions that differ from constraints.txt")
    for found in sorted(distributions(), key=lambda item: name_of(item.name)):
        before = pinned.get(name_of(found.name))
        if before != found.version and found.name not in {"pip", "xmppexplore"}:
            print(f"{found.name} {before or '(not pinned)'} -> {found.version}")
    steps = Steps("newest")
    pytest = ("-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile")
    steps.run("types", sys.executable, "-m", "mypy")
    steps.run("tests", sys.executable, *pytest)
    steps.finish()


main()
