"""The sandbox on loopback: sockets, TLS, time and the record of every byte.

One :class:`Server` listens; each connection is a :class:`~xmppexplore.sandbox.link.Link`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.certificates import Authority
from xmppexplore.sandbox.link import Link
from xmppexplore.sandbox.loopback import loopback
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.recorder import ConnectionInfo, Recorder
from xmppexplore.sandbox.resources import Outlet
from xmppexplore.sandbox.storage import FORGETFUL

__all__ = ["Server"]


class Server:
    """A realm on a port of this machine, for nobody outside of it.

    One port serves clients that ask for TLS (STARTTLS) and clients that begin with it.

    Args:
        realm: the domain and its people.
        host: a loopback address.
        port: the port, 0 for a free one.
        tls: whether TLS is offered, and required before login.
        recorder: keeps every byte of the server's side, in clear.

    Raises:
        UsageError: the host is not on loopback.

    Attributes:
        host: the address, numeric.
        port: the port, once open.
        failure: why it ended by itself, ``None`` where it did not: its state could not be
            kept.
        on_failure: called when that happens.
    """

    def __init__(
        self,
        realm: Realm,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = True,
        recorder: Recorder | None = None,
    ) -> None:
        self.realm = realm
        self.addresses = loopback(host)
        self.port = port
        self.tls = tls
        self.recorder = recorder
        self.authority: Authority | None = None
        self.failure: UsageError | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._links: dict[Outlet, Link] = {}
        self._listener: asyncio.Server | None = None
        self._second: asyncio.Server | None = None  # on the other address of localhost
        self._arrivals = 0
        self._scheduled: set[asyncio.TimerHandle] = set()
        self._answering: list[Link] = []  # gone, with handlers whose answers are still wanted
        realm.schedule = self._schedule
        realm.clock = time.time

    @property
    def host(self) -> str:
        """The address that it listens on; the first where there are two."""
        return self.addresses[0]

    @property
    def listening(self) -> tuple[str, ...]:
        """The addresses that it listens on now."""
        return self.addresses[: (self._listener is not None) + (self._second is not None)]

    @property
    def ca_file(self) -> str | None:
        """The file with the authority to trust; ``None`` without TLS and when closed."""
        return self.authority.ca_file if self.authority is not None else None

    @property
    def crowded(self) -> bool:
        """Whether there are more connections than the limits allow (RFC 6120 §4.9.3.17)."""
        return len(self._links) > self.realm.limits.connections

    @property
    def connections(self) -> list[ConnectionInfo]:
        """The open connections, in order of arrival."""
        return [link.info for link in self._links.values()]

    async def open(self) -> None:
        """Listen.

        Raises:
            UsageError: the port is taken or may not be used, or no certificate can be made
                for the domain.
        """
        if self._listener is not None:
            return
        external = self.realm.policy.external
        authority = Authority(self.realm.domain, clients=external) if self.tls else None
        try:
            self._listener = await self._listen(self.host)
        except BaseException as error:
            if authority is not None:
                authority.close()
            if isinstance(error, OSError | OverflowError):
                raise UsageError(
                    f"cannot listen on {self.host} port {self.port}: {error};"
                    " port 0 takes a free one"
                ) from error
            raise
        self.authority = authority
        self.realm.started = time.time()
        self.port = self._listener.sockets[0].getsockname()[1]
        try:
            for other in self.addresses[1:]:
                # A machine without IPv6 has no such address, and a port that was free on one
                # can be taken on the other: the first address serves alone then.
                with contextlib.suppress(OSError):
                    self._second = await self._listen(other)
        except BaseException:
            await self.close()
            raise

    async def _listen(self, address: str) -> asyncio.Server:
        """Listen on an address; on none where that is interrupted."""
        loop = asyncio.get_running_loop()
        # asyncio's own start_serving=True would lose a server whose start is cancelled.
        listener = await loop.create_server(
            lambda: Link(self), address, self.port, start_serving=False
        )
        try:
            await listener.start_serving()
        except BaseException:
            listener.close()
            raise
        return listener

    async def close(self) -> None:
        """Say ``system-shutdown`` to all, and leave no socket, task or file behind."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        second, self._second = self._second, None
        try:
            await self._close(listener, second)
        finally:  # also where the wait is cancelled: others could not open the file again
            storage, self.realm.storage = self.realm.storage, FORGETFUL
            storage.close()

    async def _close(self, listener: asyncio.Server, second: asyncio.Server | None) -> None:
        listener.close()
        if second is not None:
            second.close()
        for timer in self._scheduled:
            timer.cancel()
        self._scheduled.clear()
        links = list(self._links.values())
        try:
            for link in links:
                link.machine.end("system-shutdown", "the sandbox is closed")
            self.perform()
            if links:
                gone = [link.gone for link in links]
                await asyncio.wait(gone, timeout=self.realm.limits.linger_seconds)
        finally:
            for link in links:
                link.abort("the sandbox is closed")
            if self.authority is not None:
                self.authority.close()
                self.authority = None
            for link in self._answering:
                link.drop_answers()
        await asyncio.gather(*(link.settled() for link in (*links, *self._answering)))
        await listener.wait_closed()
        if second is not None:
            await second.wait_closed()

    def _schedule(self, seconds: float, run: Callable[[], None]) -> Callable[[], None]:
        """Let the realm do something later, and carry out what follows from it."""

        def fire() -> None:
            self._scheduled.discard(timer)
            run()
            self.perform()

        def forget() -> None:
            self._scheduled.discard(timer)
            timer.cancel()

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._scheduled.add(timer)
        return forget

    # --- what links call

    def arrived(self, link: Link) -> None:
        """Take a new connection in."""
        link.number = self._arrivals
        self._arrivals += 1
        if self.recorder is not None:
            link.number = self.recorder.connect("receiver", link.peer, time.monotonic_ns())
        link.machine.number = link.number
        self._links[link.machine] = link

    def left(self, link: Link) -> None:
        """Let a connection go, and tell the others."""
        del self._links[link.machine]
        self._answering = [one for one in (*self._answering, link) if one.answering]
        self.perform()

    def record(self, link: Link, direction: int, data: bytes) -> None:
        """Record one read or write."""
        if self.recorder is not None:
            self.recorder.chunk(link.number, direction, data, time.monotonic_ns())

    def perform(self, cause: Link | None = None) -> None:
        """Carry out what the machines ask for, until none asks for more.

        Args:
            cause: the connection whose bytes brought it about; it waits for whoever
                cannot take more.
        """
        pending = self.realm.pending
        if not self._commit():  # before a byte leaves that acknowledges it
            pending.clear()
            return
        while pending:
            machine = next(iter(pending))
            effects = machine.take()
            link = self._links.get(machine)
            if link is None:  # its connection is gone
                continue
            link.carry_out(effects)
            if cause is not None and link.pressure.congested and not link.transport.is_closing():
                cause.pressure.wait_for(link.pressure)

    def _commit(self) -> bool:
        """Make the state last; where it cannot be, end, since nothing may acknowledge it."""
        if self.failure is None:
            try:
                self.realm.storage.commit()
            except UsageError as error:
                self.failure = error
                if self.realm.on_failure is not None:
                    self.realm.on_failure("the sandbox has ended", error)
                for listener in filter(None, (self._listener, self._second)):
                    listener.close()
                for link in self._links.values():
                    link.abort(f"the sandbox has ended: {error}")
                self.on_failure()
        return self.failure is None
