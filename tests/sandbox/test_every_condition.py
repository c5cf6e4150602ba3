"""Every condition of RFC 6120 that the server gives, each provoked by what calls for it.

Three lists: the 25 stream errors of §4.9.3, the 11 failures of §6.5 and the 22 stanza errors
of §8.3.3.  A condition that the server never gives by itself is named as such.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl

import pytest

from tests.sandbox.asking import ask, condition
from tests.sandbox.conversation import HEADER_OUT, PASSWORDS, Play, auth
from xmppexplore.errors import StanzaError
from xmppexplore.sandbox.conditions import (
    ERROR_TYPES,
    SASL_CONDITIONS,
    STANZA_CONDITIONS,
    STREAM_CONDITIONS,
)
from xmppexplore.sandbox.features import Hook, Module, Policy
from xmppexplore.sandbox.limits import Limits
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.net import Server
from xmppexplore.sandbox.realm import Realm
from xmppexplore.wire.element import parse

SM = "xmlns='urn:xmpp:sm:3'"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
ROSTER = "<query xmlns='jabber:iq:roster'>{}</query>"

BY_HEADER = {
    "bad-format": HEADER_OUT.replace("<stream:stream", "<stream:flow"),
    "host-unknown": HEADER_OUT.replace("play.example", "elsewhere.example"),
    "improper-addressing": HEADER_OUT.replace(" to='play.example'", ""),
    "invalid-namespace": HEADER_OUT.replace("jabber:client", "jabber:server"),
    "unsupported-encoding": "<?xml version='1.0' encoding='ISO-8859-1'?>",
    "unsupported-version": HEADER_OUT.replace("' version='1.0'", "' version='0.9'"),
    "not-authorized": HEADER_OUT + "<message to='romeo@play.example'/>",
}
"""Condition -> the first bytes of a connection that call for it."""

BY_CLIENT = {
    "invalid-from": "<message from='juliet@play.example'/>",
    "not-well-formed": "<message></iq>",
    "policy-violation": "<message>" * 1500 + "</message>" * 1500,
    "restricted-xml": "<message><!-- --></message>",
    "undefined-condition": f"<enable {SM}/><a {SM} h='1000'/>",
    "unsupported-stanza-type": "<pubsub/>",
}
"""Condition -> what a client that is logged in sends to call for it."""

BY_OPERATOR = {"host-gone", "reset", "see-other-host", "system-shutdown"}
BY_SOCKET = {"connection-timeout", "internal-server-error", "resource-constraint"}
"""What only a connection gives cause for; the first and the last are in ``test_link``."""

NEVER = {"bad-namespace-prefix", "invalid-xml", "remote-connection-failed", "unsupported-feature"}


def ended(client):
    """Return the condition of the error that ended a stream, in its order (§4.9.1)."""
    error, footer = client.items[-2:]
    assert footer[1] == b"</stream:stream>"
    found = parse(error[1])
    assert found.qualified == "{http://etherx.jabber.org/streams}error"
    assert found.children[0].qualified.startswith("{urn:ietf:params:xml:ns:xmpp-streams}")
    assert client.closed == found.children[0].name
    return client.closed


def test_every_stream_error_is_accounted_for():
    """All 25 of them, each in one place."""
    places = [BY_HEADER, BY_CLIENT, BY_OPERATOR, BY_SOCKET, NEVER, {"conflict"}]

    assert sum(map(len, places)) == len(STREAM_CONDITIONS) == 25
    assert set().union(*places) == set(STREAM_CONDITIONS)


@pytest.mark.parametrize("expected", BY_HEADER)
def test_a_beginning_that_is_wrong(play, expected):
    """The error stands in a stream of the server's own (§4.9.1.2)."""
    client = play.client()
    client >> BY_HEADER[expected]

    client << "header"
    assert ended(client) == expected


@pytest.mark.parametrize("expected", BY_CLIENT)
def test_a_client_that_does_wrong(play, expected):
    """It is told what, and its stream is over."""
    client = play.login("romeo", "orchard").skip()
    client >> BY_CLIENT[expected]

    assert ended(client) == expected


def test_the_resource_is_taken_by_another_connection(play):
    """§4.9.3.3."""
    first = play.login("romeo", "orchard")
    play.login("romeo", "orchard")

    assert ended(first) == "conflict"


@pytest.mark.parametrize("expected", sorted(BY_OPERATOR))
def test_whoever_runs_the_server_ends_a_stream(play, expected):
    """With whatever the client then should do."""
    client = play.login("romeo", "orchard").skip()
    client.machine.end(expected, other="a.example:5222")
    play.perform()

    assert ended(client) == expected


def test_a_failure_of_the_server_ends_the_one_stream_that_met_it(caplog):
    """§4.9.3.8; its keeper finds the reason in the log."""

    def fail(host, stanza):
        raise ZeroDivisionError("a mistake")

    hook = Module("faulty", "XEP-0000", hooks=(Hook("sent", "message", fail),))

    async def main():
        realm = Realm(
            "play.example",
            PASSWORDS,
            tokens=lambda: secrets.token_urlsafe(18),
            modules=(hook, *MODULES),
        )
        server = Server(realm)
        await server.open()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            server.port,
            ssl=ssl.create_default_context(cafile=server.ca_file),
            server_hostname="play.example",
        )
        for said in (HEADER_OUT, auth("PLAIN", b"\0romeo\0balcony"), HEADER_OUT, BIND):
            writer.write(said.encode())
        writer.write(b"<message to='play.example'/>")
        async with asyncio.timeout(20):
            heard = await reader.read()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return heard

    heard = asyncio.run(main())
    assert b"<stream:error><internal-server-error " in heard
    assert heard.endswith(b"</stream:stream>")
    assert "a mistake" in caplog.text


# --- failures of a login

BARRED = ("account-disabled", "credentials-expired", "mechanism-too-weak", "temporary-auth-failure")
FAILURES = {
    "aborted": auth("SCRAM-SHA-1", b"n,,n=romeo,r=x")
    + "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "incorrect-encoding": auth("PLAIN").replace("><", ">?<"),
    "invalid-authzid": auth("PLAIN", b"juliet@play.example\0romeo\0balcony"),
    "invalid-mechanism": auth("CRAM-MD5"),
    "malformed-request": auth("PLAIN", b"no zero"),
    "not-authorized": auth("PLAIN", b"\0romeo\0wrong"),
} | dict.fromkeys(BARRED, auth("PLAIN", b"\0romeo\0balcony"))


def test_every_failure_is_accounted_for():
    """The one that is missing is given where no TLS is up."""
    assert set(FAILURES) | {"encryption-required"} == set(SASL_CONDITIONS)
    assert len(SASL_CONDITIONS) == 11


@pytest.mark.parametrize("expected", FAILURES)
def test_a_login_that_fails(play, expected):
    """And the stream is there for another try (§6.4.5)."""
    account = play.realm.accounts["romeo"]
    account.barred = expected if expected in BARRED else ""
    client = play.client()
    client.tls()
    client.skip() >> FAILURES[expected]
    failure = parse(client.items[-1][1])

    assert failure.qualified == "{urn:ietf:params:xml:ns:xmpp-sasl}failure"
    assert failure.children[0].name == expected
    account.barred = ""
    client.skip() >> auth("PLAIN", b"\0romeo\0balcony")
    client << "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"


def test_a_login_without_tls(play):
    """§6.5.4."""
    client = play.client()
    client.open()
    client >> auth("PLAIN", b"\0romeo\0balcony")

    assert parse(client.items[-1][1]).children[0].name == "encryption-required"


# --- errors in answer to stanzas

INFO = "<query xmlns='http://jabber.org/protocol/disco#info' node='none'/>"
ASKED = {
    "bad-request": (ROSTER.format(""), "set", ""),
    "forbidden": (ROSTER.format(""), "get", "juliet@play.example"),
    "item-not-found": (INFO, "get", "play.example"),
    "jid-malformed": ("<ping xmlns='urn:xmpp:ping'/>", "get", "@"),
    "not-acceptable": (ROSTER.format("<item jid='a@b'><group/></item>"), "set", ""),
    "not-allowed": (ROSTER.format("<item jid='romeo@play.example'/>"), "set", ""),
    "remote-server-not-found": ("<ping xmlns='urn:xmpp:ping'/>", "get", "a@other.example"),
    "service-unavailable": ("<roll xmlns='urn:example:dice'/>", "get", "play.example"),
}
"""Condition -> payload, type and recipient of a request that is refused with it."""

BEFORE_LOGIN = {"conflict", "unexpected-request"}
ELSEWHERE = {"internal-server-error", "policy-violation", "resource-constraint", *BEFORE_LOGIN}
BY_HANDLER = {
    "feature-not-implemented",
    "gone",
    "not-authorized",
    "recipient-unavailable",
    "redirect",
    "registration-required",
    "remote-server-timeout",
    "subscription-required",
    "undefined-condition",
}
"""What no built-in feature has cause for."""


def test_every_stanza_error_is_accounted_for():
    """All 22 of them."""
    assert {*ASKED} | ELSEWHERE | BY_HANDLER == set(STANZA_CONDITIONS)
    assert len(ASKED) + len(ELSEWHERE) + len(BY_HANDLER) == len(STANZA_CONDITIONS) == 22


@pytest.mark.parametrize("expected", ASKED)
def test_a_request_that_is_refused(play, expected):
    """With the condition, and the type that goes with it."""
    payload, kind, to = ASKED[expected]
    client = play.login("romeo", "orchard").skip()

    assert condition(ask(client, payload, kind, to)) == (STANZA_CONDITIONS[expected], expected)


def test_what_is_more_than_the_server_bears():
    """§8.3.3.12 and §8.3.3.18."""
    play = Play(limits=Limits(contacts=0))
    client = play.login("romeo", "orchard").skip()
    answer = ask(client, ROSTER.format("<item jid='a@b'/>"), "set")
    assert condition(answer) == ("wait", "resource-constraint")

    play = Play(limits=Limits(request_bytes=100))
    client = play.login("romeo", "orchard").skip()
    client >> f"<presence to='juliet@play.example' type='subscribe'>{'x' * 100}</presence>"
    assert condition(parse(client.items[-1][1])) == ("modify", "policy-violation")


def test_what_is_refused_before_there_is_a_resource():
    """A name that is taken (§7.7.2.2), and stream management that comes too early."""
    play = Play(policy=Policy(conflict="refuse"))
    play.login("romeo", "orchard")
    second = play.client().login("romeo", "orchard")
    assert condition(second.bound) == ("cancel", "conflict")

    second >> f"<enable {SM}/>"
    failed = parse(second.items[-1][1])
    assert failed.qualified == "{urn:xmpp:sm:3}failed"
    assert failed.children[0].name == "unexpected-request"


def test_a_failure_of_the_server_itself(play):
    """§8.3.3.6."""
    play.realm.answer("{urn:example:dice}roll", lambda _: 1 / 0)
    client = play.login("romeo", "orchard").skip()
    answer = ask(client, "<roll xmlns='urn:example:dice'/>", to="play.example")

    assert condition(answer) == ("cancel", "internal-server-error")
    assert play.failures


@pytest.mark.parametrize("type", ["", *sorted(ERROR_TYPES)])
@pytest.mark.parametrize("expected", STANZA_CONDITIONS)
def test_a_handler_may_refuse_with_any_of_them(play, expected, type):
    """By its own type, or by that which the RFC recommends."""

    def refuse(_):
        raise StanzaError("no", condition=expected, type=type, text="<no>")

    play.realm.answer("{urn:example:dice}roll", refuse)
    client = play.login("romeo", "orchard").skip()
    answer = ask(client, "<roll xmlns='urn:example:dice'/>", to="play.example")

    assert condition(answer) == (type or STANZA_CONDITIONS[expected], expected)
    assert answer.find("{jabber:client}error").children[1].text == "<no>"
