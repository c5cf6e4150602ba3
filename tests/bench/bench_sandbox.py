"""The sandbox as a server against Prosody and ejabberd: login, messages, memory.

Every server is a process of its own on 127.0.0.1, with the same authority's kind of
certificate (P-256), TLS 1.3 with one cipher, SCRAM-SHA-1 with 4,096 iterations, and modules
for the same features; the load comes from the same raw clients (:mod:`.load`).  CPU seconds
are those of the whole server process, with its threads and children.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.load import Client, Place, await_port, converse
from tests.bench.measure import Row, rounds, row, say, scaled
from tests.bench.processes import Process
from tests.needs import missing
from tests.peers.certificates import Authority
from tests.peers.ejabberd import Ejabberd
from tests.peers.prosody import FULL_MODULES, FULL_SETTINGS, Prosody

ROOT: Final = Path(__file__).parents[2]
IDLE: Final = 200
PEOPLE: Final = {f"person{number}": f"password{number}" for number in range(25)}
"""Enough for 200 clients with eight resources each; ejabberd allows ten."""
SETTLE_SECONDS: Final = 1.0
MEMORY_ROUNDS: Final = 3
RECORDING: Final = "recording"
BARE: Final = "not recording"
"""The two ways in which the sandbox is measured."""
Launch = Callable[[], "Running"]


class Running:
    """A server that runs.

    Args:
        process: its process.
        place: where it listens.
    """

    def __init__(self, process: Process, place: Place) -> None:
        self.process = process
        self.place = place

    def client(self, number: int) -> Client:
        """Return a client of one of the people, logged in."""
        name, password = list(PEOPLE.items())[number % len(PEOPLE)]
        return Client(self.place, name, password, f"client{number}").log_in()


class Sandbox:
    """The sandbox: how it is started.

    Args:
        folder: for its log.
        tls: whether it offers TLS, and demands it.
        recording: whether it keeps every byte.
    """

    DOMAIN: Final = "capulet.example"

    def __init__(self, folder: Path, *, tls: bool, recording: bool = True) -> None:
        people = [f"{name}:{password}" for name, password in PEOPLE.items()]
        flags = [] if tls else ["--plain"]
        flags += [] if recording else ["--bare"]
        self.command = [
            *(sys.executable, "-m", "tests.bench.server", "--domain", self.DOMAIN),
            *flags,
            *("--people", *people),
        ]
        self.folder = folder
        # Compiled once, as an installed library is, and not in the checkout.
        self.environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def launch(self) -> Running:
        """Start the process, and return when it listens."""
        return self._listening(self._process(self.command))

    def prepare(self) -> Process:
        """Return a process in which all is imported and nothing is open, as in a kernel."""
        process = self._process([*self.command, "--wait"])
        process.hear()
        return process

    def open(self, process: Process) -> Running:
        """Open the server in a prepared process."""
        process.tell()
        return self._listening(process)

    def _process(self, command: list[str]) -> Process:
        return Process(command, self.folder, self.environment, runs_in=ROOT, heard=True)

    def _listening(self, process: Process) -> Running:
        _, port, ca_file = f"{process.hear()} ".split(" ")[:3]
        return Running(process, Place(self.DOMAIN, int(port), ca_file))


class Other:
    """Another server: set up once by the tests' harness, then started as often as needed.

    Args:
        child: the harness, not started.
    """

    def __init__(self, child: Prosody | Ejabberd) -> None:
        child.start()
        child.stop()
        self.folder = child.folder
        self.command = child._command()
        if isinstance(child, Ejabberd):  # its users are registered in its first start
            self.command = self.command[: self.command.index("-eval")]
        self.environment = child._environment()
        self.place = Place(child.domain, child.port, child.ca_file if child.tls else "")

    def launch(self) -> Running:
        """Start the process, and return when it listens."""
        process = Process(self.command, self.folder, self.environment)
        await_port(self.place.port)
        return Running(process, self.place)


def others(folder: Path, *, tls: bool) -> dict[str, Other]:
    """Return the servers to measure against that this machine has."""
    authority = Authority(folder / "authority")
    found: dict[str, Other] = {}
    if not _lacks("prosody"):
        found["Prosody"] = Other(
            Prosody(
                folder / "prosody",
                authority,
                users=PEOPLE,
                tls=tls,
                modules=FULL_MODULES,
                memory=True,
                settings=(*FULL_SETTINGS, "default_iteration_count = 4096"),
            )
        )
    if not _lacks("ejabberd"):
        found["ejabberd"] = Other(Ejabberd(folder / "ejabberd", authority, users=PEOPLE, tls=tls))
    return found


def _lacks(name: str) -> bool:
    lacking = missing(name)
    if lacking:
        say(f"skipped: {lacking[0]}")
    return bool(lacking)


# --- open to logged in


def _until_logged_in(launch: Launch) -> float:
    """Return the seconds from starting a server to its first client logged in."""
    start = time.perf_counter()
    running = launch()
    try:
        client = running.client(0)
        seconds = time.perf_counter() - start
        client.close()
    finally:
        running.process.stop()
    return seconds


def _in_open_process(sandbox: Sandbox) -> float:
    process = sandbox.prepare()
    return _until_logged_in(lambda: sandbox.open(process))


def login_rows(folder: Path, against: dict[str, Other]) -> list[Row]:
    """Measure from start to logged in, over TLS."""
    sandbox = Sandbox(folder, tls=True)
    sandbox.prepare().stop()  # compiles
    costs = rounds(
        {
            "in a kernel": partial(_in_open_process, sandbox),
            "as a process": partial(_until_logged_in, sandbox.launch),
            **{name: partial(_until_logged_in, other.launch) for name, other in against.items()},
        }
    )
    return [
        row(f"sandbox {how}, start to logged in", name, _ratios(costs[how], costs[name]), bar)
        for how, bar in (("in a kernel", "<= 0.5"), ("as a process", "<= 1"))
        for name in against
    ]


# --- messages


class Load(NamedTuple):
    """A way in which two clients write to each other.

    Attributes:
        words: how the table calls it.
        messages: how many in all.
        burst: how many in one write.
        alike: see :meth:`~tests.bench.load.Client.send`.
    """

    words: str
    messages: int
    burst: int
    alike: bool = True


LOADS: Final = (
    Load("50 at a time", 20_000, 50),
    Load("50 at a time, no two alike", 20_000, 50, alike=False),
    # Each waits for the one before it: the cost of a wakeup, a read and a write for each.
    Load("one at a time", 4_000, 1),
)


@contextmanager
def _pair(running: Running) -> Iterator[Callable[[Load], float]]:
    """Log two people in; give a function that has them write, and returns the CPU seconds."""
    one, other = running.client(0), running.client(1)
    one.appear()
    other.appear()

    def cost(load: Load) -> float:
        before = running.process.cpu()
        converse(one, other, scaled(load.messages), load.burst, alike=load.alike)
        return running.process.cpu() - before

    yield cost
    one.close()
    other.close()


def message_rows(folder: Path, against: dict[str, Other], *, tls: bool) -> list[Row]:
    """Measure messages per CPU second of the server between two clients."""
    launches: dict[str, Launch] = {
        RECORDING: Sandbox(folder, tls=tls).launch,
        BARE: Sandbox(folder, tls=tls, recording=False).launch,
        **{name: other.launch for name, other in against.items()},
    }
    found = []
    with ExitStack() as stack:
        pairs = {}
        for name, launch in launches.items():
            running = launch()
            stack.enter_context(running.process)
            pairs[name] = stack.enter_context(_pair(running))
        for load in LOADS:
            sides = {name: partial(cost, load) for name, cost in pairs.items()}
            costs = rounds(sides)
            for name, cost in costs.items():
                speed = scaled(load.messages) / statistics.median(cost)
                say(f"  {name}, {load.words}: {speed:,.0f} a CPU second")
            way = f"{'TLS' if tls else 'plain'}, {load.words}"
            found += [
                # Speeds, so the other way round.
                row(f"messages, {way}, {ours}", name, _ratios(costs[name], costs[ours]), ">= 0.5")
                for ours in (RECORDING, BARE)
                for name in against
            ]
    return found


# --- memory


def _per_idle_client(launch: Launch) -> float:
    """Return the bytes by which a server grows for each client that is logged in and idle."""
    running = launch()
    with running.process as process:
        first = running.client(0)  # what the first of all brings along is no growth
        first.settle()
        first.close()
        time.sleep(SETTLE_SECONDS)
        before = process.memory()
        clients = [running.client(number) for number in range(IDLE)]
        for client in clients:
            client.settle()
        time.sleep(SETTLE_SECONDS)
        after = process.memory()
        for client in clients:
            client.close()
    say(f"  {after / 2**20:.1f} MiB, of which {(after - before) / 2**20:.1f} MiB for the clients")
    return (after - before) / IDLE


def memory_rows(folder: Path, against: dict[str, Other], *, tls: bool) -> list[Row]:
    """Measure the memory of idle clients, each time in a fresh server."""
    costs = rounds(
        {
            RECORDING: partial(_per_idle_client, Sandbox(folder, tls=tls).launch),
            BARE: partial(_per_idle_client, Sandbox(folder, tls=tls, recording=False).launch),
            **{name: partial(_per_idle_client, other.launch) for name, other in against.items()},
        },
        MEMORY_ROUNDS,
    )
    if "Prosody" not in against:
        return []
    what = f"memory for each of {IDLE} idle clients, {'TLS' if tls else 'plain'}"
    # No row for ejabberd: it takes memory in large pieces long before it needs it, so its
    # growth says nothing, and may be negative.
    return [
        row(f"{what}, {ours}", "Prosody", _ratios(costs[ours], costs["Prosody"]), "<= 2")
        for ours in (RECORDING, BARE)
    ]


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [own / other for own, other in zip(ours, theirs, strict=True)]


def rows() -> list[Row]:
    """Measure; without any other server on the machine there is nothing to measure against."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for tls in (True, False):
            folder = Path(name) / ("tls" if tls else "plain")
            folder.mkdir()
            against = others(folder, tls=tls)
            if tls:
                found += login_rows(folder, against)
            found += message_rows(folder, against, tls=tls)
            found += memory_rows(folder, against, tls=tls)
    return found


def main() -> None:
    """Print the rows."""
    for found in rows():
        print(found)


if __name__ == "__main__":
    main()
