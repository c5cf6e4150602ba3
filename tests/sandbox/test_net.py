"""On loopback: TLS, every byte recorded, slow and hostile clients, and nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time

import pytest

from tests.peers.census import census, settled
from tests.sandbox.conversation import HEADER_OUT, PASSWORDS, auth
from tests.sandbox.serving import new_server, opened
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.sandbox.link import HIGH_WATER
from xmppexplore.sandbox.realm import Limits
from xmppexplore.store.log import Log

STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
SECONDS = 30.0
DIALLED = []


def run(main):
    """Run a test; whatever it dialled and did not hang up is hung up at its end."""

    async def whole():
        try:
            await main()
        finally:
            while DIALLED:
                await DIALLED[-1].hang_up()

    asyncio.run(whole())


class Raw:
    """A client that writes what it is told; it knows no XMPP."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.got = b""
        self.deaf = False

    @classmethod
    async def dial(cls, server, tls=None):
        """Connect, with TLS from the first byte where a name is given."""
        context = ssl.create_default_context(cafile=server.ca_file) if tls else None
        # A small buffer, so that a client that does not read is noticed early.
        streams = await asyncio.open_connection(
            server.host, server.port, ssl=context, server_hostname=tls, limit=2**16
        )
        DIALLED.append(client := cls(*streams))
        return client

    async def say(self, *pieces):
        """Write pieces, text or bytes."""
        for piece in pieces:
            self.writer.write(piece.encode() if isinstance(piece, str) else piece)
            await self.writer.drain()

    async def until(self, pattern):
        """Read until a pattern stands in what came and was not asked for before."""
        async with asyncio.timeout(SECONDS):
            while not (found := re.search(pattern, self.got, re.DOTALL)):
                piece = await self.reader.read(65536)
                assert piece, f"ended after {self.got!r}, waiting for {pattern!r}"
                self.got += piece
        self.got = self.got[found.end() :]
        return found[0]

    async def to_the_end(self):
        """Read until the server ends its direction."""
        async with asyncio.timeout(SECONDS):
            while piece := await self.reader.read(65536):
                self.got += piece
        return self.got

    async def secure(self, server):
        """Go through STARTTLS, with the certificate verified."""
        await self.say(HEADER_OUT)
        await self.until(rb"</stream:features>")
        await self.say(STARTTLS)
        await self.until(rb"<proceed[^>]*>")
        context = ssl.create_default_context(cafile=server.ca_file)
        await self.writer.start_tls(context, server_hostname="play.example")
        return self

    async def log_in(self, name, presence="<presence/>", header=HEADER_OUT):
        """Log in and bind over what is secure already."""
        await self.say(header, auth("PLAIN", f"\0{name}\0{PASSWORDS[name]}".encode()))
        await self.until(rb"<success[^>]*>")
        await self.say(HEADER_OUT, BIND)
        await self.until(rb"</iq>")
        await self.say(presence)
        return self

    async def hang_up(self):
        """Close without a farewell."""
        if self not in DIALLED:
            return
        DIALLED.remove(self)
        if self.deaf:  # it would wait for the other side's end, which it does not read
            self.writer.transport.abort()
        self.writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await self.writer.wait_closed()

    def stop_reading(self):
        """Read no more."""
        self.deaf = True
        self.writer.transport.pause_reading()


async def person(server, name, presence="<presence/>"):
    """Return somebody who is logged in by direct TLS."""
    client = await Raw.dial(server, "play.example")
    return await client.log_in(name, presence)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org", ""])
def test_only_loopback_is_served(host):
    """Whatever else is asked for is an error that says what to do."""
    with pytest.raises(UsageError, match="not on loopback"):
        new_server(host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1"])
def test_every_loopback_address_is(host):
    """And a free port is found."""

    async def main():
        async with opened(host=host) as server:
            assert server.port > 0
            client = await Raw.dial(server)
            await client.hang_up()

    run(main)


def test_a_port_that_is_taken_is_said():
    """Nothing stays behind."""

    async def main():
        async with opened() as server:
            before = census()
            other = new_server(port=server.port)
            with pytest.raises(UsageError, match=f"port {server.port}.*port 0"):
                await other.open()
            assert other.ca_file is None
            assert census() == before

    run(main)


@pytest.mark.parametrize("way", ["starttls", "direct"])
def test_one_port_takes_both_ways_to_tls(way):
    """The first byte tells them apart; the certificate is verified both times."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log) as server:
            if way == "direct":
                client = await Raw.dial(server, "play.example")
            else:
                client = await (await Raw.dial(server)).secure(server)
            await client.log_in("romeo")
            (info,) = server.connections
            assert info.secure
            assert info.phase == "ready"
            assert info.address.startswith("romeo@play.example/")
            await client.say("</stream:stream>")
            await client.to_the_end()
            await client.hang_up()
        restarts = ["tls up", "restarted"] if way == "starttls" else ["tls up"]
        names = [mark.name for mark in log.marks]
        assert names == ["connected", *restarts, "authenticated", "restarted", "bound", "closed"]
        assert log.marks[1].detail.startswith("TLSv1.3 TLS_")
        assert "CN=play.example" in log.marks[1].detail

    run(main)


def test_the_record_is_what_the_client_saw():
    """Every byte of both directions, in clear, however it was cut."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log) as server:
            client = await Raw.dial(server, "play.example")
            said = (HEADER_OUT + auth("PLAIN", b"\0romeo\0balcony")).encode()
            for byte in said:
                await client.say(bytes((byte,)))
            await client.until(rb"(?=</?success[^>]*>)")
            begun = client.got
            client.got = b""
            rest = f"{HEADER_OUT}{BIND}<presence/> </stream:stream>".encode()
            await client.say(rest)
            everything = begun + await client.to_the_end()
            await client.hang_up()
        assert log.tape(0, 0) == said + rest
        assert log.tape(0, 1).endswith(everything)
        assert log.tape(0, 1).startswith(b"<?xml version='1.0'?><stream:stream ")

    run(main)


def test_a_restart_is_marked_where_it_happens():
    """Bytes that came along with the last response stand behind the mark."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log) as server:
            client = await Raw.dial(server, "play.example")
            first = HEADER_OUT + auth("PLAIN", b"\0romeo\0balcony")
            await client.say(first + HEADER_OUT + BIND)
            await client.until(rb"</jid>")
            await client.hang_up()
        restarted = next(mark for mark in log.marks if mark.name == "restarted")
        assert restarted.in_ == len(first)
        assert log.tape(0, 1)[: restarted.out].endswith(b"'/>")
        assert log.tape(0, 1)[restarted.out :].startswith(b"<?xml")

    run(main)


def test_bytes_in_clear_instead_of_a_handshake_end_the_connection():
    """After ``<proceed/>`` nothing in clear is read any more (RFC 6120 §5.3.3)."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log) as server:
            client = await Raw.dial(server)
            await client.say(HEADER_OUT)
            await client.until(rb"</stream:features>")
            await client.say(STARTTLS)
            await client.until(rb"<proceed[^>]*>")
            await client.say(HEADER_OUT, auth("PLAIN", b"\0romeo\0balcony"))
            assert b"<" not in await client.to_the_end()
            await client.hang_up()
        assert log.tape(0, 0) == HEADER_OUT.encode() + STARTTLS
        lost = next(mark for mark in log.marks if mark.name == "lost")
        assert lost.detail.startswith("TLS: ")

    run(main)


@pytest.mark.parametrize(
    "nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01garbage", b"\x00", b"\xff" * 100_000]
)
def test_what_is_not_xmpp_disturbs_nobody(nonsense):
    """It ends its own connection."""

    async def main():
        async with opened() as server:
            romeo = await person(server, "romeo")
            stranger = await Raw.dial(server)
            with contextlib.suppress(OSError):
                await stranger.say(nonsense)
                await stranger.to_the_end()
            await stranger.hang_up()
            await romeo.say("<iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>")
            await romeo.until(rb"id='p1'")
            await romeo.hang_up()

    run(main)


@pytest.mark.parametrize("said", ["", HEADER_OUT])
def test_half_open_connections_end(said):
    """Whoever does not log in in time is told, and goes (RFC 6120 §4.9.3.4)."""

    async def main():
        async with opened(limits=Limits(login_seconds=0.1)) as server:
            client = await Raw.dial(server)
            await client.say(said)
            assert b"<connection-timeout " in await client.to_the_end()
            await client.hang_up()

    run(main)


def test_half_a_tls_handshake_ends():
    """There nothing can be said in clear."""

    async def main():
        async with opened(limits=Limits(login_seconds=0.1, linger_seconds=0.1)) as server:
            client = await Raw.dial(server)
            await client.say(b"\x16\x03\x01\x01\x00")
            assert b"<" not in await client.to_the_end()
            await client.hang_up()

    run(main)


def test_who_is_logged_in_may_be_silent():
    """The time to log in does not go on counting."""

    async def main():
        async with opened() as server:
            romeo = await Raw.dial(server, "play.example")
            await romeo.say(HEADER_OUT)
            await romeo.until(rb"</stream:features>")
            (link,) = server._links.values()
            assert link.timers.running == {"login"}
            await romeo.log_in("romeo", header="")
            await romeo.until(rb"<presence")
            assert link.timers.running == set()
            await romeo.hang_up()

    run(main)


async def flood(sender, recipient, count, size=1000):
    """Send many messages, ten at a time; headlines, since nobody is told that they are lost."""
    message = (
        f"<message type='headline' to='{recipient}'><body>{'x' * size}</body></message>".encode()
    )
    for _ in range(count):
        sender.writer.write(message * 10)
        await sender.writer.drain()


def test_who_writes_to_a_client_that_does_not_read_has_to_wait():
    """What waits in the server is bounded; the client that stalls is given up in the end."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log, limits=Limits(stall_seconds=0.5)) as server:
            deaf = await person(server, "juliet")
            romeo = await person(server, "romeo")
            nurse = await person(server, "nurse")
            deaf.stop_reading()
            flooding = asyncio.create_task(flood(romeo, "juliet@play.example", 3000))
            links = list(server._links.values())
            waited = False
            while not any(mark.name == "lost" for mark in log.marks):
                waited |= links[1].pressure.waiting
                assert links[0].transport.get_write_buffer_size() < HIGH_WATER + 2**20
                await asyncio.sleep(0.01)
            await nurse.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
            await nurse.until(rb"id='p'")
            await flooding
            await romeo.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
            await romeo.until(rb"id='p'")
            for client in (deaf, romeo, nurse):
                await client.hang_up()
        assert waited
        (lost,) = [mark for mark in log.marks if mark.name == "lost" and mark.connection == 0]
        assert "does not read" in lost.detail

    run(main)


def test_a_backlog_has_an_end():
    """Also where the server's own words make it."""

    async def main():
        log = Log((0, 0))
        limits = Limits(backlog_bytes=100_000, stall_seconds=60)
        async with opened(recorder=log, limits=limits) as server:
            deaf = await person(server, "juliet")
            deaf.stop_reading()
            romeo = await person(server, "romeo")
            await flood(romeo, "juliet@play.example", 1500)
            async with asyncio.timeout(SECONDS):
                while not any(mark.name == "lost" for mark in log.marks):
                    await asyncio.sleep(0.01)
            await deaf.hang_up()
            await romeo.hang_up()

    run(main)


def test_a_vanished_client_is_lost_and_seen_to_be():
    """Its contacts are told, and the record says that it said no farewell."""

    async def main():
        log = Log((0, 0))
        async with opened(recorder=log) as server:
            juliet = await person(server, "juliet")
            romeo = await person(server, "romeo")
            await juliet.until(rb"from='romeo@play.example/[^>]*>")
            await romeo.hang_up()
            await juliet.until(rb"<presence[^>]*type='unavailable'[^>]*from='romeo@play")
            await juliet.hang_up()
        names = [mark.name for mark in log.marks if mark.connection == 1]
        assert names[-2:] == ["lost", "closed"]

    run(main)


def test_closing_says_so():
    """system-shutdown and the footer reach everybody, TLS ends as it should."""

    async def main():
        server = new_server(limits=Limits(linger_seconds=SECONDS))
        await server.open()
        romeo = await person(server, "romeo")
        stranger = await Raw.dial(server)
        await stranger.say(HEADER_OUT)
        await stranger.until(rb"</stream:features>")
        closing = asyncio.create_task(server.close())
        for client in (romeo, stranger):
            end = await client.to_the_end()
            assert b"<system-shutdown " in end
            assert end.endswith(b"</stream:stream>")
            await client.hang_up()
        await closing
        await server.close()
        assert server.connections == []
        with pytest.raises(OSError, match="Connect call failed"):
            await Raw.dial(server)

    run(main)


def test_an_open_server_can_be_opened_again():
    """And a closed one too, with another authority."""

    async def main():
        server = new_server()
        await server.open()
        first = server.ca_file
        await server.open()
        assert server.ca_file == first
        await server.close()
        assert server.ca_file is None
        await server.open()
        romeo = await person(server, "romeo")
        await romeo.hang_up()
        await server.close()

    run(main)


def test_answers_may_take_their_time():
    """A coroutine handler is awaited while the conversation goes on; its error is an answer."""

    async def main():
        gate = asyncio.Event()

        async def roll(request):
            await gate.wait()
            if request.children[0].get("sides") == "0":
                raise StanzaError("no", condition="not-acceptable")
            return "<roll xmlns='urn:example:dice' result='4'/>"

        async with opened() as server:
            server.realm.answer("{urn:example:dice}roll", roll)
            romeo = await person(server, "romeo")
            ask = "<iq type='get' id='{}'><roll xmlns='urn:example:dice' sides='{}'/></iq>"
            await romeo.say(ask.format("a", 6), ask.format("b", 0))
            await romeo.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
            await romeo.until(rb"id='p'")
            gate.set()
            await romeo.until(rb"id='a'[^>]*><roll[^>]*result='4'/></iq>")
            await romeo.until(rb"id='b'.*<not-acceptable ")
            await romeo.hang_up()

    run(main)


def test_an_answer_under_way_ends_with_its_connection():
    """Neither the client's end nor the server's leaves a task."""

    async def main():
        before = census()
        ended = []

        async def wait_for_ever(_):
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(1)

        async with opened() as server:
            server.realm.answer("{urn:x}a", wait_for_ever)
            ask = "<iq type='get' id='1'><a xmlns='urn:x'/></iq>" + "<presence/>"
            for hang_up in (True, False):
                romeo = await person(server, "romeo")
                await romeo.until(rb"<presence")
                await romeo.say(ask)
                await romeo.until(rb"<presence")
                if hang_up:
                    await romeo.hang_up()
        assert ended == [1, 1]
        await romeo.hang_up()
        assert await settled(before) == before

    run(main)


def test_twenty_sessions_leave_nothing_behind():
    """Tasks, threads, sockets and files are the same before and after."""

    async def main():
        before = census()
        for _ in range(20):
            async with opened(recorder=Log((0, 0))) as server:
                romeo, juliet = await person(server, "romeo"), await person(server, "juliet")
                await romeo.say("<message to='juliet@play.example'><body>Hi</body></message>")
                await juliet.until(rb"Hi")
                await romeo.hang_up()
            await juliet.hang_up()
        assert await settled(before) == before

    run(main)


def test_the_server_can_be_left_in_any_order():
    """Closed while a client is in the middle of TLS, and while nobody answers."""

    async def main():
        before = census()
        server = new_server(limits=Limits(linger_seconds=0.1))
        await server.open()
        half = await Raw.dial(server)
        await half.say(b"\x16\x03\x01")
        deaf = await person(server, "romeo")
        deaf.stop_reading()
        start = time.monotonic()
        await server.close()
        assert time.monotonic() - start < SECONDS
        for client in (half, deaf):
            await client.hang_up()
        assert await settled(before) == before

    run(main)
