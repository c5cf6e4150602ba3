"""Logins read out of a recording: the attempts, what was said in each, and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.names import CHANNEL_BINDING, FAST, SASL, SASL2, STREAMS, qualified
from xmppexplore.reading.records import CLIENT_SIDE
from xmppexplore.reading.sasl import CLIENT_SAYS, SERVER_SAYS, payload
from xmppexplore.reading.sasl_inline import inline_fields
from xmppexplore.reading.sasl_records import Attempt, Authentication, Fault, Message, Payload
from xmppexplore.reading.sasl_verdict import MAX_WORK, judge
from xmppexplore.reading.scram import FIRST
from xmppexplore.reading.shapes import element_of
from xmppexplore.wire.records import HEADER, NONZA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["MAX_ATTEMPTS", "read_sasl"]

MAX_ATTEMPTS: Final = 100  # of one connection, the newest; servers close after a few
MAX_MESSAGES: Final = 50  # of one attempt; real ones have up to four
MAX_NAMES: Final = 1000
"""Mechanisms of one offer.  A longer one is not read: of a part of it nothing can be said."""

_PROFILES: Final = {SASL: "SASL", SASL2: "SASL2"}
_CONCERNED: Final = frozenset({*_PROFILES, STREAMS})
_BEGIN: Final = frozenset({"auth", "authenticate"})
_OUTCOMES: Final = {
    "success": "success", "failure": "failure", "abort": "aborted", "continue": "continue",
    "next": "continue",
}  # fmt: skip
_TASK_DATA: Final = "task-data"  # both sides say it (XEP-0480 §2.3)
_BY_CLIENT: Final = CLIENT_SAYS | {"abort"}
_ELEMENTS: Final = CLIENT_SAYS | SERVER_SAYS | {"failure", "abort", _TASK_DATA}


class _Offer(NamedTuple):
    """What the features in force offer: mechanisms by profile, and channel bindings."""

    mechanisms: dict[str, tuple[str, ...]]
    bindings: tuple[str, ...] | None


_NOTHING: Final = _Offer({}, None)


def read_sasl(
    columns: Columns, connection: int = 0, password: str | Mapping[str, str] | None = None
) -> Authentication:
    """Return the logins of one connection, each with its verdict.

    Args:
        columns: the rows; what is new in their log is split first.
        connection: number of the connection.
        password: the password, or the token of a hashed token mechanism; or a mapping of
            user names to passwords; without it only what shows without is checked.
    """
    with columns.lock:
        count = columns.settle()
        reader = _Reader(columns, connection)
        first = columns.first
        rows = [
            (row, kind)
            for row, kind in enumerate(columns.kinds.part(first, count), first)
            if kind == HEADER or (kind == NONZA and columns.namespaces[row] in _CONCERNED)
            if columns.span(row)[0] == connection
        ]
        reader.skip = sum(reader.begins(row, kind) for row, kind in rows) - MAX_ATTEMPTS
        for row, kind in rows:
            reader.take(row, kind)
        tls = reader.tls()
        attempts = reader.attempts
    work = MAX_WORK
    judged = []
    for attempt in reversed(attempts):  # the newest is what is asked for
        known = password if isinstance(password, str) else _password_of(attempt, password or {})
        found, spent = judge(attempt, known, tls, work)
        work -= spent
        judged.append(found)
    return Authentication(connection, tuple(reversed(judged)), first)


def _password_of(attempt: Attempt, passwords: Mapping[str, str]) -> str | None:
    """Return the password of whom the client names in its messages, ``None`` if unknown.

    A token is none: who logs in by one knows another secret than the account's password.
    """
    if attempt.mechanism.upper().startswith("HT-"):
        return None
    for given in attempt.said("client")[:3]:
        for name in ("n", "authcid", "username"):
            field = given.field(name)
            if field is not None:
                return passwords.get(field.value, passwords.get(field.value.casefold()))
    return None


class _Reader:
    """Collects the attempts of one connection.

    Attributes:
        skip: how many attempts are passed over, as only the newest are read.
        attempts: those that were read.
    """

    def __init__(self, columns: Columns, connection: int) -> None:
        self._columns = columns
        self._connection = connection
        self._client = CLIENT_SIDE.get(columns.log.connections[connection].role, 1)
        self._first = True
        self._features = -1  # row of those in force
        self._offered = -1, _NOTHING  # what they offer, once that is asked for
        self._number = 0
        self._task = ""
        self._succeeded = False
        self.skip = 0
        # Asterisks are what hides a secret only where something was hidden: the peer can
        # write them too.
        self._covered = any(
            mark.name == "redacted" and mark.connection == connection for mark in columns.marks
        )
        self.attempts: list[Attempt] = []

    def tls(self) -> str:
        """Return the version of TLS, ``""`` where none is known."""
        for mark in self._columns.marks:
            if mark.connection == self._connection and mark.name == "tls up":
                return mark.detail.partition(" ")[0]
        return ""

    def begins(self, row: int, kind: int) -> bool:
        """Tell whether an attempt begins in a row, without parsing it."""
        columns = self._columns
        named = kind == NONZA and columns.names[row] in _BEGIN
        return named and columns.namespaces[row] in _PROFILES

    def take(self, row: int, kind: int) -> None:
        columns = self._columns
        direction = columns.span(row)[1]
        if kind == HEADER:
            if self._first and columns.log.connections[self._connection].role == "peer":
                self._client = direction  # who speaks first has opened the stream
            self._first = False
            self._features, self._offered = -1, (-1, _NOTHING)
            return
        namespace, name = columns.namespaces[row], columns.names[row]
        if namespace == STREAMS and name == "features" and direction != self._client:
            self._features = row
        elif namespace in _PROFILES and name in _ELEMENTS and self._wanted(row, kind, name):
            element = element_of(columns, row)
            if element is not None:
                self._said(row, direction, element)

    def _wanted(self, row: int, kind: int, name: str) -> bool:
        """Tell whether an element is to be parsed, which is what takes time."""
        if self.begins(row, kind):
            self._number += 1
            return self._number > self.skip
        if not self.attempts:  # passed over, or an answer to nothing: the phases report that
            self._succeeded |= name == "success" and self._number > 0
            return False
        return len(self.attempts[-1].messages) < MAX_MESSAGES

    def _said(self, row: int, direction: int, element: Element) -> None:
        if element.name in _BEGIN:
            self._begin(element)
        if not self.attempts:
            return
        attempt = self.attempts[-1]
        message = self._message(row, direction, element, attempt)
        running = attempt.outcome in ("open", "continue")
        attempt = attempt._replace(messages=(*attempt.messages, message))
        if element.name == "failure" and (running or attempt.outcome == "aborted"):
            attempt = attempt._replace(condition=_condition(element), text=_text(element))
        if running and element.name in _OUTCOMES:
            attempt = attempt._replace(outcome=_OUTCOMES[element.name])
            self._succeeded |= attempt.outcome == "success"
        self.attempts[-1] = attempt

    def _begin(self, element: Element) -> None:
        profile = _PROFILES[element.namespace]
        mechanism = (element.get("mechanism") or "")[:200]
        offer = "HT" if mechanism.startswith("HT-") and profile == "SASL2" else profile
        if self._features != self._offered[0]:
            found = _offer(element_of(self._columns, self._features))
            self._offered = self._features, found
        offered = self._offered[1]
        self.attempts.append(
            Attempt(self._number, profile, mechanism,
                    offered.mechanisms.get(offer), offered.bindings, (), "open")
        )  # fmt: skip
        self._task = ""

    def _message(self, row: int, direction: int, element: Element, attempt: Attempt) -> Message:
        """Return an element of an attempt; what it carries belongs to a task after the first."""
        name = element.name
        by = "client" if name in _BY_CLIENT else "server"
        if name == _TASK_DATA:
            by = "client" if direction == self._client else "server"
        if name == "next":
            self._task = (element.get("task") or "task")[:200]
        mechanism = self._task or attempt.mechanism
        given = _payload(element, mechanism, _nonce(attempt), covered=self._covered)
        right = (direction == self._client) == (by == "client")
        return Message(
            row, direction, by, name, given,
            inline_fields(element) if element.namespace == SASL2 else (),
            tuple(self._faults(row, element, attempt, right=right)), self._task,
        )  # fmt: skip

    def _faults(
        self, row: int, element: Element, attempt: Attempt, *, right: bool
    ) -> Iterator[Fault]:
        name = element.name
        section = "RFC 6120 §6.4" if attempt.profile == "SASL" else "XEP-0388 §2.4"
        if not right:
            words = f"Row {row}: A <{name}/> is never said by this side."
            yield Fault("wrong side", words, section)
        if _PROFILES[element.namespace] != attempt.profile:
            words = (
                f"Row {row}: The attempt is one by {attempt.profile}, and this <{name}/> belongs "
                f"to {_PROFILES[element.namespace]}."
            )
            yield Fault("wrong profile", words, "XEP-0388")
        if name in _BEGIN:
            if self._succeeded:
                words = f"Row {row}: Somebody has logged in already, and only one login is allowed."
                yield Fault("logged in already", words, "RFC 4422 §3.8")
            if not attempt.mechanism:
                words = f"Row {row}: The <{name}/> names no mechanism."
                yield Fault("malformed message", words, "RFC 6120 §6.4.2")
        # The answer to an abort may cross it: whatever was under way, and then the failure.
        elif attempt.outcome in ("success", "failure"):
            words = f"Row {row}: A <{name}/> comes after the attempt has ended."
            yield Fault("wrong order", words, section)
        if len(element.find_all(qualified(SASL2, "additional-data"))) > 1:
            words = f"Row {row}: The <{name}/> holds more than one message of the mechanism."
            yield Fault("malformed message", words, "XEP-0388 §2.6.1")


def _offer(element: Element | None) -> _Offer:
    """Read the mechanisms and channel bindings out of features."""
    if element is None:
        return _NOTHING
    found: dict[str, list[Element]] = {"SASL": [], "SASL2": [], "FAST": []}
    bindings: list[str] | None = None
    for child in element.children:
        if child.qualified == qualified(SASL, "mechanisms"):
            found["SASL"] += child.find_all(qualified(SASL, "mechanism"))
        elif child.qualified == qualified(SASL2, "authentication"):
            found["SASL2"] += child.find_all(qualified(SASL2, "mechanism"))
            for inline in child.find_all("inline")[:1]:
                for fast in inline.find_all(qualified(FAST, "fast"))[:1]:
                    found["FAST"] += fast.find_all(qualified(FAST, "mechanism"))
        elif child.qualified == qualified(CHANNEL_BINDING, "sasl-channel-binding"):
            types = child.find_all(qualified(CHANNEL_BINDING, "channel-binding"))
            bindings = [*(bindings or ()), *(one.get("type") or "" for one in types)]
    # A hashed token is offered inside the inline features (XEP-0484), the others beside them.
    found["HT"] = found.pop("FAST") + found["SASL2"]
    mechanisms = {
        profile: tuple(one.text.strip() for one in listed)
        for profile, listed in found.items()
        if len(listed) <= MAX_NAMES
    }
    if bindings is not None and len(bindings) > MAX_NAMES:
        bindings = None
    return _Offer(mechanisms, None if bindings is None else tuple(bindings))


def _payload(element: Element, mechanism: str, nonce: str, *, covered: bool) -> Payload | None:
    """Return the SASL message of an element, ``None`` where it has none."""
    place, text = element.name, element.text
    if element.namespace == SASL2 and place in ("authenticate", "success", "continue", "next"):
        for name in ("initial-response", "additional-data"):
            child = element.find(qualified(SASL2, name))
            if child is not None:
                place, text = name, child.text
                break
        else:
            return None
    if place in ("failure", "abort", _TASK_DATA):
        return None
    if not text.strip() and place in ("auth", "challenge", "response", "success"):
        return None
    if element.namespace == SASL2:  # advised against, and no fault (XEP-0388 §2.2)
        text = "".join(text.split())
    return payload(text, mechanism, place, nonce, covered=covered)


def _nonce(attempt: Attempt) -> str:
    """Return the client's nonce of a SCRAM attempt, as far as it is seen."""
    for given in attempt.said("client")[:2]:
        field = given.field("r") if given.kind.endswith(FIRST) else None
        if field is not None:
            return field.value
    return ""


def _condition(element: Element) -> str:
    found = [child.name for child in element.children[:10]
             if child.namespace == SASL and child.name != "text"]  # fmt: skip
    return found[0][:100] if found else ""


def _text(element: Element) -> str:
    found = element.find("text")
    return "" if found is None else found.text.strip()[:1000]
