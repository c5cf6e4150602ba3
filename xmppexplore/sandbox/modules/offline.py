"""Messages for who is not there: kept, and delivered with the next presence (XEP-0160).

Whether a message may be stored at all is the table of
:mod:`~xmppexplore.sandbox.delivery`; here it is looked at what it holds.  One that only says
that somebody is typing is refused, and one whose sender asks that it is not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.delay import delayed
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.returned import read
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import Table
from xmppexplore.wire.records import KINDS

__all__ = ["MODULE", "OFFLINE", "Waiting", "waiting"]

OFFLINE: Final = Table("offline", ("place",), ("at", "stanza"))
"""The messages that wait: by their place in the queue, with the time at which they came."""

FEATURE: Final = "msgoffline"  # XEP-0160 §4

_STORE: Final = names.qualified(names.HINTS, "store")
_NO_STORE: Final = names.qualified(names.HINTS, "no-store")
_THREAD: Final = names.qualified(names.CLIENT, "thread")
_PASSING: Final = frozenset({names.CHAT_STATES, names.HINTS})
"""Namespaces of children that say nothing later: chat states (XEP-0085) and hints."""


class Waiting(NamedTuple):
    """A message that waits for its recipient.

    Attributes:
        place: its place in the queue of its account; later ones have greater numbers.
        at: when it came, in seconds since 1970 (UTC).
        sender: full address of the sender.
        kind: ``message``.
        type: its type as it was written.
        id: its id.
        data: its bytes, as it would have been delivered then.
    """

    place: int
    at: float
    sender: str
    kind: str
    type: str
    id: str
    data: bytes


class _Box:
    """The messages that wait for one account."""

    __slots__ = ("messages", "size")

    def __init__(self) -> None:
        self.messages: list[Waiting] = []
        self.size = 0  # bytes, of all of them

    def add(self, message: Waiting) -> None:
        self.messages.append(message)
        self.size += len(message.data)


def _box(account: Account) -> _Box:
    box: _Box = account.notes.setdefault("offline", _Box())
    return box


def waiting(account: Account) -> Sequence[Waiting]:
    """Return the messages that wait for an account, oldest first."""
    return tuple(_box(account).messages)


# --- coming


def _passing(stanza: Stanza) -> bool:
    """Tell whether a message holds nothing that would mean something later (§3)."""
    return all(
        child.namespace in _PASSING or child.qualified == _THREAD
        for child in stanza.element.children
    )


def _refusal(host: Host, stanza: Stanza, box: _Box) -> str:
    """Return the rule by which a message is not stored, ``""`` where it is."""
    limits, hints = host.limits, {child.qualified for child in stanza.element.children}
    if _NO_STORE in hints:
        return "message not to be stored"
    if _STORE not in hints and _passing(stanza):
        return "message not worth storing"
    size = box.size + len(stanza.raw)
    if len(box.messages) >= limits.offline_messages or size > limits.offline_bytes:
        return "offline storage full"
    return ""


def _store(host: Host, stanza: Stanza) -> bool:
    """Keep a message that nobody could take, or refuse it (§2)."""
    account = stanza.account
    if account is None:
        return False
    box, item = _box(account), stanza.item
    refusal = _refusal(host, stanza, box)
    if refusal:
        host.rule(stanza, refusal)
        host.refuse(stanza, "service-unavailable")
        return True
    host.rule(stanza, "message stored")
    place = box.messages[-1].place + 1 if box.messages else 0
    sender = str(stanza.resource.address)
    data = stanza.stamped
    box.add(Waiting(place, stanza.now, sender, stanza.kind, item.type, item.id, data))
    if account.credentials is not None:  # a guest comes only once
        host.storage.put(OFFLINE, account.address.local, place, stanza.now, data)
    return True


# --- going


def _deliver(host: Host, resource: Resource) -> None:
    """Give all of them to the first resource that takes messages, in their order (§2)."""
    account = host.accounts[resource.address.local]
    box = _box(account)
    if resource.priority < 0 or not box.messages:
        return
    account.notes["offline"] = _Box()
    host.storage.drop(OFFLINE, account.address.local)
    for message in box.messages:
        resource.send(delayed(message.data, message.at, host.domain))


def _load(host: Host) -> None:
    rows = [(str(owner), place, at, data) for owner, place, at, data in host.storage.rows(OFFLINE)]
    for owner, place, at, data in sorted(rows, key=lambda row: (row[0], int(row[1]))):
        account = host.accounts.get(owner)
        item = read(data) if isinstance(data, bytes) else None
        if account is not None and item is not None and isinstance(data, bytes):
            kind = KINDS[item.kind]
            _box(account).add(
                Waiting(int(place), float(at), item.sender, kind, item.type, item.id, data)
            )


MODULE: Final = Module(
    name="offline",
    document="XEP-0160",
    hooks=(Hook("undelivered", "message", _store),),
    events={"available": _deliver},
    features={"server": (FEATURE,)},
    tables=(OFFLINE,),
    load=_load,
)
