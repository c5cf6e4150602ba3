"""Each mechanism is offered where it may be used, and lets in whom it should."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import Play
from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox import mechanisms
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.sasl import UNSECURED, Secured

TLS = Secured({"tls-server-end-point": b"\x01" * 32})
SHOWN = Secured({"tls-unique": b"\x02"}, ("romeo@play.example",))
PLUS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
USUAL = ["SCRAM-SHA-256", "SCRAM-SHA-1"]


def realm(**policy):
    """Return a realm with a policy."""
    return Play(policy=Policy(**policy)).realm


def outcome(exchange, message):
    """Return ``(what, value)``: a challenge, an account, or a refusal."""
    try:
        return "challenge", exchange.send(message)
    except StopIteration as end:
        return "proved", end.value.account.address.bare
    except AuthenticationError as refusal:
        return "refused", refusal.condition


def tried(mechanism, message, secured=TLS, **policy):
    """Return the outcome of one message."""
    return outcome(mechanisms.start(realm(**policy), secured, mechanism, secure=True), message)


OFFERS = [
    ({}, UNSECURED, False, USUAL),
    ({}, UNSECURED, True, [*USUAL, "PLAIN"]),
    ({}, TLS, True, [*PLUS, *USUAL, "PLAIN"]),
    ({"plain_in_clear": True}, UNSECURED, False, [*USUAL, "PLAIN"]),
    ({"anonymous": True}, UNSECURED, False, [*USUAL, "ANONYMOUS"]),
    ({"any_account": True}, TLS, True, ["PLAIN"]),
    ({"any_account": True, "anonymous": True}, TLS, True, ["PLAIN", "ANONYMOUS"]),
    ({"any_account": True}, UNSECURED, False, []),
    ({"external": True}, TLS, True, [*PLUS, *USUAL, "PLAIN"]),
    ({"external": True}, SHOWN, True, ["EXTERNAL", *PLUS, *USUAL, "PLAIN"]),
    ({"external": True, "any_account": True}, SHOWN, True, ["PLAIN"]),
    ({}, SHOWN, True, [*PLUS, *USUAL, "PLAIN"]),
]


@pytest.mark.parametrize(("policy", "secured", "secure", "names"), OFFERS, ids=range(len(OFFERS)))
def test_what_is_offered_is_what_can_be_used(policy, secured, secure, names):
    """The strongest first; and nothing that is not offered can be begun (§6.5.7)."""
    made = realm(**policy)

    assert mechanisms.offered(made, secured, secure=secure) == names
    for name in mechanisms.MECHANISMS:
        if name in names:
            mechanisms.start(made, secured, name, secure=secure)
            continue
        with pytest.raises(AuthenticationError) as caught:
            mechanisms.start(made, secured, name, secure=secure)
        in_clear = name == "PLAIN" and not secure
        assert caught.value.condition == (
            "encryption-required" if in_clear else "invalid-mechanism"
        )


FIVE = "PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS"
BOTH = Secured({"tls-unique": b"\x02", "tls-server-end-point": b"\x01"})
LISTS = [  # XEP-0474 §6.1, its lists written out
    (UNSECURED, "PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-256"),
    (BOTH, FIVE.replace(" ", "\x1e") + "\x1ftls-server-end-point\x1etls-unique"),
]


@pytest.mark.parametrize(("secured", "text"), LISTS, ids=["mechanisms", "and channel bindings"])
@pytest.mark.parametrize(("name", "hashed"), [("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")])
def test_the_server_hashes_what_it_offered(secured, text, name, hashed):
    """In the order of octets, by the hash of the mechanism."""
    _, challenge = tried(name, b"n,,n=romeo,r=abc", secured)
    digest = base64.b64encode(hashlib.new(hashed, text.encode()).digest())

    assert challenge.split(b",")[3:] == [b"h=" + digest]


PLAIN = [
    (b"\0romeo\0balcony", None),
    (b"romeo@play.example\0romeo\0balcony", None),
    (b"\0ROMEO\0balcony", None),
    (b"\0romeo\0wrong", "not-authorized"),
    (b"\0tybalt\0balcony", "not-authorized"),
    (b"\0@\0balcony", "not-authorized"),
    (b"\0romeo\0\x07", "not-authorized"),
    (b"juliet@play.example\0romeo\0balcony", "invalid-authzid"),
    (b"juliet@play.example\0romeo\0wrong", "not-authorized"),
    (b"romeo@play.example/x\0romeo\0balcony", "invalid-authzid"),
    (b"@\0romeo\0balcony", "invalid-authzid"),
    (b"", "malformed-request"),
    (b"romeo\0balcony", "malformed-request"),
    (b"\0\0balcony", "malformed-request"),
    (b"\0romeo\0", "malformed-request"),
    (b"\0romeo\0bal\0cony", "malformed-request"),
    (b"\0romeo\0\xff", "malformed-request"),
]


@pytest.mark.parametrize(("message", "condition"), PLAIN, ids=range(len(PLAIN)))
def test_plain(message, condition):
    """One message, proved or refused (RFC 4616 §2)."""
    expected = ("refused", condition) if condition else ("proved", "romeo@play.example")

    assert tried("PLAIN", message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"\0tybalt\0anything", ("proved", "tybalt@play.example")),
        (b"\0romeo\0not his", ("proved", "romeo@play.example")),
        (b"\0tybalt\0\x07", ("proved", "tybalt@play.example")),
        (b"tybalt@play.example\0tybalt\0x", ("proved", "tybalt@play.example")),
        (b"romeo@play.example\0tybalt\0x", ("refused", "invalid-authzid")),
        (b"\0a b\0x", ("refused", "not-authorized")),
        (b"\0tybalt\0", ("refused", "malformed-request")),
    ],
)
def test_where_any_account_may_log_in(message, expected):
    """Whatever password is given; only what is no localpart is turned away."""
    assert tried("PLAIN", message, any_account=True) == expected


def test_an_account_is_made_at_its_first_login_only():
    """And none by an attempt that is refused."""
    made = realm(any_account=True)
    for message in (b"\0tybalt\0x", b"\0tybalt\0y", b"juliet@play.example\0paris\0x"):
        outcome(mechanisms.start(made, TLS, "PLAIN", secure=True), message)

    assert sorted(made.accounts) == ["juliet", "nurse", "romeo", "tybalt"]


TWO = ("romeo@play.example", "juliet@play.example", "romeo@else.example", "@", "play.example")
EXTERNAL = [
    (("romeo@play.example",), b"", ("proved", "romeo@play.example")),
    (("Romeo@play.example", "romeo@play.example"), b"", ("proved", "romeo@play.example")),
    (("romeo@play.example",), b"romeo@play.example", ("proved", "romeo@play.example")),
    (("romeo@play.example",), b"juliet@play.example", ("refused", "invalid-authzid")),
    (("romeo@play.example",), b"romeo@play.example/x", ("refused", "invalid-authzid")),
    (("romeo@play.example",), b"@", ("refused", "invalid-authzid")),
    (TWO, b"", ("refused", "invalid-authzid")),
    (TWO, b"juliet@play.example", ("proved", "juliet@play.example")),
    (TWO, b"nurse@play.example", ("refused", "invalid-authzid")),
    (("tybalt@play.example",), b"", ("refused", "not-authorized")),
    (("romeo@else.example",), b"", ("refused", "not-authorized")),
    (("romeo@else.example",), b"romeo@play.example", ("refused", "invalid-authzid")),
    (("romeo@play.example",), b"\xff", ("refused", "malformed-request")),
]


@pytest.mark.parametrize(("shown", "authzid", "expected"), EXTERNAL, ids=range(len(EXTERNAL)))
def test_a_certificate_is_whose_address_it_holds(shown, authzid, expected):
    """One of them; which, is to be said where there are several (XEP-0178 §2)."""
    assert tried("EXTERNAL", authzid, Secured({}, shown), external=True) == expected


def test_an_anonymous_client_gets_an_account_of_its_own():
    """That nobody else can log in to (RFC 4505 §2)."""
    made = realm(anonymous=True)
    found = []
    for trace in (b"", b"sirhc", "\u2603".encode()):
        what, bare = outcome(mechanisms.start(made, UNSECURED, "ANONYMOUS", secure=True), trace)
        assert what == "proved"
        found.append(bare)
    name = found[0].partition("@")[0].encode()

    assert len(set(found)) == 3
    for password in (b"x", b"sirhc"):
        exchange = mechanisms.start(made, UNSECURED, "PLAIN", secure=True)
        assert outcome(exchange, b"\0" + name + b"\0" + password) == ("refused", "not-authorized")


@pytest.mark.parametrize(("mechanism", "message"), [("ANONYMOUS", b""), ("PLAIN", b"\0tybalt\0x")])
def test_accounts_are_not_made_without_end(mechanism, message):
    """Whoever has one gets in nevertheless."""
    policy = Policy(any_account=True, anonymous=True)
    made = Play(policy=policy, limits=Limits(accounts=4)).realm
    outcomes = []
    for attempt in (message, message.replace(b"tybalt", b"paris"), b"\0romeo\0x"):
        name = "PLAIN" if b"romeo" in attempt else mechanism
        exchange = mechanisms.start(made, TLS, name, secure=True)
        outcomes.append(outcome(exchange, attempt))

    assert [what for what, _ in outcomes] == ["proved", "refused", "proved"]
    assert outcomes[1][1] == "temporary-auth-failure"
    assert len(made.accounts) == 4


BARS = ["account-disabled", "credentials-expired", "mechanism-too-weak", "temporary-auth-failure"]


@pytest.mark.parametrize("condition", BARS)
@pytest.mark.parametrize(
    ("mechanism", "message", "secured"),
    [("PLAIN", b"\0romeo\0%b", TLS), ("EXTERNAL", b"", SHOWN)],
)
def test_a_barred_account_is_told_so_once_it_is_proved(condition, mechanism, message, secured):
    """Nobody else learns of it (RFC 6120 §6.5.2, §6.5.3, §6.5.11)."""
    made = realm(external=True)
    made.accounts["romeo"].barred = condition
    exchange = mechanisms.start(made, secured, mechanism, secure=True)
    right = message % b"balcony" if b"%b" in message else message
    wrong = mechanisms.start(made, TLS, "PLAIN", secure=True)

    assert outcome(exchange, right) == ("refused", condition)
    assert outcome(wrong, b"\0romeo\0wrong") == ("refused", "not-authorized")


@given(
    st.sampled_from(["PLAIN", "EXTERNAL", "ANONYMOUS"]),
    st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
)
def test_no_message_breaks_an_exchange(mechanism, message):
    """It is proved or refused with a condition."""
    what, value = tried(mechanism, message, SHOWN, external=True, anonymous=True)

    assert what in {"proved", "refused"}
    if what == "refused":
        assert value in {"malformed-request", "not-authorized", "invalid-authzid"}
