"""Private XML: what a client keeps at its server for later, and for nobody else (XEP-0049).

A fragment is known by the qualified name of its root.  The document knows it by its
namespace alone, but lets one namespace hold several.
"""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.markup import attribute
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import Table
from xmppexplore.wire.element import Element
from xmppexplore.wire.serialise import to_xml

__all__ = ["MODULE", "PRIVATE"]

PRIVATE: Final = Table("private", ("name",), ("xml",))
"""Clark name of the root -> the fragment."""

_QUERY: Final = names.qualified(names.PRIVATE, "query")


def _kept(account: Account) -> dict[str, str]:
    """Return the fragments of an account by the Clark name of their roots."""
    kept: dict[str, str] = account.notes.setdefault("private", {})
    return kept


def _roots(request: Stanza) -> tuple[Element, ...]:
    """Return the fragments that a request names: at least one, all of one namespace (§2.3)."""
    roots = request.element.children[0].children
    namespaces = {root.namespace for root in roots}
    if namespaces & {"", names.PRIVATE}:
        raise stanza_fault("not-acceptable", "give elements of a namespace of their own")
    if len(namespaces) != 1 or (len(roots) > 1 and request.item.type == "get"):
        raise stanza_fault(
            "bad-request", "name one namespace at a time, and one element where it is asked for"
        )
    return roots


def _get(host: Host, request: Stanza) -> str:
    """Return a fragment; one that was never kept comes back empty."""
    [root] = _roots(request)
    kept = _kept(host.accounts[request.resource.address.local])
    empty = f"<{root.name} xmlns='{attribute(root.namespace)}'/>"
    return f"<query xmlns='{names.PRIVATE}'>{kept.get(root.qualified, empty)}</query>"


def _set(host: Host, request: Stanza) -> None:
    """Keep fragments in place of those of the same name; an empty one is let go."""
    account = host.accounts[request.resource.address.local]
    owner = account.address.local
    given = {root.qualified: root for root in _roots(request)}
    after = dict(_kept(account))
    for name, root in given.items():
        after.pop(name, None)
        if root.children or root.text or root.attributes:
            after[name] = to_xml(root)
    if sum(len(xml.encode()) for xml in after.values()) > host.limits.private_bytes:
        raise stanza_fault(
            "resource-constraint",
            f"no more than {host.limits.private_bytes} bytes are kept for one account",
        )
    account.notes["private"] = after
    for name in given:
        if name in after:
            host.storage.put(PRIVATE, owner, name, after[name])
        else:
            host.storage.drop(PRIVATE, owner, name)


def _other(_host: Host, _request: Stanza) -> None:
    raise stanza_fault("forbidden", "what another account keeps is private")  # §3


def _load(host: Host) -> None:
    for owner, name, xml in host.storage.rows(PRIVATE):
        account = host.accounts.get(str(owner))
        if account is not None:
            _kept(account)[str(name)] = str(xml)


MODULE: Final = Module(
    name="private",
    document="XEP-0049",
    answers=(
        Answer(_QUERY, "get", _get, ("own",)),
        Answer(_QUERY, "set", _set, ("own",)),
        Answer(_QUERY, "get", _other, ("account",)),
        Answer(_QUERY, "set", _other, ("account",)),
    ),
    features={"server": (names.PRIVATE,)},
    tables=(PRIVATE,),
    load=_load,
)
