"""Laws of upgrades: what the client hands over is the hash of its password, or it is named."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.logins import SASL2, elements, proved
from tests.reading.transcripts import opened, recorded
from xmppexplore.reading.sasl_login import read_sasl
from xmppexplore.reading.sasl_records import VERDICTS, Attempt
from xmppexplore.reading.sasl_upgrade import upgrades
from xmppexplore.wire.records import IN, OUT

TASK, SPACE, PASSWORD = "UPGR-SCRAM-SHA-512", "xmlns='urn:xmpp:scram-upgrade:0'", "r0m30"
M = proved("n,,n=romeo,r=abc", "r=abcdef,s=c2FsdA==,i=4096", "c=biws,r=abcdef")
FEATURE = f"<authentication {SASL2}><mechanism>SCRAM-SHA-256</mechanism></authentication>".encode()
RIGHT = base64.b64encode(hashlib.pbkdf2_hmac("sha512", b"r0m30", b"pepper", 4096)).decode()


def login(
    handed: str, salt: str = "cGVwcGVy", count: str = "4096", password: str | None = PASSWORD,
    task: str = TASK,
) -> Attempt:  # fmt: skip
    """Return a login with an upgrade, as it is read."""
    answer = f"<task-data {SASL2}><hash {SPACE}>{handed}</hash></task-data>" if handed else ""
    asked = f"<task-data {SASL2}><salt {SPACE} iterations='{count}'>{salt}</salt></task-data>"
    events = [
        *opened(FEATURE),
        *elements(
            (OUT, "authenticate mechanism='SCRAM-SHA-256'", M[0]), (IN, "challenge", M[1]),
            (OUT, "response", M[2]), (IN, "continue", M[3]), (OUT, f"next task='{task}'", None),
            profile=SASL2,
        ),
        (IN, asked.encode()), (OUT, answer.encode()),
        *elements((IN, "success", None), profile=SASL2),
    ]  # fmt: skip
    return read_sasl(recorded(events), 0, password).attempts[0]


@pytest.mark.parametrize(
    ("attempt", "verdict", "agrees"),
    [
        (login(RIGHT), "ok", True),
        (login(RIGHT[:-6] + "AAAA=="), "wrong upgrade", False),
        (login("?"), "wrong upgrade", False),
        (login(""), "ok", None),
        (login(RIGHT, count="1"), "too few iterations", False),
    ],
    ids=["right", "of something else", "no base64", "not handed over", "one iteration"],
)
def test_what_is_handed_over_is_computed_again(attempt, verdict, agrees) -> None:
    """Beside the proof of the login, which it does not replace."""
    found = {one.name: one.agrees for one in attempt.computed}

    assert attempt.verdict == verdict
    assert found[f"SaltedPassword of {TASK}"] is agrees
    assert (found["ClientProof"], found["ServerSignature"]) == (True, True)
    assert all(fault.name in VERDICTS for fault in attempt.faults)


@pytest.mark.parametrize(
    "attempt",
    [
        login(RIGHT, salt="?"), login(RIGHT, salt=""), login(RIGHT, count="-1"),
        login(RIGHT, count="many"), login(RIGHT, count="9" * 400), login(RIGHT, count="99999999"),
        login(RIGHT, task="UPGR-SCRAM-WHIRL"), login(RIGHT, task="TOTP"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_cannot_be_computed_is_left_alone(attempt: Attempt) -> None:
    """The login is judged without it, and nobody else decides how long that takes."""
    assert attempt.verdict == "ok"
    assert not any(one.name.startswith("SaltedPassword of") for one in attempt.computed)


def test_without_the_password_it_is_no_proof() -> None:
    """Only what shows without is said."""
    assert login(RIGHT, password=None).computed == ()
    assert login(RIGHT, password=None).verdict == "unchecked"
    assert login(RIGHT, count="7", password=None).verdict == "too few iterations"


@given(st.text(max_size=6), st.text(max_size=6), st.integers(-1, 5000), st.integers(0, 5000))
def test_any_fields_are_read(salt: str, handed: str, count: int, work: int) -> None:
    """And never more is computed than may be."""
    attempt = login("AAAA")
    changed = []
    for message in attempt.messages:
        values = {"salt": salt, "hash": handed, "salt@iterations": str(count)}
        fields = (one._replace(value=values.get(one.name, one.value)) for one in message.inline)
        changed.append(message._replace(inline=tuple(fields)))
    _, faults, spent = upgrades(attempt._replace(messages=tuple(changed)), "pencil", work)

    assert 0 <= spent <= work
    assert {fault.name for fault in faults} <= set(VERDICTS)
