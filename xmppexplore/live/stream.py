"""A recorded stream without a client: every byte is the person's own.

Nothing is answered, sent or parsed here.  TLS is started where asked for, with the same
verification as a session's.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, cast

from xmppexplore.live.certificates import VerifyingContext, tls_facts
from xmppexplore.wire.records import IN, OUT

if TYPE_CHECKING:
    from xmppexplore.store.log import Log

__all__ = ["RawConnection", "open_connection"]

now = time.monotonic_ns

HEADER_STARTS = (b"<?xml", b"<stream:stream", b"<stream ")
NO_STREAM_YET = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?")
"""White space and an XML declaration: with no more than these no stream has begun."""
LONGEST_OPENING = 200
"""So many bytes of a stream's beginning are kept, to see whether it has begun."""


class RawConnection(asyncio.Protocol):
    """One TCP connection, recorded; what is written is what was given.

    Args:
        log: where to record.
        label: who this is, in every view.
    """

    def __init__(self, log: Log, label: str) -> None:
        self.log = log
        self.label = label
        self.connection = -1
        self.tls = ""
        self.certificate = b""
        self.server = ("", 0)
        self.transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self._opening = b""  # of the present stream, as written so far
        self._writable = asyncio.Event()
        self._writable.set()

    def mark(self, name: str, detail: str = "") -> None:
        """Write a mark at the present position of both tapes."""
        if self.connection >= 0:
            self.log.mark(self.connection, name, detail, now())

    # ---- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection of the log."""
        self.transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.server = (str(peer[0]), int(peer[1]))
        self.connection = self.log.connect(
            "initiator", self.label, now(), f"{self.server[0]} port {self.server[1]}"
        )
        self._mark_tls()

    def data_received(self, data: bytes) -> None:
        """Record what was read."""
        self.log.chunk(self.connection, IN, data, now())

    def connection_lost(self, exception: BaseException | None) -> None:
        """Mark the end, with its cause."""
        if exception is not None:
            self.mark("lost", f"{type(exception).__name__}: {exception}")
        self.mark("closed")
        self.transport = None
        self._writable.set()
        if not self.lost.done():
            self.lost.set_result(exception)

    def pause_writing(self) -> None:
        """Hold writers back while the peer does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let writers go on."""
        self._writable.set()

    # ---- called by the person's stream

    async def write(self, data: bytes) -> None:
        """Write bytes, recorded once the transport took them.

        A second header of the same connection restarts the stream in both directions
        (RFC 6120 §4.3.3): what was read before it belongs to the old one.  It is known by
        its first bytes, up to the name, so these have to come in one piece.
        """
        assert self.transport is not None
        if data.lstrip().startswith(HEADER_STARTS) and self._begun():
            self._restart()
        self._opening += data[: LONGEST_OPENING - len(self._opening)]
        self.transport.write(data)
        self.log.chunk(self.connection, OUT, data, now())
        await self._writable.wait()

    async def start_tls(self, domain: str, ca_file: str | None) -> None:
        """Put verified TLS on the connection.

        Raises:
            ssl.SSLError: the handshake failed or the certificate is not to be trusted.
        """
        assert self.transport is not None
        loop = asyncio.get_running_loop()
        self.context = VerifyingContext(ca_file)
        clear = self.transport
        try:
            upgraded = await loop.start_tls(clear, self, self.context, server_hostname=domain)
        except (OSError, asyncio.CancelledError) as error:
            # asyncio tells nobody the end of a connection whose TLS never came up.
            clear.abort()
            if self.transport is clear:
                self.connection_lost(error if isinstance(error, OSError) else None)
            raise
        assert upgraded is not None
        self.transport = upgraded
        self._mark_tls()
        if self._begun():
            self._restart()

    async def close(self, wait: float) -> None:
        """Close the connection and wait until the transport is gone."""
        if self.transport is not None:
            # Where TLS is closing already a second close() would leave nothing to abort.
            if not self.transport.is_closing():
                self.transport.close()
            try:
                await asyncio.wait_for(asyncio.shield(self.lost), wait)
            except TimeoutError:
                if self.transport is not None:
                    self.transport.abort()
                await self.lost

    def _begun(self) -> bool:
        return NO_STREAM_YET.fullmatch(self._opening) is None

    def _restart(self) -> None:
        self.mark("restarted")
        self._opening = b""

    def _mark_tls(self) -> None:
        assert self.transport is not None
        ssl_object: Any = self.transport.get_extra_info("ssl_object")
        if ssl_object is not None:
            self.tls = tls_facts(ssl_object)
            self.certificate = ssl_object.getpeercert(binary_form=True) or b""
            self.mark("tls up", self.tls)


async def open_connection(
    log: Log,
    label: str,
    host: str,
    port: int,
    *,
    context: VerifyingContext | None = None,
    server_hostname: str | None = None,
) -> RawConnection:
    """Open one recorded TCP connection, with TLS from the first byte where a context is given.

    Raises:
        OSError: it could not be reached; ``ssl.SSLError`` where TLS failed.
    """
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: RawConnection(log, label), host, port, ssl=context, server_hostname=server_hostname
    )
    return connection
