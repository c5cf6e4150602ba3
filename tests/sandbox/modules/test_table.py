"""What is announced is built, and what is built is announced."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.names import split_qualified
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse

REALM = Play().realm
UNANNOUNCED = {  # negotiated in stream features, not by service discovery
    "urn:ietf:params:xml:ns:xmpp-session",
    "urn:ietf:params:xml:ns:xmpp-bind",
}


def test_each_module_has_its_own_name_and_document():
    """One file, one feature, one source."""
    assert len({module.name for module in MODULES}) == len(MODULES)
    assert all(module.document for module in MODULES)


@pytest.mark.parametrize("module", MODULES, ids=[module.name for module in MODULES])
def test_what_a_module_answers_is_announced(module):
    """By the namespace of the request (XEP-0030 §3.1)."""
    announced = {feature for listed in module.features.values() for feature in listed}
    answered = {split_qualified(answer.payload)[0] for answer in module.answers}

    assert answered - UNANNOUNCED <= announced


@pytest.mark.parametrize("place", ["server", "account"])
def test_what_is_announced_is_answered_there(play, place):
    """Nothing is promised that a request would not find."""
    romeo = play.login("romeo")
    romeo.skip()
    to = "play.example" if place == "server" else "juliet@play.example"
    answered = {
        split_qualified(answer.payload)[0]: answer
        for module in MODULES
        for answer in module.answers
        if place in answer.at or split_qualified(answer.payload)[0] == "jabber:iq:roster"
    }
    for feature in REALM.features(place):
        answer = answered[feature]
        name = split_qualified(answer.payload)[1]
        own = "" if feature == "jabber:iq:roster" else f" to='{to}'"
        romeo >> f"<iq type='get' id='1'{own}><{name} xmlns='{feature}'/></iq>"
        assert parse(romeo.items.pop()[1]).get("type") == "result"
