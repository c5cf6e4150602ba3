"""The contact list that all accounts share (RFC 6121 §2): everybody else, subscription both."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]


def _get(host: Host, request: Stanza) -> str:
    """All other accounts; without a version, since the list never changes (§2.1.4)."""
    own = request.resource.address
    items = "".join(
        f"<item{attributes({'jid': account.address.bare, 'name': account.address.local})}"
        " subscription='both'/>"
        for account in host.accounts.values()
        if account.address.local != own.local
    )
    return f"<query xmlns='{names.ROSTER}'>{items}</query>"


def _set(_host: Host, _request: Stanza) -> None:
    words = "all accounts of this sandbox share one contact list, which cannot be changed"
    raise StanzaError(words, condition="not-allowed", text=words)


def _other(_host: Host, _request: Stanza) -> None:
    words = "the contact list of another account"
    raise StanzaError(words, condition="forbidden", text=words)  # §2.1.5, §2.3.3


_QUERY: Final = names.qualified(names.ROSTER, "query")

MODULE: Final = Module(
    name="roster",
    document="RFC 6121 §2",
    answers=(
        Answer(_QUERY, "get", _get, ("own",)),
        Answer(_QUERY, "set", _set, ("own",)),
        Answer(_QUERY, "get", _other, ("account",)),
        Answer(_QUERY, "set", _other, ("account",)),
    ),
    features={"server": (names.ROSTER,)},
)
