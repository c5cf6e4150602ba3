"""A client that manages its stream (XEP-0198), with its own count of what came and went.

It is written from the XEP, not from the server: it counts, answers, keeps what it sent until
that is acknowledged, and after a resumption sends the rest again.
"""

from __future__ import annotations

from tests.sandbox.conversation import Play
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import IQ, MESSAGE, PRESENCE

SM = "urn:xmpp:sm:3"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ENABLE = f"<enable xmlns='{SM}' resume='true'/>"


def nonza(client, name):
    """Return the next item that came, which must be this nonza of stream management."""
    _, raw = client.items.pop(0)
    element = parse(raw)
    assert element.qualified == f"{{{SM}}}{name}", raw.decode()
    return element


def condition(failed):
    """Return the condition of a ``<failed/>``."""
    (child,) = failed.children
    assert child.namespace == STANZAS
    return child.name


def counted(client):
    """Take all that came; return the stanzas, without requests and answers."""
    stanzas = [raw for kind, raw in client.items if kind in (MESSAGE, PRESENCE, IQ)]
    client.items.clear()
    return stanzas


def bodies(stanzas):
    """Return the bodies of the messages among some stanzas."""
    found = [parse(raw).find("body") for raw in stanzas]
    return [body.text for body in found if body is not None]


class Phone:
    """A client that resumes.

    Attributes:
        client: the connection of now.
        id: of the session.
        got: the stanzas that came, once each.
        handled: the same, counted from when management began.
        unsent: what the server has not acknowledged.
    """

    def __init__(self, play: Play, name: str, resource: str = "phone", enable: str = ENABLE):
        self.play = play
        self.name = name
        self.client = play.client().login(name, resource)
        self.client >> enable
        self.enabled = nonza(self.client, "enabled")
        self.id = self.enabled.get("id")
        self.got = []
        self.handled = 0
        self.unsent = []
        self.acknowledged = 0

    def send(self, xml):
        """Send a stanza, and keep it until it is acknowledged."""
        self.unsent.append(xml)
        self.client >> xml

    def read(self):
        """Take what came: stanzas are counted, requests answered, answers obeyed."""
        asked = False
        while self.client.items:
            kind, raw = self.client.items.pop(0)
            if kind in (MESSAGE, PRESENCE, IQ):
                self.got.append(raw)
                self.handled += 1
            else:
                element = parse(raw)
                asked |= element.name == "r"
                if element.name == "a":
                    self.take(int(element.get("h")))
        if asked:
            self.answer()

    def answer(self):
        self.client >> f"<a xmlns='{SM}' h='{self.handled}'/>"

    def ask(self):
        """Have the server say what it has handled."""
        self.client >> f"<r xmlns='{SM}'/>"

    def take(self, handled):
        assert 0 <= handled - self.acknowledged <= len(self.unsent)
        del self.unsent[: handled - self.acknowledged]
        self.acknowledged = handled

    def cut(self):
        """Lose the connection, with all that was on its way."""
        self.client.items.clear()
        self.client.cut()

    def log_in(self):
        """Log in up to where a session is resumed."""
        self.client = self.play.client()
        self.client.tls()
        self.client.scram(self.name, self.play.passwords[self.name])
        self.client.skip()
        self.client.open()
        return self.client

    def resume(self):
        """Log in again and go on; what was not handled is sent again, in both directions."""
        self.log_in() >> f"<resume xmlns='{SM}' previd='{self.id}' h='{self.handled}'/>"
        resumed = nonza(self.client, "resumed")
        assert resumed.get("previd") == self.id
        self.take(int(resumed.get("h")))
        for xml in self.unsent:
            self.client >> xml
        return resumed
