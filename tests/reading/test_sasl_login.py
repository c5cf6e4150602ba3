"""Laws of logins read from a recording: attempts, roles, SASL2, and the verdict of each."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.logins import (
    SASL,
    SASL2,
    SHA_1,
    SHA_256,
    encoded,
    made,
    offer,
    transcript,
)
from tests.reading.test_digest_md5 import CHALLENGE, PROOF, RESPONSE
from tests.reading.transcripts import Event, mirrored, opened, recorded
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, started
from tests.tools import costs
from xmppexplore.reading.sasl_login import MAX_ATTEMPTS, read_sasl
from xmppexplore.reading.sasl_records import VERDICTS, Attempt
from xmppexplore.reading.scram_proof import downgrade_hash
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT


def last(events: list[Event], password: str | None = None, role: str = "initiator") -> Attempt:
    """Return the newest attempt of a transcript."""
    return read_sasl(recorded(events, role), 0, password).attempts[-1]


def plain(password: str, answer: str) -> list[Event]:
    """Return a login by PLAIN."""
    auth = f"<auth {SASL} mechanism='PLAIN'>".encode() + encoded(f"\0romeo\0{password}")
    return [*opened(offer(("PLAIN",))), (OUT, auth + b"</auth>"), (IN, answer.encode())]


@pytest.mark.parametrize("login", [SHA_1, SHA_256], ids=["RFC 5802", "RFC 7677"])
def test_a_login_is_read_from_both_sides(login) -> None:
    """The client's recording and the server's say the same."""
    mechanism, password, messages = login
    events = transcript(mechanism, messages)
    mine, theirs = last(events, password), last(mirrored(events), password, "receiver")

    assert (mine.verdict, theirs.verdict) == ("ok", "ok")
    assert [(m.by, m.element) for m in mine.messages] == [
        ("client", "auth"), ("server", "challenge"), ("client", "response"), ("server", "success"),
    ]  # fmt: skip
    assert [m.row for m in mine.messages] == [3, 4, 5, 6]
    assert mine.computed == theirs.computed
    assert mine.messages[1].payload.field("r (client)") is not None
    assert (mine.offered, mine.profile, mine.outcome) == ((mechanism,), "SASL", "success")


MECHANISM, PASSWORD, MESSAGES = SHA_256
SIGNATURE = MESSAGES[3].replace("v=6rr", "v=6rs")
NO_DATA = f"<success {SASL}/>"

LOGINS = [
    ("right", transcript(MECHANISM, MESSAGES), PASSWORD, "ok"),
    ("without the password", transcript(MECHANISM, MESSAGES), None, "unchecked"),
    ("wrong password", transcript(MECHANISM, MESSAGES[:3]), "pencils", "wrong password"),
    ("refused all the same", transcript(MECHANISM, MESSAGES[:3]), PASSWORD, "refused"),
    ("refused, no password", transcript(MECHANISM, MESSAGES[:3]), None, "refused"),
    ("forged server", transcript(MECHANISM, [*MESSAGES[:3], SIGNATURE]), PASSWORD, "forged server"),
    ("unproved server", [*transcript(MECHANISM, MESSAGES[:3])[:-1], (IN, NO_DATA.encode())],
     PASSWORD, "server not proved"),
    ("not offered", transcript(MECHANISM, MESSAGES, ("PLAIN",)), PASSWORD, "mechanism not offered"),
    ("y though offered",
     transcript(MECHANISM, ["y,,n=user,r=abc"], (MECHANISM, "SCRAM-SHA-1-PLUS")), None,
     "channel binding denied"),
    ("unfinished", transcript(MECHANISM, MESSAGES[:2])[:-1], PASSWORD, "unfinished"),
    ("aborted", [*transcript(MECHANISM, MESSAGES[:2])[:-1], (OUT, f"<abort {SASL}/>".encode())],
     PASSWORD, "aborted"),
    ("plain", plain("r0m30", NO_DATA), "r0m30", "ok"),
    ("plain, wrong", plain("r0m30", NO_DATA), "r0me0", "wrong password"),
    ("plain, unchecked", plain("r0m30", NO_DATA), None, "unchecked"),
    ("wrong side", [*transcript(MECHANISM, MESSAGES[:1])[:-1],
                    (OUT, f"<challenge {SASL}>".encode() + encoded(MESSAGES[1]) + b"</challenge>")],
     None, "wrong side"),
    ("malformed", transcript(MECHANISM, ["what?"]), None, "malformed message"),
    ("hidden", [*opened(offer(("PLAIN",))),
                (OUT, f"<auth {SASL} mechanism='PLAIN'>********</auth>".encode()),
                ("redacted", "SASL message")],
     "r0m30", "hidden"),
    ("asterisks of the peer's own", [*opened(offer(("PLAIN",))),
                (OUT, f"<auth {SASL} mechanism='PLAIN'>********</auth>".encode())],
     "r0m30", "malformed message"),
    ("plain, prepared", plain("pencil", NO_DATA), "pen\u00adcil", "ok"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "password", "verdict"), [one[1:] for one in LOGINS], ids=[one[0] for one in LOGINS]
)
def test_each_login_has_its_verdict(events, password, verdict) -> None:
    """With a reason in words that holds no value of the login."""
    found = last(events, password)

    assert found.verdict == verdict
    assert {verdict, *(fault.name for fault in found.faults)} <= set(VERDICTS)
    assert found.reason.endswith(".")
    for message in found.messages:
        for field in message.payload.fields if message.payload else ():
            assert not field.secret or len(field.value) < 5 or field.value not in found.reason


def test_the_offer_of_the_recording_is_held_against_the_server_s_hash() -> None:
    """Somebody takes mechanisms out of the features (XEP-0474)."""
    real, types = (MECHANISM, f"{MECHANISM}-PLUS"), ("tls-exporter",)
    told = downgrade_hash(MECHANISM, real, types)
    texts = ["n,,n=user,r=abc", f"r=abcdef,s=c2FsdA==,i=4096,h={told}"]

    assert last(transcript(MECHANISM, texts, real, types)).verdict == "refused"
    assert last(transcript(MECHANISM, texts, (MECHANISM,), types)).verdict == "downgrade"
    assert last(transcript(MECHANISM, texts, real)).verdict == "downgrade"


def test_attempts_of_one_stream_are_told_apart() -> None:
    """A second try with the right password does not heal the first."""
    tries = transcript(MECHANISM, made(password="wrong")[2][:3])
    events = [*tries, *transcript(MECHANISM, made()[2])[3:]]
    found = read_sasl(recorded(events), 0, "r0m30")

    assert [attempt.verdict for attempt in found.attempts] == ["wrong password", "ok"]
    assert [attempt.number for attempt in found.attempts] == [1, 2]
    assert (found.attempts[0].condition, found.attempts[0].text) == ("not-authorized", "No.")
    assert found.verdict == "ok"


def test_digest_md5_is_recomputed_from_a_recording() -> None:
    """Its last proof comes in a challenge, which an empty response answers."""

    def said(direction: int, name: str, text: str) -> Event:
        chosen = " mechanism='DIGEST-MD5'" if name == "auth" else ""
        start = f"<{name} {SASL}{chosen}>".encode()
        return (direction, start + encoded(text) + f"</{name}>".encode())

    events = [*opened(offer(("DIGEST-MD5",))), said(OUT, "auth", ""),
              said(IN, "challenge", CHALLENGE), said(OUT, "response", RESPONSE),
              said(IN, "challenge", PROOF), said(OUT, "response", ""),
              (IN, NO_DATA.encode())]  # fmt: skip

    assert last(events, "secret").verdict == "ok"
    assert last(events, "secrets").verdict == "wrong password"


SASL2_FEATURE = (
    f"<authentication {SASL2}><mechanism>SCRAM-SHA-256</mechanism><inline>"
    "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast>"
    "</inline></authentication>"
).encode()


def sasl2(start: str, message: str | bytes, inside: str, answer: str) -> list[Event]:
    """Return a login by SASL2 in one round trip."""
    first = (
        f"<authenticate {SASL2} {start}><initial-response>".encode()
        + encoded(message)
        + f"</initial-response>{inside}</authenticate>".encode()
    )
    return [*opened(SASL2_FEATURE), (OUT, first), (IN, answer.encode())]


def test_sasl2_with_all_that_rides_along() -> None:
    """Device, binding, resumption and token: each is a field with its document."""
    _, password, messages = made()
    inside = (
        "<user-agent id='d1'><software>Orchard</software><device>Balcony</device></user-agent>"
        "<bind xmlns='urn:xmpp:bind:0'><tag>orchard</tag>"
        "<enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"
        "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"
    )
    events = sasl2("mechanism='SCRAM-SHA-256'", messages[0], inside, "")[:-1]
    for direction, name, text in [(IN, "challenge", messages[1]), (OUT, "response", messages[2])]:
        data = f"<{name} {SASL2}>".encode() + encoded(text) + f"</{name}>".encode()
        events.append((direction, data))
    success = (
        f"<success {SASL2}><additional-data>{encoded(messages[3]).decode()}</additional-data>"
        "<authorization-identifier>romeo@capulet.example/orchard.1</authorization-identifier>"
        "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='s1'/></bound>"
        "<token xmlns='urn:xmpp:fast:0' expiry='2030-01-01T00:00:00Z' token='t0ken'/></success>"
    )
    found = last([*events, (IN, success.encode())], password)

    assert (found.verdict, found.profile, found.outcome) == ("ok", "SASL2", "success")
    mine = {field.name: field.value for field in found.messages[0].inline}
    assert mine == {
        "user-agent": "", "user-agent@id": "d1", "software": "Orchard", "device": "Balcony",
        "bind": "", "tag": "orchard", "enable": "", "enable@resume": "true",
        "request-token": "", "request-token@mechanism": "HT-SHA-256-NONE",
    }  # fmt: skip
    theirs = {field.name: field for field in found.messages[-1].inline}
    assert theirs["authorization-identifier"].value == "romeo@capulet.example/orchard.1"
    assert theirs["token@token"].secret
    assert not theirs["token@expiry"].secret


def test_sasl2_goes_on_with_tasks() -> None:
    """The password is proved with ``continue``; a task and its end belong to the same attempt."""
    _, password, messages = made()
    events = transcript("SCRAM-SHA-256", messages)[:-1]
    events = [(what, data.replace(SASL.encode(), SASL2.encode())) for what, data in events]
    events[2:4] = sasl2("mechanism='SCRAM-SHA-256' upgrade='SCRAM-SHA-512'", messages[0], "", "")[
        2:4
    ]
    signature = encoded(messages[3]).decode()
    events += [
        (IN, f"<continue {SASL2}><additional-data>{signature}</additional-data><tasks>"
         "<task>UPGR-SCRAM-SHA-512</task></tasks></continue>".encode()),
        (OUT, f"<next {SASL2} task='UPGR-SCRAM-SHA-512'/>".encode()),
    ]  # fmt: skip
    before = last(events, password)
    after = last([*events, (IN, f"<success {SASL2}/>".encode())], password)

    assert (before.verdict, before.outcome) == ("unfinished", "continue")
    assert (after.verdict, after.outcome) == ("ok", "success")
    assert [field.value for field in before.messages[0].inline] == ["SCRAM-SHA-512"]
    assert [field.value for field in before.messages[-1].inline] == ["UPGR-SCRAM-SHA-512"]


def token(secret: bytes, answer: bytes = b"Responder") -> list[Event]:
    """Return a login by hashed token."""
    told = encoded(hmac.digest(b"t0ken", answer, "sha256")).decode()
    success = f"<success {SASL2}><additional-data>{told}</additional-data></success>"
    message = b"romeo\0" + hmac.digest(secret, b"Initiator", "sha256")
    inside = "<fast xmlns='urn:xmpp:fast:0' count='1'/>"
    return sasl2("mechanism='HT-SHA-256-NONE'", message, inside, success)


@pytest.mark.parametrize(
    ("events", "verdict"),
    [(token(b"t0ken"), "ok"), (token(b"other"), "wrong token"),
     (token(b"t0ken", b"Initiator"), "forged server")],
)  # fmt: skip
def test_hashed_tokens_are_recomputed(events, verdict) -> None:
    """With the token given in the place of the password (XEP-0484)."""
    assert last(events, "t0ken").verdict == verdict


def test_bounds() -> None:
    """Attempts without end, offers without end, and iterations in every one of them."""
    messages = ["n,,n=user,r=abc", "r=abcdef,s=c2FsdA==,i=900000", "c=biws,r=abcdef,p=cHJvb2Y="]
    one = transcript(MECHANISM, messages)[3:]
    many = [*opened(offer((MECHANISM,) * 5000)), *(one * (MAX_ATTEMPTS + 5))]
    found = read_sasl(recorded(many), 0, "pencil")

    assert len(found.attempts) == MAX_ATTEMPTS
    assert found.attempts[-1].number == MAX_ATTEMPTS + 5
    assert [bool(one.computed) for one in found.attempts[-4:]] == [False, True, True, True]
    assert found.attempts[0].faults[-1].name == "not computed"


@pytest.mark.parametrize("more", ["<auth {}/>", "<challenge {}>AAAA</challenge>", "features"])
def test_only_the_newest_attempts_cost(more: str) -> None:
    """A peer may repeat itself for as long as it likes: most of it is not even parsed."""
    item = (IN, b"<stream:features><mechanisms xmlns='x'/></stream:features>")
    if more != "features":
        item = (OUT if "auth" in more else IN, more.format(SASL).encode())
    columns = recorded([*transcript(MECHANISM, MESSAGES)[:4], *([item] * 4000)])
    rows = range(columns.settle())

    def parse_all() -> object:
        return [columns.element(row) for row in rows[2:]]

    assert len(read_sasl(columns, 0).attempts) == (MAX_ATTEMPTS if "auth" in more else 1)
    assert costs.ratio(lambda: read_sasl(columns, 0), parse_all, 1) <= 1


def test_nobody_tried_to_log_in() -> None:
    """An answer, and no attempt."""
    found = read_sasl(recorded(opened(offer((MECHANISM,)))), 0)

    assert (found.attempts, found.verdict) == ((), "none")
    assert found.reason


PIECES = st.lists(
    st.sampled_from(
        [b"<auth %s mechanism='SCRAM-SHA-1'>", b"<challenge %s>", b"<response %s>", b"<success %s>"]
    ).flatmap(
        lambda start: st.one_of(
            st.just(b"="), st.sampled_from(SHA_1[2]).map(encoded), st.binary(max_size=9)
        ).map(
            lambda text: start % SASL.encode() + text + b"</" + start[1:].split(b" ")[0] + b">"
        )
    ).flatmap(lambda data: st.tuples(st.integers(0, 1), st.just(data))),
    max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(PIECES, st.sampled_from([None, "pencil"]))
def test_any_order_of_messages_has_a_verdict(pieces, password) -> None:
    """Both sides may say anything at any time."""
    found = read_sasl(recorded([*opened(offer(("SCRAM-SHA-1",))), *pieces]), 0, password)

    assert all(attempt.verdict in VERDICTS and attempt.reason for attempt in found.attempts)
    for attempt in found.attempts:
        if attempt.verdict == "ok":
            said = [m.payload.data.decode() for m in attempt.messages if m.payload]
            assert [one for one in said if one] == SHA_1[2]


@given(SCRIPTS.map(started))
def test_any_recording_is_read(script: list[Chunk | Marked]) -> None:
    """Broken bytes, restarts, three roles."""
    columns = Columns(logged(script))
    read = [read_sasl(columns, connection, "s3cr3t") for connection in range(3)]

    assert {one.verdict for one in read} <= set(VERDICTS)
    assert all(attempt.reason for one in read for attempt in one.attempts)
