"""The hash of a picture in presence (XEP-0153)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.asking import ask, kept_play, reopened
from tests.sandbox.modules.test_vcard import CARD
from xmppexplore.errors import MalformedXML
from xmppexplore.sandbox.modules.avatar import photo
from xmppexplore.wire.element import parse

PICTURE = b"\x89PNG\r\n\x1a\n"
HASH = hashlib.sha1(PICTURE).hexdigest()
UPDATE = f"<x xmlns='vcard-temp:x:update'><photo>{HASH}</photo></x>"


def shown(client):
    """Return the last presence that came."""
    return client.items.pop()[1].decode()


def test_it_is_said_for_a_client_that_says_nothing_of_it(play):
    """To everybody who sees the presence, the own clients among them."""
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    ask(juliet, CARD, "set")
    for sent in ("<presence/>", "<presence><show>away</show></presence>"):
        juliet >> sent
        for client in (juliet, romeo):
            assert UPDATE in shown(client)
            client.skip()


@pytest.mark.parametrize(
    "said",
    [
        "<x xmlns='vcard-temp:x:update'/>",
        "<x xmlns='vcard-temp:x:update'><photo/></x>",
        "<x xmlns='vcard-temp:x:update'><photo>01b8</photo></x>",
    ],
)
def test_what_a_client_says_of_it_stays(play, said):
    """Not ready, no picture, another picture: that is for the client to know."""
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    ask(juliet, CARD, "set")
    juliet >> f"<presence>{said}</presence>"

    assert said in shown(romeo)
    assert HASH not in shown(juliet)


@pytest.mark.parametrize(
    "sent",
    [
        "<presence type='unavailable'/>",
        "<presence to='romeo@play.example/orchard'/>",
        "<presence to='romeo@play.example' type='probe'/>",
    ],
)
def test_nothing_else_is_touched(play, sent):
    """Only presence for all says who one is."""
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    ask(juliet, CARD, "set")
    juliet.skip()
    romeo.skip()
    juliet >> sent

    assert all(HASH.encode() not in raw for client in (juliet, romeo) for _, raw in client.items)


@pytest.mark.parametrize(
    "card",
    [
        "<vCard xmlns='vcard-temp'/>",
        "<vCard xmlns='vcard-temp'><PHOTO/></vCard>",
        "<vCard xmlns='vcard-temp'><PHOTO><BINVAL/></PHOTO></vCard>",
        "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>no base64!</BINVAL></PHOTO></vCard>",
        "<vCard xmlns='vcard-temp'><PHOTO><EXTVAL>http://a.example/</EXTVAL></PHOTO></vCard>",
    ],
)
def test_a_card_without_a_picture_has_none(play, card):
    """Then nothing is said."""
    juliet = play.login("juliet", "balcony")
    ask(juliet, card, "set")
    juliet >> "<presence/>"

    assert photo(card) == ""
    assert "vcard-temp" not in shown(juliet)


@given(st.text(alphabet="<>/&;PHOTOBINVAL aGk=", max_size=60))
def test_whatever_is_in_a_card_is_borne(inside):
    """It was written by a client."""
    card = f"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>{inside}</BINVAL></PHOTO></vCard>"
    try:
        parse(card)
    except MalformedXML:
        return

    assert len(photo(card)) in (0, 40)


def test_a_new_card_is_seen_at_the_next_presence_also_after_a_restart():
    """The hash is that of the card that is kept."""
    play = kept_play()
    juliet = play.login("juliet", "balcony")
    ask(juliet, CARD, "set")
    again = reopened(play).login("juliet", "balcony", presence=None)
    again >> "<presence/>"
    assert UPDATE in shown(again)

    ask(again, "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>aGk=</BINVAL></PHOTO></vCard>", "set")
    again >> "<presence/>"
    assert hashlib.sha1(b"hi").hexdigest() in shown(again)
