"""Time and memory stay bounded, whatever a client sends (RFC 6120 §13.12)."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.sandbox.conversation import HEADER_OUT, Play, auth
from tests.tools import costs
from xmppexplore.sandbox.realm import Limits

LIMITS = Limits(stanza_bytes=1024 * 1024, login_bytes=64 * 1024)
TWICE = 3.0
"""How much longer twice as much may take: two times, and what a busy machine adds."""
ENTITIES = "".join(
    f"<!ENTITY {a} '{f'&{b};' * 10}'>" for a, b in zip("bcdef", "abcde", strict=True)
)
ENDLESS = [
    ("an element", b"<message><body>", b"x"),
    ("an attribute", b"<message a='", b"x"),
    ("a name", b"<m", b"x"),
    ("a tag of attributes", b"<message", b" a%d='1'"),
    ("depth", b"<message>", b"<a>"),
    ("children", b"<message>", b"<a/>"),
    ("entities", b"<message>", b"&amp;"),
    ("a section", b"<message><![CDATA[", b"]]"),
]


def endless(piece, size):
    """Return at least ``size`` bytes of a piece; a number in it counts."""
    if b"%d" not in piece:
        return piece * (size // len(piece) + 1)
    return b"".join(piece % number for number in range(size // len(piece) + 1))


@pytest.mark.parametrize(
    ("start", "piece"), [pytest.param(start, piece, id=name) for name, start, piece in ENDLESS]
)
@pytest.mark.parametrize("chunk", [97, 4096, 10**9])
def test_an_element_without_end_is_ended(start, piece, chunk):
    """As soon as it is too large, whatever it is made of; what it held is let go."""
    play = Play(limits=LIMITS)
    juliet = play.login("juliet").skip()
    romeo = play.login("romeo")
    data = start + endless(piece, LIMITS.stanza_bytes)
    sent = 0
    while romeo.closed is None and sent < len(data):
        romeo >> data[sent : sent + chunk]
        sent += chunk

    assert romeo.closed == "policy-violation"
    assert sent <= max(chunk, LIMITS.stanza_bytes + chunk)
    assert juliet.closed is None


def test_elements_are_counted():
    """Small ones by the hundred thousand would take the memory of a large machine."""
    for count, closed in ((999, None), (1001, "policy-violation")):
        play = Play(limits=Limits(elements=1000))
        romeo = play.login("romeo")
        romeo >> "<message>" + "<a/>" * (count - 1) + "</message>"
        assert romeo.closed == closed
        juliet = play.login("juliet")
        juliet >> "<message>" + "<a>b</a>" * (count - 1) + "</message>"
        assert juliet.closed == closed


def test_elements_are_counted_as_they_come():
    """Each that is open takes memory; in whatever chunks, the same number is too many."""
    for chunk in (1, 2, 7, 10**9):
        for count, closed in ((999, None), (1001, "policy-violation")):
            romeo = Play(limits=Limits(elements=1000)).login("romeo")
            data = b"<message>" + b"<a>b</a>" * (count // 2) + b"<a>" * (count - count // 2 - 1)
            for start in range(0, len(data), chunk):
                if romeo.closed is None:
                    romeo >> data[start : start + chunk]
            assert romeo.closed == closed


def test_attributes_are_counted():
    """Also those of many elements, and declarations; what looks like some in a text is few."""
    many = [b" a%d='1'", b' a%d = "1"', b" xmlns:a%d='u'"]
    for piece in many:
        for count, closed in ((90, None), (101, "policy-violation")):
            romeo = Play(limits=Limits(attributes=100)).login("romeo")
            romeo >> b"<message" + b"".join(piece % number for number in range(count)) + b"/>"
            assert romeo.closed == closed
    romeo = Play(limits=Limits(attributes=100)).login("romeo")
    romeo >> b"<message><body>" + b"a = b\n" * 1000 + b"</body></message>"
    assert romeo.closed is None


def test_a_stranger_has_only_so_many_bytes_in_all():
    """Whatever they are, over all headers; whoever is logged in has no such end."""
    limits = Limits(stranger_bytes=20_000)
    stranger = Play(limits=limits).client(secure=True)
    stranger.open()
    sent = 0
    while stranger.closed is None and sent < 30_000:
        stranger >> b" " * 1000
        sent += 1000
    assert (stranger.closed, sent) == ("policy-violation", 20_000)

    romeo = Play(limits=limits).login("romeo").skip()
    romeo >> b" " * 30_000
    romeo >> "<iq type='get' id='1' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"
    romeo << "<iq type='result' id='1' from='play.example' to='*'/>"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b" "),
        (HEADER_OUT[:40].encode(), b"x"),
        (HEADER_OUT[:-1].encode(), b" xmlns:a%d='u'"),
        (HEADER_OUT.encode(), b"<auth>x</auth"),
        (HEADER_OUT.encode() + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>", b"x"),
    ],
    ids=["white space", "a header", "a header of namespaces", "tags", "a login"],
)
def test_before_login_less_is_borne(start, piece):
    """Strangers get 64 KiB."""
    client = Play(limits=LIMITS).client(secure=True)
    client >> start + endless(piece, LIMITS.login_bytes)

    assert client.closed in {"policy-violation", "not-well-formed"}


def test_entities_are_not_expanded():
    """Not even defined: a billion laughs end at the first bracket."""
    client = Play().client()
    client >> f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'ha'>{ENTITIES}]>" + HEADER_OUT

    assert client.closed == "restricted-xml"


def say(data, chunk):
    """Return a function that logs somebody in and says something, chunk by chunk."""

    def run():
        romeo = Play().client(secure=True)
        romeo.machine.receive(HEADER_OUT.encode(), 0.0)
        romeo.machine.receive(auth("PLAIN", b"\0romeo\0balcony").encode(), 0.0)
        romeo.machine.receive(HEADER_OUT.encode(), 0.0)
        bind = b"<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        romeo.machine.receive(bind, 0.0)
        for start in range(0, len(data), chunk):
            romeo.machine.receive(data[start : start + chunk], 0.0)
        assert romeo.machine.phase in {"ready", "ended"}

    return run


GROWING = [
    ("a text, byte by byte", 1, 40_000, lambda n: b"<message><body>" + b"x" * n),
    ("an attribute, byte by byte", 1, 40_000, lambda n: b"<message a='" + b"x" * n),
    ("a whole stanza, byte by byte", 1, 40_000, lambda n: b"<message>" + b"x" * n + b"</message>"),
    ("depth that is closed", 10**9, 50_000, lambda n: b"<a>" * n + b"</a>" * n),
    ("depth in a stanza", 10**9, 50_000, lambda n: b"<message>" * n + b"</message>" * n),
    ("depth that stays open", 10**9, 100_000, lambda n: b"<message>" + b"<a>" * n),
    (
        "attributes",
        10**9,
        20_000,
        lambda n: b"<message" + b"".join(b" a%d='1'" % i for i in range(n)) + b"/>",
    ),
    (
        "namespaces",
        10**9,
        20_000,
        lambda n: b"<message" + b"".join(b" xmlns:a%d='u'" % i for i in range(n)) + b"/>",
    ),
    ("stanzas", 10**9, 2000, lambda n: b"<message to='juliet@play.example'/>" * n),
    ("white space", 1, 20_000, lambda n: b" " * n),
    ("angle brackets", 10**9, 100_000, lambda n: b"<message>" + b">" * n + b"</message>"),
    ("sections", 10**9, 20_000, lambda n: b"<message>" + b"<![CDATA[x]]>" * n + b"</message>"),
]


@pytest.mark.parametrize(
    ("chunk", "count", "made"), [pytest.param(*rest, id=name) for name, *rest in GROWING]
)
def test_twice_as_much_takes_twice_as_long(chunk, count, made):
    """Not four times."""
    half, whole = (say(made(n), chunk) for n in (count, 2 * count))

    assert costs.ratio(whole, half, TWICE) <= TWICE


def test_a_large_stanza_in_small_pieces_is_kept_once():
    """Some times its own size, for a moment; and then no more."""
    play = Play()
    romeo, _juliet = play.login("romeo"), play.login("juliet")
    size = 2 * 1024 * 1024
    data = b"<message to='juliet@play.example'><body>" + b"x" * size + b"</body></message>"
    tracemalloc.start()
    try:
        for start in range(0, len(data), 1000):
            romeo.machine.receive(data[start : start + 1000], 0.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * size
    assert romeo.machine.phase == "ready"
