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
from xmppexplore.sandbox.visibility import sees

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


# Act -> the rules by which it is done, for a bare address and for a full one without match.
_RULES: Final[Mapping[Act, tuple[str, str]]] = {
    "best": ("message to best", "chat instead"),
    "all": ("headline to all", "headline to all"),
    "refuse": ("groupchat to account", "message without match"),
    "store": ("nobody takes it", "nobody takes it"),
    "ignore": ("headline unseen", "headline unseen"),
}
_SECTIONS: Final[Mapping[tuple[Situation, bool], str]] = {
    ("no resource", False): "RFC 6121 §8.5.2.2.1",
    ("negative only", False): "RFC 6121 §8.5.2.2.1",
    ("available", False): "RFC 6121 §8.5.2.1.1",
}
"""Where the rules of a cell are written; for a full address without match it is §8.5.3.2.1."""


def _rule(host: Host, stanza: Stanza, where: Situation, *, full: bool, act: Act) -> None:
    if where == "no account":
        host.rule(stanza, "message to nobody" if act == "ignore" else "no such account")
        return
    section = _SECTIONS.get((where, full), "RFC 6121 §8.5.3.2.1")
    host.rule(stanza, _RULES[act][full], stanza.reached, section=section)


def deliver_message(host: Host, stanza: Stanza) -> None:
    """Deliver, store, refuse or ignore a message for a local account (RFC 6121 §8.5)."""
    account = stanza.account
    # Without ``to`` a message is for the sender's own bare address (RFC 6120 §10.3.1).
    address = stanza.to
    full = bool(address is not None and address.resource)
    if account is not None and address is not None and full:
        match = account.resources.get(address.resource)
        if match is not None:
            stanza.reached.append(match)
            host.rule(stanza, "message to resource", stanza.reached)
            match.send(stanza.stamped)
            return
    kind = stanza.item.type
    if kind == "error":
        host.rule(stanza, "error without match")
        return
    if kind not in _KNOWN_TYPES:  # also where absent (RFC 6121 §5.2.2)
        kind = "normal"
    where = situation(account)
    act = MESSAGES[where, full][kind]
    if act == "store" and host.hooked("undelivered", stanza):
        return
    if act in ("best", "all") and account is not None:
        stanza.reached += _takers(account, act)
    _rule(host, stanza, where, full=full, act=act)
    if stanza.reached:
        data = stanza.stamped
        for resource in list(stanza.reached):
            resource.send(data)
    elif act != "ignore":
        host.refuse(stanza, "service-unavailable")


def deliver_iq(host: Host, stanza: Stanza) -> None:
    """Deliver an iq to the resource it names, or refuse it (RFC 6121 §8.5.3).

    The answer is the same where the resource is not there, and where the sender may not know
    that it is.
    """
    match = host.resource(stanza.to) if stanza.to is not None else None
    if match is None:
        host.rule(stanza, "iq without match")
        host.refuse(stanza, "service-unavailable")
    elif stanza.item.type in ("get", "set") and not _may_ask(host, stanza, match):
        host.rule(stanza, "iq of a stranger")
        host.refuse(stanza, "service-unavailable")
    else:
        host.rule(stanza, "iq to resource", (match,))
        match.send(stanza.stamped)


def _may_ask(host: Host, stanza: Stanza, match: Resource) -> bool:
    """Tell whether the sender knows by presence that a resource is there (§8.5.3.1).

    Where any account may be used by anybody there is nothing to be kept from anybody, and
    programs that try each other out there seldom subscribe first.
    """
    if host.policy.any_account:
        return True
    sender, account = stanza.resource.address, stanza.account
    if account is not None and sees(sender, account):
        return True
    return sender in match.directed or sender._replace(resource="") in match.directed
