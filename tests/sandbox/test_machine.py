"""Negotiation: TLS, then login, then binding (RFC 6120 §5 to §7)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import HEADER_OUT, Play, auth, response
from xmppexplore.sandbox.effects import Mark
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.realm import Limits
from xmppexplore.wire.element import parse

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
FAILURE = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def failure(condition, words=""):
    """Return the failure that is expected; ``...`` stands for any words."""
    text = f"<text xml:lang='en'>{words}</text>" if words else ""
    return f"<failure xmlns='{SASL}'><{condition}/>{text}</failure>"


def mechanisms(features):
    """Return the names of the mechanisms offered."""
    offered = features.find("mechanisms")
    return [one.text for one in offered.children] if offered else []


def test_tls_is_offered_first_and_alone(play):
    """Nothing may be negotiated before it (§5.3.1)."""
    features = play.client().open()

    assert [child.qualified for child in features.children] == [
        "{urn:ietf:params:xml:ns:xmpp-tls}starttls"
    ]
    assert features.children[0].find("required") is not None


def test_the_usual_login(play):
    """Header, TLS, header, SCRAM, header, binding; each restart with a new id (§4.3)."""
    client = play.client()
    assert mechanisms(client.tls()) == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]
    client.scram("romeo", "balcony")
    assert parse(client.items.pop(0)[1]).name == "success"
    features = client.open()
    assert features.find("bind") is not None
    client >> (
        "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<resource>orchard</resource></bind></iq>"
    )

    client << (
        "<iq type='result' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<jid>romeo@play.example/orchard</jid></bind></iq>"
    )
    assert client.machine.phase == "ready"
    assert client.marks == [
        Mark("authenticated", "romeo@play.example by SCRAM-SHA-256"),
        Mark("restarted"),
        Mark("bound", "romeo@play.example/orchard"),
    ]


@pytest.mark.parametrize("behind", ["<auth/>", "x", HEADER_OUT, "\x16\x03\x01"])
def test_bytes_in_clear_behind_starttls_are_refused(play, behind):
    """Whoever is on the path could have put them there."""
    client = play.client()
    client.open()
    client >> STARTTLS + behind

    client << FAILURE
    client << "footer"
    assert not client.tls_asked
    assert client.closed == ""


def test_white_space_behind_starttls_is_dropped(play):
    """A person at a keyboard ends lines."""
    client = play.client()
    client.open()
    client >> STARTTLS + "\r\n"

    client << "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    assert client.tls_asked


@pytest.mark.parametrize("options", [{"tls": False}, {"secure": True}])
def test_tls_that_is_not_offered_fails(play, options):
    """A failure ends the stream (§5.4.2.2)."""
    client = play.client(**options)
    client.open()
    client >> STARTTLS

    client << FAILURE
    client << "footer"


def test_without_tls_there_is_no_plain(play):
    """A password is never asked for in clear (§13.9.4)."""
    client = play.client(tls=False)
    assert mechanisms(client.open()) == ["SCRAM-SHA-256", "SCRAM-SHA-1"]
    client >> auth("PLAIN", b"\0romeo\0balcony")

    client << failure("encryption-required", "...")


def test_where_tls_is_required_no_login_comes_before_it(play):
    """Also where the client asks for one nevertheless (§6.5.4)."""
    client = play.client()
    client.open()
    client >> auth("SCRAM-SHA-256", b"n,,n=romeo,r=x")

    client << failure("encryption-required", "...")


def test_direct_tls_needs_no_starttls(play):
    """The first stream offers the mechanisms (XEP-0368)."""
    assert mechanisms(play.client(secure=True).open()) == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_a_wrong_password_can_be_tried_again(play, mechanism):
    """And the right one then works (§6.4.5)."""
    client = play.client(secure=True)
    client.open()
    client.scram("romeo", "wrong", mechanism)
    client << failure("not-authorized")
    client.scram("romeo", "balcony", mechanism)

    assert parse(client.items.pop(0)[1]).name == "success"


def test_too_many_failures_end_the_stream(play):
    """With policy-violation (§6.4.5)."""
    client = play.client(secure=True)
    client.open()
    for _ in range(Limits().sasl_failures):
        client >> auth("PLAIN", b"\0romeo\0wrong")
        client << failure("not-authorized")

    assert client.closed == "policy-violation"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (auth("X-NONE"), failure("invalid-mechanism")),
        (f"<auth xmlns='{SASL}'/>", failure("invalid-mechanism")),
        (f"<auth xmlns='{SASL}' mechanism='PLAIN'>!!</auth>", failure("incorrect-encoding", "...")),
        (auth("PLAIN", b""), failure("malformed-request", "...")),
        (auth("PLAIN", b"juliet@play.example\0romeo\0balcony"), failure("invalid-authzid", "...")),
    ],
    ids=range(5),
)
def test_each_fault_of_an_attempt_has_its_condition(play, xml, expected):
    """§6.5; the stream goes on."""
    client = play.client(secure=True)
    client.open()
    client >> xml

    client << expected
    assert client.machine.phase == "login"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1"])
def test_without_an_initial_response_it_is_asked_for(play, mechanism):
    """By an empty challenge (§6.4.2)."""
    client = play.client(secure=True)
    client.open()
    client >> auth(mechanism)
    client << f"<challenge xmlns='{SASL}'/>"
    client >> response(b"\0romeo\0balcony" if mechanism == "PLAIN" else b"n,,n=romeo,r=x")

    answer = "success" if mechanism == "PLAIN" else "challenge"
    assert parse(client.items.pop(0)[1]).name == answer


def test_an_attempt_can_be_aborted(play):
    """And another one made (§6.4.4)."""
    client = play.client(secure=True)
    client.open()
    client >> auth("SCRAM-SHA-1", b"n,,n=romeo,r=x")
    client.skip()
    client >> f"<abort xmlns='{SASL}'/>"
    client << failure("aborted")
    client >> auth("PLAIN", b"\0romeo\0balcony")

    client << f"<success xmlns='{SASL}'/>"


def test_a_header_sent_along_with_the_last_response_is_taken(play):
    """The bytes behind it belong to the new stream."""
    client = play.client(secure=True)
    client.open()
    client >> auth("PLAIN", b"\0romeo\0balcony") + HEADER_OUT

    client << f"<success xmlns='{SASL}'/>"
    client << "header"
    assert parse(client.items.pop(0)[1]).find("bind") is not None


def test_a_stream_of_another_name_than_the_login_is_refused(play):
    """§4.7.1: invalid-from."""
    client = play.client(secure=True)
    client.open()
    client >> auth("PLAIN", b"\0romeo\0balcony")
    client.skip()
    client >> HEADER_OUT.replace(" to=", " from='juliet@play.example' to=")

    assert client.closed == "invalid-from"


@pytest.mark.parametrize("xml", ["<message/>", "<presence/>", "<iq type='get' id='1'><a/></iq>"])
def test_no_stanza_before_binding(play, xml):
    """Neither before the login nor between login and binding (§7.1)."""
    stranger = play.client()
    stranger.open()
    stranger >> xml
    known = play.client(secure=True)
    known.open()
    known >> auth("PLAIN", b"\0romeo\0balcony")
    known.skip()
    known.open()
    known >> xml

    assert (stranger.closed, known.closed) == ("not-authorized", "not-authorized")


BAD_BINDINGS = [
    ("<iq type='get' id='1'>%s</iq>", "", "bad-request"),
    ("<iq type='set'>%s</iq>", "", "bad-request"),
    ("<iq type='set' id='1'>%s<x/></iq>", "", "bad-request"),
    ("<iq type='set' id='1'>%s</iq>", "x" * 1024, "bad-request"),
    ("<iq type='set' id='1'>%s</iq>", "&#9;", "bad-request"),
]


@pytest.mark.parametrize(("iq", "resource", "condition"), BAD_BINDINGS, ids=range(5))
def test_a_wrong_binding_is_refused_and_can_be_tried_again(play, iq, resource, condition):
    """§7.7.2: an error, and the stream goes on."""
    client = play.client(secure=True)
    client.open()
    client >> auth("PLAIN", b"\0romeo\0balcony")
    client.skip()
    client.open()
    bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind>"
    client >> iq % (bind % resource)
    error = parse(client.items.pop(0)[1])

    assert error.find("error").children[0].name == condition
    client >> "<iq type='set' id='2'>" + bind % "orchard" + "</iq>"
    assert client.machine.phase == "ready"


def test_the_server_makes_a_resource_where_none_is_asked_for(play):
    """§7.6: one that nobody can guess."""
    one, two = play.login("romeo"), play.login("romeo")

    names = [client.bound.find("bind").find("jid").text for client in (one, two)]
    assert names[0] != names[1]
    assert all(name.startswith("romeo@play.example/") for name in names)


def test_a_second_binding_is_not_allowed(play):
    """One stream has one resource here."""
    romeo = play.login("romeo")
    romeo.skip()
    romeo >> "<iq type='set' id='2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"

    error = parse(romeo.items.pop(0)[1])
    assert error.find("error").children[0].name == "not-allowed"


def test_a_conflict_ends_the_old_stream():
    """By default whoever comes last stays (§7.7.2.2)."""
    play = Play()
    old, new = play.login("romeo", "orchard"), play.login("romeo", "orchard")

    assert old.closed == "conflict"
    assert new.machine.phase == "ready"
    assert play.realm.accounts["romeo"].resources["orchard"].outlet is new.machine


def test_a_conflict_can_be_refused():
    """The old stream then stays."""
    play = Play(policy=Policy(conflict="refuse"))
    old, new = play.login("romeo", "orchard"), play.client().login("romeo", "orchard")

    assert new.bound.find("error").children[0].name == "conflict"
    assert old.closed is None
    assert new.machine.phase == "binding"


def test_a_conflict_can_be_renamed():
    """The server overrides what was asked for."""
    play = Play(policy=Policy(conflict="rename"))
    old, new = play.login("romeo", "orchard"), play.login("romeo", "orchard")

    assert old.closed is None
    assert new.machine.phase == "ready"
    assert not new.bound.find("bind").find("jid").text.endswith("/orchard")


def test_an_account_has_no_unlimited_number_of_resources():
    """§7.6.2.1: resource-constraint."""
    play = Play(limits=Limits(resources=2))
    clients = [play.client().login("romeo") for _ in range(3)]

    assert clients[2].bound.find("error").children[0].name == "resource-constraint"
    assert clients[2].bound.find("error").get("type") == "wait"


def test_what_only_the_senders_header_declares_goes_along(play):
    """Namespaces (§4.8.5) and language (§8.1.5), with a message and with its refusal."""
    juliet = play.login("juliet", "balcony")
    juliet.skip()
    romeo = play.client(secure=True)
    romeo.open()
    romeo >> auth("PLAIN", b"\0romeo\0balcony")
    romeo.skip()
    romeo >> HEADER_OUT.replace(" to=", " xmlns:x='urn:x' xml:lang='de' to=")
    romeo.skip()
    romeo >> "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    romeo.skip()
    romeo >> "<message to='juliet@play.example'><x:a/></message>"
    romeo >> "<iq type='get' id='2' to='juliet@play.example'><x:a/></iq>"
    message = parse(juliet.items.pop()[1])
    refusal = parse(romeo.items.pop()[1])

    assert message.children[0].qualified == "{urn:x}a"
    assert message.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert refusal.children[0].qualified == "{urn:x}a"
    assert refusal.children[1].name == "error"


def test_stanzas_may_have_a_prefix(play):
    """Where the streams namespace is the default one (§4.8.5); the recipient understands it."""
    juliet = play.login("juliet", "balcony")
    juliet.skip()
    header = (
        "<stream xmlns='http://etherx.jabber.org/streams' xmlns:c='jabber:client'"
        " to='play.example' version='1.0'>"
    )
    romeo = play.client(secure=True)
    romeo >> header
    romeo >> auth("PLAIN", b"\0romeo\0balcony")
    romeo >> header
    romeo >> "<c:iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></c:iq>"
    romeo.skip()
    romeo >> "<c:message to='juliet@play.example'><c:body>Hi</c:body></c:message>"
    romeo >> "<c:iq type='get' id='2'><ping xmlns='urn:xmpp:ping'/></c:iq>"
    message = parse(juliet.items.pop()[1])

    assert message.find("{jabber:client}body").text == "Hi"
    assert parse(romeo.items.pop()[1]).get("type") == "result"
    romeo >> "<c:iq type='get' id='3'><c:x/></c:iq>"
    error = parse(romeo.items.pop()[1])
    assert [child.qualified for child in error.children] == [
        "{jabber:client}x",
        "{jabber:client}error",
    ]
