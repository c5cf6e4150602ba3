"""The contact list of an account, and the nine states of a subscription, as data.

A contact is in one of nine states (RFC 6121 A.1): who sees whose presence, and who has asked
for it.  Eight kinds of stanza can change it, four that the account sends and four that come
for it; :data:`OUTBOUND` and :data:`INBOUND` say for each state what becomes of the stanza and
of the state.  Nothing here sends anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.markup import attributes, text

__all__ = [
    "ASKED",
    "INBOUND",
    "NAMED",
    "OUTBOUND",
    "SEEING",
    "SEEN_BY",
    "STATES",
    "VISIBLE",
    "Cell",
    "Contact",
    "Kind",
    "Roster",
    "State",
]

State: TypeAlias = Literal[
    "None", "None+PO", "None+PI", "None+PO+PI", "To", "To+PI", "From", "From+PO", "Both"
]
"""A state of RFC 6121 A.1.  ``To``: the account sees the contact's presence.  ``From``: the
contact sees the account's.  ``PO``: the account has asked and waits (pending out).  ``PI``:
the contact has asked and waits (pending in)."""

Kind: TypeAlias = Literal["subscribe", "unsubscribe", "subscribed", "unsubscribed"]
"""A type of presence that can change a state (RFC 6121 §3)."""

STATES: Final[tuple[State, ...]] = get_args(State)

SEEN_BY: Final[frozenset[str]] = frozenset({"From", "From+PO", "Both"})
"""States in which the contact sees the account's presence."""

SEEING: Final[frozenset[str]] = frozenset({"To", "To+PI", "Both"})
"""States in which the account sees the contact's presence."""

ASKED: Final[frozenset[str]] = frozenset({"None+PI", "None+PO+PI", "To+PI"})
"""States in which a request of the contact waits for an answer."""

VISIBLE: Final[Mapping[State, tuple[str, str]]] = {
    "None": ("none", ""),
    "None+PO": ("none", "subscribe"),
    "None+PI": ("none", ""),
    "None+PO+PI": ("none", "subscribe"),
    "To": ("to", ""),
    "To+PI": ("to", ""),
    "From": ("from", ""),
    "From+PO": ("from", "subscribe"),
    "Both": ("both", ""),
}
"""State -> ``subscription`` and ``ask`` of the roster item (RFC 6121 §2.1.2, A.1)."""


class Cell(NamedTuple):
    """What becomes of a stanza in a state.

    Attributes:
        goes: whether it is routed to the contact, or delivered to the account.
        state: the state after it.
    """

    goes: bool
    state: State


# The rows of RFC 6121 A.2 and A.3.  "-": the stanza goes no further; a state: what it becomes.
_ROWS: Final[Mapping[State, tuple[str, str]]] = {
    # subscribe       unsubscribe      subscribed        unsubscribed
    "None": (
        "None+PO      . None           . - None          . - None",
        "None+PI      . - None         . - None          . - None",
    ),
    "None+PO": (
        "None+PO      . None           . - None+PO       . - None+PO",
        "None+PO+PI   . - None+PO      . To              . None",
    ),
    "None+PI": (
        "None+PO+PI   . None+PI        . From            . None",
        "- None+PI    . None           . - None+PI       . - None+PI",
    ),
    "None+PO+PI": (
        "None+PO+PI   . None+PI        . From+PO         . None+PO",
        "- None+PO+PI . None+PO        . To+PI           . None+PI",
    ),
    "To": (
        "To           . None           . - To            . - To",
        "To+PI        . - To           . - To            . None",
    ),
    "To+PI": (
        "To+PI        . None+PI        . Both            . To",
        "- To+PI      . To             . - To+PI         . None+PI",
    ),
    "From": (
        "From+PO      . From           . - From          . None",
        "- From       . None           . - From          . - From",
    ),
    "From+PO": (
        "From+PO      . From           . - From+PO       . None+PO",
        "- From+PO    . None+PO        . Both            . From",
    ),
    "Both": (
        "Both         . From           . - Both          . To",
        "- Both       . To             . - Both          . From",
    ),
}
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NAMED: Final[Mapping[str, State]] = {state: state for state in STATES}
"""Name of a state -> the state, for what is read from outside."""


def _table(direction: int) -> Mapping[Kind, Mapping[State, Cell]]:
    """Return the table of one direction, by kind and then by state."""
    table: dict[Kind, dict[State, Cell]] = {kind: {} for kind in _KINDS}
    for state, rows in _ROWS.items():
        for kind, cell in zip(_KINDS, rows[direction].split(" . "), strict=True):
            goes = not cell.startswith("- ")
            table[kind][state] = Cell(goes, NAMED[cell.removeprefix("- ").strip()])
    return table


OUTBOUND: Final = _table(0)
"""What the account sends: kind -> state -> whether it is routed, new state (RFC 6121 A.2)."""

INBOUND: Final = _table(1)
"""What comes for the account: kind -> state -> whether it is delivered, new state (A.3)."""


class Contact:
    """One contact of an account.

    Attributes:
        address: its bare address.
        name: the name that the account has given it, or ``""``.
        groups: the groups that the account has put it in, in their order.
        state: the state of the subscription.
        approved: whether the account has approved a request that has not come yet
            (RFC 6121 §3.4).
        listed: whether clients see it; one that has only asked is not shown (A.1).
        changed: the version of the list at which what clients see of it changed last.
        since: when its waiting request came, in seconds since 1970 (UTC); 0.0 without one.
        request: the waiting request, as it is delivered; ``b""`` without one.
    """

    __slots__ = (
        "address",
        "approved",
        "changed",
        "groups",
        "listed",
        "name",
        "request",
        "since",
        "state",
    )

    def __init__(self, address: Address) -> None:
        self.address = address
        self.name = ""
        self.groups: tuple[str, ...] = ()
        self.state: State = "None"
        self.approved = False
        self.listed = False
        self.changed = 0
        self.since = 0.0
        self.request = b""

    @property
    def subscription(self) -> str:
        """``none``, ``to``, ``from`` or ``both`` (RFC 6121 §2.1.2.5)."""
        return VISIBLE[self.state][0]

    @property
    def ask(self) -> str:
        """``subscribe`` while a request of the account waits, else ``""`` (§2.1.2.2)."""
        return VISIBLE[self.state][1]

    def item(self) -> str:
        """Return the roster item, as XML (RFC 6121 §2.1.2)."""
        head = attributes(
            {
                "jid": str(self.address),
                "name": self.name,
                "subscription": self.subscription,
                "ask": self.ask,
                "approved": "true" if self.approved else "",
            }
        )
        groups = "".join(f"<group>{text(group)}</group>" for group in self.groups)
        return f"<item{head}>{groups}</item>" if groups else f"<item{head}/>"

    def __repr__(self) -> str:
        return f"<Contact {self.address}: {self.state}>"


_KEPT_REMOVALS: Final = 100
"""How many removed contacts a list remembers, to tell a client that was away."""


class Roster:
    """The contact list of one account, with its versions.

    Attributes:
        contacts: the contacts by bare address, in the order in which they came; also those
            that clients do not see.
        waiting: those whose request waits for an answer, in the order of the requests.
        epoch: begins the versions, so that one of another life of the server is not taken
            for one of this; ``""`` until the first is needed.
        number: counts the changes that clients can see.
        removed: contacts that were removed, with the version of it, oldest first.
        forgotten: versions up to this one are too old: what was removed since is not known.
    """

    __slots__ = ("contacts", "epoch", "forgotten", "number", "removed", "waiting")

    def __init__(self) -> None:
        self.contacts: dict[Address, Contact] = {}
        self.waiting: dict[Address, Contact] = {}
        self.epoch = ""
        self.number = 0
        self.removed: dict[Address, int] = {}
        self.forgotten = 0

    @property
    def version(self) -> str:
        """The version of the list as it is now (RFC 6121 §2.6)."""
        return f"{self.epoch}-{self.number}"

    def state(self, address: Address) -> State:
        """Return the state of a contact; that of a stranger is ``None``."""
        contact = self.contacts.get(address)
        return contact.state if contact is not None else "None"

    def contact(self, address: Address) -> Contact:
        """Return the contact with a bare address, made where there was none."""
        contact = self.contacts.get(address)
        if contact is None:
            contact = self.contacts[address] = Contact(address)
        return contact

    def shown(self) -> Iterator[Contact]:
        """Go through the contacts that clients see."""
        return (one for one in self.contacts.values() if one.listed)

    def remove(self, address: Address) -> None:
        """Take a contact away, as a change that clients see."""
        del self.contacts[address]
        self.waiting.pop(address, None)
        self.number += 1
        self.removed[address] = self.number

    def forget_removals(self) -> list[Address]:
        """Forget the oldest removals beyond what is remembered, and return them."""
        forgotten = list(self.removed)[: max(0, len(self.removed) - _KEPT_REMOVALS)]
        for address in forgotten:
            self.forgotten = self.removed.pop(address)
        return forgotten

    def since(self, version: str) -> list[tuple[int, Address]] | None:
        """Return what changed after a version, as versions and addresses in order.

        An address that no listed contact has was removed.  ``None`` where the version is
        none of this list, or too old.
        """
        epoch, _, number = version.rpartition("-")
        # Nine digits are more than there are changes; ``int`` of a long text takes its time.
        if epoch != self.epoch or not (number.isdecimal() and number.isascii()) or len(number) > 9:
            return None
        seen = int(number)
        if not self.forgotten <= seen <= self.number:
            return None
        changed = [(one.changed, one.address) for one in self.shown() if one.changed > seen]
        changed += [(when, address) for address, when in self.removed.items() if when > seen]
        return sorted(changed)
