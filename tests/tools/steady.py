"""A start-up file under which a lesson says the same each time it runs.

For code of this library and of what it drives (never for the kernel's own) these are made
the same in each run: the clock, which moves on by a fixed step whenever it is read, random
bytes, and the ports on which servers listen.  For pictures in the repository only: what is
random here can be foretold.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

PACKAGES = frozenset({"xmppexplore", "slixmpp", "scramp"})
PROBE = "xmppexplore.live.probe"
BEGIN_NS = 1_767_268_800_000_000_000  # 2026-01-01T12:00:00Z
STEP_NS = 250_000
PORTS = range(15222, 15322)


def install() -> None:
    """Replace clock, randomness and free ports for code of :data:`PACKAGES`."""
    _steady_clock()
    _steady_bytes()
    _steady_ports()


def _asked_by() -> str:
    """Return the nearest of :data:`PACKAGES` among the callers, ``""`` if there is none."""
    frame = sys._getframe(2)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in PACKAGES:
            return package
        frame = frame.f_back
    return ""


def _steady_clock() -> None:
    real = time.monotonic_ns
    moment = 0

    def monotonic_ns() -> int:
        nonlocal moment
        if not _asked_by():
            return real()
        moment += STEP_NS
        return moment

    real_wall = time.time_ns

    def time_ns() -> int:
        return BEGIN_NS + moment if _asked_by() else real_wall()

    real_time = time.time

    def wall() -> float:
        return (BEGIN_NS + moment) / 1e9 if _asked_by() else real_time()

    real_seconds = time.monotonic

    def monotonic() -> float:
        # How long a cell keeps this machine's kernel busy is no fact of the lesson: to the
        # probe that looks for it no time passes.
        return 0.0 if sys._getframe(1).f_globals.get("__name__") == PROBE else real_seconds()

    time.monotonic_ns = monotonic_ns
    time.time_ns = time_ns
    time.time = wall
    time.monotonic = monotonic


def _steady_bytes() -> None:
    # One source for each package: how often one of them asks does not move the others.
    sources = {package: random.Random(package) for package in PACKAGES}
    real = os.urandom

    def urandom(size: int) -> bytes:
        package = _asked_by()
        return sources[package].randbytes(size) if package else real(size)

    os.urandom = urandom  # uuid4 asks here
    random._urandom = urandom  # type: ignore[attr-defined]  # secrets and SystemRandom ask here
    _steady_fractions(sources)


def _steady_fractions(sources: dict[str, random.Random]) -> None:
    # slixmpp takes the nonce of its SCRAM from the source that all modules of the kernel
    # share, so seeding that source would not help.
    real = random.random

    def fraction() -> float:
        package = _asked_by()
        return sources[package].random() if package else real()

    random.random = fraction


def _steady_ports() -> None:
    real: Callable[..., Any] = socket.socket.bind

    def bind(self: socket.socket, address: Any) -> None:
        if address != ("127.0.0.1", 0):
            return real(self, address)
        for port in PORTS:
            try:
                return real(self, ("127.0.0.1", port))
            except OSError:
                continue  # taken, by this run or by somebody else
        return real(self, address)

    socket.socket.bind = bind  # type: ignore[method-assign]
