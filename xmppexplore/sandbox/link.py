"""One connection of the sandbox: bytes between its socket and its machine.

What a machine asks for is done here: bytes written, TLS begun, marks recorded, the
connection closed.  Nothing here knows XMPP.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from typing import Final, Protocol

from xmppexplore.sandbox.certificates import Authority, TlsLayer
from xmppexplore.sandbox.effects import Close, Effect, Later, Mark, StartTLS
from xmppexplore.sandbox.machine import Machine
from xmppexplore.sandbox.patience import Pressure, Timers
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.recorder import ConnectionInfo, Recorder
from xmppexplore.sandbox.sasl import Secured
from xmppexplore.sandbox.stream import Phase
from xmppexplore.wire.records import IN, OUT

__all__ = ["Carrier", "Link"]

_log = logging.getLogger(__name__)

HIGH_WATER: Final = 4 * 1024 * 1024
"""Bytes that wait for a client from which on whoever writes to it is made to wait too."""
MAX_ANSWERS: Final = 1000
"""Requests of one connection whose handlers may be under way at a time."""
MOMENT_SECONDS: Final = 0.003
"""How long a header or a farewell that came under TLS is kept before it is answered."""
READ_BYTES: Final = 16 * 1024
"""Most bytes of one client that are taken in one turn of the loop, so that the others have
theirs: some thousand of the smallest stanzas, or one record of TLS (RFC 8446 §5.1)."""
_TLS_HANDSHAKE: Final = 0x16  # first byte of a TLS connection (RFC 8446 §5.1); never of XML


class Carrier(Protocol):
    """The server, as its connections see it."""

    realm: Realm
    tls: bool
    recorder: Recorder | None
    authority: Authority | None

    @property
    def crowded(self) -> bool:
        """Whether there are more connections than the limits allow."""

    def arrived(self, link: Link) -> None:
        """Take a new connection in."""

    def left(self, link: Link) -> None:
        """Let a connection go, and tell the others."""

    def record(self, link: Link, direction: int, data: bytes) -> None:
        """Record one read or write."""

    def perform(self, cause: Link | None = None) -> None:
        """Carry out what the machines ask for, until none asks for more."""


def _is_turn(phase: Phase, data: bytes) -> bool:
    """Tell whether a stream begins or ends with what came, as far as that is quickly seen.

    There are clients that begin to wait for the answer only when TLS has told them that
    their own bytes are written.  On loopback the answer would be there before, and they
    wait until they give up.
    """
    if phase == "opening":
        return b">" in data
    return data[-64:].rstrip().endswith(b"</stream:stream>")


class Link(asyncio.BufferedProtocol):
    """One connection, between its socket and its machine."""

    def __init__(self, server: Carrier) -> None:
        self.server = server
        self.loop = asyncio.get_running_loop()
        self.machine = Machine(server.realm, tls=server.tls)
        self.gone: asyncio.Future[None] = self.loop.create_future()
        self.timers = Timers(self.loop)
        self.peer = ""
        self.number = -1
        self._layer: TlsLayer | None = None
        self._buffer = bytearray()  # only while something is read into it
        self._begun = False  # whether a first byte came
        self._asked = False  # whether the client asked for TLS, rather than beginning with it
        self._end = ""  # why the connection is lost, where that is known
        self._farewell = False  # whether the stream ended as it should
        self._answers: set[asyncio.Task[None]] = set()

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: the client has so many seconds to log in."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream transport")
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)
        host, port = transport.get_extra_info("peername")[:2]
        self.peer = f"{host}:{port}"
        self.server.arrived(self)
        limits = self.server.realm.limits
        self.pressure = Pressure(transport, self.timers, limits.stall_seconds, self.abort)
        self.timers.start("login", limits.login_seconds, self._too_slow)
        if self.server.crowded:
            self.machine.end("resource-constraint", "there are too many connections")
            self.server.perform()

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 (asyncio's own name)
        """Give asyncio room for the next bytes."""
        self._buffer = bytearray(READ_BYTES)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what came; whatever happens, only this connection can end by it."""
        data, self._buffer = bytes(memoryview(self._buffer)[:nbytes]), bytearray()
        self._try(self._received, data)

    def _try(self, take: Callable[[bytes], None], data: bytes) -> None:
        try:
            take(data)
        except ssl.SSLError as error:
            self.abort(f"TLS: {error.reason or error}")
        except Exception:  # noqa: BLE001 (one client's bytes must never end the server)
            _log.exception("the connection of %s ends for an error of the server", self.peer)
            self.machine.end("internal-server-error")
            self.server.perform()

    def eof_received(self) -> bool:
        """Have asyncio close the transport, once what is written has gone out."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind, and tell the contacts."""
        resource = self.machine.resource
        self.pressure.end()
        self.timers.stop_all()
        self.machine.lost()
        if resource is None or not resource.parked:
            self.drop_answers()  # a session that is resumed gets them still (XEP-0198 §5)
        if not self._farewell:
            why = self._end or (str(exc) if exc else "closed without </stream:stream>")
            self.mark("lost", why)
        self.mark("closed", "")
        self.server.left(self)
        self.gone.set_result(None)

    def pause_writing(self) -> None:
        """More than :data:`HIGH_WATER` waits for the client."""
        self.pressure.rise()

    def resume_writing(self) -> None:
        """The client has taken most of it."""
        self.pressure.fall()

    @property
    def info(self) -> ConnectionInfo:
        """What there is to know of the connection now."""
        machine, resource = self.machine, self.machine.resource
        return ConnectionInfo(
            self.number,
            self.peer,
            machine.phase,
            str(resource.address) if resource else "",
            machine.secure,
            machine.mechanism if machine.account else "",
            resource.available if resource else False,
            resource.priority if resource else 0,
        )

    # --- bytes in

    def _received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            if data[0] == _TLS_HANDSHAKE and self.server.authority is not None:
                self._layer = self.server.authority.layer()  # direct TLS (XEP-0368)
        layer = self._layer
        if layer is not None:
            data = self._decrypted(layer, data)
            if layer.up and _is_turn(self.machine.phase, data):
                self.transport.pause_reading()
                self.timers.start("moment", MOMENT_SECONDS, lambda: self._go_on(data))
                return
        self._take(data)

    def _go_on(self, data: bytes) -> None:
        """Take what was kept for a moment, and read on."""
        self._try(self._take, data)
        if not self.pressure.waiting and not self.transport.is_closing():
            self.transport.resume_reading()

    def _take(self, data: bytes) -> None:
        layer = self._layer
        while data:
            used = self.machine.receive(data, time.time())
            self.server.record(self, IN, data[:used])
            self.server.perform(self)
            data = data[used:]
        if layer is not None and layer.ended and not self.transport.is_closing():
            self.transport.close()
        if self.machine.phase == "ready":
            self.timers.stop("login")

    def _decrypted(self, layer: TlsLayer, data: bytes) -> bytes:
        """Return what TLS bytes say, and let TLS answer for itself."""
        was_up = layer.up
        try:
            clear = layer.unwrap(data)
        finally:  # an alert goes out also where it fails
            answer = layer.pending()
            if answer:
                self.transport.write(answer)
        if layer.up and not was_up:
            self.mark("tls up", layer.detail)
            if self._asked:
                self.mark("restarted", "")
            self.machine.secured(Secured(layer.bindings, layer.addresses))
        return clear

    # --- effects out

    def carry_out(self, effects: list[Effect]) -> None:
        """Do what the machine asked for, in order; bytes side by side are one write."""
        written: list[bytes] = []
        for effect in effects:
            if isinstance(effect, bytes):
                written.append(effect)
                continue
            self._write(written)
            written = []
            self._carry_out_other(effect)
        self._write(written)

    def _carry_out_other(self, effect: Effect) -> None:
        if isinstance(effect, Mark):
            self.mark(effect.name, effect.detail)
        elif isinstance(effect, StartTLS) and self.server.authority is not None:
            self._asked = True
            self._layer = self.server.authority.layer()
        elif isinstance(effect, Close):
            self._say_farewell()
        elif isinstance(effect, Later):
            self._answer_later(effect)

    def _write(self, pieces: list[bytes]) -> None:
        if not pieces or self.transport.is_closing():
            return
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        layer = self._layer
        if layer is not None and not layer.up:
            return  # in the middle of a handshake nothing can be said
        try:
            self.transport.write(layer.wrap(data) if layer is not None else data)
        except ssl.SSLError as error:
            self.abort(f"TLS: {error.reason or error}")
            return
        self.server.record(self, OUT, data)
        waiting = self.transport.get_write_buffer_size()
        if waiting > self.server.realm.limits.backlog_bytes:
            self.abort(f"the client does not read: {waiting} bytes wait for it")

    def _say_farewell(self) -> None:
        """End our direction and give the client time to end its own.

        Closing at once would, where bytes of the client are unread, make the kernel reset
        the connection, and the client could lose the error that was just written.
        """
        self._farewell = True
        if self.transport.is_closing():
            return
        layer = self._layer
        if layer is not None:
            self.transport.write(layer.farewell())
        try:
            self.transport.write_eof()
        except OSError:  # the client was quicker
            self.transport.abort()
        linger = self.server.realm.limits.linger_seconds
        self.timers.start("linger", linger, self.transport.abort)

    def _answer_later(self, effect: Later) -> None:
        if len(self._answers) >= MAX_ANSWERS:
            asyncio.ensure_future(effect.answer, loop=self.loop).cancel()
            self.server.realm.refuse(effect.request, "resource-constraint")
            return
        task = self.loop.create_task(self._await_answer(effect))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _await_answer(self, effect: Later) -> None:
        try:
            outcome = await effect.answer
        except Exception as error:  # noqa: BLE001 (a handler is the user's own code)
            outcome = error
        self.server.realm.conclude(effect.request, outcome)
        self.server.perform()

    @property
    def answering(self) -> bool:
        """Whether a handler is under way whose answer is waited for."""
        return bool(self._answers)

    def drop_answers(self) -> None:
        """Nobody waits for answers any more."""
        for task in self._answers:
            task.cancel()

    async def settled(self) -> None:
        """Wait until the connection is gone and no answer to it is under way."""
        await self.gone
        await asyncio.gather(*self._answers, return_exceptions=True)

    def mark(self, name: str, detail: str) -> None:
        """Record something that happened between the bytes."""
        recorder = self.server.recorder
        if recorder is not None:
            recorder.mark(self.number, name, detail, time.monotonic_ns())

    def abort(self, why: str) -> None:
        """End the connection at once."""
        self._end = self._end or why
        self.transport.abort()

    def _too_slow(self) -> None:
        seconds = self.server.realm.limits.login_seconds
        self.machine.end("connection-timeout", f"not logged in within {seconds:g} s")
        self.server.perform()
