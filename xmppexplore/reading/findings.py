"""What departs from the rules of :mod:`xmppexplore.reading.rules`, row by row.

A finding never says what a program should have meant, only which rule a row does not keep.
Reading goes on from the last row seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.names import BIND, STREAM_MANAGEMENT, qualified
from xmppexplore.reading.cursor import Cursor
from xmppexplore.reading.exchanges import ExchangeReader, bare
from xmppexplore.reading.handshake import MARKS, HandshakeReader
from xmppexplore.reading.records import Fact, Finding, fact
from xmppexplore.reading.rules import BY_KIND, RULES, Rule, State
from xmppexplore.reading.shapes import attribute, text_of
from xmppexplore.wire.records import WHITESPACE

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Mark

__all__ = ["RULES", "FindingReader", "findings"]

_ENABLED: Final = qualified(STREAM_MANAGEMENT, "enabled")
_MARKS: Final = MARKS | {"closed", "lost", "tls up", "kernel busy"}


def findings(columns: Columns) -> list[Finding]:
    """Return all findings of a recording, in the order in which they came to light.

    Args:
        columns: the rows; what is new in their log is split first.
    """
    return FindingReader(columns).read()


class FindingReader:
    """Finds departures from the rules; each :meth:`read` goes on where the last one ended.

    Exchanges and logins are read in step with the rows, so that what is found, and in what
    order, does not depend on when somebody looked.

    Args:
        columns: the rows.

    Attributes:
        found: all findings so far, in the order in which they came to light.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._cursor = Cursor(columns, _MARKS)
        self._exchanges = ExchangeReader(columns)
        self._state = State(columns)
        self._logins: dict[int, HandshakeReader] = {}
        self._odd: dict[int, int] = {}  # oddities taken, by connection
        self._unpaired = self._repeated = 0
        self.found: list[Finding] = []

    def read(self) -> list[Finding]:
        """Read what is new and return all findings."""
        columns = self._columns
        with columns.lock:
            for new in self._cursor.news():
                if not isinstance(new, int):
                    self._marked(new)
                elif columns.kinds[new] != WHITESPACE:
                    self._look(fact(columns, new))
        return self.found

    def _look(self, one: Fact) -> None:
        state = self._state
        state.seen.add(one.connection)
        if one.kind == "footer":
            state.footers.add((one.connection, one.direction))
        for name, rule, detect in BY_KIND[self._columns.kinds[one.row]]:
            sentence = detect(state, one)
            if sentence is not None:
                self._find(name, (one.row,), sentence, rule)
        if one.kind == "iq" and one.type == "result" and one.payload == qualified(BIND, "bind"):
            state.own[one.connection] = bare(text_of(self._columns, one.row, "jid"))
        elif one.qualified == _ENABLED and attribute(self._columns, one.row, "resume") in (
            "true",
            "1",
        ):
            state.resumable.add(one.connection)
        self._paired(one)
        self._odd_in_login(one)

    def _find(
        self, name: str, rows: tuple[int, ...], sentence: str, rule: Rule | None = None
    ) -> None:
        rule = rule or RULES[name]
        self.found.append(Finding(name, rule.severity, rows, rule.section, sentence, rule.advice))

    def _marked(self, mark: Mark) -> None:
        state = self._state
        self._exchanges.take_mark(mark)
        for number in self._logins if mark.connection < 0 else (mark.connection,):
            if number in self._logins:
                self._logins[number].take_mark(mark)
        if mark.name == "tls up":
            state.tls.add(mark.connection)
        if mark.name not in ("closed", "lost") or mark.connection not in state.seen:
            return
        state.seen.discard(mark.connection)  # lost is followed by closed
        both = {(mark.connection, 0), (mark.connection, 1)}
        if not both & state.footers:
            self._find("no-closing", (), f"Connection {mark.connection} ends without a footer.")
        state.own.pop(mark.connection, None)
        state.tried.pop(mark.connection, None)
        if mark.connection in state.resumable:
            return  # the answers may yet come, on the connection that resumes this one
        for exchange in self._exchanges.unanswered(mark.connection):
            self._find(
                "no-answer",
                (exchange.request,),
                f"The request in row {exchange.request} was not answered before the connection "
                "ended.",
            )

    def _paired(self, one: Fact) -> None:
        exchanges = self._exchanges
        exchanges.take(one)
        for row, request in exchanges.unpaired[self._unpaired :]:
            if request < 0:
                self._find("answer-to-nothing", (row,), f"Row {row} answers no open request.")
                continue
            self._find(
                "answer-from-stranger",
                (request, row),
                f"Row {row} has the id of the request in row {request}, but is not from the one "
                "who was asked.",
            )
        self._unpaired = len(exchanges.unpaired)
        for first, second in exchanges.repeated[self._repeated :]:
            self._find(
                "repeated-id",
                (first, second),
                f"Row {second} has the id of the request in row {first}, which is still open.",
            )
        self._repeated = len(exchanges.repeated)

    def _odd_in_login(self, one: Fact) -> None:
        reader = self._logins.get(one.connection)
        if reader is None:
            reader = self._logins[one.connection] = HandshakeReader(self._columns, one.connection)
        reader.take(one)
        taken = self._odd.get(one.connection, 0)
        # A stanza that is too early is out of place as well; one word for it is enough.
        if not any(
            known.rule == "early-stanza" and known.rows == (one.row,) for known in self.found[-4:]
        ):
            self.found += reader.oddities[taken:]
        self._odd[one.connection] = len(reader.oddities)
