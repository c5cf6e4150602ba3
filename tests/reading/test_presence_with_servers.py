"""A real subscription handshake through Debian's servers, read from two clients' rows."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.peers.ejabberd import Ejabberd
from tests.peers.prosody import Prosody
from xmppexplore import Recording, connect
from xmppexplore.reading.subscription import name_of

ACTS = [
    ("juliet", "subscribe"),
    ("romeo", "subscribed"),
    ("romeo", "subscribe"),
    ("juliet", "subscribed"),
    ("juliet", "unsubscribe"),
    ("juliet", "unsubscribed"),
]
PING = "<ping xmlns='urn:xmpp:ping'/>"


def silent(client: Any) -> None:
    """Let the client answer no request by itself."""
    client.roster.auto_authorize = None
    client.roster.auto_subscribe = False


async def handshake(server: Prosody | Ejabberd, *recordings: Recording) -> None:
    """Let two people ask, approve and part, each waiting for what the other said."""
    ways = {"host": server.host, "port": server.port, "ca_file": server.ca_file}
    people = {
        name: await connect(
            f"{name}@{server.domain}",
            server.users[name],
            recording=recording,
            configure=silent,
            **ways,
        )
        for name, recording in zip(("juliet", "romeo"), recordings, strict=True)
    }
    other = {"juliet": "romeo", "romeo": "juliet"}
    for name, kind in ACTS:
        whom = f"{other[name]}@{server.domain}"
        await people[name].send(f"<presence type='{kind}' to='{whom}'/>")
        await people[other[name]].wait_for({"kind": "presence", "type": kind})
        await people[name].ask(PING, to=server.domain)
    for session in people.values():
        await session.ask(
            f"<query xmlns='jabber:iq:roster'><item jid='{other[session.name]}@{server.domain}' "
            "subscription='remove'/></query>",
            type="set",
        )
        await session.close()


MOVES = [
    ("juliet", "subscribe", "None", "None+PO"),
    ("romeo", "subscribe-in", "None", "None+PI"),
    ("romeo", "subscribed", "None+PI", "From"),
    ("juliet", "subscribed-in", "None+PO", "To"),
    ("romeo", "subscribe", "From", "From+PO"),
    ("juliet", "subscribe-in", "To", "To+PI"),
    ("juliet", "subscribed", "To+PI", "Both"),
    ("romeo", "subscribed-in", "From+PO", "Both"),
    ("juliet", "unsubscribe", "Both", "From"),
    ("romeo", "unsubscribe-in", "Both", "To"),
    ("juliet", "unsubscribed", "From", "None"),
    ("romeo", "unsubscribed-in", "To", "None"),
]


def moves_of(recording: Recording) -> list[tuple[str, str, str, str]]:
    """Return who moved by which step from what to what, after the rosters."""
    rows = [
        (row.account.partition("@")[0], row.step.name, name_of(row.before), name_of(row.after))
        for row in recording.presence.rows
    ]
    return [row for row in rows if row[2] != row[3] and row[2] != "unknown"]


def test_two_clients_of_one_recording(prosody: Prosody) -> None:
    """Each move is told by the stanza that the tables name, on either side."""
    recording = Recording()
    asyncio.run(handshake(prosody, recording, recording))

    assert moves_of(recording) == MOVES
    assert recording.presence.remarks == ()
    assert recording.presence.state("romeo", "juliet") == "None"


def test_one_client_alone_knows_its_own_side(prosody: Prosody) -> None:
    """The other side is unknown in each recording, and the own is the same as in both."""
    one, other = Recording(), Recording()
    asyncio.run(handshake(prosody, one, other))

    assert moves_of(one) == [move for move in MOVES if move[0] == "juliet"]
    assert moves_of(other) == [move for move in MOVES if move[0] == "romeo"]
    assert set(one.presence.frame["contact_state"]) == {"unknown"}
    assert [party["label"] for party in one.presence._model()["parties"]] == [
        "juliet",
        prosody.domain,
    ]


def test_a_server_that_pushes_first(ejabberd: Ejabberd) -> None:
    """There the push moves what the stanza after it names, and the states are the same."""
    recording = Recording()
    asyncio.run(handshake(ejabberd, recording, recording))
    states = [(who, before, after) for who, _, before, after in moves_of(recording)]

    for name in ("juliet", "romeo"):
        assert [move for move in states if move[0] == name] == [
            (who, before, after) for who, _, before, after in MOVES if who == name
        ]
    assert recording.presence.remarks == ()
