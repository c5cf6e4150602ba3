"""A bare slixmpp client: the peer at the far end, and the witness without our library."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import slixmpp

LOGIN_SECONDS = 15.0


class Bare(slixmpp.ClientXMPP):
    """A slixmpp client that logs in once, to a known port, and never tries again.

    Args:
        jid: bare or full address.
        password: its password.
        tls: ``"starttls"``, ``"direct"`` or ``"none"``.
        ca_file: PEM file of the authority to trust.
        plugins: names of slixmpp plugins to register.
    """

    def __init__(
        self,
        jid: str,
        password: str,
        *,
        tls: str = "starttls",
        ca_file: str = "",
        plugins: tuple[str, ...] = (),
    ) -> None:
        super().__init__(jid, password)
        self.enable_direct_tls = tls == "direct"
        self.enable_starttls = tls == "starttls"
        self.enable_plaintext = tls == "none"
        if tls == "none":
            self.plugin["feature_mechanisms"].unencrypted_scram = True
        if ca_file:
            self.ca_certs = Path(ca_file)
        for plugin in plugins:
            self.register_plugin(plugin)
        self.bodies: list[str] = []
        self._arrived = asyncio.Condition()
        self.add_event_handler("message", self._message)

    async def log_in(self, host: str, port: int) -> Bare:
        """Log in and send initial presence; any failure is an AssertionError."""
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def settle(word: str) -> Any:
            return lambda data: None if outcome.done() else outcome.set_result(f"{word} {data}")

        self.add_event_handler("session_start", settle("ready"))
        for bad in ("failed_all_auth", "connection_failed", "disconnected", "ssl_invalid_chain"):
            self.add_event_handler(bad, settle(bad))
        self.connect(host, port)
        word = await asyncio.wait_for(outcome, LOGIN_SECONDS)
        if not word.startswith("ready"):
            await self.log_out()
            raise AssertionError(f"bare client cannot log in: {word}")
        self.send_presence()
        return self

    async def log_out(self) -> None:
        """Close the stream and leave no task behind."""
        self.cancel_connection_attempt()
        if self.transport is not None:
            await self.disconnect()
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()
            await asyncio.gather(self._run_out_filters, return_exceptions=True)

    async def wait_for_bodies(self, wanted: int, timeout: float = 20.0) -> list[str]:
        """Return the bodies received, once there are at least so many."""
        async with asyncio.timeout(timeout), self._arrived:
            await self._arrived.wait_for(lambda: len(self.bodies) >= wanted)
        return list(self.bodies)

    async def _message(self, message: slixmpp.Message) -> None:
        self.bodies.append(message["body"])
        async with self._arrived:
            self._arrived.notify_all()
