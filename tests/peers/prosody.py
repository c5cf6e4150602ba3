"""A private Prosody as a child process: the independent server that truth is held against.

One configuration file in a folder of its own, free ports on 127.0.0.1, a certificate
from the test's authority, users registered before it starts.
"""

from __future__ import annotations

import queue
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.peers.certificates import Authority

MODULES = ("roster", "saslauth", "tls", "disco", "ping", "smacks")
"""The modules of Prosody that are on unless a test names others."""

START_SECONDS = 20.0
STOP_SECONDS = 10.0
ATTEMPTS = 3
"""A free port can be taken by somebody else before Prosody binds it; then it is tried again."""


class ProsodyFailed(AssertionError):
    """Prosody did not start, or did not stop with status 0; the message holds its log."""


class _PortTaken(Exception):
    """Another process took the port between finding and binding it."""


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Prosody:
    """A Prosody with its users; use it as a context manager or call start and stop.

    Attributes:
        folder: where its configuration, certificates and data lie.
        authority: who signs its certificate.
        users: name -> password.
        domain: the virtual host; a name under ``.example`` (RFC 2606).
        tls: offer STARTTLS and demand it, and serve direct TLS on ``direct_port``;
            without it the stream is plain and SCRAM runs over it.
        modules: modules enabled.
        memory: keep all data in memory (Prosody's file storage stalls on archives of
            tens of thousands of messages).
        settings: more lines for the configuration, each as it stands in the file.
    """

    folder: Path
    authority: Authority
    users: Mapping[str, str] = field(
        default_factory=lambda: {"romeo": "montague", "juliet": "capulet"}
    )
    domain: str = "prosody.example"
    tls: bool = True
    modules: Sequence[str] = MODULES
    memory: bool = False
    settings: Sequence[str] = ()
    host: str = "127.0.0.1"
    port: int = 0
    direct_port: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader: threading.Thread | None = None

    @property
    def ca_file(self) -> str:
        """Path of the certificate that a client has to trust."""
        return str(self.authority.ca_file)

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise ProsodyFailed("Prosody is not running: call start() first")
        return self._process.pid

    def start(self) -> Prosody:
        """Register the users, start the server, return when it answers a stream header."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._launch()
            except _PortTaken:
                self._kill()
                if attempt == ATTEMPTS:
                    raise ProsodyFailed("no free port for Prosody:\n" + self._story()) from None
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
            raise ProsodyFailed("Prosody ignored SIGTERM:\n" + self._story()) from None
        self._forget()
        if status != 0:
            raise ProsodyFailed(f"Prosody ended with status {status}:\n" + self._story())

    def __enter__(self) -> Prosody:
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
        configuration = self._write_configuration()
        # Accounts are files; with storage in memory they would end with prosodyctl, so
        # they keep the internal store in either case (see _configuration).
        for name, password in self.users.items():
            _run("prosodyctl", "--config", configuration, "register", name, self.domain, password)
        command = ["prosody", "-F", "--config", configuration]
        if shutil.which("setpriv"):
            # The server must not outlive a test run that was killed.  The signal comes
            # when the *thread* that started it ends: start servers from the main thread.
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, name="prosody log", daemon=True)
        self._reader.start()
        self._await_ports()

    def _read_log(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        for line in process.stdout:
            self.log.append(line.rstrip())
            self._lines.put(line)
        self._lines.put(None)

    def _await_ports(self) -> None:
        expected = {f":{port}" for port in (self.port, self.direct_port) if port}
        while expected:
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except queue.Empty:
                line = None
            if line is None:
                self._kill()
                raise ProsodyFailed("Prosody did not start:\n" + self._story())
            if "Failed to open server port" in line:
                raise _PortTaken
            if "Activated service 'c2s" in line:
                expected = {port for port in expected if port not in line}

    def _greet(self) -> None:
        with socket.create_connection((self.host, self.port), timeout=START_SECONDS) as link:
            link.sendall(header(self.domain))
            heard = b""
            while b"</stream:features>" not in heard:
                chunk = link.recv(4096)
                if not chunk:
                    raise ProsodyFailed(f"no stream features but {heard!r}:\n" + self._story())
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

    def _write_configuration(self) -> str:
        certificates = self.folder / "certificates"
        certificates.mkdir(exist_ok=True)
        pair = self.authority.good(self.domain)
        shutil.copy(pair.chain, certificates / f"{self.domain}.crt")
        shutil.copy(pair.key, certificates / f"{self.domain}.key")
        (self.folder / "data").mkdir(exist_ok=True)
        path = self.folder / "prosody.cfg.lua"
        path.write_text(self._configuration(certificates), encoding="utf-8")
        return str(path)

    def _configuration(self, certificates: Path) -> str:
        modules = [name for name in self.modules if self.tls or name != "tls"]
        lines = [
            "daemonize = false",
            "run_as_root = true",
            f'pidfile = "{self.folder / "prosody.pid"}"',
            f'data_path = "{self.folder / "data"}"',
            f'certificates = "{certificates}"',
            'interfaces = { "127.0.0.1" }',
            f"c2s_ports = {{ {self.port} }}",
            f"c2s_direct_tls_ports = {{ {self.direct_port or ''} }}",
            "s2s_ports = {}",
            f"modules_enabled = {{ {', '.join(f'{name!r}' for name in modules)} }}",
            # mod_limits throttles to 10 kB/s in Debian's default; s2s would open a port.
            'modules_disabled = { "s2s", "limits" }',
            'authentication = "internal_hashed"',
            f"c2s_require_encryption = {str(self.tls).lower()}",
            'log = { info = "*console" }',
        ]
        if self.memory:
            lines.append('storage = { accounts = "internal" }')
            lines.append('default_storage = "memory"')
        return "\n".join([*lines, *self.settings, f'VirtualHost "{self.domain}"', ""])


def header(domain: str) -> bytes:
    """Return the stream header with which a client opens (RFC 6120 §4.7)."""
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        f"xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>"
    ).encode()


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=START_SECONDS
    )
    if done.returncode != 0:
        raise ProsodyFailed(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
