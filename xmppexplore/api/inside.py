"""The inside of a sandbox as frames: accounts, connections, and what was decided."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Final

from xmppexplore.sandbox.contacts import listed
from xmppexplore.sandbox.modules.offline import waiting
from xmppexplore.sandbox.rulings import Routed
from xmppexplore.wire.records import DIRECTIONS
from xmppexplore.wire.redact import redact

if TYPE_CHECKING:
    import pandas

    from xmppexplore.api.recording import Recording
    from xmppexplore.sandbox.net import Server

__all__ = ["MAX_ROUTED", "Inside"]

MAX_ROUTED: Final = 100_000
"""Decisions that are kept; older ones are forgotten, their stanzas are not."""

ACCOUNTS: Final = {
    "account": "category", "address": "category", "connected": "integer",
    "available": "integer", "contacts": "integer", "offline": "integer", "login": "category",
}  # fmt: skip
CONNECTIONS: Final = {
    "connection": "integer", "peer": "text", "phase": "category", "address": "category",
    "secure": "flag", "mechanism": "category", "available": "flag", "priority": "integer",
}  # fmt: skip
ROSTERS: Final = {
    "account": "category", "contact": "category", "state": "category",
    "subscription": "category", "ask": "flag", "approved": "flag", "name": "text",
    "groups": "list",
}  # fmt: skip
OFFLINE: Final = {
    "account": "category", "time": "time", "sender": "category", "kind": "category",
    "type": "category", "id": "text", "size": "integer", "xml": "text",
}  # fmt: skip
ROUTING: Final = {
    "row": "row", "time": "time", "sender": "category", "recipient": "category",
    "kind": "category", "type": "category", "id": "text", "payload": "category",
    "decision": "category", "reached": "list", "why": "text", "section": "category",
}  # fmt: skip


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _login(any_account: bool, has_password: bool) -> str:
    if not has_password:
        return "anonymous"
    return "any password" if any_account else "password"


class Inside:
    """What can be seen of a server from inside; each frame is as of the moment of asking.

    Frames may be changed freely: the server keeps its own.
    """

    recording: Recording
    _server: Server
    _routed: deque[Routed]

    def _begin_inside(self, server: Server, recording: Recording) -> None:
        self._server = server
        self._routed = deque(maxlen=MAX_ROUTED)
        self._rows: deque[int] = deque(maxlen=MAX_ROUTED)  # of what was routed, where known
        self._fresh = 0  # how many decisions came since the last look
        self._read = 0  # how many rows were there then
        server.realm.on_routed = self._note
        self.recording = recording

    def _note(self, routed: Routed) -> None:
        self._routed.append(routed)
        self._fresh += 1

    @property
    def accounts(self) -> pandas.DataFrame:
        """Who can log in: one row for each account.

        Columns: account, address, connected (resources), available (those that sent
        presence, RFC 6121 §4.2), contacts (on the roster), offline (messages that wait),
        login (``password``, ``any password`` or ``anonymous``).
        """
        from xmppexplore.store.tables import frame

        realm = self._server.realm
        return frame(
            ACCOUNTS,
            [
                (
                    name,
                    account.address.bare,
                    len(account.resources),
                    len(account.available()),
                    len(list(account.roster.shown())),
                    len(waiting(account)),
                    _login(realm.policy.any_account, account.credentials is not None),
                )
                for name, account in realm.accounts.items()
            ],
        )

    @property
    def connections(self) -> pandas.DataFrame:
        """The open connections, in order of arrival, and then those that may be resumed.

        Columns: connection (its number in :attr:`recording`), peer, phase (``parked`` where
        the connection broke and its session waits to be resumed, XEP-0198 §5), address (the
        full address once a resource is bound), secure (whether TLS is up), mechanism (of
        the login), available (whether it has sent presence), priority.
        """
        from xmppexplore.store.tables import frame

        accounts = self._server.realm.accounts.values()
        parked = [
            (one.outlet.number, "", "parked", str(one.address), False, "", one.available,
             one.priority)
            for account in accounts
            for one in account.resources.values()
            if one.parked
        ]  # fmt: skip
        return frame(CONNECTIONS, [*self._server.connections, *parked])

    @property
    def rosters(self) -> pandas.DataFrame:
        """Every contact of every account, also those that a roster does not show.

        Columns: account, contact, state (one of the nine of RFC 6121 Appendix A.1),
        subscription, ask, approved, name, groups.
        """
        from xmppexplore.store.tables import frame

        return frame(ROSTERS, listed(self._server.realm))

    @property
    def offline(self) -> pandas.DataFrame:
        """The messages that wait for somebody to come (XEP-0160), oldest first.

        Columns: account, time (when it came), sender, kind, type, id, size (bytes), xml,
        secrets replaced by filler wherever :attr:`recording` does so.
        """
        from xmppexplore.store.tables import frame

        reveal = self.recording._log.reveal
        rows = [
            (name, _nanoseconds(one.at), one.sender, one.kind, one.type, one.id, len(one.data),
             (one.data if reveal else redact(one.data)[0]).decode())
            for name, account in self._server.realm.accounts.items()
            for one in waiting(account)
        ]  # fmt: skip
        return frame(OFFLINE, rows)

    @property
    def routing(self) -> pandas.DataFrame:
        """What the server decided about each stanza, and by which rule; the newest 100,000.

        Columns: row (of the stanza in :attr:`recording`), time, sender, recipient, kind,
        type, id, payload, decision (delivered, broadcast, answered, stored, refused,
        ignored or changed), reached (full addresses), why, section.
        """
        from xmppexplore.store.tables import frame

        self._find_rows()
        return frame(
            ROUTING,
            [
                (
                    row,
                    _nanoseconds(one.at),
                    one.sender,
                    one.recipient,
                    one.kind,
                    one.type,
                    one.id,
                    one.payload,
                    one.decision,
                    one.reached,
                    f"{one.sentence} ({one.detail})" if one.detail else one.sentence,
                    one.section,
                )
                for row, one in zip(self._rows, self._routed, strict=True)
            ],
        )

    def _find_rows(self) -> None:
        """Find the rows of what was routed since the last look, by where they end."""
        columns = self.recording._columns
        came_in = DIRECTIONS.index("in")
        ends: dict[tuple[int, int], int] = {}
        with columns.lock:
            columns.settle()
            for row in range(max(self._read, columns.first), columns.count):
                connection, direction, _start, end = columns.span(row)
                if direction == came_in:
                    ends[connection, end] = row
            self._read = columns.count
        fresh, self._fresh = min(self._fresh, MAX_ROUTED), 0
        begin = len(self._routed) - fresh
        for one in itertools.islice(self._routed, begin, None):
            self._rows.append(ends.get((one.connection, one.end), -1))
