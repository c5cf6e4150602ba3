"""Rosters, subscriptions and presence, read from the rows of any number of clients.

Each arrow is one stanza between a client and its server.  What is known of the subscription
of each account to each contact is moved by the stanzas and by what rosters and pushes tell
(:mod:`xmppexplore.reading.subscription`), from the wire alone: nothing is asked of a server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.names import BIND, ROSTER, SASL2, STREAM_MANAGEMENT, qualified
from xmppexplore.reading.contacts import Contacts, Hearing, departs
from xmppexplore.reading.cursor import Cursor
from xmppexplore.reading.exchanges import bare
from xmppexplore.reading.presence_records import Party, PresenceStep, Remark
from xmppexplore.reading.presence_steps import PRESENCE_STEPS, SUBSCRIPTION_TYPES
from xmppexplore.reading.records import CLIENT_SIDE, Fact, fact
from xmppexplore.reading.shapes import attribute, element_of, short_form, text_of
from xmppexplore.reading.subscription import Move, exact, name_of
from xmppexplore.wire.records import IQ, NONZA, PRESENCE

if TYPE_CHECKING:
    from xmppexplore.store.columns import Columns
    from xmppexplore.store.log import Mark
    from xmppexplore.wire.element import Element

__all__ = ["PresenceReader"]

_KINDS: Final = frozenset({IQ, NONZA, PRESENCE})
_QUERY: Final = qualified(ROSTER, "query")
_ITEM: Final = qualified(ROSTER, "item")
_BIND: Final = qualified(BIND, "bind")
_TYPES: Final = SUBSCRIPTION_TYPES | {"", "unavailable", "probe", "error"}
_MAX_OPEN: Final = 1000  # requests without an answer, of one connection
_MAX_ADDRESS: Final = 3071  # RFC 7622 §3.1


class _Stream(Hearing):
    """One connection: whose it is and what is open on it."""

    def __init__(self, number: int, role: str) -> None:
        super().__init__(number, "")
        self.client = CLIENT_SIDE[role]  # the direction in which the client speaks
        self.party = -1
        self.closed = False
        self.available = False
        self.open: dict[tuple[str, str], tuple[str, str]] = {}  # by, id -> what, contact

    def take_over(self, earlier: _Stream) -> None:
        """Go on where an earlier stream was cut (XEP-0198 §5)."""
        for kept in ("party", "account", "available", "open", "since", "heard", "asked"):
            setattr(self, kept, getattr(earlier, kept))
        earlier.closed = True

    def is_own(self, address: str) -> bool:
        """Tell whether an answer comes from the own account or server (RFC 6120 §8.1.2.1)."""
        return bare(address) in ("", self.account, self.account.rpartition("@")[2])


class PresenceReader:
    """Reads presence; each :meth:`advance` goes on where the last one ended.

    Args:
        columns: the rows.

    Attributes:
        steps: every arrow, in the order of the rows.
        parties: the clients, in the order in which they were bound.
        remarks: what does not follow from what came before.
        contacts: what is known of the contacts of each account.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._cursor = Cursor(columns, frozenset({"closed", "lost"}))
        self._streams: dict[int, _Stream | None] = {}
        self._resumable: dict[str, int] = {}  # identifier of a session -> its connection
        self.steps: list[PresenceStep] = []
        self.parties: list[Party] = []
        self.remarks: list[Remark] = []
        self.contacts = Contacts()

    def advance(self) -> None:
        """Read what is new."""
        columns = self._columns
        with columns.lock:
            for new in self._cursor.news():
                if not isinstance(new, int):
                    self.take_mark(new)
                elif columns.kinds[new] in _KINDS:
                    self.take(fact(columns, new))

    def take_mark(self, mark: Mark) -> None:
        """Read one mark: whose connection ended leaves its place to the next of the account."""
        stream = self._streams.get(mark.connection)
        if stream is not None:
            stream.closed = True

    def _stream(self, number: int) -> _Stream | None:
        if number not in self._streams:
            role = self._columns.log.connections[number].role
            known = role in ("initiator", "receiver")
            self._streams[number] = _Stream(number, role) if known else None
        return self._streams[number]

    def take(self, one: Fact) -> None:
        """Read one row; what is neither roster nor presence is passed over."""
        stream = self._stream(one.connection)
        if stream is None:
            return
        by = "client" if one.direction == stream.client else "server"
        if one.kind == "nonza":
            self._nonza(stream, one)
        elif one.payload == _BIND and one.type == "result" and by == "server":
            self._bound(stream, text_of(self._columns, one.row, "jid"))
        elif not stream.account:
            return
        elif one.kind == "iq":
            self._iq(stream, by, one)
        elif one.kind == "presence":
            self._presence(stream, by, one)

    # ---- whose connection it is

    def _nonza(self, stream: _Stream, one: Fact) -> None:
        if one.direction == stream.client:
            return
        if one.qualified == qualified(SASL2, "success"):  # may bind at once (XEP-0386)
            self._bound(stream, text_of(self._columns, one.row, "authorization-identifier"))
        elif one.qualified == qualified(STREAM_MANAGEMENT, "enabled"):
            if name := attribute(self._columns, one.row, "id"):
                self._resumable[name] = stream.connection
        elif one.qualified == qualified(STREAM_MANAGEMENT, "resumed"):
            name = attribute(self._columns, one.row, "previd")
            earlier = self._streams.get(self._resumable.get(name, -1))
            if earlier is not None and earlier is not stream:
                self._resumable[name] = stream.connection
                stream.take_over(earlier)

    def _bound(self, stream: _Stream, address: str) -> None:
        account = bare(address[:_MAX_ADDRESS])
        if "/" not in address or not account:
            return
        stream.account = account
        taken = {
            other.party
            for other in self._streams.values()
            if other is not None and other is not stream and not other.closed
        }
        for party in self.parties:
            if party.account == account and party.number not in taken:
                stream.party = party.number
                break
        else:
            stream.party = len(self.parties)
            self.parties.append(Party(stream.party, account, address[:_MAX_ADDRESS]))
        self.contacts.listens(stream)

    # ---- rosters

    def _iq(self, stream: _Stream, by: str, one: Fact) -> None:
        if one.type in ("get", "set"):
            if one.payload == _QUERY:
                self._request(stream, by, one)
        elif one.type in ("result", "error"):
            asker = "server" if by == "client" else "client"
            what, contact = stream.open.get((asker, one.id), ("", ""))
            if not what or (by == "server" and not stream.is_own(one.sender)):
                return
            del stream.open[asker, one.id]
            if what == "get" and one.type == "result":
                self._roster(stream, one)
            else:
                short = "result" if one.type == "result" else "refused"
                key = f"{one.type}:{what}"
                self._step(stream, by, key, one, contact, "", short, tone="quiet")

    def _request(self, stream: _Stream, by: str, one: Fact) -> None:
        if by == "server" and one.type == "get":
            return
        what = "push" if by == "server" else one.type
        items = self._items(one.row)
        contact = _contact(items[0]) if len(items) == 1 else ""
        gone = len(items) == 1 and items[0].get("subscription") == "remove"
        foreign = by == "server" and one.sender.lower() not in ("", stream.account)
        while len(stream.open) >= _MAX_OPEN:
            del stream.open[next(iter(stream.open))]
        stream.open[by, one.id] = (what, contact)
        if what == "get":
            self.contacts.listens(stream)
            self._step(stream, by, "iq:get", one, "", "", "roster?")
        elif what == "set":
            key = "iq:set:remove" if gone else "iq:set"
            self._step(stream, by, key, one, contact, "", "remove" if gone else "roster set")
        elif foreign or not contact:
            self._step(stream, by, "iq:push:foreign", one, contact, "", "push?")
        else:
            shown = _shown(items[0])
            move = self._check(
                one.row,
                self.contacts.told(
                    stream, contact, *shown, approved=items[0].get("approved") == "true"
                ),
            )
            key = "iq:push:remove" if gone else "iq:push"
            look = f"{shown[0]}+ask" if shown[1] else shown[0]
            self._step(stream, by, key, one, contact, f"push: {look}", f"push {look}", (move,))

    def _roster(self, stream: _Stream, one: Fact) -> None:
        if one.payload != _QUERY:
            self._step(stream, "server", "result:get:same", one, "", "", "unchanged")
            return
        items = {_contact(item): _shown(item) for item in self._items(one.row)}
        items.pop("", None)
        moves = tuple(self.contacts.listed(stream, items))
        contact = next(iter(items)) if len(items) == 1 else ""
        short = f"{len(items)} contact{'' if len(items) == 1 else 's'}"
        detail = f"roster: {short}"
        self._step(stream, "server", "result:get", one, contact, detail, short, moves, whole=True)

    def _items(self, row: int) -> list[Element]:
        iq = element_of(self._columns, row)
        query = iq.find(_QUERY) if iq is not None else None
        return list(query.find_all(_ITEM)) if query is not None else []

    def _check(self, row: int, move: Move) -> Move:
        """Remark where no stanza explains what a push tells."""
        if departs(move):
            self.remarks.append(
                Remark(
                    row,
                    f"Row {row} tells of {move.contact} the state {name_of(move.after)}, where "
                    f"the stanzas before it gave {name_of(move.before)}: either something in "
                    "between is not recorded here, or the server departs from RFC 6121 "
                    "Appendix A.",
                )
            )
        return move

    # ---- presence

    def _presence(self, stream: _Stream, by: str, one: Fact) -> None:
        whom = one.recipient if by == "client" else one.sender
        contact = bare(whom[:_MAX_ADDRESS])
        contact = "" if contact == stream.account else contact
        short = one.type[:40] or "presence"
        if one.type not in _TYPES:
            self._step(stream, by, "presence:unknown", one, contact, "", short)
        elif one.type in SUBSCRIPTION_TYPES:
            self._subscription(stream, by, one, contact)
        elif one.type in ("probe", "error"):
            self._step(stream, by, f"presence:{one.type}", one, contact, "", short)
        elif by == "server":
            own = "" if contact else ":own"
            key = f"presence:{one.type or 'available'}{own}"
            self._step(stream, by, key, one, contact, "", short)
        elif one.recipient:
            key = "presence:directed" + (":unavailable" if one.type else "")
            self._step(stream, by, key, one, contact, "", "directed" if not one.type else short)
        elif one.type:
            stream.available = False
            self._step(stream, by, "presence:unavailable", one, "", "", short)
        else:
            key = "presence:later" if stream.available else "presence:initial"
            if not stream.available:
                self.contacts.listens(stream)
            stream.available = True
            self._step(stream, by, key, one, "", "", short)

    def _subscription(self, stream: _Stream, by: str, one: Fact, contact: str) -> None:
        key, note = f"presence:{one.type}", ""
        if not contact:  # nobody subscribes to oneself
            self._step(stream, by, key, one, "", "", one.type)
            return
        if by == "server":
            move, copy = self.contacts.heard(stream, contact, one.type)
            note = "Another client of this user was told the same already." if copy else ""
        else:
            move = self.contacts.said(stream, contact, one.type)
            if stream.available:
                stream.asked.add(contact)
            waiting = {state.endswith("+PI") for state in move.before}
            if one.type == "subscribed" and waiting == {False}:
                key += ":early"
            elif one.type == "unsubscribed" and waiting == {True}:
                key += ":refusal"
            elif exact(move.before) and move.before == move.after:
                note = f"In the state {name_of(move.before)} this changes nothing."
        self._step(stream, by, key, one, contact, "", one.type, (move,), note=note)

    def _step(
        self,
        stream: _Stream,
        by: str,
        key: str,
        one: Fact,
        contact: str,
        detail: str,
        short: str,
        moves: tuple[Move, ...] = (),
        *,
        whole: bool = False,
        note: str = "",
        tone: str = "",
    ) -> None:
        meaning = PRESENCE_STEPS[by, key]
        self.steps.append(
            PresenceStep(
                name=meaning.name,
                title=meaning.title,
                row=one.row,
                time=self._columns.at(one.row),
                section=meaning.section,
                sentence=f"{meaning.sentence} {note}".strip(),
                connection=stream.connection,
                party=stream.party,
                by=by,
                account=stream.account,
                contact=contact,
                kind=one.kind,
                type=one.type,
                detail=detail or short_form(self._columns, one),
                short=short,
                tone="error" if meaning.effect == "refused" else tone,
                whole=whole,
                moves=moves,
            )
        )


def _contact(item: Element) -> str:
    return bare(str(item.get("jid", ""))[:_MAX_ADDRESS])


def _shown(item: Element) -> tuple[str, str]:
    """Return what an item says of the subscription, the defaults where it says nothing."""
    ask = "subscribe" if item.get("ask") == "subscribe" else ""
    return str(item.get("subscription", "none"))[:20], ask
