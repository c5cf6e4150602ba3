"""A sandbox in a process of its own, attacked, while others go on talking to it.

What is measured of the server is what the kernel says of its process: the most memory that
it ever had, and the processor time that it took.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import threading
import time

from tests.peers.raw import Raw
from tests.test_cli_sandbox import Program

PATIENCE = 30.0
HEADER = (
    b"<stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)
HALF_OPEN = 1000
_CHUNK = 64 * 1024
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def enough_files(count):
    """Let this process, and those that it starts, have so many files open if they may."""
    enough, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if enough < count <= most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


class Witness(threading.Thread):
    """Two people who write to each other, one numbered message after the other.

    Attributes:
        gaps: seconds from each message to its arrival.
        count: how many arrived, each of them in its place.
        error: why they had to stop, ``None`` while they go on.
    """

    def __init__(self, place):
        super().__init__(daemon=True)
        self.gaps = []
        self.count = 0
        self.error = None
        self._over = threading.Event()
        self._ends = [Raw(place, name, "w") for name in ("alice", "bob")]
        for end in self._ends:
            end.say("<presence/>")

    def run(self):
        try:
            while not self._over.wait(0.002):
                self._exchange()
        except BaseException as error:  # noqa: BLE001 (told to the test by check)
            self.error = error

    def _exchange(self):
        writer, reader = self._ends[self.count % 2], self._ends[1 - self.count % 2]
        began = time.monotonic()
        writer.say(
            f"<message to='{reader.jid}' type='chat'><body>no {self.count}.</body></message>"
        )
        text = reader.until(rb"<body>no \d+\.</body>")
        assert text == b"<body>no %d.</body>" % self.count
        self.gaps.append(time.monotonic() - began)
        self.count += 1

    def check(self, more=3):
        """They noticed nothing: some more messages arrive."""
        wanted, end = self.count + more, time.monotonic() + PATIENCE
        while self.count < wanted and self.error is None and time.monotonic() < end:
            time.sleep(0.005)
        assert self.error is None
        assert self.count >= wanted

    def finish(self):
        self._over.set()
        self.join(PATIENCE)
        for one in self._ends:
            one.leave()


class Siege:
    """A server under attack, with two who talk.

    Args:
        ca_file: where it shall write its authority; ``None`` for a server without TLS.

    Attributes:
        port: where it listens.
        witness: the two.
    """

    def __init__(self, ca_file=None):
        security = ("--ca-out", str(ca_file)) if ca_file else ("--no-tls",)
        self._program = Program("--any-account", *security)
        if ca_file:
            self._program.tls, self._program.ca_file = True, str(ca_file)
        self._stderr = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.port = self._program.port
        self.witness = Witness(self._program)
        self.witness.start()
        self.witness.check()

    def _listen(self):
        self._stderr += self._program.process.stderr

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.witness.check()
        finally:
            self.witness.finish()
            status = self._program.stop(signal.SIGTERM)
            self._listener.join(PATIENCE)
            self._program.__exit__()
        if kind is None:
            assert "".join(self._stderr) == ""
            assert status == 0

    # --- what is measured

    @property
    def peak(self):
        """The most memory that the process ever had, in MiB."""
        with open(f"/proc/{self._program.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1024

    def forget_peak(self):
        """Let the peak be what the process has now (proc(5), clear_refs)."""
        with open(f"/proc/{self._program.process.pid}/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")

    @property
    def cpu(self):
        """Processor seconds of the process."""
        with open(f"/proc/{self._program.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK

    # --- attackers

    def dial(self):
        """Connect, and say nothing."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def log_in(self, name="mallory", resource="r"):
        """Log in and bind."""
        return Raw(self._program, name, resource)

    def attack(self, data, login=True):
        """Send bytes and a footer while reading, and return what came last."""
        with self.log_in()._link if login else self.dial() as link:
            heard = Heard(link)
            for start in range(0, len(data), _CHUNK):
                try:
                    link.sendall(data[start : start + _CHUNK])
                except OSError:  # the server has ended the stream
                    break
            with contextlib.suppress(OSError):
                link.sendall(b"</stream:stream>")
            heard.join(PATIENCE)
            return heard


class Heard(threading.Thread):
    """Reads until the server closes; the last bytes are kept.

    Attributes:
        size: how many bytes came.
    """

    def __init__(self, link):
        super().__init__(daemon=True)
        self.size = 0
        self._link = link
        self._last = b""
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while data := self._link.recv(_CHUNK):
                self.size += len(data)
                self._last = (self._last + data)[-4096:]

    @property
    def condition(self):
        """The condition of the stream error, ``None`` where there was none."""
        assert not self.is_alive(), "the server does not end the stream"
        found = re.search(rb"<stream:error[^>]*><([a-z-]+)", self._last)
        return found[1].decode() if found else None

    @property
    def refusals(self):
        """The conditions of the last stanza errors."""
        found = re.findall(rb"<error[^>]*><([a-z-]+)", self._last)
        return [name.decode() for name in found]
