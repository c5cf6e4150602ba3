"""Whatever is sent, cut, resumed and given up between two clients, nothing is lost or doubled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conversation import Play
from tests.sandbox.managing import ENABLE, Phone, bodies
from xmppexplore.sandbox.features import Hook, Module
from xmppexplore.sandbox.managed import Managed, Sessions, TooHigh
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import MESSAGE

ACTS = ("send", "send and lose", "read", "read, say nothing", "ask", "cut", "resume", "expire")
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), max_size=40)


class Side:
    """One of the two: a phone, what it sent, and all that it ever got."""

    def __init__(self, play, name, peer):
        self.play, self.name, self.peer = play, name, peer
        self.sent = []
        self.got = []
        self.connected = True
        self.phone = Phone(play, name)
        self.phone.send("<presence/>")

    def send(self, *, lose):
        body = str(len(self.sent))
        self.sent.append(body)
        xml = f"<message to='{self.peer}@play.example' type='chat'><body>{body}</body></message>"
        if lose or not self.connected:
            self.phone.unsent.append(xml)
            if lose and self.connected:
                self.cut()
        else:
            self.phone.send(xml)

    def cut(self):
        self.phone.cut()
        self.connected = False

    def read(self, *, say_nothing=False):
        if say_nothing:
            items = self.phone.client.items
            seen = [raw for kind, raw in items if kind == MESSAGE]
            others = len([1 for _, raw in items if raw.startswith((b"<presence", b"<iq"))])
            self.phone.got += seen
            self.phone.handled += len(seen) + others
            items.clear()
        else:
            self.phone.read()
        self.got += bodies(self.phone.got)
        self.phone.got.clear()

    def resume(self):
        """Go on, or begin anew where the session is over."""
        if self.phone.id in live(self.play, self.name):
            self.phone.resume()
            self.connected = True
        else:
            self.come_anew()

    def expire(self):
        """Be away for too long; come back anew, and send what was never acknowledged."""
        if self.connected:
            self.cut()
        self.play.pass_time(1000)
        self.come_anew()

    def come_anew(self):
        unsent = self.phone.unsent
        self.phone = Phone(self.play, self.name)
        self.connected = True
        self.phone.send("<presence/>")
        for xml in unsent:
            if b"<presence" not in xml.encode():
                self.phone.send(xml)


def perform(side, act):
    """Do one act, where it can be done now."""
    if act in ("send", "send and lose"):
        side.send(lose=act == "send and lose")
    elif act == "expire":
        side.expire()
    elif act == "resume" and not side.connected:
        side.resume()
    elif side.connected and act == "cut":
        side.cut()
    elif side.connected and act == "ask":
        side.phone.ask()
    elif side.connected and act.startswith("read"):
        side.read(say_nothing=act != "read")


def settle(sides):
    """Connect both, until each has told the other all that it has."""
    for side in sides:
        if not side.connected:
            side.resume()
    for _ in range(3):
        for side in sides:
            side.phone.ask()
            side.read()
            side.phone.answer()


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_nothing_is_lost_doubled_or_reordered(steps):
    """Over resumptions: all that was sent comes, once, in order."""
    play = Play(contacts=True)
    sides = [Side(play, "romeo", "juliet"), Side(play, "juliet", "romeo")]
    for act, second in steps:
        if act != "expire":
            perform(sides[second], act)
    settle(sides)

    for side, other in (sides, sides[::-1]):
        assert other.got == side.sent
        assert not side.phone.unsent
        assert not side.phone.client.machine.managed.queue


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_what_the_server_took_over_is_never_lost(steps):
    """Also over sessions that end: it comes, or it is stored; what was acknowledged is over."""
    stored = []
    hook = Hook("undelivered", "message", lambda _, one: stored.append(one) is None)
    others = [module for module in MODULES if module.name not in ("offline", "management")]
    management = [module for module in MODULES if module.name == "management"]
    store = Module("offline", "XEP-0160", hooks=(hook,))
    play = Play(modules=(*others, store, *management), contacts=True)
    sides = [Side(play, "romeo", "juliet"), Side(play, "juliet", "romeo")]
    for act, second in steps:
        perform(sides[second], act)
    settle(sides)

    for side, other in (sides, sides[::-1]):
        mine = [one for one in stored if one.resource.address.local == side.name]
        left = bodies([one.stamped for one in mine])
        assert {*other.got, *left} == set(side.sent)
        assert not side.phone.unsent


def live(play, name):
    """Return the sessions of an account that go on."""
    return Sessions.of(play.realm.accounts[name]).live


def session(play):
    """Return the session of a client that has just begun to manage its stream."""
    play.login("romeo", "phone").machine.receive(ENABLE.encode(), play.now)
    (managed,) = live(play, "romeo").values()
    return managed


def test_it_says_what_it_is(play):
    """And shows neither its id, by which it could be resumed, nor what was said."""
    managed = session(play)
    managed.resource.send(b"<message><body>secret</body></message>")
    assert repr(managed) == "<Managed romeo@play.example/phone: connected, 1 unacknowledged>"
    play.clients[managed.below].cut()

    assert repr(managed) == "<Managed romeo@play.example/phone: parked, 1 unacknowledged>"
    assert isinstance(managed, Managed)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=30), st.integers(0, 2**32 - 1)
)
def test_the_queue_is_what_was_sent_and_not_acknowledged(steps, start):
    """Wherever the counter stands; what was not sent cannot be acknowledged."""
    managed = session(Play())
    managed._acknowledged = start
    sent = acknowledged = 0
    for send, number in steps:
        if send:
            managed.send(b"<message id='%d'/>" % sent)
            sent += 1
        elif acknowledged + number <= sent:
            acknowledged += number
            managed.acknowledged((start + acknowledged) % 2**32)
        else:
            with pytest.raises(TooHigh) as error:
                managed.acknowledge((start + acknowledged + number) % 2**32)
            assert error.value.sent == (start + sent) % 2**32
        waiting = [int(parse(one.data).get("id")) for one in managed.queue]
        assert waiting == list(range(acknowledged, sent))
        assert managed._bytes == sum(len(one.data) for one in managed.queue)


def test_few_sessions_that_are_over_are_remembered(play):
    """So that an account that logs in without end costs nothing."""
    for _ in range(40):
        phone = Phone(play, "romeo")
        phone.client >> "</stream:stream>"
    sessions = Sessions.of(play.realm.accounts["romeo"])

    assert (len(sessions.live), len(sessions.over)) == (0, 10)
    assert phone.id in sessions.over
