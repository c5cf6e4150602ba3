"""Every cell of the tables of subscription states, as RFC 6121 A.2 and A.3 print them.

The tables are written here once more, so that a slip in those of the server is seen; each
cell is tried in a conversation.
"""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.contacts import asked, move
from xmppexplore.wire.element import parse

ROMEO, JULIET = "romeo@play.example", "juliet@play.example"
KINDS = ("subscribe", "unsubscribe", "subscribed", "unsubscribed")
OUT = """
None       | R None+PO    | R =       | r =       | r =
None+PO    | R =          | R None    | r =       | r =
None+PI    | R None+PO+PI | R =       | R From    | R None
None+PO+PI | R =          | R None+PI | R From+PO | R None+PO
To         | R =          | R None    | r =       | r =
To+PI      | R =          | R None+PI | R Both    | R To
From       | R From+PO    | R =       | r =       | R None
From+PO    | R =          | R From    | r =       | R None+PO
Both       | R =          | R From    | r =       | R To
"""
"""State; then for each kind that is sent whether it is routed (R), and the new state."""

IN = """
None       | D None+PI    | d =       | d =       | d =
None+PO    | D None+PO+PI | d =       | D To      | D None
None+PI    | d =          | D None    | d =       | d =
None+PO+PI | d =          | D None+PO | D To+PI   | D None+PI
To         | D To+PI      | d =       | d =       | D None
To+PI      | d =          | D To      | d =       | D None+PI
From       | d =          | D None    | d =       | d =
From+PO    | d =          | D None+PO | D Both    | D From
Both       | d =          | D To      | d =       | D From
"""
"""State; then for each kind that comes whether it is delivered (D), and the new state."""

TAKES = {"subscribe": "None", "unsubscribe": "From", "subscribed": "None+PO", "unsubscribed": "To"}
"""Kind -> a state in which whoever it is for is given it."""

ROUTES = {"subscribe": "None", "unsubscribe": "None", "subscribed": "None+PI"}
ROUTES["unsubscribed"] = "From"
"""Kind -> a state in which what is sent of it is routed."""


def cells(table):
    """Return (state, kind, whether it goes, new state) of each cell."""
    found = []
    for line in table.strip().splitlines():
        state, *columns = (column.strip() for column in line.split("|"))
        for kind, column in zip(KINDS, columns, strict=True):
            letter, new = column.split()
            found.append((state, kind, letter in "RD", state if new == "=" else new))
    return found


def put(play, owner, contact, state):
    """Bring a contact into a state, with the request that waits where one does."""
    account = play.realm.accounts[owner]
    entry = account.roster.contact(address(contact))
    if "PI" in state:
        raw = f"<presence type='subscribe' from='{contact}' to='{owner}@play.example'/>"
        asked(play.realm, account, entry, state, raw.encode(), play.now)
    else:
        move(play.realm, account, entry, state)


def state(play, owner, contact):
    """Return the state that the server keeps."""
    return play.realm.accounts[owner].roster.state(address(contact))


def tried(kind, sender, recipient):
    """Send a stanza of a kind between two in these states; return play and clients."""
    play = Play()
    put(play, "romeo", JULIET, sender)
    put(play, "juliet", ROMEO, recipient)
    clients = [play.client().login(name) for name in ("romeo", "juliet")]
    for client in clients:
        client >> "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>" >> "<presence/>"
    for client in clients:
        client.skip()
    play.routed.clear()
    clients[0] >> f"<presence type='{kind}' to='{JULIET}'/>"
    return play, *clients


def came(client, kind):
    """Tell whether a stanza of that kind came, from one bare address to another."""
    found = [parse(raw) for _, raw in client.items]
    return [one.get("from") for one in found if one.get("type") == kind]


def test_each_table_has_all_its_cells():
    """Nine states, four kinds: 72 cells in all."""
    assert len(set(cells(OUT))) == len(set(cells(IN))) == 36


@pytest.mark.parametrize(("before", "kind", "routed", "after"), cells(OUT))
def test_what_is_sent_is_routed_and_changes_the_senders_state(before, kind, routed, after):
    """RFC 6121 A.2; the contact is in a state in which it would be told."""
    play, romeo, juliet = tried(kind, before, TAKES[kind])

    assert came(juliet, kind) == [ROMEO] * routed
    assert state(play, "romeo", JULIET) == after
    approves = kind == "subscribed" and before in ("None", "None+PO", "To")
    entry = play.realm.accounts["romeo"].roster.contacts.get(address(JULIET))
    assert bool(entry and entry.approved) == approves, "an approval in advance (§3.4)"
    (ruling,) = play.routed
    assert (ruling.decision == "delivered") == routed
    assert not came(romeo, "error")


@pytest.mark.parametrize(("before", "kind", "delivered", "after"), cells(IN))
def test_what_comes_is_delivered_and_changes_the_recipients_state(before, kind, delivered, after):
    """RFC 6121 A.3; the sender is in a state in which it is routed."""
    play, romeo, juliet = tried(kind, ROUTES[kind], before)

    assert came(juliet, kind) == [ROMEO] * delivered
    assert state(play, "juliet", ROMEO) == after
    answered = kind == "subscribe" and before in ("From", "From+PO", "Both")
    assert came(romeo, "subscribed") == [JULIET] * answered, "the server approves again"
    assert state(play, "romeo", JULIET) == ("To" if answered else _sent(kind))
    (ruling,) = play.routed
    assert ruling.decision == ("delivered" if delivered else "answered" if answered else "ignored")


def _sent(kind):
    """Return the state of who sent a kind in the state of ``ROUTES``."""
    (found,) = [one[3] for one in cells(OUT) if one[:2] == (ROUTES[kind], kind)]
    return found
