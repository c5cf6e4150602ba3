"""How requests are answered and stanzas refused, by modules and by users' own handlers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from xmppexplore import names
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.sandbox.conditions import stanza_error
from xmppexplore.sandbox.effects import Later
from xmppexplore.sandbox.features import Host
from xmppexplore.sandbox.markup import attribute, attributes, readdress, split_element
from xmppexplore.sandbox.registry import Registry
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.rulings import RULINGS, Routed
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import IQ
from xmppexplore.wire.serialise import to_xml

__all__ = ["Answering"]

_log = logging.getLogger(__name__)

MAX_ECHO_BYTES: Final = 4096
"""A refused stanza is sent back in its error up to this size (RFC 6120 §8.3.1)."""

_NOT_ECHOED: Final = frozenset({names.qualified(names.REGISTER, "query")})
"""What holds a password is not sent back (XEP-0077 §3.3)."""


class Answering(Registry):
    """What answers requests out of the tables of its registry.

    Attributes:
        on_failure: called with a sentence and the exception when a handler fails or gives
            an answer that cannot be sent; without one it is logged.
        on_routed: called with what became of each stanza; ``None`` where nobody asks.
        host: itself, as modules see it.
    """

    host: Host

    def __init__(self) -> None:
        super().__init__()
        self.on_failure: Callable[[str, BaseException], None] | None = None
        self.on_routed: Callable[[Routed], None] | None = None

    @property
    def stream_features(self) -> str:
        """What the modules add to the stream features after login."""
        offers = (module.stream_feature for module in self.modules)
        return "".join(one if isinstance(one, str) else one(self.host) for one in offers)

    def rule(
        self,
        stanza: Stanza,
        name: str,
        reached: Iterable[Resource] = (),
        detail: str = "",
        section: str = "",
    ) -> None:
        """Say what became of a stanza; only the first that is said of it counts.

        Args:
            stanza: the stanza.
            name: a key of :data:`~xmppexplore.sandbox.rulings.RULINGS`.
            reached: the resources that got it.
            detail: what of this stanza made the rule apply, where that is not plain.
            section: what to cite instead of the rule's own section.
        """
        if self.on_routed is None or stanza.ruled:
            return
        stanza.ruled = True
        ruling, item, outlet = RULINGS[name], stanza.item, stanza.resource.outlet
        self.on_routed(
            Routed(
                stanza.now,
                outlet.number,
                outlet.taken,
                str(stanza.resource.address),
                item.recipient,
                stanza.kind,
                item.type,
                item.id,
                item.payload,
                ruling.decision,
                tuple(str(one.address) for one in reached),
                ruling.sentence,
                section or ruling.section,
                detail,
            )
        )

    def _answer(self, request: Stanza) -> None:
        """Answer a request that the server handles itself, also for an account."""
        item = request.item
        if request.addressee == "account" and request.account is None:
            self.rule(request, "no such account")
            self.refuse(request, "service-unavailable")
            return
        handler = self._handlers.get((item.payload, item.type))
        run, module = self._answers.get((item.payload, item.type, request.addressee), (None, None))
        try:
            if handler is not None:
                self.rule(request, "answered", detail="a handler of the user's own")
                outcome = handler(request.element)
            elif run is not None and module is not None:
                outcome = run(self.host, request)
                self.rule(request, "answered", detail=module.name, section=module.document)
            else:
                self.rule(request, "nobody answers")
                self.refuse(request, "service-unavailable")
                return
        except Exception as error:  # noqa: BLE001 - a handler is the user's own code
            outcome = error
        if inspect.isawaitable(outcome):
            request.resource.outlet.emit(Later(request, outcome))
        else:
            self.conclude(request, outcome)

    def conclude(self, request: Stanza, outcome: Any) -> None:
        """Answer a request with what its handler returned, or with the exception it raised."""
        if isinstance(outcome, StanzaError):
            self.rule(request, "answered with error", detail=outcome.condition)
            self.refuse(request, outcome.condition, outcome.text, outcome.type)
            return
        what = f"the handler of {request.item.type} {request.item.payload}"
        if not isinstance(outcome, BaseException):
            try:
                payload = _payload(outcome)
            except UsageError as error:
                what, outcome = f"{what} gave an answer that cannot be sent", error
            else:
                self.reply(request, payload)
                return
        else:
            what = f"{what} failed"
        self.refuse(
            request, "internal-server-error", f"{what}: {type(outcome).__name__}: {outcome}"
        )
        if self.on_failure is not None:
            self.on_failure(what, outcome)
        else:
            _log.error("%s", what, exc_info=outcome)

    def reply(self, request: Stanza, payload: str = "") -> None:
        """Answer a request with a result (RFC 6120 §8.2.3)."""
        item = request.item
        head = attributes(
            {
                "type": "result",
                "id": item.id,
                "from": item.recipient,
                "to": str(request.resource.address),
            }
        )
        body = f">{payload}</iq>" if payload else "/>"
        request.resource.send(f"<iq{head}{body}".encode())

    def refuse(
        self,
        stanza: Stanza,
        condition: str,
        words: str = "",
        type: str = "",
        specific: str = "",
    ) -> None:
        """Answer a stanza with an error, unless it is one that is never answered.

        Errors and results are not answered (RFC 6120 §8.3.1); the error carries what was
        refused as long as that is small and holds no password.

        Args:
            stanza: what is refused.
            condition: a defined condition (RFC 6120 §8.3.3).
            words: a text for people, in English.
            type: the error type; ``""`` takes the one that the RFC recommends.
            specific: an application-specific condition, as XML (RFC 6120 §8.3.4).
        """
        item = stanza.item
        if item.type == "error" or (item.kind == IQ and item.type == "result"):
            return
        stamps = {
            b"type": b"error",
            b"from": attribute(item.recipient).encode(),
            b"to": stanza.resource.stamp,
        }
        whole = readdress(stanza.raw, stamps, foreign=stanza.origin.foreign)
        opening, content, closing = split_element(whole)
        if len(content) > MAX_ECHO_BYTES or item.payload in _NOT_ECHOED:
            content = b""
        error = stanza_error(condition, type, words, specific=specific).encode()
        if len(opening) > MAX_ECHO_BYTES:  # an address of megabytes, say, is not sent back
            given = item.recipient if len(item.recipient) <= MAX_ECHO_BYTES else ""
            head = attributes({"type": "error", "id": item.id, "from": given})
            start = f"<{stanza.kind}{head} to='".encode() + stanza.resource.stamp + b"'>"
            opening, content, closing = start, b"", f"</{stanza.kind}>".encode()
        elif any(not prefix for prefix, _ in stanza.origin.foreign):
            # What is sent back declares the sender's own default namespace around the error.
            error = error.replace(b"<error", f"<error xmlns='{names.CLIENT}'".encode(), 1)
        stanza.resource.send(opening + content + error + closing)


def _payload(answer: Any) -> str:
    """Return what a handler gave as text that can stand inside an iq.

    Raises:
        UsageError: it is neither text nor an element, or no single well-formed element.
    """
    if answer is None or answer == "":
        return ""
    written = to_xml(answer)
    parse(written)
    return written
