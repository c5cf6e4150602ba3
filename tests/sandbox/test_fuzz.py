"""Whatever several clients do, in whatever order: the server stays whole, and answers once."""

from __future__ import annotations

import base64
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conversation import DOMAIN, HEADER_OUT, PASSWORDS, Play
from xmppexplore.sandbox.limits import Limits
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import FOOTER, IQ, STANZA_KINDS

SM = "xmlns='urn:xmpp:sm:3'"
LIMITS = Limits(
    stanza_bytes=20_000,
    login_bytes=10_000,
    resources=3,
    unacknowledged=20,
    parked=2,
    held=3,
    blocked=2,
    contacts=3,
    requests=2,
    directed=2,
    offline_messages=3,
    private_bytes=2000,
    vcard_bytes=2000,
    registrations=2,
)
NAMES = ("romeo", "juliet", "nurse")
CLIENTS = 4


def plain(name, password):
    """Return the message of PLAIN."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


RIGHT = [plain(name, PASSWORDS[name]) for name in NAMES]
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
SASL2 = "xmlns='urn:xmpp:sasl:2'"
BIND2 = "<bind xmlns='urn:xmpp:bind:0'>{}</bind>"
ENABLE = f"<enable {SM} resume='true'/>"
BIND = (
    "<iq type='set' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>r</resource></bind></iq>"
)
BIND_ANY = "<iq type='set' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
CARBONS = "<iq type='set' id='{id}'><enable xmlns='urn:xmpp:carbons:2'/></iq>"
RESUME = f"<resume {SM} previd='{{session}}' h='{{counter}}'/>"
INLINE = [
    f"<authenticate {SASL2} mechanism='PLAIN'>"
    f"<initial-response>{RIGHT[0]}</initial-response>{inside}</authenticate>"
    for inside in (
        "",
        BIND2.format(""),
        BIND2.format(ENABLE),
        BIND2.format(f"<tag>t</tag>{ENABLE}<inactive xmlns='urn:xmpp:csi:0'/>"),
        RESUME,
    )
]
REGISTER = (
    "<iq type='set' id='{id}'><query xmlns='jabber:iq:register'><username>new</username>"
    "<password>p</password></query></iq>"
)
LOGINS = [
    HEADER_OUT,
    *(f"<auth {SASL} mechanism='PLAIN'>{one}</auth>" for one in (*RIGHT, plain("romeo", "x"))),
    f"<auth {SASL} mechanism='SCRAM-SHA-1'>biwsbj1yb21lbyxyPWE=</auth>",
    f"<auth {SASL} mechanism='NONE'/>",
    f"<response {SASL}>YmxhaA==</response>",
    f"<abort {SASL}/>",
    *INLINE,
    RESUME,
    BIND_ANY,
    BIND,
    REGISTER,
]
NONZAS = [
    ENABLE,
    f"<enable {SM}/>",
    f"<r {SM}/>",
    f"<a {SM} h='{{counter}}'/>",
    "<active xmlns='urn:xmpp:csi:0'/>",
    "<inactive xmlns='urn:xmpp:csi:0'/>",
    "<unknown xmlns='urn:x'/>",
    " ",
]
ADDRESSES = [
    "", DOMAIN, f"romeo@{DOMAIN}", f"romeo@{DOMAIN}/r", f"juliet@{DOMAIN}", f"juliet@{DOMAIN}/r",
    f"nurse@{DOMAIN}", f"nobody@{DOMAIN}", "other.example", "a@other.example/b",
    "@", f"a b@{DOMAIN}",
]  # fmt: skip
PAYLOADS = [
    "<query xmlns='jabber:iq:roster'/>",
    f"<query xmlns='jabber:iq:roster'><item jid='juliet@{DOMAIN}'><group>g</group></item></query>",
    f"<query xmlns='jabber:iq:roster'><item jid='juliet@{DOMAIN}' subscription='remove'/></query>",
    "<ping xmlns='urn:xmpp:ping'/>",
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    "<query xmlns='jabber:iq:private'><x xmlns='urn:x'>a</x></query>",
    "<vCard xmlns='vcard-temp'><FN>a</FN></vCard>",
    "<blocklist xmlns='urn:xmpp:blocking'/>",
    f"<block xmlns='urn:xmpp:blocking'><item jid='juliet@{DOMAIN}'/></block>",
    "<unblock xmlns='urn:xmpp:blocking'/>",
    "<query xmlns='jabber:iq:last'/>",
    "<enable xmlns='urn:xmpp:carbons:2'/>",
    "<query xmlns='jabber:iq:register'><remove/></query>",
    "<query xmlns='jabber:iq:register'/>",
    "<x xmlns='urn:x'/>",
    "<a/><b/>",
    "",
]
PRESENCES = ["", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe",
             "error", "x"]  # fmt: skip
MESSAGES = ["", "chat", "headline", "groupchat", "error", "x"]


def stanza(name, type_, to, content):
    """Write one, with room for its id."""
    head = (f" to='{to}'" if to else "") + (f" type='{type_}'" if type_ else "")
    return f"<{name} id='{{id}}'{head}>{content}</{name}>"


to = st.sampled_from(ADDRESSES)
bodies = st.sampled_from(
    [
        "",
        "<body>Hi</body>",
        "<priority>-1</priority>",
        "<priority>7</priority>",
        "<show>x</show>",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    ]
)
stanzas = st.one_of(
    st.builds(
        stanza,
        st.just("iq"),
        st.sampled_from(["get", "set", "get", "set", "result", "error", ""]),
        to,
        st.sampled_from(PAYLOADS),
    ),
    st.builds(stanza, st.just("presence"), st.sampled_from(PRESENCES), to, bodies),
    st.builds(stanza, st.just("message"), st.sampled_from(MESSAGES), to, bodies),
)
said = st.one_of(
    stanzas, stanzas, stanzas, st.sampled_from(NONZAS), st.sampled_from(LOGINS)
)  # whole elements
broken = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(["<", "</a>", "&a;", "<!--", "<message", "x" * 11_000, "</stream:stream>"]),
)
resumed = st.tuples(*map(st.just, (HEADER_OUT, LOGINS[1], HEADER_OUT, RESUME)))
bound = st.tuples(
    st.just(HEADER_OUT),
    st.sampled_from(LOGINS[1:4]),
    st.just(HEADER_OUT),
    st.sampled_from([BIND, BIND_ANY]),
    st.sampled_from([ENABLE, "<presence/>", "<presence><priority>-1</priority></presence>"]),
    st.sampled_from([ENABLE, "<presence/>", CARBONS]),
)
at_once = st.tuples(st.just(HEADER_OUT), st.sampled_from(INLINE))
what = st.integers(0, 19).flatmap(
    lambda kind: (
        bound
        if kind == 0
        else at_once
        if kind == 1
        else resumed
        if kind == 2
        else broken
        if kind == 3
        else st.sampled_from([None, None, None, 1.0, 400.0])
        if kind == 4
        else said
    )
)
act = st.tuples(st.integers(0, CLIENTS - 1), what, st.sampled_from([1, 7, 1 << 20, 1 << 20]))


class Company:
    """Some clients of one server; whoever is gone is followed by another.

    Attributes:
        asked: ids of requests that nobody but the server answers, by their client.
        answered: ids of requests that were.
        never: ids of errors and results, which nobody answers; they hold no ``<error/>``.
    """

    def __init__(self):
        self.play = Play(limits=LIMITS, contacts=True)
        self.clients, self.gone = [], []
        self.asked, self.answered, self.never = {}, set(), set()
        self.count = 0
        self.session = "none"
        for number in range(CLIENTS):
            client = self.play.client(secure=True)
            self.clients.append(client)
            if number < len(NAMES):
                client.open()
                client >> LOGINS[1 + number]
                client >> HEADER_OUT
                client >> BIND.replace("{id}", f"bind{number}")
                client >> "<presence/>"
            self.heard(client)

    def follow(self, number):
        """Replace a client that is gone."""
        self.gone.append(self.clients[number])
        self.clients[number] = self.play.client(secure=True)

    def do(self, number, what, chunk):
        """Let one of them say something, go away, or let time pass."""
        client = self.clients[number]
        if what is None:
            client.cut()
            self.follow(number)
        elif isinstance(what, float):
            self.play.pass_time(what)
        elif isinstance(what, tuple):  # a login from its beginning
            if client.machine.phase != "opening":
                client.cut()
                self.heard(client)
                self.follow(number)
            for one in what:
                self.say(self.clients[number], one, chunk)
                self.heard(self.clients[number])
        else:
            self.say(client, what, chunk)
        for at, one in enumerate(self.clients):
            self.heard(one)
            if one.closed is not None:
                one.cut()
                self.follow(at)

    def say(self, client, what, chunk):
        self.count += 1
        name = f"i{self.count}"
        if isinstance(what, str):
            what = what.replace("{id}", name).replace("{session}", self.session)
            what = what.replace("{counter}", str(self.count % 3)).encode()
            head = what.partition(b">")[0]
            if not re.search(rb" to='[^']*/", head):  # else another client may answer, or get it
                if re.search(rb" type='(error|result)'", head):
                    self.never.add(name)
                elif head.startswith(b"<iq") and client.machine.phase == "ready":
                    self.asked[name] = client
        for at in range(0, len(what), chunk):
            if client.closed is None:
                client >> what[at : at + chunk]

    def heard(self, client):
        """Take what came: a request is answered once, and an error never."""
        for kind, raw in client.items:
            assert client not in self.gone
            if kind == FOOTER:
                client.footers = getattr(client, "footers", 0) + 1
                assert client.footers == 1
            elif kind in STANZA_KINDS:
                element = parse(raw)
                name = element.get("id")
                assert name not in self.never or element.find("error") is None, raw
                if kind == IQ and element.get("type") in ("result", "error"):
                    assert name not in self.answered, raw
                    self.answered.add(name)
                    assert self.asked.pop(name, client) is client
            session = re.search(rb"<enabled[^>]* id='([^']*)'", raw)
            self.session = session[1].decode() if session else self.session
        client.items.clear()

    def check(self):
        """The realm knows of who is there, and of nobody else."""
        assert self.play.failures == []
        bound = {one.machine.resource for one in self.clients if one.machine.resource is not None}
        known = {
            resource
            for account in self.play.realm.accounts.values()
            for resource in account.resources.values()
        }
        assert {one for one in known if not one.parked} == bound
        assert not self.play.realm.pending

    def end(self):
        """All go; after a while nothing is left of them."""
        open_ = {one for one in self.clients if one.machine.phase == "ready"}
        unanswered = {name for name, client in self.asked.items() if client in open_}
        assert not unanswered, unanswered
        for number in range(CLIENTS):
            self.clients[number].cut()
        self.play.pass_time(LIMITS.resume_seconds + 1)
        accounts = self.play.realm.accounts.values()
        assert not any(account.resources for account in accounts)
        assert not self.play.scheduled
        assert not self.play.realm.pending
        assert self.play.failures == []


@settings(max_examples=150)
@given(st.lists(act, min_size=1, max_size=60))
def test_several_clients_leave_the_server_whole(acts):
    """Logins by all ways, resumptions, stanzas of all kinds, broken bytes, lost connections."""
    company = Company()
    for one in acts:
        company.do(*one)
        company.check()
    company.end()
