"""Messages and requests go where RFC 6121 §8.5 sends them."""

from __future__ import annotations

import itertools

import pytest

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.delivery import MESSAGES, situation
from xmppexplore.sandbox.features import Hook, Module
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse

TYPES = ["", "normal", "chat", "groupchat", "headline", "error", "bogus"]
SITUATIONS = {
    "no account": [],
    "no resource": [None],
    "negative only": [-1],
    "available": [-1, 0, 5, 5],
}
"""Priorities of juliet's resources; ``None``: connected, and no presence sent."""


def stage(priorities):
    """Return a play, the sender and juliet's clients."""
    play = Play(passwords={"romeo": "balcony", "juliet": "r0m30myr0m30"})
    juliets = []
    for number, priority in enumerate(priorities):
        presence = priority is not None and f"<presence><priority>{priority}</priority></presence>"
        juliets.append(play.login("juliet", f"r{number}", presence or None))
    romeo = play.login("romeo", "orchard")
    for client in (romeo, *juliets):
        client.skip()
    return play, romeo, juliets


def sent(client, to, kind):
    """Send a message and return the condition of the answer, if any."""
    written = f" type='{kind}'" if kind else ""
    client >> f"<message to='{to}' id='1'{written}><body>Hi</body></message>"
    if not client.items:
        return None
    answer = parse(client.items.pop()[1])
    assert answer.get("type") == "error"
    assert answer.get("from") == to
    assert answer.find("body").text == "Hi"
    return answer.find("error").children[0].name


@pytest.mark.parametrize(
    ("where", "full", "kind"), list(itertools.product(SITUATIONS, [False, True], TYPES))
)
def test_the_table_is_obeyed(where, full, kind):
    """Bare address, and full address without a match, in each situation and type (§8.5.4)."""
    play, romeo, juliets = stage(SITUATIONS[where])
    name = "tybalt" if where == "no account" else "juliet"
    condition = sent(romeo, f"{name}@play.example" + ("/none" if full else ""), kind)
    known = kind if kind in ("chat", "groupchat", "headline") else "normal"
    act = "ignore" if kind == "error" else MESSAGES[where, full][known]
    got = [len(client.items) for client in juliets]

    assert situation(play.realm.account(name)) == where
    assert condition == ("service-unavailable" if act in ("refuse", "store") else None)
    assert got == {"best": [0, 0, 1, 1], "all": [0, 1, 1, 1]}.get(act, [0] * len(juliets))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("number", range(2))
def test_a_full_address_that_matches_gets_it(kind, number):
    """Whatever the type and the priority, and also before presence (§8.5.3.1)."""
    _, romeo, juliets = stage([-1, None])
    condition = sent(romeo, f"juliet@play.example/r{number}", kind)

    assert condition is None
    assert [len(client.items) for client in juliets] == [int(number == 0), int(number == 1)]


def test_a_message_keeps_its_bytes_but_for_the_stamp():
    """From is the server's to say (RFC 6120 §8.1.2.1); the rest is the sender's."""
    _, romeo, (juliet,) = stage([0])
    body = b"to=\"juliet@play.example\"   id='&#x41;' ><body>&lt;\xc3\xa9</body >\n</message>"
    romeo >> b"<message from='romeo@play.example' " + body

    assert juliet.items[0][1] == b"<message from='romeo@play.example/orchard' " + body


def test_without_recipient_it_is_for_oneself():
    """As if to one's own bare address (RFC 6120 §10.3.1)."""
    _, romeo, _ = stage([])
    romeo >> "<message id='1'><body>note</body></message>"

    romeo << "<message from='romeo@play.example/orchard' id='1'><body>note</body></message>"


def test_a_module_can_keep_what_nobody_takes():
    """What is stored is not refused (XEP-0160)."""
    kept = []
    offline = Module(
        "offline",
        "XEP-0160",
        hooks=[Hook("undelivered", "message", lambda _, one: kept.append(one) is None)],
    )
    play = Play(modules=(*MODULES, offline))
    romeo = play.login("romeo")
    romeo.skip()
    romeo >> "<message to='juliet@play.example' type='chat'/>"
    romeo >> "<message to='juliet@play.example/none' type='normal'/>"

    assert [stanza.item.type for stanza in kept] == ["chat"]
    assert parse(romeo.items.pop()[1]).find("error") is not None
    romeo.quiet()


def test_requests_between_resources():
    """Delivered to the resource, and the answer back (§8.5.3.1)."""
    _, romeo, (juliet,) = stage([0])
    romeo >> "<iq type='get' id='q' to='juliet@play.example/r0'><a xmlns='urn:a'/></iq>"
    juliet << (
        "<iq type='get' id='q' from='romeo@play.example/orchard' to='juliet@play.example/r0'>"
        "<a xmlns='urn:a'/></iq>"
    )
    juliet >> "<iq type='result' id='q' to='romeo@play.example/orchard'/>"

    romeo << (
        "<iq type='result' id='q' from='juliet@play.example/r0' to='romeo@play.example/orchard'/>"
    )


def test_a_request_to_a_resource_that_is_not_there_is_refused_with_its_payload():
    """§8.5.3.2.3; an answer that nobody waits for is dropped."""
    _, romeo, _ = stage([])
    romeo >> "<iq type='get' id='q' to='juliet@play.example/none'><a xmlns='urn:a'>b</a></iq>"
    romeo >> "<iq type='result' id='q' to='juliet@play.example/none'/>"
    romeo >> "<iq type='error' id='q' to='juliet@play.example/none'/>"

    romeo << (
        "<iq type='error' id='q' from='juliet@play.example/none' to='romeo@play.example/orchard'>"
        "<a xmlns='urn:a'>b</a><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    romeo.quiet()
