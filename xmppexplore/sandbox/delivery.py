"""Where a stanza for a local account goes (RFC 6121 §8.5).

The rules are one table, :data:`MESSAGES`; it is the RFC's own (§8.5.4), with the choice made
where the RFC leaves one: an error rather than silence, so that a learner sees the answer,
and all resources of the highest priority where the "most available" one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.features import Host
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MESSAGES", "Act", "Situation", "deliver_iq", "deliver_message", "situation"]

Situation: TypeAlias = Literal["no account", "no resource", "negative only", "available"]
"""Of an account: it does not exist, no resource is available, all priorities are negative,
or some resource takes messages for the bare address."""

Act: TypeAlias = Literal["ignore", "refuse", "store", "best", "all"]
"""``refuse`` answers service-unavailable; ``store`` asks the modules to keep it, and refuses
where none does; ``best`` means the resources of the highest priority, ``all`` every one that
is not negative."""

# (situation, whether the full address was named without a match) -> type -> act.
# A matching full address always delivers (§8.5.3.1); a type "error" never reaches anyone else.
MESSAGES: Final[Mapping[tuple[Situation, bool], Mapping[str, Act]]] = {
    ("no account", False): {
        "normal": "refuse",
        "chat": "refuse",
        "groupchat": "refuse",
        "headline": "ignore",
    },
    ("no account", True): {
        "normal": "refuse",
        "chat": "refuse",
        "groupchat": "refuse",
        "headline": "refuse",
    },
    ("no resource", False): {
        "normal": "store",
        "chat": "store",
        "groupchat": "refuse",
        "headline": "ignore",
    },
    ("no resource", True): {
        "normal": "refuse",
        "chat": "store",
        "groupchat": "refuse",
        "headline": "refuse",
    },
    ("negative only", False): {
        "normal": "store",
        "chat": "store",
        "groupchat": "refuse",
        "headline": "ignore",
    },
    ("negative only", True): {
        "normal": "refuse",
        "chat": "store",
        "groupchat": "refuse",
        "headline": "refuse",
    },
    ("available", False): {
        "normal": "best",
        "chat": "best",
        "groupchat": "refuse",
        "headline": "all",
    },
    ("available", True): {
        "normal": "refuse",
        "chat": "best",
        "groupchat": "refuse",
        "headline": "refuse",
    },
}
_KNOWN_TYPES: Final = frozenset({"normal", "chat", "groupchat", "headline", "error"})


def situation(account: Account | None) -> Situation:
    """Return what the table needs to know of an account."""
    if account is None:
        return "no account"
    best: Situation = "no resource"
    for resource in account.resources.values():
        if resource.available:
            if resource.priority >= 0:
                return "available"
            best = "negative only"
    return best


def _takers(account: Account, act: Act) -> list[Resource]:
    willing = [one for one in account.available() if one.priority >= 0]
    if act == "best":
        highest = max(one.priority for one in willing)
        return [one for one in willing if one.priority == highest]
    return willing


def deliver_message(host: Host, stanza: Stanza) -> None:
    """Deliver, store, refuse or ignore a message for a local account (RFC 6121 §8.5)."""
    account = stanza.account
    # Without ``to`` a message is for the sender's own bare address (RFC 6120 §10.3.1).
    address = stanza.to
    if account is not None and address is not None and address.resource:
        match = account.resources.get(address.resource)
        if match is not None:
            match.send(stanza.stamped)
            stanza.reached.append(match)
            return
    kind = stanza.item.type
    if kind not in _KNOWN_TYPES:  # also where absent (RFC 6121 §5.2.2)
        kind = "normal"
    if kind == "error":
        return
    full = bool(address is not None and address.resource)
    act = MESSAGES[situation(account), full][kind]
    if act in ("best", "all") and account is not None:
        data = stanza.stamped
        for resource in _takers(account, act):
            resource.send(data)
            stanza.reached.append(resource)
    elif act == "refuse" or (act == "store" and not host.hooked("undelivered", stanza)):
        host.refuse(stanza, "service-unavailable")


def deliver_iq(host: Host, stanza: Stanza) -> None:
    """Deliver an iq to the resource it names, or refuse it (RFC 6121 §8.5.3)."""
    match = host.resource(stanza.to) if stanza.to is not None else None
    if match is None:
        host.rule(stanza, "iq without match")
        host.refuse(stanza, "service-unavailable")
    else:
        host.rule(stanza, "iq to resource", (match,))
        match.send(stanza.stamped)
