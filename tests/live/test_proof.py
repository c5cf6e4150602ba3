"""What is not left to a server's word while it logs a client in."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from xmppexplore.live.proof import (
    MOST_ROUNDS,
    ProofError,
    follows_proceed,
    proof_is_due,
    stretch_within_reason,
)


def scram(step: int = 0) -> SimpleNamespace:
    """Return what is used of slixmpp's mechanism."""
    return SimpleNamespace(name="SCRAM-SHA-1", step=step, hash=hashlib.sha1)


def test_stretching_gives_what_rfc_5802_says() -> None:
    """The salted password of RFC 6070's second example, which is the same function."""
    mech = scram()
    stretch_within_reason(mech)

    assert mech.Hi(b"password", b"salt", 2).hex() == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"


@pytest.mark.parametrize("rounds", [-1, 0, MOST_ROUNDS + 1, 2_000_000_000, 10**400])
def test_rounds_out_of_reason_are_refused_at_once(rounds: int) -> None:
    """A server could stop the kernel for as long as it likes, or ask for a proof worth nothing."""
    mech = scram()
    stretch_within_reason(mech)
    with pytest.raises(ProofError, match="rounds"):
        mech.Hi(b"password", b"salt", rounds)


def test_no_salt_is_refused() -> None:
    """Without salt one table of hashes serves for all passwords."""
    mech = scram()
    stretch_within_reason(mech)
    with pytest.raises(ProofError, match="0 bytes of salt"):
        mech.Hi(b"password", b"", 4096)


def test_when_a_success_comes_too_early() -> None:
    """Before a login was tried, and in SCRAM before the challenge was answered."""
    assert proof_is_due(None)
    assert proof_is_due(scram(step=1))
    assert not proof_is_due(scram(step=2))
    assert not proof_is_due(SimpleNamespace(name="PLAIN"))


@pytest.mark.parametrize(
    ("said", "more"),
    [
        (b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", False),
        (b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/> \n", False),
        (b"<tls:proceed></tls:proceed>", False),
        (b"<message><body>proceed</body></message>", False),
        (b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>", True),
        (b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\n<", True),
        (b"<tls:proceed></tls:proceed ><message/>", True),
    ],
)
def test_what_comes_behind_proceed(said: bytes, more: bool) -> None:
    """White space is harmless; anything else was put there by whoever is on the path."""
    assert follows_proceed(said) is more
