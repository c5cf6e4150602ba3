"""SCRAM takes what RFC 5802 and RFC 7677 say, and refuses everything else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient, ScramException

from tests.sandbox.conversation import Play
from tests.sandbox.proofs import Prover
from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox.credentials import Credentials, derive
from xmppexplore.sandbox.sasl import UNSECURED, Secured
from xmppexplore.sandbox.scram import scram

REALM = Play(passwords={"romeo": "balcony", "a=b": "c,d"}).realm
TLS = Secured({"tls-server-end-point": b"\x01" * 32, "tls-unique": b"\x02" * 12})
END_POINT = "p=tls-server-end-point"


def started(mechanism="SCRAM-SHA-256", secured=UNSECURED, realm=REALM):
    """Return an exchange that waits for the first message."""
    exchange = scram(realm, secured, mechanism)
    next(exchange)
    return exchange


def outcome(exchange, message):
    """Return ``(what, value)``: a challenge, an account, or a refusal."""
    try:
        return "challenge", exchange.send(message)
    except StopIteration as end:
        return "proved", end.value
    except AuthenticationError as refusal:
        return "refused", refusal.condition


def whole(prover, secured=UNSECURED, **changes):
    """Go through both messages; return the outcome of the last one that was taken."""
    exchange = started(prover.mechanism, secured)
    what, value = outcome(exchange, prover.first)
    return (
        outcome(exchange, prover.final(value, **changes)) if what == "challenge" else (what, value)
    )


VECTORS = {  # RFC 5802 §5, RFC 7677 §3
    "SCRAM-SHA-1": (
        "fyko+d2lbbFgONRv9qkxdawL",
        "3rfcNHYJY1ZVvWVs7j",
        "QSXCR+Q6sek8bf92",
        b"v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    "SCRAM-SHA-256": (
        "rOprNGfwEbeRWgbNEkqO",
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        b"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


@pytest.mark.parametrize("mechanism", VECTORS)
def test_the_exchange_that_the_rfc_prints(mechanism):
    """To the byte, in both directions."""
    ours, theirs, salt, proof, signature = VECTORS[mechanism]
    realm = Play(passwords={"user": "pencil"}).realm
    stored = derive(mechanism, "pencil", base64.b64decode(salt), 4096)
    realm.accounts["user"].credentials = Credentials(realm.tokens, {mechanism: stored})
    realm.tokens = lambda: theirs
    exchange = started(mechanism, realm=realm)

    first = outcome(exchange, f"n,,n=user,r={ours}".encode())
    assert first == ("challenge", f"r={ours}{theirs},s={salt},i=4096".encode())
    what, value = outcome(exchange, f"c=biws,r={ours}{theirs},p=".encode() + proof)
    assert (what, value.data) == ("proved", b"v=" + signature)
    assert value.account.address.local == "user"


FIRST = [
    (b"n,,n=romeo,r=abc", None),
    (b"y,,n=romeo,r=abc", None),
    (b"n,,n=tybalt,r=abc", None),  # the decoy: it fails at the proof
    (b"n,a=juliet@play.example,n=romeo,r=abc", None),  # so does another's address
    (b"n,,n=romeo,r=abc,x=optional", None),
    (b"n,,n=a=3Db,r=!~+-", None),
    (b"p=tls-unique,,n=romeo,r=abc", "malformed-request"),
    (b"n,,m=x,n=romeo,r=abc", "malformed-request"),
    (b"n,,n=romeo,r=abc,m=x", "malformed-request"),
    (b"n,,n=romeo", "malformed-request"),
    (b"n,,n=romeo,r=", "malformed-request"),
    (b"n,,n=romeo,r=a b", "malformed-request"),
    (b"n,,n=,r=abc", "malformed-request"),
    (b"n,,n=ro=meo,r=abc", "malformed-request"),
    (b"n,,n=ro=2cmeo,r=abc", "malformed-request"),
    (b"n,a=ro=meo,n=romeo,r=abc", "malformed-request"),
    (b"n,a=,n=romeo,r=abc", "malformed-request"),
    (b"n,x,n=romeo,r=abc", "malformed-request"),
    (b"F,n,,n=romeo,r=abc", "malformed-request"),
    (b"n,,r=abc,n=romeo", "malformed-request"),
    (b"n,n=romeo,r=abc", "malformed-request"),
    (b"n,,n=romeo,r=abc,", "malformed-request"),
    (b"n,,n=ro\0meo,r=abc", "malformed-request"),
    (b" n,,n=romeo,r=abc", "malformed-request"),
    (b"", "malformed-request"),
    (b"\xff", "malformed-request"),
]


@pytest.mark.parametrize(("message", "condition"), FIRST, ids=range(len(FIRST)))
def test_the_first_message_is_read_by_the_grammar(message, condition):
    """A challenge that goes on with the client's nonce, or the condition that fits (§7)."""
    what, value = outcome(started(), message)

    if condition is None:
        nonce = message.split(b"r=")[1].split(b",")[0]
        assert what == "challenge"
        assert value.startswith(b"r=" + nonce + b"token")
    else:
        assert (what, value) == ("refused", condition)


def swapped(final, old, new):
    """Return a final message with one thing changed."""
    assert old in final
    return final.replace(old, new)


CHANGES = [
    (lambda final: final, None),
    (lambda final: swapped(final, b"c=biws", b"c=eSws"), "not-authorized"),  # y,, for n,,
    (lambda final: swapped(final, b"c=biws", b"c=biw"), "malformed-request"),
    (lambda final: swapped(final, b"r=abc", b"r=abd"), "not-authorized"),
    (lambda final: swapped(final, b",p=", b"x,p="), "not-authorized"),
    (lambda final: swapped(final, b",p=", b",m=x,p="), "malformed-request"),
    (lambda final: final.partition(b",p=")[0], "malformed-request"),
    (lambda final: final.partition(b",p=")[0] + b",p=YQ==", "not-authorized"),
    (lambda final: final.partition(b",p=")[0] + b",p=Y", "malformed-request"),
    (lambda final: final + b",x=y", "malformed-request"),
    (lambda final: b"n" + final, "malformed-request"),
    (lambda _final: b"", "malformed-request"),
    (lambda _final: b"\xff", "malformed-request"),
]


@pytest.mark.parametrize(("change", "condition"), CHANGES, ids=range(len(CHANGES)))
def test_the_final_message_is_read_by_the_grammar(change, condition):
    """Form, binding, nonce and proof, in this order."""
    prover = Prover("SCRAM-SHA-256", "romeo", "balcony")
    exchange = started()
    what, value = outcome(exchange, change(prover.final(exchange.send(prover.first))))

    assert (what == "proved") == (condition is None)
    if condition is not None:
        assert value == condition


@pytest.mark.parametrize(
    ("name", "password", "authzid", "expected"),
    [
        ("romeo", "balcony", "", "proved"),
        ("ROMEO", "balcony", "", "proved"),  # localparts have no case (RFC 7622 §3.3)
        ("a=3Db", "c,d", "", "proved"),
        ("romeo", "wrong", "", "not-authorized"),
        ("tybalt", "balcony", "", "not-authorized"),
        ("romeo", "balcony", "romeo@play.example", "proved"),
        ("romeo", "balcony", "juliet@play.example", "invalid-authzid"),
        ("romeo", "balcony", "play.example", "invalid-authzid"),
        ("romeo", "balcony", "=2C", "invalid-authzid"),
        ("romeo", "wrong", "juliet@play.example", "not-authorized"),
    ],
)
def test_who_is_let_in(name, password, authzid, expected):
    """The right password, and only as oneself; a wrong wish is told to nobody else."""
    prover = Prover("SCRAM-SHA-1", name, password, authzid=authzid)
    what, value = whole(prover)

    assert expected == (value if what == "refused" else what)
    if what == "proved":
        assert value.data == prover.server_final


def test_an_optional_extension_is_part_of_what_is_proved():
    """It is passed over (§5.1)."""
    what, _ = whole(Prover("SCRAM-SHA-256", "romeo", "balcony"), more=",x=y")

    assert what == "proved"


BINDINGS = [
    ("SCRAM-SHA-256-PLUS", END_POINT, b"\x01" * 32, "proved"),
    ("SCRAM-SHA-1-PLUS", "p=tls-unique", b"\x02" * 12, "proved"),
    ("SCRAM-SHA-256-PLUS", END_POINT, b"\x03" * 32, "not-authorized"),  # somebody in between
    ("SCRAM-SHA-256-PLUS", "p=tls-unique", b"\x01" * 32, "not-authorized"),
    ("SCRAM-SHA-256-PLUS", "p=tls-exporter", b"\x01" * 32, "malformed-request"),
    ("SCRAM-SHA-256-PLUS", "n", b"", "malformed-request"),
    ("SCRAM-SHA-256-PLUS", "y", b"", "malformed-request"),
    ("SCRAM-SHA-256", END_POINT, b"\x01" * 32, "malformed-request"),
    ("SCRAM-SHA-256", "y", b"", "not-authorized"),  # the features were tampered with
    ("SCRAM-SHA-256", "n", b"", "proved"),
    ("SCRAM-SHA-256", "n", b"x", "not-authorized"),
]


@pytest.mark.parametrize(("mechanism", "flag", "binding", "expected"), BINDINGS)
def test_an_exchange_is_bound_to_its_connection(mechanism, flag, binding, expected):
    """RFC 5802 §6: the flag fits the mechanism, the data is the server's own."""
    prover = Prover(mechanism, "romeo", "balcony", flag=flag, binding=binding)
    what, value = whole(prover, TLS)

    assert expected == (value if what == "refused" else what)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"])
def test_a_client_of_another_hand_is_understood(mechanism):
    """It accepts the server's proof, and no other."""
    channel = ("tls-server-end-point", b"\x01" * 32) if mechanism.endswith("PLUS") else None
    client = ScramClient([mechanism], "romeo", "balcony", channel_binding=channel)
    exchange = started(mechanism, TLS)
    client.set_server_first(exchange.send(client.get_client_first().encode()).decode())
    what, value = outcome(exchange, client.get_client_final().encode())

    assert what == "proved"
    client.set_server_final(value.data.decode())
    with pytest.raises(ScramException):
        client.set_server_final(value.data.decode() + "x")


def test_the_nonce_of_the_server_is_new_each_time():
    """And unguessable where the realm's tokens are (§5.1)."""
    one, other = (started().send(b"n,,n=romeo,r=abc").split(b",")[0] for _ in range(2))

    assert one != other


@given(
    st.sampled_from(["SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"]),
    st.lists(
        st.binary(max_size=60)
        | st.text(max_size=60).map(str.encode)
        | st.lists(
            st.sampled_from(
                ["n", "y", "p=tls-unique", "a=x", "n=romeo", "r=abc", "c=biws", "p=YQ==", "m=1"]
            ),
            max_size=8,
        ).map(lambda parts: ",".join(parts).encode()),
        max_size=3,
    ),
)
def test_no_message_breaks_an_exchange(mechanism, messages):
    """Whatever is sent is answered by a challenge or refused with a condition."""
    exchange = started(mechanism, TLS)
    for message in messages:
        what, value = outcome(exchange, message)
        assert what != "proved"
        if what == "refused":
            assert value in {"malformed-request", "not-authorized"}
            return
