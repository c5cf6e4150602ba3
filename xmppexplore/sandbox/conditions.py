"""The defined conditions of stanza errors, and the elements that carry any condition."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.markup import attributes, text

__all__ = [
    "SASL_CONDITIONS",
    "STANZA_CONDITIONS",
    "STREAM_CONDITIONS",
    "sasl2_failure",
    "sasl_failure",
    "stanza_error",
    "stanza_fault",
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
STREAM_CONDITIONS: Final = {  # RFC 6120 §4.9.3, in its order, with when it is due here
    "bad-format": "text stands between elements, or the root is no stream",
    "bad-namespace-prefix": "never by itself: every prefix that is declared is understood",
    "conflict": "another connection took the resource",
    "connection-timeout": "a login took too long, or nothing was heard in reply",
    "host-gone": "only by whoever runs the server: the domain has moved away",
    "host-unknown": "the header is addressed to another domain",
    "improper-addressing": "the header has no 'to', or its 'from' is no address",
    "internal-server-error": "the server itself failed",
    "invalid-from": "a stanza or a later header names somebody else as its sender",
    "invalid-namespace": "the namespace of the stream or of a stanza is not that of clients",
    "invalid-xml": "never by itself: no schema is enforced",
    "not-authorized": "a stanza came before login and binding, or the account is gone",
    "not-well-formed": "the XML is broken",
    "policy-violation": "something is too large, too deep, too often, or at the wrong time",
    "remote-connection-failed": "never: there is no other server",
    "reset": "only by whoever runs the server: log in again",
    "resource-constraint": "there are too many connections",
    "restricted-xml": "a comment, a processing instruction, a DTD or an entity",
    "see-other-host": "only by whoever runs the server: connect there instead",
    "system-shutdown": "the server is closed",
    "undefined-condition": "a condition that the RFC does not list",
    "unsupported-encoding": "the bytes are not UTF-8, or the XML declaration says so",
    "unsupported-feature": "never: it is for clients that cannot do what is required",
    "unsupported-stanza-type": "a first-level element that nobody here knows",
    "unsupported-version": "the client speaks a version below 1.0",
}
SASL_CONDITIONS: Final = (  # RFC 6120 §6.5, in its order
    "aborted",
    "account-disabled",
    "credentials-expired",
    "encryption-required",
    "incorrect-encoding",
    "invalid-authzid",
    "invalid-mechanism",
    "malformed-request",
    "mechanism-too-weak",
    "not-authorized",
    "temporary-auth-failure",
)
ERROR_TYPES: Final = frozenset({"auth", "cancel", "continue", "modify", "wait"})  # §8.3.2


def stanza_fault(condition: str, words: str = "") -> StanzaError:
    """Return what a handler raises to have its request refused.

    Args:
        condition: see :func:`stanza_error`.
        words: a text for people, in English.
    """
    return StanzaError(words, condition=condition, text=words)


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


def stream_error(condition: str, words: str = "", other: str = "", specific: str = "") -> str:
    """Return a ``<stream:error/>`` (RFC 6120 §4.9.2) for a stream that declares ``stream``.

    Args:
        condition: a key of :data:`STREAM_CONDITIONS`; any other becomes
            ``undefined-condition``.
        words: a text for people, in English.
        other: the host to go to instead, with ``see-other-host`` (§4.9.3.19).
        specific: an application-specific condition, as XML (§4.9.4).
    """
    if condition not in STREAM_CONDITIONS:
        words = words or condition
        condition = "undefined-condition"
    element = f"<{condition} xmlns='{names.STREAM_ERRORS}'"
    if condition == "see-other-host" and other:
        element += f">{text(other)}</{condition}>"
    else:
        element += "/>"
    text_element = _words(words, names.STREAM_ERRORS)
    return f"<stream:error>{element}{text_element}{specific}</stream:error>"


def sasl_failure(condition: str, words: str = "") -> str:
    """Return a SASL ``<failure/>`` (RFC 6120 §6.4.5).

    Args:
        condition: one of :data:`SASL_CONDITIONS`; any other becomes
            ``temporary-auth-failure``.
        words: a text for people, in English.
    """
    kind = condition if condition in SASL_CONDITIONS else "temporary-auth-failure"
    return f"<failure xmlns='{names.SASL}'><{kind}/>{_words(words)}</failure>"


def sasl2_failure(condition: str, words: str = "") -> str:
    """Return the same for SASL2 (XEP-0388), with the condition in the namespace of SASL."""
    kind = condition if condition in SASL_CONDITIONS else "temporary-auth-failure"
    return f"<failure xmlns='{names.SASL2}'><{kind} xmlns='{names.SASL}'/>{_words(words)}</failure>"


def _words(words: str, namespace: str = "") -> str:
    if not words:
        return ""
    return f"<text{attributes({'xmlns': namespace})} xml:lang='en'>{text(words)}</text>"
