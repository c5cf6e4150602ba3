"""Logins read out of a recording: the attempts, what was said in each, and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.names import CHANNEL_BINDING, FAST, SASL, SASL2, STREAMS, qualified
from xmppexplore.reading.records import CLIENT_SIDE
from xmppexplore.reading.sasl import CLIENT_SAYS, SERVER_SAYS, payload
from xmppexplore.reading.sasl_inline import inline_fields
from xmppexplore.reading.sasl_records import Attempt, Authentication, Message, Payload
from xmppexplore.reading.sasl_verdict import MAX_WORK, judge
from xmppexplore.reading.scram import FIRST
from xmppexplore.reading.shapes import element_of
from xmppexplore.wire.records import HEADER, NONZA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppexplore.store.columns import Columns
    from xmppexplore.wire.element import Element

__all__ = ["MAX_ATTEMPTS", "read_sasl"]

MAX_ATTEMPTS: Final = 100  # of one connection; servers close after a few
MAX_MESSAGES: Final = 50  # of one attempt; real ones have up to four
MAX_NAMES: Final = 100  # mechanisms of one offer

_PROFILES: Final = {SASL: "SASL", SASL2: "SASL2"}
_CONCERNED: Final = frozenset({*_PROFILES, STREAMS})
_BEGIN: Final = frozenset({"auth", "authenticate"})
_END: Final = {"success": "success", "failure": "failure", "abort": "aborted"}
_ELEMENTS: Final = CLIENT_SAYS | SERVER_SAYS | {"failure", "abort"}


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
        for row, kind in enumerate(columns.kinds.part(first, count), first):
            if kind == HEADER or (kind == NONZA and columns.namespaces[row] in _CONCERNED):
                reader.take(row, kind)
        tls = reader.tls()
        attempts = reader.attempts
    work = MAX_WORK
    judged = []
    for attempt in attempts:
        known = password if isinstance(password, str) else _password_of(attempt, password or {})
        found, spent = judge(attempt, known, tls, work)
        work -= spent
        judged.append(found)
    return Authentication(connection, tuple(judged), first)


def _password_of(attempt: Attempt, passwords: Mapping[str, str]) -> str | None:
    """Return the password of whom the client names in its messages, ``None`` if unknown."""
    for given in attempt.said("client")[:3]:
        for name in ("n", "authcid", "username"):
            field = given.field(name)
            if field is not None:
                return passwords.get(field.value, passwords.get(field.value.casefold()))
    return None


class _Reader:
    """Collects the attempts of one connection."""

    def __init__(self, columns: Columns, connection: int) -> None:
        self._columns = columns
        self._connection = connection
        self._client = CLIENT_SIDE.get(columns.log.connections[connection].role, 1)
        self._first = True
        self._offer = _NOTHING
        self.attempts: list[Attempt] = []

    def tls(self) -> str:
        """Return the version of TLS, ``""`` where none is known."""
        for mark in self._columns.marks:
            if mark.connection == self._connection and mark.name == "tls up":
                return mark.detail.partition(" ")[0]
        return ""

    def take(self, row: int, kind: int) -> None:
        columns = self._columns
        connection, direction, _, _ = columns.span(row)
        if connection != self._connection:
            return
        if kind == HEADER:
            if self._first and columns.log.connections[self._connection].role == "peer":
                self._client = direction  # who speaks first has opened the stream
            self._first = False
            self._offer = _NOTHING
            return
        namespace, name = columns.namespaces[row], columns.names[row]
        if namespace == STREAMS and name == "features" and direction != self._client:
            self._offer = _offer(element_of(columns, row))
        elif namespace in _PROFILES and name in _ELEMENTS:
            element = element_of(columns, row)
            if element is not None:
                self._said(row, direction, element)

    def _said(self, row: int, direction: int, element: Element) -> None:
        name, profile = element.name, _PROFILES[element.namespace]
        if name in _BEGIN:
            if len(self.attempts) >= MAX_ATTEMPTS:
                return
            mechanism = (element.get("mechanism") or "")[:200]
            offer = "HT" if mechanism.startswith("HT-") and profile == "SASL2" else profile
            self.attempts.append(
                Attempt(len(self.attempts) + 1, profile, mechanism,
                        self._offer.mechanisms.get(offer), self._offer.bindings, (), "open")
            )  # fmt: skip
        elif not self.attempts or self.attempts[-1].outcome not in ("open", "continue"):
            # An answer to nothing: the table of phases reports it, and it proves nothing here.
            return
        attempt = self.attempts[-1]
        if len(attempt.messages) >= MAX_MESSAGES:
            return
        by = "client" if name in CLIENT_SAYS or name == "abort" else "server"
        problems = []
        if (direction == self._client) != (by == "client"):
            problems.append(f"A <{name}/> is never said by this side.")
        message = Message(
            row, direction, by, name, _payload(element, attempt),
            inline_fields(element) if profile == "SASL2" else (), tuple(problems),
        )  # fmt: skip
        attempt = attempt._replace(messages=(*attempt.messages, message))
        if name == "failure":
            attempt = attempt._replace(
                condition=_condition(element), text=_text(element), outcome="failure"
            )
        elif name in _END or name in ("continue", "next"):
            attempt = attempt._replace(outcome=_END.get(name, "continue"))
        self.attempts[-1] = attempt


def _offer(element: Element | None) -> _Offer:
    """Read the mechanisms and channel bindings out of features."""
    if element is None:
        return _NOTHING
    mechanisms: dict[str, tuple[str, ...]] = {}
    bindings: tuple[str, ...] | None = None
    for child in element.children[:MAX_NAMES]:
        if child.qualified == qualified(SASL, "mechanisms"):
            mechanisms["SASL"] = _names(child)
        elif child.qualified == qualified(SASL2, "authentication"):
            mechanisms["SASL2"] = _names(child)
            for inline in child.find_all("inline")[:1]:
                for fast in inline.find_all(qualified(FAST, "fast"))[:1]:
                    mechanisms["FAST"] = _names(fast)
        elif child.qualified == qualified(CHANNEL_BINDING, "sasl-channel-binding"):
            bindings = tuple(
                (one.get("type") or "")[:200]
                for one in child.find_all("channel-binding")[:MAX_NAMES]
            )
    # A hashed token is offered inside the inline features (XEP-0484), the others beside them.
    mechanisms["HT"] = mechanisms.pop("FAST", ()) + mechanisms.get("SASL2", ())
    return _Offer(mechanisms, bindings)


def _names(element: Element) -> tuple[str, ...]:
    """Return the mechanisms in a list, those of its own namespace."""
    name = qualified(element.namespace, "mechanism")
    return tuple(one.text.strip()[:200] for one in element.find_all(name)[:MAX_NAMES])


def _payload(element: Element, attempt: Attempt) -> Payload | None:
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
    if place in ("failure", "abort") or (not text.strip() and element.namespace == SASL):
        return None
    return payload(text, attempt.mechanism, place, _nonce(attempt))


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
