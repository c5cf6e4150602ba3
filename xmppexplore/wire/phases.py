"""Which phase a connection is in after each item: one table, read by code, tests and docs.

A phase belongs to the row: it is the phase *after* that item.  What is not in the table
leaves the phase as it is.  TLS being up is not an item, so it comes as an argument.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from xmppexplore.names import (
    AUTH,
    BIND,
    BIND2,
    COMPONENT,
    DIALBACK,
    SASL,
    SASL2,
    STREAM_MANAGEMENT,
    STREAMS,
    TLS,
    qualified,
)
from xmppexplore.wire.records import DIRECTIONS, IN, KINDS, OUT, STANZA_KINDS, Item

__all__ = [
    "CHILDREN_MATTER",
    "PHASES",
    "ROLES",
    "STANZAS_MATTER",
    "START",
    "TRANSITIONS",
    "Transition",
    "advance",
]

PHASES: Final = (
    "opening",
    "tls",
    "secure",
    "sasl",
    "authenticated",
    "binding",
    "ready",
    "closing",
)
"""Phases of a connection; the code of a phase is its position here.

``opening``: header and features, nothing negotiated.  ``tls``: STARTTLS asked or answered.
``secure``: header and features under TLS.  ``sasl``: authentication goes on (also the
component's handshake and XEP-0078).  ``authenticated``: header and features after it.
``binding``: a resource was asked for.  ``ready``: stanzas flow.  ``closing``: a footer or
a stream error was seen.
"""
ROLES: Final = ("initiator", "receiver", "component", "peer")
"""What we are on a connection.

``initiator``: a client of a server.  ``receiver``: the server's side of such a connection.
``component``: an external component of a server (XEP-0114).  ``peer``: a server among
servers.
"""
START: Final = dict.fromkeys(ROLES, "opening")
"""The phase in which a connection of each role begins."""


class Transition(NamedTuple):
    """One line of the table: in ``phase``, ``sender`` says ``name``, and ``next`` follows.

    Attributes:
        phases: the phases in which the line applies.
        sender: ``"initiator"``, ``"receiver"`` or ``"either"``; of peers, always either.
        name: Clark name of the item; ``"header"``, ``"footer"``, ``"iq"``, ``"message"`` or
            ``"presence"`` for those kinds.
        next: the phase after the item.
        section: where this is defined.
        type: the ``type`` that the item must have, ``""`` for any.
        payload: Clark name of a child that the item must have, ``""`` for any.
        tls: whether TLS must be up.
        roles: the roles for which the line holds.
    """

    phases: tuple[str, ...]
    sender: str
    name: str
    next: str
    section: str
    type: str = ""
    payload: str = ""
    tls: bool = False
    roles: tuple[str, ...] = ROLES


_OPEN = PHASES[:-1]
_BEFORE_SASL = ("opening", "tls", "secure", "sasl")
_AFTER_SASL = ("authenticated", "binding", "ready")
_STREAMS_OF_CLIENTS = ("initiator", "receiver", "component")
_BIND = qualified(BIND, "bind")
_SUCCESS2 = qualified(SASL2, "success")

TRANSITIONS: Final = (
    Transition(_OPEN, "either", "footer", "closing", "RFC 6120 §4.4"),
    Transition(_OPEN, "either", qualified(STREAMS, "error"), "closing", "RFC 6120 §4.9.1.1"),
    Transition(("opening", "tls"), "either", "header", "secure", "RFC 6120 §5.4.3.3", tls=True),
    Transition(("opening",), "initiator", qualified(TLS, "starttls"), "tls", "RFC 6120 §5.4.2.1"),
    Transition(("opening",), "receiver", qualified(TLS, "proceed"), "tls", "RFC 6120 §5.4.2.3"),
    Transition(_BEFORE_SASL, "initiator", qualified(SASL, "auth"), "sasl", "RFC 6120 §6.4.2"),
    Transition(_BEFORE_SASL, "initiator", qualified(SASL2, "authenticate"), "sasl", "XEP-0388"),
    # Only after success does a stream restart, so the header alone tells it (§6.4.6).
    Transition(
        ("sasl",),
        "either",
        "header",
        "authenticated",
        "RFC 6120 §6.4.6",
        roles=_STREAMS_OF_CLIENTS,
    ),
    Transition(("sasl",), "either", "header", "ready", "RFC 6120 §4.3.5", roles=("peer",)),
    Transition(
        ("sasl",), "receiver", _SUCCESS2, "ready", "XEP-0386", payload=qualified(BIND2, "bound")
    ),
    Transition(
        ("sasl",),
        "receiver",
        _SUCCESS2,
        "ready",
        "XEP-0198 §5",
        payload=qualified(STREAM_MANAGEMENT, "resumed"),
    ),
    Transition(("sasl",), "receiver", _SUCCESS2, "authenticated", "XEP-0388"),
    Transition(
        ("authenticated",), "initiator", "iq", "binding", "RFC 6120 §7.6", "set", payload=_BIND
    ),
    Transition(("binding",), "receiver", "iq", "ready", "RFC 6120 §7.6.1", "result"),
    Transition(("binding",), "receiver", "iq", "authenticated", "RFC 6120 §7.6.2", "error"),
    Transition(
        _AFTER_SASL,
        "receiver",
        qualified(STREAM_MANAGEMENT, "resumed"),
        "ready",
        "XEP-0198 §5",
    ),
    # A resource was bound inside SASL2 where the first stanza comes without asking for one.
    Transition(("authenticated",), "either", "message", "ready", "RFC 6120 §4.3.5"),
    Transition(("authenticated",), "either", "presence", "ready", "RFC 6120 §4.3.5"),
    Transition(("authenticated",), "either", "iq", "ready", "RFC 6120 §4.3.5"),
    Transition(
        ("opening", "secure"),
        "initiator",
        "iq",
        "sasl",
        "XEP-0078 §3.1",
        "set",
        payload=qualified(AUTH, "query"),
    ),
    Transition(("sasl",), "receiver", "iq", "ready", "XEP-0078 §3.1", "result"),
    Transition(
        ("opening", "secure"), "initiator", qualified(COMPONENT, "handshake"), "sasl", "XEP-0114 §3"
    ),
    Transition(("sasl",), "receiver", qualified(COMPONENT, "handshake"), "ready", "XEP-0114 §3"),
    Transition(
        ("opening", "secure", "sasl"),
        "either",
        qualified(DIALBACK, "result"),
        "ready",
        "XEP-0220 §2.4",
        "valid",
        roles=("peer",),
    ),
)
"""The table.  Of several lines that apply, the first counts."""

STANZAS_MATTER: Final = frozenset(
    phase
    for line in TRANSITIONS
    for phase in line.phases
    if line.name in {KINDS[kind] for kind in STANZA_KINDS}
)
"""The phases in which a stanza can change the phase; elsewhere a row of one need not ask."""

CHILDREN_MATTER: Final = frozenset(
    line.name for line in TRANSITIONS if line.payload and line.name.startswith("{")
)
"""Clark names of items of which all children count, and not the first alone."""

_SENDER_OF: Final = {
    ("initiator", OUT): "initiator",
    ("initiator", IN): "receiver",
    ("component", OUT): "initiator",
    ("component", IN): "receiver",
    ("receiver", IN): "initiator",
    ("receiver", OUT): "receiver",
}


def _index() -> dict[tuple[str, str, int, str], tuple[Transition, ...]]:
    index: dict[tuple[str, str, int, str], tuple[Transition, ...]] = {}
    for line in TRANSITIONS:
        for role in line.roles:
            for direction in range(len(DIRECTIONS)):
                sender = _SENDER_OF.get((role, direction), "either")
                if "either" not in (sender, line.sender) and sender != line.sender:
                    continue
                for phase in line.phases:
                    key = (role, phase, direction, line.name)
                    index[key] = (*index.get(key, ()), line)
    return index


_INDEX: Final = _index()
_NAMED_BY_KIND: Final = frozenset({"header", "footer", "message", "presence", "iq"})


def advance(
    role: str,
    phase: str,
    direction: int,
    item: Item,
    tls: bool,
    children: tuple[str, ...] = (),
) -> str:
    """Return the phase of a connection after ``item``.

    Never raises: an unknown role, phase or item leaves the phase as it is.

    Args:
        role: one of :data:`ROLES`.
        phase: the phase before the item, one of :data:`PHASES`.
        direction: :data:`~xmppexplore.wire.records.IN` or ``OUT``.
        item: the item.
        tls: whether the connection was under TLS when the item went over it.
        children: Clark names of the item's children, where known; looked at for the items
            in :data:`CHILDREN_MATTER` alone.

    >>> from xmppexplore.wire.records import NONZA
    >>> auth = Item(9, NONZA, "auth", "urn:ietf:params:xml:ns:xmpp-sasl")
    >>> advance("initiator", "secure", OUT, auth, tls=True)
    'sasl'
    """
    kind = KINDS[item.kind]
    if kind == "nonza":
        name = qualified(item.namespace, item.name)
    elif kind in _NAMED_BY_KIND:
        name = kind
    else:  # an unfinished stream error, say, has told nothing yet
        return phase
    for line in _INDEX.get((role, phase, direction, name), ()):
        if line.type and line.type != item.type:
            continue
        if line.tls and not tls:
            continue
        if line.payload and line.payload != item.payload and line.payload not in children:
            continue
        return line.next
    return phase
