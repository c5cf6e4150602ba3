"""Credentials keep what SCRAM needs, made when it is needed."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from scramp import ScramMechanism

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.credentials import HASHES, Credentials, decoy, derive, proves


def account(password="pencil"):
    """Return credentials whose salt is known."""
    return Credentials.of(password, lambda: "0123456789abcdef")


@pytest.mark.parametrize("mechanism", HASHES)
def test_stored_keys_are_those_of_rfc_5802(mechanism):
    """StoredKey = H(HMAC(Hi(password, salt, i), "Client Key")) (RFC 5802 §3)."""
    salt, stored_key, server_key, iterations = account().stored(mechanism)
    name = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}[mechanism]
    salted = hashlib.pbkdf2_hmac(name, b"pencil", salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", name)

    assert stored_key == hashlib.new(name, client_key).digest()
    assert server_key == hmac.digest(salted, b"Server Key", name)
    assert iterations >= 4096  # RFC 7677 §4


def test_they_are_made_once():
    """A second login finds them."""
    one = account()

    for mechanism in HASHES:
        assert one.stored(mechanism) is one.stored(mechanism)


def test_a_password_in_clear_is_compared_by_its_key():
    """SASLprep makes the soft hyphen vanish (RFC 4013 §3), and forbids controls."""
    one = account("I\u00adX")

    assert one.proves("IX")
    assert not one.proves("ix")
    assert not one.proves("I\x07X")


@pytest.mark.parametrize("password", ["", "\x07", "\u0627\u0031"])
def test_a_password_that_nobody_could_prove_is_refused_at_once(password):
    """Not at the first login."""
    with pytest.raises(UsageError, match="SASLprep"):
        account(password)


def test_a_decoy_is_the_same_each_time_and_different_for_each_name():
    """So a login for a name without account looks like one with a wrong password."""
    first = decoy("s", "SCRAM-SHA-1", "a")

    assert first == decoy("s", "SCRAM-SHA-1", "a")
    assert first.salt != decoy("s", "SCRAM-SHA-1", "b").salt
    assert first.salt != decoy("t", "SCRAM-SHA-1", "a").salt


def test_another_hand_derives_the_same_keys():
    """A library for clients and servers, from the same salt."""
    for mechanism in HASHES:
        salt = b"0123456789abcdef"
        theirs = ScramMechanism(mechanism).make_auth_info("I\u00adX", 4096, salt)

        assert derive(mechanism, "IX", salt, 4096) == theirs


def test_a_decoy_is_proved_by_nothing():
    """Not even by its own parts."""
    made = decoy("s", "SCRAM-SHA-1", "a")

    for password in ("", "a", "s", made.salt.hex()):
        assert not proves(made, "SCRAM-SHA-1", password)
