"""Streams are managed and resumed as XEP-0198 says."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import Play, auth
from tests.sandbox.managing import ENABLE, SM, Phone, bodies, condition, counted, nonza
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse

STREAMS = "urn:ietf:params:xml:ns:xmpp-streams"
RESUME = f"<resume xmlns='{SM}' previd='{{}}' h='{{}}'/>"
REQUEST = f"<r xmlns='{SM}'/>"


def say(client, text, to="romeo@play.example"):
    """Send a message; its id is its body."""
    client >> f"<message to='{to}' type='chat' id='{text}'><body>{text}</body></message>"


@pytest.fixture
def juliet(play):
    """A contact who watches."""
    return play.login("juliet", "balcony").skip()


@pytest.fixture
def phone(play, juliet):
    """Romeo's phone, available, with all that came so far acknowledged."""
    phone = Phone(play, "romeo")
    phone.send("<presence/>")
    phone.read()
    phone.got.clear()
    juliet.skip()
    return phone


def test_it_is_offered_after_login_and_no_more_once_it_is_on(play):
    """§2."""
    client = play.client()
    assert client.tls().find(f"{{{SM}}}sm") is None
    client.scram("romeo", "balcony")
    client.skip()

    assert client.open().find(f"{{{SM}}}sm") is not None


@pytest.mark.parametrize(
    ("wanted", "resume", "longest"),
    [
        ("", None, None),
        ("resume='true'", "true", "300"),
        ("resume='1'", "true", "300"),
        ("resume='false'", None, None),
        ("resume='yes'", None, None),
        ("resume='true' max='60'", "true", "60"),
        ("resume='true' max='86400'", "true", "300"),
        ("resume='true' max='0'", None, None),
        ("resume='true' max='-1'", "true", "300"),
        ("resume='true' max='&#x661;'", "true", "300"),
    ],
)
def test_what_is_asked_for_is_granted_within_the_limits(play, wanted, resume, longest):
    """§3, §5: booleans and numbers as XML Schema writes them."""
    client = play.client().login("romeo")
    client >> f"<enable xmlns='{SM}' {wanted}/>"
    enabled = nonza(client, "enabled")

    assert (enabled.get("resume"), enabled.get("max")) == (resume, longest)
    assert (enabled.get("id") is None) == (resume is None)


EARLY = [ENABLE, RESUME.format("x", 0)]


@pytest.mark.parametrize("element", EARLY)
def test_before_login_it_is_refused_and_nothing_is_lost(play, element):
    """§3: not before authentication."""
    client = play.client()
    client.tls()
    client >> element
    assert condition(nonza(client, "failed")) == "unexpected-request"
    client.scram("romeo", "balcony")

    assert parse(client.items.pop()[1]).name == "success"


def test_before_binding_nothing_can_be_enabled(play):
    """§3."""
    client = play.client()
    client.tls()
    client.scram("romeo", "balcony")
    client.skip()
    client.open()
    client >> ENABLE

    assert condition(nonza(client, "failed")) == "unexpected-request"


@pytest.mark.parametrize("element", [ENABLE, RESUME.format("x", 0)])
def test_a_managed_stream_is_not_managed_again(play, element):
    """§3: there is one attempt."""
    phone = Phone(play, "romeo")
    phone.client >> element

    assert condition(nonza(phone.client, "failed")) == "unexpected-request"


@pytest.mark.parametrize("element", [REQUEST, f"<a xmlns='{SM}' h='0'/>"])
def test_without_it_there_is_nothing_to_acknowledge(play, element):
    """A refusal, not the end."""
    client = play.login("romeo").skip()
    client >> element

    assert condition(nonza(client, "failed")) == "unexpected-request"


def test_stanzas_are_counted_and_nothing_else(play):
    """§4: messages, presence and iqs, also those that are refused; neither space nor nonzas."""
    phone = Phone(play, "romeo")
    phone.client >> "<presence/> \n"
    phone.client >> "<iq type='get' id='1'/>"
    phone.client >> "<message to='@'/>"
    phone.client >> REQUEST
    phone.client >> "<message to='nobody@play.example' type='headline'/>"
    phone.client.skip()
    phone.client >> REQUEST

    assert nonza(phone.client, "a").get("h") == "4"


def test_the_count_begins_with_management(play):
    """§3: at zero, whatever went before."""
    client = play.login("romeo").skip()
    client >> ENABLE
    nonza(client, "enabled")
    client >> REQUEST

    assert nonza(client, "a").get("h") == "0"


def test_one_request_is_open_at_a_time(play, phone, juliet):
    """Asked with the first stanza, and again when the answer leaves something open."""
    for text in "abc":
        say(juliet, text)
    kinds = [parse(raw).name for _, raw in phone.client.items]
    assert kinds == ["message", "r", "message", "message"]
    phone.client.skip()
    phone.client >> f"<a xmlns='{SM}' h='{phone.handled + 1}'/>"
    nonza(phone.client, "r")
    phone.client >> f"<a xmlns='{SM}' h='{phone.handled + 1}'/>"
    phone.client.quiet()
    phone.client >> f"<a xmlns='{SM}' h='{phone.handled + 3}'/>"

    phone.client.quiet()


@pytest.mark.parametrize("h", ["", "-1", "x", "4294967296", "1e3", "\u0661"])
def test_what_is_no_counter_ends_the_stream(phone, h):
    """§4: an unsigned number of 32 bits, in ASCII."""
    phone.client >> f"<a xmlns='{SM}' h='{h}'/>"

    assert phone.client.closed == "bad-format"


@pytest.mark.parametrize("resuming", [False, True])
def test_more_than_was_sent_cannot_be_acknowledged(play, phone, resuming):
    """§6, with both counts."""
    client, high = phone.client, phone.handled + 1
    if resuming:
        phone.cut()
        client = phone.log_in()
        client >> RESUME.format(phone.id, high)
    else:
        client >> f"<a xmlns='{SM}' h='{high}'/>"

    client << (
        f"<stream:error><undefined-condition xmlns='{STREAMS}'/>"
        f"<text xmlns='{STREAMS}' xml:lang='en'>...</text>"
        f"<handled-count-too-high xmlns='{SM}' h='{high}' send-count='{high - 1}'/></stream:error>"
    )
    client << "footer"
    assert client.closed == "undefined-condition"


def test_a_cut_is_bridged(play, phone, juliet):
    """§5: nobody sees it, and what came meanwhile follows in order, with the time it came."""
    say(juliet, "before")
    phone.cut()
    play.pass_time(10)
    say(juliet, "meanwhile")
    play.pass_time(10)
    resumed = phone.resume()
    stanzas = counted(phone.client)

    assert resumed.get("h") == "1"
    assert bodies(stanzas) == ["before", "meanwhile"]
    stamps = [parse(raw).find("{urn:xmpp:delay}delay") for raw in stanzas]
    assert [one.get("stamp") for one in stamps] == [
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T22:13:30.000Z",
    ]
    assert {one.get("from") for one in stamps} == {"play.example"}
    juliet.quiet()
    say(juliet, "after")
    assert bodies(counted(phone.client)) == ["after"]
    assert phone.client.marks[-1] == ("bound", "romeo@play.example/phone")


def test_what_the_client_has_is_not_sent_again(play, phone, juliet):
    """§5: it says so with the request."""
    say(juliet, "a")
    phone.read()
    say(juliet, "b")
    phone.cut()
    phone.resume()

    assert bodies(counted(phone.client)) == ["b"]


def test_requests_get_their_answers_over_a_cut(play, phone):
    """An answer is a stanza like any other; but it says nothing of time."""
    phone.client >> "<iq type='get' id='p' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"
    phone.cut()
    phone.unsent.clear()
    phone.client = phone.log_in()
    phone.client >> RESUME.format(phone.id, phone.handled)
    nonza(phone.client, "resumed")

    phone.client << ("<iq type='result' id='p' from='play.example' to='romeo@play.example/phone'/>")


def test_a_stream_that_seems_alive_gives_way(play, phone, juliet):
    """§5: it ends with conflict, and its session goes on."""
    old = phone.client
    old.skip()
    phone.resume()

    assert [parse(raw).children[0].name for _, raw in old.items[:1]] == ["conflict"]
    assert old.closed == "conflict"
    juliet.quiet()
    say(juliet, "still here")
    assert bodies(counted(phone.client)) == ["still here"]
    old.cut()
    juliet.quiet()
    play.pass_time(1000)
    juliet.quiet()


def test_a_session_ends_in_time(play, phone, juliet):
    """Then its contacts see it go, and it cannot be resumed; its count is still told."""
    phone.cut()
    play.pass_time(299)
    juliet.quiet()
    play.pass_time(2)

    juliet << (
        "<presence type='unavailable' from='romeo@play.example/phone' to='juliet@play.example'/>"
    )
    client = phone.log_in()
    client >> RESUME.format(phone.id, phone.handled)
    failed = nonza(client, "failed")
    assert (condition(failed), failed.get("h")) == ("item-not-found", "1")
    client >> "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    assert parse(client.items.pop()[1]).get("type") == "result"


def test_only_the_newest_timer_counts(play, phone, juliet):
    """A resumption stops the clock, and the next cut starts it anew."""
    for _ in range(3):
        phone.cut()
        play.pass_time(200)
        phone.resume()
    play.pass_time(1000)

    juliet.quiet()


def test_a_closed_stream_is_not_resumed(play, phone, juliet):
    """§7: the footer ends the session; the last count is told before ours."""
    phone.client >> "</stream:stream>"
    assert nonza(phone.client, "a").get("h") == "1"
    phone.client << "footer"
    assert parse(juliet.items.pop()[1]).get("type") == "unavailable"
    client = phone.log_in()
    client >> RESUME.format(phone.id, 0)

    assert condition(nonza(client, "failed")) == "item-not-found"


def test_a_broken_stream_is_not_resumed(play, phone, juliet):
    """Nor one that the server had to end."""
    phone.client >> "<nonsense xmlns='urn:example:x'/>"
    assert phone.client.closed == "unsupported-stanza-type"
    client = phone.log_in()
    client >> RESUME.format(phone.id, 0)

    assert condition(nonza(client, "failed")) == "item-not-found"


def test_nobody_else_resumes_it(play, phone, juliet):
    """An id is worth nothing in another account."""
    phone.cut()
    thief = play.client()
    thief.tls()
    thief.scram("nurse", "wordy")
    thief.skip()
    thief.open()
    thief >> RESUME.format(phone.id, 0)

    failed = nonza(thief, "failed")
    assert (condition(failed), failed.get("h")) == ("item-not-found", None)
    phone.resume()


@pytest.mark.parametrize(
    "element",
    [f"<resume xmlns='{SM}' h='0'/>", f"<resume xmlns='{SM}' previd='x'/>", RESUME.format("x", "")],
)
def test_a_resumption_without_its_terms_is_refused(play, element):
    """§5: both are required."""
    client = play.client()
    client.tls()
    client.scram("romeo", "balcony")
    client.skip()
    client.open()
    client >> element

    assert condition(nonza(client, "failed")) == "bad-request"


def test_a_session_without_resumption_ends_with_its_stream(play, juliet):
    """Asked for without ``resume``: acknowledgements are all there is."""
    phone = Phone(play, "romeo", enable=f"<enable xmlns='{SM}'/>")
    phone.send("<presence/>")
    juliet.skip()
    phone.cut()

    assert parse(juliet.items.pop()[1]).get("type") == "unavailable"


def test_a_guest_cannot_come_back():
    """A login without a name never is the same account again (RFC 4505)."""
    play = Play(policy=Policy(anonymous=True))
    client = play.client()
    client.tls()
    client >> auth("ANONYMOUS", b"")
    client.skip()
    client.open()
    client >> "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    client.skip()
    client >> ENABLE
    assert nonza(client, "enabled").get("resume") is None
    client.cut()

    assert set(play.realm.accounts) == set(play.passwords)


def test_the_counters_begin_again(play, phone, juliet):
    """§4: after 4294967295 comes zero, in both directions."""
    session = phone.client.machine.managed
    session.handled = session._acknowledged = 2**32 - 1
    say(juliet, "a")
    say(juliet, "b")
    say(phone.client, "c", to="juliet@play.example")
    phone.client.skip()
    phone.client >> f"<a xmlns='{SM}' h='0'/>{REQUEST}"
    assert [raw for _, raw in phone.client.items] == [
        REQUEST.encode(),
        f"<a xmlns='{SM}' h='0'/>".encode(),
    ]
    assert [sent.data.count(b"<body>b</body>") for sent in session.queue] == [1]
    phone.client >> f"<a xmlns='{SM}' h='1'/>"

    assert not session.queue


@pytest.mark.parametrize("parked", [False, True])
@pytest.mark.parametrize("limits", [Limits(unacknowledged=20), Limits(unacknowledged_bytes=2000)])
def test_what_is_never_acknowledged_has_an_end(limits, parked):
    """A client that takes everything and acknowledges nothing; or is away for too long."""
    play = Play(limits=limits, contacts=True)
    juliet = play.login("juliet", "balcony")
    phone = Phone(play, "romeo")
    phone.client >> "<presence/>"
    if parked:
        phone.cut()
    for number in range(40):
        say(juliet, str(number))
    play.pass_time(0)

    assert play.realm.accounts["romeo"].resources == {}
    assert phone.client.closed == (None if parked else "policy-violation")


def test_sessions_that_wait_make_room_for_each_other():
    """So that reconnecting without resuming has an end, and the newest can be resumed."""
    play = Play(limits=Limits(parked=2), contacts=True)
    phones = []
    for number in range(4):
        phones.append(Phone(play, "romeo", f"r{number}"))
        phones[-1].cut()

    assert list(play.realm.accounts["romeo"].resources) == ["r2", "r3"]
    phones[3].resume()


def test_a_session_that_waits_gives_way_to_a_new_one_of_its_name(play, phone, juliet):
    """RFC 6120 §7.7.2.2; it is over then."""
    phone.cut()
    again = play.client().login("romeo", "phone")
    assert again.bound.get("type") == "result"
    client = phone.log_in()
    client >> RESUME.format(phone.id, 0)

    assert condition(nonza(client, "failed")) == "item-not-found"


@pytest.mark.parametrize("number", range(60))
def test_a_login_that_is_cut_anywhere_leaves_the_session(number):
    """A resumption that breaks at any byte can be tried again."""
    play = Play(contacts=True)
    phone = Phone(play, "romeo")
    juliet = play.login("juliet", "balcony")
    say(juliet, "kept", to="romeo@play.example/phone")
    phone.cut()
    request = RESUME.format(phone.id, 0).encode()
    client = phone.log_in()
    client >> request[: number * len(request) // 59]
    client.cut()
    phone.resume()

    assert bodies(counted(phone.client)) == ["kept"]
