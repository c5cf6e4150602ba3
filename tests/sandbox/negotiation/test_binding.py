"""Resources are bound as RFC 6120 §7 says."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from tests.sandbox.managing import Phone
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.realm import Limits
from xmppexplore.wire.element import parse

BIND = "urn:ietf:params:xml:ns:xmpp-bind"
ASK = f"<iq type='set' id='b'><bind xmlns='{BIND}'>{{}}</bind></iq>"
NAMED = ASK.format("<resource>orchard</resource>")


def authenticated(play, name="romeo"):
    """Log in, up to the features that come after it."""
    client = play.client()
    client.tls()
    client.scram(name, play.passwords[name])
    client.skip()
    client.features = client.open()
    return client


def bound(client, xml):
    """Ask; return the full address, or the condition and type of the error."""
    client >> xml
    answer = parse(client.items.pop(0)[1])
    assert (answer.name, answer.get("id")) == ("iq", parse(xml).get("id"))
    if answer.get("type") == "result":
        return answer.find(f"{{{BIND}}}bind").find(f"{{{BIND}}}jid").text
    error = answer.find("error")
    return error.children[0].name, error.get("type")


def test_it_is_offered_after_login_alone(play):
    """§7.4."""
    assert play.client().tls().find(f"{{{BIND}}}bind") is None
    assert authenticated(play).features.find(f"{{{BIND}}}bind") is not None


@pytest.mark.parametrize("content", ["", "<resource/>"])
def test_the_server_makes_a_name(play, content):
    """§7.6: unguessable, another for each."""
    names = {bound(authenticated(play), ASK.format(content)) for _ in range(2)}

    assert len(names) == 2
    assert all(len(one.removeprefix("romeo@play.example/")) == 16 for one in names)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("orchard", "orchard"), ("a b/c@d", "a b/c@d"), ("Å", "Å"), ("&lt;&amp;", "<&")],
)
def test_the_client_chooses_a_name(play, wanted, given):
    """§7.7: prepared as an address is (RFC 7622 §3.4)."""
    asked = ASK.format(f"<resource>{wanted}</resource>")

    assert bound(authenticated(play), asked) == f"romeo@play.example/{given}"


@pytest.mark.parametrize(
    "xml",
    [
        ASK.format("<resource>a&#x9;b</resource>"),
        ASK.format(f"<resource>{'x' * 1024}</resource>"),
        f"<iq type='get' id='b'><bind xmlns='{BIND}'/></iq>",
        f"<iq type='set' id='b'><bind xmlns='{BIND}'/><bind xmlns='{BIND}'/></iq>",
    ],
)
def test_what_makes_no_sense_is_refused_and_can_be_mended(play, xml):
    """§7.7.2.1; the stream goes on."""
    client = authenticated(play)

    assert bound(client, xml) == ("bad-request", "modify")
    assert bound(client, NAMED) == "romeo@play.example/orchard"


def test_a_second_resource_needs_a_second_stream(play):
    """§7.6.2.2."""
    client = authenticated(play)
    bound(client, NAMED)

    assert bound(client, NAMED) == ("not-allowed", "cancel")


def test_there_is_a_limit(play):
    """§7.6.2.1: to how many can be connected."""
    play = Play(limits=Limits(resources=2))
    for _ in range(2):
        bound(authenticated(play), ASK.format(""))

    assert bound(authenticated(play), ASK.format("")) == ("resource-constraint", "wait")
    assert bound(authenticated(play, "juliet"), NAMED) == "juliet@play.example/orchard"


def test_who_waits_to_be_resumed_makes_room(play):
    """Nobody is kept out by a session that may never come back."""
    play = Play(limits=Limits(resources=2))
    phones = [Phone(play, "romeo", name) for name in ("one", "two")]
    phones[0].cut()

    assert bound(authenticated(play), NAMED) == "romeo@play.example/orchard"
    assert list(play.realm.accounts["romeo"].resources) == ["two", "orchard"]


@pytest.mark.parametrize("conflict", ["replace", "refuse", "rename"])
def test_a_name_that_is_taken(conflict):
    """§7.7.2.2, each of the three ways; after it everything fits."""
    play = Play(policy=Policy(conflict=conflict), contacts=True)
    juliet = play.login("juliet", "balcony")
    old = play.login("romeo", "orchard")
    juliet.skip()
    new = authenticated(play)
    outcome = bound(new, NAMED)
    resources = play.realm.accounts["romeo"].resources
    gone = [parse(raw).get("type") for _, raw in juliet.items]

    if conflict == "replace":
        assert outcome == "romeo@play.example/orchard"
        assert (old.closed, gone) == ("conflict", ["unavailable"])
        assert resources["orchard"].outlet is new.machine
        old.cut()
        assert resources["orchard"].outlet is new.machine
    elif conflict == "refuse":
        assert outcome == ("conflict", "cancel")
        assert (old.closed, gone) == (None, [])
        assert bound(new, ASK.format("")).startswith("romeo@play.example/")
    else:
        assert outcome.startswith("romeo@play.example/")
        assert outcome != "romeo@play.example/orchard"
        assert (old.closed, gone) == (None, [])


@pytest.mark.parametrize("conflict", ["replace", "refuse", "rename"])
def test_who_waits_to_be_resumed_gives_its_name_away(conflict):
    """Or a client that lost its session could not come back under its name."""
    play = Play(policy=Policy(conflict=conflict))
    Phone(play, "romeo", "orchard").cut()

    assert bound(authenticated(play), NAMED) == "romeo@play.example/orchard"


def test_the_realm_says_why_it_refuses(play):
    """In words, for whoever looks at the wire."""
    with pytest.raises(StanzaError, match="octets"):
        play.realm.bind(None, play.realm.accounts["romeo"], "x" * 1024)
    once, twice = play.realm.pseudonym("a", "bc"), play.realm.pseudonym("a", "bc")

    assert once == twice != play.realm.pseudonym("ab", "c")
