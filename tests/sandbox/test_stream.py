"""Streams begin, break and end as RFC 6120 §4 says, whatever the bytes and their chunks."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sandbox.conversation import HEADER_OUT, Play, auth
from xmppexplore.sandbox.realm import Limits
from xmppexplore.sandbox.sasl import Secured
from xmppexplore.wire.element import MAX_DEPTH, parse

STREAMS = "urn:ietf:params:xml:ns:xmpp-streams"
BREAKS = [
    ("mismatched tags", "<message></iq>", "not-well-formed"),
    ("undeclared prefix", "<message><x:y/></message>", "not-well-formed"),
    ("undefined entity", "<message>&nbsp;</message>", "restricted-xml"),
    ("comment", "<message><!-- x --></message>", "restricted-xml"),
    ("processing instruction", "<message><?x y?></message>", "restricted-xml"),
    ("doctype", "<!DOCTYPE x>", "restricted-xml"),
    ("text between", "hello", "bad-format"),
    ("no UTF-8", b"<message><body>\xff\xfe</body></message>", "unsupported-encoding"),
    ("NUL", b"<message>\0</message>", "not-well-formed"),
    ("unknown element", "<wink xmlns='urn:example:x'/>", "unsupported-stanza-type"),
    ("no namespace", "<message xmlns=''/>", "unsupported-stanza-type"),
    ("stanza of servers", "<message xmlns='jabber:server'/>", "invalid-namespace"),
    ("late STARTTLS", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "policy-violation"),
    ("late auth", auth("PLAIN", b""), "policy-violation"),
    ("another's name", "<message from='juliet@play.example'/>", "invalid-from"),
    ("another resource", "<message from='romeo@play.example/x'/>", "invalid-from"),
    ("a from that is none", "<message from='@'/>", "invalid-from"),
    ("too deep", "<message>" * 1500 + "</message>" * 1500, "policy-violation"),
]


@pytest.mark.parametrize(
    ("xml", "condition"), [pytest.param(xml, want, id=name) for name, xml, want in BREAKS]
)
def test_what_breaks_a_rule_ends_its_stream_alone(play, xml, condition):
    """Error, footer, end (§4.9.1.1); and nobody else is touched."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    romeo.skip()
    romeo >> xml

    romeo << (
        f"<stream:error><{condition} xmlns='{STREAMS}'/>"
        f"<text xmlns='{STREAMS}' xml:lang='en'>...</text></stream:error>"
    )
    romeo << "footer"
    romeo.quiet()
    assert romeo.closed == condition
    juliet << (
        "<presence type='unavailable' from='romeo@play.example/orchard' to='juliet@play.example'/>"
    )
    juliet >> "<iq type='get' id='p' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"
    juliet << "<iq type='result' id='p' from='play.example' to='juliet@play.example/balcony'/>"


def test_depth_up_to_the_limit_is_forwarded(play):
    """Real stanzas stay far below it."""
    romeo, juliet = play.login("romeo"), play.login("juliet", "balcony")
    inside = "<x>" * (MAX_DEPTH - 1) + "</x>" * (MAX_DEPTH - 1)
    romeo >> f"<message to='juliet@play.example/balcony'>{inside}</message>"

    assert inside.encode() in juliet.items[-1][1]


def test_the_closing_handshake(play):
    """Our footer answers theirs, and after it nothing is written (§4.4)."""
    romeo, juliet = play.login("romeo"), play.login("juliet", "balcony")
    romeo.skip()
    romeo >> "</stream:stream> "

    romeo << "footer"
    romeo.quiet()
    assert romeo.closed == ""
    juliet >> "<message to='romeo@play.example'/>"
    romeo.quiet()


@pytest.mark.parametrize(
    ("condition", "other", "expected"),
    [
        ("reset", "", "<reset xmlns='{0}'/>"),
        ("host-gone", "", "<host-gone xmlns='{0}'/>"),
        ("system-shutdown", "", "<system-shutdown xmlns='{0}'/>"),
        (
            "see-other-host",
            "a.example:9",
            "<see-other-host xmlns='{0}'>a.example:9</see-other-host>",
        ),
        ("see-other-host", "", "<see-other-host xmlns='{0}'/>"),
    ],
)
def test_whoever_runs_the_server_can_end_a_stream(play, condition, other, expected):
    """With any condition, once (§4.9.3); the contacts see it."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet", "balcony")
    romeo.skip()
    for _ in range(2):
        romeo.machine.end(condition, other=other)
    play.perform()

    romeo << f"<stream:error>{expected.format(STREAMS)}</stream:error>"
    romeo << "footer"
    romeo.quiet()
    assert romeo.closed == condition
    assert parse(juliet.items[-1][1]).get("type") == "unavailable"


def test_a_client_may_end_its_stream_with_an_error(play):
    """It is not answered with another one (§4.9.1.1)."""
    romeo = play.login("romeo").skip()
    romeo >> f"<stream:error><policy-violation xmlns='{STREAMS}'/></stream:error></stream:stream>"

    romeo << "footer"
    romeo.quiet()
    assert romeo.closed == ""


def test_what_comes_after_the_end_is_ignored(play):
    """Whatever it is."""
    romeo = play.login("romeo")
    romeo.skip()
    romeo >> "</stream:stream><message/>"
    romeo >> "<message/>"

    romeo << "footer"
    romeo.quiet()


def test_white_space_keeps_alive_and_says_nothing(play):
    """Between stanzas any of it may stand (§11.7)."""
    romeo = play.login("romeo")
    romeo.skip()
    romeo >> " \n\t\r\n"

    romeo.quiet()
    assert romeo.machine.phase == "ready"


@pytest.mark.parametrize("together", [True, False])
def test_a_line_break_may_stand_behind_each_element_of_a_login(play, together):
    """Clients write lines; RFC 6120 §6.3.5 forbids it during SASL, and it harms nobody."""
    romeo = play.client()

    def line(text):
        if together:
            romeo >> text + "\n"
        else:
            romeo >> text
            romeo >> "\n"

    romeo.tls()
    line(auth("PLAIN", b"\0romeo\0balcony"))
    romeo << "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    line(HEADER_OUT)
    romeo << "header"
    assert romeo.items.pop(0)[1].startswith(b"<stream:features>")
    romeo.quiet()


def test_a_lost_connection_is_seen_by_the_contacts(play):
    """The server says farewell for whoever cannot (RFC 6121 §4.5.2)."""
    romeo, juliet = play.login("romeo", "orchard"), play.login("juliet")
    romeo.machine.lost()
    play.perform()

    juliet << (
        "<presence type='unavailable' from='romeo@play.example/orchard' to='juliet@play.example'/>"
    )
    assert play.realm.accounts["romeo"].resources == {}


def test_large_elements_are_refused_when_they_are_too_large():
    """As soon as so many bytes have come, and also where they come at once (§13.12)."""
    limits = Limits(stanza_bytes=20_000, login_bytes=10_000)
    play = Play(limits=limits)
    fitting, slow, quick = (play.login(name) for name in ("romeo", "juliet", "nurse"))
    fitting >> "<message to='romeo@play.example'><body>" + "x" * 19_900 + "</body></message>"
    slow >> "<message><body>" + "x" * 10_000
    assert slow.closed is None
    slow >> "x" * 10_000
    quick >> "<message><body>" + "x" * 20_000 + "</body></message>"
    stranger = play.client()
    stranger >> HEADER_OUT + "<auth>" + "x" * 10_000

    assert fitting.closed is None
    assert (slow.closed, quick.closed, stranger.closed) == ("policy-violation",) * 3


INLINE = (
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
    "<initial-response>AHJvbWVvAGJhbGNvbnk=</initial-response>"
    "<bind xmlns='urn:xmpp:bind:0'/></authenticate>"
)
SNIPPETS = st.sampled_from(
    [
        HEADER_OUT,
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        auth("PLAIN", b"\0romeo\0balcony"),
        auth("SCRAM-SHA-1", b"n,,n=romeo,r=x"),
        "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        "<iq type='get' id='2'><query xmlns='jabber:iq:roster'/></iq>",
        "<iq type='get' id='3' to='juliet@play.example/balcony'><a xmlns='b'/></iq>",
        "<iq/>",
        "<message to='juliet@play.example'><body>x</body></message>",
        "<message to='&#10;'/>",
        "<presence/>",
        "<presence><priority>-5</priority></presence>",
        "<presence to='juliet@play.example' type='probe'/>",
        "<presence type='unavailable'/>",
        INLINE,
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'/>",
        "<response xmlns='urn:xmpp:sasl:2'>AA==</response>",
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>biwsbj1yb21lbyxyPXg=</response>",
        "<stream:error/>",
        "<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
        "<r xmlns='urn:xmpp:sm:3'/>",
        "</stream:stream>",
        " ",
        "<",
        "<!",
        "\u00e9",
    ]
).map(str.encode)
BYTES = st.lists(SNIPPETS | st.binary(max_size=12), max_size=12).map(b"".join)


@settings(max_examples=100)
@given(BYTES, st.lists(st.integers(1, 40), max_size=20), st.booleans(), st.booleans())
def test_no_bytes_disturb_anybody_else(data, cuts, secure, logged_in):
    """Any bytes, before and after login: the machine answers whole elements or ends."""
    play = Play()
    juliet = play.login("juliet", "balcony")
    romeo = play.login("romeo", "orchard") if logged_in else play.client(secure=secure)
    for size in cuts:
        if data[:size]:
            romeo >> data[:size]
        data = data[size:]
    if data:
        romeo >> data
    juliet.skip()
    assert juliet.closed is None
    juliet >> "<iq type='get' id='p' to='play.example'><ping xmlns='urn:xmpp:ping'/></iq>"
    juliet << "<iq type='result' id='p' from='play.example' to='juliet@play.example/balcony'/>"


PHASES = ["opening", "login", "sasl", "binding", "ready"]


def reached(play, phase):
    """Return romeo's client in a phase; the header of the stream that it is in is out."""
    if phase == "ready":
        return play.login("romeo", "orchard").skip()
    client = play.client(secure=True)
    client.machine.secured(Secured({"tls-unique": b"x"}))
    if phase != "opening":
        client.open()
    if phase == "sasl":
        client >> auth("SCRAM-SHA-256", b"n,,n=romeo,r=x")
    elif phase == "binding":
        client >> auth("PLAIN", b"\0romeo\0balcony")
        client.skip()
        client.open()
    assert client.machine.phase == phase
    return client.skip()


@settings(max_examples=150)
@given(BYTES, st.integers(1, 9), st.sampled_from(PHASES))
@example("\u00e9".encode(), 1, "opening")  # half a character, and then the whole of it
def test_what_is_written_is_a_stream_whatever_is_read(data, size, phase):
    """Whole elements; one error at most, then a footer, then nothing; in any chunking.

    That each piece is well-formed is seen to by the reader of the conversation.
    """
    written = []
    for step in (size, len(data) + 1):
        play = Play()
        romeo = reached(play, phase)
        before = len(romeo.got)
        for start in range(0, len(data), step):
            romeo >> data[start : start + step]
        written.append(bytes(romeo.got[before:]))
        assert play.failures == []
        over = romeo.closed is not None
        assert romeo.got.count(b"</stream:stream>") == over
        assert romeo.got.endswith(b"</stream:stream>") == over
        assert romeo.got.count(b"<stream:error>") == bool(romeo.closed)

    assert written[0] == written[1]


@settings(max_examples=60)
@given(BYTES, st.integers(1, 7))
def test_chunks_do_not_matter(data, size):
    """TCP may cut anywhere; what is written is the same."""
    written = []
    for step in (size, len(data) + 1):
        play = Play()
        play.login("juliet", "balcony")
        romeo = play.login("romeo", "orchard")
        before = len(romeo.got)  # the login holds the client's nonce
        for start in range(0, len(data), step):
            romeo >> data[start : start + step]
        written.append(bytes(romeo.got[before:]))

    assert written[0] == written[1]
