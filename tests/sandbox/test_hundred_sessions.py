"""A hundred sessions in one kernel leave nothing behind: no task, socket, file or thread."""

from __future__ import annotations

import asyncio
import gc

import pytest

from tests.peers.census import census, settled
from tests.sandbox.conversation import auth
from xmppexplore import Sandbox

SESSIONS = 100
SECONDS = 60.0
BATCH = 10  # logins at a time: a login takes its time of one processor, on both its sides
HEADER = (
    "<stream:stream xmlns='jabber:client' to='capulet.example' version='1.0'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)


async def in_batches(awaitables):
    """Await some at a time, and return what they gave."""
    found, rest = [], list(awaitables)
    while rest:
        found += await asyncio.gather(*(one() for one in rest[:BATCH]))
        del rest[:BATCH]
    return found


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_hundred_observed_sessions_leave_nothing_behind():
    """Each logs in over TLS, writes to the next one, and reads what the one before wrote."""
    names = [f"p{number}" for number in range(SESSIONS)]

    async def scene():
        sandbox = await Sandbox.open("capulet.example", people=names)
        sessions = await in_batches(
            [
                lambda name=name: sandbox.connect(name, resource="r", timeout=SECONDS)
                for name in names
            ]
        )
        for number, session in enumerate(sessions):
            to = f"p{(number + 1) % SESSIONS}@capulet.example/r"
            await session.send(f"<message to='{to}' id='m{number}'><body>Hi</body></message>")
        came = await asyncio.gather(
            *(session.wait_for("body", since=0, timeout=SECONDS) for session in sessions)
        )
        assert [one.get("id") for one in came] == [
            f"m{(number - 1) % SESSIONS}" for number in range(SESSIONS)
        ]
        await in_batches([session.close for session in sessions[: SESSIONS // 2]])
        await sandbox.close()  # closes the other half
        return sessions

    async def main():
        # What is made once and stays, for example the pool that looks addresses up.
        async with await Sandbox.open("capulet.example", people=["p0"]) as first:
            await (await first.connect("p0")).close()
        gc.collect()
        before = census()
        sessions = await scene()
        del sessions
        gc.collect()
        assert await settled(before) == before

    asyncio.run(main())


@pytest.mark.timeout(120)
def test_a_hundred_connections_leave_nothing_behind():
    """At every stage of a stream: dialled, opened, refused, logged in, cut and closed."""
    stages = [
        b"",
        b"<stream:str",
        HEADER.encode(),
        HEADER.encode() + b"</stream:stream>",
        HEADER.encode() + b"<a><b></a>",
        b"GET / HTTP/1.1\r\n\r\n",
        (HEADER + auth("PLAIN", b"\0juliet\0any")).encode(),
        (HEADER + auth("PLAIN", b"\0juliet\0any") + HEADER).encode(),
        b"\x16\x03\x01\x02\x00\x01",
        b"\x00" * 100,
    ]

    async def main():
        before = census()
        sandbox = await Sandbox.open(people=["juliet"], tls=False, any_account=True)
        streams = []
        for number in range(SESSIONS):
            reader, writer = await asyncio.open_connection(sandbox.host, sandbox.port)
            writer.write(stages[number % len(stages)])
            streams.append((reader, writer))
        for _, writer in streams[1::3]:
            writer.close()
        for _, writer in streams[2::3]:
            writer.transport.abort()
        await sandbox.close()
        for reader, writer in streams[::3]:
            await asyncio.wait_for(reader.read(), SECONDS)
            writer.close()
        for _, writer in streams:
            await asyncio.wait({asyncio.ensure_future(writer.wait_closed())}, timeout=SECONDS)
        del streams, reader, writer
        gc.collect()
        assert await settled(before) == before

    asyncio.run(main())
