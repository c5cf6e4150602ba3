"""One end of a TCP connection that can take over TLS at any moment, and be broken off.

asyncio's streams are not used here: in Python 3.11 a ``StreamWriter`` upgraded by
``start_tls`` cannot be closed twice or aborted after a close.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

GOODBYE_SECONDS = 2.0
"""How long a closing side waits for the other one before it breaks off."""


class Leg(asyncio.Protocol):
    """A connection, read by ``read()`` and written by ``write()``.

    Args:
        serve: for accepted connections: the coroutine function that serves one.
    """

    def __init__(self, serve: Callable[[Leg], Coroutine[Any, Any, None]] | None = None) -> None:
        self._serve = serve
        self._raw: asyncio.Transport | None = None
        self._transport: asyncio.Transport | None = None
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()
        self._ended = False
        self.lost = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._raw = self._transport = transport
        if self._serve is not None:
            self.task = asyncio.ensure_future(self._serve(self))

    def data_received(self, data: bytes) -> None:
        self._incoming.put_nowait(data)

    def eof_received(self) -> bool:
        self._incoming.put_nowait(b"")
        return self._transport is self._raw  # in the clear our side stays open

    def connection_lost(self, exc: Exception | None) -> None:
        self._incoming.put_nowait(b"")
        self._writable.set()
        self.lost.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def read(self) -> bytes:
        """Return the next bytes as they came; ``b""`` when the other side has ended."""
        return b"" if self._ended and self._incoming.empty() else await self._next()

    async def _next(self) -> bytes:
        data = await self._incoming.get()
        self._ended = self._ended or not data
        return data

    async def write(self, data: bytes) -> None:
        """Write bytes, and wait while the other side does not take them."""
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(data)
            await self._writable.wait()

    def pause(self) -> None:
        """Read nothing until TLS is taken over: what comes next is TLS already."""
        assert self._raw is not None
        self._raw.pause_reading()

    async def start_tls(
        self, context: ssl.SSLContext, *, server_side: bool, name: str | None = None
    ) -> None:
        """Take over TLS; what was read until now was in the clear."""
        assert self._transport is not None
        upgraded = await asyncio.get_running_loop().start_tls(
            self._transport, self, context, server_side=server_side, server_hostname=name
        )
        assert upgraded is not None
        self._transport = upgraded

    def end(self) -> None:
        """Say that nothing more is coming; in the clear the other direction stays open."""
        assert self._transport is not None
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS in asyncio has no half-close
            self._transport.close()

    async def close(self) -> None:
        """Close once all that was written has left."""
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.close()
        try:
            await asyncio.wait_for(self.lost.wait(), GOODBYE_SECONDS)
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Reset the TCP connection; does nothing once it is closed."""
        if self._raw is None or self.lost.is_set():
            return
        # Closing with a linger time of zero sends RST (man 7 socket); abort() alone does not.
        # In the middle of a TLS handshake asyncio may have closed it without telling us.
        with suppress(OSError):
            self._raw.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self._raw.abort()


async def connect(port: int) -> Leg:
    """Open a connection to 127.0.0.1."""
    loop = asyncio.get_running_loop()
    _, leg = await loop.create_connection(Leg, "127.0.0.1", port)
    return leg


async def listen(
    serve: Callable[[Leg], Coroutine[Any, Any, None]],
) -> tuple[asyncio.Server, int]:
    """Listen on a free port of 127.0.0.1; return the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Leg(serve), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
