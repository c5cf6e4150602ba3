"""Conversations with the server's machines, without a socket.

A play has one realm and any number of clients.  ``client >> xml`` is what a client sends,
``client << xml`` what it must get next; attributes may come in any order, ``*`` stands for
any value, and a body of ``...`` for any content.
"""

from __future__ import annotations

import base64
import itertools

from scramp import ScramClient

from xmppexplore.sandbox.contacts import befriend
from xmppexplore.sandbox.effects import Close, Later, Mark, StartTLS
from xmppexplore.sandbox.machine import Machine
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.realm import Realm
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import FOOTER, HEADER, KINDS
from xmppexplore.wire.splitter import Splitter

DOMAIN = "play.example"
HEADER_OUT = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='play.example' version='1.0'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
PASSWORDS = {"romeo": "balcony", "juliet": "r0m30myr0m30", "nurse": "wordy"}


class Client:
    """One connection, and what came back over it, item by item."""

    def __init__(self, play, machine):
        self.play = play
        self.machine = machine
        self.got = bytearray()
        self.items = []
        self.marks = []
        self.closed = None
        self.tls_asked = False
        self._splitter = Splitter()
        self._read = 0

    def __rshift__(self, xml):
        """Send text or bytes."""
        data = xml.encode() if isinstance(xml, str) else xml
        while data:
            used = self.machine.receive(data, self.play.now)
            assert 0 < used <= len(data)
            self.play.perform()
            data = data[used:]
        return self

    def __lshift__(self, expected):
        """Expect one item."""
        assert self.items, f"nothing came, expected {expected}"
        found = self.items.pop(0)
        kind, raw = found
        if kind in (HEADER, FOOTER):
            assert expected == KINDS[kind], f"{raw.decode()} came, expected {expected}"
        else:
            assert matches(parse(expected), parse(raw)), f"{raw.decode()} came, not {expected}"
        return self

    def wrote(self, effect):
        if isinstance(effect, bytes):
            self.got += effect
            for item in self._splitter.feed(effect):
                self.items.append((item.kind, bytes(self.got[self._read : item.end])))
                self._read = item.end
            assert self._splitter.error is None, self._splitter.error
            assert not self._splitter.pending, "the server wrote half an element"
        elif isinstance(effect, Mark):
            self.marks.append(effect)
            if effect.name == "restarted":
                self._splitter.restart()
        elif isinstance(effect, StartTLS):
            self.tls_asked = True
            self._splitter.restart()
        elif isinstance(effect, Close):
            self.closed = effect.detail
        elif isinstance(effect, Later):
            self.play.later.append(effect)

    def quiet(self):
        """Nothing (more) came."""
        assert self.items == []

    def cut(self):
        """Lose the connection."""
        self.machine.lost()
        self.play.perform()

    def skip(self):
        """Forget what came so far."""
        self.items.clear()
        return self

    def open(self):
        """Send a header and take header and features."""
        self >> HEADER_OUT
        self << "header"
        features = self.items.pop(0)[1]
        return parse(features)

    def tls(self):
        """Go through STARTTLS."""
        self.open()
        self >> "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
        self << "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
        assert self.tls_asked
        self.machine.secured()
        return self.open()

    def scram(self, name, password, mechanism="SCRAM-SHA-256"):
        """Prove a password; the answer to the proof is left to be looked at."""
        scram = ScramClient([mechanism], name, password)
        self >> auth(mechanism, scram.get_client_first().encode())
        challenge = parse(self.items.pop(0)[1])
        scram.set_server_first(base64.b64decode(challenge.text).decode())
        self >> response(scram.get_client_final().encode())
        return scram

    def login(self, name, resource="", presence=None):
        """Everything up to a bound resource, or to initial presence."""
        self.tls()
        scram = self.scram(name, PASSWORDS[name])
        success = parse(self.items.pop(0)[1])
        scram.set_server_final(base64.b64decode(success.text).decode())
        self.open()
        wanted = f"<resource>{resource}</resource>" if resource else ""
        self >> (
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            f"{wanted}</bind></iq>"
        )
        self.bound = parse(self.items.pop(0)[1])
        if presence is not None:
            self >> presence
            self.skip()
        return self


def auth(mechanism, message=None):
    """Write ``<auth/>``; no message at all is another thing than an empty one."""
    content = "" if message is None else base64.b64encode(message).decode() or "="
    return (
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{content}</auth>"
    )


def response(message):
    """Write ``<response/>``."""
    content = base64.b64encode(message).decode()
    return f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{content}</response>"


def matches(expected, found):
    """Compare two elements; see the module's docstring."""
    if expected.qualified != found.qualified:
        return False
    for name in expected.attributes.keys() | found.attributes.keys():
        left, right = expected.get(name), found.get(name)
        if left != right and not (left == "*" and right is not None):
            return False
    if expected.text == "...":
        return True
    same = len(expected.children) == len(found.children) and expected.text == found.text
    return same and all(map(matches, expected.children, found.children))


class Play:
    """A realm with clients; ``contacts=True`` makes all accounts each other's contacts."""

    def __init__(self, *, contacts=False, **options):
        count = itertools.count()
        tokens = options.pop("tokens", lambda: f"token{next(count):013d}")
        self.passwords = options.setdefault("passwords", PASSWORDS)
        self.failures = []
        self.scheduled = []
        self.realm = Realm(
            options.pop("domain", DOMAIN),
            options.pop("passwords", PASSWORDS),
            tokens=tokens,
            modules=options.pop("modules", MODULES),
            on_failure=lambda words, error: self.failures.append((words, error)),
            schedule=self.schedule,
            **options,
        )
        if contacts:
            befriend(self.realm)
        self.routed = []
        self.realm.on_routed = self.routed.append
        self.now = self.realm.started = 1_700_000_000.0
        self.realm.clock = lambda: self.now
        self.later = []
        self.clients = {}

    def client(self, **options):
        client = Client(self, Machine(self.realm, **options))
        self.clients[client.machine] = client
        return client

    def schedule(self, seconds, run):
        """Remember what the realm wants to do later; ``pass_time`` does it."""
        entry = (self.now + seconds, run)
        self.scheduled.append(entry)
        return lambda: entry in self.scheduled and self.scheduled.remove(entry)

    def pass_time(self, seconds):
        """Let time pass, and what was to be done in it."""
        self.now += seconds
        for entry in sorted(self.scheduled, key=lambda one: one[0]):
            if entry[0] <= self.now and entry in self.scheduled:
                self.scheduled.remove(entry)
                entry[1]()
        self.perform()

    def perform(self):
        while self.realm.pending:
            machine = next(iter(self.realm.pending))
            for effect in machine.take():
                self.clients[machine].wrote(effect)

    def login(self, name, resource="", presence="<presence/>"):
        return self.client().login(name, resource, presence)
