"""The defined conditions of stanza errors, and the elements that carry any condition."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.markup import attributes, text

__all__ = [
    "STANZA_CONDITIONS",
    "sasl_failure",
    "stanza_error",
    "stream_error",
]

STANZA_CONDITIONS: Final = {  # RFC 6120 §8.3.3, in its order, with the type it recommends
    "bad-request": "modify",
    "conflict": "cancel",
    "feature-not-implemented": "cancel",
    "forbidden": "auth",
    "gone": "cancel",
    "internal-server-error": "cancel",
    "item-not-found": "cancel",
    "jid-malformed": "modify",
    "not-acceptable": "modify",
    "not-allowed": "cancel",
    "not-authorized": "auth",
    "policy-violation": "modify",
    "recipient-unavailable": "wait",
    "redirect": "modify",
    "registration-required": "auth",
    "remote-server-not-found": "cancel",
    "remote-server-timeout": "wait",
    "resource-constraint": "wait",
    "service-unavailable": "cancel",
    "subscription-required": "auth",
    "undefined-condition": "cancel",
    "unexpected-request": "wait",
}
ERROR_TYPES: Final = frozenset({"auth", "cancel", "continue", "modify", "wait"})  # §8.3.2


def stanza_error(
    condition: str, type: str = "", words: str = "", by: str = "", specific: str = ""
) -> str:
    """Return an ``<error/>`` child (RFC 6120 §8.3.2).

    Args:
        condition: a key of :data:`STANZA_CONDITIONS`; any other becomes
            ``undefined-condition``, so that what is written is always allowed.
        type: the error type; ``""`` takes the one that the RFC recommends.
        words: a text for people, in English.
        by: the address of the entity that found the error.
        specific: an application-specific condition, as XML (§8.3.4).
    """
    if condition not in STANZA_CONDITIONS:
        words = words or condition
        condition = "undefined-condition"
    kind = type if type in ERROR_TYPES else STANZA_CONDITIONS[condition]
    return (
        f"<error{attributes({'type': kind, 'by': by})}>"
        f"<{condition} xmlns='{names.STANZA_ERRORS}'/>{_words(words, names.STANZA_ERRORS)}"
        f"{specific}</error>"
    )


def stream_error(condition: str, words: str = "") -> str:
    """Return a ``<stream:error/>`` (RFC 6120 §4.9.2) for a stream that declares ``stream``."""
    return (
        f"<stream:error><{condition} xmlns='{names.STREAM_ERRORS}'/>"
        f"{_words(words, names.STREAM_ERRORS)}</stream:error>"
    )


def sasl_failure(condition: str, words: str = "") -> str:
    """Return a SASL ``<failure/>`` (RFC 6120 §6.4.5)."""
    return f"<failure xmlns='{names.SASL}'><{condition}/>{_words(words)}</failure>"


def _words(words: str, namespace: str = "") -> str:
    if not words:
        return ""
    return f"<text{attributes({'xmlns': namespace})} xml:lang='en'>{text(words)}</text>"
