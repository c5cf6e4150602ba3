"""What is sent is counted and kept by stream management: a cut loses and doubles nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.peers.bare import Bare
from tests.peers.host import Host
from tests.peers.prosody import Prosody
from tests.peers.relay import Relay
from xmppexplore import Session, connect
from xmppexplore.errors import UsageError

JID = "romeo@prosody.example"
JULIET = "juliet@prosody.example/balcony"
BEFORE, MIDDLE, AFTER = range(30), range(30, 60), range(60, 80)
pytestmark = pytest.mark.prosody


def _message(number: int) -> str:
    # Not what slixmpp would write: it has to leave, and leave again, byte for byte.
    return f"<message  to='{JULIET}' id=\"n{number}\" ><body  >{number}</body></message >"


async def _talk(
    prosody: Prosody, relay: Relay, before_cut: Callable[[], None]
) -> tuple[Session, Bare]:
    """Send, break the network, send, resume, send; return both sides."""
    juliet = Bare(JULIET, "capulet", tls="none")
    await juliet.log_in(prosody.host, prosody.port)
    romeo = await connect(JID, "montague", host=relay.host, port=relay.port, tls="none", sm=True)
    await _send(romeo, BEFORE)
    await juliet.wait_for_bodies(len(BEFORE))
    before_cut()
    await _send(romeo, MIDDLE)
    await asyncio.to_thread(relay.wait_for_bytes, "out", _message(MIDDLE[-1]).encode())
    await _cut(romeo, relay)
    for number in range(5):
        juliet.send_message(mto=romeo.jid, mbody=f"meanwhile {number}")
    await romeo.reconnect()
    await _send(romeo, AFTER)
    await juliet.wait_for_bodies(len(BEFORE) + len(MIDDLE) + len(AFTER))
    await romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to="prosody.example")
    return romeo, juliet


async def _send(session: Session, numbers: range) -> None:
    for number in numbers:
        await session.send(_message(number))


async def _cut(session: Session, relay: Relay) -> None:
    gone = session.client.disconnected
    await asyncio.to_thread(relay.cut)
    relay.release("out")
    relay.release("in")
    await asyncio.wait_for(asyncio.shield(gone), 10)
    assert session.state == "cut"


@pytest.mark.parametrize("held", ["out", "in", "nothing"])
def test_a_cut_loses_and_doubles_nothing(prosody_plain: Prosody, peers: Host, held: str) -> None:
    """Whether our stanzas or the server's acknowledgements were under way when it broke."""

    async def whole(relay: Relay) -> None:
        def before_cut() -> None:
            if held != "nothing":
                relay.hold(held)

        romeo, juliet = await _talk(prosody_plain, relay, before_cut)
        numbers = [int(body) for body in juliet.bodies]
        assert numbers == [*BEFORE, *MIDDLE, *AFTER]
        assert _meanwhile(romeo) == list(range(5))
        _assert_resumed(romeo)
        await romeo.close()
        await juliet.log_out()

    with Relay(peers, prosody_plain.port) as relay:
        asyncio.run(whole(relay))
        relay.wait_until_done()
        assert len(relay.passages) == 2


def test_what_is_sent_again_is_the_same_bytes(prosody_plain: Prosody, peers: Host) -> None:
    """A resent stanza is, byte for byte, what was sent first."""

    async def whole(relay: Relay) -> None:
        romeo, juliet = await _talk(prosody_plain, relay, lambda: relay.hold("out"))
        again = romeo.recording.tape("out", 1)
        for number in MIDDLE:
            assert again.count(_message(number).encode()) == 1
        for number in BEFORE:
            assert _message(number).encode() not in again
        await romeo.close()  # until then an ack may still be on its way
        assert romeo.recording.tape("out", 1) == await asyncio.to_thread(relay.tape, "out", 1)
        await juliet.log_out()

    with Relay(peers, prosody_plain.port) as relay:
        asyncio.run(whole(relay))


def test_what_is_sent_during_a_cut_follows_after_it(prosody_plain: Prosody, peers: Host) -> None:
    """A stanza sent while the network is down is kept and leaves on resumption, once."""

    async def whole(relay: Relay) -> None:
        juliet = Bare(JULIET, "capulet", tls="none")
        await juliet.log_in(prosody_plain.host, prosody_plain.port)
        where = {"host": relay.host, "port": relay.port, "tls": "none"}
        romeo = await connect(JID, "montague", sm=True, **where)
        await _send(romeo, range(3))
        await juliet.wait_for_bodies(3)
        await _cut(romeo, relay)
        await _send(romeo, range(3, 6))
        await romeo.reconnect()
        await _send(romeo, range(6, 9))
        assert [int(body) for body in await juliet.wait_for_bodies(9)] == list(range(9))
        await romeo.close()
        await juliet.log_out()

    with Relay(peers, prosody_plain.port) as relay:
        asyncio.run(whole(relay))


def test_without_stream_management_a_cut_is_said(prosody_plain: Prosody, peers: Host) -> None:
    """A session that cannot be resumed refuses to send, and says what to do."""

    async def whole(relay: Relay) -> None:
        where = {"host": relay.host, "port": relay.port, "tls": "none"}
        romeo = await connect(JID, "montague", **where)
        await _cut(romeo, relay)
        with pytest.raises(UsageError, match="connect"):
            await romeo.send("<presence/>")
        await romeo.close()

    with Relay(peers, prosody_plain.port) as relay:
        asyncio.run(whole(relay))


def _meanwhile(session: Session) -> list[int]:
    heard = session.stanzas.query("kind == 'message' and direction == 'in'")
    found = heard["xml"].str.extract(r"<body>meanwhile (\d+)</body>")[0].dropna()
    return [int(number) for number in found]


def _assert_resumed(session: Session) -> None:
    """The second connection took up the stream of the first (XEP-0198 §5)."""
    nonzas = session.wire.query("kind == 'nonza' and connection == 1")
    assert {"resume", "resumed"} <= set(nonzas["name"])
    assert "enable" not in set(nonzas["name"])
