"""The rules: one table, each with its section, its advice and its detector.

Detectors are handed the rows of their kinds one after the other, once; what they need to
remember is in :class:`State`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.names import (
    AUTH,
    BIND,
    REGISTER,
    ROSTER,
    SASL,
    SASL2,
    SESSION,
    STREAMS,
    qualified,
)
from xmppexplore.reading.exchanges import bare
from xmppexplore.reading.records import CLIENT_SIDE, Fact
from xmppexplore.reading.shapes import attribute, condition, element_of, text_of
from xmppexplore.wire.records import KINDS

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns

__all__ = ["BY_KIND", "RULES", "Detector", "Rule", "State"]

_REMEMBERED: Final = 4096  # errors kept for "an error answered by an error"
_IQ_TYPES: Final = frozenset({"get", "set", "result", "error"})
_EARLY: Final = frozenset(
    {
        qualified(BIND, "bind"),
        qualified(SESSION, "session"),
        qualified(REGISTER, "query"),
        qualified(AUTH, "query"),
    }
)
_FORBIDDEN: Final = (b"<!", b"<?", b"&")


class State:
    """What detectors know beyond the row before them."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.tls: set[int] = set()  # connections
        self.own: dict[int, str] = {}  # connection -> own bare address
        self.tried: dict[int, str] = {}  # connection -> mechanism before the present one
        self.errors: OrderedDict[tuple[int, int, str, str], int] = OrderedDict()
        self.footers: set[tuple[int, int]] = set()
        self.seen: set[int] = set()  # connections that carried anything
        self.resumable: set[int] = set()

    def client_says(self, one: Fact) -> bool:
        """Tell whether the initiating entity said it."""
        role = self.columns.log.connections[one.connection].role
        return one.direction == CLIENT_SIDE.get(role, 1)


Detector = Callable[[State, Fact], "str | None"]


class Rule(NamedTuple):
    """One rule.

    Attributes:
        severity: one of :data:`~xmppexplore.reading.records.SEVERITIES`.
        section: the rule.
        advice: what to do about it.
        kinds: the kinds of rows that are shown to the detector.
        detect: returns the sentence of the finding, or ``None``; a rule without one is
            found by comparing rows with each other.
    """

    severity: str
    section: str
    advice: str
    kinds: tuple[str, ...] = ()
    detect: Detector | None = None


def _broken(state: State, one: Fact) -> str | None:
    if one.phase != "closing" and not state.columns.item(one.row).lstrip().startswith(_FORBIDDEN):
        return "These bytes are not well-formed XML, and nothing after them can be read."
    return None


def _restricted(state: State, one: Fact) -> str | None:
    if one.phase != "closing" and state.columns.item(one.row).lstrip().startswith(_FORBIDDEN):
        return (
            "A comment, a processing instruction, a DTD or an entity of its own stands in the "
            "stream; XMPP forbids all four."
        )
    return None


def _after_end(_state: State, one: Fact) -> str | None:
    if one.phase == "closing":
        return "Bytes follow the end of the stream; the other side will not read them."
    return None


def _partial(_state: State, one: Fact) -> str | None:
    return f"The bytes end inside <{one.name[:60] or '?'}; it was never finished."


def _iq_type(_state: State, one: Fact) -> str | None:
    if one.type not in _IQ_TYPES:
        return f"An iq has the type {one.type[:60]!r}; there are get, set, result and error."
    return None


def _iq_id(_state: State, one: Fact) -> str | None:
    return None if one.id else "An iq has no id, so nobody can tell which answer is its own."


def _iq_children(state: State, one: Fact) -> str | None:
    if one.type not in ("get", "set"):
        return None
    if not one.payload:
        return f"An iq of type {one.type} asks nothing: it holds no element."
    element = element_of(state.columns, one.row)
    if element is not None and len(element.children) != 1:
        return f"An iq of type {one.type} holds {len(element.children)} elements, not one."
    return None


def _error_without_condition(state: State, one: Fact) -> str | None:
    if one.type == "error" and not condition(state.columns, one):
        return "A stanza of type error does not say which of the defined conditions it is."
    return None


def _early_stanza(_state: State, one: Fact) -> str | None:
    if one.phase in ("ready", "binding", "closing"):
        return None
    if one.kind == "iq" and (one.payload in _EARLY or one.type in ("result", "error")):
        return None
    return f"A stanza ({one.kind}) is sent in the phase {one.phase}, before the login is done."


def _error_to_error(state: State, one: Fact) -> str | None:
    if one.type != "error":
        return None
    asked = state.errors.get((one.connection, 1 - one.direction, one.kind, one.id))
    if asked is not None and one.id:
        return (
            f"An error (row {asked}) is answered by an error; two programs could go on so for ever."
        )
    state.errors[one.connection, one.direction, one.kind, one.id] = one.row
    if len(state.errors) > _REMEMBERED:
        state.errors.popitem(last=False)
    return None


def _clear_password(state: State, one: Fact) -> str | None:
    if one.name not in ("auth", "authenticate") or one.namespace not in (SASL, SASL2):
        return None
    if one.connection in state.tls or attribute(state.columns, one.row, "mechanism") != "PLAIN":
        return None
    return "The password is sent as it is, without TLS: everyone on the path can read it."


def _weaker(state: State, one: Fact) -> str | None:
    if one.name not in ("auth", "authenticate") or one.namespace not in (SASL, SASL2):
        return None
    mechanism = attribute(state.columns, one.row, "mechanism")
    before = state.tried.get(one.connection, "")
    state.tried[one.connection] = mechanism
    if before.startswith("SCRAM-") and mechanism == "PLAIN":
        return (
            f"After {before} was refused, PLAIN is tried: a server that only pretends to know "
            "the password is handed it."
        )
    return None


def _stream_error(state: State, one: Fact) -> str | None:
    if one.name != "error" or one.namespace != STREAMS:
        return None
    text = text_of(state.columns, one.row, "text")[:200]
    said = f" ({text})" if text else ""
    return f"The stream is ended by an error: {condition(state.columns, one) or '?'}{said}."


def _roster_push(state: State, one: Fact) -> str | None:
    if one.type != "set" or one.payload != qualified(ROSTER, "query") or state.client_says(one):
        return None
    own = state.own.get(one.connection, "")
    if one.sender and own and bare(one.sender) != own:
        return f"A change of the roster comes from {one.sender[:200]!r} and not from the account."
    return None


def _forged_sender(state: State, one: Fact) -> str | None:
    own = state.own.get(one.connection, "")
    if one.sender and own and state.client_says(one) and bare(one.sender) != own:
        return f"A client says it is {one.sender[:200]!r}, which is not its account."
    return None


_STANZAS: Final = ("message", "presence", "iq")

RULES: Final[dict[str, Rule]] = {
    "not-well-formed": Rule(
        "error", "RFC 6120 §4.9.3.13",
        "Look at the first bytes of the row; the peer should have ended the stream.",
        ("broken",), _broken,
    ),
    "restricted-xml": Rule(
        "error", "RFC 6120 §11.1",
        "Leave it out; a peer that meets it ends the stream with restricted-xml.",
        ("broken",), _restricted,
    ),
    "after-the-end": Rule(
        "warning", "RFC 6120 §4.4",
        "Say nothing on a stream after closing it: open a new one.",
        ("broken",), _after_end,
    ),
    "cut-off": Rule(
        "warning", "RFC 6120 §4.4",
        "Close the stream before the connection, or look for what ended the connection.",
        ("partial",), _partial,
    ),
    "iq-type": Rule(
        "error", "RFC 6120 §8.2.3", "Use get, set, result or error.", ("iq",), _iq_type,
    ),
    "iq-without-id": Rule("error", "RFC 6120 §8.2.3", "Give every iq an id.", ("iq",), _iq_id),
    "iq-children": Rule(
        "error", "RFC 6120 §8.2.3",
        "Put exactly one element into it; the server answers bad-request to anything else.",
        ("iq",), _iq_children,
    ),
    "error-without-condition": Rule(
        "error", "RFC 6120 §8.3.2",
        "Put one of the 22 conditions of RFC 6120 §8.3.3 into the error.",
        _STANZAS, _error_without_condition,
    ),
    "error-to-error": Rule(
        "error", "RFC 6120 §8.3.1", "Never answer a stanza of type error.", _STANZAS,
        _error_to_error,
    ),
    "early-stanza": Rule(
        "error", "RFC 6120 §4.3.5",
        "Wait until a resource is bound; before that only the login may speak.",
        _STANZAS, _early_stanza,
    ),
    "forged-sender": Rule(
        "warning", "RFC 6120 §8.1.2.1",
        "Leave out 'from': the server adds the right one, and refuses any other.",
        _STANZAS, _forged_sender,
    ),
    "foreign-roster-push": Rule(
        "error", "RFC 6121 §2.1.6",
        "Ignore it: somebody else is trying to change the contact list.", ("iq",), _roster_push,
    ),
    "clear-password": Rule(
        "error", "RFC 4616", "Use TLS, or a SCRAM mechanism; and change this password.",
        ("nonza",), _clear_password,
    ),
    "weaker-mechanism": Rule(
        "warning", "RFC 6120 §6.4.5",
        "Pin the mechanism, for example connect(..., mechanism='SCRAM-SHA-256').",
        ("nonza",), _weaker,
    ),
    "stream-error": Rule(
        "warning", "RFC 6120 §4.9",
        "Read the condition: it tells what the other side could not accept.",
        ("nonza",), _stream_error,
    ),
    "no-answer": Rule(
        "warning", "RFC 6120 §8.2.3",
        "Every get and set has to be answered, if only by an error; see what the other end logged.",
    ),
    "answer-to-nothing": Rule(
        "warning", "RFC 6120 §8.2.3",
        "Look for a request with this id: it may have been answered already.",
    ),
    "answer-from-stranger": Rule(
        "error", "RFC 6120 §8.2.3",
        "Do not take it for the answer: it is from somebody who was not asked.",
    ),
    "repeated-id": Rule(
        "warning", "RFC 6120 §8.1.3",
        "Take a new id for each request that is open, or the answers cannot be told apart.",
    ),
    "unexpected-in-login": Rule(
        "warning", "RFC 6120 §4.3", "Look at the row and at the features that came before it.",
    ),
    "no-closing": Rule(
        "note", "RFC 6120 §4.4",
        "Close the stream before the connection: what was under way may be lost.",
    ),
}  # fmt: skip
"""Name of the rule -> the rule, its advice and what finds it."""


def _by_kind() -> dict[int, tuple[tuple[str, Rule, Detector], ...]]:
    return {
        code: tuple(
            (name, rule, rule.detect)
            for name, rule in RULES.items()
            if kind in rule.kinds and rule.detect is not None
        )
        for code, kind in enumerate(KINDS)
    }


BY_KIND: Final = _by_kind()
"""Code of a kind -> the rules whose detectors see rows of it."""
