"""The realm routes, answers and refuses as RFC 6120 §8 and §10 say."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import PASSWORDS, Play
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.sandbox.answering import MAX_ECHO_BYTES
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.realm import Limits
from xmppexplore.wire.element import Element, parse

DICE = "{urn:example:dice}roll"
ASK = "<iq type='{}' id='1' to='{}'><roll xmlns='urn:example:dice' sides='6'/></iq>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


@pytest.fixture
def romeo(play):
    """Somebody who is logged in."""
    client = play.login("romeo", "orchard")
    return client.skip()


def answer(client):
    """Return the one element that came."""
    (_, raw) = client.items.pop(0)
    client.quiet()
    return parse(raw)


def condition(client):
    """Return the condition of the one error that came."""
    return answer(client).find("error").children[0].name


SHAPES = [
    ("<iq type='get'><a xmlns='x'/></iq>", "bad-request"),
    ("<iq type='get' id='1'/>", "bad-request"),
    ("<iq type='set' id='1'><a xmlns='x'/><b xmlns='x'/></iq>", "bad-request"),
    ("<iq id='1'><a xmlns='x'/></iq>", "bad-request"),
    ("<iq type='bogus' id='1'><a xmlns='x'/></iq>", "bad-request"),
    ("<iq type='get' id='1'>text</iq>", "bad-request"),
    ("<iq type='get' id='1'><a xmlns='x'/></iq>", "service-unavailable"),
    ("<iq type='get' id='1' to='romeo@play.example'><a xmlns='x'/></iq>", "service-unavailable"),
    ("<iq type='get' id='1' to='play.example'><a xmlns='x'/></iq>", "service-unavailable"),
    ("<iq type='get' id='1' to='play.example/x'><a xmlns='x'/></iq>", "service-unavailable"),
    ("<iq type='set' id='1' to='no@play.example'><a xmlns='x'/></iq>", "service-unavailable"),
    ("<iq type='get' id='1' to='x.example'><a xmlns='x'/></iq>", "remote-server-not-found"),
    ("<iq type='get' id='1' to='@'><a xmlns='x'/></iq>", "jid-malformed"),
    ("<message to='a@'/>", "jid-malformed"),
    ("<message to='a@x.example'/>", "remote-server-not-found"),
    ("<message to='play.example'/>", "service-unavailable"),
    ("<presence to='@'/>", "jid-malformed"),
    ("<presence to='a@x.example' type='subscribe'/>", "remote-server-not-found"),
]


@pytest.mark.parametrize(("xml", "expected"), SHAPES, ids=range(len(SHAPES)))
def test_what_cannot_be_done_is_refused(romeo, xml, expected):
    """Each with the condition of §8.3.3, to whoever asked, from whom it asked."""
    romeo >> xml
    asked = parse(xml)
    error = answer(romeo)

    assert error.find("error").children[0].qualified == f"{{{STANZAS}}}{expected}"
    assert (error.name, error.get("type")) == (asked.name, "error")
    assert error.get("id") == asked.get("id")
    assert error.get("from") == asked.get("to")
    assert error.get("to") == "romeo@play.example/orchard"


NEVER = [
    "<iq type='error' id='1' to='x.example'/>",
    "<iq type='result' id='1' to='no@play.example'/>",
    "<iq type='result' to='play.example'/>",
    "<message type='error' to='x.example'/>",
    "<message type='error' to='no@play.example'/>",
    "<message type='error' to='@'/>",
    "<presence type='error' to='x.example'/>",
]


@pytest.mark.parametrize("xml", NEVER)
def test_errors_and_results_are_never_answered(romeo, xml):
    """Or two servers would do it for ever (§8.3.1)."""
    romeo >> xml

    romeo.quiet()
    assert romeo.closed is None


def test_an_error_carries_what_was_refused_while_that_is_small(romeo):
    """§8.3.1; a large one would only double its cost."""
    for size in (10, MAX_ECHO_BYTES + 1):
        romeo >> f"<message to='no@play.example'><body>{'x' * size}</body></message>"

    small, large = (parse(raw) for _, raw in romeo.items)
    assert [child.name for child in small.children] == ["body", "error"]
    assert [child.name for child in large.children] == ["error"]


@pytest.mark.parametrize("to", ["play.example", "romeo@play.example", "juliet@play.example"])
@pytest.mark.parametrize("kind", ["get", "set"])
def test_a_handler_answers(play, romeo, to, kind):
    """At the server and at any account, with the request as an element."""
    asked = []

    def roll(request):
        asked.append(request)
        return "<roll xmlns='urn:example:dice' result='4'/>"

    play.realm.answer(DICE, roll, kind)
    romeo >> ASK.format(kind, to)

    romeo << (
        f"<iq type='result' id='1' from='{to}' to='romeo@play.example/orchard'>"
        "<roll xmlns='urn:example:dice' result='4'/></iq>"
    )
    (request,) = asked
    assert isinstance(request, Element)
    assert request.get("from") == "romeo@play.example/orchard"
    assert request.children[0].get("sides") == "6"


def test_the_same_key_again_replaces_and_forgetting_restores(play, romeo):
    """A cell that is run again puts its new code in force; an old one cannot undo it."""
    forget_first = play.realm.answer(DICE, lambda _: "<roll xmlns='urn:example:dice' n='1'/>")
    forget_second = play.realm.answer(DICE, lambda _: "<roll xmlns='urn:example:dice' n='2'/>")
    forget_first()
    romeo >> ASK.format("get", "play.example")
    assert answer(romeo).children[0].get("n") == "2"
    assert "urn:example:dice" in play.realm.features("server")
    forget_second()
    romeo >> ASK.format("get", "play.example")

    assert condition(romeo) == "service-unavailable"


def test_a_handler_comes_before_the_modules(play, romeo):
    """So that one can prototype what is built in."""
    play.realm.answer("{urn:xmpp:ping}ping", lambda _: "<pong xmlns='urn:x'/>")
    romeo >> "<iq type='get' id='1' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"

    assert answer(romeo).children[0].name == "pong"


def test_an_error_raised_by_a_handler_is_the_answer(play, romeo):
    """With its condition, type and text; it is no failure."""

    def refuse(_):
        raise StanzaError("no", condition="not-acceptable", type="modify", text="seven sides")

    play.realm.answer(DICE, refuse)
    romeo >> ASK.format("get", "play.example")
    error = answer(romeo).find("error")

    assert error.get("type") == "modify"
    assert [child.name for child in error.children] == ["not-acceptable", "text"]
    assert error.find("text").text == "seven sides"
    assert play.failures == []


def crash(_):
    """Fail like a handler with a mistake in it."""
    raise ZeroDivisionError("<none>")


@pytest.mark.parametrize("handler", [crash, lambda _: "<a>", lambda _: 7, lambda _: "<a/><b/>"])
def test_a_handler_that_fails_is_reported_and_answered(play, romeo, handler):
    """The client gets an internal-server-error, the author gets the exception."""
    play.realm.answer(DICE, handler)
    romeo >> ASK.format("get", "play.example")

    assert condition(romeo) == "internal-server-error"
    ((words, error),) = play.failures
    assert DICE in words
    assert isinstance(error, Exception)
    assert str(error) not in words  # whoever tells it adds the exception


def test_an_answer_may_come_later(play, romeo):
    """What is awaitable leaves as an effect, and the conversation goes on meanwhile."""

    async def roll(_):
        return "<roll xmlns='urn:example:dice' result='1'/>"

    play.realm.answer(DICE, roll)
    romeo >> ASK.format("get", "play.example")
    romeo.quiet()
    romeo >> "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"
    romeo << "<iq type='result' id='p' to='romeo@play.example/orchard'/>"
    (later,) = play.later
    play.realm.conclude(later.request, asyncio.run(later.answer))
    play.perform()

    assert answer(romeo).children[0].get("result") == "1"


def test_an_answer_for_someone_who_left_is_dropped(play, romeo):
    """Nothing is written behind the footer."""

    async def roll(_):
        return None

    play.realm.answer(DICE, roll)
    romeo >> ASK.format("get", "play.example")
    (later,) = play.later
    romeo >> "</stream:stream>"
    romeo.skip()
    play.realm.conclude(later.request, asyncio.run(later.answer))
    play.perform()

    romeo.quiet()


def test_handlers_are_checked_when_they_are_given(play):
    """A name without namespace could never match."""
    for name, kind in (("roll", "get"), (DICE, "result")):
        with pytest.raises(UsageError):
            play.realm.answer(name, crash, kind)


@pytest.mark.parametrize(
    "options",
    [
        {"domain": "a b"},
        {"domain": ""},
        {"passwords": {"a b": "x"}},
        {"passwords": {"romeo": ""}},
        {"passwords": {"romeo": "x", "Romeo": "y"}},
        {"policy": Policy(conflict="fight")},
        {"limits": Limits(stanza_bytes=9_999)},
    ],
    ids=range(7),
)
def test_a_realm_that_cannot_be_is_refused(options):
    """When it is made, in a sentence."""
    with pytest.raises(UsageError):
        Play(**options)


def test_names_are_prepared(play):
    """However somebody writes them."""
    assert play.realm.account("ROMEO") is play.realm.accounts["romeo"]
    assert play.realm.account("tybalt") is play.realm.account("@") is None
    assert sorted(PASSWORDS) == sorted(play.realm.accounts)


@given(st.text(max_size=20))
def test_names_nobody_has_are_nobody(name):
    """For any text; and credentials for it exist, which nobody can prove."""
    realm = REALM
    if realm.account(name) is None:
        assert realm.stored("SCRAM-SHA-1", name) == realm.stored("SCRAM-SHA-1", name)


REALM = Play().realm


def test_order_is_kept_between_two_clients(play, romeo):
    """What one sends to another arrives in its order (§10.1)."""
    juliet = play.login("juliet", "balcony")
    juliet.skip()
    for number in range(50):
        romeo >> f"<message to='juliet@play.example{'/balcony' * (number % 2)}' id='{number}'/>"

    assert [parse(raw).get("id") for _, raw in juliet.items] == [str(n) for n in range(50)]


@pytest.mark.parametrize("kind", ["message", "presence", "iq type='get'"])
def test_a_start_tag_of_megabytes_is_not_sent_back(play, kind):
    """Who sends a long address gets an error that is short."""
    romeo = play.login("romeo", "orchard").skip()
    long = f"to='{'ü' * 1_000_000}@x' other='{'o' * MAX_ECHO_BYTES}'"
    romeo >> f"<{kind} id='i' {long}><a/></{kind.split()[0]}>"
    ((_, raw),) = romeo.items
    answer = parse(raw)

    assert len(raw) < MAX_ECHO_BYTES
    assert (answer.get("id"), answer.get("type")) == ("i", "error")
    assert (
        answer.find("error").find("{urn:ietf:params:xml:ns:xmpp-stanzas}jid-malformed") is not None
    )
