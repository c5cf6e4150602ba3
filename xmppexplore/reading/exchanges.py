"""Requests and their answers: paired by id and by who may answer.

An answer has the id of its request and comes from the one who was asked (RFC 6120 §8.2.3).
Without the second half anybody who guesses an id could answer in the server's stead.  What
was sent without ``to`` is answered by the own account or the own server, which may leave
``from`` out (RFC 6120 §8.1.2.1); before a resource is bound nobody else can reach the
connection at all.
"""

from __future__ import annotations

from array import array
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.names import BIND, SASL2, STREAM_MANAGEMENT, qualified
from xmppexplore.reading.busy import BusySpans
from xmppexplore.reading.cursor import Cursor
from xmppexplore.reading.records import CLIENT_SIDE, Exchange, Fact, fact
from xmppexplore.reading.shapes import condition, text_of
from xmppexplore.wire.records import IQ, NONZA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Mark

__all__ = ["PATIENCE", "ExchangeReader", "Unpaired", "bare", "exchanges", "may_answer"]

PATIENCE: Final = 10_000_000_000
"""Nanoseconds after which an open request counts as timed out: as long as ``ask`` waits."""

_KINDS: Final = frozenset({IQ, NONZA})
_BIND: Final = qualified(BIND, "bind")
_RESUMED: Final = qualified(STREAM_MANAGEMENT, "resumed")
_SUCCESS2: Final = qualified(SASL2, "success")
_Key = tuple[int, int, str, str, str]  # stream, direction, id, asked, asking


class Unpaired(NamedTuple):
    """An answer that answers nothing.

    Attributes:
        row: its row.
        request: row of an open request with the same id to somebody else, -1 where there
            is none.
    """

    row: int
    request: int


def exchanges(columns: Columns) -> list[Exchange]:
    """Return all exchanges of a recording, in the order of their requests.

    Args:
        columns: the rows; what is new in their log is split first.
    """
    return ExchangeReader(columns).read()


def bare(address: str) -> str:
    """Return an address without its resource, lower case.

    Enough for comparing what two servers stamped; it is no full enforcement (RFC 7622).

    >>> bare("Romeo@Capulet.example/Balcony")
    'romeo@capulet.example'
    """
    return address.partition("/")[0].lower().removesuffix(".")


def _normal(address: str) -> str:
    head, slash, resource = address.partition("/")
    return head.lower().removesuffix(".") + slash + resource


class _Stream:
    """What is known of one stream: who is at its end, and which stream it goes on from."""

    def __init__(self, number: int, role: str, session: str) -> None:
        self.number = number  # of the stream whose requests are open here as well
        self.role = role
        self.client = CLIENT_SIDE.get(role, 1)
        self.session = session
        self.own: frozenset[str] = frozenset()

    def who(self, address: str) -> str:
        """Return an address for comparing: ``""`` for the own account and the own server."""
        if not address:
            return ""
        if self.role in ("initiator", "receiver") and not self.own:
            return ""  # nobody else can reach it yet
        normal = _normal(address)
        return "" if normal in self.own else normal

    def learn(self, address: str) -> None:
        """Take the address that was bound (RFC 6120 §7.6.1)."""
        account = bare(address)
        if account:
            domain = account.rpartition("@")[2]
            self.own = frozenset({account, domain, _normal(address)})


def may_answer(recipient: str, sender: str, own: str) -> bool:
    """Tell whether ``sender`` may answer a request that ``own`` sent to ``recipient``.

    The same rule by which :class:`ExchangeReader` pairs rows: nobody but the one asked,
    and for what is asked of the own account or server each of their forms.

    Args:
        recipient: ``to`` of the request, ``""`` where it named nobody.
        sender: ``from`` of the answer, likewise.
        own: the full address that is bound.

    >>> may_answer("", "romeo@capulet.example", "romeo@capulet.example/garden")
    True
    >>> may_answer("juliet@capulet.example", "mallory@capulet.example", "romeo@capulet.example/g")
    False
    """
    stream = _Stream(0, "initiator", "")
    stream.learn(own)
    return stream.who(recipient) == stream.who(sender)


class ExchangeReader:
    """Pairs requests and answers; each :meth:`read` goes on where the last one ended.

    Args:
        columns: the rows.
        patience: nanoseconds after which an open request counts as timed out, measured by
            the newest row or mark of the recording; a late answer is still an answer.

    Attributes:
        found: all exchanges, in the order of their requests.
        unpaired: answers to nothing, in the order of their rows.
        repeated: ``(row, row)`` of two requests with the same id that were open at once.
    """

    def __init__(self, columns: Columns, patience: int = PATIENCE) -> None:
        self._columns = columns
        self._patience = patience
        self._cursor = Cursor(columns, frozenset({"kernel busy"}))
        self._streams: dict[int, _Stream] = {}
        self._open: dict[_Key, deque[int]] = {}
        self._by_id: dict[tuple[int, int, str], dict[int, None]] = {}
        self._waiting: deque[int] = deque()  # open requests, oldest first
        self._asked = array("q")  # when; the row itself may have gone to the journal since
        self._busy = BusySpans()
        self._answered: list[int] = []  # positions in `found`, in the order of the answers
        self._changed: dict[int, None] = {}
        self.found: list[Exchange] = []
        self.unpaired: list[Unpaired] = []
        self.repeated: list[tuple[int, int]] = []

    def read(self) -> list[Exchange]:
        """Read what is new and return all exchanges."""
        self.advance()
        return self.found

    def advance(self) -> list[int]:
        """Read what is new; return the positions in :attr:`found` that are new or changed."""
        columns = self._columns
        self._changed = {}
        with columns.lock:
            for new in self._cursor.news():
                if not isinstance(new, int):
                    self.take_mark(new)
                elif columns.kinds[new] in _KINDS:
                    self.take(fact(columns, new))
            count = columns.count
            now = columns.at(count - 1) if count else 0
            if columns.marks:
                now = max(now, columns.marks[-1].at)
            self._time_out(now)
        return sorted(self._changed)

    def _stream(self, connection: int) -> _Stream:
        stream = self._streams.get(connection)
        if stream is None:
            known = self._columns.log.connections[connection]
            stream = self._streams[connection] = _Stream(connection, known.role, known.session)
        return stream

    def take(self, one: Fact) -> None:
        """Read one row; other than iq and what opens a session is passed over."""
        if one.kind == "iq":
            stream = self._stream(one.connection)
            if one.type in ("get", "set"):
                self._request(stream, one)
            elif one.type in ("result", "error"):
                self._answer(stream, one)
        elif one.kind == "nonza" and one.name in ("resumed", "success"):
            self._nonza(one)

    def _request(self, stream: _Stream, one: Fact) -> None:
        key = self._key(stream, one.direction, one.id, one.recipient, one.sender)
        peers = self._by_id.setdefault((stream.number, one.direction, one.id), {})
        waiting = self._open.setdefault(key, deque())
        if waiting:
            earlier = self.found[waiting[-1]]
            if earlier.connection != one.connection and earlier.payload == one.payload:
                return  # sent again on the stream that was resumed: the same request
            self.repeated.append((earlier.request, one.row))
        position = len(self.found)
        waiting.append(position)
        peers[position] = None
        self._waiting.append(position)
        self._asked.append(self._columns.at(one.row))
        self._changed[position] = None
        self.found.append(
            Exchange(
                request=one.row,
                response=-1,
                id=one.id,
                recipient=one.recipient,
                payload=one.payload,
                outcome="open",
                condition="",
                round_trip=-1,
                upper_bound=False,
                connection=one.connection,
                direction=one.direction,
            )
        )

    def _key(self, stream: _Stream, direction: int, id: str, asked: str, asking: str) -> _Key:
        return (stream.number, direction, id, stream.who(asked), stream.who(asking))

    def _answer(self, stream: _Stream, one: Fact) -> None:
        direction = 1 - one.direction
        key = self._key(stream, direction, one.id, one.sender, one.recipient)
        waiting = self._open.get(key)
        peers = self._by_id.get((stream.number, direction, one.id))
        if not waiting or peers is None:
            request = self.found[next(reversed(peers))].request if peers else -1
            self.unpaired.append(Unpaired(one.row, request))
            return
        position = waiting.popleft()
        del peers[position]
        if not waiting:
            del self._open[key]
        if not peers:
            del self._by_id[stream.number, direction, one.id]
        exchange = self.found[position]
        asked, answered = self._asked[position], self._columns.at(one.row)
        self.found[position] = exchange._replace(
            response=one.row,
            outcome=one.type,
            condition=condition(self._columns, one) if one.type == "error" else "",
            round_trip=answered - asked,
            upper_bound=self._busy.touches(asked, answered),
        )
        self._answered.append(position)
        self._changed[position] = None
        if exchange.payload == _BIND and one.type == "result" and direction == stream.client:
            stream.learn(text_of(self._columns, one.row, "jid"))

    def _nonza(self, one: Fact) -> None:
        """Let a resumed stream answer what was asked on the one before (XEP-0198 §5)."""
        stream = self._stream(one.connection)
        if one.qualified == _SUCCESS2:  # binds without an iq (XEP-0386)
            stream.learn(text_of(self._columns, one.row, "authorization-identifier"))
        if one.qualified != _RESUMED:
            return
        same = (stream.session, stream.role)
        for earlier in reversed(self._streams.values()):
            if earlier is not stream and (earlier.session, earlier.role) == same:
                stream.number, stream.own = earlier.number, earlier.own
                return

    def take_mark(self, mark: Mark) -> None:
        """Read one mark: those that say when the kernel was busy."""
        if mark.name == "kernel busy":
            self._bound_since(self._busy.add(mark.at, mark.detail))

    def _bound_since(self, start: int) -> None:
        """Flag what was answered while the kernel was busy: the mark comes after the fact."""
        for position in reversed(self._answered):
            exchange = self.found[position]
            if self._asked[position] + exchange.round_trip < start:
                return
            if not exchange.upper_bound:
                self.found[position] = exchange._replace(upper_bound=True)
                self._changed[position] = None

    def _time_out(self, now: int) -> None:
        while self._waiting:
            position = self._waiting[0]
            exchange = self.found[position]
            if exchange.response < 0:
                if now - self._asked[position] <= self._patience:
                    return
                self.found[position] = exchange._replace(outcome="timeout")
                self._changed[position] = None
            self._waiting.popleft()

    def unanswered(self, connection: int) -> Iterable[Exchange]:
        """Return the exchanges of a connection that have no answer, in order."""
        stream = self._stream(connection)
        open_here = (
            position
            for (number, _, _), peers in self._by_id.items()
            if number == stream.number
            for position in peers
        )
        return [self.found[at] for at in sorted(open_here)]
