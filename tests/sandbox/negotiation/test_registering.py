"""Accounts are made before login (XEP-0077 §3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.asking import ask, condition, kept_play, reopened
from tests.sandbox.conversation import PASSWORDS, Play
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse

FEATURE = "{http://jabber.org/features/iq-register}register"


def query(content=""):
    """Write a request."""
    return f"<query xmlns='jabber:iq:register'>{content}</query>"


def fields(name, password):
    """Write the fields of a new account."""
    return query(f"<username>{name}</username><password>{password}</password>")


def secured(play):
    """Return a client with TLS and without login."""
    client = play.client()
    client.tls()
    return client


def log_in(client, name, password):
    """Prove a password on the same stream."""
    client.scram(name, password)
    return b"<success" in client.items.pop()[1]


def test_it_is_offered_under_tls_before_login():
    """Not in clear where TLS is to come, not after login, not where it is switched off."""
    play = Play()
    client = play.client()
    assert client.open().find(FEATURE) is None
    client >> "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    client.skip()
    client.machine.secured()
    assert client.open().find(FEATURE) is not None
    assert log_in(client, "romeo", PASSWORDS["romeo"])
    assert client.open().find(FEATURE) is None

    closed = Play(policy=Policy(registration=False)).client()
    assert closed.tls().find(FEATURE) is None
    assert Play().client(tls=False).open().find(FEATURE) is not None


def test_an_account_is_made_and_used():
    """On the same stream, at once; and after a restart of the server."""
    play = kept_play()
    client = secured(play)
    asked = ask(client, query()).children[0]
    assert [child.name for child in asked.children] == ["instructions", "username", "password"]
    done = ask(client, fields("Tybalt", "k1ng of cats"), "set", "play.example")

    assert condition(done) is None
    assert done.get("from") == "play.example"
    assert log_in(client, "tybalt", "k1ng of cats")
    assert log_in(secured(reopened(play, passwords={})), "tybalt", "k1ng of cats")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (fields("romeo", "x"), ("cancel", "conflict")),
        (fields("RoMeo", "x"), ("cancel", "conflict")),
        (fields("a@b", "x"), ("modify", "not-acceptable")),
        (fields("a b", "x"), ("modify", "not-acceptable")),
        (fields("x" * 1024, "x"), ("modify", "not-acceptable")),
        (fields("", "x"), ("modify", "not-acceptable")),
        (fields("tybalt", ""), ("modify", "not-acceptable")),
        (fields("tybalt", "&#xE000;\u0378"), ("modify", "not-acceptable")),
        (query(), ("modify", "not-acceptable")),
        (query("<x xmlns='jabber:x:data' type='submit'/>"), ("modify", "not-acceptable")),
        (query("<remove/>"), ("wait", "unexpected-request")),
    ],
)
def test_what_cannot_be_an_account_is_refused(payload, expected):
    """The stream goes on; no password comes back in an error."""
    play = Play()
    client = secured(play)
    answer = ask(client, payload, "set")

    assert condition(answer) == expected
    assert [child.name for child in answer.children] == ["error"]
    assert set(play.realm.accounts) == set(PASSWORDS)
    assert log_in(client, "romeo", PASSWORDS["romeo"])


@pytest.mark.parametrize(
    ("iq", "expected"),
    [
        (f"<iq type='get'>{query()}</iq>", "bad-request"),
        (f"<iq type='get' id='1'>{query()}{query()}</iq>", "bad-request"),
        (f"<iq id='1'>{query()}</iq>", "bad-request"),
    ],
)
def test_an_iq_has_its_shape_before_login_too(iq, expected):
    """RFC 6120 §8.2.3."""
    client = secured(Play())
    client >> iq

    assert condition(parse(client.items.pop()[1]))[1] == expected


def test_answers_before_login_end_the_stream():
    """Nothing was asked."""
    client = secured(Play())
    client >> f"<iq type='result' id='1'>{query()}</iq>"

    assert client.closed == "not-authorized"


def test_no_password_is_taken_in_clear_where_tls_is_to_come():
    """Whoever asks too early is told so."""
    play = Play()
    client = play.client()
    client.open()

    assert condition(ask(client, fields("tybalt", "x"), "set"))[1] == "policy-violation"
    assert condition(ask(client, query()))[1] == "policy-violation"
    assert "tybalt" not in play.realm.accounts


def test_where_it_is_switched_off_nobody_registers():
    """service-unavailable (§3.1)."""
    play = Play(policy=Policy(registration=False))
    client = secured(play)

    for payload, kind in ((query(), "get"), (fields("tybalt", "x"), "set")):
        assert condition(ask(client, payload, kind)) == ("cancel", "service-unavailable")
    assert "tybalt" not in play.realm.accounts


def test_one_connection_makes_no_more_than_a_few_attempts():
    """Good or bad (§3.1.1); another connection has its own."""
    play = Play(limits=Limits(registrations=2))
    client = secured(play)
    assert condition(ask(client, fields("romeo", "x"), "set"))[1] == "conflict"
    assert condition(ask(client, fields("a", "x"), "set")) is None
    assert condition(ask(client, fields("b", "x"), "set")) == ("modify", "not-acceptable")
    assert condition(ask(client, query())) is None

    assert condition(ask(secured(play), fields("b", "x"), "set")) is None
    assert {"a", "b"} <= set(play.realm.accounts)


def test_the_server_has_room_for_so_many_accounts():
    """However many connections try."""
    play = Play(limits=Limits(accounts=4))
    assert condition(ask(secured(play), fields("a", "x"), "set")) is None

    refused = ask(secured(play), fields("b", "x"), "set")
    assert condition(refused) == ("wait", "resource-constraint")


CONTENT = st.lists(
    st.sampled_from(
        [
            "<username>tybalt</username>",
            "<username><b/>x</username>",
            "<username xmlns='u'>y</username>",
            "<password>x</password>",
            "<password/>",
            "<remove/>",
            "<x xmlns='jabber:x:data'><field var='username'/></x>",
            "text",
            "&#x378;",
        ]
    ),
    max_size=4,
).map("".join)


@given(CONTENT, st.sampled_from(["get", "set", "", "x"]), st.sampled_from(["", "id='1'"]))
def test_any_request_has_one_answer(content, type, number):
    """And the stream goes on."""
    play = Play()
    client = secured(play)
    client >> f"<iq type='{type}' {number}>{query(content)}</iq>"

    [(_, answer)] = client.items
    assert parse(answer).get("type") in ("result", "error")
    assert client.closed is None
    assert play.failures == []
