"""A stream without a client: every byte by hand, recorded like any other."""

from __future__ import annotations

import asyncio
import ssl
from numbers import Integral
from pathlib import Path

from xmppexplore.api.arguments import check_types
from xmppexplore.api.closing import Closing
from xmppexplore.api.reasons import check_port, tls_failed, unreachable
from xmppexplore.api.recording import Recorded, Recording, new_log
from xmppexplore.errors import ConnectError, NoAnswer, UsageError
from xmppexplore.live.certificates import VerifyingContext
from xmppexplore.live.loop import Pending
from xmppexplore.live.resolving import CLIENT_PORT, DIRECT_TLS_PORT
from xmppexplore.live.stream import RawConnection, open_connection
from xmppexplore.live.waiting import wait_for_row
from xmppexplore.wire.element import Element
from xmppexplore.wire.records import IN

__all__ = ["Stream", "dial"]

CONNECT_TIMEOUT = 20.0
"""Seconds for TCP and TLS."""

UNREAD = ("whitespace", "partial", "broken")


class Stream(Recorded, Closing):
    """A recorded connection on which a person speaks XMPP by hand; ``dial`` makes them.

    Attributes:
        recording: what is recorded.
        host: host that was dialled.
        port: port that was dialled.
        domain: domain that is spoken to, and that certificates are checked against.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example")
    >>> stream = await dial(sandbox.host, sandbox.port, domain="capulet.example")
    >>> await stream.write("<stream:stream to='capulet.example' version='1.0' "
    ...     "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")
    >>> header = await stream.read()
    >>> features = await stream.read()
    >>> features.children[0].name
    'starttls'
    >>> await stream.close()
    >>> await sandbox.close()
    """

    def __init__(
        self,
        connection: RawConnection,
        recording: Recording,
        *,
        host: str,
        port: int,
        domain: str,
        ca_file: str | None,
    ) -> None:
        self.recording = recording
        self.host, self.port, self.domain = host, port, domain
        self._recording = recording
        self._connection = connection
        self._ca_file = ca_file
        self._read = -1

    @property
    def tls(self) -> str:
        """TLS version, cipher and certificate as one line; ``""`` without TLS."""
        return self._connection.tls

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER; ``b""`` without TLS.

        Its hash is what a login is bound to by ``tls-server-end-point`` (RFC 5929 §4.1).
        """
        return self._connection.certificate

    @property
    def state(self) -> str:
        """``"open"`` or ``"closed"``."""
        return "closed" if self._connection.transport is None else "open"

    def write(self, data: bytes | str) -> Pending[None]:
        """Write bytes exactly as they are; nothing is checked.

        Writing a stream header again restarts the stream (RFC 6120 §4.3.3).  Any header may
        come byte by byte but the one after a login, whose first bytes, up to its name, tell
        it from what else may be said there.

        Raises:
            UsageError: the connection is closed, or this is neither text nor bytes.
        """
        # bytes(7) would be seven zero bytes.
        check_types("stream.write", data=(data, (str, bytes)))
        raw = data.encode() if isinstance(data, str) else data
        return Pending(lambda: self._write(raw), "stream.write(...)", "not sent")

    def read(self, timeout: float = 10.0) -> Pending[Element | str]:
        """Return the next header, element or footer that the server sent.

        Elements come parsed; a header or footer comes as its text.  White space is passed
        over; it is in :attr:`wire`.

        Raises:
            NoAnswer: nothing more came in time.
            ConnectError: the connection was closed.
        """
        return Pending(lambda: self._next(timeout), "stream.read()", "not read")

    def starttls(self, ca_file: str | Path | None = None) -> Pending[None]:
        """Put verified TLS on the connection, after the server's ``<proceed/>``.

        Args:
            ca_file: PEM file of the authorities to trust instead of those of ``dial``.

        Raises:
            CertificateError: the certificate is not to be trusted.
            ConnectError: the handshake failed; the connection is closed.
            UsageError: the connection is closed or has TLS already.
        """
        trusted = str(ca_file) if ca_file is not None else self._ca_file
        return Pending(lambda: self._starttls(trusted), "stream.starttls()", "not done")

    def close(self, wait: float = 2.0) -> Pending[None]:
        """Close the connection; write ``</stream:stream>`` first to end the stream well."""
        return Pending(lambda: self._connection.close(wait), "stream.close()", "not closed")

    def __repr__(self) -> str:
        out, in_ = (len(self.tape(direction)) for direction in ("out", "in"))
        return (
            f"<Stream to {self.host} port {self.port}: {self.state}, {out:,} bytes written, "
            f"{in_:,} read; next: await stream.read(), await stream.write(...), stream.wire>"
        )

    async def _write(self, data: bytes) -> None:
        self._check_open()
        await self._connection.write(data)

    def _check_open(self) -> None:
        if self._connection.transport is None:
            raise UsageError("this stream is closed: dial(...) again")

    async def _next(self, seconds: float) -> Element | str:
        columns = self._recording._columns

        def readable(row: int) -> bool:
            return columns.span(row)[1] == IN and columns.value(row, "kind") not in UNREAD

        try:
            async with asyncio.timeout(seconds):
                row = await wait_for_row(
                    self._recording._log,
                    columns,
                    readable,
                    first=self._read + 1,
                    ended=lambda: self.state == "closed",
                )
        except TimeoutError:
            raise self._silence(seconds) from None
        if row < 0:
            raise self._ended()
        self._read = row
        if columns.value(row, "kind") in ("header", "footer"):
            return columns.xml(row)
        return columns.element(row)

    def _silence(self, seconds: float) -> NoAnswer:
        number = self._connection.connection
        pending = self._recording._columns.pending(number, IN)
        broken = self._recording._columns.error(number, IN)
        more = f" {pending} bytes came that are no whole element yet." if pending else ""
        if broken is not None:
            more = f" What came cannot be read from byte {broken.offset} on: {broken.reason}."
        error = NoAnswer(
            f"nothing came from {self.host} port {self.port} within {seconds:g} s.{more} All "
            f'bytes are in stream.tape("in").'
        )
        error.recording = self.recording
        return error

    def _ended(self) -> ConnectError:
        error = ConnectError(
            f"{self.host} port {self.port} has closed the connection; what came is in "
            f'stream.wire and stream.tape("in").',
            reason="closed",
            host=self.host,
            port=self.port,
        )
        error.recording = self.recording
        return error

    async def _starttls(self, ca_file: str | None) -> None:
        self._check_open()
        if self._connection.tls:
            raise UsageError("this stream has TLS already: write the stream header")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._connection.start_tls(self.domain, ca_file)
        except (OSError, TimeoutError) as error:
            await self._connection.close(0.0)
            made = tls_failed(
                error,
                self._connection.context,
                host=self.host,
                port=self.port,
                domain=self.domain,
            )
            made.recording = self.recording
            raise made from None


def dial(
    host: str,
    port: int | None = None,
    *,
    domain: str | None = None,
    tls: str | None = None,
    ca_file: str | Path | None = None,
    recording: Recording | None = None,
) -> Pending[Stream]:
    """Open a recorded connection and say nothing: the stream is the person's own.

    Args:
        host: host to connect to.
        port: port on it; 5222, or 5223 for direct TLS, where not given.
        domain: domain that certificates are checked against; the host where not given.
        tls: ``"direct"`` for TLS from the first byte; without it the connection begins
            in clear and ``await stream.starttls()`` puts TLS on it.
        ca_file: PEM file of the authorities to trust instead of the system's.
        recording: recording to add to; a new one where not given.

    Raises:
        ConnectError: it cannot be reached, or TLS failed; ``.reason`` says which.
        UsageError: the arguments cannot work.
    """
    check_types(
        "dial",
        host=(host, (str,)),
        port=(port, (Integral, type(None))),
        domain=(domain, (str, type(None))),
        tls=(tls, (str, type(None))),
        ca_file=(ca_file, (str, Path, type(None))),
        recording=(recording, (Recording, type(None))),
    )
    if tls not in (None, "direct"):
        raise UsageError(
            f'dial(...) knows no tls={tls!r}: give "direct", or leave it out and call '
            f"await stream.starttls() later"
        )
    check_port(port)
    number = port if port is not None else (DIRECT_TLS_PORT if tls else CLIENT_PORT)
    trusted = str(ca_file) if ca_file is not None else None
    target = recording if recording is not None else Recording(new_log())
    return Pending(
        lambda: _dial(target, host, number, domain or host, tls == "direct", trusted),
        f"dial({host!r})",
        "not connected",
    )


async def _dial(
    recording: Recording, host: str, port: int, domain: str, direct: bool, ca_file: str | None
) -> Stream:
    context = VerifyingContext(ca_file, alpn="xmpp-client")
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            connection = await open_connection(
                recording._log,
                "client",  # who speaks here; the other side is the domain
                host,
                port,
                context=context if direct else None,
                server_hostname=domain if direct else None,
            )
    except ssl.SSLError as error:
        made = tls_failed(error, context, host=host, port=port, domain=domain)
    except OSError as error:
        made = unreachable(host, port, error, call="dial")
    else:
        return Stream(connection, recording, host=host, port=port, domain=domain, ca_file=ca_file)
    made.recording = recording
    raise made
