"""Attempts to log in: what SASL (RFC 6120 §6) and SASL2 (XEP-0388) have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xmppexplore.errors import AuthenticationError
from xmppexplore.sandbox import mechanisms
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.sandbox.sasl import Proved, refused

__all__ = ["Profile", "abort", "begin", "go_on", "may_log_in", "out_of_order"]


class Profile(NamedTuple):
    """How the messages of an exchange are put into XML (RFC 4422 §4).

    Attributes:
        namespace: of its elements.
        decode: returns the message in the content of an element, or raises
            :class:`~xmppexplore.errors.AuthenticationError`.
        challenge: returns the element for a challenge; ``None`` asks for an initial response.
        failure: returns the element for a condition and words for people.
        succeed: goes on with a stream whose client has proved who it is; it may still
            raise :class:`~xmppexplore.errors.AuthenticationError`.
    """

    namespace: str
    decode: Callable[[str], bytes]
    challenge: Callable[[bytes | None], str]
    failure: Callable[[str, str], str]
    succeed: Callable[[Negotiable, Proved], None]


def may_log_in(stream: Negotiable) -> bool:
    """Tell whether mechanisms are offered now: TLS comes before them (RFC 6120 §5.3.4)."""
    return stream.account is None and (stream.secure or not stream.tls)


def begin(stream: Negotiable, profile: Profile, mechanism: str, content: str | None) -> None:
    """Begin an exchange, in place of one that is under way.

    Args:
        stream: whose client wants to log in.
        profile: how it speaks.
        mechanism: the name that it gives.
        content: its initial response; ``None`` where it gave none.
    """
    if stream.exchange is not None:
        _count(stream)
    stream.exchange, stream.mechanism, stream.profile = None, mechanism, profile.namespace
    try:
        if not may_log_in(stream):
            raise refused("encryption-required", "start TLS first")
        stream.exchange = mechanisms.start(
            stream.realm, stream.secured_by, mechanism, secure=stream.secure
        )
    except AuthenticationError as failure:
        _fail(stream, profile, failure)
        return
    stream.phase = "sasl"
    if content is None and mechanisms.MECHANISMS[mechanism].optional:
        content = ""
    if content is None:  # the mechanism needs the client's message first (RFC 4422 §3)
        stream.write(profile.challenge(None))
    else:
        go_on(stream, profile, content)


def go_on(stream: Negotiable, profile: Profile, content: str) -> None:
    """Take the client's next message."""
    exchange = stream.exchange
    if exchange is None or stream.profile != profile.namespace:
        raise stream_fault("policy-violation", "SASL and SASL2 do not go together")
    try:
        try:
            challenge = exchange.send(profile.decode(content))
        except StopIteration as end:
            profile.succeed(stream, end.value)
        else:
            stream.write(profile.challenge(challenge or b""))
    except AuthenticationError as failure:
        _fail(stream, profile, failure)


def abort(stream: Negotiable, profile: Profile) -> None:
    """Stop at the client's wish (RFC 6120 §6.4.4)."""
    _fail(stream, profile, refused("aborted"))


def out_of_order(stream: Negotiable, profile: Profile) -> None:
    """Refuse what belongs to an exchange where none is under way."""
    _fail(stream, profile, refused("not-authorized", "no exchange is under way"))


def _fail(stream: Negotiable, profile: Profile, failure: AuthenticationError) -> None:
    """Tell the failure; after too many the stream ends (RFC 6120 §6.4.5)."""
    stream.exchange = stream.request = None
    stream.phase = "login"
    stream.write(profile.failure(failure.condition, failure.text))
    _count(stream)


def _count(stream: Negotiable) -> None:
    stream.failures += 1
    if stream.failures >= stream.realm.limits.sasl_failures:
        raise stream_fault("policy-violation", f"{stream.failures} failed attempts to log in")
