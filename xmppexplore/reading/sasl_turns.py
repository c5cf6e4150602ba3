"""Whose turn it is in a login: which message is due, and which comes when none is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from xmppexplore.reading.sasl import scram_message
from xmppexplore.reading.sasl_layouts import HT
from xmppexplore.reading.sasl_records import Attempt, Fault, Message, Payload
from xmppexplore.reading.scram import CHALLENGE, FINAL, FIRST, KINDS, PROVED, Scram

__all__ = ["scram_turns", "spare_messages"]

_DUE: Final = (FIRST, CHALLENGE, FINAL, PROVED)
_SECTION: Final = "RFC 5802 §5"

_MOST: Final[Mapping[str, tuple[int, int]]] = {
    "PLAIN": (1, 0),  # RFC 4616 §2
    "EXTERNAL": (1, 0),  # RFC 4422 appendix A
    "ANONYMOUS": (1, 0),  # RFC 4505 §2
    "X-OAUTH2": (1, 0),
    "DIGEST-MD5": (1, 2),  # RFC 2831 §2.1
    "HT": (1, 1),
}
"""Mechanism -> messages with content that client and server have to say in it, at most."""


def scram_turns(attempt: Attempt) -> tuple[dict[str, Scram], tuple[Fault, ...]]:
    """Return the messages of a SCRAM login by their kind, and those that are out of turn.

    Each of the four comes once, and after the one before it (RFC 5802 §5).  What is none of
    them stands for the one that was due, with its problems.
    """
    said: dict[str, Scram] = {}
    faults: list[Fault] = []
    for message in attempt.messages:
        if message.task:
            break
        due = _DUE[len(said)] if len(said) < len(_DUE) else ""
        if message.payload is None or not message.payload.data:
            if not _may_be_empty(message, due):
                faults.append(_out_of_turn(message, "message without content", due))
            continue
        read = _read(message.payload, due)
        if not due or read.kind != due or message.by != KINDS[due][0]:
            faults.append(_out_of_turn(message, read.kind or "message", due))
        else:
            said[due] = read
    return said, tuple(faults)


def _read(given: Payload, due: str) -> Scram:
    read = scram_message(given)
    if read is None:
        return Scram(due, "", "", "", "", "", "", (), given.problems)
    encoding = [one for one in given.problems if one not in read.problems]
    return read._replace(problems=(*encoding, *read.problems))


def _may_be_empty(message: Message, due: str) -> bool:
    """Whether an element may lack a message of the mechanism.

    An empty challenge asks for the first message, and an empty response follows a last one
    that did not come with success (RFC 4422 §3, §5).
    """
    if message.element == "challenge":
        return due == FIRST
    return message.element != "response" or not due


def _out_of_turn(message: Message, what: str, due: str) -> Fault:
    expected = f"where the {due} is due" if due else "after the last message of the login"
    words = f"Row {message.row}: The {message.by}'s {what} comes {expected}."
    return Fault("wrong order", words, _SECTION)


def spare_messages(attempt: Attempt) -> Iterator[Fault]:
    """Yield the messages that come after the last one of a mechanism other than SCRAM."""
    name = attempt.mechanism.upper()
    most = _MOST.get("HT" if HT.fullmatch(name) else name)
    if most is None:
        return
    left = dict(zip(("client", "server"), most, strict=True))
    for message in attempt.messages:
        if message.task:
            return
        if message.payload is None or not message.payload.data:
            continue
        left[message.by] -= 1
        if left[message.by] < 0:
            words = f"Row {message.row}: The {message.by} has nothing more to say in {name[:40]}."
            yield Fault("wrong order", words, "RFC 4422 §3")
