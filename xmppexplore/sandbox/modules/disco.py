"""Service discovery: what is here and what it can do (XEP-0030)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.modules.caps import NODE, SERVER, verification
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.visibility import sees

__all__ = ["MODULE"]

_INFO: Final = names.qualified(names.DISCO_INFO, "query")
_ITEMS: Final = names.qualified(names.DISCO_ITEMS, "query")


def _node(request: Stanza) -> str:
    return request.element.children[0].get("node") or ""


def _no_such_node() -> StanzaError:
    return stanza_fault("item-not-found", "there is no such node")


def _server(host: Host, request: Stanza) -> str:
    """Identity and features of the server (§3.1), also by the node of its capabilities."""
    features, node = host.features("server"), _node(request)
    if node and node != f"{NODE}#{verification([SERVER], features)}":
        raise _no_such_node()
    return _info(SERVER, features, node)


def _account(host: Host, request: Stanza) -> str:
    """Identity and features of an account, to who gets its presence (§8)."""
    account = _seen(request)
    if _node(request):
        raise _no_such_node()
    kind = "registered" if account.credentials is not None else "anonymous"
    return _info({"category": "account", "type": kind}, host.features("account"), "")


def _seen(request: Stanza) -> Account:
    """Return the account that is asked, if it shows itself to who asks.

    To anybody else it is like one that does not exist: nobody finds out names by asking.
    For its items §8 would have an empty list in both cases, RFC 6121 §8.5.1 an error.
    """
    account = request.account
    if account is None or not sees(request.resource.address, account):
        raise stanza_fault("service-unavailable")
    return account


def _info(identity: dict[str, str], features: tuple[str, ...], node: str) -> str:
    listed = "".join(f"<feature{attributes({'var': feature})}/>" for feature in features)
    head = attributes({"xmlns": names.DISCO_INFO, "node": node})
    return f"<query{head}><identity{attributes(identity)}/>{listed}</query>"


def _resources(_host: Host, request: Stanza) -> str:
    """The available resources of an account, to who gets its presence (§8)."""
    account = _seen(request)
    if _node(request):
        raise _no_such_node()
    items = "".join(
        f"<item{attributes({'jid': str(one.address)})}/>" for one in account.available()
    )
    return f"<query xmlns='{names.DISCO_ITEMS}'>{items}</query>"


def _services(_host: Host, request: Stanza) -> str:
    """The other services of the server (§4.1): it has none."""
    if _node(request):
        raise _no_such_node()
    return f"<query xmlns='{names.DISCO_ITEMS}'/>"


_BOTH: Final = (names.DISCO_INFO, names.DISCO_ITEMS)

MODULE: Final = Module(
    name="disco",
    document="XEP-0030",
    answers=(
        Answer(_INFO, "get", _server, ("server",)),
        Answer(_INFO, "get", _account, ("own", "account")),
        Answer(_ITEMS, "get", _services, ("server",)),
        Answer(_ITEMS, "get", _resources, ("own", "account")),
    ),
    features={"server": _BOTH, "account": _BOTH},
)
