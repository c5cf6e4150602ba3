"""Every cell of the table of RFC 6121 §8.5.4, and what §8.5 says of presence and requests.

A cell holds what is allowed, as letters: S, ignored without a word; E, an error; O, stored
for later; D, delivered to that resource; M, to those of the highest priority; A, to all whose
priority is not negative.  What was done is seen from outside, and compared with what the
server says that it decided.
"""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.modules.offline import waiting
from xmppexplore.wire.element import parse

TYPES = ("normal", "chat", "groupchat", "headline", "error")
STAGES = {
    "nobody": None,
    "away": [],
    "silent": [None],
    "negative": [-1, -5],
    "one": [-1, 0],
    "several": [-1, 0, 5],
}
"""Situation -> priorities of the resources of the account; ``None``: connected without
presence; ``[]``: an account of which no resource is connected."""

TABLE = """
nobody   bare  | SE | SE | E  | S  | S
nobody   other | SE | SE | SE | SE | S
away     bare  | OE | OE | E  | S  | S
away     other | SE | OE | SE | SE | S
silent   bare  | OE | OE | E  | S  | S
silent   full  | D  | D  | D  | D  | D
silent   other | SE | OE | SE | SE | S
negative bare  | OE | OE | E  | S  | S
negative full  | D  | D  | D  | D  | D
negative other | SE | OE | SE | SE | S
one      bare  | D  | D  | E  | D  | S
one      full  | D  | D  | D  | D  | D
one      other | SE | D  | SE | SE | S
several  bare  | MA | MA | E  | A  | S
several  full  | D  | D  | D  | D  | D
several  other | SE | MA | SE | SE | S
"""
"""Situation and target; then what is allowed for each type.  ``full`` is the resource of the
first priority, ``other`` one that is not connected.  An error is never answered (RFC 6120
§8.3.1), and is for the resource that it names alone."""

DECISIONS = {"S": "ignored", "E": "refused", "O": "stored", "D": "delivered"}
DECISIONS |= {"M": "delivered", "A": "delivered"}
CASES = [
    (*line.split("|")[0].split(), kind, allowed.strip())
    for line in TABLE.strip().splitlines()
    for kind, allowed in zip(TYPES, line.split("|")[1:], strict=True)
]


def stage(situation):
    """Return a play, the sender and juliet's clients by resource."""
    play = Play(passwords={"romeo": "balcony", "juliet": "r0m30myr0m30"}, contacts=True)
    juliets = {}
    for priority in STAGES[situation] or ():
        presence = f"<presence><priority>{priority}</priority></presence>"
        name = f"r{priority}"
        juliets[name] = play.login("juliet", name, None if priority is None else presence)
    romeo = play.login("romeo", "orchard")
    for client in (romeo, *juliets.values()):
        client.skip()
    play.routed.clear()
    return play, romeo, juliets


def recipient(situation, target):
    """Return the address that a stanza goes to."""
    name = "tybalt" if situation == "nobody" else "juliet"
    first = f"r{(STAGES[situation] or [''])[0]}"
    return f"{name}@play.example" + {"bare": "", "full": f"/{first}", "other": "/gone"}[target]


def letters(situation, target, taken, refused, kept):
    """Return every letter of the table that describes what was seen."""
    if kept:
        return "O"
    if refused:
        return "E"
    if not taken:
        return "S"
    fit = [one for one in STAGES[situation] or () if one is not None and one >= 0]
    found = "D" if len(taken) == 1 and (target == "full" or len(fit) == 1) else ""
    found += "M" if fit and taken == [f"r{max(fit)}"] else ""
    return found + ("A" if taken == [f"r{one}" for one in fit] else "")


@pytest.mark.parametrize(("situation", "target", "kind", "allowed"), CASES)
def test_a_message_goes_where_the_table_sends_it(situation, target, kind, allowed):
    """One outcome, among those that are allowed; and the server tells the same."""
    play, romeo, juliets = stage(situation)
    to = recipient(situation, target)
    romeo >> f"<message to='{to}' id='m' type='{kind}'><body>Hi</body></message>"
    taken = [name for name, client in juliets.items() if client.items]
    answers = [parse(raw) for _, raw in romeo.items]
    done = letters(situation, target, taken, answers, waiting(play.realm.accounts["juliet"]))
    (ruling,) = play.routed

    assert set(done) & set(allowed), f"{done or taken} is none of {allowed}"
    assert ruling.decision == DECISIONS[done[0]]
    assert list(ruling.reached) == [f"juliet@play.example/{name}" for name in taken]
    assert [one.find("error").children[0].name for one in answers] == (
        ["service-unavailable"] * len(answers)
    )
    for name in taken:
        (_, raw), *more = juliets[name].items
        assert (parse(raw).get("to"), parse(raw).get("type"), more) == (to, kind, [])
    if target == "full":
        assert taken == [to.partition("/")[2]]


PRESENCE = [
    ("nobody", "bare", []),
    ("nobody", "other", []),
    ("away", "bare", []),
    ("silent", "bare", []),
    ("negative", "bare", ["r-1", "r-5"]),
    ("negative", "full", ["r-1"]),
    ("negative", "other", []),
    ("several", "bare", ["r-1", "r0", "r5"]),
    ("several", "full", ["r-1"]),
    ("several", "other", []),
]


@pytest.mark.parametrize(("situation", "target", "expected"), PRESENCE)
@pytest.mark.parametrize("kind", ["", "type='unavailable'"])
def test_presence_goes_to_all_who_are_there_or_to_nobody(situation, target, expected, kind):
    """To negative resources as well, and no word where nobody is (§8.5.2.1.2, §8.5.3.2.2)."""
    play, romeo, juliets = stage(situation)
    romeo >> f"<presence to='{recipient(situation, target)}' {kind}/>"
    (ruling,) = play.routed

    romeo.quiet()
    assert [name for name, client in juliets.items() if client.items] == expected
    assert list(ruling.reached) == [f"juliet@play.example/{name}" for name in expected]
    assert ruling.decision == ("delivered" if expected else "ignored")


REQUESTS = [
    (situation, target, "delivered" if target == "full" else "refused")
    for situation in STAGES
    for target in ("bare", "full", "other")
    if target != "full" or STAGES[situation]
]


@pytest.mark.parametrize(("situation", "target", "decision"), REQUESTS)
def test_a_request_is_for_a_resource_or_for_the_server(situation, target, decision):
    """Never delivered for a bare address, nor anywhere else than it names (§8.5.2.1.3, §8.5.3)."""
    play, romeo, juliets = stage(situation)
    to = recipient(situation, target)
    romeo >> f"<iq type='get' id='q' to='{to}'><roll xmlns='urn:example:dice'/></iq>"
    (ruling,) = play.routed
    taken = [name for name, client in juliets.items() if client.items]

    assert ruling.decision == decision
    assert taken == ([to.partition("/")[2]] if target == "full" else [])
    if target == "full":
        romeo.quiet()
    else:
        (answer,) = (parse(raw) for _, raw in romeo.items)
        assert answer.get("from") == to
        assert answer.find("error").children[0].name == "service-unavailable"


@pytest.mark.parametrize("situation", [one for one in STAGES if STAGES[one]])
def test_a_stranger_gets_the_answer_of_an_absent_resource(situation):
    """Neither finds out by it who is there (§8.5.3.1)."""
    play = Play()
    for priority in STAGES[situation]:
        presence = f"<presence><priority>{priority}</priority></presence>"
        play.login("juliet", f"r{priority}", None if priority is None else presence)
    romeo = play.login("romeo", "orchard").skip()
    told = []
    for target in ("full", "other"):
        to = recipient(situation, target)
        romeo >> f"<iq type='get' id='q' to='{to}'><roll xmlns='urn:example:dice'/></iq>"
        told.append(romeo.items.pop()[1].replace(to.encode(), b""))

    assert told[0] == told[1]
