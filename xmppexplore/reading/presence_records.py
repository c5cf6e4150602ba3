"""What reading presence finds: parties, steps, and what is known of each contact so far."""

from __future__ import annotations

from typing import Final, NamedTuple

from xmppexplore.reading.subscription import ANY, Move, States, told

__all__ = ["ABSENT", "Book", "Party", "PresenceStep", "Remark", "Row", "rows_of"]

ABSENT: Final[States] = told(ANY, "none", "")
"""What is known of a contact who is not in a roster: perhaps a request waits all the same."""


class Party(NamedTuple):
    """A client: one connection after another of the same account.

    Attributes:
        number: its position in the reader's list.
        account: its bare address.
        address: its full address, as it was bound first.
    """

    number: int
    account: str
    address: str


class PresenceStep(NamedTuple):
    """One arrow between a client and its server.

    Attributes:
        name: short and stable, for example ``"subscribe"``.
        title: a few words for people.
        row: the row it rests on.
        time: monotonic nanoseconds.
        section: the rule.
        sentence: what happens here, for a learner.
        connection: number of the connection.
        party: number of the client's :class:`Party`.
        by: who says it: ``"client"`` or ``"server"``.
        account: bare address of the client's user.
        contact: bare address of the other one it is about, ``""`` where of none or many.
        kind: ``"presence"`` or ``"iq"``.
        type: the stanza's ``type``.
        detail: short form of the stanza.
        short: shorter still, for an arrow with little room.
        tone: ``""``, ``"error"``, or ``"quiet"`` for what only acknowledges.
        whole: it lists the whole roster: who is not in ``moves`` is not in the roster.
        moves: what it tells of contacts, or does to their subscriptions.
    """

    name: str
    title: str
    row: int
    time: int
    section: str
    sentence: str
    connection: int
    party: int
    by: str
    account: str
    contact: str
    kind: str
    type: str
    detail: str
    short: str
    tone: str
    whole: bool
    moves: tuple[Move, ...]


class Remark(NamedTuple):
    """What does not follow from what came before it.

    Attributes:
        row: where it was seen.
        sentence: what it is.
    """

    row: int
    sentence: str


class Row(NamedTuple):
    """A step, and how the two people that it is about stand.

    Attributes:
        step: the step.
        account: bare address of the user on whose connection it was.
        contact: bare address of the other one, ``""`` where it is about none or many.
        before: states of the account towards the contact, before the step.
        after: the same after it.
        other: states of the contact towards the account, which the step cannot move.
    """

    step: PresenceStep
    account: str
    contact: str
    before: States
    after: States
    other: States


class Book:
    """What is known, at one point of a recording, of each account's contacts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[States, int]] = {}
        self._lists: dict[str, int] = {}  # account -> how many whole rosters were seen

    def get(self, account: str, contact: str) -> States:
        """Return the states that are possible."""
        lists = self._lists.get(account, 0)
        known = self._known.get((account, contact))
        if known is None:
            return ABSENT if lists else ANY
        states, seen = known
        return states if seen == lists else (states & ABSENT) or ABSENT

    def put(self, account: str, contact: str, states: States) -> None:
        """Set the states that are possible."""
        self._known[account, contact] = (states, self._lists.get(account, 0))

    def listed(self, account: str) -> None:
        """Note a whole roster: whoever is not put after this is not in it."""
        self._lists[account] = self._lists.get(account, 0) + 1

    def apply(self, step: PresenceStep) -> None:
        """Note what a step says."""
        if step.whole:
            self.listed(step.account)
        for move in step.moves:
            self.put(step.account, move.contact, move.after)


def rows_of(steps: list[PresenceStep], pair: tuple[str, str] | None = None) -> list[Row]:
    """Return each step with the states around it.

    Args:
        steps: all steps of a reading, in order.
        pair: two accounts; a whole roster of one of them, or a step that names nobody,
            counts as one about the other, so that it stands between them too.
    """
    book = Book()
    rows = []
    for step in steps:
        contact = step.contact
        if (not contact or step.whole) and pair is not None and step.account in pair:
            contact = pair[1] if step.account == pair[0] else pair[0]
        before = book.get(step.account, contact)
        book.apply(step)
        after = book.get(step.account, contact)
        rows.append(
            Row(step, step.account, contact, before, after, book.get(contact, step.account))
        )
    return rows
