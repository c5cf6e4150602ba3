"""A server as a child process: what the private Prosody and the private ejabberd share.

A folder of its own, free ports on 127.0.0.1, a certificate from the test's authority.
It is up when it answers a stream header, and it must leave with status 0.
"""

from __future__ import annotations

import queue
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.peers.certificates import Authority

START_SECONDS = 30.0
STOP_SECONDS = 10.0
ATTEMPTS = 3
"""A free port can be taken by somebody else before the server binds it; then it is tried again."""


class ServerFailed(AssertionError):
    """A server did not start, or did not stop with status 0; the message holds its log."""


class _PortTaken(Exception):
    """Another process took the port between finding and binding it."""


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def header(domain: str) -> bytes:
    """Return the stream header with which a client opens (RFC 6120 §4.7)."""
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        f"xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>"
    ).encode()


@dataclass
class Child:
    """A server with its users; use it as a context manager or call start and stop.

    A subclass says how one writes the configuration, what is run, and by which lines of
    the log it tells that a port is open or taken.

    Attributes:
        folder: where its configuration, certificates and data lie.
        authority: who signs its certificate.
        users: name -> password.
        domain: the virtual host; a name under ``.example`` (RFC 2606).
        tls: offer STARTTLS and demand it, and serve direct TLS on ``direct_port``;
            without it the stream is plain and SCRAM runs over it.
        log: the lines that it printed.
    """

    NAME: ClassVar[str]
    UP: ClassVar[str]
    """What a line of the log holds, beside the port, when that port is open."""
    TAKEN: ClassVar[str]
    """What a line of the log holds when a port belongs to somebody else."""

    folder: Path
    authority: Authority
    users: Mapping[str, str] = field(
        default_factory=lambda: {"romeo": "montague", "juliet": "capulet"}
    )
    domain: str = ""
    tls: bool = True
    host: str = "127.0.0.1"
    port: int = 0
    direct_port: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader: threading.Thread | None = None

    def _prepare(self) -> None:
        """Write what the server reads at its start; the ports are known."""
        raise NotImplementedError

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> dict[str, str] | None:
        """Return the whole environment of the server, or ``None`` for ours."""
        return None

    @property
    def ca_file(self) -> str:
        """Path of the certificate that a client has to trust."""
        return str(self.authority.ca_file)

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise ServerFailed(f"{self.NAME} is not running: call start() first")
        return self._process.pid

    def start(self) -> Self:
        """Register the users, start the server, return when it answers a stream header."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._launch()
            except _PortTaken:
                self._kill()
                if attempt == ATTEMPTS:
                    raise ServerFailed(f"no free port for {self.NAME}:\n" + self._story()) from None
            else:
                self._greet()
                return self
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """End the server by SIGTERM; it must leave with status 0."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            raise ServerFailed(f"{self.NAME} ignored SIGTERM:\n" + self._story()) from None
        self._forget()
        if status != 0:
            raise ServerFailed(f"{self.NAME} ended with status {status}:\n" + self._story())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        self.port, self.direct_port = free_port(), free_port() if self.tls else 0
        self._prepare()
        command = self._command()
        if shutil.which("setpriv"):
            # The server must not outlive a test run that was killed.  The signal comes
            # when the *thread* that started it ends: start servers from the main thread.
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, name=f"{self.NAME} log", daemon=True)
        self._reader.start()
        self._await_start()

    def _read_log(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        for line in process.stdout:
            self.log.append(line.rstrip())
            self._lines.put(line)
        self._lines.put(None)

    def _await_start(self) -> None:
        expected = {f":{port}" for port in (self.port, self.direct_port) if port}
        while expected:
            line = self._next_line()
            if self.TAKEN in line:
                raise _PortTaken
            if self.UP in line:
                expected = {port for port in expected if port not in line}

    def _next_line(self) -> str:
        """Return the next line of the log; none in time, or the log's end, is a failure."""
        try:
            line = self._lines.get(timeout=START_SECONDS)
        except queue.Empty:
            line = None
        if line is None:
            self._kill()
            raise ServerFailed(f"{self.NAME} did not start:\n" + self._story())
        return line

    def _greet(self) -> None:
        with socket.create_connection((self.host, self.port), timeout=START_SECONDS) as link:
            link.sendall(header(self.domain))
            heard = b""
            while b"</stream:features>" not in heard:
                chunk = link.recv(4096)
                if not chunk:
                    raise ServerFailed(f"no stream features but {heard!r}:\n" + self._story())
                heard += chunk
            link.sendall(b"</stream:stream>")

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget()

    def _forget(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        if self._reader is not None:
            self._reader.join(STOP_SECONDS)
        self._process.stdout.close()
        self._process = self._reader = None
        self._lines = queue.Queue()

    def _story(self) -> str:
        return "\n".join(self.log[-40:])


def run(*command: str) -> None:
    """Run a program to its end; a status other than 0 is a failure with its output."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=START_SECONDS
    )
    if done.returncode != 0:
        raise ServerFailed(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
