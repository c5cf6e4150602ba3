"""What is known of each account's contacts while a recording is read.

What comes late must not turn the clock back: a roster may tell of a state that a later stanza
has left already, and each client of an account is sent its own copy of one request.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Final

from xmppexplore.reading.presence_records import Book
from xmppexplore.reading.subscription import (
    VISIBLE,
    Move,
    States,
    arrived,
    following,
    moved,
    reachable,
    removed,
    told,
)

__all__ = ["MAX_TRAILS", "Contacts", "Hearing", "departs"]

MAX_TRAILS: Final = 100
"""Contacts of an account, those of the last stanzas, of whom a roster may tell too late."""
_MAX_LOOKS: Final = 16  # of one contact

_Look = tuple[str, str] | None  # subscription and ask; None where they are not known


class Hearing:
    """What one client can have been told.

    Args:
        connection: number of its connection.
        account: bare address of its user.

    Attributes:
        connection: the same.
        account: the same.
        since: how many requests and answers the account was told before this client could be.
        heard: (contact, type) -> the last of them that it was told.
        asked: contacts about whom it said something after it became available.
    """

    def __init__(self, connection: int, account: str) -> None:
        self.connection = connection
        self.account = account
        self.since = 0
        self.heard: dict[tuple[str, str], int] = {}
        self.asked: set[str] = set()


class _Trail:
    """How a contact has looked in the roster, newest last, and what each client was told."""

    def __init__(self, states: States) -> None:
        self._looks: deque[tuple[int, _Look]] = deque(maxlen=_MAX_LOOKS)
        self._told: dict[int, int] = {}
        self._serial = 0
        self.add(states)

    def add(self, states: States) -> None:
        look = _look(states)
        if not self._looks or self._looks[-1][1] != look:
            self._serial += 1
            self._looks.append((self._serial, look))

    def knows(self, connection: int, look: _Look, whole: bool) -> bool:
        """Tell whether a client is being told of a look that it was not told past.

        Pushes tell of one look after the other; a whole roster of the newest it can.
        """
        since = self._told.get(connection, 0)
        looks = reversed(self._looks) if whole else self._looks
        for serial, earlier in looks:
            if earlier == look and serial >= since:
                self._told[connection] = serial
                return True
        return False

    def tell(self, connection: int) -> None:
        """Note that a client was told of the newest look."""
        self._told[connection] = self._serial


class Contacts:
    """The contacts of every account, as far as the rows have told.

    Attributes:
        book: what is known now.
    """

    def __init__(self) -> None:
        self.book = Book()
        self._trails: dict[str, dict[str, _Trail]] = {}
        self._events: dict[tuple[str, str, str], list[int]] = {}
        self._count: dict[str, int] = {}  # events of each account

    def listens(self, hearing: Hearing) -> None:
        """Note that a client can be told of things from now on, and was not before."""
        hearing.since = self._count.get(hearing.account, 0)
        hearing.heard = {}

    def said(self, hearing: Hearing, contact: str, type: str) -> Move:
        """Take a subscription stanza that a client sent (RFC 6121 A.2)."""
        before = self.book.get(hearing.account, contact)
        return self._stanza(hearing.account, contact, before, moved(before, "out", type))

    def heard(self, hearing: Hearing, contact: str, type: str) -> tuple[Move, bool]:
        """Take one that a client was sent (RFC 6121 A.3).

        Returns:
            What it does, and whether it is a copy of what another client was sent before.
        """
        before = self.book.get(hearing.account, contact)
        if self._copy(hearing, contact, type):
            return Move(contact, before, before), True
        after = arrived(before, type)
        return self._stanza(hearing.account, contact, before, after), False

    def _stanza(self, account: str, contact: str, before: States, after: States) -> Move:
        if before != after:
            trails = self._trails.setdefault(account, {})
            trail = trails.pop(contact, None) or _Trail(before)
            while len(trails) >= MAX_TRAILS:
                del trails[next(iter(trails))]
            trails[contact] = trail
            self.book.put(account, contact, after)
            trail.add(after)
        return Move(contact, before, after)

    def _copy(self, hearing: Hearing, contact: str, type: str) -> bool:
        events = self._events.setdefault((hearing.account, contact, type), [])
        at = bisect_right(events, hearing.heard.get((contact, type), hearing.since))
        if at < len(events):
            hearing.heard[contact, type] = events[at]
            return True
        serial = self._count[hearing.account] = self._count.get(hearing.account, 0) + 1
        events.append(serial)
        hearing.heard[contact, type] = serial
        return False

    def listed(self, hearing: Hearing, items: dict[str, tuple[str, str]]) -> list[Move]:
        """Take a whole roster: contact -> subscription and ask (RFC 6121 §2.1.4)."""
        account = hearing.account
        recent = [one for one in self._trails.get(account, {}) if one not in items]
        before = {contact: self.book.get(account, contact) for contact in (*items, *recent)}
        self.book.listed(account)
        for contact, states in before.items():
            self.book.put(account, contact, states)
        # Who has left the roster since was named by stanzas; they have the last word.
        return [
            self.told(hearing, contact, *items.get(contact, ("none", "")), whole=True)
            for contact in before
        ]

    def told(
        self,
        hearing: Hearing,
        contact: str,
        subscription: str,
        ask: str,
        *,
        approved: bool = False,
        whole: bool = False,
    ) -> Move:
        """Take what an item of a push, or of a whole roster, says (RFC 6121 §2.1.2)."""
        account = hearing.account
        before = self.book.get(account, contact)
        gone = subscription == "remove"
        after = removed(before) if gone else told(before, subscription, ask)
        if approved and not gone:
            # Who is approved in advance would not be kept waiting (RFC 6121 §3.4).
            after = frozenset(one for one in after if not one.endswith("+PI")) or after
        if not whole and not gone and not before & after:
            after = (following(before) & after) or after  # a push tells of one change
        trail = self._trails.get(account, {}).get(contact)
        known = trail is not None and trail.knows(hearing.connection, _look(after), whole)
        if known and not approved and _look(before) != _look(after):
            return Move(contact, before, before)  # it was true when it was written
        if contact in hearing.asked:
            # What waited was delivered when the client became available, before anything
            # that it said later was answered (RFC 6121 §3.1.3, RFC 6120 §10.1).
            hearing.asked.discard(contact)
            after = frozenset(one for one in after if not one.endswith("+PI")) or after
        self.book.put(account, contact, after)
        if trail is not None and not known:
            trail.add(after)
            trail.tell(hearing.connection)
        return Move(contact, before, after)


def departs(move: Move) -> bool:
    """Tell whether no stanza leads from what was known to what a roster tells."""
    return not reachable(move.before, move.after)


def _look(states: States) -> _Look:
    looks = {VISIBLE[state] for state in states}
    return looks.pop() if len(looks) == 1 else None
