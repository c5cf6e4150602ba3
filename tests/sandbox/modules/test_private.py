"""Private XML comes back as it was given, to its owner alone (XEP-0049)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import ask, condition, kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.limits import Limits

PREFS = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet &amp; I</defaultnick></exodus>"


def query(content):
    """Write a request for private XML."""
    return f"<query xmlns='jabber:iq:private'>{content}</query>"


def kept(client, root):
    """Return the fragment that comes back for an empty root."""
    answer = ask(client, query(root))
    assert condition(answer) is None, answer
    [found] = answer.children[0].children
    return found.xml


def test_what_is_kept_comes_back_byte_for_byte(play):
    """Also to another resource, and again."""
    romeo, other = play.login("romeo", "a"), play.login("romeo", "b")
    assert condition(ask(romeo, query(PREFS), "set")) is None

    assert kept(romeo, "<exodus xmlns='exodus:prefs'/>") == PREFS
    assert kept(other, "<exodus xmlns='exodus:prefs'>x</exodus>") == PREFS
    assert kept(other, "<other xmlns='exodus:prefs'/>") == "<other xmlns='exodus:prefs'/>"


def test_prefixes_declared_outside_come_along(play):
    """What stood on the iq or the stream is declared where it is needed."""
    romeo = play.login("romeo", "a")
    romeo >> (
        "<iq type='set' id='1' xmlns:p='urn:p'><query xmlns='jabber:iq:private'>"
        "<p:x><p:y/></p:x></query></iq>"
    )
    romeo.skip()

    assert kept(romeo, "<x xmlns='urn:p'/>") == (
        "<p:x xmlns='jabber:iq:private' xmlns:p='urn:p'><p:y/></p:x>"
    )


def test_an_empty_fragment_lets_go_of_what_was_kept():
    """Nothing remains of it, in the storage neither."""
    play = kept_play()
    romeo = play.login("romeo", "a")
    ask(romeo, query(PREFS), "set")
    ask(romeo, query("<exodus xmlns='exodus:prefs'/>"), "set")
    again = reopened(play).login("romeo", "a")

    for client in (romeo, again):
        assert kept(client, "<exodus xmlns='exodus:prefs'/>") == "<exodus xmlns='exodus:prefs'/>"


def test_it_survives_a_restart_of_the_server():
    """And is gone with its account."""
    play = kept_play()
    ask(play.login("romeo", "a"), query(PREFS), "set")
    second = reopened(play)

    assert kept(second.login("romeo", "a"), "<exodus xmlns='exodus:prefs'/>") == PREFS

    second.realm.remove_account("romeo")
    third = reopened(second).login("romeo", "a")
    assert kept(third, "<exodus xmlns='exodus:prefs'/>") == "<exodus xmlns='exodus:prefs'/>"


def test_nobody_else_gets_or_sets_it(play):
    """Forbidden, whether anything is there or not (§3)."""
    ask(play.login("romeo", "a"), query(PREFS), "set")
    juliet = play.login("juliet", "b")

    for kind in ("get", "set"):
        answer = ask(juliet, query(PREFS), kind, "romeo@play.example")
        assert condition(answer) == ("auth", "forbidden")
    assert kept(juliet, "<exodus xmlns='exodus:prefs'/>") == "<exodus xmlns='exodus:prefs'/>"


@pytest.mark.parametrize(
    ("type", "content", "expected"),
    [
        ("get", "", "bad-request"),
        ("set", "", "bad-request"),
        ("set", "only text", "bad-request"),
        ("set", "<x/>", "not-acceptable"),
        ("get", "<x xmlns=''/>", "not-acceptable"),
        ("get", "<x xmlns='a'/><y xmlns='a'/>", "bad-request"),
        ("set", "<x xmlns='a'/><x xmlns='b'/>", "bad-request"),
        ("set", "<x xmlns='a'>1</x><y xmlns='a'>2</y>", None),
    ],
)
def test_fragments_are_of_one_namespace_of_their_own(play, type, content, expected):
    """§2.3."""
    answer = ask(play.login("romeo", "a"), query(content), type)

    assert condition(answer) == (expected and ("modify", expected))


def test_several_fragments_of_a_namespace_are_kept_apart(play):
    """By the name of their root."""
    romeo = play.login("romeo", "a")
    ask(romeo, query("<x xmlns='a'>1</x><y xmlns='a'>2</y>"), "set")
    ask(romeo, query("<x xmlns='a'>3</x>"), "set")

    assert kept(romeo, "<x xmlns='a'/>") == "<x xmlns='a'>3</x>"
    assert kept(romeo, "<y xmlns='a'/>") == "<y xmlns='a'>2</y>"


def test_one_account_keeps_no_more_than_its_share():
    """All its fragments together; what was there before stays whole."""
    play = Play(limits=Limits(private_bytes=100))
    romeo = play.login("romeo", "a")
    assert condition(ask(romeo, query(f"<x xmlns='a'>{'é' * 30}</x>"), "set")) is None
    too_much = ask(romeo, query(f"<y xmlns='a'>{'1' * 60}</y>"), "set")

    assert condition(too_much) == ("wait", "resource-constraint")
    assert kept(romeo, "<x xmlns='a'/>") == f"<x xmlns='a'>{'é' * 30}</x>"
    assert kept(romeo, "<y xmlns='a'/>") == "<y xmlns='a'/>"
    assert condition(ask(romeo, query("<x xmlns='a'>2</x>"), "set")) is None
    assert condition(ask(romeo, query(f"<y xmlns='a'>{'1' * 60}</y>"), "set")) is None
