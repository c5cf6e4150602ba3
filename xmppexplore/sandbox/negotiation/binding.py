"""Binding a resource (RFC 6120 §7)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.conditions import stanza_error, stanza_fault
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.markup import attributes, text
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import Item

__all__ = ["FEATURE"]

_BIND: Final = names.qualified(names.BIND, "bind")
_RESOURCE: Final = names.qualified(names.BIND, "resource")


def _offer(stream: Negotiable) -> str:
    wanted = stream.account is not None and stream.resource is None
    return f"<bind xmlns='{names.BIND}'/>" if wanted else ""


def _bind(stream: Negotiable, item: Item, raw: bytes) -> None:
    """Connect a resource (RFC 6120 §7.6, §7.7)."""
    account = stream.account
    element = parse(raw, stream.context)
    wanted = element.find(_BIND)
    if account is None or wanted is None:
        raise stream_fault("not-authorized", "log in first")
    try:
        if item.type != "set" or not item.id or len(element.children) != 1:
            raise stanza_fault("bad-request", "bind with one iq of type set that has an id")
        asked = wanted.find(_RESOURCE)
        resource = stream.realm.bind(stream, account, asked.text if asked is not None else "")
    except StanzaError as refusal:
        head = attributes({"type": "error", "id": item.id})
        error = stanza_error(refusal.condition, refusal.type, refusal.text)
        stream.write(f"<iq{head}>{error}</iq>")
        return
    stream.write(
        f"<iq{attributes({'type': 'result', 'id': item.id})}>"
        f"<bind xmlns='{names.BIND}'><jid>{text(str(resource.address))}</jid></bind></iq>"
    )
    stream.take_place(resource)


FEATURE: Final = Feature(
    name="binding",
    document="RFC 6120 §7",
    offer=_offer,
    requests={("binding", _BIND): _bind},
)
