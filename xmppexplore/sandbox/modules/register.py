"""The account of who is logged in: its name, another password, its end (XEP-0077 §3.2, §3.3).

Making an account comes before login, and is in :mod:`~xmppexplore.sandbox.negotiation`.
"""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import UsageError
from xmppexplore.sandbox.addresses import BadAddress, localpart
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Hook, Host, Module
from xmppexplore.sandbox.markup import text
from xmppexplore.sandbox.stanza import Addressee, Stanza
from xmppexplore.wire.element import Element

__all__ = ["MODULE"]

_QUERY: Final = names.qualified(names.REGISTER, "query")
_REMOVE: Final = names.qualified(names.REGISTER, "remove")
_HERE: Final[tuple[Addressee, ...]] = ("own", "server")


def _get(_host: Host, request: Stanza) -> str:
    """Say who is registered; a password is never told (§3.1)."""
    local = text(request.resource.address.local)
    return (
        f"<query xmlns='{names.REGISTER}'><registered/><username>{local}</username>"
        "<password/></query>"
    )


def _set(host: Host, request: Stanza) -> None:
    """Give the account another password (§3.3)."""
    query, local = request.element.children[0], request.resource.address.local
    name, password = _field(query, "username"), _field(query, "password")
    if host.accounts[local].credentials is None:
        raise stanza_fault("not-allowed", "a guest has no password")
    if not name or not password:
        raise stanza_fault("bad-request", "give a username and a password")
    try:
        own = localpart(name) == local
    except BadAddress:
        own = False
    if not own:
        raise stanza_fault("bad-request", "the username is not that of this account")
    notes = request.resource.notes
    notes["register"] = changes = notes.get("register", 0) + 1
    if changes > host.limits.passwords:  # each is hashed some thousand times
        raise stanza_fault("resource-constraint", "too many passwords; connect again")
    host.password_chosen()
    try:
        host.change_password(local, password)
    except UsageError as error:
        raise stanza_fault("not-acceptable", str(error)) from error


def _field(query: Element, name: str) -> str:
    found = query.find(names.qualified(names.REGISTER, name))
    return found.text if found is not None else ""


def _remove(host: Host, stanza: Stanza) -> bool:
    """Take the account away; its streams end behind the result (§3.2)."""
    query = stanza.element.children[0]
    if query.find(_REMOVE) is None:
        return False
    if len(query.children) > 1:
        words = "<remove/> stands alone"
        host.rule(stanza, "answered with error", detail="bad-request")
        host.refuse(stanza, "bad-request", words)
        return True
    host.rule(stanza, "account removed")
    host.reply(stanza)
    host.remove_account(stanza.resource.address.local)
    return True


MODULE: Final = Module(
    name="register",
    document="XEP-0077",
    answers=(Answer(_QUERY, "get", _get, _HERE), Answer(_QUERY, "set", _set, _HERE)),
    hooks=(Hook("sent", "iq", _remove, frozenset({"set"}), frozenset(_HERE), _QUERY),),
    features={"server": (names.REGISTER,)},
)
