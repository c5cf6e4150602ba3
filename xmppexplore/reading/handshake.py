"""The login of a connection, read from its rows step by step.

What each item means stands in one table (:mod:`xmppexplore.reading.steps`); what is in no
line of it becomes an oddity, a finding, and never an exception.  Reading goes on from the
last row seen, so asking again costs what is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.errors import UsageError
from xmppexplore.names import BIND2, SASL2, STREAM_MANAGEMENT, qualified
from xmppexplore.reading.cursor import Cursor
from xmppexplore.reading.records import (
    CLIENT_SIDE,
    Band,
    Fact,
    Finding,
    Handshake,
    Restart,
    Step,
    fact,
)
from xmppexplore.reading.rules import RULES
from xmppexplore.reading.shapes import attribute, condition, element_of, short_form, text_of
from xmppexplore.reading.stages import (
    ANSWERS,
    BY_MECHANISM,
    DIRECT_TLS,
    MARK_STEPS,
    RESTART_REASONS,
    SILENT,
    UNKNOWN,
    WITH_AUTHENTICATE,
    WITH_BOUND,
    WITH_SUCCESS,
)
from xmppexplore.reading.steps import STEPS, Meaning
from xmppexplore.wire.records import FOOTER, HEADER, IQ, NONZA, PARTIAL, PRESENCE, STANZA_KINDS

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Mark
    from xmppexplore.wire.element import Element

__all__ = ["MARKS", "MAX_STEPS", "OPENING_STANZAS", "HandshakeReader", "read_handshake"]

OPENING_STANZAS: Final = 200
"""So many stanzas after it is ready are searched for the first roster and presence."""
MAX_ADDRESS: Final = 3071  # RFC 7622 §3.1
MAX_STEPS: Final = 2000
"""Steps kept; a peer that challenges for ever must not fill the memory with steps."""

MAX_INLINE: Final = 100  # elements inside one of SASL2 that are looked at; real ones have a few

MARKS: Final = frozenset({*MARK_STEPS, "kernel busy"})
"""Names of the marks that a login is read from."""

RESUMED: Final = qualified(STREAM_MANAGEMENT, "resumed")
_ALWAYS: Final = frozenset({HEADER, NONZA, FOOTER, PARTIAL, PARTIAL + 1})


def read_handshake(columns: Columns, connection: int = 0) -> Handshake:
    """Read the login of one connection, from its first row.

    Args:
        columns: the rows; what is new in their log is split first.
        connection: number of the connection.

    Raises:
        UsageError: there is no such connection.
    """
    return HandshakeReader(columns, connection).read()


class HandshakeReader:
    """Reads one connection's login; each :meth:`read` goes on where the last one ended.

    Args:
        columns: the rows.
        connection: number of the connection.

    Attributes:
        oddities: what was found in no line of the table so far.

    Raises:
        UsageError: there is no such connection.
    """

    def __init__(self, columns: Columns, connection: int = 0) -> None:
        known = columns.log.connections
        if not 0 <= connection < len(known):
            raise UsageError(f"no connection {connection}: there are {len(known)}, numbered from 0")
        self._columns = columns
        self._connection = known[connection]
        self._client = CLIENT_SIDE.get(self._connection.role, 1)
        self._flip = False  # a peer opened the stream towards us
        self._cursor = Cursor(columns, MARKS)
        self._steps: list[Step] = []
        self._bands: list[Band] = []
        self._restarts: list[Restart] = []
        self.oddities: list[Finding] = []
        self._busy: list[tuple[int, str]] = []
        self._facts: dict[str, str] = {}
        self._waiting: dict[str, int] = {}  # name of an answer -> position of its question
        self._requests: dict[tuple[int, str], str] = {}  # direction, id -> payload
        self._seen: set[str] = set()
        self._reason = ""
        self._task = False
        self._last = -1  # position of the newest step that took time of its own
        self._headers = 0
        self._stanzas = 0
        self._ready = -1
        self._over = False

    def read(self) -> Handshake:
        """Read what is new and return the login as far as it has come."""
        with self._columns.lock:
            for new in self._cursor.news():
                if not isinstance(new, int):
                    self.take_mark(new)
                elif self._concerns(new):
                    self.take(fact(self._columns, new))
            return self.result()

    def result(self) -> Handshake:
        """Return the login as far as it has been read, without looking for more."""
        outcome = "ready" if self._ready >= 0 else "failed" if self._over else "unfinished"
        return Handshake(
            self._connection.number,
            self._connection.role,
            self._connection.label,
            tuple(self._steps),
            tuple(self._bands),
            tuple(self._restarts),
            tuple(self.oddities),
            outcome,
            dict(self._facts),
            tuple(self._busy),
            self._ready,
        )

    def _concerns(self, row: int) -> bool:
        """Tell cheaply whether a row may belong to the login."""
        kind = self._columns.kinds[row]
        if self._ready < 0 or kind in _ALWAYS:
            return True
        return kind in (IQ, PRESENCE) and self._stanzas < OPENING_STANZAS

    def take_mark(self, mark: Mark) -> None:
        """Read one mark; those of other connections are passed over."""
        if mark.connection not in (-1, self._connection.number):
            return
        if mark.name == "kernel busy":
            if self._ready < 0 and not self._over:
                self._busy.append((mark.at, mark.detail))
            return
        meaning = MARK_STEPS.get(mark.name)
        if meaning is None:
            return
        detail = mark.detail
        if mark.name == "connected":
            self._band("TCP", "readable to everyone on the path", mark.at)
        elif mark.name == "tls up":
            self._facts["tls"] = mark.detail
            self._reason = "tls"
            cipher, _, certificate = detail.partition("; ")
            self._band("TLS", cipher, mark.at)
            if not self._headers and self._connection.role != "component":
                section, sentence = DIRECT_TLS["tls-up"]
                meaning = meaning._replace(section=section, sentence=sentence)
            if certificate:
                meaning = meaning._replace(sentence=f"{meaning.sentence} Shown: {certificate}.")
            detail = cipher
        elif mark.name in ("closed", "lost", "failed"):
            self._over = True
        self._step(meaning, (), mark.at, -1, detail)
        if mark.name in ("closed", "lost"):
            self._end_bands(mark.at)

    def take(self, one: Fact) -> None:
        """Read one row; those of other connections, and later traffic, are passed over."""
        if one.kind == "whitespace" or one.connection != self._connection.number:
            return
        if not self._concerns(one.row):
            return
        if self._columns.kinds[one.row] in STANZA_KINDS and self._ready >= 0:
            self._stanzas += 1
        at = self._columns.at(one.row)
        if one.kind == "header":
            self._header(one, at)
        name = self._name(one)
        direction = 1 - one.direction if self._flip else one.direction
        meaning = STEPS.get((self._connection.role, one.phase, direction, name))
        if meaning is None:
            if one.phase not in ("ready", "closing") and name not in SILENT:
                self._odd(one, at)
        elif not (meaning.effect == "once" and meaning.name in self._seen):
            self._meant(meaning, one, at)
        if one.phase == "ready" and self._ready < 0:
            self._ready = at
            last = max(len(self._steps) - 1, 0)
            self._band("ready", "stanzas flow", at, last)

    def _header(self, one: Fact, at: int) -> None:
        if self._connection.role == "peer" and not self._headers:
            self._flip = one.direction != self._client
        if (one.direction == self._client) != self._flip:
            if self._headers:
                reason = RESTART_REASONS[self._reason]
                self._restarts.append(Restart(len(self._steps), at, reason))
                self._reason = ""
            self._headers += 1
            if one.recipient:
                self._facts["domain"] = one.recipient[:MAX_ADDRESS]
        if one.phase == "secure" and not any(band.label == "TLS" for band in self._bands):
            self._band("TLS", "", at)

    def _name(self, one: Fact) -> str:
        """Return the name by which the table knows an item."""
        if one.kind == "nonza":
            return one.qualified
        if one.kind == "presence":
            return f"presence:{one.type}:{'to' if one.recipient else ''}"
        if one.kind != "iq":
            return one.kind
        if one.type in ("get", "set"):
            self._requests[one.direction, one.id] = one.payload
            return f"iq:{one.type}:{one.payload}"
        return f"iq:{one.type}:{self._requests.pop((1 - one.direction, one.id), '')}"

    def _meant(self, meaning: Meaning, one: Fact, at: int) -> None:
        self._seen.add(meaning.name)
        detail = short_form(self._columns, one)
        self._learn(meaning.name, one)
        section, sentence = self._said(meaning, one)
        meaning = meaning._replace(section=section, sentence=sentence)
        self._step(meaning, (one.row,), at, one.direction, detail)
        if meaning.effect in ("authenticated", "compressed"):
            self._band(meaning.effect, "", at, len(self._steps) - 1)
            self._reason = meaning.effect
            # No arrows of their own: they came inside of this one.
            for child in self._inline(one):
                if child.qualified in WITH_BOUND:
                    more, detail = WITH_BOUND[child.qualified], f"<{child.name}/> in <{one.name}/>"
                    self._step(more, (one.row,), at, -1, detail, inside=True)
        elif meaning.effect == "failed" or one.phase == "closing":
            self._over = True

    def _said(self, meaning: Meaning, one: Fact) -> tuple[str, str]:
        """Return section and sentence of a step, as they are in this login."""
        name, section, sentence = meaning.name, meaning.section, meaning.sentence
        if self._headers == 1 and name in DIRECT_TLS:
            return DIRECT_TLS[name]
        plain = "auth" if name == "authenticate" else name
        for (mechanism, step), (document, own) in BY_MECHANISM.items():
            if (
                step == plain
                and not self._task
                and self._facts.get("mechanism", "").startswith(mechanism)
            ):
                section, sentence = ", ".join(filter(None, (section, document))), own
        inside = {child.qualified for child in self._inline(one)}
        for more, (document, added) in WITH_SUCCESS.items():
            if name == "success" and more in inside:
                section, sentence = f"{section}, {document}", f"{sentence} {added}"
        asked = [what for more, what in WITH_AUTHENTICATE.items() if more in inside]
        if name == "authenticate" and asked:
            documents = dict.fromkeys(document for document, _ in asked)
            section = ", ".join((section, *documents))
            *others, last = (words for _, words in asked)
            words = f"{', '.join(others)} and {last}" if others else last
            sentence = f"{sentence} With it the client asks for {words}."
        return section, sentence

    def _inline(self, one: Fact) -> tuple[Element, ...]:
        """Return what rides along in an element of SASL2, also inside its binding."""
        element = element_of(self._columns, one.row) if one.namespace == SASL2 else None
        if element is None:
            return ()
        inside = element.children[:MAX_INLINE]
        binding = [child for child in inside if child.namespace == BIND2]
        return inside + tuple(more for one in binding for more in one.children[:MAX_INLINE])

    def _learn(self, step: str, one: Fact) -> None:
        """Keep what a card wants to know."""
        facts, columns = self._facts, self._columns
        if step in ("auth", "authenticate"):
            facts["mechanism"] = attribute(columns, one.row, "mechanism")
            self._task = False
        elif step == "next":
            self._task = True  # what follows is in the terms of the task
        elif step == "bound":
            facts["address"] = text_of(columns, one.row, "jid")
        elif step == "success":
            if address := text_of(columns, one.row, "authorization-identifier"):
                facts["address"] = address
            if any(child.qualified == RESUMED for child in self._inline(one)):
                facts["resumed"] = "yes"
        elif step == "resumed":
            facts["resumed"] = "yes"
        elif step in ("failure", "stream-error", "bind-error", "sm-failed"):
            facts["condition"] = condition(columns, one)

    def _odd(self, one: Fact, at: int) -> None:
        self._step(UNKNOWN, (one.row,), at, one.direction, short_form(self._columns, one))
        if len(self.oddities) >= MAX_STEPS:
            return
        name = "unexpected-in-login"
        rule = RULES[name]
        sentence = (
            f"In the phase {one.phase}, row {one.row} ({(one.name or one.kind)[:60]}) is in no "
            "login that is known here."
        )
        rows = (one.row,)
        self.oddities.append(
            Finding(name, rule.severity, rows, rule.section, sentence, rule.advice)
        )

    def _step(
        self,
        meaning: Meaning,
        rows: tuple[int, ...],
        at: int,
        direction: int,
        detail: str,
        *,
        inside: bool = False,
    ) -> None:
        """Add a step, and the time that the one before it took; not for what is inside of it."""
        if len(self._steps) >= MAX_STEPS:
            return
        asked = -1 if inside else self._waiting.get(meaning.name, -1)
        last = -1 if inside else self._last
        if not inside:
            self._last = len(self._steps)
        for position in {asked, last} - {-1}:
            step = self._steps[position]
            if step.duration < 0 and (position == asked or step.name not in ANSWERS):
                self._steps[position] = step._replace(duration=at - step.time)
        if asked >= 0:
            for name in ANSWERS[self._steps[asked].name]:
                if self._waiting.get(name) == asked:
                    del self._waiting[name]
        band = self._bands[-1].label if self._bands else ""
        tone = "error" if meaning.effect in ("refused", "failed") else ""
        for answer in ANSWERS.get(meaning.name, ()):
            self._waiting[answer] = len(self._steps)
        self._steps.append(
            Step(
                meaning.name,
                meaning.title,
                rows,
                at,
                -1,
                meaning.section,
                meaning.sentence,
                direction,
                band,
                tone,
                detail,
            )
        )

    def _band(self, label: str, detail: str, at: int, first: int | None = None) -> None:
        if any(band.label == label for band in self._bands):
            return
        position = len(self._steps) if first is None else first
        self._bands.append(Band(label, detail, at, -1, position, -1))
        if first is not None and self._steps:
            self._steps[first] = self._steps[first]._replace(band=label)

    def _end_bands(self, at: int) -> None:
        last = len(self._steps) - 1
        self._bands = [
            band if band.end >= 0 else band._replace(end=at, last=last) for band in self._bands
        ]
