"""Registering an account before login (XEP-0077 §3.1)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.sandbox.addresses import BadAddress, localpart
from xmppexplore.sandbox.conditions import stanza_error, stanza_fault
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.records import Item

__all__ = ["FEATURE"]

_QUERY: Final = names.qualified(names.REGISTER, "query")
_FIELDS: Final = (
    f"<query xmlns='{names.REGISTER}'>"
    "<instructions>Choose a name and a password for your account.</instructions>"
    "<username/><password/></query>"
)


def _offer(stream: Negotiable) -> str:
    """Return the feature (§8); TLS comes before it, since a password is sent."""
    if stream.account is not None or (stream.tls and not stream.secure):
        return ""
    return (
        f"<register xmlns='{names.REGISTER_FEATURE}'/>" if stream.realm.policy.registration else ""
    )


def _request(stream: Negotiable, item: Item, raw: bytes) -> None:
    """Answer with the fields, or make an account."""
    if item.type in ("result", "error"):
        raise stream_fault("not-authorized", "log in and bind a resource first")
    head = {"id": item.id, "from": item.recipient}
    try:
        payload = _answer(stream, item, parse(raw, stream.context))
    except StanzaError as refusal:  # without what was sent: it holds a password
        error = stanza_error(refusal.condition, refusal.type, refusal.text)
        stream.write(f"<iq{attributes({'type': 'error', **head})}>{error}</iq>")
    else:
        stream.write(f"<iq{attributes({'type': 'result', **head})}>{payload}</iq>")


def _answer(stream: Negotiable, item: Item, request: Element) -> str:
    if not stream.realm.policy.registration:
        raise stanza_fault("service-unavailable", "accounts are not made in-band here")
    if stream.tls and not stream.secure:
        raise stanza_fault("policy-violation", "start TLS first")
    if not item.id or item.type not in ("get", "set") or len(request.children) != 1:
        raise stanza_fault("bad-request", "register with an iq that has an id and one child")
    if item.type == "set":
        _register(stream, request.children[0])
        return ""
    return _FIELDS


def _register(stream: Negotiable, query: Element) -> None:
    """Make the account that is asked for."""
    realm, limits = stream.realm, stream.realm.limits
    stream.registrations += 1
    if stream.registrations > limits.registrations:
        raise stanza_fault("not-acceptable", "too many attempts to register")  # §3.1.1
    if query.find(names.qualified(names.REGISTER, "remove")) is not None:
        raise stanza_fault("unexpected-request", "log in first")  # §3.2
    name, password = (
        found.text if found is not None else ""
        for found in (query.find(names.qualified(names.REGISTER, field)) for field in _ASKED)
    )
    if not name or not password:
        raise stanza_fault("not-acceptable", "give a username and a password")
    try:
        local = localpart(name)
    except BadAddress as error:
        raise stanza_fault("not-acceptable", str(error)) from error
    if local in realm.accounts:
        raise stanza_fault("conflict", "there is an account of this name")
    if len(realm.accounts) >= limits.accounts:
        raise stanza_fault("resource-constraint", "there are too many accounts")
    realm.password_chosen()
    try:
        realm.add_account(name, password)
    except UsageError as error:
        raise stanza_fault("not-acceptable", str(error)) from error


_ASKED: Final = ("username", "password")


FEATURE: Final = Feature(
    name="registering",
    document="XEP-0077",
    offer=_offer,
    requests={("login", _QUERY): _request},
)
