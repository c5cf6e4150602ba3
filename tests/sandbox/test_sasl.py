"""SASL exchanges give what RFC 4616, 5802 and 6120 say for any message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient, ScramException

from tests.sandbox.conversation import PASSWORDS, Play
from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox import sasl

REALM = Play().realm
PLAIN = [
    (b"\0romeo\0balcony", None),
    (b"romeo@play.example\0romeo\0balcony", None),
    (b"\0ROMEO\0balcony", None),
    (b"\0romeo\0wrong", "not-authorized"),
    (b"\0tybalt\0balcony", "not-authorized"),
    (b"juliet@play.example\0romeo\0balcony", "invalid-authzid"),
    (b"@\0romeo\0balcony", "invalid-authzid"),
    (b"", "malformed-request"),
    (b"romeo\0balcony", "malformed-request"),
    (b"\0\0balcony", "malformed-request"),
    (b"\0romeo\0", "malformed-request"),
    (b"\0romeo\0bal\0cony", "malformed-request"),
    (b"\0romeo\0\xff", "malformed-request"),
]
SCRAM_FIRST = [
    (b"n,,n=romeo,r=abc", None),
    (b"y,,n=romeo,r=abc", None),
    (b"n,,n=tybalt,r=abc", None),  # the decoy: it fails at the proof
    (b"n,a=juliet@play.example,n=romeo,r=abc", "invalid-authzid"),
    (b"p=tls-unique,,n=romeo,r=abc", "malformed-request"),
    (b"n,,m=x,n=romeo,r=abc", "malformed-request"),
    (b"n,,n=romeo", "malformed-request"),
    (b"n,,n=ro=meo,r=abc", "malformed-request"),
    (b"n,,r=abc,n=romeo", "malformed-request"),
    (b"", "malformed-request"),
    (b"\xff", "malformed-request"),
]


def outcome(exchange, message):
    """Return ``(what, value)``: a challenge, an account, or a refusal."""
    try:
        return "challenge", exchange.send(message)
    except StopIteration as end:
        return "proved", end.value
    except AuthenticationError as refusal:
        return "refused", refusal.condition


@pytest.mark.parametrize(("message", "condition"), PLAIN, ids=range(len(PLAIN)))
def test_plain(message, condition):
    """One message, proved or refused (RFC 4616 §2)."""
    what, value = outcome(sasl.start(REALM, "PLAIN"), message)

    if condition is None:
        assert what == "proved"
        assert value.account.address.local == "romeo"
    else:
        assert (what, value) == ("refused", condition)


@pytest.mark.parametrize(("message", "condition"), SCRAM_FIRST, ids=range(len(SCRAM_FIRST)))
def test_the_first_message_of_scram(message, condition):
    """A challenge that goes on with the client's nonce, or the condition that fits."""
    what, value = outcome(sasl.start(REALM, "SCRAM-SHA-256"), message)

    if condition is None:
        assert what == "challenge"
        assert value.startswith(b"r=abctoken")
    else:
        assert (what, value) == ("refused", condition)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
@pytest.mark.parametrize(
    ("name", "password", "works"),
    [("romeo", "balcony", True), ("romeo", "wrong", False), ("tybalt", "balcony", False)],
)
def test_scram_proves_both_sides(mechanism, name, password, works):
    """A client of another hand accepts the server's proof; a wrong one gets no proof."""
    client = ScramClient([mechanism], name, password)
    exchange = sasl.start(REALM, mechanism)
    client.set_server_first(exchange.send(client.get_client_first().encode()).decode())
    what, value = outcome(exchange, client.get_client_final().encode())

    if works:
        assert value.account.address.local == name
        client.set_server_final(value.data.decode())
        with pytest.raises(ScramException):
            client.set_server_final(value.data.decode() + "x")
    else:
        assert (what, value) == ("refused", "not-authorized")


def test_a_proof_of_another_length_is_no_proof():
    """Nor is another's nonce."""
    for final in (b"c=biws,r=%b,p=YQ==", b"c=biws,r=%bx,p=YQ==", b"c=eSws,r=%b,p=YQ=="):
        exchange = sasl.start(REALM, "SCRAM-SHA-1")
        nonce = exchange.send(b"n,,n=romeo,r=abc").split(b",")[0][2:]

        what, _ = outcome(exchange, final % nonce)

        assert what == "refused"


@given(
    st.sampled_from(sorted(sasl.MECHANISMS)),
    st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=3),
)
def test_no_message_breaks_an_exchange(mechanism, messages):
    """Whatever is sent is answered by a challenge or refused with a condition."""
    exchange = sasl.start(REALM, mechanism)
    for message in messages:
        what, value = outcome(exchange, message)
        assert what != "proved"
        if what == "refused":
            assert value in {"malformed-request", "not-authorized", "invalid-authzid"}
            return


def test_an_unknown_mechanism_is_refused():
    """§6.5.7."""
    with pytest.raises(AuthenticationError) as caught:
        sasl.start(REALM, "X-NONE")

    assert caught.value.condition == "invalid-mechanism"


@pytest.mark.parametrize("content", ["!", "a", "YQ=", "Y Q==", "Y\nQ==", "\u00e9", "YQ==YQ=="])
def test_what_is_not_base64_is_refused(content):
    """§6.5.5: not read as far as it goes."""
    with pytest.raises(AuthenticationError) as caught:
        sasl.decode(content)

    assert caught.value.condition == "incorrect-encoding"


def test_an_equals_sign_is_an_empty_message():
    """§6.4.2; and what is encoded is decoded."""
    assert sasl.decode("=") == b""
    assert sasl.decode(sasl.encode(b"\0\xff")) == b"\0\xff"
    assert PASSWORDS["romeo"] == "balcony"
