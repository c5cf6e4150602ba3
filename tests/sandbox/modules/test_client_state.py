"""What can wait until somebody looks is held back (XEP-0352)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import Play
from tests.sandbox.managing import ENABLE, SM, Phone, bodies, counted, nonza
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.modules.client_state import Inactive
from xmppexplore.wire.element import parse

CSI = "urn:xmpp:csi:0"
ACTIVE, INACTIVE = f"<active xmlns='{CSI}'/>", f"<inactive xmlns='{CSI}'/>"
STATE = "<{} xmlns='http://jabber.org/protocol/chatstates'/>"


@pytest.fixture
def romeo(play):
    """Inactive, and available."""
    client = play.login("romeo", "phone").skip()
    return client >> INACTIVE


@pytest.fixture
def juliet(play, romeo):
    """Available, with all that her coming brought about taken."""
    client = play.login("juliet", "balcony")
    romeo >> ACTIVE + INACTIVE
    romeo.skip()
    return client.skip()


def show(client, what):
    """Change presence."""
    client >> f"<presence><show>{what}</show></presence>"


def write(client, content, kind="chat"):
    """Send romeo a message with this content."""
    client >> f"<message to='romeo@play.example' type='{kind}'>{content}</message>"


def shown(client):
    """Take what came; return the ``<show/>`` or the name of the first child of each."""
    found = [parse(raw) for _, raw in client.items]
    client.skip()
    return [one.children[0].text or one.children[0].name for one in found]


def test_it_is_offered_after_login(play):
    """§4.1."""
    client = play.client()
    assert client.tls().find(f"{{{CSI}}}csi") is None
    client.scram("romeo", "balcony")
    client.skip()

    assert client.open().find(f"{{{CSI}}}csi") is not None


def test_presence_waits_and_the_newest_counts(play, romeo, juliet):
    """One of each contact, in the order of the last change."""
    nurse = play.login("nurse", "hall", "<presence><show>chat</show></presence>")
    for what in ("away", "dnd"):
        show(juliet, what)
    romeo.quiet()
    show(nurse, "xa")
    show(juliet, "away")
    romeo >> ACTIVE

    assert shown(romeo) == ["xa", "away"]


WAITS = [STATE.format("composing"), STATE.format("paused") + "<thread>t</thread>"]
COMES = [
    "<body>Hi</body>",
    STATE.format("active") + "<body>Hi</body>",
    STATE.format("active") + "<x xmlns='urn:example:x'/>",
    "<received xmlns='urn:xmpp:receipts' id='1'/>",
]


@pytest.mark.parametrize("content", WAITS)
def test_a_message_that_says_nothing_waits(romeo, juliet, content):
    """A chat state, and only the newest."""
    write(juliet, content)
    write(juliet, content)
    romeo.quiet()
    romeo >> ACTIVE

    assert len(romeo.items) == 1


@pytest.mark.parametrize("content", COMES)
def test_what_says_something_comes_at_once_behind_what_waited(romeo, juliet, content):
    """So that the order stays."""
    show(juliet, "away")
    write(juliet, WAITS[0])
    romeo.quiet()
    write(juliet, content)

    assert shown(romeo)[:2] == ["away", "composing"]
    show(juliet, "dnd")
    romeo.quiet()


IMPORTANT = [
    "<iq type='get' id='q' to='romeo@play.example/phone'><a xmlns='urn:a'/></iq>",
    "<message to='romeo@play.example/phone' type='error'>" + WAITS[0] + "</message>",
    "<presence to='romeo@play.example/phone' type='error'/>",
]


@pytest.mark.parametrize("stanza", IMPORTANT)
def test_requests_and_errors_never_wait(romeo, juliet, stanza):
    """Somebody waits for them."""
    juliet >> stanza

    assert len(romeo.items) == 1


def test_answers_never_wait(romeo, juliet):
    """In order: what waited goes before the answer (XEP-0352 §5.1)."""
    show(juliet, "away")
    romeo >> "<iq type='get' id='p' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"

    assert [parse(raw).name for _, raw in romeo.items] == ["presence", "iq"]


def test_active_and_inactive_may_be_said_twice(romeo, juliet):
    """The second time changes nothing."""
    romeo >> INACTIVE
    show(juliet, "away")
    romeo.quiet()
    romeo >> ACTIVE + ACTIVE
    show(juliet, "dnd")

    assert shown(romeo) == ["away", "dnd"]


def test_what_waits_has_a_limit():
    """Then all of it is written."""
    play = Play(limits=Limits(held=3), contacts=True)
    romeo = play.login("romeo", "phone").skip()
    romeo >> INACTIVE
    juliets = [play.login("juliet", f"r{number}") for number in range(3)]
    romeo.quiet()
    play.login("juliet", "r3")
    assert len(romeo.items) == 4
    romeo.skip()
    show(juliets[0], "away")

    romeo.quiet()


@pytest.mark.parametrize("first", ["managed", "inactive"])
def test_what_waits_is_counted_when_it_is_written(play, first):
    """Stream management sees what leaves, in whichever order the two began."""
    romeo = play.login("romeo", "phone").skip()
    for element in (ENABLE, INACTIVE) if first == "managed" else (INACTIVE, ENABLE):
        romeo >> element
    session = romeo.machine.managed
    nonza(romeo, "enabled")
    juliet = play.login("juliet", "balcony")
    for what in ("away", "dnd", "xa"):
        show(juliet, what)
    romeo.quiet()
    assert not session.queue
    romeo >> ACTIVE
    assert len(session.queue) == 1
    romeo.skip()
    romeo >> f"<a xmlns='{SM}' h='1'/>"

    assert not session.queue
    assert romeo.closed is None


def test_a_resumed_stream_begins_active(play):
    """XEP-0352 §4.2; and nothing is lost on the way."""
    phone = Phone(play, "romeo")
    phone.send("<presence/>")
    phone.read()
    phone.client >> INACTIVE
    juliet = play.login("juliet", "balcony")
    show(juliet, "away")
    write(juliet, "<body>a</body>")
    phone.cut()
    show(juliet, "dnd")
    phone.resume()
    stanzas = counted(phone.client)

    assert bodies(stanzas) == ["a"]
    assert [b"<show>" in raw for raw in stanzas] == [True, False, True]
    show(juliet, "xa")
    assert len(counted(phone.client)) == 1


class Wire:
    """What would be written."""

    number, taken = 3, 7

    def __init__(self):
        self.written = []

    def send(self, data):
        self.written.append(data)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    b"<presence from='a@b/c'/>",
                    b"<presence from='a@b/c' type='unavailable'/>",
                    b"<message from='a@b/c'>%b</message>" % WAITS[0].encode(),
                    b"<message from='a@b/c'><body>Hi</body></message>",
                    b"<iq type='get' id='1'/>",
                    b"<presence type='subscribe' from='a@b'/>",
                ]
            ),
            st.binary(max_size=20),
        ),
        max_size=20,
    )
)
def test_only_what_is_outdone_is_lost(stanzas):
    """Whatever the bytes: all that is written was sent, in order, and the newest is there."""
    wire = Wire()
    layer = Inactive(wire, 5)
    for data in stanzas:
        layer.send(data)
    layer.flush()
    places = []
    for data in wire.written:
        start = places[-1] + 1 if places else 0
        places.append(stanzas.index(data, start))

    assert layer.held == {}
    assert set(wire.written) >= {data for data in stanzas if b"<body>" in data or b"<iq" in data}
    assert (layer.number, layer.taken) == (3, 7)
