"""What people say of themselves (XEP-0054)."""

from __future__ import annotations

from tests.sandbox.asking import ask, condition, kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.limits import Limits

EMPTY = "<vCard xmlns='vcard-temp'/>"
CARD = (
    "<vCard xmlns='vcard-temp'><FN>Juliet &lt;3</FN>"
    "<PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=\n</BINVAL></PHOTO></vCard>"
)
JULIET = "juliet@play.example"


def test_a_card_comes_back_byte_for_byte_to_everybody(play):
    """To its owner with and without an address, and to others (§3.1, §3.3)."""
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    stored = ask(juliet, CARD, "set")

    assert condition(stored) is None
    assert stored.children == ()
    for client, to in ((juliet, ""), (juliet, JULIET), (romeo, JULIET)):
        [found] = ask(client, EMPTY, to=to).children
        assert found.xml == CARD


def test_there_is_none_until_it_is_set(play):
    """An empty one for oneself; who has none and who does not exist are alike to others."""
    romeo = play.login("romeo", "orchard")
    assert ask(romeo, EMPTY).children[0].xml == EMPTY
    juliet = ask(romeo, EMPTY, to=JULIET)
    nobody = ask(romeo, EMPTY, to="tybalt@play.example")

    assert condition(juliet) == condition(nobody) == ("cancel", "service-unavailable")
    assert juliet.find("error").xml == nobody.find("error").xml


def test_it_is_set_by_its_owner_alone(play):
    """Forbidden (§3.2); the next one takes its place whole."""
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    assert condition(ask(romeo, CARD, "set", JULIET)) == ("auth", "forbidden")
    ask(juliet, CARD, "set", JULIET)
    ask(juliet, "<vCard xmlns='vcard-temp'><NICKNAME>J</NICKNAME></vCard>", "set")

    [found] = ask(romeo, EMPTY, to=JULIET).children
    assert [child.name for child in found.children] == ["NICKNAME"]


def test_it_survives_a_restart_of_the_server():
    """And is gone with its account."""
    play = kept_play()
    ask(play.login("juliet", "balcony"), CARD, "set")
    second = reopened(play)
    romeo = second.login("romeo", "orchard")
    [found] = ask(romeo, EMPTY, to=JULIET).children
    assert found.xml == CARD

    second.realm.remove_account("juliet")
    third = reopened(second).login("romeo", "orchard")
    assert condition(ask(third, EMPTY, to=JULIET)) == ("cancel", "service-unavailable")


def test_a_card_has_a_size():
    """The one before stays."""
    play = Play(limits=Limits(vcard_bytes=len(CARD)))
    juliet = play.login("juliet", "balcony")
    ask(juliet, CARD, "set")
    larger = CARD.replace("Juliet", "Giulietta")

    assert condition(ask(juliet, larger, "set")) == ("wait", "resource-constraint")
    assert ask(juliet, EMPTY).children[0].xml == CARD
