"""Servers as processes: started, asked what they cost, and ended by their number."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

STOP_SECONDS: Final = 15.0
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")


class Process:
    """One server process, with the processes that it starts.

    Args:
        command: what to run; it stays in the foreground and ends at SIGTERM.
        folder: where its log goes, and where it runs.
        environment: all its variables; ours where not given.
        runs_in: where it runs instead.
        heard: whether its output is for :meth:`hear`; else it goes to the log.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        runs_in: Path | None = None,
        *,
        heard: bool = False,
    ) -> None:
        if shutil.which("setpriv"):  # the server must not outlive a run that was killed
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._log = folder / "output.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=runs_in or folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if heard else log,
                stderr=log,
            )

    def tell(self, line: str = "") -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def hear(self) -> str:
        """Return the next line of its output."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the server ended:\n" + self._log.read_text(errors="replace"))
        return line.decode().strip()

    def cpu(self) -> float:
        """Return the CPU seconds of it and of its processes, those that ended included."""
        return sum(_cpu(pid) for pid in self._tree())

    def memory(self) -> int:
        """Return the bytes of memory of it and of its processes (proportional set size)."""
        return sum(_memory(pid) for pid in self._tree())

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise AssertionError("the server ignored SIGTERM") from None

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _tree(self) -> list[int]:
        found = [self._process.pid]
        for pid in found:  # grows while it is gone through
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found


def _cpu(pid: int) -> float:
    """Return what all threads took, and the children that were waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = sum(map(int, fields[13:15])) * _TICK  # cutime, cstime
    # The clock of another process (clock_getcpuclockid(3)); /proc counts in ticks of 10 ms.
    return time.clock_gettime((~pid << 3) | 2) + ended


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no Pss")
