"""What nobody acknowledged is not lost with its session."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from tests.sandbox.managing import SM, Phone, bodies, counted
from tests.sandbox.shelf import Shelf
from xmppexplore.sandbox.features import Hook, Module
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse

CARBONS = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>"


class Kept:
    """Stands for a module that stores what nobody can take (XEP-0160)."""

    def __init__(self):
        self.messages = []

    def keep(self, _host, stanza):
        self.messages.append(stanza)
        return True

    @property
    def bodies(self):
        return bodies([stanza.stamped for stanza in self.messages])

    def modules(self):
        hook = Hook("undelivered", "message", self.keep)
        others = [module for module in MODULES if module.name not in ("offline", "management")]
        management = [module for module in MODULES if module.name == "management"]
        return (*others, Module("offline", "XEP-0160", hooks=(hook,)), *management)


@pytest.fixture
def kept():
    """What is stored."""
    return Kept()


@pytest.fixture
def play(kept):
    """A realm that stores."""
    return Play(modules=kept.modules(), contacts=True)


@pytest.fixture
def juliet(play):
    """Who sends."""
    return play.login("juliet", "balcony").skip()


def available(play, name="romeo", resource="phone", priority=0):
    """Log in with a managed stream, and be available."""
    phone = Phone(play, name, resource)
    phone.send(f"<presence><priority>{priority}</priority></presence>")
    phone.read()
    phone.got.clear()
    return phone


def message(body, to="romeo@play.example", kind="chat"):
    """Write a message; its id is its body."""
    return f"<message to='{to}' type='{kind}' id='{body}'><body>{body}</body></message>"


ENDS = {
    "time is over": lambda play, phone: (phone.cut(), play.pass_time(1000)),
    "closed": lambda play, phone: phone.client >> "</stream:stream>",
    "broken": lambda play, phone: phone.client >> "<a></b>",
    "replaced": lambda play, phone: play.client().login("romeo", "phone"),
    "shut down": lambda play, phone: (phone.client.machine.end("system-shutdown"), play.perform()),
}


@pytest.mark.parametrize("end", ENDS)
def test_messages_are_stored_however_the_session_ends(play, kept, juliet, end):
    """In order, once; not what was acknowledged."""
    phone = available(play)
    juliet.skip()
    juliet >> message("a")
    phone.read()
    for body in "bc":
        juliet >> message(body)
    assert kept.messages == []
    ENDS[end](play, phone)

    assert kept.bodies == ["b", "c"]
    assert [stanza.now for stanza in kept.messages] == [1_700_000_000.0] * 2
    assert bodies(counted(juliet)) == []


def test_a_message_to_the_lost_address_goes_to_another(play, kept, juliet):
    """Also of type normal, whose sender may have been told that the server has it."""
    phone = available(play)
    tablet = play.login("romeo", "tablet").skip()
    phone.cut()
    juliet >> message("a", "romeo@play.example/phone", "normal")
    juliet >> message("b", "romeo@play.example/phone", "chat")
    tablet.skip()
    play.pass_time(1000)

    assert bodies(counted(tablet)) == ["a", "b"]
    assert kept.messages == []


def test_who_has_it_already_does_not_get_it_again(play, kept, juliet):
    """A message went to both; one goes away without having said that it came."""
    phone = available(play)
    tablet = play.login("romeo", "tablet").skip()
    juliet >> message("a")
    assert bodies(counted(tablet)) == ["a"]
    phone.cut()
    play.pass_time(1000)

    assert bodies(counted(tablet)) == []
    assert kept.messages == []


@pytest.mark.parametrize("order", ["phone first", "tablet first"])
@pytest.mark.parametrize("carbons", [True, False])
def test_the_last_who_had_it_leaves_it_behind(play, kept, juliet, order, carbons):
    """Two sessions that both were written to end without a word: it is stored, once."""
    phone = available(play)
    tablet = available(play, resource="tablet", priority=-1 if carbons else 0)
    if carbons:
        tablet.send(CARBONS)
    tablet.read()
    juliet >> message("a")
    both = [phone, tablet] if order == "phone first" else [tablet, phone]
    both[0].cut()
    play.pass_time(1000)
    assert kept.messages == []
    both[1].cut()
    play.pass_time(1000)

    assert kept.bodies == ["a"]
    assert [stanza.item.sender for stanza in kept.messages] == ["juliet@play.example/balcony"]


def test_a_copy_of_what_one_sent_is_not_kept(play, kept):
    """Its original went where it was sent (XEP-0280)."""
    play.login("juliet", "balcony")
    tablet = available(play, resource="tablet")
    tablet.send(CARBONS)
    tablet.read()
    romeo = play.login("romeo", "orchard")
    romeo >> message("a", "juliet@play.example")
    tablet.cut()
    play.pass_time(1000)

    assert kept.messages == []


def test_a_request_is_refused_when_nobody_will_answer(play, juliet):
    """RFC 6121 §8.5.3.2.3; until then it may still be answered."""
    phone = available(play)
    phone.cut()
    juliet.skip()
    juliet >> "<iq type='get' id='q' to='romeo@play.example/phone'><a xmlns='urn:a'/></iq>"
    juliet >> "<iq type='result' id='r' to='romeo@play.example/phone'/>"
    juliet.quiet()
    play.pass_time(1000)
    (error,) = [parse(raw) for raw in counted(juliet) if b"<iq" in raw]

    assert (error.get("id"), error.get("from")) == ("q", "romeo@play.example/phone")
    assert error.find("error").children[0].name == "service-unavailable"


def test_without_a_store_the_sender_is_told():
    """§5: stored, or an error; never to an error."""
    play = Play(modules=[one for one in MODULES if one.name != "offline"], contacts=True)
    juliet = play.login("juliet", "balcony")
    phone = available(play)
    phone.cut()
    juliet.skip()
    juliet >> message("a")
    juliet >> "<message type='error' id='e' to='romeo@play.example/phone'/>"
    play.pass_time(1000)
    errors = [parse(raw) for raw in counted(juliet) if b"<message" in raw]

    assert [error.get("id") for error in errors] == ["a"]


def test_what_became_of_it_is_said_of_no_connection(play, juliet):
    """The sender has sent other things since."""
    phone = available(play)
    phone.cut()
    juliet >> "<iq type='get' id='q' to='romeo@play.example/phone'><a xmlns='urn:a'/></iq>"
    juliet >> "<presence/>"
    play.pass_time(1000)
    said = [one for one in play.routed if one.id == "q"]

    assert [one.decision for one in said] == ["delivered", "refused"]
    assert (said[1].connection, said[1].end) == (-1, 0)


def after_a_crash(kept, shelf, **options):
    """Begin again with what was committed."""
    shelf.crash()
    return Play(modules=kept.modules(), storage=shelf, **options)


@pytest.fixture
def shelf():
    """A storage that outlives the realm."""
    return Shelf()


def test_a_crash_loses_no_message_that_was_accepted(kept, shelf):
    """Neither one that waits for a client, nor one that was written to it and not taken."""
    play = Play(modules=kept.modules(), storage=shelf, contacts=True)
    juliet = play.login("juliet", "balcony")
    phone = available(play)
    juliet >> message("a")
    phone.read()
    juliet >> message("b", "romeo@play.example/phone", "normal")
    phone.cut()
    juliet >> message("c") + message("d", kind="headline") + message("e", kind="error")
    shelf.commit()
    juliet >> message("not committed")
    again = after_a_crash(kept, shelf)

    assert kept.bodies == ["b", "c"]
    assert [stanza.account.address.bare for stanza in kept.messages] == ["romeo@play.example"] * 2
    again.realm.storage.commit()
    kept.messages.clear()
    after_a_crash(kept, shelf)
    assert kept.messages == []


def test_a_message_that_two_sessions_had_is_one_after_a_crash(kept, shelf):
    """And two that are equal in every byte are two."""
    play = Play(modules=kept.modules(), storage=shelf, contacts=True)
    juliet = play.login("juliet", "balcony")
    available(play)
    available(play, resource="tablet")
    juliet >> 2 * "<message to='romeo@play.example'><body>twin</body></message>"
    juliet >> message("b")
    shelf.commit()
    after_a_crash(kept, shelf)

    assert kept.bodies == ["twin", "twin", "b"]


def test_nothing_is_kept_of_a_session_that_went_well(kept, shelf):
    """The rows go as their stanzas are acknowledged."""
    play = Play(modules=kept.modules(), storage=shelf, contacts=True)
    juliet = play.login("juliet", "balcony")
    phone = available(play)
    juliet >> message("a")
    phone.read()
    phone.client >> f"<a xmlns='{SM}' h='{phone.handled}'/></stream:stream>"
    shelf.commit()

    assert not any(rows for (name, _), rows in shelf.kept.items() if name == "unacknowledged")


def test_what_was_stored_is_kept_until_the_client_has_it(shelf):
    """From storage to session and back, over cuts and crashes; then it is over."""
    play = Play(storage=shelf, contacts=True)
    play.login("juliet", "balcony") >> message("a") + message("b", "romeo@play.example/phone")
    for end in ("cut", "crash", "cut"):
        phone = Phone(play, "romeo")
        phone.client >> "<presence/>"
        assert bodies(counted(phone.client)) == ["a", "b"]
        shelf.commit()
        if end == "cut":
            phone.cut()
            play.pass_time(1000)
        else:
            shelf.crash()
            play = Play(storage=shelf)
    phone = available(play)
    phone.client >> "</stream:stream>"
    shelf.commit()
    again = play.login("romeo", "phone")

    assert bodies(counted(again)) == []
    assert not any(rows for (name, _), rows in shelf.kept.items() if name == "unacknowledged")


def test_an_account_goes_with_all_that_waits_in_it(shelf):
    """Also where nobody is connected as it just now."""
    play = Play(storage=shelf, contacts=True)
    juliet = play.login("juliet", "balcony")
    phone = available(play)
    phone.cut()
    juliet >> message("a")
    shelf.commit()
    play.realm.remove_account("romeo")
    play.pass_time(1000)
    shelf.commit()

    assert "romeo" not in play.realm.accounts
    assert not [rows for (_, owner), rows in shelf.kept.items() if owner == "romeo" and rows]
