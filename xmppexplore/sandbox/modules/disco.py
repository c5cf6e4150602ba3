"""Service discovery: what is here and what it can do (XEP-0030)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]

_INFO: Final = names.qualified(names.DISCO_INFO, "query")
_ITEMS: Final = names.qualified(names.DISCO_ITEMS, "query")
_SERVER: Final = {"category": "server", "type": "im", "name": "xmppexplore sandbox"}
_ACCOUNT: Final = {"category": "account", "type": "registered"}


def _refuse_nodes(request: Stanza) -> None:
    """There are no nodes here (XEP-0030 §7)."""
    for query in request.element.children:
        if query.get("node"):
            raise StanzaError("", condition="item-not-found", text="there is no such node")


def _info(host: Host, request: Stanza) -> str:
    """Identity and features of the server or of an account (§3.1)."""
    _refuse_nodes(request)
    at_server = request.addressee == "server"
    identity = _SERVER if at_server else _ACCOUNT
    features = host.features("server" if at_server else "account")
    listed = "".join(f"<feature{attributes({'var': feature})}/>" for feature in features)
    return f"<query xmlns='{names.DISCO_INFO}'><identity{attributes(identity)}/>{listed}</query>"


def _items(_host: Host, request: Stanza) -> str:
    """The available resources of an account (§4.1); the server has no other services."""
    _refuse_nodes(request)
    account = request.account
    available = account.available() if account is not None else []
    items = "".join(f"<item{attributes({'jid': str(one.address)})}/>" for one in available)
    return f"<query xmlns='{names.DISCO_ITEMS}'>{items}</query>"


_BOTH: Final = (names.DISCO_INFO, names.DISCO_ITEMS)

MODULE: Final = Module(
    name="disco",
    document="XEP-0030",
    answers=(Answer(_INFO, "get", _info), Answer(_ITEMS, "get", _items)),
    features={"server": _BOTH, "account": _BOTH},
)
