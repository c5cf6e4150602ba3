"""Relays that stand between client and server and write down what passes.

:class:`Relay` passes bytes as they are.  :class:`TLSRelay` ends the TLS of both sides
with a certificate of its own and so sees the plain text inside.  What they wrote down is
the witness against which a recording is compared, byte for byte.

Directions are the client's: ``"out"`` is what the client wrote, ``"in"`` what it was sent.
"""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Self

from tests.peers.certificates import Authority
from tests.peers.host import PATIENCE, Host
from tests.peers.leg import Leg, connect, listen


class Passage:
    """One relayed connection.

    Attributes:
        tapes: the bytes of each direction, in the order in which they arrived here.
        passed: how many bytes of each direction were handed on.
        done: set when both sides are closed.
    """

    def __init__(self, client: Leg) -> None:
        self.client = client
        self.server: Leg | None = None
        self.tapes = {"out": bytearray(), "in": bytearray()}
        self.passed = {"out": 0, "in": 0}
        self.done = asyncio.Event()
        self.moved = asyncio.Condition()

    @property
    def sides(self) -> list[Leg]:
        return [side for side in (self.client, self.server) if side is not None]

    def tape(self, direction: str) -> bytes:
        """Return what came from the client (``"out"``) or from the server (``"in"``)."""
        return bytes(self.tapes[direction])

    async def record(self, direction: str, data: bytes) -> None:
        """Write down what was read, and wake who waits for it."""
        async with self.moved:
            self.tapes[direction] += data
            self.moved.notify_all()

    def abort(self) -> None:
        """Reset both TCP connections, as a broken network does."""
        for side in self.sides:
            side.abort()


class Relay:
    """A TCP relay on 127.0.0.1 that records both directions.

    Args:
        thread: the thread in which it runs.
        port: port of the server on 127.0.0.1.
        chunk: most bytes handed on in one write; 0 hands on what was read.  The kernel
            may still join neighbouring writes.
        delay: seconds for which each chunk is held before it is handed on.
    """

    def __init__(self, thread: Host, port: int, *, chunk: int = 0, delay: float = 0.0) -> None:
        self._thread = thread
        self._target = port
        self.chunk = chunk
        self.delay = delay
        self.host = "127.0.0.1"
        self.port = 0
        self.passages: list[Passage] = []
        self._gates: dict[str, asyncio.Event] = {}
        self._server: asyncio.Server | None = None
        self._came = asyncio.Event()

    def start(self) -> Self:
        """Begin to listen; ``port`` is set from then on."""
        self._thread.call(self._start())
        return self

    def stop(self) -> None:
        """Close all connections and the port."""
        self._thread.call(self._stop())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def tape(self, direction: str, passage: int = -1) -> bytes:
        """Return what passed in one direction of a connection, by default the newest."""
        return self._thread.do(self.passages[passage].tape, direction)

    def cut(self) -> None:
        """Break every live connection by a reset, in the middle of whatever passes."""
        self._thread.call(self._cut())

    def hold(self, direction: str) -> None:
        """Read and record a direction, but hand nothing on until it is released."""
        self._thread.do(self._gates[direction].clear)

    def release(self, direction: str) -> None:
        """Hand on what was held, and everything after it."""
        self._thread.do(self._gates[direction].set)

    def wait_for_bytes(self, direction: str, wanted: bytes, passage: int = -1) -> None:
        """Return when these bytes have come from one side of a connection."""
        self._thread.call(self._wait_for_bytes(direction, wanted, passage))

    def wait_until_done(self, passage: int = -1) -> None:
        """Return when both sides of a connection are closed and all is recorded."""
        self._thread.call(asyncio.wait_for(self.passages[passage].done.wait(), PATIENCE))

    async def _start(self) -> None:
        for direction in ("out", "in"):
            self._gates[direction] = asyncio.Event()
            self._gates[direction].set()
        self._server, self.port = await listen(self._accept)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for gate in self._gates.values():
            gate.set()
        await self._cut()

    async def _cut(self) -> None:
        live = [passage for passage in self.passages if not passage.done.is_set()]
        for passage in live:
            passage.abort()
            for side in passage.sides:
                if side.task is not None:
                    side.task.cancel()
        await asyncio.gather(*(passage.done.wait() for passage in live))

    async def _wait_for_bytes(self, direction: str, wanted: bytes, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._came.wait()
        passage = self.passages[number]
        async with asyncio.timeout(PATIENCE), passage.moved:
            await passage.moved.wait_for(lambda: wanted in passage.tapes[direction])

    async def _accept(self, client: Leg) -> None:
        passage = Passage(client)
        self.passages.append(passage)
        self._came.set()
        self._greet(passage)
        try:
            passage.server = await connect(self._target)
            await self._relay(passage)
            await asyncio.gather(*(side.close() for side in passage.sides))
        except (OSError, ssl.SSLError):
            pass  # either side broke: what had come until then is recorded
        finally:
            passage.abort()
            passage.done.set()

    def _greet(self, passage: Passage) -> None:
        """Act before the first byte is read."""

    async def _relay(self, passage: Passage) -> None:
        await self._both(passage)

    async def _both(self, passage: Passage) -> None:
        assert passage.server is not None
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(passage, "out", passage.client, passage.server))
            group.create_task(self._pump(passage, "in", passage.server, passage.client))

    async def _pump(self, passage: Passage, direction: str, source: Leg, target: Leg) -> None:
        """Read and write in two tasks: what is held must not keep the rest from being read."""
        waiting: asyncio.Queue[bytes] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deliver(passage, direction, waiting, target))
            data = b"-"
            while data:
                data = await source.read()
                await passage.record(direction, data)
                waiting.put_nowait(data)

    async def _deliver(
        self, passage: Passage, direction: str, waiting: asyncio.Queue[bytes], target: Leg
    ) -> None:
        while data := await waiting.get():
            await self._hand_on(passage, direction, data, target)
        target.end()

    async def _hand_on(self, passage: Passage, direction: str, data: bytes, target: Leg) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        size = self.chunk or len(data)
        for start in range(0, len(data), size):
            await self._gates[direction].wait()
            piece = data[start : start + size]
            await target.write(piece)
            passage.passed[direction] += len(piece)
            if self.chunk:
                await asyncio.sleep(0)


class TLSRelay(Relay):
    """A relay that ends TLS on both sides and records the plain text.

    With ``direct=False`` the stream passes in the clear up to ``<proceed/>`` (RFC 6120
    §5.4.2.3), then both sides start TLS; with ``direct=True`` TLS begins at once (XEP-0368).

    Args:
        thread: the thread in which it runs.
        port: port of the server on 127.0.0.1.
        authority: signs the relay's certificate, and the server's is checked by it.
        domain: the domain for which client and server believe to speak.
        direct: TLS from the first byte.
    """

    def __init__(
        self, thread: Host, port: int, authority: Authority, domain: str, *, direct: bool = False
    ) -> None:
        super().__init__(thread, port)
        self._domain = domain
        self._direct = direct
        self._as_server = authority.good(domain).context()
        self._as_client = authority.client_context()

    def _greet(self, passage: Passage) -> None:
        if self._direct:
            passage.client.pause()

    async def _relay(self, passage: Passage) -> None:
        if not self._direct:
            await self._until_proceed(passage)
        assert passage.server is not None
        await passage.client.start_tls(self._as_server, server_side=True)
        await passage.server.start_tls(self._as_client, server_side=False, name=self._domain)
        await self._both(passage)

    async def _until_proceed(self, passage: Passage) -> None:
        assert passage.server is not None
        forth = asyncio.ensure_future(self._pump(passage, "out", passage.client, passage.server))
        try:
            while b"<proceed" not in passage.tapes["in"]:
                data = await passage.server.read()
                if not data:
                    raise ConnectionResetError("the server left before it agreed to TLS")
                await passage.record("in", data)
                # After <proceed/> the client speaks TLS.  It cannot be read as text here:
                # nothing from here to start_tls() gives the loop a turn.
                await self._hand_on(passage, "in", data, passage.client)
        finally:
            forth.cancel()
