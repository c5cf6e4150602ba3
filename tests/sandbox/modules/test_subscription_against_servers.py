"""The same subscriptions in the sandbox, in Prosody and in ejabberd: the same contact lists.

Two people ask, grant, cancel, leave and remove each other at random.  Two things are left out.
An approval that nobody asked for: the sandbox and Prosody keep it for later (RFC 6121 §3.4),
ejabberd does not know of it.  And, against ejabberd, the removal of somebody whose request
waits: the sandbox and Prosody answer the request with no, ejabberd lets it wait for ever.
"""

from __future__ import annotations

import random
import re
import time

import pytest

from tests.peers.raw import Raw
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import Address
from xmppexplore.wire.element import parse

KINDS = ("subscribe", "unsubscribe", "subscribed", "unsubscribed", "remove")
OTHER = {"romeo": "juliet", "juliet": "romeo"}
ROSTER = "<query xmlns='jabber:iq:roster'>{}</query>"
PATIENCE = 10.0
"""Seconds; of two clients of ejabberd one may be told later than the other."""
STEPS = 80


def seen(roster, jid):
    """Return subscription and ask of a contact; one that is not there is in state None."""
    for item in parse(roster).children[0].children:
        if item.get("jid") == jid:
            return item.get("subscription"), item.get("ask")
    return "none", None


def act(kind, jid):
    """Return what somebody sends: a stanza, or the content of a roster set."""
    if kind == "remove":
        return f"<item jid='{jid}' subscription='remove'/>"
    return f"<presence type='{kind}' to='{jid}'/>"


class Here:
    """The two in the sandbox."""

    def __init__(self):
        self.play = Play()
        self.clients = {name: self.play.login(name, "r") for name in OTHER}

    def state(self, name):
        """Return the state of the other one on the list of one."""
        other = Address(OTHER[name], "play.example")
        return self.play.realm.accounts[name].roster.state(other)

    def do(self, name, kind):
        """Do the next thing."""
        written = act(kind, f"{OTHER[name]}@play.example")
        if kind == "remove":
            written = f"<iq type='set' id='s'>{ROSTER.format(written)}</iq>"
        self.clients[name] >> written

    def seen(self, name):
        """Ask for the list."""
        client = self.clients[name].skip()
        client >> f"<iq type='get' id='g'>{ROSTER.format('')}</iq>"
        return seen(client.items.pop()[1], f"{OTHER[name]}@play.example")


def plan(rng, *, removal_answers):
    """Yield who does what next, with both lists as they are then in the sandbox."""
    here = Here()
    for _ in range(STEPS):
        name, kind = rng.choice(list(OTHER)), rng.choice(KINDS)
        if kind == "subscribed" and "PI" not in here.state(name):
            kind = "subscribe"
        if kind == "remove" and rng.random() < 0.7:
            kind = "subscribed" if "PI" in here.state(name) else "subscribe"
        if kind == "remove" and "PI" in here.state(name) and not removal_answers:
            kind = "unsubscribed"
        here.do(name, kind)
        yield name, kind, {one: here.seen(one) for one in OTHER}


def ask(client, jid):
    """Ask for a list on another server."""
    written = client.ask(ROSTER.format(""))
    empty = re.match(rb"<iq\b[^>]*/>", written)
    return seen(empty[0] if empty else written, jid)


@pytest.mark.parametrize("server", ["prosody_full", "ejabberd"])
def test_the_same_is_on_both_lists_after_each_step(server, request):
    """In whatever states that leads them through."""
    peer = request.getfixturevalue(server)
    with Raw(peer, "romeo", "r") as romeo, Raw(peer, "juliet", "r") as juliet:
        clients = {"romeo": romeo, "juliet": juliet}
        jids = {name: f"{OTHER[name]}@{peer.domain}" for name in OTHER}
        for name, client in clients.items():
            client.say("<presence/>")
            client.ask(ROSTER.format(act("remove", jids[name])), "set")
        met = set()
        planned = plan(random.Random(6121), removal_answers=server != "ejabberd")
        for step, (name, kind, expected) in enumerate(planned):
            if kind == "remove":
                clients[name].ask(ROSTER.format(act(kind, jids[name])), "set")
            else:
                clients[name].say(act(kind, jids[name]))
            deadline, found = time.monotonic() + PATIENCE, {}
            while found != expected and time.monotonic() < deadline:
                found = {one: ask(clients[one], jids[one]) for one in OTHER}
            assert found == expected, f"step {step}: {name} sent {kind}"
            met.update(expected.values())

    assert len(met) == 6  # none, none + ask, to, from, from + ask, both
