"""SASL2: the same exchanges, no restart, and more than login in one round trip (XEP-0388)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conversation import HEADER_OUT, PASSWORDS, Play, auth
from tests.sandbox.proofs import Prover
from xmppexplore.errors import StreamError
from xmppexplore.sandbox import machine
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import UserAgent
from xmppexplore.sandbox.realm import Limits
from xmppexplore.sandbox.sasl import Secured
from xmppexplore.wire.element import parse

SASL2 = "urn:xmpp:sasl:2"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
TLS = Secured({"tls-server-end-point": b"\x01" * 32})
RIGHT = b"\0romeo\0balcony"


def authenticate(mechanism, message=None, more=""):
    """Write ``<authenticate/>``."""
    initial = ""
    if message is not None:
        initial = f"<initial-response>{base64.b64encode(message).decode()}</initial-response>"
    return f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>{initial}{more}</authenticate>"


def response(message):
    """Write ``<response/>``."""
    return f"<response xmlns='{SASL2}'>{base64.b64encode(message).decode()}</response>"


def success(who="romeo@play.example", data=b"", more=""):
    """Return what is expected."""
    extra = f"<additional-data>{base64.b64encode(data).decode()}</additional-data>" if data else ""
    return (
        f"<success xmlns='{SASL2}'>{extra}"
        f"<authorization-identifier>{who}</authorization-identifier>{more}</success>"
    )


def began(play, header=HEADER_OUT):
    """Return a client that TLS is up for, with the features that it was offered."""
    client = play.client(secure=True)
    client.machine.secured(TLS)
    client >> header
    client << "header"
    client.features = parse(client.items.pop(0)[1])
    return client


def condition(client):
    """Return the condition of the failure that came."""
    failure = parse(client.items.pop(0)[1])
    assert failure.qualified == f"{{{SASL2}}}failure"
    assert failure.children[0].namespace == SASL
    return failure.children[0].name


def test_it_is_offered_beside_sasl(play):
    """With the same mechanisms; before TLS neither is."""
    features = began(play).features
    both = [features.find(f"{{{SASL}}}mechanisms"), features.find(f"{{{SASL2}}}authentication")]
    names = [[one.text for one in child.children if one.name == "mechanism"] for child in both]

    assert names[0] == names[1]
    assert names[0][0] == "SCRAM-SHA-256-PLUS"
    assert play.client().open().find(f"{{{SASL2}}}authentication") is None


def test_a_login_in_one_round_trip(play):
    """Success, then features at once, on the same stream; then binding as ever."""
    client = began(play)
    before = client.got.count(b"<stream:stream")
    client >> authenticate("PLAIN", RIGHT)
    client << success()
    features = parse(client.items.pop(0)[1])
    client >> BIND

    assert features.name == "features"
    assert features.find("bind") is not None
    assert features.find(f"{{{SASL2}}}authentication") is None
    assert parse(client.items.pop(0)[1]).get("type") == "result"
    assert client.got.count(b"<stream:stream") == before
    assert client.machine.phase == "ready"
    assert [mark.name for mark in client.marks] == ["authenticated", "bound"]


@pytest.mark.parametrize(
    ("mechanism", "flag"),
    [("SCRAM-SHA-256", "n"), ("SCRAM-SHA-1-PLUS", "p=tls-server-end-point")],
)
def test_an_exchange_of_several_messages(play, mechanism, flag):
    """With the server's proof as additional data."""
    binding = TLS.bindings["tls-server-end-point"] if flag != "n" else b""
    prover = Prover(mechanism, "romeo", PASSWORDS["romeo"], flag=flag, binding=binding)
    client = began(play)
    client >> authenticate(mechanism, prover.first)
    challenge = parse(client.items.pop(0)[1])
    assert challenge.qualified == f"{{{SASL2}}}challenge"
    client >> response(prover.final(base64.b64decode(challenge.text)))

    client << success(data=prover.server_final)


def test_without_an_initial_response_it_is_asked_for(play):
    """By an empty challenge."""
    client = began(play)
    client >> authenticate("PLAIN")
    client << f"<challenge xmlns='{SASL2}'/>"
    client >> response(RIGHT)

    client << success()


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("invalid-mechanism", [authenticate("X-NONE", b"")]),
        ("invalid-mechanism", [f"<authenticate xmlns='{SASL2}'/>"]),
        ("malformed-request", [authenticate("PLAIN", b"")]),
        ("not-authorized", [authenticate("PLAIN", b"\0romeo\0wrong")]),
        ("invalid-authzid", [authenticate("PLAIN", b"juliet@play.example\0romeo\0balcony")]),
        ("incorrect-encoding", [authenticate("PLAIN"), f"<response xmlns='{SASL2}'>=</response>"]),
        ("aborted", [authenticate("PLAIN"), f"<abort xmlns='{SASL2}'/>"]),
        ("aborted", [f"<abort xmlns='{SASL2}'/>"]),
        ("not-authorized", [response(RIGHT)]),
    ],
    ids=range(9),
)
def test_a_failure_changes_nothing(play, expected, said):
    """The next attempt works, by either way to log in."""
    client = began(play)
    for piece in said:
        client.skip()
        client >> piece

    assert condition(client) == expected
    client.quiet()
    client >> auth("PLAIN", RIGHT)
    client << f"<success xmlns='{SASL}'/>"


def test_before_tls_it_fails(play):
    """§6.5.4 of RFC 6120."""
    client = play.client()
    client.open()
    client >> authenticate("SCRAM-SHA-1", b"n,,n=romeo,r=x")

    assert condition(client) == "encryption-required"


@pytest.mark.parametrize(
    ("begin", "go_on"),
    [
        (authenticate("PLAIN"), f"<response xmlns='{SASL}'>AA==</response>"),
        (auth("PLAIN"), response(RIGHT)),
    ],
)
def test_the_two_ways_do_not_mix(play, begin, go_on):
    """An answer of the one to a challenge of the other ends the stream."""
    client = began(play)
    client >> begin
    client >> go_on

    assert client.closed == "policy-violation"


@pytest.mark.parametrize(
    "said", [authenticate("PLAIN", RIGHT), response(b""), auth("PLAIN", RIGHT)]
)
def test_there_is_one_login_on_a_stream(play, said):
    """Any further attempt is a stream error (XEP-0388 §3)."""
    client = began(play)
    client >> authenticate("PLAIN", RIGHT)
    client >> said

    assert client.closed == "policy-violation"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("romeo@play.example", None),
        ("romeo@play.example/x", None),
        ("juliet@play.example", "invalid-authzid"),
    ],
)
def test_the_header_has_to_be_from_who_logs_in(play, sender, expected):
    """There is no other header that could say it again."""
    client = began(play, HEADER_OUT.replace(" to=", f" from='{sender}' to="))
    client >> authenticate("PLAIN", RIGHT)

    if expected is None:
        client << success()
    else:
        assert condition(client) == expected
        assert client.machine.account is None


def test_a_guest_that_the_header_contradicts_leaves_nothing():
    """Its account was made for the login that failed."""
    play = Play(policy=Policy(anonymous=True))
    client = began(play, HEADER_OUT.replace(" to=", " from='juliet@play.example' to="))
    client >> authenticate("ANONYMOUS")

    assert condition(client) == "invalid-authzid"
    assert sorted(play.realm.accounts) == sorted(PASSWORDS)


def test_attempts_have_an_end(play):
    """They are counted together with those of SASL."""
    client = began(play)
    for number in range(Limits().sasl_failures):
        client >> (authenticate if number % 2 else auth)("X-NONE", b"")

    assert client.closed == "policy-violation"


def test_a_client_may_say_what_it_is(play):
    """It is kept, and cut where it is endless."""
    agent = (
        "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>Awesome</software>"
        f"<device>{'x' * 5000}</device></user-agent>"
    )
    client, silent = began(play), began(play)
    client >> authenticate("PLAIN", RIGHT, agent)
    silent >> authenticate("PLAIN", RIGHT)

    kept = client.machine.user_agent
    assert kept[:2] == ("d4565fa7-4d72-4749-b3d3-740edbf87770", "Awesome")
    assert set(kept.device) == {"x"}
    assert len(kept.device) < 1000
    assert silent.machine.user_agent == UserAgent()


def bound(stream, element):
    """Bind a resource with the login; an extension for these tests."""
    resource = stream.realm.bind(stream, stream.account, element.get("resource") or "")
    stream.take_place(resource)
    resource.send(b"<message id='late'/>")
    return f"<bound xmlns='urn:x:bind' times='{stream.failures}'/>"


def fatal(_stream, _element):
    """End the stream as soon as somebody is logged in."""
    raise StreamError("no", condition="policy-violation", text="no")


INLINE = Feature(
    name="inline",
    document="a test",
    offer=lambda _stream: "",
    inline_offer=lambda _stream: "<bind xmlns='urn:x:bind'/>",
    inline={
        "{urn:x:first}a": lambda _stream, _element: "<a xmlns='urn:x:first'/>",
        "{urn:x:bind}bind": bound,
        "{urn:x:fatal}fatal": fatal,
    },
)


@pytest.fixture
def inline(monkeypatch):
    """A play whose server knows :data:`INLINE` besides."""
    monkeypatch.setattr(machine, "FEATURES", (*machine.FEATURES, INLINE))
    return Play()


def test_more_can_be_asked_for_with_the_login(inline):
    """In the order of the server's table; what follows from it comes behind the features."""
    client = began(inline)
    offered = client.features.find(f"{{{SASL2}}}authentication").find("inline")
    more = "<bind xmlns='urn:x:bind' resource='r'/><a xmlns='urn:x:first'/><b xmlns='urn:y'/>"
    client >> authenticate("PLAIN", RIGHT, more)

    assert "{urn:x:bind}bind" in [child.qualified for child in offered.children]
    client << success(
        "romeo@play.example/r",
        more="<a xmlns='urn:x:first'/><bound xmlns='urn:x:bind' times='0'/>",
    )
    assert parse(client.items.pop(0)[1]).name == "features"
    client << "<message id='late'/>"
    assert [mark.name for mark in client.marks] == ["authenticated", "bound"]
    assert client.machine.phase == "ready"


def test_nothing_is_done_for_a_login_that_fails(inline):
    """Nor is what was asked for with it done for the next one."""
    client = began(inline)
    client >> authenticate("PLAIN", b"\0romeo\0wrong", "<bind xmlns='urn:x:bind'/>")
    client.skip()
    assert client.machine.resource is None
    client >> authenticate("PLAIN", RIGHT)

    client << success()
    assert client.machine.resource is None


def test_the_same_thing_twice_is_done_once(inline):
    """Nobody binds by the thousand."""
    client = began(inline)
    client >> authenticate("PLAIN", RIGHT, "<bind xmlns='urn:x:bind'/>" * 3)

    assert len(inline.realm.accounts["romeo"].resources) == 1


def test_what_ends_the_stream_ends_it_before_success(inline):
    """One error, one footer, and no success after it."""
    client = began(inline)
    client >> authenticate("PLAIN", RIGHT, "<fatal xmlns='urn:x:fatal'/>")

    assert parse(client.items.pop(0)[1]).children[0].name == "policy-violation"
    client << "footer"
    client.quiet()
    assert client.closed == "policy-violation"


SAID = st.sampled_from(
    [
        authenticate("PLAIN", RIGHT),
        authenticate("PLAIN", b"\0romeo\0wrong"),
        authenticate("PLAIN"),
        authenticate("SCRAM-SHA-1", b"n,,n=romeo,r=x"),
        authenticate("ANONYMOUS", None, "<user-agent id=''><software/></user-agent>"),
        response(RIGHT),
        response(b"c=biws,r=x,p=YQ=="),
        f"<abort xmlns='{SASL2}'/>",
        f"<next xmlns='{SASL2}' task='X'/>",
        auth("PLAIN", b"\0romeo\0wrong"),
        BIND,
        " ",
        "</stream:stream>",
    ]
)


@given(st.lists(SAID, max_size=8))
def test_any_order_of_it_ends_in_order(said):
    """Whole elements, at most one error, and a footer once it is over."""
    client = began(Play(policy=Policy(anonymous=True)))
    for piece in said:
        client >> piece

    assert client.got.count(b"<stream:error>") <= 1
    assert client.got.count(b"</stream:stream>") == (client.closed is not None)
    assert all(isinstance(mark, Mark) for mark in client.marks)
