"""The contact list, asked for and changed by clients (RFC 6121 §2)."""

from __future__ import annotations

import pytest

from tests.sandbox.asking import kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.modules.roster import LONGEST_TEXT, MANY_CHANGES
from xmppexplore.wire.element import parse

QUERY = "<query xmlns='jabber:iq:roster'>{}</query>"
GET = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
ROMEO, JULIET = "romeo@play.example", "juliet@play.example"


def ask(client, ver=None):
    """Ask for the list; return its items, ``None`` where there is nothing new."""
    written = "" if ver is None else f" ver='{ver}'"
    client >> f"<iq type='get' id='r'><query xmlns='jabber:iq:roster'{written}/></iq>"
    answer = parse(client.items.pop(0)[1])
    assert (answer.get("type"), answer.get("id")) == ("result", "r")
    if not answer.children:
        return None
    client.ver = answer.children[0].get("ver")
    return answer.children[0].children


def put(client, item):
    """Change the list, and return the condition of the answer; pushes stay."""
    client >> f"<iq type='set' id='s'>{QUERY.format(item)}</iq>"
    raw = next(raw for _, raw in client.items if b" id='s'" in raw)
    client.items = [item for item in client.items if item[1] != raw]
    error = parse(raw).find("error")
    return error.children[0].name if error is not None else None


def pushed(client):
    """Return the items of the pushes that came, and forget them."""
    found = []
    for _, raw in client.items:
        iq = parse(raw)
        assert (iq.get("type"), iq.get("from")) == ("set", None)
        (item,) = iq.children[0].children
        found.append((iq.children[0].get("ver"), item))
    client.skip()
    return found


@pytest.fixture
def strangers():
    """A realm whose people have no contacts."""
    return Play()


@pytest.fixture
def romeo(strangers):
    """Somebody who is logged in and has asked for the list."""
    client = strangers.login("romeo", "orchard").skip()
    assert ask(client) == ()
    return client


@pytest.mark.parametrize("at", ["", " to='romeo@play.example'"])
def test_it_is_the_same_for_the_own_address_and_for_none(play, at):
    """People who are each other's contacts see each other, by name."""
    romeo = play.login("romeo", "orchard").skip()
    romeo >> f"<iq type='get' id='r'{at}>{QUERY.format('')}</iq>"
    items = "".join(
        f"<item jid='{name}@play.example' name='{name}' subscription='both'/>"
        for name in ("juliet", "nurse")
    )
    back = at.replace("to=", "from=")

    romeo << (
        f"<iq type='result' id='r'{back} to='romeo@play.example/orchard'>{QUERY.format(items)}</iq>"
    )


def test_a_contact_is_added_changed_and_removed(romeo):
    """The push says each time how it is now (§2.3, §2.4, §2.5)."""
    assert put(romeo, f"<item jid='{JULIET}' name='J'><group>b</group><group>a</group></item>") is (
        None
    )
    ((_, added),) = pushed(romeo)
    assert added.attributes == {"jid": JULIET, "name": "J", "subscription": "none"}
    assert [group.text for group in added.children] == ["b", "a"]
    assert put(romeo, f"<item jid='{JULIET.upper()}'/>") is None
    ((_, changed),) = pushed(romeo)
    assert str(changed) == f"<item jid='{JULIET}' subscription='none'/>"
    assert [str(item) for item in ask(romeo)] == [str(changed)]
    assert put(romeo, f"<item jid='{JULIET}' subscription='remove'/>") is None
    ((_, removed),) = pushed(romeo)
    assert removed.attributes == {"jid": JULIET, "subscription": "remove"}

    assert ask(romeo) == ()


def test_only_who_asked_is_told_of_changes(strangers, romeo):
    """An interested resource, available or not (§2.1.6)."""
    silent = strangers.client().login("romeo", "silent")
    never = strangers.login("romeo", "never").skip()
    juliet = strangers.login("juliet", "balcony").skip()
    ask(silent), ask(juliet)
    romeo.skip()
    put(romeo, f"<item jid='{JULIET}'/>")

    assert len(pushed(romeo)) == len(pushed(silent)) == 1
    never.quiet()
    juliet.quiet()


def test_what_only_the_server_may_say_is_not_heard(romeo):
    """Subscription, ask and approval (§2.1.2)."""
    put(romeo, f"<item jid='{JULIET}' subscription='both' ask='subscribe' approved='true'/>")

    assert [str(item) for item in ask(romeo.skip())] == [
        f"<item jid='{JULIET}' subscription='none'/>"
    ]


LONG = "x" * (LONGEST_TEXT + 1)
FAULTS = [
    ("", "bad-request"),
    (f"<item jid='{JULIET}'/><item jid='a@b'/>", "bad-request"),
    (f"<thing jid='{JULIET}'/>", "bad-request"),
    (f"<item xmlns='urn:x' jid='{JULIET}'/>", "bad-request"),
    ("<item/>", "bad-request"),
    ("<item jid='@'/>", "bad-request"),
    (f"<item jid='{JULIET}/balcony'/>", "bad-request"),
    (f"<item jid='{JULIET}'><group>a</group><group>a</group></item>", "bad-request"),
    (f"<item jid='{JULIET}'><group/></item>", "not-acceptable"),
    (f"<item jid='{JULIET}'><group>{LONG}</group></item>", "not-acceptable"),
    (f"<item jid='{JULIET}' name='{LONG}'/>", "not-acceptable"),
    (f"<item jid='{ROMEO}'/>", "not-allowed"),
    (f"<item jid='{JULIET}' subscription='remove'/>", "item-not-found"),
]


@pytest.mark.parametrize(("item", "condition"), FAULTS, ids=range(len(FAULTS)))
def test_what_cannot_be_set_is_refused_and_changes_nothing(romeo, item, condition):
    """§2.3.3, §2.5.3."""
    assert put(romeo, item) == condition
    romeo.quiet()
    assert ask(romeo) == ()


@pytest.mark.parametrize("kind", ["get", "set"])
def test_another_ones_is_forbidden(romeo, kind):
    """§2.3.3 for set; reading it is nobody's right either."""
    romeo >> f"<iq type='{kind}' id='r' to='{JULIET}'>{QUERY.format('')}</iq>"

    assert b"<forbidden " in romeo.items[0][1]


def test_a_list_does_not_grow_for_ever():
    """Neither in contacts nor in groups of one; a contact that is there can be changed."""
    romeo = Play(limits=Limits(contacts=3, groups=2)).login("romeo", "orchard").skip()
    found = [put(romeo, f"<item jid='p{number}@x'/>") for number in range(4)]
    groups = "".join(f"<group>{number}</group>" for number in range(3))

    assert found == [None, None, None, "resource-constraint"]
    assert put(romeo, "<item jid='p1@x' name='n'/>") is None
    assert put(romeo, f"<item jid='p1@x'>{groups}</item>") == "not-acceptable"
    assert [item.get("jid") for item in ask(romeo)] == ["p0@x", "p1@x", "p2@x"]


def test_answers_to_pushes_are_taken(strangers, romeo):
    """And whatever else answers nothing is not taken for one."""
    put(romeo, f"<item jid='{JULIET}'/>")
    (push,) = romeo.items
    romeo.skip()
    strangers.routed.clear()
    romeo >> f"<iq type='result' id='{parse(push[1]).get('id')}'/><iq type='result' id='x'/>"

    romeo.quiet()
    assert [one.section for one in strangers.routed] == ["RFC 6121 §2.1.6", "RFC 6120 §8.2.3"]


# --- versions (§2.6)


def test_versions_are_offered_after_login(play):
    """With the feature that says so, and pre-approval beside it (§2.6.1, §3.4)."""
    romeo = play.client()
    romeo.tls()
    romeo.scram("romeo", "balcony")
    features = romeo.skip().open()

    assert features.find("{urn:xmpp:features:rosterver}ver") is not None
    assert features.find("{urn:xmpp:features:pre-approval}sub") is not None


def test_a_client_that_knows_the_version_gets_nothing_twice(romeo):
    """An empty result where nothing is new; a list without versions where none is asked for."""
    put(romeo, f"<item jid='{JULIET}'/>")
    ((ver, _),) = pushed(romeo)

    assert len(ask(romeo, "")) == 1
    assert romeo.ver == ver
    assert ask(romeo, ver) is None
    romeo.quiet()
    assert len(ask(romeo)) == 1
    assert romeo.ver is None


def test_what_changed_meanwhile_comes_as_pushes(strangers, romeo):
    """Each contact once, as it is now, in the order of the changes; then nothing more."""
    for name in "abc":
        put(romeo, f"<item jid='{name}@x'/>")
    romeo.skip()
    ask(romeo, "")
    known = romeo.ver
    put(romeo, "<item jid='b@x' name='1'/>")
    put(romeo, "<item jid='a@x' subscription='remove'/>")
    put(romeo, "<item jid='b@x' name='2'/>")
    put(romeo, "<item jid='d@x'/>")
    current = pushed(romeo)[-1][0]
    other = strangers.login("romeo", "other").skip()

    assert ask(other, known) is None
    told = pushed(other)
    assert [str(item) for _, item in told] == [
        "<item jid='a@x' subscription='remove'/>",
        "<item jid='b@x' name='2' subscription='none'/>",
        "<item jid='d@x' subscription='none'/>",
    ]
    assert told[-1][0] == current
    assert ask(other, current) is None


def test_a_client_that_was_long_away_gets_all_of_it(strangers, romeo):
    """More than a few changes, or a version that this list never had."""
    ask(romeo, "")
    known = romeo.ver
    for number in range(MANY_CHANGES + 1):
        put(romeo, f"<item jid='p{number}@x'/>")
    other = strangers.login("romeo", "other").skip()

    for ver in (known, "made-up", "x" * 10_000):
        assert len(ask(other, ver)) == MANY_CHANGES + 1
        other.quiet()


def test_versions_of_an_earlier_life_of_the_server_are_not_taken_for_ours():
    """Without a storage all is new; with one, all is as it was."""
    play = kept_play()
    romeo = play.login("romeo", "orchard").skip()
    put(romeo, f"<item jid='{JULIET}' name='J'><group>g</group></item>")
    before = [str(item) for item in ask(romeo.skip(), "")]
    known = romeo.ver
    later = reopened(play).login("romeo", "orchard").skip()
    tokens = iter(f"other{number:012d}" for number in range(100))
    forgetful = Play(tokens=lambda: next(tokens)).login("romeo", "orchard").skip()

    assert [str(item) for item in ask(later)] == before
    assert ask(later, known) is None
    assert ask(forgetful, known) == ()


def test_a_push_costs_what_is_new():
    """One contact is written, however many there are."""
    play = kept_play()
    romeo = play.login("romeo", "orchard").skip()
    for number in range(50):
        put(romeo, f"<item jid='p{number}@x'/>")
    play.realm.storage.commit()
    put(romeo, "<item jid='p7@x' name='n'/>")

    assert len(play.realm.storage.pending) == 2
