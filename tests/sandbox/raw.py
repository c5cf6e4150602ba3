"""A client of a few lines on a blocking socket: PLAIN over a stream without TLS."""

from __future__ import annotations

import base64
import re
import socket

PATIENCE = 30.0


class Lost(ConnectionError):
    """The server went away."""


class Raw:
    """One client.

    Attributes:
        heard: what came and was not read yet.
    """

    def __init__(self, port, name, domain="localhost", password="any"):
        self.name, self.domain = name, domain
        self.heard = ""
        self._count = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open()
        secret = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        self.write(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + secret + "</auth>"
        )
        self.until("<success[^>]*>")
        self._open()

    @property
    def bare(self):
        """The bare address."""
        return f"{self.name}@{self.domain}"

    def bind(self, resource="r"):
        """Bind a resource."""
        self.ask(
            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            f"<resource>{resource}</resource></bind>",
            type="set",
        )
        return self

    def _open(self):
        self.write(
            f"<stream:stream to='{self.domain}' version='1.0' xmlns='jabber:client'"
            " xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self.until("</stream:features>")

    def write(self, text):
        """Write text as it is."""
        try:
            self._socket.sendall(text.encode())
        except OSError as error:
            raise Lost(str(error)) from error

    def until(self, pattern):
        """Read up to and with the first match, and return all of it."""
        while not (found := re.search(pattern, self.heard, re.DOTALL)):
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f"no {pattern!r} came, only {self.heard!r}") from None
            except OSError as error:
                raise Lost(str(error)) from error
            if not data:
                raise Lost("end of the stream")
            self.heard += data.decode()
        text, self.heard = self.heard[: found.end()], self.heard[found.end() :]
        return text

    def ask(self, payload, type="get", to=""):
        """Send a request and return what came up to its answer."""
        self._count += 1
        number = f"q{self._count}"
        self.write(f"<iq type='{type}' id='{number}'{f' to={to!r}' if to else ''}>{payload}</iq>")
        return self.until(rf"<iq [^>]*id='{number}'[^>]*(/>|>.*?</iq>)")

    def close(self):
        """Close without a farewell."""
        self._socket.close()
