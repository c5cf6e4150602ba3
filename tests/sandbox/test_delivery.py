"""Messages and requests go where RFC 6121 §8.5 sends them."""

from __future__ import annotations

import itertools

import pytest

from tests.sandbox.conversation import DOMAIN, Play, auth
from xmppexplore.sandbox.delivery import MESSAGES, situation
from xmppexplore.sandbox.features import Hook, Module, Policy
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.modules.offline import waiting
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
    play = Play(passwords={"romeo": "balcony", "juliet": "r0m30myr0m30"}, contacts=True)
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
    assert condition == ("service-unavailable" if act == "refuse" else None)
    assert len(waiting(play.realm.accounts["juliet"])) == (act == "store")
    assert got == {"best": [0, 0, 1, 1], "all": [0, 1, 1, 1]}.get(act, [0] * len(juliets))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("number", range(2))
def test_a_full_address_that_matches_gets_it(kind, number):
    """Whatever the type and the priority, and also before presence (§8.5.3.1)."""
    _, romeo, juliets = stage([-1, None])
    condition = sent(romeo, f"juliet@play.example/r{number}", kind)

    assert condition is None
    assert [len(client.items) for client in juliets] == [int(number == 0), int(number == 1)]


BARE, NONE, SOME = "", "/none", "/r0"
RULED = [
    ("no account", BARE, "", "refused", "§8.5.1"),
    ("no account", BARE, "headline", "ignored", "§8.5.1"),
    ("no account", NONE, "chat", "refused", "§8.5.1"),
    ("no resource", BARE, "", "stored", "XEP-0160 §2"),
    ("no resource", BARE, "groupchat", "refused", "§8.5.2.2.1"),
    ("no resource", BARE, "headline", "ignored", "§8.5.2.2.1"),
    ("no resource", BARE, "error", "ignored", "§8.5.3.2.1"),
    ("no resource", NONE, "chat", "stored", "XEP-0160 §2"),
    ("no resource", NONE, "normal", "refused", "§8.5.3.2.1"),
    ("no resource", SOME, "headline", "delivered", "§8.5.3.1"),
    ("negative only", BARE, "chat", "stored", "XEP-0160 §2"),
    ("negative only", SOME, "error", "delivered", "§8.5.3.1"),
    ("available", BARE, "chat", "delivered", "§8.5.2.1.1"),
    ("available", BARE, "headline", "delivered", "§8.5.2.1.1"),
    ("available", BARE, "groupchat", "refused", "§8.5.2.1.1"),
    ("available", NONE, "chat", "delivered", "§8.5.3.2.1"),
    ("available", NONE, "headline", "refused", "§8.5.3.2.1"),
    ("available", SOME, "groupchat", "delivered", "§8.5.3.1"),
]


@pytest.mark.parametrize(("where", "resource", "kind", "decision", "section"), RULED)
def test_what_became_of_it_is_said_once(where, resource, kind, decision, section):
    """With the section of the cell, and all whom it reached."""
    play, romeo, juliets = stage(SITUATIONS[where])
    play.routed.clear()
    name = "tybalt" if where == "no account" else "juliet"
    romeo >> f"<message to='{name}@play.example{resource}' type='{kind}'><body>a</body></message>"
    (ruled,) = play.routed

    assert ruled.decision == decision
    assert ruled.section.endswith(section)
    assert len(ruled.reached) == sum(len(client.items) for client in juliets)


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
    others = [module for module in MODULES if module.name != "offline"]
    play = Play(modules=(*others, offline))
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


# --- who may ask whom (§8.5.3.1)

ASK = "<iq type='{}' id='q' to='juliet@play.example/balcony'><a xmlns='urn:a'/></iq>"


@pytest.mark.parametrize("state", ["None", "None+PI", "To", "From", "Both"])
@pytest.mark.parametrize("kind", ["get", "set"])
def test_who_may_not_see_presence_may_not_ask_for_it(state, kind):
    """The answer is the one that comes where nobody is connected."""
    play = Play()
    realm = play.realm
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard").skip()
    account = realm.accounts["juliet"]
    account.roster.contact(realm.accounts["romeo"].address).state = state
    juliet.skip()
    romeo >> ASK.format(kind)
    if state in ("From", "Both"):
        romeo.quiet()
        assert len(juliet.items) == 1
    else:
        juliet.quiet()
        refused = romeo.items.pop()[1]
        romeo >> ASK.format(kind).replace("balcony", "no-such")
        assert romeo.items.pop()[1].replace(b"no-such", b"balcony") == refused
        assert play.routed[0].section != play.routed[-1].section


def test_who_got_directed_presence_may_ask():
    """As long as it is not taken back; and one may ask oneself."""
    play = Play()
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    juliet >> "<presence to='romeo@play.example'/>"
    juliet.skip()
    romeo >> ASK.format("get")
    assert len(juliet.items) == 1
    juliet >> "<presence to='romeo@play.example' type='unavailable'/>"
    juliet.skip()
    romeo >> ASK.format("get")
    juliet.quiet()
    play.login("juliet", "other") >> ASK.format("get")

    assert any(b"<a xmlns" in raw for _, raw in juliet.items)


@pytest.mark.parametrize("kind", ["result", "error"])
def test_answers_need_no_permission(kind):
    """Whoever was asked may answer."""
    play = Play()
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    juliet.skip()
    romeo >> f"<iq type='{kind}' id='q' to='juliet@play.example/balcony'/>"

    assert len(juliet.items) == 1


def test_where_anybody_may_be_anyone_strangers_may_ask():
    """Programs that are tried out against each other seldom subscribe first."""
    play = Play(policy=Policy(any_account=True, plain_in_clear=True))
    people = []
    for name in ("romeo", "juliet"):
        client = play.client(tls=False)
        client.open()
        client >> auth("PLAIN", f"\0{name}\0any".encode())
        client.skip().open()
        client >> (
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<resource>here</resource></bind></iq>"
        )
        people.append(client.skip())
    romeo, juliet = people
    romeo >> f"<iq type='get' id='p' to='juliet@{DOMAIN}/here'><ping xmlns='urn:xmpp:ping'/></iq>"

    assert len(juliet.items) == 1
    romeo.quiet()
