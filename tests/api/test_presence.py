"""Presence as a person holds it: narrower views, the frame, the picture, the text."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.api.stages import on_stage
from tests.reading.village import Village, address
from xmppexplore import Recording, Sandbox, Session
from xmppexplore.api.presence import MAX_OPENED
from xmppexplore.errors import UsageError

COLUMNS = [
    *("row", "time", "step", "title", "source", "target", "stanza", "type", "account"),
    *("contact", "before", "after", "exact", "contact_state", "section", "sentence"),
]


def recording_of(village: Village, role: str = "receiver") -> Recording:
    """Return what a server's side of a village's connections records."""
    log = village.log(role)
    for line in village.lines:
        village.play(log, line)
    return Recording(log)


def crowd() -> Recording:
    """Return five clients of three people; Juliet has two, and so has the nurse."""
    village = Village()
    for name, resource in (
        ("juliet", "balcony"),
        ("juliet", "chamber"),
        ("romeo", "orchard"),
        ("nurse", "street"),
    ):
        village.log_in(name, resource)
    village.say(0, "juliet", "romeo", "subscribe")
    village.say(2, "romeo", "juliet", "subscribed")
    village.say(3, "nurse", "juliet", "subscribe")
    return recording_of(village)


def test_the_frame_tells_each_step_and_both_states() -> None:
    """Its columns, and what a relayed request does to each side."""
    frame = crowd().presence.between("juliet", "romeo").frame
    asked = frame.query("type == 'subscribe'")

    assert list(frame.columns) == COLUMNS
    assert asked[["source", "target", "before", "after", "contact_state"]].values.tolist() == [
        ["juliet/balcony", "capulet.example", "None", "None+PO", "None"],
        ["capulet.example", "romeo", "None", "None+PI", "None+PO"],
    ]
    assert asked["exact"].tolist() == [False, True]
    assert set(frame["account"]) == {address("juliet"), address("romeo")}
    assert list(Recording().presence.frame.columns) == COLUMNS


def test_narrowing_keeps_the_states() -> None:
    """From a row on, or of one person alone, a state is what the whole recording says."""
    presence = crowd().presence
    last = int(presence.frame["row"].iloc[-1])
    [late] = presence.since(last).rows

    assert late.step.row == last
    assert late == presence.rows[-1]
    assert presence.between("juliet", "romeo", since=last + 1).rows == []
    assert {row.step.row for row in presence.between("nurse").rows} < {
        row.step.row for row in presence.rows
    }
    assert presence.state("romeo", address("juliet")) == "From"
    assert presence.state("juliet", "nurse") == "None+PI"


@pytest.mark.parametrize("name", ["mercutio", "", "juliet@montague.example"])
def test_who_is_not_there_is_named(name: str) -> None:
    """The error says who is."""
    with pytest.raises(UsageError, match=r"there are juliet@capulet\.example, romeo@"):
        crowd().presence.state(name, "romeo")


def test_two_people_are_a_pair_without_being_asked_for() -> None:
    """With nobody else in the recording the margins are theirs."""
    village = Village()
    village.log_in("juliet", "balcony")
    village.log_in("romeo", "orchard")
    village.say(0, "juliet", "romeo", "subscribe")
    model = recording_of(village).presence._model()

    assert model["margins"] == {"left": "juliet to romeo", "right": "romeo to juliet"}
    assert model["rails"]
    assert [party["label"] for party in model["parties"]] == ["juliet", "capulet.example", "romeo"]
    assert model["subtitle"] == "juliet to romeo: None+PO · romeo to juliet: None+PI"
    assert crowd().presence._model()["margins"] == {"left": "state", "right": "state"}


def test_it_draws_itself_as_well_formed_svg_and_complete_text() -> None:
    """No widget in the bundle; every title and every state is in both forms."""
    presence = crowd().presence
    bundle = presence._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    drawn = "".join(ElementTree.fromstring(bundle["image/svg+xml"]).itertext())
    for row in presence.rows:
        assert row.step.title in bundle["text/plain"]
        assert row.step.title in drawn
    for state in ("None+PO", "None+PI", "From", "To"):
        assert state in bundle["text/plain"]
        assert state in drawn
    assert "juliet to romeo: None? => None+PO?" in bundle["text/plain"]


def test_an_empty_recording_has_no_presence() -> None:
    """Nothing is drawn that was not there, and nothing fails."""
    presence = Recording().presence

    assert presence.rows == []
    assert "No roster and no presence yet" in repr(presence)
    assert ElementTree.fromstring(presence.svg) is not None


def test_a_session_shows_its_own_connections() -> None:
    """A session's presence is its own rows; the sandbox's is everybody's."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
        assert {row.account for row in romeo.presence.rows} == {address("romeo")}
        everybody = sandbox.recording.presence
        assert {row.account for row in everybody.rows} == {address("romeo"), address("juliet")}
        assert romeo.presence.open() is not None

    on_stage(scene)


def test_an_opened_ladder_says_what_it_leaves_out() -> None:
    """A long one ends after so many steps, and says with which call it goes on."""
    presence = crowd().presence
    rows = presence.rows
    model = presence._model(5)

    assert len(model["steps"]) == 5
    assert f"{len(rows) - 5} more steps: .since({rows[5].step.row}) shows them." in model["notes"]
    assert presence.since(rows[5].step.row).rows == rows[5:]
    assert presence._model()["notes"] == []


def test_what_a_notebook_keeps_of_a_long_one_has_an_end() -> None:
    """Its picture and its text say where to go on; the text that is asked for is whole."""
    village = Village()
    village.log_in("juliet", "balcony")
    for _ in range(MAX_OPENED + 500):
        village.say(0, "juliet", "romeo", "subscribe")
    presence = recording_of(village).presence
    steps = len(presence.rows)
    shown = presence._repr_mimebundle_()["text/plain"]

    assert steps > MAX_OPENED
    assert f"{steps - MAX_OPENED} more steps: .since(" in shown
    assert shown == repr(presence)
    assert len(shown.splitlines()) < 0.8 * len(presence.text.splitlines())


def silent(client: Any) -> None:
    """Let the client answer no request by itself."""
    client.roster.auto_authorize = None
    client.roster.auto_subscribe = False


@pytest.mark.parametrize("seed", range(4))
def test_the_server_and_the_reading_agree(seed: int) -> None:
    """After each of many stanzas, what is read of the wire is what the sandbox keeps."""
    chance = random.Random(seed)
    kinds = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")

    async def scene() -> None:
        sandbox = await Sandbox.open("capulet.example", ["juliet", "romeo"])
        try:
            clients = [
                await sandbox.connect(name, configure=silent)
                for name in ("juliet", "romeo", "juliet")
            ]
            for _ in range(25):
                session = chance.choice(clients)
                other = "juliet" if session is clients[1] else "romeo"
                kind = chance.choice(kinds)
                await session.send(f"<presence type='{kind}' to='{address(other)}'/>")
                await session.ask("<ping xmlns='urn:xmpp:ping'/>")
                compare(sandbox)
        finally:
            await sandbox.close()

    asyncio.run(scene())


def compare(sandbox: Sandbox) -> None:
    """Hold the reading's states against the server's own."""
    rosters = sandbox.rosters
    presence = sandbox.recording.presence
    for one, other in (("juliet", "romeo"), ("romeo", "juliet")):
        kept = rosters[(rosters["account"] == one) & (rosters["contact"] == address(other))]
        true = kept["state"].iloc[0] if len(kept) else "None"
        possible = presence._reader().contacts.book.get(address(one), address(other))
        assert true in possible
        assert len(possible) == 1 or presence.state(one, other) in (true, "unknown")
    assert presence.remarks == ()
