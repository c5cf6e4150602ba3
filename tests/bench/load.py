"""The load on a server: raw clients on sockets of their own, the same for every server.

No XMPP library takes part, so that what a client costs is the same on both sides of a
pair, and little.  What is read is looked through for the few marks that a login and an
exchange of messages need; everything else is passed over.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import time
from typing import Final, NamedTuple

from scramp import ScramClient

from tests.peers.child import header

MECHANISM: Final = "SCRAM-SHA-1"
"""The one that Prosody and ejabberd keep credentials for by default, so all can offer it."""
CIPHER: Final = "TLS_AES_256_GCM_SHA384"
PATIENCE: Final = 30.0
"""Seconds that any single wait may take."""
_SASL: Final = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
_BODY: Final = re.compile(rb"<body>(\d+) ")
_END: Final = b"</message>"
_CONTENTS: Final = (
    "",
    "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    "<request xmlns='urn:xmpp:receipts'/>",
    "<thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread>",
)

_NEW: Final = "'urn:example:new'"


class Place(NamedTuple):
    """Where a server listens.

    Attributes:
        domain: its domain.
        port: its port on 127.0.0.1.
        ca_file: the authority to trust for STARTTLS, ``""`` for a plain stream.
    """

    domain: str
    port: int
    ca_file: str


def await_port(port: int) -> None:
    """Return once something listens on a port of 127.0.0.1; looks every millisecond."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise AssertionError(f"nothing listens on port {port}") from None
            time.sleep(0.001)
        else:
            return


class Client:
    """One client on a blocking socket.

    Args:
        place: the server.
        name: localpart.
        password: its password.
        resource: the resourcepart to bind.

    Attributes:
        jid: the full address, once logged in.
        numbers: the numbers that the messages bore that were read, in order.
    """

    def __init__(self, place: Place, name: str, password: str, resource: str) -> None:
        self.place = place
        self.name, self.password, self.resource = name, password, resource
        self.jid = f"{name}@{place.domain}/{resource}"
        self.numbers: list[int] = []
        self._heard = b""
        self._socket = socket.create_connection(("127.0.0.1", place.port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_in(self) -> Client:
        """Open the stream, over TLS where there is an authority, log in and bind."""
        self._open()
        if self.place.ca_file:
            self._write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            self._read_until(rb"<proceed[^>]*>")
            context = ssl.create_default_context(cafile=self.place.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            secured = context.wrap_socket(self._socket, server_hostname=self.place.domain)
            used = secured.cipher()
            if used is None or used[0] != CIPHER:
                raise AssertionError(f"{used} is not what the others are measured with")
            self._socket = secured
            self._open()
        self._authenticate()
        self._open()
        self._write(
            "<iq type='set' id='bind1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            f"<resource>{self.resource}</resource></bind></iq>"
        )
        if self.jid.encode() not in self._read_until(rb"</iq>"):
            raise AssertionError(f"{self.jid} is not what was bound")
        return self

    def appear(self) -> None:
        """Send initial presence, and wait until the server has taken it."""
        self._write("<presence/>")
        self.settle()

    def settle(self) -> None:
        """Wait until the server has taken all that was written."""
        self._write(
            f"<iq type='get' id='here1' to='{self.place.domain}'><ping xmlns='urn:xmpp:ping'/></iq>"
        )
        self._read_until(rb"<iq[^>]*here1[^>]*>")

    def send(self, to: str, first: int, count: int, *, alike: bool = True) -> None:
        """Write messages to an address, numbered from ``first``, in one go.

        Args:
            to: full address.
            first: number of the first.
            count: how many.
            alike: whether they are of a few shapes; else each holds an element of a name
                that never came before, so that no server gains from what it knows.
        """
        self._write(
            "".join(
                f"<message to='{to}' type='chat' id='{number:x}-7e2c'><body>{number} wherefore"
                f" art thou Romeo? Deny thy father</body>"
                f"{_CONTENTS[number % 4] if alike else f'<x{number:x} xmlns={_NEW}/>'}</message>"
                for number in range(first, first + count)
            )
        )

    def receive(self, total: int) -> None:
        """Read until so many messages came in all since ``numbers`` was empty."""
        while len(self.numbers) < total:
            heard = self._heard + self._more()
            end = heard.rfind(_END) + len(_END) if _END in heard else 0
            self.numbers += map(int, _BODY.findall(heard, 0, end))
            self._heard = heard[end:]

    def close(self) -> None:
        """Close the stream and the connection."""
        self._write("</stream:stream>")
        self._socket.close()

    def _open(self) -> None:
        self._heard = b""
        self._socket.sendall(header(self.place.domain))
        self._read_until(rb"</stream:features>")

    def _authenticate(self) -> None:
        scram = ScramClient([MECHANISM], self.name, self.password)
        first = _encoded(scram.get_client_first())
        self._write(f"<auth {_SASL} mechanism='{MECHANISM}'>{first}</auth>")
        scram.set_server_first(_content(self._read_until(rb"</challenge>")))
        final = _encoded(scram.get_client_final())
        self._write(f"<response {_SASL}>{final}</response>")
        scram.set_server_final(_content(self._read_until(rb"</success>")))

    def _write(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise AssertionError(f"the server closed after {self._heard[-300:]!r}")
        return data

    def _read_until(self, mark: bytes) -> bytes:
        """Return what comes up to the end of a pattern, and keep what is behind it."""
        while (found := re.search(mark, self._heard)) is None:
            self._heard += self._more()
        taken, self._heard = self._heard[: found.end()], self._heard[found.end() :]
        return taken


def converse(one: Client, other: Client, messages: int, burst: int, *, alike: bool = True) -> None:
    """Have two clients write to each other; all must arrive, in order (RFC 6120 §10.1).

    Each writes ``burst`` messages at once, and the next ones before it reads: never more
    than four times that are under way, and every server gets the same bytes cut the same
    way.  With a burst of one nothing is written ahead: each waits for the other.

    Args:
        one: a client that has appeared.
        other: another.
        messages: how many in all.
        burst: how many in one write.
        alike: see :meth:`Client.send`.
    """
    one.numbers, other.numbers = [], []
    each = messages // 2
    for first in range(0, each, burst):
        count = min(burst, each - first)
        one.send(other.jid, first, count, alike=alike)
        other.send(one.jid, first, count, alike=alike)
        taken = first + count if burst == 1 else first
        other.receive(taken)
        one.receive(taken)
    other.receive(each)
    one.receive(each)
    if one.numbers != list(range(each)) or one.numbers != other.numbers:
        raise AssertionError("messages are missing, or out of order")


def _encoded(message: str) -> str:
    return base64.b64encode(message.encode()).decode()


def _content(heard: bytes) -> str:
    return base64.b64decode(heard.rpartition(b"</")[0].rpartition(b">")[2]).decode()
