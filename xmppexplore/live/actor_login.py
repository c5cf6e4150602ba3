"""How an actor logs in: TLS, proof of the password, binding; each stage can be had alone."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from scramp import ScramClient, ScramException

from xmppexplore.errors import AuthenticationError, StanzaError, XmppExploreError
from xmppexplore.live.proof import MOST_ROUNDS
from xmppexplore.names import BIND, REGISTER, SASL, STANZA_ERRORS, TLS, qualified
from xmppexplore.wire.element import quoted

if TYPE_CHECKING:
    from xmppexplore.live.actor import Actor, Arrived
    from xmppexplore.wire.element import Element

__all__ = [
    "MECHANISMS",
    "authenticate",
    "bind",
    "features",
    "log_in",
    "register",
    "request",
    "secure",
    "start_tls",
]

MECHANISMS: Final = ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")
"""Mechanisms that are chosen from, the strongest first."""

_ROUNDS: Final = re.compile(r"(?:^|,)i=([0-9]{1,9})(?:,|$)")


async def features(actor: Actor) -> Element:
    """Take a header and the features behind it.

    Raises:
        StreamError: the server ended the stream instead.
        NoAnswer, ConnectError: nothing came, or the connection was closed.
    """
    await actor.until(lambda came: came.kind == "header")
    came = await actor.until(lambda came: _is(came, "features"))
    assert came.element is not None
    return came.element


def _is(came: Arrived, name: str) -> bool:
    return came.kind == "element" and came.element is not None and came.element.name == name


async def secure(actor: Actor) -> Element:
    """Open a stream and put TLS on it unless the endpoint is one without; return the features.

    Raises:
        XmppExploreError: a stage failed.
    """
    await actor.open()
    await actor.header()
    offered = await features(actor)
    if actor.endpoint.tls == "starttls" and not actor.has_tls:
        if offered.find(qualified(TLS, "starttls")) is None:
            raise actor.fault("the server offers no TLS", "tls")
        await start_tls(actor)
        await actor.header()
        offered = await features(actor)
    return offered


async def start_tls(actor: Actor) -> None:
    """Ask for TLS and start it (RFC 6120 §5.4.2).

    Raises:
        XmppExploreError: the server refused, or TLS failed.
    """
    await actor.write(f"<starttls xmlns='{TLS}'/>".encode())
    came = await actor.until(lambda came: _is(came, "proceed") or _is(came, "failure"))
    if not _is(came, "proceed"):
        raise actor.fault("the server refused to start TLS", "tls")
    await actor.start_tls()


async def authenticate(actor: Actor, name: str, password: str, mechanism: str = "") -> None:
    """Prove the password (RFC 6120 §6); the stream is not restarted.

    Args:
        actor: whose stream.
        name: the localpart.
        password: the password.
        mechanism: the mechanism; the strongest that is offered where not given.

    Raises:
        AuthenticationError: the server refused, or did not prove itself in SCRAM.
    """
    chosen = mechanism.upper() or _choose(actor)
    if chosen == "PLAIN":
        message = f"\0{name}\0{password}".encode()
        await _say(actor, chosen, message)
        _succeeded(await _answer(actor))
        return
    try:
        await _scram(actor, chosen, name, password)
    except ScramException as error:
        raise AuthenticationError(
            f"the server did not keep to {chosen}: {error.args[0]}", condition="server-not-proved"
        ) from None


def _choose(actor: Actor) -> str:
    offered = actor.offered
    found = offered.find(qualified(SASL, "mechanisms")) if offered is not None else None
    names = (
        {child.text.strip() for child in found.children}
        if found is not None
        else set(MECHANISMS[:2])
    )
    for mechanism in MECHANISMS:
        # A password is shown to nobody but over TLS that was verified.
        if mechanism in names and (mechanism != "PLAIN" or actor.has_tls):
            return mechanism
    raise AuthenticationError("no mechanism in common", condition="no-mechanism")


async def _scram(actor: Actor, mechanism: str, name: str, password: str) -> None:
    client = ScramClient([mechanism], name, password)
    await _say(actor, mechanism, client.get_client_first().encode())
    first = _data(await _answer(actor), "challenge")
    rounds = _ROUNDS.search(first)
    if rounds is None or int(rounds[1]) > MOST_ROUNDS:
        raise AuthenticationError(
            "the server asks for more rounds of hashing than are done",
            condition="server-not-proved",
        )
    client.set_server_first(first)
    final = base64.b64encode(client.get_client_final().encode()).decode()
    await actor.write(f"<response xmlns='{SASL}'>{final}</response>".encode())
    came = await _answer(actor)
    if came.name == "challenge":  # the server's proof in a round of its own (RFC 6120 §6.4.6)
        client.set_server_final(_data(came, "challenge"))
        await actor.write(f"<response xmlns='{SASL}'/>".encode())
        _succeeded(await _answer(actor))
    else:
        client.set_server_final(_data(came, "success"))


async def _say(actor: Actor, mechanism: str, message: bytes) -> None:
    content = base64.b64encode(message).decode()
    head = f"<auth xmlns='{SASL}' mechanism={quoted(mechanism)}>"
    await actor.write(f"{head}{content}</auth>".encode())


async def _answer(actor: Actor) -> Element:
    names = ("challenge", "success", "failure")
    came = await actor.until(lambda came: any(_is(came, name) for name in names))
    assert came.element is not None
    return came.element


def _succeeded(came: Element) -> None:
    if came.name == "success":
        return
    if came.name == "failure":
        conditions = [child.name for child in came.children if child.name != "text"]
        condition = conditions[0] if conditions else "not-authorized"
        raise AuthenticationError(f"the server refused: {condition}", condition=condition)
    raise AuthenticationError("a challenge came out of turn", condition="server-not-proved")


def _data(came: Element, expected: str) -> str:
    if came.name != expected:
        _succeeded(came)
        raise AuthenticationError(
            "the server took the login before it had proved itself", condition="server-not-proved"
        )
    try:
        return base64.b64decode(came.text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise AuthenticationError(
            "what the server says in SCRAM is no base64 of text", condition="server-not-proved"
        ) from None


async def request(actor: Actor, xml: str, number: str) -> Element:
    """Send a request with this id and return the answer, out of the order of what came.

    Raises:
        StanzaError: the answer is an error.
    """
    await actor.write(xml.encode())
    domain = actor.endpoint.domain

    def is_answer(came: Arrived) -> bool:
        element = came.element
        return (
            _is(came, "iq")
            and element is not None
            and element.get("id") == number
            # Anyone can send something with this id; only the server answers for itself.
            and (element.get("from") or "")
            in ("", domain, actor.bound, actor.bound.partition("/")[0])
            and element.get("type") in ("result", "error")
        )

    answer = (await actor.until(is_answer)).element
    assert answer is not None
    if answer.get("type") == "error":
        raise _refused(answer)
    return answer


def _refused(answer: Element) -> StanzaError:
    error = answer.find("error")
    inside = error.children if error is not None else ()
    names = [child.name for child in inside if child.namespace == STANZA_ERRORS]
    condition = names[0] if names else "undefined-condition"
    return StanzaError(
        f"the server answered with {condition}",
        condition=condition,
        type=(error.get("type") or "") if error is not None else "",
        stanza=answer,
    )


async def bind(actor: Actor, resource: str) -> str:
    """Bind a resource (RFC 6120 §7) and return the full address.

    Raises:
        StanzaError: the server refused.
        XmppExploreError: its answer holds no full address of the domain.
    """
    wanted = f"<resource>{_text(resource)}</resource>" if resource else ""
    xml = f"<iq type='set' id='bind'><bind xmlns='{BIND}'>{wanted}</bind></iq>"
    answer = await request(actor, xml, "bind")
    found = answer.find(qualified(BIND, "bind"))
    address = found.find("jid") if found is not None else None
    full = address.text.strip() if address is not None else ""
    if not re.fullmatch(rf"[^@/]+@{re.escape(actor.endpoint.domain)}/.+", full, re.DOTALL):
        raise XmppExploreError(
            f"the answer to the binding holds no address of this domain: {full!r}"
        )
    actor.bound = full
    return full


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def log_in(actor: Actor, name: str, password: str, resource: str, mechanism: str = "") -> str:
    """Open, secure, authenticate, restart and bind; return the full address.

    Raises:
        XmppExploreError: a stage failed.
    """
    await secure(actor)
    await authenticate(actor, name, password, mechanism)
    await actor.header()
    await features(actor)
    return await bind(actor, resource)


async def register(actor: Actor, name: str, password: str) -> None:
    """Make an account in the stream, before any login (XEP-0077 §3.1), and leave.

    Raises:
        StanzaError: the server refused.
    """
    await secure(actor)
    fields = f"<username>{_text(name)}</username><password>{_text(password)}</password>"
    xml = f"<iq type='set' id='register'><query xmlns='{REGISTER}'>{fields}</query></iq>"
    await request(actor, xml, "register")
    await actor.leave()
