"""The table of phases, walked along real conversations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import (
    CLIENT_HEADER,
    LOGIN,
    MECHANISMS,
    RESTART,
    SASL,
    SERVER_HEADER,
)
from xmppexplore.wire.phases import (
    CHILDREN_MATTER,
    PHASES,
    ROLES,
    STANZAS_MATTER,
    START,
    TRANSITIONS,
    advance,
)
from xmppexplore.wire.plain import PlainSplitter
from xmppexplore.wire.records import IN, KINDS, NONZA, OUT, PARTIAL, STANZA_KINDS, Item


def walk(conversation, role, *, children=()):
    """Return (item name, phase) for each item but white space."""
    splitters = [PlainSplitter(), PlainSplitter()]
    phase, seen = START[role], []
    for direction, tls, data in conversation:
        items = (
            splitters[direction].restart() if data == RESTART else splitters[direction].feed(data)
        )
        for item in items:
            phase = advance(role, phase, direction, item, tls, children)
            if item.name:
                seen.append((item.name, phase))
    return seen


def swapped(conversation):
    """Return the same conversation as its other side sees it."""
    return [(OUT if direction == IN else IN, tls, data) for direction, tls, data in conversation]


CLASSIC = [
    ("stream", "opening"),
    ("stream", "opening"),
    ("features", "opening"),
    ("starttls", "tls"),
    ("proceed", "tls"),
    ("stream", "secure"),
    ("stream", "secure"),
    ("features", "secure"),
    ("auth", "sasl"),
    ("success", "sasl"),
    ("stream", "authenticated"),
    ("stream", "authenticated"),
    ("features", "authenticated"),
    ("iq", "binding"),
    ("iq", "ready"),
    ("presence", "ready"),
    ("presence", "ready"),
    ("message", "ready"),
    ("stream", "closing"),
    ("stream", "closing"),
]


def test_classic_login_runs_through_all_phases():
    """Each row of a login with STARTTLS has the phase that the documents give it."""
    assert walk(LOGIN, "initiator") == CLASSIC


def test_the_receiver_sees_the_same_phases():
    """Server and client of one connection agree, whichever of them is observed."""
    assert walk(swapped(LOGIN), "receiver") == CLASSIC


def test_direct_tls_is_secure_from_its_first_header():
    """Under TLS there is no phase ``opening`` (XEP-0368)."""
    got = walk([(OUT, True, CLIENT_HEADER), (IN, True, SERVER_HEADER + MECHANISMS)], "initiator")

    assert [phase for _, phase in got] == ["secure"] * 3


SASL2_LOGIN = [
    (OUT, True, CLIENT_HEADER),
    (IN, True, SERVER_HEADER),
    (OUT, True, b"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>"),
    (IN, True, b"<success xmlns='urn:xmpp:sasl:2'><authorization-identifier/></success>"),
]


def test_sasl2_needs_no_restart():
    """After SASL2 the same stream goes on, authenticated (XEP-0388)."""
    assert walk(SASL2_LOGIN, "initiator")[-1] == ("success", "authenticated")


def test_sasl2_with_bind2_is_ready():
    """Where the success says that a resource was bound, stanzas flow (XEP-0386)."""
    got = walk(SASL2_LOGIN, "initiator", children=("{urn:xmpp:bind:0}bound",))

    assert got[-1] == ("success", "ready")


def test_a_first_stanza_after_sasl2_shows_that_stanzas_flow():
    """A reader that does not look at children finds out one row later."""
    got = walk([*SASL2_LOGIN, (IN, True, b"<message/>")], "initiator")

    assert got[-1] == ("message", "ready")


def test_failed_login_stays_in_sasl():
    """After a failure another mechanism may be tried (RFC 6120 §6.4.5)."""
    auth = (OUT, True, b"<auth " + SASL + b" mechanism='PLAIN'>AA==</auth>")
    failure = (IN, True, b"<failure " + SASL + b"><not-authorized/></failure>")
    got = walk([LOGIN[6], LOGIN[7], auth, failure], "initiator")

    assert got[-1] == ("failure", "sasl")


def test_component_is_ready_when_its_handshake_is_answered():
    """XEP-0114 §3: the empty handshake from the server is the answer."""
    header = b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='%b' to='c'>"
    header %= b"http://etherx.jabber.org/streams"
    conversation = [
        (OUT, False, header),
        (IN, False, header),
        (OUT, False, b"<handshake>aaee83c2</handshake>"),
        (IN, False, b"<handshake/>"),
        (OUT, False, b"<message to='a'/>"),
    ]

    expected = ["opening", "opening", "sasl", "ready", "ready"]
    assert expected == [phase for _, phase in walk(conversation, "component")]
    assert expected == [phase for _, phase in walk(swapped(conversation), "receiver")]


@pytest.mark.parametrize("direction", [IN, OUT])
def test_peer_is_ready_when_dialback_is_valid(direction):
    """XEP-0220 §2.4, whichever of the two servers asked."""
    header = (
        b"<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
        b" xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    asked = b"<db:result from='a' to='b'>key</db:result>"
    answer = b"<db:result from='b' to='a' type='valid'/>"
    conversation = [(direction, True, header + asked), (1 - direction, True, header + answer)]

    assert walk(conversation, "peer")[-1] == ("result", "ready")


def test_resumption_is_ready():
    """A resumed session goes on where it was cut (XEP-0198 §5)."""
    resumed = Item(1, NONZA, "resumed", "urn:xmpp:sm:3")

    assert advance("initiator", "authenticated", IN, resumed, tls=True) == "ready"


def test_a_stream_error_closes_only_when_it_is_whole():
    """What was cut off has told nothing."""
    error = Item(1, NONZA, "error", "http://etherx.jabber.org/streams")

    assert advance("initiator", "ready", IN, error, tls=True) == "closing"
    assert advance("initiator", "ready", IN, error._replace(kind=PARTIAL), tls=True) == "ready"


names = st.sampled_from(sorted({line.name for line in TRANSITIONS} | {"", "x"}))


@given(
    st.sampled_from([*ROLES, "unknown"]),
    st.sampled_from([*PHASES, "unknown"]),
    st.sampled_from([IN, OUT]),
    st.sampled_from(range(len(KINDS))),
    names,
    st.booleans(),
)
def test_nothing_leaves_the_table(role, phase, direction, kind, name, tls):
    """Whatever comes, the phase is a phase, and what is unknown stays as it was."""
    namespace, _, local = name.rpartition("}")
    got = advance(role, phase, direction, Item(1, kind, local, namespace[1:], name), tls)

    assert got == phase or got in PHASES
    if role == "unknown" or phase in ("unknown", "closing"):
        assert got == phase


@given(st.sampled_from(ROLES), st.sampled_from(PHASES), st.sampled_from(sorted(STANZA_KINDS)))
def test_a_stanza_need_not_ask_where_it_cannot_matter(role, phase, kind):
    """``STANZAS_MATTER`` is what lets a reader skip the table for nearly every row."""
    got = {
        advance(role, phase, direction, Item(1, kind, type=kind_of_iq, payload=payload), tls=True)
        for direction in (IN, OUT)
        for kind_of_iq in ("", "set", "result", "error")
        for payload in ("", "{urn:ietf:params:xml:ns:xmpp-bind}bind")
    }

    assert phase in STANZAS_MATTER or got == {phase}
    assert {"{urn:xmpp:sasl:2}success"} == CHILDREN_MATTER


def test_every_line_says_where_it_is_defined():
    """The table is what the documentation prints."""
    for line in TRANSITIONS:
        assert line.section.startswith(("RFC ", "XEP-"))
        assert line.next in PHASES
        assert set(line.phases) <= set(PHASES)
        assert set(line.roles) <= set(ROLES)
