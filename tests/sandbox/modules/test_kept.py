"""What clients leave at the server is in its file when the server comes back."""

from __future__ import annotations

from tests.sandbox.asking import ask, condition
from tests.sandbox.conversation import DOMAIN, Play
from xmppexplore.sandbox.database import Database

ODD = "\u2028'\"&lt;&amp;]]&gt; \U0001f339"
PASSWORD = (
    "<query xmlns='jabber:iq:register'><username>romeo</username><password>pä</password></query>"
)


def test_everything_that_clients_keep_survives_in_one_file(tmp_path):
    """vCard, private XML, blocklist, last activity and a new password, by SQLite."""
    path = tmp_path / "server.db"
    card = f"<vCard xmlns='vcard-temp'><FN>{ODD}</FN></vCard>"
    fragment = f"<a xmlns='urn:b'>{ODD}</a>"
    private = "<query xmlns='jabber:iq:private'>{}</query>"
    items = "<item jid='a.example/\u2028x'/><item jid='nobody@play.example'/>"
    first = Play(storage=Database(path, DOMAIN))
    romeo = first.login("romeo", "orchard")
    for payload in (
        card,
        private.format(fragment),
        f"<block xmlns='urn:xmpp:blocking'>{items}</block>".replace("\u2028", ""),
        PASSWORD,
    ):
        assert condition(ask(romeo, payload, "set")) is None
    romeo >> "<presence type='unavailable'><status>bye</status></presence>"
    first.realm.storage.commit()
    first.realm.storage.close()

    second = Play(storage=Database(path, DOMAIN), passwords={})
    second.now += 60
    client = second.client()
    client.tls()
    client.scram("romeo", "pä")
    assert b"<success" in client.items.pop()[1]
    client.open()
    client >> "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    client.skip()

    assert ask(client, "<vCard xmlns='vcard-temp'/>").children[0].xml == card
    kept = ask(client, private.format("<a xmlns='urn:b'/>")).children[0].children[0]
    assert kept.xml == fragment
    blocked = ask(client, "<blocklist xmlns='urn:xmpp:blocking'/>").children[0].children
    assert [one.get("jid") for one in blocked] == ["a.example/x", "nobody@play.example"]
    last = ask(client, "<query xmlns='jabber:iq:last'/>").children[0]
    assert (last.get("seconds"), last.text) == ("60", "bye")
    second.realm.storage.close()
