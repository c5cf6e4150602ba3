"""What observing costs a client: CPU per stanza against bare slixmpp, over a real Prosody.

A client sends messages to itself through the server, at most ``WINDOW`` under way, and
reads them back: 20,000 echoes.  The very same client code runs with and without the tap, each time
in a process of its own, or in a kernel of its own where a log is open (what it tells its
page then really leaves the kernel); the server is a process apart.  Without TLS, since TLS
would add the same to both sides and flatter the ratio.

Run by hand for one side: ``python -m tests.bench.bench_client --side tapped --port 5222``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.bench.measure import Row, ratios, row, say, scaled
from tests.needs import missing
from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.kernel import Kernel
from tests.peers.prosody import Prosody

MESSAGES = 20_000
WINDOW = 200
JID, PASSWORD = "romeo@prosody.example", "montague"
ECHO_SECONDS = 300.0
ROOT = Path(__file__).parents[2]


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


async def _one(side: str, port: int, count: int) -> float:
    """Log in, echo, log out; return the CPU seconds of the echoes."""
    client = _client()
    if side != "bare":
        from xmppexplore import observe

        observe(client)
    await client.log_in("127.0.0.1", port)
    seconds = await Echo(client, count).run()
    await client.log_out()
    return seconds


async def echo_in_kernel(side: str, port: int, count: int, journal: str) -> None:
    """Run one side in a kernel, as a task behind a cell, and print what it cost.

    Args:
        side: ``"bare"``, or ``"watched"``: with a journal, and a log in which a view follows.
        port: port of the server.
        count: number of messages.
        journal: path for the journal.
    """
    client = _client()
    log = writer = None
    if side == "watched":
        from xmppexplore import observe
        from xmppexplore.store.journal import Journal

        session = observe(client)
        writer = Journal(session.recording._log, session.recording._columns, journal)
        writer.start()
        log = session.watch()
        while not log._views:  # the page in the browser has to open it first
            await asyncio.sleep(0.01)
    await client.log_in("127.0.0.1", port)
    seconds = await Echo(client, count).run()
    await client.log_out()
    if log is not None and writer is not None:
        log.close()
        writer.stop()
    print(f"cost {seconds} ended")


def _client() -> Bare:
    client = Bare(JID, PASSWORD, tls="none")
    client.bodies = _Forgetful()
    return client


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


class Page:
    """Stands in for the page in the browser: opens the log and acknowledges what it is told.

    A browser works in a process of its own; what it costs the kernel is these messages.
    """

    VIEW: Final = {"view": "page", "size": 30, "follow": True}
    ALL: Final = {"text": "", "kinds": None, "direction": ""}

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.updates = 0
        kernel.on_comm = self._hear

    def _hear(self, kind: str, content: dict[str, Any]) -> None:
        data = content.get("data", {})
        if kind == "comm_open" and "_esm" in data.get("state", {}):
            ready = {"op": "ready", "filter": self.ALL, "generation": 0, "n": 0}
            self.kernel.tell_widget(content["comm_id"], {**self.VIEW, **ready})
        told = data.get("content", {}) if data.get("method") == "custom" else {}
        if told.get("op") == "news":
            self.updates += 1
            ack = {**self.VIEW, "op": "ack", "n": told["n"]}
            self.kernel.tell_widget(content["comm_id"], ack)
        elif told.get("op") == "trouble":
            raise AssertionError(told["text"])


async def _in_kernel(side: str, server: Prosody, count: int, folder: Path) -> float:
    """Run one side in a fresh kernel; return its CPU seconds."""
    async with Kernel(folder) as kernel:
        page = Page(kernel)
        journal = str(folder / "journal.sqlite")
        cell = kernel.start(
            f"import asyncio, sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            "from tests.bench.bench_client import echo_in_kernel\n"
            f"echo = asyncio.ensure_future(echo_in_kernel({side!r}, {server.port}, {count}, "
            f"{journal!r}))"
        )
        await cell.wait_for_later_output("ended", ECHO_SECONDS)
        if side == "watched" and not page.updates:
            raise AssertionError("the log told its page nothing")
    return float(cell.result.text.split()[1])


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
            numbers = itertools.count()

            def cost(side: str) -> float:
                return _apart(side, server, count)

            def cost_in_kernel(side: str) -> float:
                home = folder / f"kernel{next(numbers)}"
                return asyncio.run(_in_kernel(side, server, count, home))

            tapped = ratios(lambda: cost("tapped"), lambda: cost("bare"))
            watched = ratios(lambda: cost_in_kernel("watched"), lambda: cost_in_kernel("bare"))
    return [
        row("client CPU per stanza, recording on", against, tapped, "<= 1.05"),
        row(
            "the same with journal and one log open", f"{against}, in a kernel", watched, "<= 1.25"
        ),
    ]


def main() -> None:
    """Run one side once, and print its CPU seconds."""
    parser = argparse.ArgumentParser(description="One side of the client benchmark.")
    parser.add_argument("--side", choices=("bare", "tapped"), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, default=MESSAGES)
    options = parser.parse_args()
    print(asyncio.run(_one(options.side, options.port, options.count)))


if __name__ == "__main__":
    main()
