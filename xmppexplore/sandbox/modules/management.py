"""What becomes of stanzas that nobody acknowledged, once their session is over (XEP-0198 §5).

They are treated as if they had been sent to a resource that is not there: a message goes to
another resource or is stored, or its sender is told; a request is refused.  What another
connected resource got as well, itself or as a copy, is that one's alone from then on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.delivery import deliver_message
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.managed import COPIES, TRANSIENT, UNACKNOWLEDGED, Managed, Sent
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.returned import returned
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.records import IQ, MESSAGE

__all__ = ["MODULE"]


def _managed(resource: Resource) -> Managed | None:
    managed: Managed | None = resource.notes.get("management")
    return managed


def _note(_host: Host, stanza: Stanza) -> bool:
    """Remember of what was just written whose delivery it is, to know who else has it."""
    for resource in stanza.reached:
        managed = _managed(resource)
        if managed is not None:
            managed.note(stanza, stanza.stamped)
    for resource, data in stanza.copies:
        managed = _managed(resource)
        if managed is not None:
            managed.note(stanza, data)
    return False


def _ended(host: Host, resource: Resource) -> None:
    managed = _managed(resource)
    account = host.accounts.get(resource.address.local)
    if managed is None or account is None:
        return
    for sent in managed.close():
        if sent.stanza is None:
            _take_up(host, account, sent)
        elif not _held_elsewhere(account, sent.stanza):
            sent.data = sent.stanza.stamped  # where it was a copy: the message itself
            _take_up(host, account, sent)


def _held_elsewhere(account: Account, stanza: Stanza) -> bool:
    holders = (*stanza.reached, *(resource for resource, _ in stanza.copies))
    return any(account.resources.get(one.address.resource) is one for one in holders)


def _take_up(host: Host, account: Account, sent: Sent) -> None:
    """Treat a stanza as if it came now, for an account without that resource."""
    stanza = returned(host, account, sent.data, sent.at)
    if stanza is None:
        return
    item = stanza.item
    if item.kind == IQ and item.type in ("get", "set"):
        host.rule(stanza, "iq without match")
        host.refuse(stanza, "service-unavailable")
    elif item.kind == MESSAGE and item.payload not in COPIES:
        _to_account(stanza)
        deliver_message(host, stanza)


def _to_account(stanza: Stanza) -> None:
    """Let a message that can be stored go to any resource, or to none for now.

    By RFC 6121 §8.5.3.2.1 one of type ``normal`` to a full address could only be refused;
    but its sender may have been told already that the server has it.
    """
    if stanza.to is not None and stanza.item.type not in TRANSIENT:
        stanza.to = stanza.to._replace(resource="")
        stanza.addressee = "account"


def _load(host: Host) -> None:
    """Store what was not acknowledged when the server was killed (XEP-0160).

    A message that several sessions had not acknowledged is one message.
    """
    taken: Counter[tuple[str, bytes]] = Counter()
    seen: defaultdict[str, Counter[tuple[str, bytes]]] = defaultdict(Counter)
    owners = set()
    for owner, session, _number, data, at in list(host.storage.rows(UNACKNOWLEDGED)):
        local, written = str(owner), bytes(data)  # type: ignore[arg-type]
        owners.add(local)
        account = host.accounts.get(local)
        key = (local, written)
        seen[str(session)][key] += 1
        if account is None or seen[str(session)][key] <= taken[key]:
            continue
        taken[key] += 1
        stanza = returned(host, account, written, float(at))
        if stanza is not None:
            _to_account(stanza)
            host.hooked("undelivered", stanza)
    for local in owners:
        host.storage.drop(UNACKNOWLEDGED, local)


MODULE: Final = Module(
    name="management",
    document="XEP-0198",
    hooks=(Hook("delivered", "message", _note),),
    events={"ended": _ended},
    tables=(UNACKNOWLEDGED,),
    load=_load,
)
