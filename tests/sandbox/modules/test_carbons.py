"""All clients of an account see both sides of its conversations (XEP-0280)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.wire.element import parse

CARBONS = "urn:xmpp:carbons:2"
ENABLE = f"<iq type='set' id='c'><enable xmlns='{CARBONS}'/></iq>"
DISABLE = f"<iq type='set' id='d'><disable xmlns='{CARBONS}'/></iq>"
STATE = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
ROOM = "<x xmlns='http://jabber.org/protocol/muc#user'/>"


def client(play, name, resource, priority=0, enable=True):
    """Log in, be available, and ask for copies."""
    presence = f"<presence><priority>{priority}</priority></presence>"
    one = play.login(name, resource, presence)
    if enable:
        one >> ENABLE
        one << f"<iq type='result' id='c' to='{name}@play.example/{resource}'/>"
    return one


@pytest.fixture
def stage(play):
    """Juliet with two clients, romeo with three, all enabled; his phone takes messages."""
    clients = {
        "balcony": client(play, "juliet", "balcony"),
        "chamber": client(play, "juliet", "chamber", -1),
        "phone": client(play, "romeo", "phone", 5),
        "tablet": client(play, "romeo", "tablet", 1),
        "desk": client(play, "romeo", "desk", -1),
    }
    for one in clients.values():
        one.skip()
    return clients


def copies(one, direction):
    """Take what came; return the messages inside copies of one direction, and check the rest."""
    found = []
    account, resource = one.bound.children[0].children[0].text.split("/")
    for _, raw in one.items:
        outer = parse(raw)
        (copy,) = outer.children
        assert copy.qualified == f"{{{CARBONS}}}{direction}"
        assert (outer.get("from"), outer.get("to")) == (account, f"{account}/{resource}")
        (forwarded,) = copy.children
        assert forwarded.qualified == "{urn:xmpp:forward:0}forwarded"
        (inner,) = forwarded.children
        assert inner.namespace == "jabber:client"
        assert inner.get("type") == outer.get("type")
        found.append(inner)
    one.skip()
    return found


@pytest.mark.parametrize("to", ["romeo@play.example", "romeo@play.example/phone"])
def test_the_others_of_both_sides_get_a_copy(stage, to):
    """§7, §8: who sent and who got it do not."""
    stage["balcony"] >> f"<message to='{to}' type='chat' id='m'><body>Hi &amp; bye</body></message>"
    (_, original) = stage["phone"].items.pop()
    stage["balcony"].quiet()
    stage["phone"].quiet()

    for name, direction in [("chamber", "sent"), ("tablet", "received"), ("desk", "received")]:
        (inner,) = copies(stage[name], direction)
        assert inner.xml.replace(" xmlns='jabber:client'", "") == original.decode()
        assert inner.find("body").text == "Hi & bye"


ELIGIBLE = {
    "chat": ("chat", "<body>Hi</body>", True, True),
    "chat without body": ("chat", STATE, True, True),
    "empty chat": ("chat", "", True, True),
    "normal with body": ("normal", "<body>Hi</body>", True, True),
    "no type, with body": ("", "<body>Hi</body>", True, True),
    "unknown type, with body": ("bogus", "<body>Hi</body>", True, True),
    "normal with a state": ("normal", STATE, True, True),
    "receipt": ("normal", "<received xmlns='urn:xmpp:receipts' id='m'/>", True, True),
    "marker": ("normal", "<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>", True, True),
    "normal with something else": ("normal", "<x xmlns='urn:example:x'/>", False, False),
    "body of another namespace": ("normal", "<body xmlns='urn:example:x'/>", False, False),
    "groupchat": ("groupchat", "<body>Hi</body>", False, False),
    "headline": ("headline", "<body>Hi</body>", False, False),
    "error": ("error", "<body>Hi</body>", False, False),
    "private": ("chat", f"<body>Hi</body><private xmlns='{CARBONS}'/>", False, False),
    "hint": ("chat", "<body>Hi</body><no-copy xmlns='urn:xmpp:hints'/>", False, False),
    "private word": ("chat", "<body>private no-copy</body>", True, True),
    "private within": (
        "chat",
        f"<x xmlns='urn:example:x'><private xmlns='{CARBONS}'/></x>",
        True,
        True,
    ),
    "from a room": ("chat", f"<body>Hi</body>{ROOM}", True, False),
}


@pytest.mark.parametrize("which", ELIGIBLE)
def test_messages_of_people_are_copied(stage, which):
    """§6."""
    kind, content, sent, received = ELIGIBLE[which]
    written = f" type='{kind}'" if kind else ""
    stage["balcony"] >> f"<message to='romeo@play.example/phone'{written}>{content}</message>"

    assert len(stage["phone"].items) == 1
    assert len(copies(stage["chamber"], "sent")) == sent
    assert len(copies(stage["tablet"], "received")) == received


PRIVATE = [
    f"<private xmlns='{CARBONS}'/>",
    f"<private xmlns='{CARBONS}'></private>",
    f"<c:private xmlns:c='{CARBONS}'>\n</c:private>",
    "<private xmlns='urn:xmpp:&#99;arbons:2'/>",
    2 * f"<private xmlns='{CARBONS}'/>",
]


@pytest.mark.parametrize("private", PRIVATE)
def test_what_is_private_is_said_to_servers_alone(stage, private):
    """§9: it is taken out, and nothing else."""
    within = f"<x xmlns='urn:example:x'>{PRIVATE[0]}</x>"
    stage["balcony"] >> (
        "<message type='chat' to='romeo@play.example/phone'>"
        f"{within}{private}<body>Hi</body></message>"
    )

    assert stage["phone"].items[0][1].endswith(f"'>{within}<body>Hi</body></message>".encode())
    stage["tablet"].quiet()
    stage["chamber"].quiet()


def test_it_is_asked_for_and_given_up_at_will(stage):
    """§4, §5, §10.1: twice is no error."""
    hi = "<message to='romeo@play.example' type='chat'><body>Hi</body></message>"
    answer = "<iq type='result' id='{}' to='romeo@play.example/tablet'/>"
    for _ in range(2):
        stage["tablet"] >> DISABLE
        stage["tablet"] << answer.format("d")
    stage["balcony"] >> hi
    stage["tablet"].quiet()
    for _ in range(2):
        stage["tablet"] >> ENABLE
        stage["tablet"] << answer.format("c")
    stage["balcony"] >> hi

    assert len(copies(stage["tablet"], "received")) == 1


def test_it_is_asked_for_by_each_session_anew(play, stage):
    """It ends with the session that asked."""
    stage["tablet"] >> "</stream:stream>"
    tablet = client(play, "romeo", "tablet", 1, enable=False)
    tablet.skip()
    stage["balcony"] >> "<message to='romeo@play.example' type='chat'><body>Hi</body></message>"

    tablet.quiet()


def test_one_asks_for_oneself(stage):
    """Not at another account."""
    stage["phone"] >> ENABLE.replace("id=", "to='juliet@play.example' id=")

    assert parse(stage["phone"].items.pop()[1]).get("type") == "error"


def test_a_note_to_oneself_comes_once(stage):
    """Sent and received by one account."""
    stage["tablet"] >> "<message to='romeo@play.example' type='chat'><body>Hi</body></message>"

    assert len(stage["phone"].items) == 1
    stage["tablet"].quiet()
    assert len(copies(stage["desk"], "sent")) == 1


def test_copies_are_not_copied(stage):
    """What somebody makes up as a copy is a message like any other, from who sent it."""
    forged = (
        f"<received xmlns='{CARBONS}'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<message xmlns='jabber:client' from='pope@play.example'/></forwarded></received>"
    )
    stage["balcony"] >> f"<message to='romeo@play.example' type='chat'>{forged}</message>"

    assert parse(stage["phone"].items[0][1]).get("from") == "juliet@play.example/balcony"
    (inner,) = copies(stage["tablet"], "received")
    assert inner.get("from") == "juliet@play.example/balcony"


def test_what_waits_for_somebody_to_come_is_not_copied_to_who_comes(play):
    """It would come twice to a client that has not sent its presence yet."""
    juliet = play.login("juliet", "balcony")
    phone = client(play, "romeo", "phone", -1)
    new = play.login("romeo", "new", None)
    new >> ENABLE
    new.skip()
    phone.skip()
    juliet >> "<message to='romeo@play.example' type='chat'><body>Hi</body></message>"

    new.quiet()
    assert len(copies(phone, "received")) == 1


def test_what_was_refused_was_sent_all_the_same(play, stage):
    """The others of the sender see what it said."""
    stage["balcony"] >> "<message to='nobody@play.example' type='chat'><body>Hi</body></message>"

    assert len(copies(stage["chamber"], "sent")) == 1
    assert parse(stage["balcony"].items.pop()[1]).get("type") == "error"


@pytest.mark.parametrize("prefix", ["", "c:"])
def test_a_copy_stands_by_itself(play, prefix):
    """Also where the sender's stream has other prefixes than the copy's."""
    phone, tablet = client(play, "romeo", "phone", 5), client(play, "romeo", "tablet")
    juliet = play.login("juliet", "balcony")
    for one in (phone, tablet):
        one.skip()
    declared = " xmlns:c='jabber:client'" if prefix else ""
    juliet >> (
        f"<{prefix}message{declared} to='romeo@play.example' type='chat'>"
        f"<{prefix}body>Hi</{prefix}body></{prefix}message>"
    )

    (inner,) = copies(tablet, "received")
    assert inner.find("{jabber:client}body").text == "Hi"


def test_it_can_be_discovered():
    """At the server (§3)."""
    assert CARBONS in Play().realm.features("server")
