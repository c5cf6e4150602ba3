"""Presence among people who are all each other's contacts (RFC 6121 §4)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
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
    romeo >> "<presence type='probe' to='tybalt@play.example'/>"
    romeo.quiet()


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("subscribe", None),
        ("subscribed", None),
        ("unsubscribe", b"<not-allowed "),
        ("unsubscribed", b"<not-allowed "),
        ("invisible", b"<bad-request "),
    ],
)
def test_the_shared_list_cannot_be_left(play, kind, condition):
    """In the state Both, asking and allowing change nothing (Appendix A.2)."""
    juliet, romeo = people(play, "juliet/balcony", "romeo/orchard")
    juliet.skip()
    romeo >> f"<presence type='{kind}' to='{JULIET}'/>"

    juliet.quiet()
    assert bool(romeo.items) == (condition is not None)
    if condition:
        assert condition in romeo.items[0][1]


@pytest.mark.parametrize("kind", ["subscribe", "probe", "unsubscribed"])
def test_such_presence_needs_a_recipient(play, kind):
    """Said with an error."""
    (romeo,) = people(play, "romeo/orchard")
    romeo >> f"<presence type='{kind}'/>"

    assert b"<bad-request " in romeo.items[0][1]


def test_presence_never_goes_in_circles():
    """Three people come and go; each sees each once."""
    play = Play()
    clients = people(play, "romeo/a", "juliet/b", "nurse/c")
    for client in clients:
        client.skip()
    clients[0] >> "<presence type='unavailable'/><presence/>"

    assert [len(client.items) for client in clients] == [4, 2, 2]
