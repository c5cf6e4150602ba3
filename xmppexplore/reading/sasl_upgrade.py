"""What a client hands over so that a server can store its password for one more mechanism.

The task of an upgrade (XEP-0480): the server says how to salt and hash, and the client
answers with the salted password, which is as good as the password itself.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from xmppexplore.reading.sasl_records import Attempt, Computed, Fault
from xmppexplore.reading.saslprep import saslprep
from xmppexplore.reading.scram import MIN_ITERATIONS, decoded, hash_of
from xmppexplore.reading.scram_proof import MAX_ITERATIONS

__all__ = ["upgrades"]

_PREFIX: Final = "UPGR-"
_SECTION: Final = "XEP-0480 §3"

_Found = tuple[tuple[Computed, ...], tuple[Fault, ...], int]


def upgrades(attempt: Attempt, password: str | None, work: int) -> _Found:
    """Return the values of the upgrades in an attempt, what is wrong with them, and the cost.

    Args:
        attempt: what was said.
        password: the password, ``None`` where it is not known.
        work: how many iterations may be computed.
    """
    computed: list[Computed] = []
    faults: list[Fault] = []
    spent = 0
    for task, said in _tasks(attempt).items():
        count, name = said["salt@iterations"], hash_of(task.removeprefix(_PREFIX))
        if not (count.isascii() and count.isdigit()) or len(count) > 9 or not name:
            continue
        if int(count) < MIN_ITERATIONS:
            words = f"For {task} the server asks for fewer than {MIN_ITERATIONS} iterations."
            faults.append(Fault("too few iterations", words, "RFC 7677 §4"))
        salt, prepared = decoded(said["salt"]), saslprep(password) if password else None
        if not salt or prepared is None or not 0 < int(count) <= min(MAX_ITERATIONS, work - spent):
            continue
        spent += int(count)
        secret = prepared.encode("utf-8", "surrogatepass")
        value = hashlib.pbkdf2_hmac(name, secret, salt, int(count))
        agrees = decoded(said["hash"]) == value if said["hash"] else None
        computed.append(
            Computed(f"SaltedPassword of {task}", f"Hi(SASLprep(password), salt, {count})",
                     base64.b64encode(value).decode(), said["hash"], agrees, _SECTION)
        )  # fmt: skip
        if agrees is False:
            words = f"What the client handed over for {task} is not the hash of this password."
            faults.append(Fault("wrong upgrade", words, _SECTION))
    return tuple(computed), tuple(faults), spent


def _tasks(attempt: Attempt) -> dict[str, dict[str, str]]:
    """Return, of each task that is an upgrade of SCRAM, the fields by their names."""
    found: dict[str, dict[str, str]] = {}
    for message in attempt.messages:
        if message.task.startswith(f"{_PREFIX}SCRAM-"):
            fields = found.setdefault(
                message.task, dict.fromkeys(("salt", "salt@iterations", "hash"), "")
            )
            for field in message.inline:
                if fields.get(field.name) == "":
                    fields[field.name] = field.value
    return found
