"""Presence as a person holds it: who may see whom, what moved it, a frame, and a picture."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.arguments import check_types
from xmppexplore.api.presence_ladder import Cast, presence_model, short_name
from xmppexplore.api.public_names import PublicNames
from xmppexplore.errors import UsageError
from xmppexplore.reading.exchanges import bare
from xmppexplore.reading.presence_records import rows_of
from xmppexplore.reading.subscription import exact, name_of
from xmppexplore.views.ladder_svg import ladder_svg, ladder_text

if TYPE_CHECKING:
    import pandas

    from xmppexplore.api.recording import Recording
    from xmppexplore.reading.presence import PresenceReader
    from xmppexplore.reading.presence_records import Remark, Row

__all__ = ["MAX_OPENED", "Presence"]

MAX_OPENED: Final = 1000
"""Steps that an opened ladder, or one that a notebook shows, holds: a page of many more would
no longer scroll well, and the notebook's file would grow by megabytes."""


class Presence(PublicNames):
    """Rosters, subscriptions and presence of everybody in a recording (RFC 6121 §2 to §4).

    Shown in a notebook it draws itself: an arrow for each stanza between a client and its
    server, and at the margins how each of two people stands towards the other, by the nine
    states of RFC 6121 A.1.  The states are told from the wire alone: ``unknown`` until
    something says more.  A request that waits for an answer is in no roster; where one may
    wait unseen, a state of the picture has a ``?``, and ``exact`` is false in the frame.

    Args:
        recording: the recording.
        session: name of the session whose connections alone are shown; all where ``None``.
        names: bare addresses of one or two people.
        first: the row to begin with.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example", people=["juliet", "romeo"])
    >>> juliet = await sandbox.connect("juliet")
    >>> romeo = await sandbox.connect("romeo")
    >>> sent = await juliet.send("<presence type='subscribe' to='romeo@capulet.example'/>")
    >>> request = await romeo.wait_for({"type": "subscribe"})
    >>> presence = sandbox.recording.presence.between("juliet", "romeo")
    >>> presence.frame.query("type == 'subscribe'")[["account", "before", "after"]]
                       account before    after
    8   juliet@capulet.example   None  None+PO
    9    romeo@capulet.example   None  None+PI
    >>> await sandbox.close()
    """

    def __init__(
        self,
        recording: Recording,
        session: str | None = None,
        names: tuple[str, ...] = (),
        first: int = 0,
    ) -> None:
        self._recording = recording
        self._session = session
        self._names = names
        self._first = first

    # ---- narrower

    def between(self, one: str, other: str = "", *, since: int | None = None) -> Presence:
        """Return what passed between two people, or of one person alone.

        Args:
            one: name or address of a person.
            other: likewise; everybody where not given.
            since: row to begin with, that of :meth:`since` unless given; the states are
                told from the whole recording all the same.

        Raises:
            UsageError: nobody, or more than one, of that name is in the recording.
        """
        names = tuple(self._person(name) for name in (one, other) if name)
        first = self._first if since is None else self._row(since)
        return Presence(self._recording, self._session, names, first)

    def since(self, row: int) -> Presence:
        """Return what came from a row on; the states are told from the whole recording.

        Raises:
            UsageError: ``row`` is no number.
        """
        return Presence(self._recording, self._session, self._names, self._row(row))

    def state(self, account: str, contact: str) -> str:
        """Return how one person stands towards another now.

        Args:
            account: name or address of the person whose roster it is.
            contact: likewise, of the contact.

        Returns:
            ``None``, ``None+PO``, ``None+PI``, ``None+PO+PI``, ``To``, ``To+PI``, ``From``,
            ``From+PO`` or ``Both`` (RFC 6121 A.1), or ``unknown``.

        Raises:
            UsageError: nobody, or more than one, of that name is in the recording.
        """
        pair = self._person(account), self._person(contact)
        return name_of(self._reader().contacts.book.get(*pair))

    # ---- what was read

    @property
    def rows(self) -> list[Row]:
        """The steps with the states around them, in order."""
        reader = self._reader()
        numbers = self._connections()
        return [
            row
            for row in rows_of(reader.steps, self._pair())
            if row.step.row >= self._first
            and (numbers is None or row.step.connection in numbers)
            and self._concerns(row)
        ]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What a roster tells that does not follow from the stanzas before it."""
        return tuple(self._reader().remarks)

    @property
    def frame(self) -> pandas.DataFrame:
        """One row per step, with the states of the one it moves and of the other.

        Columns: row, time, step, title, source, target, stanza, type, account, contact,
        before, after, exact, contact_state, section, sentence.
        """
        reader = self._reader()
        rows = self.rows
        cast = Cast(rows, reader.parties, self._pair() or ())
        return self._recording._frames.presence([_cells(row, cast) for row in rows])

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        return ladder_svg(self._model())

    @property
    def text(self) -> str:
        """The same as plain text, complete however long it is."""
        return ladder_text(self._model())

    def open(self) -> Any:
        """Return the ladder as a widget: every arrow opens its item, bytes beside XML.

        Of a long one the first :data:`MAX_OPENED` steps; :meth:`since` begins later.

        Raises:
            UsageError: there is no running event loop, as a notebook has one.
        """
        from xmppexplore.api.panels import open_model

        return open_model(self._recording, self._model(MAX_OPENED))

    def __repr__(self) -> str:
        return ladder_text(self._model(MAX_OPENED))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        model = self._model(MAX_OPENED)  # a notebook keeps what it is given
        return {"image/svg+xml": ladder_svg(model), "text/plain": ladder_text(model)}

    # ---- inside

    def _reader(self) -> PresenceReader:
        reader = self._recording._presence
        reader.advance()
        return reader

    def _model(self, most: int | None = None) -> dict[str, Any]:
        reader = self._reader()
        every = self.rows
        rows = every[:most]
        shown = {row.step.row for row in rows}
        notes = [one.sentence for one in reader.remarks if one.row in shown]
        if len(every) > len(rows):
            next_row = every[len(rows)].step.row
            notes.append(f"{len(every) - len(rows)} more steps: .since({next_row}) shows them.")
        return presence_model(rows, reader.parties, self._pair(), notes)

    def _connections(self) -> set[int] | None:
        if self._session is None:
            return None
        known = self._recording._log.connections
        return {one.number for one in known if one.session == self._session}

    def _pair(self) -> tuple[str, str] | None:
        """Return the two people it is between: those asked for, or the only two there are."""
        if len(self._names) == 2:
            return self._names[0], self._names[1]
        if self._names:
            return None
        numbers = self._connections()
        found: dict[frozenset[str], tuple[str, str]] = {}
        for step in self._reader().steps:
            if numbers is None or step.connection in numbers:
                told = [step.contact, *(move.contact for move in step.moves)]
                for contact in filter(None, told):
                    found.setdefault(frozenset((step.account, contact)), (step.account, contact))
                if len(found) > 1:
                    return None
        return next(iter(found.values()), None)

    def _concerns(self, row: Row) -> bool:
        people = {row.account, row.contact} - {""}
        return people >= set(self._names)

    def _person(self, name: str) -> str:
        check_types("presence.between", name=(name, (str,)))
        steps = self._reader().steps
        known = dict.fromkeys(
            one
            for step in steps
            for one in (step.account, step.contact, *(move.contact for move in step.moves))
            if one
        )
        wanted = bare(name)
        found = [one for one in known if one == wanted] or [
            one for one in known if short_name(one) == wanted
        ]
        if len(found) != 1:
            people = ", ".join(list(known)[:20]) or "nobody"
            which = f"{len(found)} are called" if found else "nobody is called"
            raise UsageError(f"{which} {name!r} here; there are {people}")
        return found[0]

    def _row(self, row: int) -> int:
        check_types("presence.since", row=(row, (Integral,)))
        return int(row)


def _cells(row: Row, cast: Cast) -> dict[str, Any]:
    source, target = (cast.label(place) for place in cast.ends(row))
    about = bool(row.contact)
    return {
        "row": row.step.row,
        "time": row.step.time,
        "step": row.step.name,
        "title": row.step.title,
        "source": source,
        "target": target,
        "stanza": row.step.kind,
        "type": row.step.type,
        "account": row.account,
        "contact": row.contact,
        "before": name_of(row.before) if about else "",
        "after": name_of(row.after) if about else "",
        "exact": about and exact(row.after),
        "contact_state": name_of(row.other) if about else "",
        "section": row.step.section,
        "sentence": row.step.sentence,
    }
