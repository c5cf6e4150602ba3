"""Login by SASL (RFC 6120 §6)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox import sasl
from xmppexplore.sandbox.conditions import sasl_failure
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import Element

__all__ = ["FEATURE"]


def _offer(stream: Negotiable) -> str:
    """Return the mechanisms; TLS comes before anything else (RFC 6120 §5.3.4)."""
    if stream.account is not None or (stream.tls and not stream.secure):
        return ""
    offered = "".join(
        f"<mechanism>{name}</mechanism>"
        for name in sasl.MECHANISMS
        if stream.secure or name != "PLAIN" or stream.realm.policy.plain_in_clear
    )
    return f"<mechanisms xmlns='{names.SASL}'>{offered}</mechanisms>"


def _auth(stream: Negotiable, element: Element) -> None:
    """Begin an exchange (RFC 6120 §6.4.2)."""
    stream.mechanism = name = element.get("mechanism") or ""
    in_clear = stream.realm.policy.plain_in_clear and not stream.tls
    try:
        if not stream.secure and (stream.tls or (name == "PLAIN" and not in_clear)):
            words = "start TLS first"
            raise AuthenticationError(words, condition="encryption-required", text=words)
        stream.exchange = sasl.start(stream.realm, name)
    except AuthenticationError as failure:
        _fail(stream, failure)
        return
    stream.phase = "sasl"
    if element.text:
        _respond(stream, element)
    else:  # the mechanism needs the client's message first: ask for it (RFC 4422 §3)
        stream.write(f"<challenge xmlns='{names.SASL}'/>")


def _respond(stream: Negotiable, element: Element) -> None:
    """Go on with an exchange (RFC 6120 §6.4.3)."""
    exchange = stream.exchange
    if exchange is None:
        raise stream_fault("policy-violation", "no exchange is under way")
    try:
        challenge = exchange.send(sasl.decode(element.text))
    except AuthenticationError as failure:
        _fail(stream, failure)
    except StopIteration as end:
        _succeed(stream, end.value)
    else:
        content = sasl.encode(challenge or b"")
        stream.write(f"<challenge xmlns='{names.SASL}'>{content}</challenge>")


def _abort(stream: Negotiable, _element: Element) -> None:
    """Stop an exchange at the client's wish (RFC 6120 §6.4.4)."""
    _fail(stream, AuthenticationError("", condition="aborted"))


def _fail(stream: Negotiable, failure: AuthenticationError) -> None:
    """Tell the failure; after too many the stream ends (RFC 6120 §6.4.5)."""
    stream.exchange = None
    stream.phase = "login"
    stream.failures += 1
    stream.write(sasl_failure(failure.condition, failure.text))
    if stream.failures >= stream.realm.limits.sasl_failures:
        raise stream_fault("policy-violation", f"{stream.failures} failed attempts to log in")


def _succeed(stream: Negotiable, proved: sasl.Proved) -> None:
    """Tell the success and expect a new header (RFC 6120 §6.4.6)."""
    content = sasl.encode(proved.data)
    body = f">{content}</success>" if content else "/>"
    stream.write(f"<success xmlns='{names.SASL}'{body}")
    stream.become(proved.account)
    stream.emit(Mark("restarted"))
    stream.restart()


FEATURE: Final = Feature(
    name="login",
    document="RFC 6120 §6",
    offer=_offer,
    acts={
        ("login", names.qualified(names.SASL, "auth")): _auth,
        ("sasl", names.qualified(names.SASL, "response")): _respond,
        ("sasl", names.qualified(names.SASL, "abort")): _abort,
    },
)
