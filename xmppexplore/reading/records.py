"""What reading finds: steps, layers, restarts, exchanges and findings, and one row's facts.

Every conclusion names the rows that it rests on and, where a rule is behind it, the
section of the document that makes the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.store.cells import OUTCOMES, SEVERITIES
from xmppexplore.wire.phases import PHASES
from xmppexplore.wire.records import KINDS

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns

__all__ = [
    "CLIENT_SIDE",
    "OUTCOMES",
    "SEVERITIES",
    "Band",
    "Exchange",
    "Fact",
    "Finding",
    "Handshake",
    "Restart",
    "Step",
    "fact",
]

CLIENT_SIDE: Final = {"initiator": 1, "receiver": 0, "component": 1, "peer": 1}
"""The direction in which the initiating entity speaks, by our role (1 is out, 0 is in).

On a connection of the role ``peer`` either side may have opened it: whoever sends the
first stream header is the initiating entity (RFC 6120 §4.2).
"""


class Step(NamedTuple):
    """A named stage of a handshake.

    Attributes:
        name: short and stable, for example ``"starttls"``.
        title: a few words for people.
        rows: the rows it rests on; empty where it rests on a mark.
        time: monotonic nanoseconds.
        duration: nanoseconds until its answer, or else until the next step; -1 where
            neither has come.
        section: the rule, for example ``"RFC 6120 §5.4.2.1"``; ``""`` where none applies.
        sentence: what happens here, for a learner.
        direction: 1 out, 0 in, -1 neither (a mark).
        band: label of the innermost layer it belongs to.
        tone: ``""``, or ``"error"`` where this step ended the login or refused something.
        detail: short form of the item (``"<starttls/>"``), or what the mark said.
    """

    name: str
    title: str
    rows: tuple[int, ...]
    time: int
    duration: int
    section: str
    sentence: str
    direction: int
    band: str
    tone: str = ""
    detail: str = ""


class Band(NamedTuple):
    """A layer around everything that is said inside it.

    Attributes:
        label: ``"TCP"``, ``"TLS"``, ``"compressed"``, ``"authenticated"`` or ``"ready"``.
        detail: for example TLS version and cipher.
        start: monotonic nanoseconds.
        end: likewise; -1 while it lasts.
        first: position of the step with which it begins; one past the last step where
            that step is yet to come.
        last: position of the step before which it ends, -1 while it lasts.
    """

    label: str
    detail: str
    start: int
    end: int
    first: int
    last: int


class Restart(NamedTuple):
    """The stream begins anew on the same connection (RFC 6120 §4.3.3).

    Attributes:
        before: position of the step, a stream header, before which it happens.
        time: monotonic nanoseconds of that header.
        reason: why, in a sentence.
    """

    before: int
    time: int
    reason: str


class Finding(NamedTuple):
    """A departure from a rule.

    Attributes:
        rule: its short, stable name: a key of :data:`xmppexplore.reading.findings.RULES`.
        severity: one of :data:`SEVERITIES`.
        rows: the rows it rests on.
        section: the rule that is not kept.
        sentence: what happened.
        advice: what to do about it.
    """

    rule: str
    severity: str
    rows: tuple[int, ...]
    section: str
    sentence: str
    advice: str


class Exchange(NamedTuple):
    """A request and its answer (RFC 6120 §8.2.3).

    Attributes:
        request: row of the request.
        response: row of the answer, -1 where none came.
        id: their ``id``.
        recipient: whom the request was sent to, ``""`` where it named nobody.
        payload: Clark name of what was asked.
        outcome: one of :data:`OUTCOMES`.
        condition: defined condition of an ``error``, ``""`` otherwise.
        round_trip: nanoseconds, -1 where no answer came.
        upper_bound: the kernel was busy in between, so the round trip is at most that.
        connection: connection of the request.
        direction: direction of the request, 1 out, 0 in.
    """

    request: int
    response: int
    id: str
    recipient: str
    payload: str
    outcome: str
    condition: str
    round_trip: int
    upper_bound: bool
    connection: int
    direction: int


class Handshake(NamedTuple):
    """The login of one connection, read as far as it has come.

    Attributes:
        connection: number of the connection.
        role: what we are on it.
        label: its label.
        steps: in order.
        bands: layers, outermost first.
        restarts: in order.
        oddities: what does not fit the table of steps.
        outcome: ``"ready"``, ``"failed"`` or ``"unfinished"``.
        facts: what became known: ``mechanism``, ``address``, ``tls``, ``domain``,
            ``condition``, ``resumed``; a key is absent while unknown.
        busy: ``(time, detail)`` of each time the kernel was busy, up to the last step.
        ready: monotonic nanoseconds when stanzas might flow, -1 before.
    """

    connection: int
    role: str
    label: str
    steps: tuple[Step, ...]
    bands: tuple[Band, ...]
    restarts: tuple[Restart, ...]
    oddities: tuple[Finding, ...]
    outcome: str
    facts: dict[str, str]
    busy: tuple[tuple[int, str], ...]
    ready: int


class Fact(NamedTuple):
    """One row as reading needs it; texts as the columns hold them.

    Attributes:
        row: its number.
        connection: number of its connection.
        direction: 1 out, 0 in.
        phase: phase after it, one of :data:`xmppexplore.wire.phases.PHASES`.
        kind: one of :data:`xmppexplore.wire.records.KINDS`.
        name: local name.
        namespace: namespace URI.
        type: the ``type`` attribute; ``""`` where absent (so below too).
        id: the ``id`` attribute.
        sender: the ``from`` attribute.
        recipient: the ``to`` attribute.
        payload: Clark name of the first child element.
    """

    row: int
    connection: int
    direction: int
    phase: str
    kind: str
    name: str
    namespace: str
    type: str
    id: str
    sender: str
    recipient: str
    payload: str

    @property
    def qualified(self) -> str:
        """The Clark name of the item."""
        return f"{{{self.namespace}}}{self.name}" if self.namespace else self.name


def fact(columns: Columns, row: int) -> Fact:
    """Return one row's facts; the caller holds the lock of the columns."""
    connection, direction, _, _ = columns.span(row)
    return Fact(
        row,
        connection,
        direction,
        PHASES[columns.phases[row]],
        KINDS[columns.kinds[row]],
        columns.names[row],
        columns.namespaces[row],
        columns.types[row],
        columns.ids[row],
        columns.senders[row],
        columns.recipients[row],
        columns.payloads[row],
    )
