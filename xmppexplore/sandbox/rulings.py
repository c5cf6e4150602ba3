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
    "iq of a stranger": Ruling(
        "refused",
        "the sender does not see the recipient's presence, and may not find out that it is there",
        "RFC 6121 §8.5.3.1",
    ),
    "iq without match": Ruling("refused", "no such resource is connected", "RFC 6121 §8.5.3.2.3"),
    "push answered": Ruling(
        "ignored", "the client has taken a change of its contact list", "RFC 6121 §2.1.6"
    ),
    # --- presence
    "no type of presence": Ruling(
        "refused", "there is no presence of this type", "RFC 6121 §4.7.1"
    ),
    "no recipient": Ruling("refused", "presence of this type names whom it is for", "RFC 6121 §3"),
    "no priority": Ruling(
        "refused", "its priority is no integer from -128 to 127", "RFC 6121 §4.7.2.3"
    ),
    "initial presence": Ruling(
        "broadcast",
        "the first presence goes to all subscribers and the own resources, and theirs comes back",
        "RFC 6121 §4.2.2",
    ),
    "subsequent presence": Ruling(
        "broadcast",
        "a change of presence goes to all subscribers and the own resources",
        "RFC 6121 §4.4.2",
    ),
    "farewell": Ruling(
        "broadcast",
        "a farewell goes to all who saw the resource, also by directed presence",
        "RFC 6121 §4.5.2",
    ),
    "error to nobody": Ruling(
        "ignored", "an error without recipient tells nobody anything", "RFC 6120 §8.3.1"
    ),
    "directed presence": Ruling(
        "delivered", "presence with a recipient goes there and nowhere else", "RFC 6121 §4.6.3"
    ),
    "too much directed presence": Ruling(
        "refused", "the sender directs presence to too many others already", "RFC 6120 §13.12"
    ),
    "presence unseen": Ruling("ignored", "nobody is there to see it", "RFC 6121 §8.5.2.2.2"),
    "presence to nobody": Ruling(
        "ignored", "there is no such account, and presence is not answered", "RFC 6121 §8.5.1"
    ),
    "presence to server": Ruling(
        "ignored", "the server does not look at presence", "RFC 6120 §10.5"
    ),
    "probe": Ruling(
        "answered",
        "a subscriber learns the last presence of each resource, or that there is none",
        "RFC 6121 §4.3.2",
    ),
    "probe after directed presence": Ruling(
        "answered", "the prober was sent presence of this resource before", "RFC 6121 §4.6"
    ),
    "probe of a stranger": Ruling(
        "answered", "the prober has no subscription, and learns that alone", "RFC 6121 §4.3.2"
    ),
    "probe of server": Ruling("answered", "the server says that it is there", "RFC 6121 §4.3.2"),
    # --- subscriptions, the sender's side
    "subscription to oneself": Ruling(
        "ignored", "everybody sees the own presence anyway", "RFC 6121 §4.2.2"
    ),
    "server subscribed to": Ruling(
        "answered", "the server approves all who ask to see it", "RFC 6121 §3.1.3"
    ),
    "list full": Ruling(
        "refused", "the sender's list holds as many contacts as it can", "RFC 6120 §13.12"
    ),
    "request too long": Ruling(
        "refused", "the request is longer than what is kept of one", "RFC 6120 §13.12"
    ),
    "approved in advance": Ruling(
        "changed", "no request waits, so the approval is kept for when one comes", "RFC 6121 §3.4.2"
    ),
    "advance approval taken back": Ruling(
        "changed", "the approval in advance ends; there is nothing else to cancel", "RFC 6121 §3.4"
    ),
    "approved before": Ruling(
        "ignored", "the contact has the sender's approval already", "RFC 6121 A.2.3"
    ),
    "nothing to cancel": Ruling(
        "ignored", "the contact neither has a subscription nor asks for one", "RFC 6121 A.2.4"
    ),
    # --- subscriptions, the recipient's side
    "request delivered": Ruling(
        "delivered",
        "a request goes to all available resources, and is kept until it is answered",
        "RFC 6121 §3.1.3",
    ),
    "request kept": Ruling(
        "stored", "nobody is available; the request waits for the next login", "RFC 6121 §3.1.3"
    ),
    "request repeated": Ruling("ignored", "the same request waits already", "RFC 6121 A.3.1"),
    "request approved before": Ruling(
        "answered", "the sender is subscribed already, and the server says so", "RFC 6121 §3.1.3"
    ),
    "request approved in advance": Ruling(
        "answered", "the recipient has approved it before it came", "RFC 6121 §3.4.2"
    ),
    "too many requests": Ruling(
        "ignored", "as many requests as can be kept wait already", "RFC 6120 §13.12"
    ),
    "approval delivered": Ruling(
        "delivered",
        "an approval goes to the resources that asked for the contact list",
        "RFC 6121 §3.1.6",
    ),
    "approval unasked": Ruling(
        "ignored", "no request of the recipient waits for an approval", "RFC 6121 §3.1.6"
    ),
    "cancellation delivered": Ruling(
        "delivered",
        "the recipient's subscription or request ends; the resources with the list are told",
        "RFC 6121 §3.2.3",
    ),
    "cancellation of nothing": Ruling(
        "ignored", "the recipient has neither a subscription nor asks for one", "RFC 6121 §3.2.3"
    ),
    "end of subscription delivered": Ruling(
        "delivered",
        "the sender's subscription or request ends; the resources with the list are told",
        "RFC 6121 §3.3.3",
    ),
    "no subscription": Ruling(
        "ignored", "the sender neither has a subscription nor asks for one", "RFC 6121 §3.3.3"
    ),
    "list changed": Ruling(
        "changed", "the recipient's list changes, and no resource has asked for it", "RFC 6121 §3"
    ),
    # --- message
    "message to server": Ruling("refused", "the server itself takes no messages", "RFC 6120 §10.5"),
    "message to resource": Ruling(
        "delivered", "a message goes to the resource that it names", "RFC 6121 §8.5.3.1"
    ),
    "message to best": Ruling(
        "delivered", "it goes to all resources of the highest priority", "RFC 6121 §8.5.2.1.1"
    ),
    "chat instead": Ruling(
        "delivered",
        "the resource that it names is not connected, so a chat goes to those of highest priority",
        "RFC 6121 §8.5.3.2.1",
    ),
    "headline to all": Ruling(
        "delivered",
        "a headline goes to all resources whose priority is not negative",
        "RFC 6121 §8.5.2.1.1",
    ),
    "headline unseen": Ruling(
        "ignored", "a headline is for who is there, and nobody is", "RFC 6121 §8.5.2.2.1"
    ),
    "message to nobody": Ruling(
        "ignored", "there is no such account, and a headline is not answered", "RFC 6121 §8.5.1"
    ),
    "groupchat to account": Ruling(
        "refused", "a groupchat message is for a full address", "RFC 6121 §8.5.2.1.1"
    ),
    "message without match": Ruling(
        "refused",
        "the resource that it names is not connected, and only a chat goes elsewhere",
        "RFC 6121 §8.5.3.2.1",
    ),
    "error without match": Ruling(
        "ignored", "an error is for the resource that it names alone", "RFC 6121 §8.5.3.2.1"
    ),
    "nobody takes it": Ruling(
        "refused", "no resource takes messages, and nothing keeps them", "RFC 6121 §8.5.2.2.1"
    ),
    "message stored": Ruling(
        "stored", "nobody can take it now; it waits for the next who can", "XEP-0160 §2"
    ),
    "message not worth storing": Ruling(
        "refused", "nobody can take it now, and it would mean nothing later", "XEP-0160 §3"
    ),
    "message not to be stored": Ruling(
        "refused", "nobody can take it now, and its sender wants it not stored", "XEP-0334 §4.2"
    ),
    "offline storage full": Ruling(
        "refused", "as many messages as can be stored wait already", "XEP-0160 §2"
    ),
}
"""Name of a rule -> rule."""
