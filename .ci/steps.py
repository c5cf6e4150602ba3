"""Running named steps one after the other and reporting all of them at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
SETUP = ROOT / ".ci" / "setup.sh"


class Steps:
    """A report that fails if any of its steps did; every step is run all the same."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: list[tuple[str, str, float]] = []

    def run(
        self,
        name: str,
        *command: str | Path,
        cwd: Path = ROOT,
        environment: dict[str, str] | None = None,
    ) -> bool:
        """Run one command; its output goes to the terminal as it comes."""
        print(f"\n--- {self.title}: {name}", flush=True)
        began = time.monotonic()
        result = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={"PIP_DISABLE_PIP_VERSION_CHECK": "1", **os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        self.note(name, result.returncode == 0, time.monotonic() - began)
        return result.returncode == 0

    def note(self, name: str, ok: bool, seconds: float) -> None:
        """Add a row to the report."""
        self.rows.append((name, "ok" if ok else "FAILED", seconds))

    def finish(self) -> None:
        """Print the report and leave with status 1 if a step failed or none was run."""
        print(f"\n--- {self.title}: report")
        for name, outcome, seconds in self.rows:
            print(f"{outcome:6}  {seconds:7.1f} s  {name}")
        sys.exit(0 if self.rows and all(row[1] == "ok" for row in self.rows) else 1)


def programs(venv: Path) -> Path:
    """Return the folder of a virtual environment's commands."""
    return venv / ("Scripts" if os.name == "nt" else "bin")
