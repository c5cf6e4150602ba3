"""Laws of ``.sasl()``: what it says of real logins, and that no secret gets out."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest
from scramp import ScramClient

from tests.reading.logins import SASL, SASL2, SHA_256, encoded, transcript
from tests.reading.transcripts import Event, new_log, play
from xmppexplore import (
    AuthenticationError,
    Recording,
    Sandbox,
    Session,
    Stream,
    UsageError,
    dial,
)
from xmppexplore.api.sasl import COMPUTED, FRAME, Sasl
from xmppexplore.wire.secrets import HIDDEN

MECHANISM, PASSWORD, MESSAGES = SHA_256
RIGHT = transcript(MECHANISM, MESSAGES)


def recording_of(events: list[Event]) -> Recording:
    """Return a recording of a transcript."""
    log = new_log()
    for event in events:
        play(log, event)
    return Recording(log)


def shown(login: Sasl) -> str:
    """Return all that a notebook or a terminal would show of it."""
    bundle = login._repr_mimebundle_()
    frames = login.frame.to_csv() + login.computed.to_csv()
    return "\n".join([*bundle.values(), repr(login), repr(login.attempts), frames, login.reason])


def test_a_sandbox_s_logins_are_laid_open_without_an_argument() -> None:
    """Each mechanism, on the client's side and on the server's; passwords were made up."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"):
                romeo = await sandbox.connect("romeo", mechanism=mechanism)
                login = romeo.sasl()
                assert (login.verdict, login.attempts[0].mechanism) == ("ok", mechanism)
                assert sandbox.recording.sasl().verdict == "ok"
                assert "romeo" in login.frame["value"].to_list()
                assert HIDDEN not in shown(login)
            assert romeo.sasl("other").verdict == "wrong password"
            assert sandbox.recording.sasl(connection=0).attempts[0].mechanism == "SCRAM-SHA-256"

    asyncio.run(scene())


def test_a_wrong_password_is_told_from_a_wrong_account() -> None:
    """The failed login's recording knows the right password; what was typed stays hidden."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            with pytest.raises(AuthenticationError) as error:
                await sandbox.connect("romeo", password="typed-in", mechanism="SCRAM-SHA-256")
            login = error.value.recording.sasl()
            assert login.verdict == "wrong password"
            assert error.value.recording.sasl("typed-in").verdict == "refused"
            assert HIDDEN in repr(login)
            for field in login.attempts[0].messages[0].payload.fields[1:]:
                assert field.value not in login.text.replace("Login of romeo", "")

    asyncio.run(scene())


def test_a_password_that_was_chosen_in_band_is_not_taken_for_the_old_one() -> None:
    """What the sandbox made up is no longer known to be right."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            romeo: Session = await sandbox.connect("romeo")
            await romeo.ask(
                "<query xmlns='jabber:iq:register'><username>romeo</username>"
                "<password>chosen</password></query>",
                type="set",
            )
            assert romeo.sasl().verdict == "unchecked"

    asyncio.run(scene())


def test_the_frames_have_their_columns() -> None:
    """Also where nobody tried to log in."""
    login = recording_of(RIGHT).sasl(PASSWORD)
    nothing = recording_of(RIGHT[:3]).sasl()

    for one in (login, nothing):
        assert list(one.frame.columns) == list(FRAME)
        assert list(one.computed.columns) == list(COMPUTED)
    assert (nothing.verdict, len(nothing.frame), len(nothing.computed)) == ("none", 0, 0)
    assert login.computed["agrees"].to_list() == ["", "", "", "", "", "yes", "", "yes"]
    assert login.frame["row"].drop_duplicates().to_list() == [3, 4, 5, 6]
    assert set(login.frame["verdict"]) == {"ok"}


def test_values_are_hidden_unless_revealed() -> None:
    """No name, nonce, salt, proof, key or password, in whatever is shown."""
    recording = recording_of(RIGHT)
    hidden, revealed = recording.sasl(PASSWORD), recording.sasl(PASSWORD, reveal=True)
    values = [field.value for message in hidden.attempts[0].messages
              for field in message.payload.fields]  # fmt: skip
    values += [one.value for one in hidden.attempts[0].computed]

    for value in values:
        assert value in shown(revealed) or "&" in value or value in revealed.text
        if len(value) > 4:
            assert value not in shown(hidden)
    assert hidden.verdict == revealed.verdict == "ok"


def test_a_saved_recording_says_that_its_secrets_are_gone(tmp_path) -> None:
    """With them it is as when it was live."""
    recording = recording_of(RIGHT)
    recording.save(tmp_path / "hidden.xmpp")
    recording.save(tmp_path / "whole.xmpp", reveal=True)

    assert Recording.load(tmp_path / "hidden.xmpp").sasl(PASSWORD).verdict == "hidden"
    assert Recording.load(tmp_path / "whole.xmpp").sasl(PASSWORD).verdict == "ok"


def test_nothing_of_the_wire_is_markup() -> None:
    """A server's words, a client's name."""
    words = "<script>alert(1)</script>\u202e"
    events = transcript(MECHANISM, [f"n,,n={words},r=abc"])
    login = recording_of(events).sasl(reveal=True)

    assert "<script" not in login.html
    assert "&lt;script&gt;" in login.html
    assert "\u202e" not in login.html + login.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"connection": 7}, "there are 0"), ({"password": 5}, "password"), ({"reveal": 2}, "reveal")],
)
def test_what_cannot_be_asked_is_refused(arguments, words) -> None:
    """With a sentence that says what there is."""
    with pytest.raises(UsageError, match=words):
        recording_of(RIGHT).sasl(**arguments)


def test_an_empty_recording_says_so() -> None:
    """There is no connection to read."""
    with pytest.raises(UsageError, match="nothing is recorded"):
        Recording().sasl()


def test_a_name_of_a_mapping_finds_its_password() -> None:
    """As the sandbox's own recording does, which has everybody's logins."""
    recording = recording_of(RIGHT)
    recording._passwords = {"user": PASSWORD, "romeo": "r0m30"}

    assert recording.sasl().verdict == "ok"
    recording._passwords = {"romeo": PASSWORD}
    assert recording.sasl().verdict == "unchecked"


STREAM = (
    "<stream:stream to='capulet.example' from='romeo@capulet.example' version='1.0'"
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)


async def by_hand(
    sandbox: Sandbox, password: str, mechanism: str = "SCRAM-SHA-256", profile: str = SASL2
) -> Stream:
    """Log in over a bare stream, with a client side of SCRAM that others wrote (scramp)."""
    stream = await dial(sandbox.host, sandbox.port, domain=sandbox.domain, ca_file=sandbox.ca_file)
    await stream.write(STREAM)
    assert [await stream.read(), await stream.read()]
    if sandbox.ca_file is not None:
        await stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await stream.read()
        await stream.starttls()
        await stream.write(STREAM)
        assert [await stream.read(), await stream.read()]
    binding = None
    if mechanism.endswith("-PLUS"):
        binding = ("tls-server-end-point", hashlib.sha256(stream.certificate).digest())
    scram = mechanism if mechanism.startswith("SCRAM") else "SCRAM-SHA-256"
    client = ScramClient([scram], "romeo", password, channel_binding=binding)
    message = f"\0romeo\0{password}" if mechanism == "PLAIN" else client.get_client_first()
    first, tag = encoded(message).decode(), "<tag>orchard</tag>"
    if profile == SASL2:
        await stream.write(
            f"<authenticate {SASL2} mechanism='{mechanism}'><initial-response>{first}"
            "</initial-response><user-agent><software>by hand</software></user-agent>"
            f"<bind xmlns='urn:xmpp:bind:0'>{tag}</bind></authenticate>"
        )
    else:
        await stream.write(f"<auth {profile} mechanism='{mechanism}'>{first}</auth>")
    answer = await stream.read()
    if answer.name == "challenge":
        client.set_server_first(base64.b64decode(answer.text).decode())
        final = encoded(client.get_client_final()).decode()
        await stream.write(f"<response {profile}>{final}</response>")
        await stream.read()
    return stream


OFFERED = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]


@pytest.mark.parametrize("profile", [SASL, SASL2], ids=["SASL", "SASL2"])
def test_each_mechanism_that_a_sandbox_offers_is_found_true(profile: str) -> None:
    """On the client's side and on the server's; of SCRAM the hash of the offer too."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            for mechanism in OFFERED:
                stream = await by_hand(sandbox, sandbox.passwords["romeo"], mechanism, profile)
                await stream.close()
                for login in (stream.sasl(sandbox.passwords["romeo"]), sandbox.recording.sasl()):
                    [attempt] = login.attempts
                    assert (attempt.verdict, attempt.faults) == ("ok", ())
                    assert attempt.offered == tuple(OFFERED)
                    assert attempt.offer_hash is (None if mechanism == "PLAIN" else True)

    asyncio.run(scene())


def test_sasl2_by_hand_over_a_bare_stream() -> None:
    """The stream and the sandbox's own side say the same; the inline features are there."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            stream = await by_hand(sandbox, sandbox.passwords["romeo"])
            login = stream.sasl(sandbox.passwords["romeo"], reveal=True)
            assert (login.verdict, login.attempts[0].profile) == ("ok", "SASL2")
            assert sandbox.recording.sasl().verdict == "ok"
            fields = dict(zip(login.frame["field"], login.frame["value"], strict=True))
            assert (fields["software"], fields["tag"]) == ("by hand", "orchard")
            assert fields["authorization-identifier"].startswith("romeo@capulet.example/orchard")
            await stream.close()
            wrong = await by_hand(sandbox, "another")
            assert sandbox.recording.sasl().verdict == "wrong password"
            await wrong.close()

    asyncio.run(scene())


def test_a_list_that_was_made_shorter_is_noticed() -> None:
    """By the hash that the sandbox sends, on the side that saw the shorter list (XEP-0474)."""

    async def scene() -> tuple[Recording, str]:
        async with await Sandbox.open("capulet.example", ["romeo"], tls=False) as sandbox:
            stream = await by_hand(sandbox, sandbox.passwords["romeo"])
            await stream.close()
            return stream.recording, sandbox.passwords["romeo"]

    recording, password = asyncio.run(scene())
    columns = recording._columns
    items = [(columns.span(row)[1], columns.item(row)) for row in range(columns.settle())]
    weakest = b"<mechanism>SCRAM-SHA-1</mechanism>"
    login = recording_of(list(items)).sasl(password)
    cut = recording_of([(by, data.replace(weakest, b"")) for by, data in items]).sasl(password)

    assert (login.verdict, login.attempts[0].offer_hash) == ("ok", True)
    assert "hash of its offer fits" in login.text
    assert (cut.verdict, cut.attempts[0].offer_hash) == ("downgrade", False)
    assert "hash of its offer fits" not in cut.text


def test_a_login_that_went_to_the_journal_is_said_to_be_there() -> None:
    """Nothing is concluded from rows that are no longer in memory."""
    recording = recording_of(RIGHT)
    with recording._columns.lock:
        recording._columns.settle()
        recording._columns.drop(len(RIGHT) - 1)

    assert recording.sasl(PASSWORD).verdict == "none"
    assert "journal" in recording.sasl(PASSWORD).reason
