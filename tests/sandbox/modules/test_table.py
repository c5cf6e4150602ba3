"""What is announced is built, and what is built is announced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.asking import ask, condition
from tests.sandbox.conversation import Play
from xmppexplore.names import split_qualified
from xmppexplore.sandbox.modules import MODULES

REALM = Play().realm
UNANNOUNCED = {  # negotiated in stream features, not by service discovery
    "urn:ietf:params:xml:ns:xmpp-session",
    "urn:ietf:params:xml:ns:xmpp-bind",
}
ADDRESSES = {"server": "play.example", "own": ""}
SHOWN_ELSEWHERE = {
    "http://jabber.org/protocol/caps": "test_caps.py",
    "msgoffline": "test_offline.py",
}
"""Feature that answers no request -> the tests that show it at work."""


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


@pytest.mark.parametrize(
    ("place", "feature"),
    [(place, feature) for place in ("server", "account") for feature in REALM.features(place)],
)
def test_what_is_announced_is_answered_there(play, place, feature):
    """Nothing is promised that a request would not find, there or at the own account."""
    romeo = play.login("romeo")
    if feature in SHOWN_ELSEWHERE:
        assert (Path(__file__).parent / SHOWN_ELSEWHERE[feature]).exists()
        return
    here = {"server": {"server", "own"}, "account": {"own"}}[place]
    answers = [
        (answer, (here & set(answer.at)).pop())
        for module in MODULES
        for answer in module.answers
        if split_qualified(answer.payload)[0] == feature and here & set(answer.at)
    ]
    assert answers

    for answer, at in answers:
        name = split_qualified(answer.payload)[1]
        found = ask(romeo, f"<{name} xmlns='{feature}'/>", answer.type, ADDRESSES[at])
        assert condition(found) != ("cancel", "service-unavailable")


def test_what_is_shown_elsewhere_is_announced():
    """The list holds nothing that is gone."""
    announced = {one for place in ("server", "account") for one in REALM.features(place)}

    assert set(SHOWN_ELSEWHERE) <= announced
