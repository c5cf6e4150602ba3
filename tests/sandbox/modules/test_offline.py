"""Messages wait for who is not there (XEP-0160)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.asking import ask, kept_play, reopened
from tests.sandbox.conversation import HEADER_OUT, Play
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.modules.offline import waiting
from xmppexplore.wire.element import parse

DELAY = "{urn:xmpp:delay}delay"
CHAT_STATE = "<active xmlns='http://jabber.org/protocol/chatstates'/>"
HINT = "<{} xmlns='urn:xmpp:hints'/>"
BODY = "<body>b</body>"


def send(client, content=BODY, kind="chat", id="m"):
    """Send juliet a message; return the condition of the answer, if any."""
    client >> f"<message to='juliet@play.example' type='{kind}' id='{id}'>{content}</message>"
    if not client.items:
        return None
    return parse(client.items.pop()[1]).find("error").children[0].name


def messages(client):
    """Return the messages that came, and forget what came."""
    found = [parse(raw) for _, raw in client.items if raw.startswith(b"<message")]
    client.skip()
    return found


@pytest.fixture
def romeo(play):
    """Somebody who writes."""
    return play.login("romeo", "orchard").skip()


def test_they_come_in_order_with_the_time_at_which_they_were_sent(play, romeo):
    """To the first who takes messages, once; the stamp is the server's (XEP-0203)."""
    for number in range(3):
        assert send(romeo, id=str(number)) is None
        play.now += 60
    below = play.client().login("juliet", "below")
    below >> "<presence><priority>-1</priority></presence>"
    assert messages(below) == []
    juliet = play.client().login("juliet", "balcony")
    juliet >> "<presence/>"
    came = messages(juliet)

    assert [one.get("id") for one in came] == ["0", "1", "2"]
    assert {one.find(DELAY).get("from") for one in came} == {"play.example"}
    assert [one.find(DELAY).get("stamp")[:19] for one in came] == [
        "2023-11-14T22:13:20", "2023-11-14T22:14:20", "2023-11-14T22:15:20",
    ]  # fmt: skip
    assert {one.get("from") for one in came} == {"romeo@play.example/orchard"}
    assert waiting(play.realm.accounts["juliet"]) == ()
    juliet >> "<presence type='unavailable'/><presence/>"
    assert messages(juliet) == []


def test_a_priority_that_rises_above_zero_fetches_them(play, romeo):
    """Not only the first presence does."""
    juliet = play.login("juliet", "balcony", "<presence><priority>-1</priority></presence>")
    romeo.skip()
    send(romeo)
    juliet.skip()
    juliet >> "<presence><priority>0</priority></presence>"

    assert len(messages(juliet)) == 1


KEPT = [
    (BODY, "chat", None),
    (BODY, "normal", None),
    (BODY, "", None),
    (BODY, "bogus", None),
    ("<subject>s</subject>", "normal", None),
    ("<x xmlns='urn:x'/>", "chat", None),
    (CHAT_STATE + BODY, "chat", None),
    (CHAT_STATE + HINT.format("store"), "chat", None),
    (HINT.format("no-permanent-store") + BODY, "chat", None),
    (CHAT_STATE, "chat", "XEP-0160 §3"),
    (CHAT_STATE + "<thread>t</thread>", "chat", "XEP-0160 §3"),
    ("", "chat", "XEP-0160 §3"),
    ("", "normal", "XEP-0160 §3"),
    (BODY + HINT.format("no-store"), "chat", "XEP-0334 §4.2"),
    (BODY + HINT.format("no-store") + HINT.format("store"), "chat", "XEP-0334 §4.2"),
    (BODY, "groupchat", "RFC 6121 §8.5.2.2.1"),
]


@pytest.mark.parametrize(("content", "kind", "section"), KEPT, ids=range(len(KEPT)))
def test_what_is_kept_and_what_is_refused(play, romeo, content, kind, section):
    """What would mean nothing later is not kept, and its sender is told."""
    condition = send(romeo, content, kind)

    assert condition == (section and "service-unavailable")
    assert play.routed[-1].section == (section or "XEP-0160 §2")
    assert play.routed[-1].decision == ("refused" if section else "stored")
    assert len(waiting(play.realm.accounts["juliet"])) == (section is None)


@pytest.mark.parametrize("kind", ["headline", "error"])
def test_what_is_for_the_moment_is_let_go(play, romeo, kind):
    """Without a word."""
    assert send(romeo, kind=kind) is None
    assert waiting(play.realm.accounts["juliet"]) == ()


@pytest.mark.parametrize(
    ("limits", "fit"), [(Limits(offline_messages=2), 2), (Limits(offline_bytes=250), 2)]
)
def test_so_many_and_no_more(limits, fit):
    """In number and in size; whoever writes more is told, and what waits still comes."""
    play = Play(limits=limits)
    romeo = play.login("romeo", "orchard").skip()
    answers = [send(romeo) for _ in range(fit + 1)]

    assert answers == [None] * fit + ["service-unavailable"]
    assert play.routed[-1].sentence == "as many messages as can be stored wait already"
    juliet = play.client().login("juliet", "balcony")
    juliet >> "<presence/>"
    assert len(messages(juliet)) == fit
    assert send(romeo) is None


def test_they_survive_a_restart():
    """In their order, with their times, and once."""
    play = kept_play()
    romeo = play.login("romeo", "orchard").skip()
    for number in range(12):
        send(romeo, f"<body>&lt;{number}&#xE9;</body>", id=str(number))
    before = waiting(play.realm.accounts["juliet"])
    play = reopened(play)
    assert waiting(play.realm.accounts["juliet"]) == before
    play.now += 3600
    send(play.login("romeo", "orchard").skip(), id="12")
    play = reopened(play)
    juliet = play.client().login("juliet", "balcony")
    juliet >> "<presence/>"
    came = messages(juliet)

    assert [one.get("id") for one in came] == [str(number) for number in range(13)]
    assert [one.find("body").text for one in came][:12] == [f"<{n}é" for n in range(12)]
    assert waiting(reopened(play).realm.accounts["juliet"]) == ()


def test_what_waits_can_be_looked_at(play, romeo):
    """By who runs the server."""
    send(romeo, id="7")
    (one,) = waiting(play.realm.accounts["juliet"])

    assert (one.at, one.sender, one.kind, one.type, one.id) == (
        play.now, "romeo@play.example/orchard", "message", "chat", "7",
    )  # fmt: skip
    assert parse(one.data).find("body").text == "b"


def test_it_is_announced(romeo):
    """To whoever asks the server what it can do (XEP-0160 §4)."""
    query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    info = ask(romeo, query, to="play.example").children[0]

    assert "msgoffline" in [feature.get("var") for feature in info.children]


def test_a_message_of_a_stream_with_its_own_prefix_can_be_read_later(play):
    """It stands alone: what the stream header declared is declared on it."""
    client = play.client()
    client.tls()
    client.scram("romeo", "balcony")
    client.skip()
    client >> HEADER_OUT.replace("xmlns=", "xmlns:c='urn:c' xmlns=")
    client.skip()
    client >> "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    client.skip()
    client >> "<message to='juliet@play.example'><c:x/><body>b</body></message>"
    juliet = play.client().login("juliet", "balcony")
    juliet >> "<presence/>"
    (came,) = messages(juliet)

    assert came.find("{urn:c}x") is not None
    assert came.find(DELAY) is not None


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=50))
def test_any_text_comes_back_as_it_was(body):
    """Through the storage too."""
    written = body.translate({38: "&amp;", 60: "&lt;", 62: "&gt;"})
    written = "".join(c for c in written if c not in "\ufffe\uffff")
    expected = "".join(c for c in body if c not in "\ufffe\uffff")
    play = SHARED
    romeo, juliet = PAIR
    juliet >> "<presence type='unavailable'/>"
    send(romeo, f"<body>{written}</body>")
    kept = waiting(play.realm.accounts["juliet"])[-1]
    juliet.skip()
    juliet >> "<presence/>"
    (came,) = messages(juliet)

    assert came.find("body").text == parse(kept.data).find("body").text == expected


SHARED = Play()
PAIR = SHARED.login("romeo", "orchard").skip(), SHARED.login("juliet", "balcony").skip()
