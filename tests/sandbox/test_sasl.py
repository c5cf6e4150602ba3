"""What all mechanisms share: base64, authorization identities, barred accounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import Play
from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox import sasl
from xmppexplore.sandbox.addresses import Address

ROMEO = Address("romeo", "play.example")


@pytest.mark.parametrize("content", ["!", "a", "=", "YQ=", "Y Q==", "Y\nQ==", "\u00e9", "YQ==YQ=="])
def test_what_is_not_base64_is_refused(content):
    """§6.5.5: not read as far as it goes."""
    with pytest.raises(AuthenticationError) as caught:
        sasl.decode(content)

    assert caught.value.condition == "incorrect-encoding"


@given(st.binary(max_size=100))
def test_what_is_encoded_is_decoded(data):
    """And nothing is "" in both forms."""
    assert sasl.decode(sasl.encode(data)) == data


@pytest.mark.parametrize("authzid", ["", "romeo@play.example", "ROMEO@Play.example."])
def test_one_may_act_for_oneself(authzid):
    """Addresses are compared prepared (RFC 7622 §3)."""
    assert sasl.check_authzid(authzid, ROMEO) is None


@pytest.mark.parametrize(
    "authzid",
    ["juliet@play.example", "romeo@play.example/x", "romeo", "play.example", "@", "\0", " "],
)
def test_one_may_not_act_for_another(authzid):
    """§6.3.8."""
    with pytest.raises(AuthenticationError) as caught:
        sasl.check_authzid(authzid, ROMEO)

    assert caught.value.condition == "invalid-authzid"


def test_a_proof_for_a_barred_account_fails():
    """With the condition that whoever runs the server has set."""
    account = Play().realm.accounts["romeo"]
    assert sasl.proved(account, b"v=") == (account, b"v=")
    account.barred = "credentials-expired"

    with pytest.raises(AuthenticationError) as caught:
        sasl.proved(account)
    assert caught.value.condition == "credentials-expired"


def test_a_message_that_is_no_text_is_malformed():
    """§6.5.8."""
    with pytest.raises(AuthenticationError) as caught:
        sasl.readable(b"\xff")

    assert caught.value.condition == "malformed-request"
