"""A scripted client: what came is taken in order, within bounds, and nothing is left behind."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.peers.bad import DOMAIN, BadServer, Certificates
from tests.peers.census import census, settled
from tests.peers.host import Host
from xmppexplore import Sandbox
from xmppexplore.api.recording import Recording
from xmppexplore.errors import ConnectError, NoAnswer, StreamError, XmppExploreError
from xmppexplore.live.actor import Actor, Arrived, Endpoint, check_stream_error, stream_header
from xmppexplore.live.actor_login import secure
from xmppexplore.wire.element import parse

PING = b"<iq type='get' id='%d' to='capulet.example'><ping xmlns='urn:xmpp:ping'/></iq>"


def place_of(sandbox):
    """Where a sandbox without TLS is."""
    return Endpoint(sandbox.host, sandbox.port, sandbox.domain, "none")


def test_what_comes_is_taken_in_order_and_nothing_is_left() -> None:
    """Header, features, footer, and then the end of the connection."""

    async def play() -> list[str | None]:
        async with await Sandbox.open("capulet.example", tls=False) as sandbox:
            before = census()
            actor = Actor("romeo", Recording()._columns, place_of(sandbox), 5.0)
            await actor.header()
            await actor.write(b"</stream:stream>")
            kinds = []
            while (came := await actor.next()) is not None:
                kinds.append(came.kind)
            await actor.close()
            assert await settled(before) == before
            return kinds

    assert asyncio.run(play()) == ["header", "element", "footer"]


def test_what_is_taken_out_of_order_leaves_the_rest_in_order() -> None:
    """An answer can be taken while what came before it stays unread."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", tls=False) as sandbox:
            actor = Actor("romeo", Recording()._columns, place_of(sandbox), 5.0)
            await actor.header()
            features = await actor.until(lambda came: came.kind == "element")
            assert features.element is actor.offered
            first = await actor.next()
            assert first is not None
            assert first.kind == "header"
            assert not actor.unread
            await actor.close()

    asyncio.run(play())


def test_silence_ends_in_time_and_says_what_is_unfinished() -> None:
    """Bytes that are no whole element are counted, not waited for."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b">")
        writer.write(stream_header("half.example") + b"<mess")
        await reader.read()
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        actor = Actor("romeo", Recording()._columns, Endpoint("127.0.0.1", port, "x", "none"), 0.2)
        await actor.header()
        await actor.next()
        with pytest.raises(NoAnswer, match="5 bytes came that are no whole element"):
            await actor.next()
        await actor.close()
        server.close()
        await server.wait_closed()

    asyncio.run(play())


PIECES = st.sampled_from(
    [
        stream_header("any.example"),
        *(b"<a>", b"</a>", b"<b/>", b"</stream:stream>", b"<stream:error/>", b"<!-- -->", b"&x;"),
        *(b"<?xml version='1.0'?>", b"<!DOCTYPE a>", b"<a xmlns:p='u' p:b='1'>", b" ", b"text"),
        b"<d>" * 1100 + b"</d>" * 1100,
    ]
)


@settings(max_examples=60)
@given(st.lists(PIECES | st.binary(max_size=20), max_size=8))
def test_any_bytes_are_taken_or_told(pieces: list[bytes]) -> None:
    """Whatever a server says, an actor has it, or says what is wrong with it, and is done."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(pieces))
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        actor = Actor("romeo", Recording()._columns, Endpoint("127.0.0.1", port, "x", "none"), 5.0)
        await actor.open()
        try:
            async with asyncio.timeout(10):
                while (came := await actor.next()) is not None:
                    assert (came.element is None) == (came.kind == "footer")
        except XmppExploreError:
            pass
        finally:
            await actor.close()
            server.close()
            await server.wait_closed()

    asyncio.run(play())


def test_a_flood_is_cut_off(peers: Host, certificates: Certificates) -> None:
    """A server that never ends is left, not read for ever."""

    async def play(port: int) -> None:
        actor = Actor(
            "romeo", Recording()._columns, Endpoint("127.0.0.1", port, DOMAIN, "none"), 20.0
        )
        await actor.header()
        with pytest.raises(ConnectError, match="sends without end"):
            await actor.until(lambda came: False)
        await actor.close()
        assert not actor.is_open

    with BadServer(peers, "flood of elements", certificates) as server:
        asyncio.run(play(server.port))


@pytest.mark.parametrize(
    ("answer", "error"), [(b"", ConnectError), (b"<message/>", ConnectError), (None, NoAnswer)]
)
def test_who_ends_a_stream_waits_for_the_other_end(answer, error) -> None:
    """A server that only closes, or stays silent, has not ended its stream."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b">")
        writer.write(stream_header("rude.example"))
        await reader.readuntil(b"</stream:stream>")
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        actor = Actor("romeo", Recording()._columns, Endpoint("127.0.0.1", port, "x", "none"), 0.3)
        await actor.header()
        with pytest.raises(error):
            await actor.leave()
        assert not actor.is_open
        server.close()
        await server.wait_closed()

    asyncio.run(play())


def test_a_port_where_nobody_listens() -> None:
    """It is said who could not reach what."""

    async def play() -> None:
        actor = Actor("romeo", Recording()._columns, Endpoint("127.0.0.1", 1, "x", "none"), 2.0)
        with pytest.raises(ConnectError, match=r"romeo: 127\.0\.0\.1 port 1 cannot be reached"):
            await actor.open()
        with pytest.raises(ConnectError, match="there is no connection"):
            await actor.write(b"x")

    asyncio.run(play())


def test_a_stream_error_is_told_by_its_condition() -> None:
    """Its text is not taken for the condition."""
    xml = (
        "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no</text>"
        "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    )
    with pytest.raises(StreamError) as caught:
        check_stream_error(Arrived(0, "element", parse(xml), xml))
    assert caught.value.condition == "conflict"
    check_stream_error(Arrived(0, "element", parse("<message/>"), ""))


def test_what_came_in_clear_is_not_taken_for_what_came_under_tls(
    peers: Host, certificates: Certificates
) -> None:
    """A whole message behind the go-ahead, in one piece with it, which nobody has read yet."""

    async def play(port: int) -> None:
        place = Endpoint("127.0.0.1", port, DOMAIN, "starttls", str(certificates.ca_file))
        actor = Actor("romeo", Recording()._columns, place, 5.0)
        with pytest.raises(ConnectError, match="more came in clear"):
            await secure(actor)
        await actor.close()

    with BadServer(peers, "more behind proceed", certificates) as server:
        asyncio.run(play(server.port))
