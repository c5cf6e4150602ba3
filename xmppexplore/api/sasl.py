"""A login as a person holds it: every field of every message, and whether it all is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.arguments import check_types
from xmppexplore.api.sheets import Sheet
from xmppexplore.errors import UsageError
from xmppexplore.reading.sasl_login import read_sasl
from xmppexplore.reading.sasl_records import shortened
from xmppexplore.wire.secrets import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas

    from xmppexplore.api.recording import Recording
    from xmppexplore.reading.sasl_records import Attempt, Computed, Field, Message

__all__ = ["COMPUTED", "FRAME", "Sasl", "connection_of", "open_sasl"]

FRAME: Final = {
    "attempt": "integer", "row": "row", "direction": "category", "message": "category",
    "field": "category", "value": "text", "says": "text", "section": "category",
    "verdict": "category",
}  # fmt: skip
COMPUTED: Final = {
    "attempt": "integer", "name": "category", "formula": "text", "value": "text", "wire": "text",
    "agrees": "category", "section": "category",
}  # fmt: skip
"""Columns of the two frames -> their kinds, as :func:`xmppexplore.store.tables.frame` has them."""

_GOOD: Final = frozenset({"ok"})
_NEITHER: Final = frozenset({"unchecked", "unfinished", "hidden", "none"})


def open_sasl(recording: Recording, connection: int, password: str | None, *, reveal: bool) -> Sasl:
    """Read the logins of a connection.

    Raises:
        UsageError: the password is no text.
    """
    check_types("sasl", password=(password, (str, type(None))), reveal=(reveal, (bool,)))
    known = recording._passwords if password is None else password
    return Sasl(recording, connection, known, reveal=reveal)


class Sasl(Sheet):
    """The logins of one connection, as far as they had come (RFC 6120 §6, XEP-0388).

    Shown in a notebook it is a table: each message with its fields, what each says and which
    document defines it; below it every value of the proof, computed again from the password
    and held against the wire.  Values are hidden unless the recording shows its secrets (a
    sandbox made the password up) or ``reveal=True`` was given.

    Args:
        recording: the recording.
        connection: number of the connection.
        password: the password; or a mapping of user names to passwords; ``None`` where it
            is not known.
        reveal: show the values.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example")
    >>> romeo = await sandbox.connect("romeo")
    >>> login = romeo.sasl()
    >>> login.verdict
    'ok'
    >>> login.computed.query("agrees == 'yes'")["name"].to_list()
    ['ClientProof', 'ServerSignature']
    >>> romeo.sasl("another").verdict
    'wrong password or changed message'
    >>> await sandbox.close()
    """

    def __init__(
        self, recording: Recording, connection: int, password: Any, *, reveal: bool = False
    ) -> None:
        log = recording._log
        self._read = read_sasl(recording._columns, connection, password)
        self._shown = reveal or log.reveals(connection)
        self._label = log.connections[connection].label

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, in order, each with messages, fields and verdict; values as they are."""
        return self._read.attempts

    @property
    def verdict(self) -> str:
        """The verdict of the newest attempt.

        ``"ok"``, ``"unchecked"`` (nothing is wrong that shows without the password),
        ``"refused"``, ``"unfinished"``, ``"aborted"``, ``"hidden"``, ``"none"``, or what is
        wrong: ``"wrong password"``, ``"forged server"``, ``"nonce changed"`` ...
        """
        return self._read.verdict

    @property
    def reason(self) -> str:
        """Why, in sentences that hold no value of the login."""
        return self._read.reason

    @property
    def frame(self) -> pandas.DataFrame:
        """One row per field of each message.

        Columns: attempt, row, direction, message, field, value, says, section, verdict.
        """
        from xmppexplore.store.tables import frame

        return frame(FRAME, [row for one in self.attempts for row in self._rows(one)])

    @property
    def computed(self) -> pandas.DataFrame:
        """One row per value of the proof that was computed from the password.

        Columns: attempt, name, formula, value, wire, agrees, section.
        """
        from xmppexplore.store.tables import frame

        return frame(
            COMPUTED,
            [
                (attempt.number, *self._computed(one))
                for attempt in self.attempts
                for one in attempt.computed
            ],
        )

    # ---- inside

    def _value(self, value: str, *, secret: bool = True) -> str:
        return value if self._shown or not secret or not value else HIDDEN

    def _fields(self, message: Message) -> Iterator[tuple[Field, str]]:
        payload = message.payload
        for field in payload.fields if payload is not None else ():
            yield field, self._value(field.value)
        for field in message.inline:
            yield field, self._value(field.value, secret=field.secret)

    def _rows(self, attempt: Attempt) -> Iterator[tuple[Any, ...]]:
        for message in attempt.messages:
            fields = [
                (field.name, value, field.says, field.section)
                for field, value in self._fields(message)
            ] or [("", "", _says(message), "")]
            for name, value, says, section in fields:
                yield (attempt.number, message.row, ("in", "out")[message.direction],
                       _kind(message), name, value, says, section, attempt.verdict)  # fmt: skip

    def _computed(self, one: Computed) -> tuple[str, str, str, str, str, str]:
        agrees = {True: "yes", False: "no", None: ""}[one.agrees]
        value, wire = self._value(one.value), self._value(one.wire)
        return one.name, one.formula, value, wire, agrees, one.section

    def _model(self) -> dict[str, Any]:
        verdict = self.verdict
        tone = "good" if verdict in _GOOD else "" if verdict in _NEITHER else "bad"
        parts: list[dict[str, Any]] = []
        for attempt in self.attempts:
            parts += self._parts(attempt)
        lines = [self.reason]
        if self.attempts and not self._shown:
            lines.append("Values are hidden: sasl(..., reveal=True) shows them.")
        return {"title": f"Login of {self._label}", "verdict": verdict, "tone": tone,
                "lines": lines, "parts": parts}  # fmt: skip

    def _parts(self, attempt: Attempt) -> Iterator[dict[str, Any]]:
        head = f"Attempt {attempt.number}, {attempt.mechanism} by {attempt.profile}"
        lines = []
        if len(self.attempts) > 1:
            lines.append(f"{attempt.verdict}: {attempt.reason}")
        if attempt.offered is not None:
            listed = shortened(", ".join(attempt.offered) or "nothing")
            lines.append(f"Offered: {listed}.")
        if attempt.bindings is not None:
            listed = shortened(", ".join(attempt.bindings) or "none")
            lines.append(f"Channel bindings offered: {listed}.")
        if attempt.offer_hash:
            lines.append("The server's own hash of its offer fits what was offered (XEP-0474).")
        if attempt.condition:
            words = f", with the words: {attempt.text}" if attempt.text else ""
            lines.append(f"Refused with {attempt.condition}{words}.")
        yield {"title": f"{head}: {attempt.outcome}", "lines": lines}
        for message in attempt.messages:
            yield {
                "title": f"Row {message.row}, the {message.by}'s <{message.element}/>: "
                f"{_kind(message)}",
                "lines": [_says(message), *_problems(message)],
                "columns": ["field", "value", "section", "what it is"],
                "rows": [
                    (field.name, value, field.section, f"{field.label}. {field.says}")
                    for field, value in self._fields(message)
                ],
            }
        if attempt.computed:
            yield {
                "title": "Computed from the password",
                "columns": ["name", "value", "agrees with the wire", "formula"],
                "rows": [
                    (name, value, agrees, formula)
                    for name, formula, value, _, agrees, _ in map(self._computed, attempt.computed)
                ],
            }


def _kind(message: Message) -> str:
    return message.payload.kind if message.payload is not None else f"<{message.element}/>"


def _says(message: Message) -> str:
    if message.payload is not None:
        return message.payload.says
    return _ELEMENTS.get(message.element, "Carries no SASL message.")


_ELEMENTS: Final = {
    "failure": "The server refuses the login.",
    "abort": "The client calls the login off.",
    "success": "The server says that the client is who it says.",
    "auth": "The client chooses a mechanism; its first message comes later.",
    "authenticate": "The client chooses a mechanism; its first message comes later.",
    "continue": "The password was right, and something is yet to do.",
    "next": "The client turns to a task.",
    "task-data": "Belongs to the task: what it needs, or what it asked for.",
}


def _problems(message: Message) -> list[str]:
    found = [fault.sentence for fault in message.faults]
    found += message.payload.problems if message.payload else ()
    return [f"Wrong: {problem}" for problem in found[:20]]


def connection_of(numbers: list[int], connection: int | None) -> int:
    """Return the connection that is asked for, the newest of those there are by default.

    Raises:
        UsageError: there is no such connection.
    """
    if connection is None:
        if not numbers:
            raise UsageError("nothing is recorded yet: no connection was made")
        return numbers[-1]
    if connection not in numbers:
        there = ", ".join(map(str, numbers)) or "none"
        raise UsageError(f"no connection {connection!r} here: there are {there}")
    return connection
