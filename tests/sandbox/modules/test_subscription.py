"""Asking to see somebody's presence, granting it, taking it back (RFC 6121 §3)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.contacts import befriend
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse

ROMEO, JULIET = "romeo@play.example", "juliet@play.example"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
PUSH = (
    "<iq type='set' id='*' to='*'><query xmlns='jabber:iq:roster' ver='*'><item {}/></query></iq>"
)


def people(play, *names):
    """Log people in who ask for their list and send presence; forget what came."""
    clients = []
    for name in names:
        client = play.client().login(*name.split("/"))
        client >> ROSTER >> "<presence/>"
        clients.append(client)
    for client in clients:
        client.skip()
    return clients


def item(jid, subscription, **more):
    """Return a push."""
    values = {"jid": jid, "subscription": subscription, **more}
    return PUSH.format(" ".join(f"{name}='{value}'" for name, value in values.items()))


def sent(kind, sender, to, content=""):
    """Return a subscription stanza as it is delivered."""
    return f"<presence type='{kind}' from='{sender}' to='{to}'>{content}</presence>"


def state(play, owner, contact):
    """Return the state that the server keeps."""
    return play.realm.accounts[owner].roster.state(address(contact))


def ruling(play):
    """Return the last ruling: what was decided, where that is written."""
    return play.routed[-1].decision, play.routed[-1].section


@pytest.fixture
def strangers():
    """A realm whose people have no contacts."""
    return Play()


def test_asking_and_approving(strangers):
    """The whole way from None to To and From, as both clients see it (§3.1)."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='subscribe' to='{JULIET}' id='1'><status>me</status></presence>"
    romeo << item(JULIET, "none", ask="subscribe")
    juliet << (
        f"<presence type='subscribe' from='{ROMEO}' to='{JULIET}' id='1'>"
        "<status>me</status></presence>"
    )
    assert (state(strangers, "romeo", JULIET), state(strangers, "juliet", ROMEO)) == (
        "None+PO",
        "None+PI",
    )
    juliet >> f"<presence type='subscribed' to='{ROMEO}'/>"
    romeo << sent("subscribed", JULIET, ROMEO)
    romeo << item(JULIET, "to")
    romeo << f"<presence from='{JULIET}/balcony' to='{ROMEO}'/>"
    juliet << item(ROMEO, "from")

    romeo.quiet()
    juliet.quiet()
    assert (state(strangers, "romeo", JULIET), state(strangers, "juliet", ROMEO)) == ("To", "From")


def test_both_ways_and_away_again(strangers):
    """Cancelling takes presence back before it is said (§3.2.2); leaving, behind (§3.3.3)."""
    befriend(strangers.realm)
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    juliet >> f"<presence type='unsubscribed' to='{ROMEO}'/>"
    romeo << f"<presence type='unavailable' from='{JULIET}/balcony' to='{ROMEO}'/>"
    romeo << sent("unsubscribed", JULIET, ROMEO)
    romeo << item(JULIET, "from", name="juliet")
    juliet << item(ROMEO, "to", name="romeo")
    juliet >> f"<presence type='unsubscribe' to='{ROMEO}'/>"
    romeo << sent("unsubscribe", JULIET, ROMEO)
    romeo << item(JULIET, "none", name="juliet")
    juliet << f"<presence type='unavailable' from='{ROMEO}/orchard' to='{JULIET}'/>"
    juliet << item(ROMEO, "none", name="romeo")

    romeo.quiet()
    juliet.quiet()


def test_a_request_goes_to_all_available_resources(strangers):
    """Whether they asked for the list or not, and with a negative priority too (§3.1.3)."""
    romeo, _ = people(strangers, "romeo/orchard", "juliet/interested")
    away = strangers.client().login("juliet", "connected")
    below = strangers.login("juliet", "below", "<presence><priority>-5</priority></presence>")
    below.skip()
    romeo >> f"<presence type='subscribe' to='{JULIET}/interested'/>"

    below << sent("subscribe", ROMEO, JULIET)
    away.quiet()
    assert ruling(strangers) == ("delivered", "RFC 6121 §3.1.3")
    assert len(strangers.routed[-1].reached) == 2


def test_a_request_waits_whole_and_comes_at_each_login_until_it_is_answered():
    """Through a restart of the server too (§3.1.3)."""
    play = kept_play()
    (romeo,) = people(play, "romeo/orchard")
    content = "<nick xmlns='http://jabber.org/protocol/nick'>R &amp; J</nick>"
    romeo >> f"<presence type='subscribe' to='{JULIET}'>{content}</presence>"
    assert ruling(play) == ("stored", "RFC 6121 §3.1.3")
    play = reopened(play)
    request = sent("subscribe", ROMEO, JULIET, content)
    for _ in range(2):
        juliet = play.client().login("juliet", "balcony")
        juliet >> "<presence/>"
        juliet.items.pop(0)  # the own presence
        juliet << request
        juliet >> "<presence><show>away</show></presence>"
        juliet.items.pop(0)
        juliet.quiet()
        juliet >> "<presence type='unavailable'/><presence/>"
        assert sum(b"subscribe" in raw for _, raw in juliet.items) == 1
        juliet >> "</stream:stream>"
    play = reopened(play)
    juliet = play.login("juliet", "balcony")
    juliet >> f"<presence type='unsubscribed' to='{ROMEO}'/></stream:stream>"
    juliet = play.client().login("juliet", "balcony")
    juliet >> "<presence/>"
    juliet.items.pop(0)

    juliet.quiet()
    assert state(play, "romeo", JULIET) == state(play, "juliet", ROMEO) == "None"


def test_who_only_asks_is_on_no_list(strangers):
    """Until there is an answer (Appendix A.1)."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    juliet.skip()
    juliet >> ROSTER

    assert b"<item" not in juliet.items[0][1]
    romeo >> f"<presence type='unsubscribe' to='{JULIET}'/>"
    assert strangers.realm.accounts["juliet"].roster.contacts == {}


def test_the_same_request_again_is_not_delivered_again(strangers):
    """It waits already (A.3.1)."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    romeo.skip(), juliet.skip()
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"

    romeo.quiet()
    juliet.quiet()
    assert ruling(strangers) == ("ignored", "RFC 6121 A.3.1")


def test_who_is_subscribed_and_asks_again_hears_nothing_new(strangers):
    """The answer in juliet's name changes nothing, so it is not delivered (A.3.3)."""
    befriend(strangers.realm)
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"

    juliet.quiet()
    assert ruling(strangers) == ("answered", "RFC 6121 §3.1.3")
    assert [parse(raw).get("type") for _, raw in romeo.items] == [None]
    assert state(strangers, "romeo", JULIET) == state(strangers, "juliet", ROMEO) == "Both"


# --- approving in advance (§3.4)


def test_who_is_approved_in_advance_is_answered_at_once(strangers):
    """Without a question to the other, also where nobody is there."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    juliet >> f"<presence type='subscribed' to='{ROMEO}'/>"
    juliet << item(ROMEO, "none", approved="true")
    romeo.quiet()
    assert ruling(strangers) == ("changed", "RFC 6121 §3.4.2")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"

    juliet << item(ROMEO, "from", approved="true")
    romeo << item(JULIET, "none", ask="subscribe")
    romeo << sent("subscribed", JULIET, ROMEO)
    romeo << item(JULIET, "to")
    romeo << f"<presence from='{JULIET}/balcony' to='{ROMEO}'/>"
    juliet.quiet()


def test_an_approval_in_advance_can_be_taken_back(strangers):
    """Then a request is asked about again."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    juliet >> f"<presence type='subscribed' to='{ROMEO}'/>"
    juliet.skip()
    juliet >> f"<presence type='subscribed' to='{ROMEO}'/>"
    juliet.quiet()
    juliet >> f"<presence type='unsubscribed' to='{ROMEO}'/>"
    juliet << item(ROMEO, "none")
    romeo.quiet()
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"

    juliet << sent("subscribe", ROMEO, JULIET)


# --- what goes no further


@pytest.mark.parametrize(
    ("before", "kind", "section"),
    [
        ("", "unsubscribed", "RFC 6121 A.2.4"),
        ("", "unsubscribe", "RFC 6121 §3.3.3"),
        ("both", "subscribed", "RFC 6121 A.2.3"),
    ],
)
def test_what_changes_nothing_is_ignored(strangers, before, kind, section):
    """And nobody hears of it."""
    if before:
        befriend(strangers.realm)
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    romeo >> f"<presence type='{kind}' to='{JULIET}'/>"

    romeo.quiet()
    juliet.quiet()
    assert ruling(strangers) == ("ignored", section)


def test_an_answer_of_somebody_who_was_not_asked_is_not_delivered(strangers):
    """It is kept as an approval in advance; the list of the other stays as it is."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    juliet >> f"<presence type='subscribed' to='{ROMEO}'/>"

    romeo.quiet()
    assert state(strangers, "romeo", JULIET) == "None"


@pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
@pytest.mark.parametrize("to", [ROMEO, f"{ROMEO}/orchard"])
def test_nobody_subscribes_to_oneself(strangers, kind, to):
    """One sees oneself anyway."""
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> f"<presence type='{kind}' to='{to}'/>"

    romeo.quiet()
    assert strangers.realm.accounts["romeo"].roster.contacts == {}


@pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
def test_a_subscription_names_whom_it_is_for(strangers, kind):
    """Said with an error."""
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> f"<presence type='{kind}'/>"

    assert b"<bad-request " in romeo.items[0][1]


def test_a_request_to_nobody_waits_for_ever(strangers):
    """So that nobody learns which accounts there are (§8.5.1)."""
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> "<presence type='subscribe' to='tybalt@play.example'/>"

    romeo << item("tybalt@play.example", "none", ask="subscribe")
    romeo.quiet()
    assert ruling(strangers) == ("ignored", "RFC 6121 §8.5.1")


def test_a_request_to_another_domain_is_noted_and_refused(strangers):
    """The state of the own list is the own server's (§3.1.2)."""
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> "<presence type='subscribe' to='a@x.example/y' id='1'/>"

    romeo << item("a@x.example", "none", ask="subscribe")
    assert b"<remote-server-not-found " in romeo.items.pop(0)[1]
    romeo.quiet()
    romeo >> "<presence type='unsubscribe' to='a@x.example'/>"
    romeo << item("a@x.example", "none")


def test_the_server_lets_itself_be_seen(strangers):
    """It approves, and shows presence now and at each login."""
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> "<presence type='subscribe' to='play.example'/>"
    romeo << item("play.example", "none", ask="subscribe")
    romeo << sent("subscribed", "play.example", ROMEO)
    romeo << item("play.example", "to")
    romeo << f"<presence from='play.example' to='{ROMEO}'/>"
    (romeo,) = people(strangers, "romeo/orchard")
    romeo >> "<presence type='unavailable'/>"
    romeo.skip()
    romeo >> "<presence/>"

    romeo.items.pop(0)
    romeo << f"<presence from='play.example' to='{ROMEO}/orchard'/>"


# --- limits


def test_requests_that_wait_have_a_bound():
    """Of their number: the sender hears nothing. Of their size: it is told."""
    play = Play(
        passwords={name: name for name in ("romeo", "a", "b", "c")},
        limits=Limits(requests=2, request_bytes=200),
    )
    for name in "abc":
        client = play.client()
        client.tls()
        client.scram(name, name)
        client.skip().open()
        client >> "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        client.skip()
        long = "x" * 200
        client >> f"<presence type='subscribe' to='{ROMEO}'><status>{long}</status></presence>"
        assert b"<policy-violation " in client.items.pop()[1]
        client >> f"<presence type='subscribe' to='{ROMEO}'/>"
        client.quiet()

    assert len(play.realm.accounts["romeo"].roster.waiting) == 2
    assert ruling(play) == ("ignored", "RFC 6120 §13.12")


def test_a_list_that_is_full_takes_no_request():
    """Nor an approval in advance."""
    play = Play(limits=Limits(contacts=1))
    (romeo,) = people(play, "romeo/orchard")
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    romeo.skip()
    for kind in ("subscribe", "subscribed"):
        romeo >> f"<presence type='{kind}' to='nurse@play.example'/>"
        assert b"<resource-constraint " in romeo.items.pop()[1]

    assert len(play.realm.accounts["romeo"].roster.contacts) == 1


# --- removing


def test_removing_a_contact_ends_what_there_was_in_both_directions(strangers):
    """Presence too; the remover is told of the removal alone (§2.5.2)."""
    befriend(strangers.realm)
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    remove = f"<item jid='{JULIET}' subscription='remove'/>"
    romeo >> f"<iq type='set' id='s'><query xmlns='jabber:iq:roster'>{remove}</query></iq>"
    juliet << f"<presence type='unavailable' from='{ROMEO}/orchard' to='{JULIET}'/>"
    juliet << sent("unsubscribe", ROMEO, JULIET)
    juliet << item(ROMEO, "to", name="romeo")
    juliet << sent("unsubscribed", ROMEO, JULIET)
    juliet << item(ROMEO, "none", name="romeo")
    juliet.quiet()
    romeo << f"<presence type='unavailable' from='{JULIET}/balcony' to='{ROMEO}'/>"
    romeo << item(JULIET, "remove")
    romeo << f"<iq type='result' id='s' to='{ROMEO}/orchard'/>"

    romeo.quiet()


def test_removing_a_contact_answers_its_request_with_no(strangers):
    """So that it does not wait for an answer that cannot come."""
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    juliet >> (
        "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
        f"<item jid='{ROMEO}' name='R'/></query></iq>"
    )
    romeo >> f"<presence type='subscribe' to='{JULIET}'/>"
    romeo.skip(), juliet.skip()
    juliet >> (
        "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
        f"<item jid='{ROMEO}' subscription='remove'/></query></iq>"
    )

    romeo << sent("unsubscribed", JULIET, ROMEO)
    romeo << item(JULIET, "none")


def test_an_account_that_ends_leaves_no_subscription_behind(strangers):
    """Its contacts are told, and nothing of it is kept."""
    befriend(strangers.realm)
    romeo, juliet = people(strangers, "romeo/orchard", "juliet/balcony")
    strangers.realm.remove_account("romeo")
    strangers.perform()
    kinds = [parse(raw).get("type") for _, raw in juliet.items if raw.startswith(b"<presence")]

    assert kinds == ["unavailable", "unsubscribe", "unsubscribed"]
    assert romeo.closed == "not-authorized"
    assert state(strangers, "juliet", ROMEO) == "None"
