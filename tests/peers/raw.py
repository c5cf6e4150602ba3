"""A client of bytes: it logs in by PLAIN on a socket, says what it is told, and reads."""

from __future__ import annotations

import base64
import re
import socket
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from tests.peers.child import START_SECONDS, header


class Place(Protocol):
    """What a client needs to know of a server; a :class:`~tests.peers.child.Child` is one.

    Attributes:
        host: its address.
        port: its port for streams that begin in the clear.
        direct_port: its port for direct TLS, 0 for none.
        domain: its domain.
        tls: whether it has TLS.
        ca_file: the authority to trust.
        users: name -> password.
    """

    host: str
    port: int
    direct_port: int
    domain: str
    tls: bool

    @property
    def ca_file(self) -> str: ...

    @property
    def users(self) -> Mapping[str, str]: ...


class Lost(ConnectionError):
    """The server went away."""


class Raw:
    """A bound client of a server, by direct TLS or in the clear.

    Nothing is parsed: what arrives is looked through with regular expressions, so that
    no library stands between a test and the bytes of a server.

    Args:
        server: a running server.
        user: one of its users.
        resource: the resource asked for; the server makes one up where it is empty.
        password: the password, where it is not that of the server's users.

    Attributes:
        heard: all bytes read.
        features: the last stream features.
        jid: the full address that the server bound.
    """

    def __init__(
        self, server: Place, user: str, resource: str = "", password: str | None = None
    ) -> None:
        self._server = server
        self._requests = 0
        self._read = 0  # how much of what was heard has been looked through
        self._link = socket.create_connection(
            (server.host, server.direct_port or server.port), timeout=START_SECONDS
        )
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.tls:
            context = ssl.create_default_context(cafile=server.ca_file)
            self._link = context.wrap_socket(self._link, server_hostname=server.domain)
        self.heard = b""
        self.features = b""
        self.jid = ""
        try:
            self._log_in(user, server.users[user] if password is None else password)
            self._bind(resource)
        except BaseException:
            self._link.close()
            raise

    def _log_in(self, user: str, password: str) -> None:
        self._open()
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.say(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
        )
        self.until(rb"<success[^>]*>")
        self._open()

    def _bind(self, resource: str) -> None:
        wanted = f"<resource>{resource}</resource>" if resource else ""
        bound = self.ask(f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wanted}</bind>", "set")
        self.jid = re.search(rb"<jid>(.*?)</jid>", bound)[1].decode()

    def _open(self) -> None:
        self.say(header(self._server.domain).decode())
        self.features = self.until(rb"<stream:features>.*?</stream:features>")

    def say(self, text: str) -> None:
        """Write a text as it is."""
        try:
            self._link.sendall(text.encode())
        except OSError as error:
            raise Lost(str(error)) from error

    def until(self, pattern: bytes) -> bytes:
        """Read on until a pattern is found behind what was found last; return what matched."""
        wanted = re.compile(pattern, re.DOTALL)
        while not (found := wanted.search(self.heard, self._read)):
            try:
                chunk = self._link.recv(65536)
            except TimeoutError:
                fresh = self.heard[self._read :]
                raise AssertionError(f"no {pattern!r} came, only {fresh!r}") from None
            except OSError as error:
                raise Lost(str(error)) from error
            if not chunk:
                raise Lost(f"the server left; it said {self.heard[self._read :]!r}")
            self.heard += chunk
        self._read = found.end()
        return found[0]

    def ask(self, payload: str, type: str = "get", to: str = "") -> bytes:
        """Send a request and return its answer, from ``<iq`` to its end."""
        self._requests += 1
        number = f"raw-{self._requests}"
        address = f" to='{to}'" if to else ""
        self.say(f"<iq type='{type}' id='{number}'{address}>{payload}</iq>")
        start = rb"<iq\b[^>]*\bid=['\"]" + number.encode() + rb"['\"][^>]*?"
        return self.until(start + rb"(?:/>|>.*?</iq>)")

    def leave(self) -> None:
        """Drop the connection without a farewell."""
        self._link.close()

    def close(self) -> None:
        """Close the stream and read until the server has closed it too."""
        self.say("</stream:stream>")
        while chunk := self._link.recv(65536):
            self.heard += chunk
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.leave()
