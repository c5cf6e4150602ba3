"""What is to be thought of a login: each side's word held against the other's, and computed.

Nothing is shared with the client library or with the sandbox, who might err together.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from xmppexplore.reading.digest_md5 import PROOF, recompute
from xmppexplore.reading.sasl_layouts import HT_SECTION, hashed_token, is_utf8
from xmppexplore.reading.sasl_records import Attempt, Computed, Fault, Message
from xmppexplore.reading.sasl_turns import scram_turns, spare_messages
from xmppexplore.reading.sasl_upgrade import upgrades
from xmppexplore.reading.saslprep import saslprep
from xmppexplore.reading.scram import CHALLENGE
from xmppexplore.reading.scram_proof import (
    MAX_ITERATIONS,
    Scrammed,
    compute,
    contradictions,
    offer_hash,
)

__all__ = ["MAX_WORK", "judge"]

MAX_WORK: Final = 3 * MAX_ITERATIONS
"""Iterations that are computed for one connection."""

_Checked = tuple[tuple[Computed, ...], tuple[Fault, ...]]


def judge(
    attempt: Attempt, password: str | None, tls: str = "", work: int = MAX_WORK
) -> tuple[Attempt, int]:
    """Return an attempt with its verdict, and how many iterations that took.

    Args:
        attempt: what was said.
        password: see :func:`read_sasl`.
        tls: version of TLS, where it is known.
        work: how many iterations may be computed.
    """
    payloads = [message.payload for message in attempt.messages if message.payload]
    if any(given.encoding == "hidden" for given in payloads):
        words = "The recording was saved without its secrets; save(path, reveal=True) keeps them."
        return attempt._replace(verdict="hidden", reason=words), 0
    faults = list(_common(attempt))
    computed: tuple[Computed, ...] = ()
    spent = 0
    mechanism = attempt.mechanism.upper()
    if mechanism.startswith("SCRAM"):
        messages, more = scram_turns(attempt)
        login = Scrammed(attempt.mechanism, messages, attempt.outcome, attempt.offered,
                         attempt.bindings, tls)  # fmt: skip
        faults += [*more, *contradictions(login)]
        attempt = attempt._replace(offer_hash=offer_hash(login))
        spent = _iterations(login)
        if password is not None and spent > work:
            spent = 0
            faults.append(Fault("not computed", "Too many iterations in all to be computed here.",
                                "RFC 5802 §5.1"))  # fmt: skip
        elif password is not None:
            computed, more = compute(login, password)
            faults += more
    else:
        own = [one for one in attempt.messages if not one.task]
        faults += [*_malformed(own), *spare_messages(attempt), *_unproved(attempt)]
        check = _hashed if mechanism.startswith("HT-") else _CHECKS.get(mechanism)
        if check is not None and password is not None:
            computed, more = check(attempt, password)
            faults += more
    faults += _malformed([one for one in attempt.messages if one.task])
    # Who logs in by a token gives that here, and an upgrade is made of the password.
    known = None if mechanism.startswith("HT-") else password
    later, more, cost = upgrades(attempt, known, work - spent)
    spent, faults = spent + cost, [*faults, *more]
    verdict, reason, section = _verdict(attempt, faults, computed)
    return attempt._replace(
        computed=(*computed, *later),
        faults=tuple(faults),
        verdict=verdict,
        reason=reason,
        section=section,
    ), spent


def _common(attempt: Attempt) -> Iterator[Fault]:
    """What is wrong whatever the mechanism."""
    offered = attempt.offered
    if offered is not None and attempt.mechanism not in offered:
        yield Fault("mechanism not offered",
                    "The client chose a mechanism that the server did not offer.",
                    _SECTIONS[attempt.profile]["begin"])  # fmt: skip
    for message in attempt.messages:
        yield from message.faults


def _malformed(messages: Sequence[Message]) -> Iterator[Fault]:
    for given in (one.payload for one in messages if one.payload is not None):
        for problem in given.problems:
            yield Fault("malformed message", f"{given.kind}: {problem}", given.section)


def _unproved(attempt: Attempt) -> Iterator[Fault]:
    """What proves the server is not optional where the mechanism has it."""
    if attempt.outcome not in ("success", "continue"):
        return
    told = attempt.said("server")
    if attempt.mechanism.upper() == "DIGEST-MD5":
        proved, section = any(one.kind == f"DIGEST-MD5 {PROOF}" for one in told), "RFC 2831 §2.1.3"
    else:
        _, binding, _ = hashed_token(attempt.mechanism)
        proved, section = not binding or any(one.data for one in told), HT_SECTION
    if not proved:
        words = (
            "The server said success without its proof, so that it may be another one; the "
            "client must not go on."
        )
        yield Fault("server not proved", words, section)


def _iterations(login: Scrammed) -> int:
    message = login.messages.get(CHALLENGE)
    count = message.get("i") if message else ""
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0


def _plain(attempt: Attempt, password: str) -> _Checked:
    """PLAIN carries the password; the server prepares it before it compares (RFC 4616 §2)."""
    said = attempt.said("client")
    given = said[0].data.split(b"\0") if said else []
    if len(given) != 3:
        return (), ()
    sent = given[2].decode("utf-8", "replace")
    right = given[2] == password.encode("utf-8", "surrogatepass")
    prepared = saslprep(password)
    if prepared is not None and is_utf8(given[2]):
        right = right or saslprep(sent) == prepared
    computed = Computed("passwd", "the password", password, sent, right, "RFC 4616 §2")
    if right:
        return (computed,), ()
    words = "The password in the message is another one."
    return (computed,), (Fault("wrong password", words, "RFC 4616 §2"),)


def _digest(attempt: Attempt, password: str) -> _Checked:
    said: dict[str, str] = {}
    for one in (*attempt.said("server"), *attempt.said("client")):
        kind = one.kind.removeprefix("DIGEST-MD5 ")
        said.setdefault(kind, one.data.decode("utf-8", "replace"))
    if "response" not in said:
        return (), ()
    return recompute(said.get("challenge", ""), said["response"], said.get(PROOF, ""), password)


def _hashed(attempt: Attempt, token: str) -> _Checked:
    """A hashed token that is bound to nothing can be computed from the token alone."""
    name, binding, _ = hashed_token(attempt.mechanism)
    said, told = attempt.said("client"), attempt.said("server")
    if not name or not said:
        return (), ()
    section = HT_SECTION
    if binding != "NONE":
        words = "The data that the login is bound to is not in the recording."
        return (), (Fault("not computed", words, section),)
    key = token.encode("utf-8", "surrogatepass")
    sent = said[0].data.partition(b"\0")[2]
    mine, theirs = hmac.digest(key, b"Initiator", name), hmac.digest(key, b"Responder", name)
    answer = told[-1].data if told else b""
    computed = (
        Computed("initiator's hash", 'HMAC(token, "Initiator")', mine.hex(), sent[:128].hex(),
                 mine == sent, section),
        Computed("responder's hash", 'HMAC(token, "Responder")', theirs.hex(), answer[:128].hex(),
                 theirs == answer if told else None, section),
    )  # fmt: skip
    if mine != sent:
        words = "The hash of the client does not fit this token."
        return computed, (Fault("wrong token", words, section),)
    if told and theirs != answer:
        words = "The server's hash does not fit the token: it does not know it."
        return computed, (Fault("forged server", words, section),)
    return computed, ()


_CHECKS: Final[dict[str, Callable[[Attempt, str], _Checked]]] = {
    "PLAIN": _plain,
    "DIGEST-MD5": _digest,
}
"""Mechanism -> what checks it with the password."""


_SECTIONS: Final[dict[str, dict[str, str]]] = {
    "SASL": {
        "begin": "RFC 6120 §6.4.2", "open": "RFC 6120 §6.4", "abort": "RFC 6120 §6.4.4",
        "failure": "RFC 6120 §6.4.5", "success": "RFC 6120 §6.4.6",
    },
    "SASL2": {
        "begin": "XEP-0388 §2.3", "open": "XEP-0388 §2.4", "abort": "XEP-0388 §2.4",
        "failure": "XEP-0388 §2.6.2", "success": "XEP-0388 §2.6.1",
    },
}  # fmt: skip
"""Profile -> what happened to an attempt -> where that is defined."""


def _verdict(
    attempt: Attempt, faults: list[Fault], computed: tuple[Computed, ...]
) -> tuple[str, str, str]:
    if faults:
        sentences = dict.fromkeys(fault.sentence for fault in faults[:10])
        return faults[0].name, " Also: ".join(sentences), faults[0].section
    sections = _SECTIONS[attempt.profile]
    proof = any(one.agrees for one in computed)
    if attempt.outcome == "failure":
        said = f" ({attempt.condition})" if attempt.condition else ""
        if proof:
            words = (
                f"The server refused{said}, though the proof fits the password given here: the "
                "server knows another one or no such account, or refuses for another reason."
            )
        else:
            words = f"The server refused{said}; whether the proof was right is not told."
        return "refused", words, sections["failure"]
    if attempt.outcome == "aborted":
        return "aborted", "The client called the login off.", sections["abort"]
    if attempt.outcome == "open":
        return "unfinished", "The login has not come to its end.", sections["open"]
    if attempt.outcome == "continue":
        words = "The first proof was accepted; a task is left before the login is complete."
        return "unfinished", words, "XEP-0388 §2.6.3"
    if computed and all(one.agrees is not False for one in computed) and proof:
        words = "Everything that was said fits the password and each other."
        return "ok", words, sections["success"]
    return "unchecked", _unchecked(attempt.mechanism.upper()), sections["success"]


def _unchecked(mechanism: str) -> str:
    if mechanism in _WITHOUT_PASSWORD:
        return f"Nothing is wrong that shows here; {mechanism} rests on no password."
    return "Nothing is wrong that shows without the password."


_WITHOUT_PASSWORD: Final = frozenset({"EXTERNAL", "ANONYMOUS", "OAUTHBEARER", "OAUTH10A",
                                      "X-OAUTH2"})  # fmt: skip
