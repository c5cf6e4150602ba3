"""The same requests to the sandbox, to Prosody and to ejabberd: the same kind of answer.

Romeo asks, Juliet is no contact of his.  Where a server answers otherwise, it stands in
:data:`DEPARTURES` with the reason for which the sandbox does not follow it.
"""

from __future__ import annotations

import pytest

from tests.peers.raw import Raw
from tests.sandbox.asking import ask, condition
from tests.sandbox.conversation import Play
from xmppexplore.wire.element import parse

INFO = "<query xmlns='http://jabber.org/protocol/disco#info'{}/>"
ITEMS = "<query xmlns='http://jabber.org/protocol/disco#items'{}/>"
LAST = "<query xmlns='jabber:iq:last'/>"
PRIVATE = "<query xmlns='jabber:iq:private'>{}</query>"
CARD = "<vCard xmlns='vcard-temp'>{}</vCard>"
REGISTER = "<query xmlns='jabber:iq:register'>{}</query>"
PING = "<ping xmlns='urn:xmpp:ping'/>"
JULIET = "juliet@DOMAIN"


def blocking(name, *jids):
    """Write a command of XEP-0191."""
    items = "".join(f"<item jid='{jid}'/>" for jid in jids)
    return f"<{name} xmlns='urn:xmpp:blocking'>{items}</{name}>"


REQUESTS = [  # name, who, type, to, payload; in this order, since each leaves its traces
    ("server info", "romeo", "get", "DOMAIN", INFO.format("")),
    ("server info of a node", "romeo", "get", "DOMAIN", INFO.format(" node='x'")),
    ("server items of a node", "romeo", "get", "DOMAIN", ITEMS.format(" node='x'")),
    ("own info", "romeo", "get", "", INFO.format("")),
    ("stranger's info", "romeo", "get", JULIET, INFO.format("")),
    ("stranger's items", "romeo", "get", JULIET, ITEMS.format("")),
    ("nobody's info", "romeo", "get", "nobody@DOMAIN", INFO.format("")),
    ("nobody's items", "romeo", "get", "nobody@DOMAIN", ITEMS.format("")),
    ("server uptime", "romeo", "get", "DOMAIN", LAST),
    ("own last activity", "romeo", "get", "", LAST),
    ("stranger's last activity", "romeo", "get", JULIET, LAST),
    ("server version", "romeo", "get", "DOMAIN", "<query xmlns='jabber:iq:version'/>"),
    ("own version", "romeo", "get", "", "<query xmlns='jabber:iq:version'/>"),
    ("server time", "romeo", "get", "DOMAIN", "<time xmlns='urn:xmpp:time'/>"),
    ("ping of the server", "romeo", "get", "DOMAIN", PING),
    ("ping of oneself", "romeo", "get", "", PING),
    ("ping of a stranger's account", "romeo", "get", JULIET, PING),
    ("private XML that is not there", "romeo", "get", "", PRIVATE.format("<a xmlns='u:b'/>")),
    ("private XML set", "romeo", "set", "", PRIVATE.format("<a xmlns='u:b'>1</a>")),
    ("private XML that is there", "romeo", "get", "", PRIVATE.format("<a xmlns='u:b'/>")),
    ("private XML taken away", "romeo", "set", "", PRIVATE.format("<a xmlns='u:b'/>")),
    ("private XML of no name", "romeo", "get", "", PRIVATE.format("")),
    ("private XML set to nothing", "romeo", "set", "", PRIVATE.format("")),
    ("private XML of another", "romeo", "get", JULIET, PRIVATE.format("<a xmlns='u:b'/>")),
    ("own vCard", "romeo", "get", "", CARD.format("")),
    ("stranger's empty vCard", "romeo", "get", JULIET, CARD.format("")),
    ("vCard set", "romeo", "set", "", CARD.format("<FN>Romeo</FN>")),
    ("vCard read by a stranger", "juliet", "get", "romeo@DOMAIN", CARD.format("")),
    ("vCard of another set", "romeo", "set", JULIET, CARD.format("<FN>Romeo</FN>")),
    ("own registration", "romeo", "get", "", REGISTER.format("")),
    ("own registration at the server", "romeo", "get", "DOMAIN", REGISTER.format("")),
    ("password without name", "romeo", "set", "", REGISTER.format("<password>x</password>")),
    ("name without password", "romeo", "set", "", REGISTER.format("<username>romeo</username>")),
    ("session", "romeo", "set", "", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"),
    ("blocklist", "romeo", "get", "", blocking("blocklist")),
    ("blocklist of the server", "romeo", "get", "DOMAIN", blocking("blocklist")),
    ("blocklist of another", "romeo", "get", JULIET, blocking("blocklist")),
    ("nothing blocked", "romeo", "set", "", blocking("block")),
    ("blocked: no address", "romeo", "set", "", blocking("block", "@")),
    ("block asked for", "romeo", "get", "", blocking("block", "a@b")),
    ("blocked", "romeo", "set", "", blocking("block", JULIET)),
    ("ping of whom one blocks", "romeo", "get", f"{JULIET}/balcony", PING),
    ("ping by whom one blocks", "juliet", "get", "romeo@DOMAIN/orchard", PING),
    ("vCard read by whom one blocks", "juliet", "get", "romeo@DOMAIN", CARD.format("")),
    ("own domain blocked", "romeo", "set", "", blocking("block", "DOMAIN")),
    ("ping of the server, which is blocked", "romeo", "get", "DOMAIN", PING),
    ("all unblocked", "romeo", "set", "", blocking("unblock")),
    ("vCard read again", "juliet", "get", "romeo@DOMAIN", CARD.format("")),
]

DEPARTURES = {
    "Prosody": {
        # It writes the name that the condition had before RFC 3920.
        "private XML of no name": "bad-format",
        "private XML set to nothing": "bad-format",
        # Both are allowed; the document prefers forbidden (XEP-0049 §2.3, XEP-0054 §3.2).
        "private XML of another": "service-unavailable",
        "vCard of another set": "service-unavailable",
        # XEP-0054 §3.3 wants an error where there is none.
        "stranger's empty vCard": "{vcard-temp}vCard",
        # Who blocks the own domain still reaches the own server; ejabberd does so too.
        "ping of the server, which is blocked": "not-acceptable",
    },
    "ejabberd": {
        # service-unavailable does not tell whether there is such an account (XEP-0030 §8).
        "stranger's info": "subscription-required",
        "stranger's items": "subscription-required",
        "nobody's info": "subscription-required",
        "nobody's items": "subscription-required",
        # XEP-0012 §3 demands forbidden.
        "stranger's last activity": "subscription-required",
        # XEP-0054 §3.3 wants an error where there is none.
        "stranger's empty vCard": "{vcard-temp}vCard",
        # It takes the card for the sender's own; XEP-0054 §3.2 wants an error.
        "vCard of another set": "",
        # Neither says more than the other; Prosody does as the sandbox does.
        "blocklist of another": "forbidden",
        "blocked: no address": "bad-request",
        # It answers for the account without a look at its list (XEP-0191 §3.3).
        "vCard read by whom one blocks": "{vcard-temp}vCard",
    },
}
"""Server -> request -> what it answers: the payload's name, or the condition of its error."""


def outcome(answer):
    """Return the name of a result's payload, or the condition of an error."""
    error = condition(answer)
    if error is not None:
        return error[1]
    return answer.children[0].qualified if answer.children else ""


def at(domain, *texts):
    """Return texts with the domain of a server."""
    return [text.replace("DOMAIN", domain) for text in texts]


def sandbox():
    """Return a function that asks the sandbox."""
    play = Play()
    people = {
        "romeo": play.login("romeo", "orchard"),
        "juliet": play.login("juliet", "balcony"),
    }

    def answer(who, kind, to, payload):
        return ask(people[who], payload, kind, to)

    return answer


@pytest.mark.parametrize("server", ["Prosody", "ejabberd"])
def test_the_sandbox_answers_as_other_servers_do(server, request):
    """Or the difference is known, and is what it was."""
    peer = request.getfixturevalue({"Prosody": "prosody_full", "ejabberd": "ejabberd"}[server])
    here, found = sandbox(), {}
    with Raw(peer, "romeo", "orchard") as romeo, Raw(peer, "juliet", "balcony") as juliet:
        for client in (romeo, juliet):
            client.say("<presence/>")
        for name, who, kind, to, payload in REQUESTS:
            mine = outcome(here(who, kind, *at("play.example", to, payload)))
            client = {"romeo": romeo, "juliet": juliet}[who]
            address, written = at(peer.domain, to, payload)
            theirs = outcome(parse(client.ask(written, kind, address)))
            if theirs != mine:
                found[name] = theirs

    assert found == DEPARTURES[server]
