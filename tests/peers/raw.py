"""A client of bytes: it logs in by PLAIN on a socket, says what it is told, and reads."""

from __future__ import annotations

import base64
import re
import socket
import ssl
from types import TracebackType

from tests.peers.child import START_SECONDS, Child, header


class Raw:
    """A bound client of one of the private servers, by direct TLS or in the clear.

    Nothing is parsed: what arrives is looked through with regular expressions, so that
    no library stands between a test and the bytes of a server.

    Args:
        server: a running server.
        user: one of its users.
        resource: the resource asked for; the server makes one up where it is empty.

    Attributes:
        heard: all bytes read.
        features: the last stream features.
        jid: the full address that the server bound.
    """

    def __init__(self, server: Child, user: str, resource: str = "") -> None:
        self._server = server
        self._link = socket.create_connection(
            (server.host, server.direct_port or server.port), timeout=START_SECONDS
        )
        if server.tls:
            context = ssl.create_default_context(cafile=server.ca_file)
            self._link = context.wrap_socket(self._link, server_hostname=server.domain)
        self.heard = b""
        self.features = b""
        self.jid = ""
        try:
            self._log_in(user, resource)
        except BaseException:
            self._link.close()
            raise

    def _log_in(self, user: str, resource: str) -> None:
        self._open()
        password = self._server.users[user]
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.say(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
        )
        self.until(rb"<success[^>]*>")
        self._open()
        wanted = f"<resource>{resource}</resource>" if resource else ""
        bound = self.ask(f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wanted}</bind>", "set")
        self.jid = re.search(rb"<jid>(.*?)</jid>", bound)[1].decode()

    def _open(self) -> None:
        self.say(header(self._server.domain).decode())
        self.features = self.until(rb"<stream:features>.*?</stream:features>")

    def say(self, text: str) -> None:
        """Write a text as it is."""
        self._link.sendall(text.encode())

    def until(self, pattern: bytes) -> bytes:
        """Read on from now until a pattern is found in what is new; return what matched."""
        fresh = b""
        while not (found := re.search(pattern, fresh, re.DOTALL)):
            chunk = self._link.recv(65536)
            if not chunk:
                raise AssertionError(f"the server left; it said {fresh!r}")
            fresh += chunk
            self.heard += chunk
        return found[0]

    def ask(self, payload: str, type: str = "get", to: str = "") -> bytes:
        """Send a request and return its answer, from ``<iq`` to its end."""
        number = f"raw-{len(self.heard)}"
        address = f" to='{to}'" if to else ""
        self.say(f"<iq type='{type}' id='{number}'{address}>{payload}</iq>")
        start = rb"<iq\b[^>]*\bid=['\"]" + number.encode() + rb"['\"][^>]*"
        return self.until(start + rb"(?:/>|>.*?</iq>)")

    def close(self) -> None:
        """Close the stream and read until the server has closed it too."""
        self.say("</stream:stream>")
        while chunk := self._link.recv(65536):
            self.heard += chunk
        self._link.close()

    def __enter__(self) -> Raw:
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
            self._link.close()
