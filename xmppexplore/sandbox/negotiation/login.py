"""Login by SASL (RFC 6120 §6), and what it may be bound to (XEP-0440)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox import mechanisms, sasl
from xmppexplore.sandbox.conditions import sasl_failure
from xmppexplore.sandbox.credentials import PLUS
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.negotiation import attempt
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import Element

__all__ = ["FEATURE"]

_AUTH: Final = names.qualified(names.SASL, "auth")
_RESPONSE: Final = names.qualified(names.SASL, "response")
_ABORT: Final = names.qualified(names.SASL, "abort")


def _offer(stream: Negotiable) -> str:
    if not attempt.may_log_in(stream):
        return ""
    offered = mechanisms.offered(stream.realm, stream.secured_by, secure=stream.secure)
    listed = "".join(f"<mechanism>{name}</mechanism>" for name in offered)
    return f"<mechanisms xmlns='{names.SASL}'>{listed}</mechanisms>{_bindings(stream, offered)}"


def _bindings(stream: Negotiable, offered: list[str]) -> str:
    """Say what the mechanisms that bind to TLS can bind to (XEP-0440 §2)."""
    if not any(name.endswith(PLUS) for name in offered):
        return ""
    types = "".join(
        f"<channel-binding{attributes({'type': one})}/>" for one in stream.secured_by.bindings
    )
    return f"<sasl-channel-binding xmlns='{names.CHANNEL_BINDING}'>{types}</sasl-channel-binding>"


def _auth(stream: Negotiable, element: Element) -> None:
    """Begin an exchange (RFC 6120 §6.4.2)."""
    attempt.begin(stream, _PROFILE, element.get("mechanism") or "", element.text or None)


def _respond(stream: Negotiable, element: Element) -> None:
    """Go on with an exchange (RFC 6120 §6.4.3)."""
    attempt.go_on(stream, _PROFILE, element.text)


def _abort(stream: Negotiable, _element: Element) -> None:
    """Stop an exchange at the client's wish (RFC 6120 §6.4.4)."""
    attempt.abort(stream, _PROFILE)


def _out_of_order(stream: Negotiable, _element: Element) -> None:
    attempt.out_of_order(stream, _PROFILE)


def _decode(content: str) -> bytes:
    """``=`` stands for an empty message, as no content would be none (RFC 6120 §6.4.2)."""
    return b"" if content in ("", "=") else sasl.decode(content)


def _challenge(message: bytes | None) -> str:
    content = sasl.encode(message or b"")
    return f"<challenge xmlns='{names.SASL}'{_body(content, 'challenge')}"


def _succeed(stream: Negotiable, proved: sasl.Proved) -> None:
    """Tell the success and expect a new header (RFC 6120 §6.4.6)."""
    content = sasl.encode(proved.data)
    stream.write(f"<success xmlns='{names.SASL}'{_body(content, 'success')}")
    stream.become(proved.account)
    stream.emit(Mark("restarted"))
    stream.restart()


def _body(content: str, name: str) -> str:
    return f">{content}</{name}>" if content else "/>"


_PROFILE: Final = attempt.Profile(names.SASL, _decode, _challenge, sasl_failure, _succeed)

FEATURE: Final = Feature(
    name="login",
    document="RFC 6120 §6",
    offer=_offer,
    acts={
        ("login", _AUTH): _auth,
        ("login", _RESPONSE): _out_of_order,
        ("login", _ABORT): _abort,
        ("sasl", _AUTH): _auth,
        ("sasl", _RESPONSE): _respond,
        ("sasl", _ABORT): _abort,
    },
)
