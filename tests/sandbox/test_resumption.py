"""Clients of other hands resume over a network that breaks (XEP-0198)."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.bare import Bare
from tests.peers.census import census, settled
from tests.peers.host import Host
from tests.peers.relay import Relay
from tests.sandbox import serving
from tests.sandbox.conversation import HEADER_OUT, auth
from tests.sandbox.conversation import PASSWORDS as PLAY_PASSWORDS
from tests.sandbox.test_login import DOMAIN, PASSWORDS, opened
from tests.sandbox.test_net import Raw, person
from xmppexplore import connect

SM = "urn:xmpp:sm:3"
BEFORE, MIDDLE, AFTER = range(20), range(20, 40), range(40, 50)


@pytest.fixture
def peers():
    """A thread of its own for the relay."""
    with Host() as host:
        yield host


def numbered(to, number):
    """Write a message whose body is its number."""
    return f"<message to='{to}' type='chat' id='n{number}'><body>{number}</body></message>"


async def cut(relay, gone):
    """Break the network while a direction is held, and wait until the client knows."""
    await asyncio.to_thread(relay.cut)
    relay.release("out")
    relay.release("in")
    await asyncio.wait_for(gone, 10)


@pytest.mark.parametrize("held", ["out", "in", "nothing"])
def test_our_session_resumes(peers, held):
    """Whatever was under way when it broke: all comes, in both directions, once."""

    async def main():
        async with opened(tls=False) as server:
            with Relay(peers, server.port) as relay:
                juliet = Bare(f"juliet@{DOMAIN}/balcony", PASSWORDS["juliet"], tls="none")
                await juliet.log_in(server.host, server.port)
                where = {"host": relay.host, "port": relay.port, "tls": "none", "sm": True}
                romeo = await connect(f"romeo@{DOMAIN}", PASSWORDS["romeo"], **where)
                for number in BEFORE:
                    await romeo.send(numbered(f"juliet@{DOMAIN}", number))
                await juliet.wait_for_bodies(len(BEFORE))
                if held != "nothing":
                    relay.hold(held)
                for number in MIDDLE:
                    await romeo.send(numbered(f"juliet@{DOMAIN}", number))
                last = numbered(f"juliet@{DOMAIN}", MIDDLE[-1]).encode()
                await asyncio.to_thread(relay.wait_for_bytes, "out", last)
                gone = asyncio.shield(romeo.client.disconnected)
                await cut(relay, gone)
                for number in range(5):
                    juliet.send_message(mto=romeo.jid, mbody=f"meanwhile {number}")
                await romeo.reconnect()
                for number in AFTER:
                    await romeo.send(numbered(f"juliet@{DOMAIN}", number))
                await juliet.wait_for_bodies(len(BEFORE) + len(MIDDLE) + len(AFTER))
                await romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to=DOMAIN)
                heard = romeo.stanzas.query("kind == 'message' and direction == 'in'")["xml"]
                nonzas = romeo.wire.query("kind == 'nonza' and connection == 1")["name"]
                await romeo.close()
                await juliet.log_out()

        assert [int(body) for body in juliet.bodies] == [*BEFORE, *MIDDLE, *AFTER]
        found = heard.str.extract(r"<body>meanwhile (\d+)</body>")[0].dropna()
        assert [int(number) for number in found] == list(range(5))
        assert "resumed" in set(nonzas)
        assert "enable" not in set(nonzas)

    asyncio.run(main())


def test_slixmpp_resumes_over_tls(peers):
    """With STARTTLS and the login before it, as its own plugin does it."""

    async def main():
        async with opened() as server:
            with Relay(peers, server.port) as relay:
                juliet = Bare(
                    f"juliet@{DOMAIN}/balcony", PASSWORDS["juliet"], ca_file=server.ca_file
                )
                await juliet.log_in(server.host, server.port)
                romeo = Bare(
                    f"romeo@{DOMAIN}/phone",
                    PASSWORDS["romeo"],
                    ca_file=server.ca_file,
                    plugins=("xep_0198",),
                )
                enabled = asyncio.get_running_loop().create_future()
                romeo.add_event_handler("sm_enabled", enabled.set_result, disposable=True)
                await romeo.log_in(relay.host, relay.port)
                await asyncio.wait_for(enabled, 10)
                juliet.send_message(mto=romeo.boundjid.full, mbody="a", mtype="chat")
                await romeo.wait_for_bodies(1)
                gone = asyncio.get_running_loop().create_future()
                romeo.add_event_handler("disconnected", gone.set_result, disposable=True)
                await cut(relay, gone)
                for body in "bc":
                    juliet.send_message(mto=romeo.boundjid.full, mbody=body, mtype="chat")
                resumed = asyncio.get_running_loop().create_future()
                romeo.add_event_handler("session_resumed", resumed.set_result, disposable=True)
                romeo.connect(relay.host, relay.port)
                await asyncio.wait_for(resumed, 10)
                await romeo.wait_for_bodies(3)
                await romeo.log_out()
                await juliet.log_out()
        assert romeo.bodies == ["a", "b", "c"]

    asyncio.run(main())


def test_an_answer_that_takes_its_time_comes_after_a_cut():
    """The request was acknowledged: it is the server's to see that it is answered."""

    async def main():
        before = census()
        gate = asyncio.Event()

        async def roll(_):
            await gate.wait()
            return "<roll xmlns='urn:example:dice' result='4'/>"

        async with serving.opened() as server:
            server.realm.answer("{urn:example:dice}roll", roll)
            romeo = await person(server, "romeo")
            await romeo.say(f"<enable xmlns='{SM}' resume='true'/>")
            found = await romeo.until(rb"<enabled[^>]*id='[^']*'")
            session = found.decode().rpartition("id='")[2].rstrip("'")
            ask = "<iq type='get' id='{}'><roll xmlns='urn:example:dice'/></iq>"
            await romeo.say(ask.format("q"), f"<r xmlns='{SM}'/>")
            await romeo.until(rb"<a [^>]*h='1'/>")
            await romeo.hang_up()
            gate.set()
            again = await authenticated(server)
            await again.say(f"<resume xmlns='{SM}' previd='{session}' h='0'/>")
            await again.until(rb"<resumed[^>]*h='1'.*id='q'[^>]*><roll[^>]*result='4'/></iq>")
            gate.clear()
            await again.say(ask.format("never"), f"<r xmlns='{SM}'/>")
            await again.until(rb"<a [^>]*h='2'/>")
            await again.hang_up()
        assert await settled(before) == before

    asyncio.run(main())


async def authenticated(server):
    """Return romeo, logged in and not bound."""
    client = await Raw.dial(server, "play.example")
    password = PLAY_PASSWORDS["romeo"]
    await client.say(HEADER_OUT, auth("PLAIN", f"\0romeo\0{password}".encode()))
    await client.until(rb"<success[^>]*>")
    await client.say(HEADER_OUT)
    await client.until(rb"<stream:features>.*</stream:features>")
    return client
