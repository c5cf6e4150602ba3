"""Service discovery tells the truth (XEP-0030)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import ask as asked
from tests.sandbox.asking import condition
from tests.sandbox.conversation import Play
from xmppexplore.wire.element import parse


@pytest.fixture
def ask(play):
    """Return a function that asks and returns the answer."""
    romeo = play.login("romeo", "orchard")

    def ask(to, what, node=""):
        romeo.skip()
        at = f" to='{to}'" if to else ""
        namespace = f"http://jabber.org/protocol/disco#{what}"
        romeo >> f"<iq type='get' id='1'{at}><query xmlns='{namespace}'{node}/></iq>"
        return parse(romeo.items.pop()[1])

    return ask


def features(answer):
    """Return the features of an answer, in order."""
    return [one.get("var") for one in answer.children[0].find_all("feature")]


def test_the_server_says_what_it_is(ask, play):
    """An instant messaging server, with what its modules do."""
    answer = ask("play.example", "info")
    identity = answer.children[0].find("identity")

    assert (identity.get("category"), identity.get("type")) == ("server", "im")
    assert features(answer) == list(play.realm.features("server"))
    assert "http://jabber.org/protocol/disco#info" in features(answer)
    assert features(answer) == sorted(set(features(answer)))


@pytest.mark.parametrize("to", ["", "romeo@play.example", "juliet@play.example"])
def test_an_account_says_what_it_is(ask, play, to):
    """Registered; asked without ``to`` it is one's own (RFC 6120 §10.3.3)."""
    answer = ask(to, "info")
    identity = answer.children[0].find("identity")

    assert (identity.get("category"), identity.get("type")) == ("account", "registered")
    assert features(answer) == list(play.realm.features("account"))


def test_the_items_of_an_account_are_its_available_resources(ask, play):
    """And the server has none."""
    play.login("juliet", "balcony")
    play.login("juliet", "chamber", None)
    answer = ask("juliet@play.example", "items")

    assert [one.get("jid") for one in answer.children[0].children] == [
        "juliet@play.example/balcony"
    ]
    assert ask("play.example", "items").children[0].children == ()


@pytest.mark.parametrize("what", ["info", "items"])
def test_there_are_no_nodes(ask, what):
    """§7: item-not-found."""
    error = ask("play.example", what, " node='x'").find("error")

    assert error.children[0].name == "item-not-found"


def test_an_account_that_does_not_exist_says_nothing(ask):
    """As for any request to it (RFC 6121 §8.5.1)."""
    error = ask("tybalt@play.example", "info").find("error")

    assert error.children[0].name == "service-unavailable"


@pytest.mark.parametrize("what", ["info", "items"])
def test_a_stranger_learns_not_even_that_there_is_an_account(what):
    """The same answer as for nobody at all, with a node and without (§8)."""
    play = Play()
    play.login("juliet", "balcony")
    romeo = play.login("romeo", "orchard")
    for node in ("", " node='x'"):
        query = f"<query xmlns='http://jabber.org/protocol/disco#{what}'{node}/>"
        juliet = asked(romeo, query, to="juliet@play.example")
        nobody = asked(romeo, query, to="nobody@play.example")

        assert condition(juliet) == ("cancel", "service-unavailable")
        assert juliet.find("error").xml == nobody.find("error").xml


def test_a_guest_is_anonymous(ask, play):
    """The type of the identity says so."""
    play.realm.accounts["romeo"].credentials = None
    identity = ask("", "info").children[0].find("identity")

    assert identity.get("type") == "anonymous"
