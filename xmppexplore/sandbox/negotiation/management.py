"""Stream management: acknowledgements and resumption (XEP-0198)."""

from __future__ import annotations

import re
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.conditions import stream_error
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.managed import COUNTER, Managed, Sessions, TooHigh
from xmppexplore.sandbox.markup import attributes
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import Element

__all__ = ["ENABLE", "FEATURE", "enable"]

ENABLE: Final = names.qualified(names.STREAM_MANAGEMENT, "enable")
"""Clark name of the request to manage a stream."""

_RESUME: Final = names.qualified(names.STREAM_MANAGEMENT, "resume")
_REQUEST: Final = names.qualified(names.STREAM_MANAGEMENT, "r")
_ANSWER: Final = names.qualified(names.STREAM_MANAGEMENT, "a")
_YES: Final = frozenset({"true", "1"})  # XML Schema part 2 §3.2.2
_NUMBER: Final = re.compile("[0-9]{1,10}")
_OFFER: Final = f"<sm xmlns='{names.STREAM_MANAGEMENT}'/>"


def _offer(stream: Negotiable) -> str:
    return _OFFER if stream.account is not None and stream.managed is None else ""


def _failed(condition: str, handled: int | None = None) -> str:
    head = {"xmlns": names.STREAM_MANAGEMENT, "h": "" if handled is None else str(handled)}
    return f"<failed{attributes(head)}><{condition} xmlns='{names.STANZA_ERRORS}'/></failed>"


def enable(stream: Negotiable, element: Element) -> str:
    """Manage a stream from here on (§3).

    Args:
        stream: the stream.
        element: the ``<enable/>``.

    Returns:
        ``<enabled/>`` or ``<failed/>``, which is to be written before any stanza.
    """
    resource = stream.resource
    if resource is None or stream.managed is not None:
        return _failed("unexpected-request")
    seconds = _seconds(stream, element)
    managed = stream.managed = Managed(stream.realm, resource, stream, seconds)
    resource.notes["management"] = managed
    resource.lay_below(managed)
    head = {"xmlns": names.STREAM_MANAGEMENT}
    if seconds > 0:
        head |= {"id": managed.id, "resume": "true", "max": f"{seconds:.0f}"}
    return f"<enabled{attributes(head)}/>"


def _seconds(stream: Negotiable, element: Element) -> float:
    """Return for how long the session may be resumed, 0 for never (§5)."""
    account = stream.account
    if account is None or account.guest or element.get("resume") not in _YES:
        return 0.0  # a guest cannot log in to the same account again
    longest = stream.realm.limits.resume_seconds
    wanted = element.get("max") or ""
    return min(float(wanted), longest) if _NUMBER.fullmatch(wanted) else longest


def _enable(stream: Negotiable, element: Element) -> None:
    stream.write(enable(stream, element))


def _unexpected(stream: Negotiable, _element: Element) -> None:
    """Refuse what comes before login, before binding or after it (§3, §5)."""
    stream.write(_failed("unexpected-request"))


def _counter(element: Element) -> int | None:
    """Return ``h``, ``None`` where it is no counter (§4)."""
    written = element.get("h") or ""
    if not _NUMBER.fullmatch(written) or int(written) >= COUNTER:
        return None
    return int(written)


def _too_high(stream: Negotiable, handled: int, sent: int) -> None:
    """End the stream: the client has what was never sent (§6)."""
    words = f"{handled} stanzas are acknowledged, {sent} were sent"
    counts = {"xmlns": names.STREAM_MANAGEMENT, "h": str(handled), "send-count": str(sent)}
    specific = f"<handled-count-too-high{attributes(counts)}/>"
    error = stream_error("undefined-condition", words, specific=specific)
    stream.write(error + "</stream:stream>")
    stream.finish("undefined-condition")


def _answer(stream: Negotiable, _element: Element) -> None:
    """Answer an ``<r/>`` at once (§4)."""
    if stream.managed is None:
        _unexpected(stream, _element)
    else:
        stream.managed.answer()


def _acknowledged(stream: Negotiable, element: Element) -> None:
    """Take an ``<a/>`` (§4)."""
    handled = _counter(element)
    if stream.managed is None:
        _unexpected(stream, element)
    elif handled is None:
        raise stream_fault("bad-format", f"h is a number from 0 to {COUNTER - 1}")
    else:
        try:
            stream.managed.acknowledged(handled)
        except TooHigh as error:
            _too_high(stream, handled, error.sent)


def _resume(stream: Negotiable, element: Element) -> None:
    answer, managed = _take_over(stream, element)
    if answer:
        stream.write(answer)
    if managed is not None:
        managed.send_again()


def _resume_inline(stream: Negotiable, element: Element) -> str:
    """Resume together with the login (§9); what is sent again comes after its success."""
    answer, managed = _take_over(stream, element)
    if managed is not None:
        managed.send_again()
    return answer


def _take_over(stream: Negotiable, element: Element) -> tuple[str, Managed | None]:
    """Let a stream go on with the session of another (§5).

    Returns:
        ``<resumed/>`` and the session, or ``<failed/>`` and ``None``; no answer where the
        stream has ended.
    """
    account, wanted, handled = stream.account, element.get("previd"), _counter(element)
    if account is None or not wanted or handled is None:
        return _failed("bad-request"), None
    sessions = Sessions.of(account)
    managed = sessions.live.get(wanted)
    if managed is None or managed.seconds <= 0:
        return _failed("item-not-found", sessions.over.get(wanted)), None
    try:
        managed.acknowledge(handled)
    except TooHigh as error:
        _too_high(stream, handled, error.sent)
        return "", None
    old = managed.below
    if not managed.parked and isinstance(old, Negotiable):
        old.release()
        old.end("conflict", "the session goes on over another connection")
    managed.resume(stream)
    stream.managed = managed
    stream.take_place(managed.resource)
    head = {"xmlns": names.STREAM_MANAGEMENT, "h": str(managed.handled), "previd": wanted}
    return f"<resumed{attributes(head)}/>", managed


FEATURE: Final = Feature(
    name="management",
    document="XEP-0198",
    offer=_offer,
    acts={
        ("login", ENABLE): _unexpected,
        ("login", _RESUME): _unexpected,
        ("binding", ENABLE): _unexpected,
        ("binding", _RESUME): _resume,
        ("ready", ENABLE): _enable,
        ("ready", _RESUME): _unexpected,
        ("ready", _REQUEST): _answer,
        ("ready", _ANSWER): _acknowledged,
    },
    inline_offer=lambda _stream: _OFFER,
    inline={_RESUME: _resume_inline},
)
