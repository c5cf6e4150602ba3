"""Message carbons: all clients of an account see both sides of its conversations (XEP-0280).

Copied are messages of people (§6): of type ``chat``, and of type ``normal`` where they have a
body or belong to a conversation; never one that asks not to be copied.  Errors are not
copied: which message they answer is not kept.
"""

from __future__ import annotations

from typing import Final, Literal

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.features import Answer, Hook, Host, Module
from xmppexplore.sandbox.markup import attributes, standing_alone
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.element import parse

__all__ = ["MODULE", "copied", "enable"]

_ENABLE: Final = names.qualified(names.CARBONS, "enable")
_DISABLE: Final = names.qualified(names.CARBONS, "disable")
_PRIVATE: Final = names.qualified(names.CARBONS, "private")
_NO_COPY: Final = names.qualified(names.HINTS, "no-copy")
_MUC_USER: Final = names.qualified("http://jabber.org/protocol/muc#user", "x")  # XEP-0045
_BODY: Final = names.qualified(names.CLIENT, "body")
_OF_CONVERSATION: Final = frozenset(
    {
        names.CHAT_STATES,
        "urn:xmpp:receipts",  # XEP-0184
        "urn:xmpp:chat-markers:0",  # XEP-0333
        "urn:xmpp:jingle-message:0",  # XEP-0353
    }
)
"""Namespaces of children that make a message without a body part of a conversation."""


def enable(resource: Resource) -> None:
    """Copy to a resource from here on; asking twice is no error (§10.1)."""
    resource.notes["carbons"] = True


def _enable(_host: Host, request: Stanza) -> None:
    enable(request.resource)


def _disable(_host: Host, request: Stanza) -> None:
    request.resource.notes.pop("carbons", None)


def copied(stanza: Stanza, *, sent: bool) -> bool:
    """Tell whether a message is one that is copied (§6).

    Args:
        stanza: the message.
        sent: whether the copy is for the sender's other clients, not the recipient's.
    """
    kind = stanza.item.type
    if kind in ("groupchat", "headline", "error"):
        return False
    children = {child.qualified for child in stanza.element.children}
    if stanza.private or _NO_COPY in children:
        return False
    if _MUC_USER in children and stanza.addressee == "resource" and not sent:
        return False  # said in private in a room: to this client, which is the one in it
    if kind == "chat" or _BODY in children:
        return True
    return any(names.split_qualified(child)[0] in _OF_CONVERSATION for child in children)


def _others(account: Account | None, *but: Resource) -> list[Resource]:
    """Return the resources of an account that want copies."""
    if account is None:
        return []
    return [one for one in account.resources.values() if one not in but and "carbons" in one.notes]


def _copy(
    resource: Resource, stanza: Stanza, original: bytes, direction: Literal["sent", "received"]
) -> bytes:
    """Send a copy in an envelope of the account's own (§7, §8), and return it."""
    head = {"from": resource.address.bare, "to": str(resource.address), "type": stanza.item.type}
    opening = (
        f"<message{attributes(head)}><{direction} xmlns='{names.CARBONS}'>"
        f"<forwarded xmlns='{names.FORWARD}'>"
    )
    data = opening.encode() + original + f"</forwarded></{direction}></message>".encode()
    resource.send(data)
    return data


def _copy_to_all(host: Host, stanza: Stanza) -> bool:
    """Copy a message that was routed to those who did not get it themselves (§7, §8)."""
    sender = stanza.resource
    mine = _others(host.accounts.get(sender.address.local), sender, *stanza.reached)
    theirs = _others(stanza.account, sender, *stanza.reached, *mine)
    if not stanza.reached:  # it may be stored, and come again with their presence
        theirs = [resource for resource in theirs if resource.available]
    if not mine and not theirs:
        return False
    original = standing_alone(stanza.stamped)
    if mine and copied(stanza, sent=True):
        for resource in mine:
            _copy(resource, stanza, original, "sent")
    if theirs and copied(stanza, sent=False):
        for resource in theirs:
            stanza.copies.append((resource, _copy(resource, stanza, original, "received")))
    return False


def _strip(_host: Host, stanza: Stanza) -> bool:
    """Take ``<private/>`` out: it is for servers (§9)."""
    raw = stanza.raw
    if b"private" in raw:  # no other way to write the name of an element
        for child in reversed(parse(raw, stanza.origin.context).find_all(_PRIVATE)):
            start, _, _, end = child.spans
            raw = raw[:start] + raw[end:]
        if raw is not stanza.raw:
            stanza.private = True
            stanza.rewrite(raw)
    return False


MODULE: Final = Module(
    name="carbons",
    document="XEP-0280",
    answers=(
        Answer(_ENABLE, "set", _enable, ("own",)),
        Answer(_DISABLE, "set", _disable, ("own",)),
    ),
    hooks=(
        Hook("arriving", "message", _strip),
        Hook("delivered", "message", _copy_to_all),
    ),
    features={"server": (names.CARBONS,)},
)
