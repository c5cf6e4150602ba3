"""The server's capabilities are what it says of itself (XEP-0115)."""

from __future__ import annotations

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.asking import ask, condition
from xmppexplore.sandbox.modules.caps import verification

CAPS = "{http://jabber.org/protocol/caps}c"
INFO = "http://jabber.org/protocol/disco#info"


def offered(play):
    """Log in and return the capabilities in the stream features after login."""
    client = play.client()
    client.tls()
    client.scram("romeo", "balcony")
    client.items.clear()
    return client.open().find(CAPS)


def test_the_vector_of_the_document():
    """§5.2; the same is the example of the function."""
    features = ["disco#items", "caps", "muc", "disco#info"]
    exodus = {"category": "client", "type": "pc", "name": "Exodus 0.9.1"}

    assert (
        verification([exodus], [f"http://jabber.org/protocol/{one}" for one in features])
        == "QgayPKawpkPSDYmwT/WM94uAlu0="
    )


def test_the_hash_is_that_of_what_the_node_answers(play):
    """Computed here from the answer, by the steps of §5.1."""
    caps = offered(play)
    node = f"{caps.get('node')}#{caps.get('ver')}"
    romeo = play.login("romeo", "orchard")
    query = ask(romeo, f"<query xmlns='{INFO}' node='{node}'/>", to="play.example").children[0]
    [identity] = query.find_all("identity")
    said = f"{identity.get('category')}/{identity.get('type')}//{identity.get('name')}<"
    said += "".join(f"{one}<" for one in sorted(f.get("var") for f in query.find_all("feature")))

    assert query.get("node") == node
    assert caps.get("hash") == "sha-1"
    assert caps.get("ver") == base64.b64encode(hashlib.sha1(said.encode()).digest()).decode()
    plain = ask(romeo, f"<query xmlns='{INFO}'/>", to="play.example").children[0]
    assert [child.xml for child in plain.children] == [child.xml for child in query.children]


def test_a_new_feature_is_a_new_hash(play):
    """A handler of the user's own is announced; the old node is unknown then."""
    before = offered(play)
    forget = play.realm.answer("{urn:example:dice}roll", lambda _request: None)
    after = offered(play)
    romeo = play.login("romeo", "orchard")
    old = f"<query xmlns='{INFO}' node='{before.get('node')}#{before.get('ver')}'/>"

    assert after.get("ver") != before.get("ver")
    assert condition(ask(romeo, old, to="play.example")) == ("cancel", "item-not-found")
    forget()
    assert offered(play).get("ver") == before.get("ver")


@given(st.lists(st.text("abcé/:#<", max_size=5)), st.randoms())
def test_order_does_not_matter(features, random):
    """Whoever lists the same features gets the same hash."""
    shuffled = list(features)
    random.shuffle(shuffled)
    one = {"category": "client", "type": "pc"}

    assert verification([one], features) == verification([one], shuffled)
