"""What observing costs a client: CPU per stanza against bare slixmpp, over a real Prosody.

A client sends messages to itself through the server, at most ``WINDOW`` under way, and
reads them back: 20,000 echoes.  The very same client code runs with and without the tap,
each time in a process of its own; the server is a process apart.  Without TLS, since TLS
would add the same to both sides and flatter the ratio.

Run by hand for one side: ``python -m tests.bench.bench_client --side tapped --port 5222``.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.measure import Row, ratios, row, say, scaled
from tests.needs import missing
from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.prosody import Prosody

MESSAGES = 20_000
WINDOW = 200
JID, PASSWORD = "romeo@prosody.example", "montague"
ECHO_SECONDS = 300.0
SIDES = ("bare", "tapped", "journalled")


class Echo:
    """Sends numbered messages to oneself, and counts them in."""

    def __init__(self, client: Any, count: int) -> None:
        self.client = client
        self.count = count
        self.sent = self.received = 0
        self.done = asyncio.Event()
        client.add_event_handler("message", self._message)

    async def run(self) -> float:
        """Send and receive all of them; return the CPU seconds of this process."""
        start = time.process_time()
        for _ in range(min(WINDOW, self.count)):
            self._send()
        async with asyncio.timeout(ECHO_SECONDS):
            await self.done.wait()
        return time.process_time() - start

    def _send(self) -> None:
        self.client.send_message(
            mto=self.client.boundjid,
            mbody=f"{self.sent} wherefore art thou Romeo? Deny thy father and refuse thy name",
        )
        self.sent += 1

    def _message(self, message: Any) -> None:
        if not message["body"].startswith(f"{self.received} "):
            raise AssertionError(f"message {self.received} is missing")
        self.received += 1
        if self.sent < self.count:
            self._send()
        elif self.received == self.count:
            self.done.set()


@asynccontextmanager
async def _observed(client: Any, side: str, folder: Path) -> AsyncIterator[None]:
    """Put a client under observation as far as a side asks for it."""
    if side == "bare":
        yield
        return
    from xmppexplore import observe

    if side == "tapped":
        observe(client)
        yield
        return
    session = observe(client, recording=folder / "journal.xmpp")
    log = session.watch()
    yield
    log.close()


async def _one(side: str, port: int, count: int, folder: Path) -> float:
    client = Bare(JID, PASSWORD, tls="none")
    async with _observed(client, side, folder):
        client.bodies = _Forgetful()
        await client.log_in("127.0.0.1", port)
        seconds = await Echo(client, count).run()
        await client.log_out()
    return seconds


class _Forgetful(list[str]):
    """Keeps nothing: what the bare client notes for tests is no part of the cost."""

    def append(self, body: str) -> None:
        """Forget a body."""


def _apart(side: str, server: Prosody, count: int) -> float:
    """Run one side in a process of its own; return its CPU seconds."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.bench.bench_client",
            *("--side", side, "--port", str(server.port), "--count", str(count)),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=2 * ECHO_SECONDS,
    )
    if done.returncode != 0:
        raise AssertionError(f"{side} failed:\n{done.stdout}{done.stderr}")
    return float(done.stdout.split()[-1])


def rows() -> list[Row]:
    """Measure; without Prosody on the machine there is nothing to measure against."""
    lacking = missing("prosody")
    if lacking:
        say(f"skipped: {lacking[0]}")
        return []
    count = scaled(MESSAGES, least=200)
    against = f"bare slixmpp, {count:,} echoes through Prosody"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority(folder / "authority")
        with Prosody(folder / "prosody", authority, tls=False, memory=True) as server:

            def cost(side: str) -> float:
                return _apart(side, server, count)

            tapped = ratios(lambda: cost("tapped"), lambda: cost("bare"))
            journalled = ratios(lambda: cost("journalled"), lambda: cost("bare"))
    return [
        row("client CPU per stanza, recording on", against, tapped, "<= 1.05"),
        row("the same with journal and one log open", against, journalled, "<= 1.25"),
    ]


def main() -> None:
    """Run one side once, and print its CPU seconds."""
    parser = argparse.ArgumentParser(description="One side of the client benchmark.")
    parser.add_argument("--side", choices=SIDES, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, default=MESSAGES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(_one(options.side, options.port, options.count, Path(folder))))


if __name__ == "__main__":
    main()
