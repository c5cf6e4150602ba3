"""Login, resource and a session's beginnings in one round trip (XEP-0386)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from tests.sandbox.managing import ENABLE, SM, bodies, counted, nonza
from tests.sandbox.negotiation.test_sasl2 import RIGHT, authenticate, began, success
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.realm import Limits
from xmppexplore.wire.element import parse

SASL2 = "{urn:xmpp:sasl:2}"
BIND2 = "urn:xmpp:bind:0"
CARBONS = "<enable xmlns='urn:xmpp:carbons:2'/>"
INACTIVE = "<inactive xmlns='urn:xmpp:csi:0'/>"
HI = "<message to='romeo@play.example' type='chat'><body>Hi</body></message>"


def bind(content=""):
    """Write the request."""
    return f"<bind xmlns='{BIND2}'>{content}</bind>"


def agent(name):
    """Write who the client is (XEP-0388)."""
    return f"<user-agent id='{name}'><software>Balcony</software></user-agent>"


class Login:
    """What came of a login: the address, ``<bound/>``, what else is in the success."""

    def __init__(self, play, more, who=RIGHT):
        self.client = began(play)
        self.client >> authenticate("PLAIN", who, more)
        self.success = parse(self.client.items.pop(0)[1])
        assert self.success.name == "success"
        self.features = parse(self.client.items.pop(0)[1])
        assert self.features.name == "features"
        self.address = self.success.find(f"{SASL2}authorization-identifier").text
        self.bound = self.success.find(f"{{{BIND2}}}bound")


def test_it_is_offered_within_sasl2_with_what_a_session_can_begin_with(play):
    """XEP-0386 §3.1."""
    inline = began(play).features.find(f"{SASL2}authentication").find(f"{SASL2}inline")
    features = inline.find(f"{{{BIND2}}}bind").find(f"{{{BIND2}}}inline").children

    assert [one.get("var") for one in features] == [
        "urn:xmpp:carbons:2",
        "urn:xmpp:csi:0",
        "urn:xmpp:sm:3",
    ]
    assert inline.find(f"{{{SM}}}sm") is not None


def test_what_is_not_installed_is_not_offered():
    """And asking for it all the same does no harm."""
    play = Play(modules=[one for one in MODULES if one.name != "carbons"])
    inline = began(play).features.find(f"{SASL2}authentication").find(f"{SASL2}inline")

    assert "urn:xmpp:carbons:2" not in inline.xml
    assert Login(play, bind(CARBONS)).bound is not None


def test_a_resource_at_once(play):
    """Bound with the success; the features say that nothing is left to bind."""
    login = Login(play, bind())
    login.client >> "<presence/>"

    assert login.address.startswith("romeo@play.example/")
    assert login.bound.children == ()
    assert login.features.find("bind") is None
    assert parse(login.client.items[0][1]).get("from") == login.address
    assert [mark.name for mark in login.client.marks] == ["authenticated", "bound"]


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("Balcony", "Balcony/"),
        (" Balcony ", "Balcony/"),
        ("a/b", "a/b/"),
        ("&lt;x&gt;", "<x>/"),
        ("\u00a0", ""),
        ("a\u200bb", ""),
        ("x" * 2000, ""),
        ("", ""),
    ],
)
def test_the_tag_is_part_of_the_name_where_it_can_be(play, tag, kept):
    """§3.2.1; a tag that cannot stand in an address is no reason to fail."""
    resource = Login(play, bind(f"<tag>{tag}</tag>")).address.partition("/")[2]

    assert resource.startswith(kept)
    assert "/" not in resource.removeprefix(kept)
    assert len(resource.removeprefix(kept)) == 16


def test_an_installation_keeps_its_name_and_ends_its_earlier_session(play):
    """§3.2; the id itself is shown to nobody, and says nothing in another account."""
    tag = bind("<tag>Balcony</tag>")
    first = Login(play, agent("secret-id") + tag)
    other = Login(play, agent("other-id") + tag)
    second = Login(play, agent("secret-id") + tag)
    anonymous = Login(play, tag)

    assert first.address == second.address
    assert len({first.address, other.address, anonymous.address}) == 3
    assert first.client.closed == "conflict"
    assert other.client.closed is None
    assert b"secret-id" not in second.client.got
    third = Login(play, agent("secret-id") + bind("<tag>Garden</tag>"))
    assert second.client.closed == "conflict"
    assert third.address != second.address


def test_another_account_on_the_same_device_is_left_alone(play):
    """An installation may serve several accounts."""
    romeo = Login(play, agent("one") + bind())
    Login(play, agent("one") + bind(), b"\0juliet\0r0m30myr0m30")

    assert romeo.client.closed is None


def test_whose_installation_it_is_comes_before_who_was_there(play):
    """A session of the same client gives way also where others would not."""
    play = Play(policy=Policy(conflict="refuse"))
    first = Login(play, agent("one") + bind())
    second = Login(play, agent("one") + bind())

    assert first.client.closed == "conflict"
    assert second.bound is not None


def test_a_session_begins_as_it_is_asked_to(play):
    """Managed, copied to and inactive, before anything can come for it."""
    juliet = play.login("juliet", "balcony")
    other = play.login("romeo", "desk", "<presence><priority>5</priority></presence>")
    login = Login(play, bind(INACTIVE + ENABLE + CARBONS))
    enabled = login.bound.find(f"{{{SM}}}enabled")
    login.client >> "<presence/>"
    login.client.skip()
    juliet >> "<presence><show>away</show></presence>"
    assert login.features.find(f"{{{SM}}}sm") is None
    login.client.quiet()
    juliet >> HI

    assert (enabled.get("resume"), enabled.get("max")) == ("true", "300")
    assert other.items[-1][1].endswith(b"<body>Hi</body></message>")
    stanzas = [parse(raw) for raw in counted(login.client)]
    assert [one.name for one in stanzas[-2:]] == ["presence", "message"]
    assert [one.children[0].name for one in stanzas[-2:]] == ["show", "received"]
    login.client >> f"<r xmlns='{SM}'/>"
    assert nonza(login.client, "a").get("h") == "1"


def resume(session, handled):
    """Write the request to resume."""
    return f"<resume xmlns='{SM}' previd='{session}' h='{handled}'/>"


def test_a_session_is_resumed_with_the_login(play):
    """XEP-0198 §9: instead of a new one; what was missed follows the features."""
    juliet = play.login("juliet", "balcony")
    first = Login(play, bind(ENABLE))
    session = first.bound.find(f"{{{SM}}}enabled").get("id")
    first.client >> "<presence/>"
    first.client.skip()
    handled = len(first.client.machine.managed.queue)
    first.client.cut()
    juliet >> HI
    again = Login(play, resume(session, handled) + bind("<tag>x</tag>"))

    assert again.bound is None
    assert again.address == first.address
    assert again.success.find(f"{{{SM}}}resumed").get("h") == "1"
    assert again.features.find("bind") is None
    assert bodies(counted(again.client)) == ["Hi"]
    assert list(play.realm.accounts["romeo"].resources) == [first.address.partition("/")[2]]


def test_where_nothing_can_be_resumed_a_new_session_begins(play):
    """XEP-0386 §3.2: the failure and the new resource stand side by side."""
    login = Login(play, resume("none", 0) + bind())
    (condition,) = login.success.find(f"{{{SM}}}failed").children

    assert condition.name == "item-not-found"
    assert login.bound is not None


def test_too_high_a_count_ends_the_stream(play):
    """There is no success then (XEP-0198 §6)."""
    first = Login(play, bind(ENABLE))
    session = first.bound.find(f"{{{SM}}}enabled").get("id")
    first.client.cut()
    client = began(play)
    client >> authenticate("PLAIN", RIGHT, resume(session, 7))

    assert [parse(raw).children[0].name for _, raw in client.items[:1]] == ["undefined-condition"]
    assert client.closed == "undefined-condition"


def test_where_no_resource_is_left_there_is_only_the_login():
    """The client may try again as it always could."""
    play = Play(limits=Limits(resources=1))
    play.login("romeo", "orchard")
    login = Login(play, bind(ENABLE))

    assert login.success.xml == success()
    assert login.features.find("bind") is not None


def test_nothing_of_it_happens_without_the_right_password(play):
    """What else is asked for waits for the proof."""
    client = began(play)
    client >> authenticate("PLAIN", b"\0romeo\0wrong", bind())

    assert parse(client.items.pop(0)[1]).name == "failure"
    assert play.realm.accounts["romeo"].resources == {}
