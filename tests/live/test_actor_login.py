"""The login of a scripted client: each stage, and servers that must not get through with it."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.bad import DOMAIN, PASSWORD, SCRIPTS, BadServer, Certificates
from tests.peers.census import census, settled
from tests.peers.host import Host
from xmppexplore import Sandbox
from xmppexplore.api.recording import Recording
from xmppexplore.errors import AuthenticationError, ConnectError, XmppExploreError
from xmppexplore.live.actor import Actor, Endpoint
from xmppexplore.live.actor_login import MECHANISMS, log_in, register, secure

# What these do goes wrong after the login, or not at all.
FINE = {"good", "error after bind", "answers from a stranger"}


@pytest.mark.parametrize("name", sorted(set(SCRIPTS) - FINE))
def test_no_bad_server_gets_through(
    name: str, peers: Host, certificates: Certificates, authority
) -> None:
    """Each ends in an error, in time, hears no password in clear, and leaves nothing."""

    async def play(port: int) -> XmppExploreError:
        await asyncio.to_thread(int)
        before = census()
        place = Endpoint("127.0.0.1", port, DOMAIN, "starttls", str(authority.ca_file))
        actor = Actor("romeo", Recording()._columns, place, 1.0)
        try:
            with pytest.raises(XmppExploreError) as caught:
                async with asyncio.timeout(15):
                    await log_in(actor, "romeo", PASSWORD, "orchard")
        finally:
            await actor.close(wait=0.0)
        assert await settled(before) == before
        return caught.value

    with BadServer(peers, name, certificates) as server:
        asyncio.run(play(server.port))
        heard = server.heard()
    assert all(PASSWORD.encode() not in talk.clear for talk in heard)


@pytest.mark.parametrize("mechanism", ["", *MECHANISMS])
def test_a_login_by_each_mechanism(mechanism: str) -> None:
    """Over verified TLS; the address is the one that was bound."""

    async def play() -> str:
        async with await Sandbox.open("capulet.example") as sandbox:
            place = Endpoint(
                sandbox.host, sandbox.port, sandbox.domain, "starttls", sandbox.ca_file
            )
            actor = Actor("romeo", Recording()._columns, place, 5.0)
            password = sandbox.passwords["romeo"]
            address = await log_in(actor, "romeo", password, "orchard", mechanism)
            await actor.leave()
            return address

    assert asyncio.run(play()) == "romeo@capulet.example/orchard"


def test_without_tls_a_password_is_not_shown_unasked() -> None:
    """PLAIN over a clear connection is chosen by nobody but who writes it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"streams'>")
        writer.write(
            b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            b" id='1' version='1.0'><stream:features><mechanisms "
            b"xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
            b"</stream:features>"
        )
        await reader.read()
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        actor = Actor("romeo", Recording()._columns, Endpoint("127.0.0.1", port, "x", "none"), 2.0)
        with pytest.raises(AuthenticationError) as caught:
            await log_in(actor, "romeo", "secret", "")
        assert caught.value.condition == "no-mechanism"
        await actor.close()
        server.close()
        await server.wait_closed()

    asyncio.run(play())


def test_an_account_is_made_in_the_stream(prosody_full) -> None:
    """Prosody takes it, and lets it log in afterwards."""

    async def play() -> str:
        peer = prosody_full
        place = Endpoint(peer.host, peer.port, peer.domain, "starttls", peer.ca_file)
        actor = Actor("newcomer", Recording()._columns, place, 5.0)
        await register(actor, "newcomer", "s3cret & <more>")
        address = await log_in(actor, "newcomer", "s3cret & <more>", "here")
        await actor.leave()
        return address

    assert asyncio.run(play()) == "newcomer@prosody.example/here"


def test_a_place_that_promises_tls_gets_no_login_without(peers: Host) -> None:
    """Where TLS is expected and not offered, nothing more is said."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", tls=False) as sandbox:
            place = Endpoint(sandbox.host, sandbox.port, sandbox.domain, "starttls")
            actor = Actor("romeo", Recording()._columns, place, 5.0)
            with pytest.raises(ConnectError, match="offers no TLS") as caught:
                await secure(actor)
            assert caught.value.reason == "tls"
            await actor.close()

    asyncio.run(play())
