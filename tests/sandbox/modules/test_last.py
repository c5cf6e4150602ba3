"""How long ago somebody left (XEP-0012)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import ask, condition, kept_play, reopened

LAST = "<query xmlns='jabber:iq:last'/>"
JULIET = "juliet@play.example"


def last(client, to=JULIET):
    """Return the seconds and the words of an answer."""
    answer = ask(client, LAST, to=to)
    assert condition(answer) is None, answer
    [query] = answer.children
    return int(query.get("seconds")), query.text


def test_the_server_tells_how_long_it_is_up(play):
    """In whole seconds, by its own clock (§5)."""
    romeo = play.login("romeo", "orchard")
    play.pass_time(903.9)

    assert last(romeo, "play.example") == (903, "")


@pytest.mark.parametrize(
    ("farewell", "words"),
    [
        ("<presence type='unavailable'><status>Heading &amp; home</status></presence>", 1),
        ("<presence type='unavailable'/>", 0),
        ("</stream:stream>", 0),
    ],
)
def test_the_seconds_since_somebody_left(play, farewell, words):
    """With the words of the farewell, where there were any (§3)."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    play.pass_time(50)
    juliet >> farewell
    play.pass_time(903)

    assert last(romeo) == (903, "Heading & home" if words else "")


def test_a_cut_connection_counts_from_when_it_was_cut(play):
    """Not from what was last heard on it."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    play.pass_time(100)
    juliet.machine.lost()
    play.perform()
    play.pass_time(5)

    assert last(romeo) == (5, "")


def test_who_is_there_is_not_away(play):
    """0 while any resource is available (§3); and for whoever was never seen."""
    romeo, first = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    second = play.login("juliet", "chamber")
    second >> "<presence type='unavailable'><status>one of two</status></presence>"
    play.pass_time(10)
    assert last(romeo) == (0, "")
    assert last(romeo, "nurse@play.example") == (0, "")

    first >> "<presence type='unavailable'/>"
    play.pass_time(10)
    assert last(romeo) == (10, "")
    first >> "<presence/>"
    assert last(romeo) == (0, "")


def test_directed_presence_is_no_farewell(play):
    """Only what goes to all contacts says that somebody leaves."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    juliet >> "<presence type='unavailable' to='nurse@play.example'><status>a</status></presence>"
    juliet >> "<presence type='unavailable'/>"
    play.pass_time(1)

    assert last(romeo) == (1, "")


def test_it_survives_a_restart_of_the_server():
    """Times are absolute, so that the pause counts."""
    play = kept_play(contacts=True)
    juliet = play.login("juliet", "balcony")
    juliet >> "<presence type='unavailable'><status>bye</status></presence>"
    second = reopened(play)
    second.now += 60

    assert last(second.login("romeo", "orchard")) == (60, "bye")


def test_a_clock_that_is_set_back_makes_no_negative_time(play):
    """The schema knows no sign (§10)."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    juliet >> "<presence type='unavailable'/>"
    play.now -= 1000

    assert last(romeo) == (0, "")
    assert last(romeo, "play.example") == (0, "")


def test_a_farewell_of_any_length_is_kept_short(play):
    """Nobody makes the server keep megabytes."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    juliet >> f"<presence type='unavailable'><status>{'x' * 100_000}</status></presence>"

    assert len(last(romeo)[1]) == 1000


def test_a_resource_answers_for_itself(play):
    """A request to a full address is delivered (§4)."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    juliet.skip()
    romeo >> f"<iq type='get' id='1' to='{JULIET}/balcony'>{LAST}</iq>"

    juliet << (
        f"<iq type='get' id='1' to='{JULIET}/balcony' from='romeo@play.example/orchard'>{LAST}</iq>"
    )
