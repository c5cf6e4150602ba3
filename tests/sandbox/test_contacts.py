"""Memory, storage and clients agree about every contact list."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.sandbox.asking import kept_play, reopened
from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import address
from xmppexplore.sandbox.contacts import asked, befriend, interested, listed, move
from xmppexplore.sandbox.database import Database
from xmppexplore.wire.element import parse

NAMES = ("romeo", "juliet", "nurse")
NAMED = st.sampled_from(("romeo", "juliet", "romeo", "juliet", "nurse"))
KINDS = ("subscribe", "unsubscribe", "subscribed", "unsubscribed")
CONTACT = st.sampled_from(("romeo", "juliet", "romeo", "juliet", "nurse", "tybalt"))


def bare(name):
    """Return the address of somebody."""
    return f"{name}@play.example"


class Seen:
    """What one client knows from all that it was told: its list, and who is there."""

    def __init__(self, client, name, cached):
        self.client, self.name = client, name
        self.version, self.items = cached
        self.here = set()

    def read(self):
        """Take what came."""
        for _, raw in self.client.items:
            stanza = parse(raw)
            if stanza.name == "presence":
                self.presence(stanza)
            elif stanza.name == "iq" and stanza.get("type") != "error":
                for query in stanza.find_all("{jabber:iq:roster}query"):
                    self.roster(stanza, query)
        self.client.skip()

    def presence(self, stanza):
        if stanza.get("type") is None:
            self.here.add(stanza.get("from"))
        elif stanza.get("type") == "unavailable":
            self.here.discard(stanza.get("from"))

    def roster(self, iq, query):
        if iq.get("type") == "result":
            self.items = {}
        self.version = query.get("ver")
        for item in query.children:
            if item.get("subscription") == "remove":
                self.items.pop(item.get("jid"), None)
            else:
                self.items[item.get("jid")] = str(item)


class People(RuleBasedStateMachine):
    """Three people send each other whatever they like, and the server stops in between."""

    def __init__(self):
        super().__init__()
        self.play = kept_play()
        self.online = {}
        self.caches = {}
        # Who sees whom, as an oracle: (one, other) -> whether one sees the other's presence.
        self.sees = {}
        self.approved = set()
        self.names = {}

    # --- what people do

    @rule(name=NAMED)
    def log_in(self, name):
        """Come with the list of last time, ask for what is new, and be there."""
        if name in self.online:
            return
        client = self.play.client().login(name, "r")
        seen = self.online[name] = Seen(client, name, self.caches.get(name, ("", {})))
        client >> (
            "<iq type='get' id='r'>"
            f"<query xmlns='jabber:iq:roster' ver='{seen.version}'/></iq><presence/>"
        )
        self.read()

    @rule(name=NAMED, politely=st.booleans())
    def leave(self, name, politely):
        """Close the stream, or lose it."""
        seen = self.online.pop(name, None)
        if seen is None:
            return
        self.caches[name] = (seen.version, seen.items)
        if politely:
            seen.client >> "</stream:stream>"
        else:
            seen.client.machine.lost()
            self.play.perform()
        self.read()

    @rule(pair=st.sampled_from([("romeo", "juliet"), ("juliet", "romeo")]))
    def agree(self, pair):
        """Ask and approve, so that it happens more often than by chance."""
        self.send(*pair, "subscribe")
        self.send(*reversed(pair), "subscribed")

    @rule(
        name=NAMED,
        sent=st.lists(
            st.tuples(CONTACT, st.sampled_from(KINDS), st.booleans()), min_size=1, max_size=4
        ),
    )
    def send_some(self, name, sent):
        """Send several in a row."""
        for one in sent:
            self.send(name, *one)

    def send(self, name, contact, kind, resource=False):
        """Send a subscription stanza, right or wrong."""
        self.log_in(name)
        to = bare(contact) + "/r" * resource
        self.online[name].client >> f"<presence type='{kind}' to='{to}'/>"
        self.read()
        if contact != name:
            getattr(self, kind)(name, contact)

    @rule(name=NAMED, contact=CONTACT, called=st.sampled_from(["", "x", "y"]))
    def name_it(self, name, contact, called):
        """Put somebody on the list."""
        self.set(name, contact, f" name='{called}'")
        if contact != name:
            self.names[name, contact] = called

    @rule(name=NAMED, contact=CONTACT)
    def remove(self, name, contact):
        """Take somebody off the list."""
        self.set(name, contact, " subscription='remove'")
        if self.names.pop((name, contact), None) is not None:
            self.approved.discard((name, contact))
            self.end(name, contact)
            self.end(contact, name)

    def set(self, name, contact, more):
        self.log_in(name)
        self.online[name].client >> (
            "<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
            f"<item jid='{bare(contact)}'{more}/></query></iq>"
        )
        self.read()

    @precondition(lambda self: self.caches or self.online)
    @rule()
    def restart(self):
        """Stop the server and start it again, with what it kept."""
        for name, seen in self.online.items():
            self.caches[name] = (seen.version, seen.items)
        self.online.clear()
        self.play = reopened(self.play, passwords={})

    def read(self):
        for seen in self.online.values():
            seen.read()

    # --- the oracle: what each kind means, said once more

    def subscribe(self, name, contact):
        if self.sees.get((name, contact)) is None:
            self.names.setdefault((name, contact), "")
            at_once = (contact, name) in self.approved
            self.sees[name, contact] = at_once
            if at_once:
                self.names.setdefault((contact, name), "")

    def unsubscribe(self, name, contact):
        self.end(name, contact)

    def subscribed(self, name, contact):
        if self.sees.get((contact, name)) is not True:
            self.names.setdefault((name, contact), "")
        if (contact, name) not in self.sees:
            self.approved.add((name, contact))
        else:
            self.sees[contact, name] = True

    def unsubscribed(self, name, contact):
        self.approved.discard((name, contact))
        self.end(contact, name)

    def end(self, one, other):
        self.sees.pop((one, other), None)

    def state(self, name, contact):
        """Return the name of the state of one of two."""
        out, back = self.sees.get((name, contact)), self.sees.get((contact, name))
        if out and back:
            return "Both"
        waiting = "PO" * (out is False), "PI" * (back is False)
        return "+".join(["To" if out else "From" if back else "None", *filter(None, waiting)])

    # --- what must hold at every moment

    @invariant()
    def the_server_keeps_what_the_oracle_says(self):
        """State, name and approval of everybody."""
        expected = {
            (name, bare(contact)): (self.state(name, contact), self.names.get((name, contact)),
                                    (name, contact) in self.approved)
            for name in NAMES for contact in (*NAMES, "tybalt")
        }  # fmt: skip
        kept = dict.fromkeys(expected, ("None", None, False))
        for row in listed(self.play.realm):
            name = row.name if row.listed else None
            kept[row.account, row.contact] = (row.state, name, row.approved)

        assert kept == expected

    @invariant()
    def clients_know_their_lists(self):
        """By one answer and all pushes since."""
        for name, seen in self.online.items():
            roster = self.play.realm.accounts[name].roster
            assert seen.items == {str(one.address): one.item() for one in roster.shown()}

    @invariant()
    def clients_know_who_is_there(self):
        """Those whom they see, and themselves."""
        for name, seen in self.online.items():
            assert seen.here == {
                f"{bare(other)}/r"
                for other in self.online
                if other == name or self.sees.get((name, other))
            }

    @invariant()
    def a_restart_would_change_nothing(self):
        """The storage holds all of it."""
        if not self.play.realm.storage.pending:
            return
        assert list(listed(reopened(self.play, passwords={}).realm)) == list(
            listed(self.play.realm)
        )


People.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
test_memory_storage_and_clients_agree = People.TestCase


def test_befriending_makes_everybody_a_contact_of_everybody():
    """By name; and doing it again changes nothing."""
    realm = Play(contacts=True).realm
    befriend(realm)
    rows = list(listed(realm))

    assert [(row.account, row.contact, row.name, row.state) for row in rows] == [
        (name, bare(other), other, "Both") for name in NAMES for other in NAMES if other != name
    ]
    assert all(account.roster.number == 2 for account in realm.accounts.values())


def test_befriending_answers_what_waits():
    """A request that is kept would else be shown for ever."""
    realm = Play().realm
    romeo, juliet = realm.accounts["romeo"], realm.accounts["juliet"]
    contact = romeo.roster.contact(juliet.address)
    asked(realm, romeo, contact, "None+PI", b"<presence/>", 1.0)
    befriend(realm)

    assert romeo.roster.waiting == {}
    assert (contact.since, contact.request) == (0.0, b"")


def test_a_row_tells_what_clients_do_not_see():
    """Who has asked, and since when."""
    realm = Play().realm
    romeo = realm.accounts["romeo"]
    asked(realm, romeo, romeo.roster.contact(address("a@b")), "None+PI", b"<presence/>", 7.0)

    (row,) = listed(realm)
    assert (row.account, row.contact, row.state, row.listed, row.since) == (
        "romeo", "a@b", "None+PI", False, 7.0,
    )  # fmt: skip


def test_a_file_keeps_all_of_it(tmp_path):
    """Through the real storage: versions, removals, requests and groups."""

    def opened():
        return Play(storage=Database(tmp_path / "state.sqlite", "play.example"))

    play = opened()
    realm = play.realm
    romeo = realm.accounts["romeo"]
    client = play.login("romeo", "r")
    for xml in ("a@x", "b@x"):
        client >> (
            f"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='{xml}' name='n'>"
            "<group>g &lt;</group><group>h</group></item></query></iq>"
        )
    client >> (
        "<iq type='set' id='1'><query xmlns='jabber:iq:roster'>"
        "<item jid='a@x' subscription='remove'/></query></iq>"
    )
    asked(realm, romeo, romeo.roster.contact(address("c@x")), "None+PI", b"<presence/>", 7.5)
    realm.storage.close()
    again = opened().realm

    assert list(listed(again)) == list(listed(realm))
    assert again.accounts["romeo"].roster.version == romeo.roster.version
    assert again.accounts["romeo"].roster.removed == romeo.roster.removed
    assert again.accounts["romeo"].roster.waiting[address("c@x")].request == b"<presence/>"
    again.storage.close()


def test_guests_leave_nothing_in_the_storage():
    """They come only once."""
    realm = kept_play().realm
    realm.storage.commit()
    guest = realm.add_guest()
    move(realm, guest, guest.roster.contact(address("a@x")), "To")

    assert interested(guest) == []
    assert realm.storage.pending == []
