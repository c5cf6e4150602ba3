"""Where slixmpp 1.17 takes a server's word: rounds of SCRAM, success, what follows proceed."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

__all__ = ["MOST_ROUNDS", "ProofError", "follows_proceed", "proof_is_due", "stretch_within_reason"]

MOST_ROUNDS: Final = 1_000_000
"""Rounds up to which a password is stretched: about a second, in which the kernel stands still."""

_CHALLENGE_ANSWERED: Final = 2  # slixmpp counts the steps of a mechanism

_BEHIND_PROCEED: Final = re.compile(rb"(?:<[^<>]*\bproceed\b[^<>]*/>|</[^<>]*\bproceed\s*>)\s*\S")


class ProofError(Exception):
    """What a server did in a SCRAM login that no honest one does, in words."""


def stretch_within_reason(mech: Any) -> None:
    """Stretch the password of a SCRAM login in C, and not for as long as the server likes.

    Args:
        mech: slixmpp's mechanism; any other than SCRAM is left alone.
    """
    if not mech.name.startswith("SCRAM-"):
        return

    def stretch(password: bytes, salt: bytes, rounds: int) -> bytes:
        if not salt or not 1 <= rounds <= MOST_ROUNDS:
            asked = str(rounds) if abs(rounds) < 1e18 else "endless"
            raise ProofError(
                f"it asks for {asked} rounds of hashing with {len(salt)} bytes of salt, and from 1 "
                f"to {MOST_ROUNDS} rounds with salt are done"
            )
        return hashlib.pbkdf2_hmac(mech.hash().name, bytes(password), salt, rounds)

    mech.Hi = stretch


def proof_is_due(mech: Any) -> bool:
    """Tell whether a success now comes before the server was asked for its proof.

    slixmpp takes a success for one more challenge: it would find there what it needs to
    answer, and be logged in at a server that has proved nothing.

    Args:
        mech: slixmpp's mechanism, ``None`` before a login was tried.
    """
    if mech is None:
        return True
    return bool(mech.name.startswith("SCRAM-") and mech.step != _CHALLENGE_ANSWERED)


def follows_proceed(data: bytes) -> bool:
    """Tell whether more came in clear behind ``<proceed/>`` (RFC 6120 §5.4.3.3)."""
    return _BEHIND_PROCEED.search(data) is not None
