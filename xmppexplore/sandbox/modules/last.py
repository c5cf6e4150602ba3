"""Last activity: how long ago somebody left, and how long the server is up (XEP-0012)."""

from __future__ import annotations

from typing import Final, NamedTuple

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Hook, Host, Module
from xmppexplore.sandbox.markup import attributes, text
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import Table
from xmppexplore.sandbox.visibility import sees

__all__ = ["LAST", "MODULE"]

LAST: Final = Table("last", (), ("left_at", "status"))
"""When an account was last available, in seconds since 1970 (UTC), and its words then."""

_QUERY: Final = names.qualified(names.LAST, "query")
_STATUS: Final = names.qualified(names.CLIENT, "status")
LONGEST_STATUS: Final = 1000
"""Characters of a farewell that are kept; nobody reads more."""


class _Left(NamedTuple):
    at: float
    status: str


def _uptime(host: Host, _request: Stanza) -> str:
    """How long the server is up (§5)."""
    return _query(host.clock() - host.started)


def _idle(host: Host, request: Stanza) -> str:
    """How long ago an account left; 0 while it is there, or was never seen (§3)."""
    account = request.account
    if account is None or not sees(request.resource.address, account):
        raise stanza_fault("forbidden", "only who gets the presence of an account may know")
    left: _Left | None = account.notes.get("last")
    if left is None or account.available():
        return _query(0)
    return _query(host.clock() - left.at, left.status)


def _query(seconds: float, status: str = "") -> str:
    # A clock may be set back.
    head = attributes({"xmlns": names.LAST, "seconds": str(max(0, int(seconds)))})
    return f"<query{head}>{text(status)}</query>" if status else f"<query{head}/>"


def _farewell(_host: Host, stanza: Stanza) -> bool:
    """Remember the words with which a resource leaves; it goes on its way."""
    if not stanza.item.recipient:
        status = stanza.element.find(_STATUS)
        stanza.resource.notes["last"] = status.text if status is not None else ""
    return False


def _gone(host: Host, resource: Resource) -> None:
    """Remember when an account left, by the last of its resources."""
    account = host.accounts[resource.address.local]
    status = resource.notes.pop("last", "")[:LONGEST_STATUS]
    if not account.available():
        left = account.notes["last"] = _Left(host.clock(), status)
        if account.credentials is not None:  # a guest comes only once
            host.storage.put(LAST, account.address.local, left.at, left.status)


def _load(host: Host) -> None:
    for owner, at, status in host.storage.rows(LAST):
        account: Account | None = host.accounts.get(str(owner))
        if account is not None:
            account.notes["last"] = _Left(float(at), str(status))


MODULE: Final = Module(
    name="last",
    document="XEP-0012",
    answers=(
        Answer(_QUERY, "get", _uptime, ("server",)),
        Answer(_QUERY, "get", _idle, ("own", "account")),
    ),
    hooks=(Hook("sent", "presence", _farewell, frozenset({"unavailable"}), frozenset({"own"})),),
    events={"unavailable": _gone},
    features={"server": (names.LAST,), "account": (names.LAST,)},
    tables=(LAST,),
    load=_load,
)
