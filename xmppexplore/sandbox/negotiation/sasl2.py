"""Login by SASL2 (XEP-0388): in one round trip, without a restart, with more than login in it."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox import mechanisms, sasl
from xmppexplore.sandbox.conditions import sasl2_failure
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.markup import text
from xmppexplore.sandbox.negotiation import attempt
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable, UserAgent
from xmppexplore.wire.element import Element

__all__ = ["FEATURE"]

_AUTHENTICATE: Final = names.qualified(names.SASL2, "authenticate")
_INITIAL_RESPONSE: Final = names.qualified(names.SASL2, "initial-response")
_RESPONSE: Final = names.qualified(names.SASL2, "response")
_ABORT: Final = names.qualified(names.SASL2, "abort")
_USER_AGENT: Final = names.qualified(names.SASL2, "user-agent")
_SOFTWARE: Final = names.qualified(names.SASL2, "software")
_DEVICE: Final = names.qualified(names.SASL2, "device")
_LONGEST: Final = 255  # characters of what a client calls itself that are kept


def _offer(stream: Negotiable) -> str:
    if not attempt.may_log_in(stream):
        return ""
    offered = mechanisms.offered(stream.realm, stream.secured_by, secure=stream.secure)
    if not offered:
        return ""
    listed = "".join(f"<mechanism>{name}</mechanism>" for name in offered)
    inline = stream.inline_offer()
    with_login = f"<inline>{inline}</inline>" if inline else ""
    return f"<authentication xmlns='{names.SASL2}'>{listed}{with_login}</authentication>"


def _authenticate(stream: Negotiable, element: Element) -> None:
    """Begin an exchange; what else is asked for waits until it has succeeded."""
    stream.request = element
    stream.user_agent = _user_agent(element)
    initial = element.find(_INITIAL_RESPONSE)
    content = initial.text if initial is not None else None
    attempt.begin(stream, _PROFILE, element.get("mechanism") or "", content)


def _user_agent(element: Element) -> UserAgent:
    agent = element.find(_USER_AGENT)
    if agent is None:
        return UserAgent()
    software, device = agent.find(_SOFTWARE), agent.find(_DEVICE)
    return UserAgent(
        (agent.get("id") or "")[:_LONGEST],
        software.text[:_LONGEST] if software is not None else "",
        device.text[:_LONGEST] if device is not None else "",
    )


def _respond(stream: Negotiable, element: Element) -> None:
    attempt.go_on(stream, _PROFILE, element.text)


def _abort(stream: Negotiable, _element: Element) -> None:
    attempt.abort(stream, _PROFILE)


def _out_of_order(stream: Negotiable, _element: Element) -> None:
    attempt.out_of_order(stream, _PROFILE)


def _challenge(message: bytes | None) -> str:
    return f"<challenge xmlns='{names.SASL2}'>{sasl.encode(message or b'')}</challenge>"


def _succeed(stream: Negotiable, proved: sasl.Proved) -> None:
    """Do what was asked for with the login, then tell the success and new features.

    There is no restart, so that the ``from`` of the one header has to be right already.
    """
    account, sender, request = proved.account, stream.sender, stream.request
    if sender is not None and sender._replace(resource="") != account.address:
        stream.realm.forget_guest(account)
        raise sasl.refused("invalid-authzid", "the stream header is from somebody else")
    stream.request = None
    answers, late = stream.go_in(account, request)
    if stream.phase != "ended":
        who = stream.resource.address if stream.resource is not None else account.address
        data = sasl.encode(proved.data)
        stream.write(
            f"<success xmlns='{names.SASL2}'>"
            + (f"<additional-data>{data}</additional-data>" if data else "")
            + f"<authorization-identifier>{text(str(who))}</authorization-identifier>"
            + f"{answers}</success>"
        )
        for mark in (effect for effect in late if isinstance(effect, Mark)):
            stream.emit(mark)
        late = [effect for effect in late if not isinstance(effect, Mark)]
        stream.offer()
    for effect in late:
        stream.emit(effect)


_PROFILE: Final = attempt.Profile(names.SASL2, sasl.decode, _challenge, sasl2_failure, _succeed)

FEATURE: Final = Feature(
    name="sasl2",
    document="XEP-0388",
    offer=_offer,
    acts={
        ("login", _AUTHENTICATE): _authenticate,
        ("login", _RESPONSE): _out_of_order,
        ("login", _ABORT): _abort,
        ("sasl", _AUTHENTICATE): _authenticate,
        ("sasl", _RESPONSE): _respond,
        ("sasl", _ABORT): _abort,
    },
)
