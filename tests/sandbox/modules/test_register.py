"""The account of who is logged in (XEP-0077 §3.2, §3.3)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import ask, condition, kept_play, reopened
from tests.sandbox.conversation import PASSWORDS, Play
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse


def query(content=""):
    """Write a request."""
    return f"<query xmlns='jabber:iq:register'>{content}</query>"


def field(**values):
    """Write fields."""
    return query("".join(f"<{name}>{value}</{name}>" for name, value in values.items()))


def can_log_in(play, name, password):
    """Tell whether a password is the right one."""
    client = play.client()
    client.tls()
    client.scram(name, password)
    return b"<success" in client.items.pop()[1]


@pytest.mark.parametrize("to", ["", "play.example", "romeo@play.example"])
def test_who_is_logged_in_is_registered(play, to):
    """The name is told, a password never (§3.1)."""
    [found] = ask(play.login("romeo", "a"), query(), to=to).children

    assert [(child.name, child.text) for child in found.children] == [
        ("registered", ""),
        ("username", "romeo"),
        ("password", ""),
    ]


@pytest.mark.parametrize("to", ["", "play.example"])
def test_a_password_is_changed(to):
    """Old out, new in, the stream goes on, and a restart of the server changes nothing."""
    play = kept_play()
    romeo = play.login("romeo", "a")
    assert condition(ask(romeo, field(username="Romeo", password="n3w é"), "set", to)) is None

    for one in (play, reopened(play, passwords={})):
        assert can_log_in(one, "romeo", "n3w é")
        assert not can_log_in(one, "romeo", PASSWORDS["romeo"])
    assert condition(ask(romeo, query())) is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (query(), "bad-request"),
        (field(username="romeo"), "bad-request"),
        (field(password="x"), "bad-request"),
        (field(username="romeo", password=""), "bad-request"),
        (field(username="juliet", password="x"), "bad-request"),
        (field(username="@", password="x"), "bad-request"),
        (field(username="romeo", password="&#xE000;\u0378"), "not-acceptable"),
        ("<query xmlns='jabber:iq:register'><username xmlns='x'>romeo</username></query>",
         "bad-request"),
        (query("<x xmlns='jabber:x:data' type='submit'/>"), "bad-request"),
        (query("<remove/><username>romeo</username>"), "bad-request"),
    ],
)  # fmt: skip
def test_what_is_incomplete_or_anothers_changes_nothing(play, payload, expected):
    """§3.3; and no password comes back in an error."""
    romeo = play.login("romeo", "a")
    answer = ask(romeo, payload, "set")

    assert condition(answer) == ("modify", expected)
    assert [child.name for child in answer.children] == ["error"]
    assert can_log_in(play, "romeo", PASSWORDS["romeo"])
    assert can_log_in(play, "juliet", PASSWORDS["juliet"])


def test_an_account_ends_at_its_own_wish():
    """First the result, then the end of all its streams (§3.2); and nothing is kept."""
    play = kept_play(contacts=True)
    romeo, other = play.login("romeo", "a"), play.login("romeo", "b")
    juliet = play.login("juliet", "balcony")
    romeo.skip(), other.skip(), juliet.skip()
    romeo >> f"<iq type='set' id='x'>{query('<remove/>')}</iq>"

    romeo << "<iq type='result' id='x' to='romeo@play.example/a'/>"
    for client in (romeo, other):
        while client.items and b"<presence" in client.items[0][1]:
            client.items.pop(0)
        error = client.items.pop(0)[1]
        assert b"<not-authorized " in error
        client << "footer"
        assert client.closed == "not-authorized"
    assert any(b"unavailable" in raw for _, raw in juliet.items)
    assert play.routed[-1].sentence == "the sender's account is taken away as it asks"
    for one in (play, reopened(play, passwords={})):
        assert "romeo" not in one.realm.accounts
        assert not can_log_in(one, "romeo", PASSWORDS["romeo"])


def test_another_account_is_out_of_reach(play):
    """The address says whose registration is meant, and it must be one's own."""
    romeo = play.login("romeo", "a")
    for payload in (query("<remove/>"), field(username="juliet", password="x")):
        answer = ask(romeo, payload, "set", "juliet@play.example")
        assert condition(answer) == ("cancel", "service-unavailable")

    assert can_log_in(play, "juliet", PASSWORDS["juliet"])


def test_a_guest_has_no_password(play):
    """An anonymous account cannot be made a lasting one."""
    romeo = play.login("romeo", "a")
    play.realm.accounts["romeo"].credentials = None
    answer = ask(romeo, field(username="romeo", password="x"), "set")

    assert condition(answer) == ("cancel", "not-allowed")
    assert parse(answer.xml).find("query") is None


def test_a_guest_who_asks_to_be_removed_is_gone(play):
    """Once, though a guest goes with its last stream anyway."""
    romeo = play.login("romeo", "a")
    account = play.realm.accounts["romeo"]
    account.credentials, account.guest = None, True
    romeo.skip()
    romeo >> f"<iq type='set' id='x'>{query('<remove/>')}</iq>"

    romeo << "<iq type='result' id='x' to='romeo@play.example/a'/>"
    assert "romeo" not in play.realm.accounts
    assert play.failures == []


def test_passwords_are_not_changed_without_end():
    """Hashing them takes time that is the others' too."""
    play = Play(limits=Limits(passwords=2))
    romeo = play.login("romeo")
    answers = [
        condition(ask(romeo, field(username="romeo", password=f"p{n}"), "set")) for n in range(3)
    ]

    assert answers == [None, None, ("wait", "resource-constraint")]
    assert can_log_in(play, "romeo", "p1")
    again = play.login("juliet")
    assert condition(ask(again, field(username="juliet", password="x"), "set")) is None
