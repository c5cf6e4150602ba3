"""What each sentence of a play does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from xmppexplore.api.play_company import ActFailed, Company, shown
from xmppexplore.errors import AuthenticationError, NoAnswer
from xmppexplore.live import actor_login as login
from xmppexplore.live.actor import Actor, Arrived
from xmppexplore.names import ROSTER
from xmppexplore.sandbox.plays.blocks import read_bytes
from xmppexplore.sandbox.plays.filling import escape
from xmppexplore.sandbox.plays.matching import match_parts
from xmppexplore.sandbox.plays.script import Act, Part

__all__ = ["PERFORM"]

QUIET_SECONDS: Final = 0.3
"""How long nothing must come where the server cannot be asked whether it has caught up."""


# ---- connecting


def _learn(company: Company, actor: Actor) -> None:
    """Let the play write the address that the server gave."""
    key = actor.name.lower()
    bare, _, resource = actor.bound.partition("/")
    company.known.words.update({key: actor.bound, f"{key}.bare": bare, f"{key}.resource": resource})


def _credentials(company: Company, actor: Actor, act: Act) -> tuple[str, str]:
    words, key = company.known.words, actor.name.lower()
    password = act.options.get("password", words[f"{key}.password"])
    return words[f"{key}.name"], company.known.fill(password)


async def _log_in(company: Company, actor: Actor, act: Act) -> None:
    person = company.cast[actor.name]
    name, password = _credentials(company, actor, act)
    mechanism = act.options.get("mechanism", "")
    await login.log_in(actor, name, password, person.resource, mechanism)
    _learn(company, actor)


async def _connect(company: Company, actor: Actor, act: Act) -> None:
    await _log_in(company, actor, act)
    if "roster" not in act.options:
        xml = f"<iq type='get' id='roster'><query xmlns='{ROSTER}'/></iq>"
        await login.request(actor, xml, "roster")
    if "presence" in act.options:
        return
    priority = act.options.get("priority")
    inside = f"<priority>{priority}</priority>" if priority else ""
    await actor.write(f"<presence>{inside}</presence>".encode() if inside else b"<presence/>")

    def is_own(came: Arrived) -> bool:
        element = came.element
        return (
            came.kind == "element"
            and element is not None
            and element.name == "presence"
            and element.get("from") == actor.bound
        )

    # A resource is told its own presence (RFC 6121 §4.2.2): then the server has dealt with it.
    await actor.until(is_own)


async def _refused(company: Company, actor: Actor, act: Act) -> None:
    wanted = act.options["condition"]
    try:
        await _log_in(company, actor, act)
    except AuthenticationError as error:
        if error.condition != wanted:
            raise ActFailed(f"expected {wanted}", f"came     {error.condition}") from None
        await actor.close()
    else:
        raise ActFailed(f"expected {wanted}", "came     a login that succeeded")


async def _open_tcp(_company: Company, actor: Actor, _act: Act) -> None:
    await actor.open()


async def _open(_company: Company, actor: Actor, _act: Act) -> None:
    await actor.header()


async def _open_secure(_company: Company, actor: Actor, _act: Act) -> None:
    await login.secure(actor)


async def _open_authenticated(company: Company, actor: Actor, act: Act) -> None:
    await login.secure(actor)
    name, password = _credentials(company, actor, act)
    await login.authenticate(actor, name, password, act.options.get("mechanism", ""))
    await actor.header()
    await login.features(actor)


async def _start_tls(_company: Company, actor: Actor, _act: Act) -> None:
    if actor.endpoint.tls == "starttls":
        await login.start_tls(actor)


async def _tls(_company: Company, actor: Actor, _act: Act) -> None:
    await actor.start_tls()


async def _authenticate(company: Company, actor: Actor, act: Act) -> None:
    name, password = _credentials(company, actor, act)
    await login.authenticate(actor, name, password, act.options.get("mechanism", ""))


async def _bind(company: Company, actor: Actor, _act: Act) -> None:
    await login.bind(actor, company.cast[actor.name].resource)
    _learn(company, actor)


# ---- saying


async def _pause(act: Act) -> None:
    if "seconds" in act.options:
        await asyncio.sleep(float(act.options["seconds"]))


async def _send(company: Company, actor: Actor, act: Act) -> None:
    await _pause(act)
    for part in act.parts:
        await actor.write(company.known.fill(part.text, escape).encode())


async def _send_raw(company: Company, actor: Actor, act: Act) -> None:
    await _pause(act)
    await actor.write(company.known.fill(act.raw, escape).encode())


async def _send_bytes(_company: Company, actor: Actor, act: Act) -> None:
    await _pause(act)
    await actor.write(read_bytes(act.raw, act.line))


# ---- hearing


def _limit(act: Act) -> float | None:
    return float(act.options["seconds"]) if "seconds" in act.options else None


async def _receive(company: Company, actor: Actor, act: Act) -> None:
    for part in act.parts:
        await _expect(company, actor, act, [part])


async def _receive_any(company: Company, actor: Actor, act: Act) -> None:
    left = list(act.parts)
    while left:
        del left[await _expect(company, actor, act, left)]


async def _receive_one(company: Company, actor: Actor, act: Act) -> None:
    await _expect(company, actor, act, list(act.parts))


async def _expect(company: Company, actor: Actor, act: Act, parts: list[Part]) -> int:
    """Take the next piece, which must be one of these; return which."""
    try:
        came = await company.take(actor, _limit(act))
    except NoAnswer as error:
        lines = [f"expected {company.shown(part)}" for part in parts]
        raise ActFailed(*lines, f"came     nothing: {error}") from None
    if came is None:
        raise company.mismatch(parts, None, (), actor)
    place, match = match_parts(parts, came.kind, came.element, company.known)
    if place < 0:
        raise company.mismatch(parts, came, match.differences, actor)
    company.known.words.update(match.kept)
    return place


async def _receive_maybe(company: Company, actor: Actor, act: Act) -> None:
    await _settle(company, actor, None)
    left = list(act.parts)
    while left and (waiting := company.waiting(actor)):
        came = waiting[0]
        place, match = match_parts(left, came.kind, came.element, company.known)
        if place < 0:
            return
        company.known.words.update(match.kept)
        del left[place]
        actor.unread.popleft()


async def _settle(company: Company, actor: Actor, seconds: float | None) -> None:
    """Let everything come that is on its way."""
    if seconds is None and actor.bound:
        await company.catch_up(actor)
        return
    end = asyncio.get_running_loop().time() + (QUIET_SECONDS if seconds is None else seconds)
    while (left := end - asyncio.get_running_loop().time()) > 0 and actor.is_open:
        try:
            if not await actor.more(left):
                return
        except NoAnswer:
            return


async def _receive_header(company: Company, actor: Actor, act: Act) -> None:
    came = await company.take(actor, _limit(act))
    if came is None or came.kind != "header":
        lines = ("expected a stream header", f"came     {shown(came.text) if came else 'nothing'}")
        raise ActFailed(*lines)


async def _receive_nothing(company: Company, actor: Actor, act: Act) -> None:
    await _settle(company, actor, _limit(act))
    waiting = company.waiting(actor)
    if waiting:
        actor.unread.popleft()
        raise company.mismatch([], waiting[0], (), actor)


async def _ignore(company: Company, actor: Actor, act: Act) -> None:
    company.ignored[actor.name].extend(act.parts)


async def _wait(_company: Company, _actor: Actor, act: Act) -> None:
    await _pause(act)


async def _catch_up(company: Company, actor: Actor, _act: Act) -> None:
    await company.catch_up(actor)


# ---- leaving


async def _disconnect(_company: Company, actor: Actor, _act: Act) -> None:
    await actor.leave()


async def _close(_company: Company, actor: Actor, _act: Act) -> None:
    await actor.close()


async def _lose(_company: Company, actor: Actor, _act: Act) -> None:
    actor.cut()
    await actor.close()


async def _disconnected(company: Company, actor: Actor, act: Act) -> None:
    try:
        while (came := await company.take(actor, _limit(act))) is not None:
            if came.kind != "footer":
                raise company.mismatch([], came, (), actor)
    except NoAnswer:
        raise ActFailed("expected the server to close the connection", "came     nothing") from None


_Perform: TypeAlias = Callable[[Company, Actor, Act], Awaitable[Any]]

PERFORM: Final[dict[str, _Perform]] = {
    "connect": _connect,
    "refused": _refused,
    "open tcp": _open_tcp,
    "open": _open,
    "open secure": _open_secure,
    "open authenticated": _open_authenticated,
    "start tls": _start_tls,
    "tls": _tls,
    "authenticate": _authenticate,
    "bind": _bind,
    "send": _send,
    "send raw": _send_raw,
    "send bytes": _send_bytes,
    "receive": _receive,
    "receive any": _receive_any,
    "receive one": _receive_one,
    "receive maybe": _receive_maybe,
    "receive header": _receive_header,
    "receive nothing": _receive_nothing,
    "ignore": _ignore,
    "wait": _wait,
    "catch up": _catch_up,
    "disconnect": _disconnect,
    "close": _close,
    "lose": _lose,
    "disconnected": _disconnected,
}
"""Verb -> what it does; the verbs are those of the sentences."""
