"""A server that is killed at any moment has lost nothing that it had acknowledged.

One file outlives fifty servers.  Before each is killed, a client does one thing after
another and remembers what was acknowledged: by a result, by a roster push, or by the
counter of stream management (XEP-0198).  The next server must know all of it.
"""

from __future__ import annotations

import random
import re
import signal
import threading

import pytest

from tests.peers.raw import Lost, Raw
from tests.test_cli_sandbox import Program

ROUNDS = 50
LONGEST = 0.25
"""Seconds after which a server is killed at the latest, counted from the first act."""
MOST_REQUESTS = 500
"""Requests for a subscription; each leaves a contact, and a list has an end."""


class Life:
    """What clients were told, over the lives of all servers.

    Attributes:
        roster: contact -> name, as acknowledged to alice.
        unsure: what was asked for when the server died: it may have happened or not.
        mail: numbers of messages that the server acknowledged, by recipient.
        read: numbers of messages that recipients read.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.roster = {}
        self.private = ""
        self.blocked = set()
        self.asked = set()
        self.unsure = {}
        self.mail = {"bob": set(), "carol": set()}
        self.read = {"bob": set(), "carol": set()}
        self.number = 0
        self.acts = 0

    # --- acts; each is acknowledged before it returns

    def add_contact(self, alice):
        contact = f"c{self.random.randrange(20)}@other.example"
        name = f"n{self.random.randrange(1000)}"
        self.unsure["roster", contact] = name
        item = f"<item jid='{contact}' name='{name}'/>"
        assert b"type='result'" in alice.ask(
            f"<query xmlns='jabber:iq:roster'>{item}</query>", "set"
        )
        self.roster[contact] = name

    def remove_contact(self, alice):
        if not self.roster:
            return
        contact = self.random.choice(sorted(self.roster))
        self.unsure["roster", contact] = None
        item = f"<item jid='{contact}' subscription='remove'/>"
        assert b"type='result'" in alice.ask(
            f"<query xmlns='jabber:iq:roster'>{item}</query>", "set"
        )
        del self.roster[contact]

    def keep_private(self, alice):
        value = f"v{self.random.randrange(10**6)}"
        self.unsure["private"] = value
        payload = f"<query xmlns='jabber:iq:private'><x xmlns='urn:example:x'>{value}</x></query>"
        assert b"type='result'" in alice.ask(payload, "set")
        self.private = value

    def block(self, alice):
        one = f"b{self.random.randrange(20)}@other.example"
        self.unsure["blocked", one] = True
        payload = f"<block xmlns='urn:xmpp:blocking'><item jid='{one}'/></block>"
        assert b"type='result'" in alice.ask(payload, "set")
        self.blocked.add(one)

    def subscribe(self, alice):
        if len(self.asked) >= MOST_REQUESTS:
            return
        one = f"s{self.random.randrange(10**6)}"
        alice.say(f"<presence type='subscribe' to='{one}@localhost'/>")
        push = f"<item[^>]*{one}@localhost[^>]*ask='subscribe'|ask='subscribe'[^>]*{one}@"
        alice.until(push.encode())
        self.asked.add(one)

    def write_mail(self, alice):
        to = self.random.choice(["bob", "carol"])
        count = self.random.randrange(1, 6)
        numbers = range(self.number, self.number + count)
        self.number += count
        alice.say(
            "".join(
                f"<message to='{to}@localhost' type='chat'><body>mail {n}.</body></message>"
                for n in numbers
            )
        )
        alice.stanzas += count
        alice.say("<r xmlns='urn:xmpp:sm:3'/>")
        counted = re.search(rb"h='(\d+)'", alice.until(rb"<a [^>]*h='\d+'[^>]*>"))[1]
        assert int(counted) == alice.stanzas % 2**32
        self.mail[to].update(numbers)

    # --- the story

    def come(self, program):
        """Log alice in, with stream management, counting what she sends."""
        alice = Counting(program, "alice")
        alice.say("<enable xmlns='urn:xmpp:sm:3'/>")
        alice.until(b"<enabled[^>]*>")
        alice.stanzas = 0
        alice.ask("<query xmlns='jabber:iq:roster'/>")  # to be told of changes
        return alice

    def live(self, alice, carol):
        """Act until the server is gone."""
        acts = [self.add_contact, self.remove_contact, self.keep_private, self.block,
                self.subscribe, self.write_mail, self.write_mail]  # fmt: skip
        while True:
            self.unsure.clear()
            try:
                self.random.choice(acts)(alice)
            except Lost:
                return
            self.acts += 1

    def look(self, program):
        """Compare what the new server knows with what the old one acknowledged."""
        alice = Raw(program, "alice", "look")
        listed = alice.ask("<query xmlns='jabber:iq:roster'/>").decode()
        items = [one for one in re.findall("<item [^>]*>", listed) if "@other" in one]
        found = {
            re.search("jid='([^']*)'", one)[1]: re.search("name='([^']*)'", one)[1] for one in items
        }
        for contact in self.roster.keys() | found.keys():
            allowed = {self.roster.get(contact)}
            if ("roster", contact) in self.unsure:
                allowed.add(self.unsure["roster", contact])
            assert found.get(contact) in allowed
        self.roster = found
        assert self.asked <= set(re.findall("jid='(s\\d+)@localhost'", listed))
        private = alice.ask("<query xmlns='jabber:iq:private'><x xmlns='urn:example:x'/></query>")
        value = "".join(re.findall(">(v\\d+)<", private.decode()))
        assert value in {self.private, self.unsure.get("private")}
        self.private = value
        blocked = alice.ask("<blocklist xmlns='urn:xmpp:blocking'/>").decode()
        assert self.blocked <= set(re.findall("jid='([^']*)'", blocked))
        alice.leave()
        for name in ("bob", "carol"):
            self.collect(program, name)

    def collect(self, program, name):
        """Read what waits for somebody."""
        client = Raw(program, name, "look")
        client.say("<presence/>")
        client.ask("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
        self.read[name].update(map(int, re.findall(rb"mail (\d+)\.", client.heard)))
        client.leave()
        assert self.mail[name] <= self.read[name]


class Counting(Raw):
    """A client that counts the stanzas it sends."""

    stanzas = 0

    def ask(self, payload, type="get", to=""):
        self.stanzas += 1
        return super().ask(payload, type, to)

    def say(self, text):
        self.stanzas += text.startswith("<presence")
        super().say(text)


def deaf(program):
    """Log carol in with stream management; she never acknowledges anything."""
    carol = Raw(program, "carol")
    carol.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    carol.until(b"<enabled[^>]*>")
    carol.say("<presence/>")
    carol.ask("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
    return carol


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_killed_servers_lose_nothing_that_was_acknowledged(tmp_path):
    """Roster, private data, blocked contacts, requests, and mail for two who are away."""
    options = ("--any-account", "--no-tls", "--store", str(tmp_path / "store.sqlite"))
    life = Life(seed=1998)
    for _ in range(ROUNDS):
        with Program(*options) as program:
            life.look(program)
            alice, carol = life.come(program), deaf(program)
            moment = threading.Timer(
                life.random.uniform(0, LONGEST), program.process.send_signal, [signal.SIGKILL]
            )
            moment.start()
            life.live(alice, carol)
            moment.join()
            alice.leave()
            carol.leave()
    with Program(*options) as program:
        life.look(program)

    assert life.acts > 10 * ROUNDS
    assert len(life.mail["bob"]) > ROUNDS
    assert len(life.mail["carol"]) > ROUNDS
