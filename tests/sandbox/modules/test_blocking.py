"""Nothing comes from who is blocked, and nothing goes there (XEP-0191)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import ask, condition, kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse

ROMEO, JULIET = "romeo@play.example", "juliet@play.example"
BLOCKING = "urn:xmpp:blocking"
ERROR = "{urn:xmpp:blocking:errors}blocked"


def command(name, *jids):
    """Write a command that names addresses."""
    items = "".join(f"<item jid='{jid}'/>" for jid in jids)
    return f"<{name} xmlns='{BLOCKING}'>{items}</{name}>"


def listed(client):
    """Return the list of a client's account."""
    [found] = ask(client, command("blocklist")).children
    assert found.qualified == f"{{{BLOCKING}}}blocklist"
    return [item.get("jid") for item in found.children]


@pytest.fixture
def pair(play):
    """Romeo, and Juliet who has blocked him; what came so far is forgotten."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    assert condition(ask(juliet, command("block", ROMEO), "set")) is None
    play.routed.clear()
    return romeo.skip(), juliet.skip()


def last_ruling(play):
    """Return decision and section of the newest ruling."""
    return play.routed[-1].decision, play.routed[-1].section


# --- the list


def test_what_is_blocked_is_listed_and_taken_off(play):
    """Prepared, each once, in a fixed order; unblocking what is not there is no error."""
    juliet = play.login("juliet", "balcony")
    assert listed(juliet) == []
    ask(juliet, command("block", "Romeo@Play.Example", ROMEO, "a.example/x", "z.example"), "set")
    ask(juliet, command("block", ROMEO), "set")
    assert listed(juliet) == ["a.example/x", ROMEO, "z.example"]

    ask(juliet, command("unblock", ROMEO, "nobody@z.example"), "set")
    assert listed(juliet) == ["a.example/x", "z.example"]
    ask(juliet, command("unblock"), "set")
    assert listed(juliet) == []


@pytest.mark.parametrize(
    ("payload", "type", "expected"),
    [
        (command("block"), "set", "bad-request"),
        (f"<block xmlns='{BLOCKING}'><x jid='a'/></block>", "set", "bad-request"),
        (f"<unblock xmlns='{BLOCKING}'><x jid='a'/></unblock>", "set", "bad-request"),
        (f"<block xmlns='{BLOCKING}'><item/></block>", "set", "jid-malformed"),
        (command("block", "a@b", "@"), "set", "jid-malformed"),
        (command("unblock", "a@"), "set", "jid-malformed"),
        (command("block", ROMEO), "get", "service-unavailable"),
        (command("blocklist"), "set", "service-unavailable"),
    ],
)
def test_a_command_that_is_none_changes_nothing(play, payload, type, expected):
    """Not even by those of its addresses that are right."""
    juliet = play.login("juliet", "balcony")
    ask(juliet, command("block", "a@a.example"), "set")

    assert condition(ask(juliet, payload, type))[1] == expected
    assert listed(juliet) == ["a@a.example"]


def test_the_list_of_another_is_nobody_elses_business(pair):
    """Neither to read nor to change."""
    romeo, juliet = pair
    ask(juliet, command("unblock"), "set")

    for payload, kind in ((command("blocklist"), "get"), (command("block", "a@b"), "set")):
        answer = ask(romeo, payload, kind, JULIET)
        assert condition(answer) == ("cancel", "service-unavailable")
    assert listed(juliet) == []


def test_a_list_has_an_end():
    """Naming what is on it already is still allowed."""
    play = Play(limits=Limits(blocked=2))
    juliet = play.login("juliet", "balcony")
    ask(juliet, command("block", "a@a", "b@b"), "set")

    refused = ask(juliet, command("block", "a@a", "c@c"), "set")
    assert condition(refused) == ("wait", "resource-constraint")
    assert condition(ask(juliet, command("block", "b@b"), "set")) is None
    assert listed(juliet) == ["a@a", "b@b"]


def test_it_survives_a_restart_of_the_server():
    """With its effect; and is gone with its account."""
    play = kept_play()
    ask(play.login("juliet", "balcony"), command("block", ROMEO, "z.example"), "set")
    ask(play.login("juliet", "chamber"), command("unblock", "z.example"), "set")
    second = reopened(play)
    romeo, juliet = second.login("romeo", "orchard"), second.login("juliet", "balcony")

    assert listed(juliet) == [ROMEO]
    romeo.skip()
    romeo >> f"<message to='{JULIET}' type='chat'><body>Hi</body></message>"
    assert condition(parse(romeo.items.pop()[1])) == ("cancel", "service-unavailable")

    second.realm.remove_account("juliet")
    assert listed(reopened(second).login("juliet", "balcony")) == []


def test_changes_are_pushed_to_who_asked_for_the_list(play):
    """To each such resource and no other (§3.3, §3.4, §3.5)."""
    asking, silent = play.login("juliet", "balcony"), play.login("juliet", "chamber")
    listed(asking)
    asking.skip(), silent.skip()
    for payload in (command("block", ROMEO), command("unblock", ROMEO), command("unblock")):
        ask(silent, payload, "set")
        asking << f"<iq type='set' id='*' to='{JULIET}/balcony'>{payload}</iq>"
        asking.quiet()
        silent.quiet()


# --- stanzas to who is blocked


@pytest.mark.parametrize(
    "stanza",
    [
        f"<message to='{ROMEO}' type='chat' id='x'><body>Hear me?</body></message>",
        f"<message to='{ROMEO}/orchard' id='x'/>",
        f"<presence to='{ROMEO}' id='x'/>",
        f"<presence to='{ROMEO}' type='subscribe' id='x'/>",
        f"<iq to='{ROMEO}/orchard' type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
        f"<iq to='{ROMEO}' type='get' id='x'><vCard xmlns='vcard-temp'/></iq>",
    ],
)
def test_nothing_goes_to_who_is_blocked(play, pair, stanza):
    """not-acceptable, with a condition that says why (§3.3)."""
    romeo, juliet = pair
    juliet >> stanza
    error = parse(juliet.items.pop()[1])

    assert condition(error) == ("cancel", "not-acceptable")
    assert error.find("{jabber:client}error").find(ERROR) is not None
    assert error.get("id") == "x"
    assert last_ruling(play) == ("refused", "XEP-0191 §3.3")
    romeo.quiet()
    juliet.quiet()


@pytest.mark.parametrize(
    "stanza",
    [
        f"<iq to='{ROMEO}/orchard' type='result' id='x'/>",
        f"<message to='{ROMEO}' type='error' id='x'/>",
    ],
)
def test_answers_to_who_is_blocked_are_dropped(pair, stanza):
    """No error answers an error or a result (RFC 6120 §8.3.1)."""
    romeo, juliet = pair
    juliet >> stanza

    romeo.quiet()
    juliet.quiet()


@pytest.mark.parametrize("blocked", ["play.example", JULIET])
def test_nobody_cuts_oneself_off(play, blocked):
    """The own account and the own server stay within reach."""
    juliet, other = play.login("juliet", "balcony"), play.login("juliet", "chamber")
    ask(juliet, command("block", blocked), "set")
    other.skip()

    assert condition(ask(juliet, "<ping xmlns='urn:xmpp:ping'/>", to="play.example")) is None
    assert condition(ask(juliet, "<ping xmlns='urn:xmpp:ping'/>", to=JULIET)) is None
    juliet >> f"<message to='{JULIET}/chamber' id='m'/>"
    other << f"<message to='{JULIET}/chamber' id='m' from='{JULIET}/balcony'/>"


# --- stanzas from who is blocked


@pytest.mark.parametrize(
    "stanza",
    [
        f"<message to='{JULIET}' type='chat' id='x'><body>Hear me?</body></message>",
        f"<message to='{JULIET}/balcony' id='x'/>",
        f"<message to='{JULIET}/nowhere' id='x'/>",
        f"<iq to='{JULIET}/balcony' type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
        f"<iq to='{JULIET}' type='get' id='x'><vCard xmlns='vcard-temp'/></iq>",
        f"<iq to='{JULIET}' type='set' id='x'><vCard xmlns='vcard-temp'/></iq>",
    ],
)
def test_who_is_blocked_finds_nobody_there(play, pair, stanza):
    """service-unavailable, as if nobody were connected (§3.3)."""
    romeo, juliet = pair
    romeo >> stanza

    assert condition(parse(romeo.items.pop()[1])) == ("cancel", "service-unavailable")
    assert last_ruling(play) == ("refused", "XEP-0191 §3.3")
    romeo.quiet()
    juliet.quiet()


@pytest.mark.parametrize(
    "stanza",
    [
        f"<presence to='{JULIET}'/>",
        f"<presence to='{JULIET}/balcony' type='unavailable'/>",
        f"<presence to='{JULIET}' type='probe'/>",
        f"<message to='{JULIET}/balcony' type='headline'/>",
        f"<message to='{JULIET}/balcony' type='error'/>",
        f"<iq to='{JULIET}/balcony' type='result' id='x'/>",
        f"<iq to='{JULIET}/balcony' type='error' id='x'/>",
    ],
)
def test_who_is_blocked_is_not_answered(play, pair, stanza):
    """Presence never, answers never (§3.3)."""
    romeo, juliet = pair
    romeo >> stanza

    assert last_ruling(play) == ("ignored", "XEP-0191 §3.3")
    romeo.quiet()
    juliet.quiet()


def test_presence_of_who_is_blocked_is_not_seen(pair):
    """Nor that of the blocker by the blocked, after the farewell."""
    romeo, juliet = pair
    romeo >> "<presence><show>away</show></presence>"
    juliet >> "<presence><show>dnd</show></presence>"

    assert b"dnd" not in b"".join(raw for _, raw in romeo.items)
    assert b"away" not in b"".join(raw for _, raw in juliet.items)


@pytest.mark.parametrize(
    ("blocked", "through"),
    [
        (ROMEO, False),
        (f"{ROMEO}/orchard", False),
        (f"{ROMEO}/elsewhere", True),
        ("play.example", False),
        ("play.example/orchard", True),
        ("nurse@play.example", True),
    ],
)
def test_every_form_of_an_address_can_be_blocked(play, blocked, through):
    """A resource alone, a bare address, a domain."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    ask(juliet, command("block", blocked), "set")
    romeo.skip(), juliet.skip()
    romeo >> f"<message to='{JULIET}' type='chat' id='x'/>"

    assert [b"id='x'" in raw for _, raw in juliet.items] == [True] * through
    assert len(romeo.items) == (not through)


# --- presence upon a change


def test_who_is_blocked_sees_a_farewell_and_who_is_unblocked_a_greeting(play):
    """Once, at the change, from every available resource (§3.3, §3.4)."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    play.login("juliet", "silent", None)
    juliet >> "<presence><show>away</show></presence>"
    romeo.skip()
    for _ in range(2):
        ask(juliet, command("block", ROMEO), "set")
    romeo << f"<presence type='unavailable' from='{JULIET}/balcony' to='{ROMEO}'/>"
    romeo.quiet()
    ask(juliet, command("block", "play.example"), "set")
    ask(juliet, command("unblock", ROMEO), "set")
    romeo.quiet()  # the domain still blocks him
    for _ in range(2):
        ask(juliet, command("unblock"), "set")

    romeo << f"<presence from='{JULIET}/balcony' to='{ROMEO}'><show>away</show></presence>"
    romeo.quiet()


def test_a_blocked_resource_alone_sees_the_farewell(play):
    """The others of the same account go on seeing."""
    here, there = play.login("romeo", "orchard"), play.login("romeo", "field")
    juliet = play.login("juliet", "balcony")
    here.skip(), there.skip()
    ask(juliet, command("block", f"{ROMEO}/orchard"), "set")

    here << f"<presence type='unavailable' from='{JULIET}/balcony' to='{ROMEO}'/>"
    there.quiet()


def test_who_blocks_back_is_told_nothing(play):
    """Presence does not pass the other's own list."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    ask(romeo, command("block", JULIET), "set")
    romeo.skip()
    ask(juliet, command("block", ROMEO), "set")
    ask(juliet, command("unblock"), "set")

    romeo.quiet()


def test_a_request_for_presence_waits_unheard():
    """Who is blocked has asked, as far as the own list shows; the other hears nothing."""
    stranger = Play()
    romeo, juliet = stranger.login("romeo", "orchard"), stranger.login("juliet", "balcony")
    ask(juliet, command("block", ROMEO), "set")
    juliet.skip()
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    [contact] = ask(romeo, "<query xmlns='jabber:iq:roster'/>").children[0].children

    assert (contact.get("subscription"), contact.get("ask")) == ("none", "subscribe")
    juliet.quiet()
    ask(juliet, command("unblock"), "set")
    chamber = stranger.login("juliet", "chamber", None).skip()
    chamber >> "<presence/>"
    assert not any(b"subscribe" in raw for _, raw in chamber.items)


def test_only_who_may_see_presence_is_told_of_a_block():
    """A stranger learns nothing, neither that somebody comes nor that somebody goes (§3.3)."""
    stranger = Play()
    romeo, juliet = stranger.login("romeo", "orchard"), stranger.login("juliet", "balcony")
    romeo.skip()
    ask(juliet, command("block", ROMEO), "set")
    ask(juliet, command("unblock", ROMEO), "set")

    romeo.quiet()


@pytest.mark.parametrize("to", [ROMEO, f"{ROMEO}/orchard"])
def test_directed_presence_is_taken_back(to):
    """From a stranger too, once (RFC 6121 §4.6)."""
    stranger = Play()
    romeo, juliet = stranger.login("romeo", "orchard"), stranger.login("juliet", "balcony")
    juliet >> f"<presence to='{to}'/>"
    romeo.skip()
    for _ in range(2):
        ask(juliet, command("block", ROMEO), "set")

    romeo << f"<presence type='unavailable' from='{JULIET}/balcony' to='{to}'/>"
    romeo.quiet()
    juliet >> "<presence type='unavailable'/>"
    romeo.quiet()


def test_who_comes_later_does_not_see_whom_a_block_keeps_apart(play):
    """Neither initial presence nor what is there already passes (§3.3), in either direction."""
    juliet = play.login("juliet", "balcony")
    ask(juliet, command("block", ROMEO), "set")
    juliet.skip()
    romeo = play.login("romeo", "orchard", None).skip()
    romeo >> "<presence/>"
    again = play.login("juliet", "chamber", None).skip()
    again >> "<presence/>"

    def seen(client):
        return {parse(raw).get("from").partition("/")[0] for _, raw in client.items}

    assert seen(romeo) == {ROMEO}
    assert seen(again) == {JULIET}
    assert seen(juliet) == {JULIET}


def test_a_request_that_waits_is_not_shown_while_its_sender_is_blocked():
    """It came before the block; it is there again after it (§3.3)."""
    stranger = Play()
    romeo = stranger.login("romeo", "orchard")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    first = stranger.login("juliet", "balcony")
    ask(first, command("block", ROMEO), "set")

    def requests(resource):
        client = stranger.login("juliet", resource, None).skip()
        client >> "<presence/>"
        return [raw for _, raw in client.items if b"'subscribe'" in raw]

    assert requests("one") == []
    ask(first, command("unblock", ROMEO), "set")
    assert len(requests("two")) == 1
