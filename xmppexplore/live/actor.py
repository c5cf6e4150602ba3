"""A client that does what a script says and nothing else: raw, recorded, bounded.

It is no client library: it answers nothing by itself, so that whatever a server does with
it is the server's own doing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.errors import ConnectError, MalformedXML, NoAnswer, StreamError
from xmppexplore.live.certificates import VerifyingContext
from xmppexplore.live.stream import RawConnection, open_connection
from xmppexplore.live.waiting import wait_for_row
from xmppexplore.names import CLIENT, STREAM_ERRORS, STREAMS, qualified
from xmppexplore.wire.element import Element, parse, quoted
from xmppexplore.wire.records import IN, Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.store.columns import Columns

__all__ = ["MAX_UNREAD", "Actor", "Arrived", "Endpoint", "check_stream_error", "stream_header"]

MAX_UNREAD: Final = 10_000
"""Items that may wait to be looked at; a server that sends more is cut off."""
MAX_READ: Final = 32 * 1024 * 1024
"""Bytes that one connection may bring; likewise."""
CLOSE_SECONDS: Final = 2.0

_PASSED_OVER: Final = frozenset({"whitespace", "partial", "broken"})
_ERROR: Final = qualified(STREAMS, "error")
_FEATURES: Final = qualified(STREAMS, "features")


class Endpoint(NamedTuple):
    """Where a server is.

    Attributes:
        host: host to connect to.
        port: port on it.
        domain: the domain that it serves, and that its certificate is checked against.
        tls: ``"starttls"``, ``"direct"`` or ``"none"``.
        ca_file: PEM file of the authorities to trust; the system's where ``None``.
    """

    host: str
    port: int
    domain: str
    tls: str = "starttls"
    ca_file: str | None = None


class Arrived(NamedTuple):
    """One first-level piece of a stream that came.

    Attributes:
        row: its row in the recording.
        kind: ``"header"``, ``"element"`` or ``"footer"``.
        element: the element, or the header closed at once; ``None`` for a footer.
        text: as it was on the wire, secrets covered unless a sandbox made them up.
        secret: whether something in it is covered.
    """

    row: int
    kind: str
    element: Element | None
    text: str
    secret: bool = False


def stream_header(domain: str) -> bytes:
    """Return the header with which a client opens a stream (RFC 6120 §4.7)."""
    return (
        f"<?xml version='1.0'?><stream:stream to={quoted(domain)} version='1.0' "
        f"xml:lang='en' xmlns='{CLIENT}' xmlns:stream='{STREAMS}'>"
    ).encode()


class Actor:
    """One person on one connection at a time.

    Args:
        name: label of its connections in the recording.
        columns: the rows of the recording to write to.
        endpoint: where the server is.
        patience: seconds after which waiting for the server is given up.

    Attributes:
        bound: the full address, ``""`` before binding.
        unread: what came and was not looked at yet, in order.
        offered: the newest stream features, ``None`` before any came.
    """

    def __init__(self, name: str, columns: Columns, endpoint: Endpoint, patience: float) -> None:
        self.name = name
        self.columns = columns
        self.endpoint = endpoint
        self.patience = patience
        self.bound = ""
        self.unread: deque[Arrived] = deque()
        self.offered: Element | None = None
        self._connection: RawConnection | None = None
        self._row = -1

    @property
    def connection(self) -> RawConnection:
        """The connection.

        Raises:
            ConnectError: there is none, or it is closed.
        """
        found = self._connection
        if found is None or found.transport is None:
            raise self.fault("the connection is closed" if found else "there is no connection")
        return found

    @property
    def is_open(self) -> bool:
        """Whether a connection is open."""
        return self._connection is not None and self._connection.transport is not None

    @property
    def has_tls(self) -> bool:
        """Whether the connection has TLS."""
        return self._connection is not None and bool(self._connection.tls)

    def fault(self, words: str, reason: str = "closed") -> ConnectError:
        """Return an error that says whose connection it is, and where."""
        host, port = self.endpoint.host, self.endpoint.port
        return ConnectError(f"{self.name}: {words}", reason=reason, host=host, port=port)

    # ---- out

    async def open(self) -> None:
        """Open a TCP connection, with TLS from the first byte where the endpoint wants that.

        Raises:
            ConnectError: the server cannot be reached, or TLS failed.
        """
        if self.is_open:
            raise self.fault("a connection is open already")
        endpoint = self.endpoint
        direct = endpoint.tls == "direct"
        self.unread.clear()
        self.bound = ""
        self._row = self.columns.settle() - 1
        try:
            async with asyncio.timeout(self.patience):
                self._connection = await open_connection(
                    self.columns.log,
                    self.name,
                    endpoint.host,
                    endpoint.port,
                    context=VerifyingContext(endpoint.ca_file, alpn="xmpp-client")
                    if direct
                    else None,
                    server_hostname=endpoint.domain if direct else None,
                )
        except (OSError, TimeoutError) as error:
            words = str(error) or "no answer in time"
            raise self.fault(
                f"{endpoint.host} port {endpoint.port} cannot be reached: {words}", "refused"
            ) from None

    async def write(self, data: bytes) -> None:
        """Write bytes exactly as they are.

        Raises:
            ConnectError: the connection is closed.
            NoAnswer: the server does not read.
        """
        try:
            async with asyncio.timeout(self.patience):
                await self.connection.write(data)
        except TimeoutError:
            raise NoAnswer(
                f"{self.name}: the server has not read what was written for {self.patience:g} s"
            ) from None

    async def header(self) -> None:
        """Send a stream header, over a new connection where none is open."""
        if not self.is_open:
            await self.open()
        await self.write(stream_header(self.endpoint.domain))

    async def start_tls(self) -> None:
        """Put verified TLS on the connection, after the server's go-ahead.

        Raises:
            ConnectError: TLS failed, or more came in clear behind the go-ahead, which
                anyone on the path could have put there (RFC 6120 §5.4.3.3).
        """
        connection = self.connection
        number = connection.connection
        with self.columns.lock:
            count = self.columns.settle()
            late = self.columns.pending(number, IN)
            # Also what is whole, but was not asked for yet.
            late = late or any(self._readable(row) for row in range(self._row + 1, count))
        if self.unread or late:
            raise self.fault("more came in clear behind <proceed/>", "tls")
        try:
            async with asyncio.timeout(self.patience):
                await connection.start_tls(self.endpoint.domain, self.endpoint.ca_file)
        except (OSError, TimeoutError) as error:
            raise self.fault(f"TLS failed: {str(error) or 'no answer in time'}", "tls") from None

    async def close(self, *, wait: float = CLOSE_SECONDS) -> None:
        """Close TCP; nothing is said before."""
        if self._connection is not None:
            await self._connection.close(wait)

    def cut(self) -> None:
        """Cut TCP, as a network that fails."""
        transport = self.connection.transport
        assert transport is not None
        transport.abort()

    async def leave(self) -> None:
        """End the stream, wait for the server to do the same, close the connection.

        Raises:
            NoAnswer, ConnectError: the server did not end its stream (RFC 6120 §4.4).
            StreamError: it ended it with an error.
        """
        if not self.is_open:
            return
        try:
            await self.write(b"</stream:stream>")
            await self.until(lambda came: came.kind == "footer")
        finally:
            await self.close()

    # ---- in

    async def next(self, seconds: float | None = None) -> Arrived | None:
        """Take the next piece that came; ``None`` where the connection is closed.

        Raises:
            NoAnswer: nothing came within ``seconds``, the actor's patience where not given.
            ConnectError: the server floods; the connection is cut.
        """
        if not self.unread:
            await self._read(self.patience if seconds is None else seconds)
        return self.unread.popleft() if self.unread else None

    async def more(self, seconds: float) -> bool:
        """Wait for one more piece, which stays unread; false where the connection is closed.

        Raises:
            NoAnswer, ConnectError: as for :meth:`next`.
        """
        return await self._read(seconds)

    async def until(self, wanted: Callable[[Arrived], bool]) -> Arrived:
        """Take the first piece that is wanted out of the order; the others stay unread.

        Raises:
            NoAnswer: it did not come in time.
            ConnectError: the connection was closed, or the server floods.
            StreamError: the server ended the stream with an error.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience
        looked = 0
        while True:
            while looked < len(self.unread):
                came = self.unread[looked]
                if wanted(came):
                    del self.unread[looked]
                    return came
                check_stream_error(came)
                looked += 1
            try:
                more = await self._read(max(end - loop.time(), 0.0))
            except NoAnswer:
                raise self._silence(self.patience) from None
            if not more:
                raise self.fault("the server closed the connection")

    async def _read(self, seconds: float) -> bool:
        """Wait for one more piece; false where the connection is closed."""
        found = self._connection
        if found is None:
            raise self.fault("there is no connection")
        number, columns = found.connection, self.columns
        if len(self.unread) >= MAX_UNREAD or columns.log.length(number, IN) > MAX_READ:
            if found.transport is not None:
                found.transport.abort()
            raise self.fault("the server sends without end")
        try:
            async with asyncio.timeout(seconds):
                row = await wait_for_row(
                    columns.log,
                    columns,
                    self._readable,
                    first=self._row + 1,
                    ended=lambda: found.transport is None,
                )
        except TimeoutError:
            raise self._silence(seconds) from None
        if row < 0:
            return False
        self._row = row
        came = self._arrived(row)
        self.unread.append(came)
        if came.element is not None and came.element.qualified == _FEATURES:
            self.offered = came.element
        return True

    def _readable(self, row: int) -> bool:
        """Whether a row is something that the server said on the connection."""
        found = self._connection
        connection, direction, _, _ = self.columns.span(row)
        return (
            found is not None
            and connection == found.connection
            and direction == IN
            and self.columns.value(row, "kind") not in _PASSED_OVER
        )

    def _arrived(self, row: int) -> Arrived:
        columns = self.columns
        kind = columns.value(row, "kind")
        text, secret = columns.xml(row), columns.secret(row)
        if kind == "footer":
            return Arrived(row, "footer", None, text)
        if kind == "header":
            return Arrived(row, "header", _header(text), text)
        try:
            return Arrived(row, "element", columns.element(row), text, secret)
        except MalformedXML as error:  # nested too deep, say
            raise self.fault(f"what the server sent cannot be read: {error}") from None

    def _silence(self, seconds: float) -> NoAnswer:
        number = -1 if self._connection is None else self._connection.connection
        pending, broken = self.columns.pending(number, IN), self.columns.error(number, IN)
        more = f"; {pending} bytes came that are no whole element yet" if pending else ""
        if broken is not None:
            more = f"; what came cannot be read from byte {broken.offset} on: {broken.reason}"
        return NoAnswer(f"what is awaited did not come within {seconds:.2g} s{more}")


def _header(text: str) -> Element:
    """Return a header that came as an element without content."""
    start = text.find("<", text.find("?>") + 1)
    try:
        return parse(f"{text[start:].rstrip().removesuffix('>').removesuffix('/')}/>", Context())
    except MalformedXML as error:  # its splitter has read it, so this is only too large
        raise StreamError(f"the stream header cannot be read: {error}", condition="") from None


def check_stream_error(came: Arrived) -> None:
    """Raise where what came is a stream error (RFC 6120 §4.9).

    Raises:
        StreamError: it is one.
    """
    element = came.element
    if element is None or element.qualified != _ERROR:
        return
    names = [child.name for child in element.children if child.namespace == STREAM_ERRORS]
    condition = next((name for name in names if name != "text"), "undefined-condition")
    raise StreamError(f"the server ended the stream: {condition}", condition=condition)
