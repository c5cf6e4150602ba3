"""Laws of reading a login: each step is found, nothing is invented, nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.reading.transcripts import (
    BIND,
    BIND_FEATURE,
    BINDING,
    CLASSIC,
    CLASSIC_STEPS,
    CLOSING,
    HEADER_IN,
    HEADER_OUT,
    MECHANISMS,
    OWN,
    PLAIN,
    READY,
    REFUSED,
    SASL,
    SCRAM,
    SECRET,
    SM,
    STARTTLS,
    STEP_NS,
    Event,
    mirrored,
    new_log,
    opened,
    play,
    recorded,
)
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, started
from tests.store.recordings import new_log as three_connections
from tests.store.recordings import play as play_chunk
from xmppexplore.errors import UsageError
from xmppexplore.reading.handshake import MAX_STEPS, HandshakeReader, read_handshake
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

SASL2 = b"xmlns='urn:xmpp:sasl:2'"
FAILED_SM = b"<failed " + SM + b"><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"

CASES: list[tuple[str, list[Event], list[str], str]] = [
    (
        "direct TLS",
        READY,
        [
            "tls-up",
            *["header-secure", "header-secure-answer", "features-secure"],
            *["auth", "challenge", "response", "success"],
            *["header-user", "header-user-answer", "features-user", "bind", "bound"],
        ],
        "ready",
    ),
    (
        "PLAIN",
        [("tls up", "TLSv1.3"), *opened(MECHANISMS), *PLAIN, *opened(BIND_FEATURE), *BINDING],
        [
            *["tls-up", "header-secure", "header-secure-answer", "features-secure"],
            *["auth", "success"],
            *["header-user", "header-user-answer", "features-user", "bind", "bound"],
        ],
        "ready",
    ),
    (
        "refused, then accepted",
        [*STARTTLS, *opened(MECHANISMS), *REFUSED, *SCRAM],
        [
            *["header", "header-answer", "features", "starttls", "proceed", "tls-up"],
            *["header-secure", "header-secure-answer", "features-secure", "auth", "failure"],
            *["auth", "challenge", "response", "success"],
        ],
        "unfinished",
    ),
    (
        "refused, then closed",
        [*opened(MECHANISMS), *REFUSED, *CLOSING],
        [
            *["header", "header-answer", "features", "auth", "failure"],
            *["footer", "footer-answer", "closed"],
        ],
        "failed",
    ),
    (
        "address refused, another given",
        [
            *READY[:-2],
            (OUT, b"<iq type='set' id='b0'><bind " + BIND + b"/></iq>"),
            (
                IN,
                b"<iq type='error' id='b0'><bind " + BIND + b"/><error type='modify'><conflict "
                b"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            ),
            *BINDING,
        ],
        [
            *["tls-up", "header-secure", "header-secure-answer", "features-secure"],
            *["auth", "challenge", "response", "success"],
            *["header-user", "header-user-answer", "features-user"],
            *["bind", "bind-error", "bind", "bound"],
        ],
        "ready",
    ),
    (
        "SASL2 with Bind 2",
        [
            ("tls up", "TLSv1.3"),
            *opened(b"<authentication " + SASL2 + b"/>"),
            (OUT, b"<authenticate " + SASL2 + b" mechanism='SCRAM-SHA-256'/>"),
            (IN, b"<challenge " + SASL2 + b">" + SECRET + b"</challenge>"),
            (OUT, b"<response " + SASL2 + b">" + SECRET + b"</response>"),
            (
                IN,
                b"<success " + SASL2 + b"><authorization-identifier>" + OWN.encode()
                + b"</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>",
            ),
        ],
        [
            *["tls-up", "header-secure", "header-secure-answer", "features-secure"],
            *["authenticate", "challenge", "response", "success"],
        ],
        "ready",
    ),
    (
        "TLS refused",
        [
            *STARTTLS[:4],
            (IN, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
            ("closed", ""),
        ],
        [
            *["header", "header-answer", "features", "starttls", "starttls-failure"],
            *["footer-answer", "closed"],
        ],
        "failed",
    ),
    (
        "stream error",
        [
            (OUT, HEADER_OUT),
            (IN, HEADER_IN),
            (
                IN,
                (b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                b"</stream:error></stream:stream>"),
            ),
            ("closed", ""),
        ],
        ["header", "header-answer", "stream-error", "footer-answer", "closed"],
        "failed",
    ),
    (
        "something that is not XMPP",
        [(OUT, HEADER_OUT), (IN, b"HTTP/1.1 400 Bad Request\r\n\r\n"), ("closed", "")],
        ["header", "broken", "closed"],
        "failed",
    ),
    (
        "lost in the middle",
        [(OUT, HEADER_OUT), (IN, HEADER_IN[:40]), ("lost", ""), ("closed", "")],
        ["header", "lost", "partial", "closed"],
        "failed",
    ),
]  # fmt: skip


def names(columns: Columns, connection: int = 0) -> list[str]:
    """Return the names of the steps, without the connecting."""
    return [step.name for step in read_handshake(columns, connection).steps]


def test_the_classic_login_is_read_step_by_step() -> None:
    """STARTTLS, SCRAM, binding, roster, presence: every item is a step, in order."""
    reading = read_handshake(recorded(CLASSIC))

    assert [step.name for step in reading.steps] == CLASSIC_STEPS
    assert reading.outcome == "ready"
    assert reading.oddities == ()
    assert reading.facts == {
        "domain": "capulet.example",
        "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384; certificate for capulet.example",
        "mechanism": "SCRAM-SHA-256",
        "address": OWN,
    }


@pytest.mark.parametrize(
    ("events", "steps", "outcome"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_other_logins(events: list[Event], steps: list[str], outcome: str) -> None:
    """Each way of logging in, and of failing to, is told by its steps and its outcome."""
    reading = read_handshake(recorded(events))

    assert [step.name for step in reading.steps][1:] == steps
    assert reading.outcome == outcome


def test_layers_begin_where_they_take_effect() -> None:
    """TCP, TLS, authenticated and ready begin with the step that brings them about."""
    reading = read_handshake(recorded(CLASSIC))
    begins = {band.label: reading.steps[band.first].name for band in reading.bands}

    assert begins == {
        "TCP": "connected",
        "TLS": "tls-up",
        "authenticated": "success",
        "ready": "bound",
    }
    assert all(band.end == -1 for band in reading.bands)
    assert next(step.band for step in reading.steps if step.name == "proceed") == "TCP"
    assert next(step.band for step in reading.steps if step.name == "challenge") == "TLS"
    assert reading.steps[-1].band == "ready"


def test_restarts_are_told_with_their_reasons() -> None:
    """A classic login restarts twice, once for TLS and once for the user."""
    reading = read_handshake(recorded(CLASSIC))

    assert [reading.steps[restart.before].name for restart in reading.restarts] == [
        "header-secure",
        "header-user",
    ]
    assert "encrypted" in reading.restarts[0].reason
    assert "user" in reading.restarts[1].reason


def test_a_duration_lasts_until_the_answer() -> None:
    """What is asked lasts until it is answered; the rest lasts until the next step."""
    reading = read_handshake(recorded(CLASSIC))
    step = {one.name: one for one in reading.steps}

    assert step["starttls"].duration == step["proceed"].time - step["starttls"].time
    assert step["roster"].duration == step["roster-answer"].time - step["roster"].time
    assert step["features"].duration == step["starttls"].time - step["features"].time
    assert step["presence"].duration == -1


def test_the_other_side_reads_the_same_login() -> None:
    """The server's side of a connection has the same steps with directions swapped."""
    ours = read_handshake(recorded(CLASSIC))
    theirs = read_handshake(recorded(mirrored(CLASSIC), role="receiver"))

    assert [one.name for one in theirs.steps] == [one.name for one in ours.steps]
    assert [one.direction for one in theirs.steps] == [
        one.direction if one.direction < 0 else 1 - one.direction for one in ours.steps
    ]


def test_a_component_proves_its_secret() -> None:
    """XEP-0114: headers, handshake, and the empty handshake that says yes."""
    header = HEADER_OUT.replace(b"jabber:client", b"jabber:component:accept")
    answer = HEADER_IN.replace(b"jabber:client", b"jabber:component:accept")
    columns = recorded(
        [
            (OUT, header),
            (IN, answer),
            (OUT, b"<handshake>" + SECRET + b"</handshake>"),
            (IN, b"<handshake/>"),
        ],
        role="component",
    )

    assert names(columns)[1:] == ["header", "header-answer", "handshake", "handshake-answer"]
    assert read_handshake(columns).outcome == "ready"
    assert SECRET.decode() not in repr(read_handshake(columns))


def test_stream_management_and_session_are_steps() -> None:
    """What clients negotiate beyond the address belongs to the login as well."""
    session = b"<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
    columns = recorded(
        [
            *READY,
            (OUT, b"<iq type='set' id='s'>" + session + b"</iq>"),
            (IN, b"<iq type='result' id='s'/>"),
            (OUT, b"<enable " + SM + b" resume='true'/>"),
            (IN, b"<enabled " + SM + b" id='x' resume='true'/>"),
            (OUT, b"<r " + SM + b"/>"),
            (IN, b"<a " + SM + b" h='0'/>"),
        ]
    )

    assert names(columns)[-4:] == ["session", "session-answer", "enable", "enabled"]
    assert read_handshake(columns).oddities == ()


@pytest.mark.parametrize(
    ("answer", "steps", "outcome"),
    [
        (b"<resumed " + SM + b" previd='x' h='0'/>", ["resume", "resumed"], "ready"),
        (FAILED_SM + b"</failed>", ["resume", "sm-failed"], "unfinished"),
    ],
    ids=["resumed", "failed"],
)
def test_resumption(answer: bytes, steps: list[str], outcome: str) -> None:
    """A resumed stream is ready at once; where it fails, an address is still to be bound."""
    columns = recorded(
        [*READY[:-2], (OUT, b"<resume " + SM + b" previd='x' h='0'/>"), (IN, answer)]
    )

    assert names(columns)[-2:] == steps
    assert read_handshake(columns).outcome == outcome


def test_a_reconnect_is_a_login_of_its_own() -> None:
    """Rows of one connection never get into the login of another, also when they mix."""
    log = new_log()
    log.connect("initiator", "romeo", 1)
    for event in CLASSIC:
        play(log, event, 0)
        play(log, event, 1)
    columns = Columns(log)

    assert names(columns, 0) == names(columns, 1) == CLASSIC_STEPS
    assert read_handshake(columns, 1).steps[1].rows != read_handshake(columns, 0).steps[1].rows


def test_later_traffic_is_not_the_login() -> None:
    """A second roster, another presence, messages and pings are no steps."""
    later: list[Event] = [
        (OUT, b"<presence><show>away</show></presence>"),
        (OUT, b"<iq type='get' id='r2'><query xmlns='jabber:iq:roster'/></iq>"),
        (OUT, b"<presence to='juliet@capulet.example' type='subscribe'/>"),
        (IN, b"<message from='juliet@capulet.example/b'><body>Hi</body></message>"),
        (IN, b"<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"),
    ]

    assert names(recorded([*CLASSIC, *later])) == CLASSIC_STEPS


def test_what_fits_no_line_is_an_oddity() -> None:
    """A strange nonza, a stanza too early and STARTTLS after login are told, not raised."""
    reading = read_handshake(
        recorded(
            [
                *opened(MECHANISMS),
                (IN, b"<surprise xmlns='urn:example:x'/>"),
                (OUT, b"<message to='juliet@capulet.example'/>"),
                *REFUSED,
            ]
        )
    )

    assert [finding.rule for finding in reading.oddities] == ["unexpected-in-login"] * 2
    assert [step.rows for step in reading.steps if step.name == "unknown"] == [(3,), (4,)]
    assert reading.steps[-1].name == "failure"


def test_no_secret_is_in_a_login() -> None:
    """What SASL carries is in no field of a reading."""
    assert SECRET.decode() not in repr(read_handshake(recorded(CLASSIC)))
    assert SECRET.decode() not in repr(read_handshake(recorded([*opened(MECHANISMS), *PLAIN])))


def test_a_busy_kernel_is_told_during_the_login_only() -> None:
    """Times of the login may be upper bounds; what comes later does not matter to it."""
    events = [*CLASSIC[:4], ("kernel busy", "1.8 s"), *CLASSIC[4:], ("kernel busy", "9 s")]

    assert [detail for _, detail in read_handshake(recorded(events)).busy] == ["1.8 s"]


def test_steps_are_bounded() -> None:
    """A server that challenges for ever does not fill the memory."""
    challenge: Event = (IN, b"<challenge " + SASL + b"/>")
    reading = read_handshake(recorded([*opened(MECHANISMS), *[challenge] * (MAX_STEPS + 50)]))

    assert len(reading.steps) == MAX_STEPS


def test_an_unknown_connection_is_refused() -> None:
    """There is no login of a connection that never was."""
    with pytest.raises(UsageError, match="no connection 7"):
        read_handshake(recorded([]), 7)


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_chunking_changes_nothing(chunk: int) -> None:
    """TCP may cut anywhere."""
    assert names(recorded(CLASSIC, chunk=chunk)) == CLASSIC_STEPS


SUCCESS = b"<success " + SASL2 + b"><authorization-identifier>" + OWN.encode()
SASL2_LOGIN: list[Event] = [
    ("tls up", "TLSv1.3"),
    *opened(b"<authentication " + SASL2 + b"/>"),
    (OUT, b"<authenticate " + SASL2 + b" mechanism='PLAIN'/>"),
]


def said(events: list[Event], name: str) -> tuple[str, str]:
    """Return section and sentence of a step."""
    steps = read_handshake(recorded(events)).steps
    return next((one.section, one.sentence) for one in steps if one.name == name)


def test_sasl2_is_cited_as_such() -> None:
    """The mechanism's own document stands behind the one of the profile in use."""
    assert said(SASL2_LOGIN, "authenticate")[0] == "XEP-0388 §2.3, RFC 4616"
    assert said(CLASSIC, "auth")[0] == "RFC 6120 §6.4.2, RFC 5802 §3"
    assert said(CLASSIC, "success")[0] == "RFC 6120 §6.4.6, RFC 5802 §3"


@pytest.mark.parametrize(
    ("inline", "section", "word"),
    [
        pytest.param(b"<bound xmlns='urn:xmpp:bind:0'/>", "XEP-0386 §3.2", "address", id="bound"),
        pytest.param(b"<resumed " + SM + b" h='0'/>", "XEP-0198 §9", "earlier", id="resumed"),
        pytest.param(b"", "", "without a restart", id="neither"),
    ],
)
def test_a_success_says_what_it_brings(inline: bytes, section: str, word: str) -> None:
    """An address or an earlier session may come in the same element."""
    event = (IN, SUCCESS + b"</authorization-identifier>" + inline + b"</success>")
    reading = read_handshake(recorded([*SASL2_LOGIN, event]))
    told = said([*SASL2_LOGIN, event], "success")

    assert told[0] == ", ".join(filter(None, ("XEP-0388 §2.6.1", section)))
    assert word in told[1]
    assert reading.facts.get("resumed", "") == ("yes" if word == "earlier" else "")
    assert reading.facts["address"] == OWN


ASKED = [
    (b"<bind xmlns='urn:xmpp:bind:0'/>", "XEP-0386 §3.2", "an address"),
    (b"<resume " + SM + b" h='1' previd='s'/>", "XEP-0198 §9", "an earlier stream"),
    (b"<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>", "XEP-0484 §3.2",
     "a token"),
    (b"<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-512</upgrade>", "XEP-0480 §2.2",
     "another mechanism"),
    (b"<bind xmlns='urn:xmpp:bind:0'><enable " + SM + b"/></bind>", "XEP-0198 §9",
     "an address and acknowledgements"),
    ((b"<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:carbons:2'/>"
      b"<inactive xmlns='urn:xmpp:csi:0'/></bind>"), "XEP-0280, XEP-0352", "copies"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "section", "words"), ASKED, ids=range(len(ASKED)))
def test_a_login_says_what_is_asked_for_with_it(inside: bytes, section: str, words: str) -> None:
    """In one sentence, with the document of each; an unknown one is passed over."""
    asked = b"<authenticate " + SASL2 + b" mechanism='PLAIN'>" + inside + b"<x/></authenticate>"
    told = said([*SASL2_LOGIN[:-1], (OUT, asked)], "authenticate")

    assert told[0].startswith("XEP-0388 §2.3, RFC 4616, ")
    assert told[0].endswith(section)
    assert words in told[1].partition(" With it the client asks for ")[2]


@pytest.mark.parametrize(
    ("inline", "name", "tone"),
    [
        (b"<bound xmlns='urn:xmpp:bind:0'><enabled " + SM + b" id='s'/></bound>", "enabled", ""),
        (b"<bound xmlns='urn:xmpp:bind:0'><failed " + SM + b"/></bound>", "sm-failed", "error"),
        (b"<failed " + SM + b"/><bound xmlns='urn:xmpp:bind:0'/>", "sm-failed", "error"),
    ],
)
def test_what_a_success_holds_is_a_step_without_an_arrow(inline, name, tone) -> None:
    """It rests on the same row, and nothing was said besides."""
    event = (IN, SUCCESS + b"</authorization-identifier>" + inline + b"</success>")
    columns = recorded([*SASL2_LOGIN, event])
    success, more = read_handshake(columns).steps[-2:]
    later = recorded([*SASL2_LOGIN, event, *opened(BIND_FEATURE)[2:]])
    timed = {step.name: step.duration for step in read_handshake(later).steps[-3:]}

    assert (success.name, success.rows) == ("success", (columns.count - 1,))
    assert (more.name, more.rows, more.direction, more.tone) == (name, success.rows, -1, tone)
    assert more.detail.endswith(" in <success/>")
    assert timed == {"success": STEP_NS, name: -1, "features-user": -1}


def test_a_task_is_read_in_its_own_terms() -> None:
    """Its messages are steps, and none of them is taken for one of the mechanism."""
    start = [*SASL2_LOGIN[:-1], (OUT, b"<authenticate " + SASL2 + b" mechanism='SCRAM-SHA-1'/>")]
    tasks: list[Event] = [
        (IN, b"<continue " + SASL2 + b"><tasks><task>T</task></tasks></continue>"),
        (OUT, b"<next " + SASL2 + b" task='T'/>"),
        (IN, b"<task-data " + SASL2 + b"/>"),
        (OUT, b"<task-data " + SASL2 + b"/>"),
        (IN, b"<challenge " + SASL2 + b"/>"),
        (IN, b"<success " + SASL2 + b"/>"),
    ]
    reading = read_handshake(recorded([*start, *tasks]))

    expected = ["continue", "next", "task-data", "task-answer", "challenge", "success"]
    assert [step.name for step in reading.steps[-6:]] == expected
    assert reading.oddities == ()
    assert "salt" not in reading.steps[-2].sentence
    assert "without a restart" in reading.steps[-1].sentence


def test_direct_tls_is_told_from_starttls() -> None:
    """Where nothing went before it in clear, TLS and the first header are called so."""
    assert said(READY, "tls-up")[0] == "XEP-0368 §3"
    assert "first stream" in said(READY, "header-secure")[1]
    assert said(CLASSIC, "tls-up")[0] == "RFC 6120 §5.4.3.3"
    assert said(CLASSIC, "header-secure")[0] == "RFC 6120 §5.4.3.3"


@given(SCRIPTS)
def test_reading_in_between_changes_nothing(script: list[Chunk | Marked]) -> None:
    """Whatever comes, nothing raises, and reading after each chunk equals reading once."""
    log = three_connections()
    columns = Columns(log)
    readers = [HandshakeReader(columns, number) for number in range(3)]
    for step, happening in enumerate(started(script)):
        play_chunk(log, happening, 1_000_000_100 + step)
        for reader in readers:
            reader.read()
    once = Columns(logged(started(script)))

    assert [reader.read() for reader in readers] == [read_handshake(once, n) for n in range(3)]
