"""Bind 2: a resource, and what its session begins with, together with the login (XEP-0386)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.addresses import BadAddress, resourcepart
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.modules import carbons, client_state
from xmppexplore.sandbox.negotiation import management
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.sandbox.resources import Resource
from xmppexplore.wire.element import Element

__all__ = ["FEATURE"]

_BIND: Final = names.qualified(names.BIND2, "bind")
_TAG: Final = names.qualified(names.BIND2, "tag")
_NOTE: Final = "user agent"  # which installation a resource belongs to


class _Inline(NamedTuple):
    """What can be asked for inside ``<bind/>``.

    Attributes:
        element: Clark name of the request.
        run: does it, and returns what goes into ``<bound/>``.
        module: the module that it needs, ``""`` for none.
    """

    element: str
    run: Callable[[Negotiable, Resource, Element], str]
    module: str = ""


def _manage(stream: Negotiable, _resource: Resource, element: Element) -> str:
    return management.enable(stream, element)


def _copy(_stream: Negotiable, resource: Resource, _element: Element) -> str:
    carbons.enable(resource)
    return ""


def _deactivate(stream: Negotiable, resource: Resource, _element: Element) -> str:
    client_state.deactivate(stream.realm, resource)
    return ""


_REQUESTS: Final = (
    _Inline(names.qualified(names.CARBONS, "enable"), _copy, carbons.MODULE.name),
    _Inline(names.qualified(names.CSI, "inactive"), _deactivate, client_state.MODULE.name),
    _Inline(management.ENABLE, _manage),
)


def _installed(stream: Negotiable) -> list[_Inline]:
    there = {module.name for module in stream.realm.modules}
    return [request for request in _REQUESTS if not request.module or request.module in there]


def _inline_offer(stream: Negotiable) -> str:
    """Say what can be asked for inside ``<bind/>`` (§3.1)."""
    features = "".join(
        f"<feature{attributes({'var': names.split_qualified(request.element)[0]})}/>"
        for request in _installed(stream)
    )
    return f"<bind xmlns='{names.BIND2}'><inline>{features}</inline></bind>"


def _bind(stream: Negotiable, element: Element) -> str:
    """Bind a resource, then do what its session shall begin with (§3.2).

    Where nothing can be bound there is no ``<bound/>``; the client may try the older way.
    """
    account = stream.account
    if account is None or stream.resource is not None:  # it is resumed already
        return ""
    _end_earlier(stream)
    try:
        resource = stream.realm.bind(stream, account, _name(stream, element))
    except StanzaError:
        return ""
    resource.notes[_NOTE] = stream.user_agent.id
    stream.take_place(resource)
    answers = [
        request.run(stream, resource, wanted)
        for request in _installed(stream)
        if (wanted := element.find(request.element)) is not None
    ]
    content = "".join(answers)
    return f"<bound xmlns='{names.BIND2}'" + (f">{content}</bound>" if content else "/>")


def _end_earlier(stream: Negotiable) -> None:
    """End earlier sessions of the same installation, which cannot use them any more (§3.2)."""
    account, agent = stream.account, stream.user_agent.id
    if account is not None and agent:
        for other in list(account.resources.values()):
            if other.notes.get(_NOTE) == agent:
                stream.realm.displace(other)


def _name(stream: Negotiable, element: Element) -> str:
    """Return the resourcepart: the client's tag, if it can stand there, and one of ours.

    Ours is the same for each session of an installation, and does not show its id (§3.2.1).
    """
    child = element.find(_TAG)
    tag, agent = child.text.strip() if child is not None else "", stream.user_agent.id
    own = stream.realm.pseudonym(agent, tag) if agent else stream.realm.tokens()[:16]
    if tag:
        try:
            return resourcepart(f"{tag}/{own}")
        except BadAddress:  # the session is worth more than its name
            pass
    return own


FEATURE: Final = Feature(
    name="bind2",
    document="XEP-0386",
    offer=lambda _stream: "",
    inline_offer=_inline_offer,
    inline={_BIND: _bind},
)
