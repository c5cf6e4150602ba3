"""A stanza that comes back is what it was, and its sender can still be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.returned import read, returned
from xmppexplore.wire.records import IQ, MESSAGE

HI = (
    b"<message from='juliet@play.example/balcony' to='romeo@play.example/phone' type='chat'"
    b" id='m'><body>Hi</body></message>"
)


def test_it_has_sender_recipient_and_time_of_its_own(play):
    """As when it was sent first."""
    romeo = play.realm.accounts["romeo"]
    stanza = returned(play.realm, romeo, HI, 7.0)

    assert stanza.stamped == HI
    assert (stanza.now, stanza.addressee, stanza.account) == (7.0, "resource", romeo)
    assert str(stanza.to) == "romeo@play.example/phone"
    assert stanza.element.find("body").text == "Hi"
    assert stanza.resource.stamp == b"juliet@play.example/balcony"


def test_without_recipient_it_is_for_the_account(play):
    """RFC 6120 §10.3.1."""
    data = HI.replace(b" to='romeo@play.example/phone'", b"")
    stanza = returned(play.realm, play.realm.accounts["romeo"], data, 7.0)

    assert (str(stanza.to), stanza.addressee) == ("romeo@play.example", "account")


def test_its_sender_hears_of_it_while_connected(play):
    """And of no other connection is anything said."""
    stanza = returned(play.realm, play.realm.accounts["romeo"], HI, 7.0)
    stanza.resource.send(b"<presence/>")
    juliet = play.login("juliet", "balcony").skip()
    stanza.resource.send(b"<presence id='late'/>")
    stanza.resource.outlet.emit(Mark("bound"))
    stanza.resource.outlet.end("conflict")
    play.perform()

    juliet << "<presence id='late'/>"
    juliet.quiet()
    assert juliet.closed is None
    assert (stanza.resource.outlet.number, stanza.resource.outlet.taken) == (-1, 0)
    assert stanza.resource.outlet.take() == []


@pytest.mark.parametrize(
    "data",
    [
        b"<message to='romeo@play.example'/>",
        b"<message from='play.example'/>",
        b"<message from='@'/>",
        b"<message from='a@b' to='@'/>",
        b"<r xmlns='urn:xmpp:sm:3'/>",
        b"<message from='a@b'/><message from='a@b'/>",
        b"<message from='a@b'",
        b"",
    ],
)
def test_what_comes_from_nobody_goes_nowhere(play, data):
    """From the server itself, from no address, or no stanza at all."""
    assert returned(play.realm, play.realm.accounts["romeo"], data, 7.0) is None


@given(st.binary(max_size=60))
def test_any_bytes_can_be_tried(data):
    """What a storage holds may be damaged."""
    found = read(data)

    assert found is None or found.name in ("message", "presence", "iq")
    returned(PLAY.realm, PLAY.realm.accounts["romeo"], data, 0.0)


PLAY = Play()


def test_reading_says_what_it_is():
    """Kind, id and type."""
    assert (read(HI).kind, read(HI).id, read(HI).type) == (MESSAGE, "m", "chat")
    assert read(b"<iq type='get' id='1'><a xmlns='urn:a'/></iq>").kind == IQ
