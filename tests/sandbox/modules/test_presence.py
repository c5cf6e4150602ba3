"""Who is there, and who is told (RFC 6121 §4)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.contacts import move
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse

ROMEO, JULIET = "romeo@play.example", "juliet@play.example"


def people(play, *names):
    """Log people in, each with presence, and forget what came."""
    clients = [play.login(*name.split("/")) for name in names]
    for client in clients:
        client.skip()
    return clients


def test_initial_presence_goes_to_all_and_theirs_comes_back(play):
    """To contacts and oneself (§4.2.2); and what the probes of §4.3 find."""
    (juliet,) = people(play, "juliet/balcony")
    romeo = play.client().login("romeo", "orchard")
    romeo >> "<presence id='i'><show>away</show></presence>"

    shown = f"<presence id='i' from='{ROMEO}/orchard' to='{{}}'><show>away</show></presence>"
    juliet << shown.format(JULIET)
    romeo << shown.format(ROMEO)
    romeo << f"<presence from='{JULIET}/balcony' to='{ROMEO}/orchard'/>"
    romeo.quiet()
    juliet.quiet()


def test_only_available_resources_get_presence(play):
    """Connected is not enough, and nobody is probed twice (§4.4.2)."""
    silent = play.client().login("juliet", "silent")
    romeo, nurse = people(play, "romeo/orchard", "nurse/house")
    romeo >> "<presence><show>dnd</show></presence>"

    silent.quiet()
    nurse << f"<presence from='{ROMEO}/orchard' to='nurse@play.example'><show>dnd</show></presence>"
    assert [parse(raw).get("from") for _, raw in romeo.items] == [f"{ROMEO}/orchard"]


def test_other_resources_of_the_account_see_each_other(play):
    """One is always subscribed to oneself (§4.2.2)."""
    first, second = people(play, "romeo/a", "romeo/b")
    second >> "<presence><priority>-1</priority></presence>"

    presence = f"<presence from='{ROMEO}/b' to='{ROMEO}'><priority>-1</priority></presence>"
    first << presence
    second << presence


@pytest.mark.parametrize(
    ("written", "priority"),
    [("-128", -128), ("127", 127), (" 5 ", 5), ("+7", 7), ("128", None), ("x", None), ("", None)],
)
def test_priorities_are_checked(play, written, priority):
    """An integer from -128 to 127 (§4.7.2.3)."""
    romeo = play.client().login("romeo", "orchard")
    romeo >> f"<presence><priority>{written}</priority></presence>"
    resource = play.realm.accounts["romeo"].resources["orchard"]

    if priority is None:
        assert b"<bad-request " in romeo.items[0][1]
        assert not resource.available
    else:
        assert (resource.available, resource.priority) == (True, priority)


def test_a_farewell_is_broadcast_with_its_words(play):
    """And the resource takes no more messages for the account (§4.5)."""
    romeo, juliet = people(play, "romeo/orchard", "juliet/balcony")
    romeo >> "<presence type='unavailable'><status>bye</status></presence>"
    juliet << (
        f"<presence type='unavailable' from='{ROMEO}/orchard' to='{JULIET}'>"
        "<status>bye</status></presence>"
    )
    juliet >> f"<message to='{ROMEO}' type='chat'/>"

    assert b"service-unavailable" in juliet.items[0][1]


@pytest.mark.parametrize("how", ["footer", "lost", "error", "conflict"])
def test_however_a_stream_ends_the_contacts_see_it_once(play, how):
    """The server speaks for whoever does not (§4.5.2)."""
    romeo, juliet = people(play, "romeo/orchard", "juliet/balcony")
    if how == "footer":
        romeo >> "</stream:stream>"
    elif how == "lost":
        romeo.machine.lost()
        play.perform()
    elif how == "error":
        romeo >> "<message></wrong>"
    else:
        play.client().login("romeo", "orchard")
    romeo.machine.lost()
    play.perform()

    juliet << f"<presence type='unavailable' from='{ROMEO}/orchard' to='{JULIET}'/>"
    juliet.quiet()


def test_whoever_was_never_available_leaves_in_silence(play):
    """Nobody saw it come."""
    (juliet,) = people(play, "juliet/balcony")
    romeo = play.client().login("romeo", "orchard")
    romeo >> "</stream:stream>"

    juliet.quiet()


def test_directed_presence_goes_to_one_and_is_taken_back(play):
    """Before or without initial presence too (§4.6)."""
    juliet, nurse = people(play, "juliet/balcony", "nurse/house")
    romeo = play.client().login("romeo", "orchard")
    romeo >> f"<presence to='{JULIET}/balcony'/>"
    juliet << f"<presence from='{ROMEO}/orchard' to='{JULIET}/balcony'/>"
    romeo >> "</stream:stream>"

    juliet << f"<presence type='unavailable' from='{ROMEO}/orchard' to='{JULIET}/balcony'/>"
    nurse.quiet()


def test_directed_unavailable_is_not_taken_back_again(play):
    """§4.6.3."""
    (juliet,) = people(play, "juliet/balcony")
    romeo = play.client().login("romeo", "orchard")
    romeo >> f"<presence to='{JULIET}'/><presence to='{JULIET}' type='unavailable'/>"
    juliet.skip()
    romeo >> "</stream:stream>"

    juliet.quiet()


def test_addresses_of_nobody_are_not_remembered(play):
    """However many a client names."""
    romeo = play.login("romeo", "orchard")
    for number in range(10):
        romeo >> f"<presence to='{JULIET}/{number}'/><presence to='play.example/{number}'/>"

    assert play.realm.accounts["romeo"].resources["orchard"].directed == set()


def test_a_probe_is_answered_with_all_there_is(play):
    """Each resource's last presence, or that there is none (§4.3.2)."""
    juliet, _, romeo = people(play, "juliet/a", "juliet/b", "romeo/orchard")
    juliet >> "<presence><show>chat</show></presence>"
    romeo.skip()
    for whom in (JULIET, f"{JULIET}/b", f"{JULIET}/none", "nurse@play.example"):
        romeo >> f"<presence type='probe' to='{whom}'/>"

    to = f"to='{ROMEO}/orchard'"
    romeo << f"<presence from='{JULIET}/a' {to}><show>chat</show></presence>"
    romeo << f"<presence from='{JULIET}/b' {to}/>"
    romeo << f"<presence from='{JULIET}/b' {to}/>"
    romeo << f"<presence type='unavailable' from='{JULIET}/none' {to}/>"
    romeo << f"<presence type='unavailable' from='nurse@play.example' {to}/>"


def test_a_type_that_there_is_not_is_refused(play):
    """With or without a recipient (§4.7.1)."""
    juliet, romeo = people(play, "juliet/balcony", "romeo/orchard")
    juliet.skip()
    romeo >> f"<presence type='invisible' to='{JULIET}'/><presence type='away'/>"

    juliet.quiet()
    assert [b"<bad-request " in raw for _, raw in romeo.items] == [True, True]


def test_a_probe_needs_a_recipient(play):
    """Said with an error."""
    (romeo,) = people(play, "romeo/orchard")
    romeo >> "<presence type='probe'/>"

    assert b"<bad-request " in romeo.items[0][1]


def test_presence_never_goes_in_circles():
    """Three people come and go; each sees each once."""
    play = Play(contacts=True)
    clients = people(play, "romeo/a", "juliet/b", "nurse/c")
    for client in clients:
        client.skip()
    clients[0] >> "<presence type='unavailable'/><presence/>"

    assert [len(client.items) for client in clients] == [4, 2, 2]


# --- strangers


def relate(play, states):
    """Bring romeo's contacts into states, and theirs into the mirrored ones."""
    mirrored = {"To": "From", "From": "To", "Both": "Both", "None+PO": "None+PI"}
    realm = play.realm
    for name, state in states.items():
        for one, other, its in (("romeo", name, state), (name, "romeo", mirrored[state])):
            account, contact = realm.accounts[one], realm.accounts[other].address
            move(realm, account, account.roster.contact(contact), its)


@pytest.mark.parametrize(
    ("state", "shown", "shows"),
    [("To", True, False), ("From", False, True), ("Both", True, True), ("None+PO", False, False)],
)
def test_presence_flows_as_the_subscription_says(state, shown, shows):
    """One way, both ways or not at all: at coming, at changing and at going."""
    play = Play()
    relate(play, {"juliet": state})
    (juliet,) = people(play, "juliet/balcony")
    romeo = play.client().login("romeo", "orchard")
    romeo >> "<presence/>"

    assert [parse(raw).get("from") for _, raw in romeo.items[1:]] == [f"{JULIET}/balcony"] * shown
    assert len(juliet.items) == shows * 1
    romeo >> "<presence><show>away</show></presence><presence type='unavailable'/>"
    assert len(juliet.items) == shows * 3
    romeo.skip()
    juliet >> "<presence/>"
    assert romeo.items == []


@pytest.mark.parametrize("who", ["romeo", "juliet"])
def test_who_is_blocked_by_either_is_not_told(who):
    """Neither of who is there, nor of who comes and goes (XEP-0191)."""
    play = Play(contacts=True)
    other = {"romeo": JULIET, "juliet": ROMEO}[who]
    play.realm.accounts[who].blocked = frozenset({address(other)})
    (juliet,) = people(play, "juliet/balcony")
    romeo = play.client().login("romeo", "orchard")
    romeo >> "<presence/><presence type='unavailable'/>"

    juliet.quiet()
    assert all(b"juliet" not in raw for _, raw in romeo.items)


@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/balcony", "tybalt@play.example"])
def test_a_stranger_learns_nothing_by_a_probe(to):
    """The same whether she is there, is not, or does not exist (§4.3.2)."""
    play = Play()
    people(play, "juliet/balcony")
    (romeo,) = people(play, "romeo/orchard")
    romeo >> f"<presence type='probe' to='{to}'/>"

    bare = to.partition("/")[0]
    romeo << f"<presence type='unsubscribed' from='{bare}' to='{ROMEO}/orchard'/>"
    assert play.routed[-1].decision == "answered"


def test_a_probe_while_one_waits_for_an_answer_is_no_answer():
    """The request goes on waiting."""
    play = Play()
    relate(play, {"juliet": "None+PO"})
    romeo, juliet = people(play, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='probe' to='{JULIET}'/>"

    juliet.quiet()
    assert play.realm.accounts["romeo"].roster.state(address(JULIET)) == "None+PO"


def test_who_got_directed_presence_may_ask_again():
    """Of that resource alone, and only that it is there."""
    play = Play()
    romeo, juliet = people(play, "romeo/orchard", "juliet/balcony")
    juliet >> f"<presence to='{ROMEO}/orchard'><status>secret</status></presence>"
    romeo.skip()
    romeo >> f"<presence type='probe' to='{JULIET}/balcony'/>"

    romeo << f"<presence from='{JULIET}/balcony' to='{ROMEO}/orchard'/>"


def test_the_server_answers_a_probe(play):
    """It is there."""
    (romeo,) = people(play, "romeo/orchard")
    romeo >> "<presence type='probe' to='play.example'/>"

    romeo << f"<presence from='play.example' to='{ROMEO}/orchard'/>"


def test_directed_presence_goes_to_so_many_and_no_more():
    """Those who have gone since make room."""
    play = Play(limits=Limits(directed=2))
    (romeo,) = people(play, "romeo/orchard")
    others = people(play, "juliet/a", "juliet/b", "juliet/c")
    for name in "abc":
        romeo >> f"<presence to='{JULIET}/{name}'/>"
    assert b"<resource-constraint " in romeo.items.pop()[1]
    others[2].quiet()
    others[0] >> "</stream:stream>"
    romeo.skip(), others[2].skip()
    romeo >> f"<presence to='{JULIET}/c'/>"

    romeo.quiet()
    others[2] << f"<presence from='{ROMEO}/orchard' to='{JULIET}/c'/>"


RULED = [
    ("<presence><show>dnd</show></presence>", "broadcast", "§4.4.2", 2),
    ("<presence type='unavailable'/>", "broadcast", "§4.5.2", 2),
    (f"<presence to='{JULIET}'/>", "delivered", "§4.6.3", 1),
    (f"<presence to='{JULIET}/none'/>", "ignored", "§8.5.3.2.2", 0),
    ("<presence to='nurse@play.example'/>", "ignored", "§8.5.2.2.2", 0),
    ("<presence to='tybalt@play.example'/>", "ignored", "§8.5.1", 0),
    ("<presence to='play.example'/>", "ignored", "§10.5", 0),
    ("<presence type='error'/>", "ignored", "§8.3.1", 0),
    ("<presence type='bogus'/>", "refused", "§4.7.1", 0),
    ("<presence><priority>x</priority></presence>", "refused", "§4.7.2.3", 0),
    (f"<presence type='probe' to='{JULIET}'/>", "answered", "§4.3.2", 0),
]


@pytest.mark.parametrize(("xml", "decision", "section", "reached"), RULED, ids=range(len(RULED)))
def test_what_became_of_it_is_said_once(play, xml, decision, section, reached):
    """By the rule that applied, with whom it reached."""
    people(play, "juliet/balcony")
    (romeo,) = people(play, "romeo/orchard")
    play.routed.clear()
    romeo >> xml
    (ruled,) = play.routed

    assert (ruled.decision, len(ruled.reached)) == (decision, reached)
    assert ruled.section.endswith(f" {section}")
