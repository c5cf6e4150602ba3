"""Laws of turns: logins whose proofs fit, and in which something else is not as it should be."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.logins import SASL, SASL2, elements, encoded, offer, proved
from tests.reading.test_digest_md5 import CHALLENGE, PROOF, RESPONSE
from tests.reading.transcripts import Event, opened, recorded
from xmppexplore.reading.sasl_login import MAX_NAMES, read_sasl
from xmppexplore.reading.sasl_records import VERDICTS, Attempt
from xmppexplore.reading.scram_proof import downgrade_hash
from xmppexplore.wire.records import IN, OUT

NAME = "SCRAM-SHA-256"
AUTH, AUTHENTICATE = f"auth mechanism='{NAME}'", f"authenticate mechanism='{NAME}'"
FIRST, ASKED, ANSWER = "n,,n=romeo,r=abc", "r=abcdef,s=c2FsdA==,i=4096", "c=biws,r=abcdef"
M = proved(FIRST, ASKED, ANSWER)
LOGIN = ((OUT, AUTH, M[0]), (IN, "challenge", M[1]), (OUT, "response", M[2]))
SUCCESS = (IN, "success", M[3])
FEATURE = f"<authentication {SASL2}><mechanism>{NAME}</mechanism></authentication>".encode()


def last(events: list[Event], feature: bytes = b"", password: str | None = "r0m30") -> Attempt:
    """Return the newest attempt after a stream was opened."""
    feature = feature or offer((NAME,))
    return read_sasl(recorded([*opened(feature), *events]), 0, password).attempts[-1]


def login(*messages: str) -> list[Event]:
    """Return a login of four messages."""
    places = [(OUT, AUTH), (IN, "challenge"), (OUT, "response"), (IN, "success")]
    return elements(*((*place, text) for place, text in zip(places, messages, strict=True)))


ODD = [
    ("as it should be", FIRST, ASKED, ANSWER, "ok"),
    ("an extension that may be ignored", FIRST + ",x=1", ASKED, ANSWER, "ok"),
    ("a comma and an equals sign in the name", "n,,n=ro=2Cme=3Do,r=abc", ASKED, ANSWER, "ok"),
    ("acting for oneself", "n,a=romeo@capulet.example,n=romeo,r=abc", ASKED,
     "c=bixhPXJvbWVvQGNhcHVsZXQuZXhhbXBsZSw=,r=abcdef", "ok"),
    ("acting for another in secret", "n,a=juliet@capulet.example,n=romeo,r=abc", ASKED, ANSWER,
     "channel binding header changed"),
    ("m= at the beginning", "n,,m=1,n=romeo,r=abc", ASKED, ANSWER, "malformed message"),
    ("m= behind the nonce", FIRST + ",m=1", ASKED, ANSWER, "malformed message"),
    ("m= of the server", FIRST, ASKED + ",m=1", ANSWER, "malformed message"),
    ("m= before the proof", FIRST, ASKED, ANSWER + ",m=1", "malformed message"),
    ("two counts", FIRST, ASKED + ",i=1", ANSWER, "malformed message"),
    ("a count with a zero before it", FIRST, ASKED.replace("4096", "04096"), ANSWER,
     "malformed message"),
    ("one iteration", FIRST, ASKED.replace("4096", "1"), ANSWER, "too few iterations"),
    ("the nonce of the client alone", FIRST, "r=abc,s=c2FsdA==,i=4096", "c=biws,r=abc",
     "nonce not extended"),
    ("another nonce in the end", FIRST, ASKED, "c=biws,r=abcdeg", "nonce not repeated"),
    ("p= without -PLUS", "p=tls-exporter,,n=romeo,r=abc", ASKED,
     "c=cD10bHMtZXhwb3J0ZXIsLHg=,r=abcdef", "channel binding flag"),
    ("y, and c= says n", "y,,n=romeo,r=abc", ASKED, ANSWER, "channel binding header changed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "asked", "answer", "verdict"), [one[1:] for one in ODD], ids=[one[0] for one in ODD]
)
def test_proofs_that_fit_excuse_nothing(first, asked, answer, verdict) -> None:
    """Each login is one in which both sides know the password."""
    found = last(login(*proved(first, asked, answer)))

    assert found.verdict == verdict
    computed = {one.name: one.agrees for one in found.computed}
    assert computed["ClientProof"] == computed["ServerSignature"]


TURNS = [
    ("the server's proof before the client's", [*LOGIN[:2], SUCCESS], "wrong order"),
    ("the server's proof at once", [LOGIN[0], SUCCESS], "wrong order"),
    ("two first messages of the server",
     [*LOGIN[:2], (IN, "challenge", "r=abcxyz,s=c2FsdA==,i=1"), LOGIN[2], SUCCESS], "wrong order"),
    ("two proofs of the client",
     [*LOGIN, (OUT, "response", "c=biws,r=abcdef,p=AAAA"), SUCCESS], "wrong order"),
    ("an empty challenge in between",
     [LOGIN[0], (IN, "challenge", None), (OUT, "response", None), *LOGIN[1:], SUCCESS],
     "wrong order"),
    ("nothing first, as is allowed",
     [(OUT, AUTH, None), (IN, "challenge", None), (OUT, "response", M[0]), *LOGIN[1:], SUCCESS],
     "ok"),
    ("the server's proof in a challenge, as is allowed",
     [*LOGIN, (IN, "challenge", M[3]), (OUT, "response", None), (IN, "success", None)], "ok"),
    ("the proof twice",
     [*LOGIN, (IN, "challenge", M[3]), (OUT, "response", None), SUCCESS], "wrong order"),
    ("success without the proof", [*LOGIN, (IN, "success", None)], "server not proved"),
    ("success after a failure", [*LOGIN, (IN, "failure", None), SUCCESS], "wrong order"),
    ("a challenge after success", [*LOGIN, SUCCESS, (IN, "challenge", M[1])], "wrong order"),
    ("an abort and its failure",
     [*LOGIN[:2], (OUT, "abort", None), (IN, "failure", None)], "aborted"),
    ("an abort that success has crossed", [*LOGIN, (OUT, "abort", None), SUCCESS], "aborted"),
    ("another login afterwards", [*LOGIN, SUCCESS, *LOGIN, SUCCESS], "logged in already"),
    ("another attempt in between", [*LOGIN[:2], *LOGIN, SUCCESS], "ok"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "verdict"), [one[1:] for one in TURNS], ids=[one[0] for one in TURNS]
)
def test_each_message_has_its_turn(said, verdict) -> None:
    """It comes once, and after the one before it."""
    found = last(elements(*said))

    assert found.verdict == verdict
    assert all(fault.section and fault.name in VERDICTS for fault in found.faults)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ([(OUT, AUTHENTICATE, M[0]), *LOGIN[1:], SUCCESS], "ok"),
        ([(OUT, AUTHENTICATE, None), (IN, "challenge", None), (OUT, "response", M[0]),
          *LOGIN[1:], SUCCESS], "ok"),
        ([(OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "success", "")], "server not proved"),
        ([(OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "success", None)], "server not proved"),
        ([(OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "continue", None)], "server not proved"),
        ([(OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "continue", M[3])], "unfinished"),
    ],
    ids=["right", "no initial response", "empty data", "no data", "task unproved", "task"],
)  # fmt: skip
def test_sasl2_has_the_same_turns(said, verdict) -> None:
    """The server proves itself with success, or with the first task (XEP-0388)."""
    assert last(elements(*said, profile=SASL2), FEATURE).verdict == verdict


def test_the_two_profiles_do_not_mix() -> None:
    """A success of the one does not end an attempt by the other."""
    events = elements((OUT, AUTHENTICATE, M[0]), *LOGIN[1:], profile=SASL2)
    found = last([*events, *elements(SUCCESS)], FEATURE)

    assert (found.verdict, found.faults[0].section) == ("wrong profile", "XEP-0388")


def test_a_task_speaks_its_own_language() -> None:
    """What is said in it is no message of the mechanism, and is shown (XEP-0480)."""
    salt = "<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='4096'>c2FsdA==</salt>"
    handed = encoded(hashlib.pbkdf2_hmac("sha512", b"r0m30", b"salt", 4096)).decode()
    word = f"<hash xmlns='urn:xmpp:scram-upgrade:0'>{handed}</hash>"
    events = [
        *elements((OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "continue", M[3]),
                  (OUT, "next task='TOTP'", "123456"), (IN, "continue", "well done"),
                  (OUT, "next task='UPGR-SCRAM-SHA-512'", None), profile=SASL2),
        (IN, f"<task-data {SASL2}>{salt}</task-data>".encode()),
        (OUT, f"<task-data {SASL2}>{word}</task-data>".encode()),
        *elements((IN, "success", None), profile=SASL2),
    ]  # fmt: skip
    found = last(events, FEATURE)

    assert (found.verdict, found.outcome, found.faults) == ("ok", "success", ())
    tasks = [(m.element, m.by, m.task) for m in found.messages if m.task]
    assert tasks == [
        ("next", "client", "TOTP"), ("continue", "server", "TOTP"),
        ("next", "client", "UPGR-SCRAM-SHA-512"), ("task-data", "server", "UPGR-SCRAM-SHA-512"),
        ("task-data", "client", "UPGR-SCRAM-SHA-512"), ("success", "server", "UPGR-SCRAM-SHA-512"),
    ]  # fmt: skip
    shown = {field.name: field for message in found.messages for field in message.inline}
    assert (shown["salt@iterations"].value, shown["hash"].value) == ("4096", handed)
    assert shown["hash"].secret
    assert len(found.said("server")) == 2


def test_a_task_that_is_malformed_is_named() -> None:
    """Base64 is the rule in every message."""
    events = elements((OUT, AUTHENTICATE, M[0]), *LOGIN[1:], (IN, "continue", M[3]), profile=SASL2)
    said = f"<next {SASL2} task='TOTP'><initial-response>?</initial-response></next>".encode()

    assert last([*events, (OUT, said)], FEATURE).verdict == "malformed message"


@pytest.mark.parametrize("mechanism", [NAME, "EXTERNAL"])
def test_a_task_that_is_malformed_is_named_once(mechanism: str) -> None:
    """Whether or not the mechanism before it has turns."""
    said = f"<next {SASL2} task='TOTP'><initial-response>?</initial-response></next>".encode()
    begun = elements((OUT, f"authenticate mechanism='{mechanism}'", None), profile=SASL2)
    faults = [fault.name for fault in last([*begun, (OUT, said)], FEATURE).faults]

    assert faults.count("malformed message") == 1


@pytest.mark.parametrize(
    ("mechanism", "said", "verdict"),
    [
        ("PLAIN", [(OUT, "\0romeo\0r0m30"), (IN, "hello")], "wrong order"),
        ("PLAIN", [(OUT, "\0romeo\0r0m30"), (OUT, "\0juliet\0r0m30"), (IN, None)], "wrong order"),
        ("EXTERNAL", [(OUT, "romeo@capulet.example"), (IN, None)], "unchecked"),
        ("EXTERNAL", [(OUT, None), (IN, "hello")], "wrong order"),
        ("ANONYMOUS", [(OUT, "guest"), (OUT, "guest"), (IN, None)], "wrong order"),
        ("DIGEST-MD5", [(OUT, None), (IN, CHALLENGE), (OUT, RESPONSE), (IN, None)],
         "server not proved"),
        ("DIGEST-MD5", [(OUT, None), (IN, CHALLENGE), (OUT, RESPONSE), (IN, PROOF)],
         "wrong password"),
        ("DIGEST-MD5", [(OUT, RESPONSE), (IN, PROOF)], "wrong password"),
        ("SCRAM-WHIRL", [(OUT, FIRST), (IN, ASKED)], "not computed"),
    ],
)  # fmt: skip
def test_other_mechanisms_have_their_turns(mechanism, said, verdict) -> None:
    """Whoever has nothing to say in a mechanism says nothing."""
    names = {OUT: "response", IN: "challenge"}
    places = [(where, names[where], text) for where, text in said]
    places[0] = (OUT, f"auth mechanism='{mechanism}'", places[0][2])
    if places[-1][0] == IN and mechanism != "SCRAM-WHIRL":
        places[-1] = (IN, "success", places[-1][2])

    assert last(elements(*places), offer((mechanism,))).verdict == verdict


def test_a_token_proves_both_sides() -> None:
    """A server that says nothing may be any; and a password is no token (XEP-0484)."""
    feature = (
        f"<authentication {SASL2}><inline><fast xmlns='urn:xmpp:fast:0'>"
        "<mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>"
    ).encode()
    events = elements(
        (OUT, "authenticate mechanism='HT-SHA-256-NONE'", "romeo\0" + "x" * 32),
        (IN, "success", None),
        profile=SASL2,
    )

    assert last(events, feature, None).verdict == "server not proved"
    named = read_sasl(recorded([*opened(feature), *events]), 0, {"romeo": "r0m30"}).attempts[-1]
    assert [fault.name for fault in named.faults] == ["server not proved"]


def test_a_login_after_features_that_offer_none() -> None:
    """They were seen, so nothing is offered; and one login was there before."""
    again = [("restarted", ""), *opened(b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")]
    found = last([*login(*M), *again, *login(*M)])

    assert [fault.name for fault in found.faults] == ["mechanism not offered", "logged in already"]


def test_a_mechanism_has_a_name() -> None:
    """Also where no offer was seen to hold it against."""
    found = read_sasl(recorded([*opened(b"")[:2], *elements((OUT, "auth", M[0]))]), 0).attempts[0]

    assert (found.verdict, found.faults[0].section) == ("malformed message", "RFC 6120 §6.4.2")


@pytest.mark.parametrize(("profile", "verdict"), [(SASL, "malformed message"), (SASL2, "ok")])
def test_white_space_in_base64_is_forbidden_in_one_profile(profile: str, verdict: str) -> None:
    """And advised against in the other (RFC 6120 §6.3.5, XEP-0388 §2.2)."""
    begin = AUTH if profile == SASL else AUTHENTICATE
    said = elements((OUT, begin, M[0]), *LOGIN[1:], SUCCESS, profile=profile)
    wide = [(by, data.replace(b"</", b"\n </", 1)) for by, data in said]

    assert last(wide, offer((NAME,)) + FEATURE).verdict == verdict


def test_one_element_holds_one_message() -> None:
    """Of two nobody can know which one counts."""
    twice = f"<success {SASL2}>{'<additional-data>AA==</additional-data>' * 2}</success>"
    events = elements((OUT, AUTHENTICATE, M[0]), *LOGIN[1:], profile=SASL2)

    assert last([*events, (IN, twice.encode())], FEATURE).verdict == "malformed message"


@pytest.mark.parametrize(
    ("count", "fits"), [(3, True), (150, True), (MAX_NAMES - 1, True), (MAX_NAMES, None)]
)
def test_the_hash_of_a_long_offer_is_never_a_false_alarm(count: int, fits: bool | None) -> None:
    """It is that of all of it; of an offer that is not read whole nothing is said."""
    names = (NAME, *(f"X-{number}" for number in range(count)))
    asked = f"{ASKED},h={downgrade_hash(NAME, names, None)}"
    found = last(login(*proved(FIRST, asked, ANSWER)), offer(names))

    assert (found.verdict, found.offer_hash) == ("ok", fits)


def test_without_the_password_a_fitting_hash_is_no_proof() -> None:
    """Whoever changed the offer may have changed the hash too."""
    asked = f"{ASKED},h={downgrade_hash(NAME, (NAME,), None)}"
    messages = proved(FIRST, asked, ANSWER)
    without = last(login(*messages), password=None)

    assert (without.verdict, without.offer_hash, without.computed) == ("unchecked", True, ())
    assert last(login(*messages), password="another").verdict != "ok"


SAID = st.tuples(
    st.sampled_from([OUT, IN]),
    st.sampled_from([AUTH, AUTHENTICATE, "challenge", "response", "success", "continue", "failure",
                     "abort", "next task='TOTP'", "task-data"]),
    st.sampled_from([*M, "", None]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(SAID, st.sampled_from([SASL, SASL2])), max_size=9))
def test_only_one_conversation_is_right(said) -> None:
    """Whatever is said by whom: ``ok`` means the four messages, each once and in order."""
    events = [event for one, profile in said for event in elements(one, profile=profile)]
    columns = recorded([*opened(offer((NAME,)) + FEATURE), *events])

    for attempt in read_sasl(columns, 0, "r0m30").attempts:
        assert attempt.verdict in VERDICTS
        assert attempt.reason.endswith(".")
        if attempt.verdict == "ok":
            texts = [(m.by, m.payload.data.decode()) for m in attempt.messages
                     if m.payload and not m.task and m.payload.data]  # fmt: skip
            assert texts == list(zip(["client", "server"] * 2, M, strict=True))
            assert attempt.outcome == "success"
