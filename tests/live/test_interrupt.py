"""Interrupting a real kernel under traffic ends the wait and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from pathlib import Path

import pytest
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.host import Host
from tests.peers.kernel import Kernel
from tests.peers.prosody import Prosody
from tests.peers.relay import TLSRelay

INTERRUPTS = 20
EVERY_SECONDS = 0.005
JULIET = "juliet@prosody.example/balcony"

SET_UP = """
import asyncio, hashlib, itertools, logging
from xmppexplore import connect, run
romeo = await connect({jid!r}, "montague", host={host!r}, port={port}, tls="starttls",
                      ca_file={ca_file!r})
sent = 0
async def traffic():
    global sent
    for sent in itertools.count():
        await romeo.send(f"<message to='{juliet}'><body>{{sent}}</body></message>")
        await asyncio.sleep({every})
speaking = asyncio.ensure_future(traffic())
print(romeo.jid)
"""
SLOW = '"<query xmlns=\'urn:example:slow\'/>", to="{juliet}", timeout=50'
ASK = {
    "run": "print('asking')\nrun(romeo.ask(" + SLOW + "))",
    "await": "print('asking')\nawait romeo.ask(" + SLOW + ")",
}
STILL_ALIVE = """
reply = await romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to="prosody.example")
print(reply.get("type"), speaking.done())
"""
STILL_ALIVE_RUN = STILL_ALIVE.replace("await romeo.ask(", "run(romeo.ask(").replace(
    '"prosody.example")', '"prosody.example"))'
)
FINISH = """
speaking.cancel()
await asyncio.gather(speaking, return_exceptions=True)
await romeo.send("<message to='{juliet}'><body>last</body></message>")
await romeo.wait_for(lambda stanza: "<body>last</body>" in stanza.xml, since=0)
heard = romeo.stanzas.query("kind == 'message' and direction == 'in'")
numbers = heard["xml"].str.extract(r"<body>(\\d+)</body>")[0].dropna().astype(int).tolist()
print(sent, len(numbers), numbers == list(range(len(numbers))))
"""
CLOSE = """
await romeo.close()
tapes = [romeo.recording.tape(direction) for direction in ("out", "in")]
rows = romeo.wire.groupby("direction", observed=True)["size"].sum()
print(*(hashlib.sha256(tape).hexdigest() for tape in tapes))
print([len(tape) for tape in tapes] == [rows["out"], rows["in"]])
"""


class Juliet:
    """The far end: counts what comes, speaks without pause, and never answers the slow query."""

    def __init__(self, server: Prosody) -> None:
        self.client = Bare(JULIET, "capulet", ca_file=server.ca_file)
        slow = MatchXPath("{jabber:client}iq/{urn:example:slow}query")
        self.client.register_handler(Callback("slow", slow, lambda iq: None))
        self.sent = 0
        self._speaking: asyncio.Task[None] | None = None

    def speak(self, to: str) -> None:
        """Begin to send numbered messages."""
        self._speaking = asyncio.ensure_future(self._speak(to))

    async def _speak(self, to: str) -> None:
        for number in itertools.count():
            self.client.send_message(mto=to, mbody=str(number))
            self.sent = number + 1
            await asyncio.sleep(EVERY_SECONDS)

    async def fall_silent(self, to: str) -> None:
        """Stop, with a last word behind everything."""
        assert self._speaking is not None
        self._speaking.cancel()
        await asyncio.gather(self._speaking, return_exceptions=True)
        self.client.send_message(mto=to, mbody="last")

    async def numbers(self) -> list[int]:
        """Return what arrived here, once the other side's last word has."""
        async with asyncio.timeout(30):
            while "last" not in self.client.bodies:
                await self.client.wait_for_bodies(len(self.client.bodies) + 1)
        return [int(body) for body in self.client.bodies if body != "last"]


@pytest.mark.prosody
@pytest.mark.slow
@pytest.mark.parametrize("how", ["run", "await"])
def test_interrupts_under_traffic(
    prosody: Prosody, peers: Host, authority: Authority, tmp_path: Path, how: str
) -> None:
    """Twenty interrupts: every message of both sides arrives once, in order, and is recorded."""
    with TLSRelay(peers, prosody.port, authority, prosody.domain) as relay:
        digests = asyncio.run(_interrupted(prosody, relay, tmp_path, how))
        relay.wait_until_done()
        seen = [hashlib.sha256(relay.tape(d)).hexdigest() for d in ("out", "in")]

        assert digests == seen


async def _interrupted(prosody: Prosody, relay: TLSRelay, folder: Path, how: str) -> list[str]:
    """Go through it all; return the digests of the tapes that the kernel kept."""
    chance = random.Random(how)
    juliet = Juliet(prosody)
    await juliet.client.log_in(prosody.host, prosody.port)
    async with Kernel(folder) as kernel:
        romeo = (await kernel.run(_set_up(prosody, relay))).strip()
        juliet.speak(romeo)
        for _ in range(INTERRUPTS):
            cell = kernel.start(ASK[how].format(juliet=JULIET))
            await cell.wait_for_output("asking")
            # Any moment will do: in a handler, in a write, in the middle of the wait.
            await asyncio.sleep(chance.uniform(0.0, 0.06))
            await kernel.interrupt()
            result = await asyncio.wait_for(cell.done, 10)
            assert result.error in ("KeyboardInterrupt", "CancelledError"), result
            alive = await kernel.run(STILL_ALIVE_RUN if how == "run" else STILL_ALIVE)
            assert alive.split() == ["result", "False"]
        await juliet.fall_silent(romeo)
        sent, received, contiguous = (await kernel.run(FINISH.format(juliet=JULIET))).split()
        arrived = await juliet.numbers()
        assert arrived == list(range(len(arrived)))
        assert len(arrived) in (int(sent), int(sent) + 1)  # the last send may be cancelled
        assert (int(received), contiguous) == (juliet.sent, "True")
        digests, whole = (await kernel.run(CLOSE)).strip().splitlines()
        assert whole == "True"
    await juliet.client.log_out()
    return digests.split()


def _set_up(prosody: Prosody, relay: TLSRelay) -> str:
    return SET_UP.format(
        jid="romeo@prosody.example",
        host=relay.host,
        port=relay.port,
        ca_file=prosody.ca_file,
        juliet=JULIET,
        every=EVERY_SECONDS,
    )
