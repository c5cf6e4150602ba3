"""What the server decided about each stanza, and by which rule: the words of ``routing``.

Whoever decides about a stanza names one of :data:`RULINGS`; sentence and section are
written here once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["RULINGS", "Decision", "Routed", "Ruling"]

Decision: TypeAlias = Literal[
    "delivered", "broadcast", "answered", "stored", "refused", "ignored", "changed"
]
"""``delivered`` to resources; ``broadcast`` to contacts; ``answered`` by the server;
``stored`` for later; ``refused`` with an error; ``ignored`` without a word; ``changed``: it
changed what the server keeps, and went no further."""


class Ruling(NamedTuple):
    """A rule by which stanzas are decided.

    Attributes:
        decision: what becomes of the stanza.
        sentence: why, in one sentence without its end.
        section: the document and section that say so.
    """

    decision: Decision
    sentence: str
    section: str


class Routed(NamedTuple):
    """What became of one stanza.

    Attributes:
        at: when it came, in seconds since 1970 (UTC).
        connection: number of the connection that it came on, -1 where it came on none.
        end: offset of its last byte plus one in what that connection has sent, in bytes.
        sender: full address of the sender.
        recipient: the ``to`` as it was written.
        kind: ``message``, ``presence`` or ``iq``.
        type: the ``type`` as it was written.
        id: the ``id``.
        payload: Clark name of the first child, or ``""``.
        decision: see :data:`Decision`.
        reached: full addresses of the resources that got it.
        sentence: the rule, as a sentence.
        section: the document and section of the rule.
        detail: what of this stanza made the rule apply, where that is not plain.
    """

    at: float
    connection: int
    end: int
    sender: str
    recipient: str
    kind: str
    type: str
    id: str
    payload: str
    decision: str
    reached: tuple[str, ...]
    sentence: str
    section: str
    detail: str


RULINGS: Final[Mapping[str, Ruling]] = {
    # --- any stanza
    "to blocked": Ruling("refused", "the sender has blocked the recipient", "XEP-0191 §3.3"),
    "from blocked": Ruling(
        "ignored", "the recipient has blocked the sender, who is not told", "XEP-0191 §3.3"
    ),
    "from blocked, with error": Ruling(
        "refused",
        "the recipient has blocked the sender, and seems not to be there",
        "XEP-0191 §3.3",
    ),
    "malformed address": Ruling("refused", "the recipient is no address", "RFC 6120 §8.3.3.8"),
    "other domain": Ruling(
        "refused", "the recipient is in another domain, which is not reached", "RFC 6120 §10.4"
    ),
    "handled": Ruling("changed", "a module of the server takes stanzas of this kind", ""),
    # --- iq
    "no iq": Ruling("refused", "it does not have the shape of an iq", "RFC 6120 §8.2.3"),
    "idless answer": Ruling(
        "ignored", "an answer without an id answers nothing", "RFC 6120 §8.2.3"
    ),
    "answered": Ruling("answered", "the server answers this request itself", ""),
    "answered with error": Ruling(
        "refused", "the server does not grant this request", "RFC 6120 §8.3"
    ),
    "nobody answers": Ruling(
        "refused", "the server knows nothing that answers this request", "RFC 6120 §10.3.3"
    ),
    "stray answer": Ruling(
        "ignored", "an answer to the server, which asked nothing", "RFC 6120 §8.2.3"
    ),
    "account removed": Ruling(
        "changed", "the sender's account is taken away as it asks", "XEP-0077 §3.2"
    ),
    "no such account": Ruling("refused", "there is no such account", "RFC 6121 §8.5.1"),
    "iq to resource": Ruling(
        "delivered", "a request or answer goes to the resource that it names", "RFC 6121 §8.5.3.1"
    ),
    "iq without match": Ruling("refused", "no such resource is connected", "RFC 6121 §8.5.3.2.3"),
    # --- message
    "message to server": Ruling(
        "refused", "the server itself takes no messages", "RFC 6120 §10.5.2"
    ),
}
"""Name of a rule -> rule."""
