"""The recording is the truth: its tapes equal what an independent relay wrote down."""

from __future__ import annotations

import asyncio

import pytest

from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.host import Host
from tests.peers.prosody import Prosody
from tests.peers.relay import Relay, TLSRelay
from xmppexplore import Recording, connect, observe

JID = "romeo@prosody.example"
PASSWORD = "montague"
NASTY = (
    "<message to='romeo@prosody.example' id='n1'><body>\u00e9 \U0001f339 &lt;/message&gt; "
    "<![CDATA[</message>]]>\n\ttext</body><x xmlns='urn:example' a=\"'>\"/></message>"
)
pytestmark = pytest.mark.prosody


async def _converse(**ways: object) -> Recording:
    """Log in, ask, send, hear an echo, close; return the recording."""
    async with await connect(JID, PASSWORD, **ways) as session:
        await session.ask("<query xmlns='http://jabber.org/protocol/disco#info'/>")
        for number in range(20):
            await session.send(f"<message to='{session.jid}'><body>{number}</body></message>")
        await session.send(NASTY)
        await session.wait_for({"id": "n1"})
    return session.recording


def _assert_same(recording: Recording, relay: Relay) -> None:
    relay.wait_until_done()
    for direction in ("out", "in"):
        mine, seen = recording.tape(direction), relay.tape(direction)
        assert len(mine) > 1000
        assert mine == seen
        rows = recording.wire.query("direction == @direction")
        assert rows["size"].sum() == len(seen)


@pytest.mark.parametrize("chunk", [0, 1, 13])
def test_tapes_equal_the_plain_relays(prosody_plain: Prosody, peers: Host, chunk: int) -> None:
    """Without TLS both directions are what passed, however TCP was cut."""
    with Relay(peers, prosody_plain.port, chunk=chunk) as relay:
        recording = asyncio.run(_converse(host=relay.host, port=relay.port, tls="none"))
        _assert_same(recording, relay)


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_tapes_equal_the_tls_relays(
    prosody: Prosody, peers: Host, authority: Authority, tls: str
) -> None:
    """Under TLS both directions are the plain text that a terminating relay saw."""
    direct = tls == "direct"
    port = prosody.direct_port if direct else prosody.port
    with TLSRelay(peers, port, authority, prosody.domain, direct=direct) as relay:
        recording = asyncio.run(
            _converse(host=relay.host, port=relay.port, tls=tls, ca_file=prosody.ca_file)
        )
        _assert_same(recording, relay)


def test_tapes_of_an_observed_client_equal_the_relays(
    prosody: Prosody, peers: Host, authority: Authority
) -> None:
    """A slixmpp client of the user's own is recorded just as exactly."""

    async def observed(relay: Relay) -> Recording:
        # No stream management here: its last <a/> may be written when the server has
        # already closed, and a relay that is shutting down TLS does not read it any more.
        plugins = ("xep_0030", "xep_0199")
        client = Bare(JID, PASSWORD, ca_file=prosody.ca_file, plugins=plugins)
        session = observe(client)
        await client.log_in(relay.host, relay.port)
        for number in range(20):
            client.send_message(mto=client.boundjid, mbody=f"{number} \u2665 <&>")
        await client.wait_for_bodies(20)
        await client.log_out()
        return session.recording

    with TLSRelay(peers, prosody.port, authority, prosody.domain) as relay:
        recording = asyncio.run(observed(relay))
        _assert_same(recording, relay)


def test_a_cut_loses_no_byte_that_was_read(prosody_plain: Prosody, peers: Host) -> None:
    """After a reset the ``in`` tape is a prefix of what the server said, ``out`` reaches further.

    What the kernel had not yet taken from us can never have been seen by the relay, so
    there the relay's tape is a prefix of ours.
    """

    async def cut(relay: Relay) -> Recording:
        session = await connect(JID, PASSWORD, host=relay.host, port=relay.port, tls="none")
        for number in range(500):
            await session.send(f"<message to='{session.jid}'><body>{number}</body></message>")
        await asyncio.to_thread(relay.wait_for_bytes, "out", b"<body>250</body>")
        await asyncio.to_thread(relay.cut)
        await session.close()
        return session.recording

    with Relay(peers, prosody_plain.port) as relay:
        recording = asyncio.run(cut(relay))

        assert relay.tape("in", 0).startswith(recording.tape("in", 0))
        assert recording.tape("out", 0).startswith(relay.tape("out", 0))
        assert {"closed", "lost"} & set(recording.marks["name"])
