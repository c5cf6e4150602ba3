"""The inside of a sandbox says what it did, and nothing that it did not."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.api.stages import on_stage
from xmppexplore import AuthenticationError, Sandbox, StanzaError, UsageError

PING = "<ping xmlns='urn:xmpp:ping'/>"
SAID = (
    "<message to='juliet@capulet.example' type='chat' id='m1'><body>a</body></message>",
    "<message to='juliet@capulet.example/nowhere' id='m2'><body>b</body></message>",
    "<message to='nobody@capulet.example' id='m3'><body>c</body></message>",
    "<message to='away@capulet.example' type='chat' id='m4'><body>d</body></message>",
    "<message to='away@capulet.example' type='headline' id='m5'><body>e</body></message>",
    "<message to='somebody@else.example' id='m6'><body>f</body></message>",
    "<message to='capulet.example' id='m7'><body>g</body></message>",
    "<message to='not an address' id='m8'><body>h</body></message>",
    "<message to='juliet@capulet.example' type='groupchat' id='m9'><body>i</body></message>",
    "<message to='juliet@capulet.example' type='error' id='m10'/>",
    "<message id='m11'><body>j</body></message>",
    "<presence id='p1'><show>away</show></presence>",
    "<presence to='juliet@capulet.example' id='p2'/>",
    "<presence to='nobody@capulet.example' id='p3'/>",
    "<presence to='away@capulet.example' type='subscribe' id='p4'/>",
    "<presence to='away@capulet.example' type='subscribed' id='p5'/>",
    "<presence to='juliet@capulet.example' type='probe' id='p6'/>",
    "<presence type='dance' id='p7'/>",
    "<presence to='else.example' id='p8'/>",
    f"<iq type='get' id='i1'>{PING}</iq>",
    f"<iq type='get' id='i2' to='juliet@capulet.example'>{PING}</iq>",
    f"<iq type='get' id='i3' to='nobody@capulet.example'>{PING}</iq>",
    f"<iq type='get' id='i4' to='juliet@capulet.example/nowhere'>{PING}</iq>",
    f"<iq type='get' id='i5' to='else.example'>{PING}</iq>",
    "<iq type='get' id='i6'><unheard xmlns='urn:example:of'/></iq>",
    "<iq type='get' id='i7'/>",
    "<iq type='result' id='i8' to='capulet.example'/>",
    "<iq type='dance' id='i9'><a/></iq>",
    "<iq type='set' id='i10'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>",
    "<iq type='error' id='i11' to='juliet@capulet.example'/>",
)


async def say_all(sandbox, romeo):
    """Let romeo say everything, and wait until the server has taken it."""
    for xml in SAID:
        await romeo.send(xml, check=False)
    await romeo.ask(PING)


def everything(look):
    """Run a scene in which all was said, with somebody who is away."""

    async def play():
        people = ["juliet", "romeo", "away"]
        async with await Sandbox.open("capulet.example", people, contacts=True) as sandbox:
            romeo = await sandbox.connect("romeo", resource="orchard")
            juliet = await sandbox.connect("juliet", resource="balcony")
            await say_all(sandbox, romeo)
            return await look(sandbox, romeo, juliet)

    return asyncio.run(play())


def test_every_stanza_has_one_decision_with_its_rule():
    """What clients sent and what was decided are the same rows."""

    async def look(sandbox, romeo, juliet):
        routing = sandbox.routing
        stanzas = sandbox.recording.stanzas
        bound = sandbox.recording.marks.query("name == 'bound'").set_index("connection")["row"]
        sent = stanzas[
            (stanzas["direction"] == "in")
            & (stanzas["row"] >= stanzas["connection"].map(bound).fillna(10**9))
        ]
        assert sorted(routing["row"]) == sorted(sent["row"])
        assert (routing["why"] != "").all()
        assert routing["section"].astype(str).str.match("RFC|XEP-").all()
        together = routing.merge(sent, on="row", suffixes=("", "_sent"))
        assert list(together["id"]) == list(together["id_sent"])
        assert list(together["kind"].astype(str)) == list(together["kind_sent"].astype(str))

    everything(look)


@pytest.mark.parametrize(
    ("id", "decision"),
    [
        ("m1", "delivered"),
        ("m2", "refused"),
        ("m3", "refused"),
        ("m4", "stored"),
        ("m5", "ignored"),
        ("m6", "refused"),
        ("m8", "refused"),
        ("m9", "refused"),
        ("m10", "ignored"),
        ("p1", "broadcast"),
        ("p2", "delivered"),
        ("p7", "refused"),
        ("i1", "answered"),
        ("i2", "answered"),
        ("i3", "refused"),
        ("i4", "refused"),
        ("i6", "refused"),
        ("i8", "ignored"),
    ],
)
def test_a_decision_is_what_was_seen_on_the_wire(id, decision, everything_said):
    """A refusal is an error that came back, a delivery somebody who got it."""
    routing, stanzas = everything_said
    (found,) = routing.query("id == @id").to_dict("records")
    back = stanzas.query("direction == 'out' and id == @id")

    assert found["decision"] == decision
    assert ("error" in set(back["type"])) == (decision == "refused")
    if decision == "delivered":
        assert found["reached"] == ("juliet@capulet.example/balcony",)


@pytest.fixture(scope="module")
def everything_said():
    """Routing and the server's stanzas after everything was said."""

    async def look(sandbox, romeo, juliet):
        return sandbox.routing, sandbox.recording.stanzas

    return everything(look)


def test_accounts_and_connections_are_as_they_are_now():
    """Two are here, one is away and has mail."""

    async def look(sandbox, romeo, juliet):
        accounts = sandbox.accounts.set_index("account")
        assert list(accounts.loc["away", ["connected", "available", "offline"]]) == [0, 0, 1]
        assert list(accounts.loc["romeo", ["connected", "available", "offline"]]) == [1, 1, 0]
        assert set(accounts["login"]) == {"password"}
        connections = sandbox.connections.set_index("address")
        assert set(connections.index) == {romeo.jid, juliet.jid}
        assert connections.loc[romeo.jid, "phase"] == "ready"
        assert connections["secure"].all()
        assert set(connections["mechanism"]) <= {"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}
        (mail,) = sandbox.offline.to_dict("records")
        assert (mail["account"], mail["id"], mail["sender"]) == ("away", "m4", romeo.jid)
        assert mail["xml"].endswith("<body>d</body></message>")

    everything(look)


def test_a_secret_that_waits_is_hidden_as_on_the_wire():
    """The password of a room, say: no sandbox made it up (XEP-0249)."""
    invitation = (
        "<message to='away@capulet.example' id='m1'><body>Come</body>"
        "<x xmlns='jabber:x:conference' jid='room@rooms.example' password='sesame'/></message>"
    )

    async def play():
        people = {"romeo": "montague", "away": "unseen"}
        async with await Sandbox.open("capulet.example", people) as sandbox:
            romeo = await sandbox.connect("romeo")
            await romeo.send(invitation)
            await romeo.ask(PING)
            (mail,) = sandbox.offline.to_dict("records")
            shown = sandbox.recording.wire.set_index("id").loc["m1", "xml"]
            assert "password='******'" in mail["xml"]
            assert "password='******'" in shown
            assert mail["size"] == len(mail["xml"].encode())

    asyncio.run(play())


def test_rosters_show_what_the_nine_states_say():
    """All are contacts of each other, and one contact was added."""

    async def look(sandbox, romeo, juliet):
        rosters = sandbox.rosters
        romeos = rosters.query("account == 'romeo'").set_index("contact")["state"]
        assert romeos["juliet@capulet.example"] == "Both"
        assert romeos["a@b"] == "None"
        assert len(rosters) == 7

    everything(look)


def test_the_two_witnesses_agree_byte_for_byte():
    """What a client wrote is what the server read, and the other way round."""

    async def scene(sandbox, romeo, juliet):
        await say_all(sandbox, romeo)
        for session, number in ((romeo, 0), (juliet, 1)):
            assert session.tape("out") == sandbox.recording.tape("in", number)
            assert session.tape("in") == sandbox.recording.tape("out", number)

    on_stage(scene)


def test_a_store_outlives_the_sandbox(tmp_path: Path):
    """Rosters and mail are there again; passwords are those of the new sandbox."""
    file = tmp_path / "store.sqlite"

    async def play():
        async with await Sandbox.open("capulet.example", ["romeo", "away"], store=file) as sandbox:
            romeo = await sandbox.connect("romeo")
            await romeo.ask("<query xmlns='jabber:iq:roster'><item jid='a@b'/></query>", type="set")
            await romeo.send(SAID[3])
            await romeo.ask(PING)
        async with await Sandbox.open("capulet.example", ["romeo", "away"], store=file) as sandbox:
            assert list(sandbox.rosters["contact"]) == ["a@b"]
            assert list(sandbox.offline["id"]) == ["m4"]
            away = await sandbox.connect("away")
            message = await away.wait_for({"kind": "message"}, since=0)
            assert message.find("body").text == "d"
            assert sandbox.offline.empty

    asyncio.run(play())


def test_opening_again_with_the_same_store_closes_the_older_first(tmp_path: Path, capsys):
    """A cell that is run again does no harm, and loses nothing."""
    file = tmp_path / "store.sqlite"

    async def play():
        await Sandbox.open("capulet.example", store=file)
        again = await Sandbox.open("capulet.example", store=file)
        await again.close()

    asyncio.run(play())
    assert "Closed the sandbox" in capsys.readouterr().out


def test_passwords_that_were_given_are_used_and_never_shown():
    """Neither by the session nor by the server's recording."""

    async def play():
        async with await Sandbox.open("capulet.example", {"romeo": "montague"}) as sandbox:
            romeo = await sandbox.connect("romeo", mechanism="PLAIN")
            for recording in (romeo.recording, sandbox.recording):
                shown = "".join(recording.wire["xml"])
                assert "AHJvbWVv" not in shown  # base64 of NUL romeo
            with pytest.raises(UsageError, match="people"):
                await sandbox.connect("nobody")

    asyncio.run(play())


def test_a_request_to_a_stranger_is_refused_as_its_ruling_says():
    """Else anybody could find out who is here (RFC 6121 §8.5.3.1)."""

    async def play():
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo")
            juliet = await sandbox.connect("juliet")
            with pytest.raises(StanzaError) as refused:
                await romeo.ask(PING, to=juliet.jid)
            assert refused.value.condition == "service-unavailable"
            last = sandbox.routing.iloc[-1]
            assert (last["decision"], last["section"]) == ("refused", "RFC 6121 §8.5.3.1")
            assert not juliet.stanzas["payload"].eq("{urn:xmpp:ping}ping").any()

    asyncio.run(play())


def test_a_session_that_waits_to_be_resumed_is_shown():
    """Its connection is gone, its presence is not (XEP-0198 §5)."""

    async def play():
        async with await Sandbox.open("capulet.example", contacts=True) as sandbox:
            juliet = await sandbox.connect("juliet")
            romeo = await sandbox.connect("romeo", sm=True)
            romeo.client.transport.abort()
            while "parked" not in set(sandbox.connections["phase"]):
                await asyncio.sleep(0.01)
            (parked,) = sandbox.connections.query("phase == 'parked'").to_dict("records")
            assert (parked["address"], parked["available"]) == (romeo.jid, True)
            assert not juliet.stanzas["type"].eq("unavailable").any()

    asyncio.run(play())


def test_a_barred_account_is_refused_with_the_condition():
    """And let in again."""

    async def play():
        async with await Sandbox.open("capulet.example") as sandbox:
            for condition in ("account-disabled", "credentials-expired"):
                sandbox.bar("romeo", condition)
                with pytest.raises(AuthenticationError) as refused:
                    await sandbox.connect("romeo")
                assert refused.value.condition == condition
            sandbox.bar("romeo", "")
            await sandbox.connect("romeo")
            with pytest.raises(UsageError, match="account-disabled"):
                sandbox.bar("romeo", "because")
            with pytest.raises(UsageError, match="juliet, romeo"):
                sandbox.bar("nobody")

    asyncio.run(play())


def test_a_certificate_stands_for_a_password(tmp_path: Path):
    """SASL EXTERNAL by slixmpp's own means (XEP-0178)."""
    file = tmp_path / "romeo.pem"

    async def play():
        async with await Sandbox.open("capulet.example", external=True) as sandbox:
            file.write_bytes(sandbox.certificate("romeo"))

            def show(client):
                client.tls_context.load_cert_chain(file)

            romeo = await sandbox.connect("romeo", mechanism="EXTERNAL", configure=show)
            assert list(sandbox.connections["mechanism"]) == ["EXTERNAL"]
            assert romeo.jid.startswith("romeo@")
            with pytest.raises(UsageError, match="nobody"):
                sandbox.certificate("nobody")

    asyncio.run(play())


def test_a_play_is_performed_on_it():
    """Its people are the play's own."""

    async def play():
        async with await Sandbox.open("capulet.example") as sandbox:
            done = await sandbox.play(
                "Nurse is nurse@DOMAIN/kitchen\nNurse connects\nNurse disconnects"
            )
            assert done.passed

    asyncio.run(play())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contacts SET groups = '<'",
        "UPDATE contacts SET state = 'Friends'",
        "UPDATE contacts SET changed = 1e400",
        "UPDATE contacts SET groups = 5",
    ],
)
def test_a_file_that_was_changed_by_hand_is_refused_in_words(tmp_path: Path, change: str) -> None:
    """And let go of, so that it can be mended and opened again."""
    store = tmp_path / "store.sqlite"

    async def play() -> None:
        people = ["juliet", "romeo"]
        async with await Sandbox.open("capulet.example", people, store=store, contacts=True):
            pass
        with contextlib.closing(sqlite3.connect(store)) as file:
            assert file.execute(change).rowcount == 2
            file.commit()
        for _ in range(2):
            with pytest.raises(UsageError, match="holds what no sandbox wrote"):
                await Sandbox.open("capulet.example", people, store=store)

    asyncio.run(play())


def test_a_store_that_cannot_be_used_closes_nothing(tmp_path: Path):
    """The sandbox that is open goes on."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Juliet")

    async def play():
        async with await Sandbox.open("capulet.example") as sandbox:
            for store in (letter, tmp_path, tmp_path / "nowhere" / "store.sqlite"):
                with pytest.raises(UsageError, match="no database"):
                    await Sandbox.open("capulet.example", store=store)
            romeo = await sandbox.connect("romeo")
            await romeo.ask(PING)

    asyncio.run(play())
    assert letter.read_text() == "Dear Juliet"
