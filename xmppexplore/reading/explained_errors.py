"""Errors in words: what failed, who says so, whether trying again helps, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from xmppexplore.catalogue.conditions import Place, is_stanza, one_line
from xmppexplore.catalogue.lookup import define
from xmppexplore.names import (
    CONTENT_NAMESPACES,
    SASL,
    SASL2,
    STANZA_ERRORS,
    STREAM_ERRORS,
    STREAMS,
    qualified,
)
from xmppexplore.wire.element import Element

__all__ = ["ERROR_TYPES", "RETRY", "ErrorWords", "error_of", "retry_words"]

ERROR_TYPES: Final[Mapping[str, str]] = {
    "auth": "log in or give credentials, then try again",
    "cancel": "do not try again: it cannot be remedied",
    "continue": "go on: it was only a warning",
    "modify": "change what was sent, then try again",
    "wait": "wait, then try again: it will pass",
}
"""The ``type`` of a stanza error -> what it asks for (RFC 6120 §8.3.2)."""

RETRY: Final[Mapping[str, str]] = {
    "never": "Trying again does not help.",
    "later": "Trying again later may help.",
    "changed": "Trying the same again does not help; after a change it may.",
}
_BY_TYPE: Final = {
    "cancel": "never",
    "wait": "later",
    "auth": "changed",
    "modify": "changed",
    "continue": "",
}
_ERRORS: Final = frozenset({"error", "failure", "failed"})
_UNREACHED: Final = frozenset(
    qualified(STANZA_ERRORS, name) for name in ("remote-server-not-found", "remote-server-timeout")
)
_CONDITIONS: Final = frozenset({STANZA_ERRORS, STREAM_ERRORS, SASL, SASL2})


class ErrorWords(NamedTuple):
    """One error, as people need it.

    Attributes:
        condition: local name of its condition, ``""`` where it has none.
        meaning: what the condition means.
        type: the ``type`` of a stanza error, with what it asks for; ``""`` for others.
        sender: who says so.
        text: the words that came with it.
        retry: whether trying again helps.
        advice: what to do.
    """

    condition: str
    meaning: str
    type: str
    sender: str
    text: str
    retry: str
    advice: str

    def notes(self) -> tuple[str, ...]:
        """Return it as sentences."""
        said = f"It says: {self.text!r}." if self.text else ""
        first = f"Condition {self.condition}: {self.meaning}" if self.condition else ""
        # The type of a stanza error is the sender's own word on trying again.
        again = self.type or self.retry
        lines = (first, again, f"Sent by {self.sender}.", said, self.advice)
        return tuple(line for line in lines if line)


def error_of(place: Place) -> ErrorWords | None:
    """Return what an error element says, ``None`` for any other element.

    Errors of stanzas (RFC 6120 §8.3), of streams (§4.9), of SASL (§6.5) and of whatever
    else is called ``error``, ``failure`` or ``failed`` and holds a condition.
    """
    element = place.element
    if element.name not in _ERRORS:
        return None
    found = _condition(place)
    of_stanza = element.namespace in CONTENT_NAMESPACES
    if found is None and not of_stanza and element.namespace != STREAMS:
        return None
    definition = define(place.child(found)) if found is not None else None
    kind = (element.get("type") or "") if of_stanza else ""
    retry = retry_words(kind, definition.retry if definition is not None else "")
    return ErrorWords(
        condition=one_line(found.name) if found is not None else "",
        meaning=definition.says if definition is not None else "it is not described here.",
        type=f"Type {kind}: {ERROR_TYPES[kind]}." if kind in ERROR_TYPES else "",
        sender=_sender(place, found),
        text=_text(element),
        retry=retry,
        advice=definition.advice if definition is not None else "",
    )


def retry_words(kind: str, usual: str) -> str:
    """Return whether trying again helps, ``""`` where nobody says.

    Who sent an error knows better than the document whether the same may work (§8.3.2).

    Args:
        kind: type of a stanza error, ``""`` for others.
        usual: what the definition of the condition says, a key of :data:`RETRY`.
    """
    return RETRY.get(_BY_TYPE.get(kind, usual), "")


def _condition(place: Place) -> Element | None:
    for child in place.element.children[:20]:
        if child.namespace in _CONDITIONS and child.name != "text":
            return child
    return None


def _text(element: Element) -> str:
    for child in element.children[:20]:
        if child.name == "text" and child.text.strip():
            return one_line(child.text.strip(), 200)
    # Before XMPP had conditions, the words stood right in the error.
    return one_line(element.text.strip(), 200)


def _sender(place: Place, condition: Element | None) -> str:
    by = place.element.get("by")
    if by:
        return one_line(by)
    stanza = place.stanza
    if stanza is None or not is_stanza(stanza):
        ends = place.element.namespace == STREAMS
        return "the end of the stream that gives it up" if ends else "the server of this stream"
    sender = stanza.get("from")
    if not sender:
        # RFC 6120 §8.1.2.1: without a from it speaks for the account, and so does the server;
        # but a client too leaves it out of what it answers.
        return "the server of this stream, or by the client where it answers (it has no from)"
    if condition is not None and condition.qualified in _UNREACHED:
        return f"a server on the way, in the name of {one_line(sender)}, which was not reached"
    return one_line(sender)
