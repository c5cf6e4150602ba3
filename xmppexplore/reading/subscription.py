"""Subscription states, told from the wire alone: the tables of RFC 6121 Appendix A.

A server keeps one of nine states for each contact of an account.  No stanza ever names it;
what can be known is which states are left, so what is known here is a set of them.  A roster
item narrows it to the one or two that look like this in a roster: a request that waits for
an answer (``Pending In``) is in none.  A subscription stanza moves every state of the set
as the tables say.

These tables know nothing of the sandbox's own: two that agree prove something only then.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "ANY",
    "INBOUND",
    "LONG_NAMES",
    "NAMES",
    "OUTBOUND",
    "STATES",
    "UNKNOWN",
    "VISIBLE",
    "Move",
    "States",
    "arrived",
    "exact",
    "following",
    "moved",
    "name_of",
    "reachable",
    "removed",
    "told",
]

States = frozenset[str]
"""The states that are still possible: names of :data:`STATES`."""

LONG_NAMES: Final = {
    "None": "None",
    "None+PO": "None + Pending Out",
    "None+PI": "None + Pending In",
    "None+PO+PI": "None + Pending Out+In",
    "To": "To",
    "To+PI": "To + Pending In",
    "From": "From",
    "From+PO": "From + Pending Out",
    "Both": "Both",
}
"""Short name of a state -> its name in RFC 6121 A.1."""

STATES: Final = tuple(LONG_NAMES)
"""Short names of the nine states, in the order of RFC 6121 A.1."""

UNKNOWN: Final = "unknown"
"""The name where more is open than whether a request waits unseen."""

NAMES: Final = (*STATES, UNKNOWN)
"""Every name that :func:`name_of` gives."""

ANY: Final[States] = frozenset(STATES)
"""Nothing is known."""

OUTBOUND: Final = {
    "subscribe": {"None": "None+PO", "None+PI": "None+PO+PI", "From": "From+PO"},
    "unsubscribe": {
        "None+PO": "None",
        "None+PO+PI": "None+PI",
        "To": "None",
        "To+PI": "None+PI",
        "From+PO": "From",
        "Both": "From",
    },
    "subscribed": {"None+PI": "From", "None+PO+PI": "From+PO", "To+PI": "Both"},
    "unsubscribed": {
        "None+PI": "None",
        "None+PO+PI": "None+PO",
        "To+PI": "To",
        "From": "None",
        "From+PO": "None+PO",
        "Both": "To",
    },
}
"""Type of what the user sends -> state -> new state; absent: no change (RFC 6121 A.2)."""

INBOUND: Final = {
    "subscribe": {"None": "None+PI", "None+PO": "None+PO+PI", "To": "To+PI"},
    "unsubscribe": OUTBOUND["unsubscribed"],
    "subscribed": {"None+PO": "To", "None+PO+PI": "To+PI", "From+PO": "Both"},
    "unsubscribed": OUTBOUND["unsubscribe"],
}
"""Type of what the contact sends -> state -> new state; absent: no change (RFC 6121 A.3).

A contact who takes back the own subscription ends the same half as a user who cancels it.
"""

VISIBLE: Final = {
    "None": ("none", ""),
    "None+PO": ("none", "subscribe"),
    "None+PI": ("none", ""),
    "None+PO+PI": ("none", "subscribe"),
    "To": ("to", ""),
    "To+PI": ("to", ""),
    "From": ("from", ""),
    "From+PO": ("from", "subscribe"),
    "Both": ("both", ""),
}
"""State -> ``subscription`` and ``ask`` of its roster item (RFC 6121 §2.1.2, A.1)."""

_LOOKS: Final = {
    look: frozenset(state for state in STATES if VISIBLE[state] == look)
    for look in VISIBLE.values()
}
_TABLES: Final = {"out": OUTBOUND, "in": INBOUND}


class Move(NamedTuple):
    """What one row did to what is known of one contact.

    Attributes:
        contact: bare address of the contact.
        before: the states that were possible before the row.
        after: those that are possible after it.
    """

    contact: str
    before: States
    after: States


def moved(states: States, way: str, type: str) -> States:
    """Return the states after a subscription stanza.

    Args:
        states: those possible before it.
        way: ``"out"`` where the user sent it, ``"in"`` where the contact did.
        type: its type; one that changes no subscription changes nothing.

    >>> sorted(moved(frozenset({"None"}), "out", "subscribe"))
    ['None+PO']
    """
    table = _TABLES[way].get(type, {})
    return frozenset(table.get(state, state) for state in states)


def arrived(states: States, type: str) -> States:
    """Return the states after a subscription stanza that the server let through to the user.

    It lets through what changes the state, and at each login a request that still waits
    (RFC 6121 §3.1.3, A.3); so a state in which it would have kept it back was not the state,
    unless every one of them is such: then the server is lenient, or this came late.
    """
    table = INBOUND.get(type, {})
    waiting = type == "subscribe"
    through = {one for one in states if one in table or (waiting and one.endswith("+PI"))}
    return moved(frozenset(through) or states, "in", type)


def told(states: States, subscription: str, ask: str) -> States:
    """Return the states after a roster item: those that look like it.

    Args:
        states: those possible before; where none of them looks like it, the item is right.
        subscription: of the item; what is no subscription counts as ``none``, its default.
        ask: of the item.

    >>> sorted(told(ANY, "none", ""))
    ['None', 'None+PI']
    """
    look = (subscription, "subscribe" if ask == "subscribe" else "")
    alike = _LOOKS.get(look) or _LOOKS.get((subscription, "")) or _LOOKS["none", look[1]]
    return (states & alike) or alike


def removed(states: States) -> States:
    """Return the states after the contact was taken off the roster (RFC 6121 §2.5).

    Both subscriptions end with it.  Whether a request that waited goes too, the rules leave
    open.
    """
    waiting = any(state.endswith("+PI") for state in states)
    return frozenset({"None", "None+PI"}) if waiting else frozenset({"None"})


def following(states: States) -> States:
    """Return every state to which one stanza leads from one of the states."""
    tables = (*OUTBOUND.values(), *INBOUND.values())
    return frozenset(table[state] for state in states for table in tables if state in table)


def reachable(states: States, later: States) -> bool:
    """Tell whether at most two stanzas lead from one of the states to one of the later ones.

    Two, because a request that was approved in advance is answered unseen (RFC 6121 §3.4).
    """
    after = following(states)
    return bool((states | after | following(after)) & later)


def name_of(states: States) -> str:
    """Return the short name of what is known, ``"unknown"`` where it has none.

    Where the only doubt is whether a request waits unseen, it is the name without it:
    :func:`exact` tells.

    >>> name_of(frozenset({"To", "To+PI"})), name_of(ANY)
    ('To', 'unknown')
    """
    shortest = min(states, key=len, default=UNKNOWN)
    return shortest if states <= {shortest, f"{shortest}+PI"} else UNKNOWN


def exact(states: States) -> bool:
    """Tell whether one state alone is left."""
    return len(states) == 1
