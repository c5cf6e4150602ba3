"""A long talk with a server: everything that a client may ask of it, as a table.

What a server refuses is part of the talk: refusals are explained too.  Nothing here knows
what a server answers.
"""

from __future__ import annotations

from collections.abc import Iterator

FORM = "<x xmlns='jabber:x:data' type='submit'>{}</x>"
PUBSUB = "http://jabber.org/protocol/pubsub"
MUC = "http://jabber.org/protocol/muc"
MADE_UP = "urn:example:nobody"
"""A namespace that nobody defines; a server has to refuse it."""


def field(name: str, *values: str) -> str:
    """Return a field of a data form."""
    inside = "".join(f"<value>{value}</value>" for value in values)
    return f"<field var='{name}'>{inside}</field>"


def hidden(form_type: str) -> str:
    """Return the field that names a form (XEP-0068)."""
    return f"<field var='FORM_TYPE' type='hidden'><value>{form_type}</value></field>"


def publish(node: str, payload: str, item: str = "current") -> str:
    """Return the request that publishes one item."""
    return (
        f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'>"
        f"<item id='{item}'>{payload}</item></publish></pubsub>"
    )


def at_a_node(action: str, node: str, inside: str = "", more: str = "") -> str:
    """Return a pubsub request of the user's side."""
    return f"<pubsub xmlns='{PUBSUB}'><{action} node='{node}'{more}>{inside}</{action}></pubsub>"


def owner(action: str, node: str, inside: str = "") -> str:
    """Return a pubsub request of the owner's side."""
    return f"<pubsub xmlns='{PUBSUB}#owner'><{action} node='{node}'>{inside}</{action}></pubsub>"


Request = tuple[str, str, str]
"""Type, recipient (``""`` for one's own account), payload."""


def requests(domain: str, rooms: str, pubsub: str, other: str) -> Iterator[Request]:
    """Yield the requests of romeo, in order.

    Args:
        domain: the server.
        rooms: a room that he creates, at the server's room service.
        pubsub: the pubsub service, or his own account where there is none.
        other: juliet's bare address.
    """
    yield from _server(domain, rooms, pubsub, other)
    yield from _account(domain, other)
    yield from _personal_events(other)
    yield from _nodes(pubsub)
    yield from _room(rooms, other)
    yield from _archive(rooms)


def _server(domain: str, rooms: str, pubsub: str, other: str) -> Iterator[Request]:
    service = rooms.partition("@")[2]
    for place in (domain, "", service, pubsub, other, f"upload.{domain}", f"proxy.{domain}"):
        yield "get", place, "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        yield "get", place, "<query xmlns='http://jabber.org/protocol/disco#items'/>"
    commands = "http://jabber.org/protocol/commands"
    yield (
        "get",
        domain,
        f"<query xmlns='http://jabber.org/protocol/disco#items' node='{commands}'/>",
    )
    yield "get", domain, "<ping xmlns='urn:xmpp:ping'/>"
    yield "get", domain, "<query xmlns='jabber:iq:version'/>"
    yield "get", domain, "<time xmlns='urn:xmpp:time'/>"
    yield "get", domain, "<query xmlns='jabber:iq:last'/>"
    yield "get", other, "<query xmlns='jabber:iq:last'/>"
    yield "get", domain, "<query xmlns='jabber:iq:register'/>"
    yield "get", domain, "<services xmlns='urn:xmpp:extdisco:2'/>"
    yield "get", domain, "<services xmlns='urn:xmpp:extdisco:2' type='turn'/>"
    for node in ("http://jabber.org/protocol/admin#get-user-roster", "uptime", "ping"):
        yield "set", domain, f"<command xmlns='{commands}' node='{node}' action='execute'/>"
    upload = "<request xmlns='urn:xmpp:http:upload:0' filename='a b.png' size='{}'{}/>"
    yield "get", f"upload.{domain}", upload.format(1000, " content-type='image/png'")
    yield "get", f"upload.{domain}", upload.format(10**12, "")
    yield (
        "get",
        f"proxy.{domain}",
        "<query xmlns='http://jabber.org/protocol/bytestreams'/>",
    )
    yield "get", domain, f"<query xmlns='{MADE_UP}'/>"
    yield "get", "", "<query xmlns='jabber:iq:gateway'/>"


def _account(domain: str, other: str) -> Iterator[Request]:
    roster = "<query xmlns='jabber:iq:roster'>{}</query>"
    yield "get", "", "<query xmlns='jabber:iq:roster'/>"
    yield "set", "", roster.format(f"<item jid='{other}' name='J'><group>Verona</group></item>")
    yield "get", "", "<query xmlns='jabber:iq:roster' ver=''/>"
    yield "set", "", roster.format(f"<item jid='nobody@{domain}'/>")
    yield "set", "", roster.format(f"<item jid='nobody@{domain}' subscription='remove'/>")
    yield "set", "", roster.format("<item jid='a@b'/><item jid='c@d'/>")
    yield "get", "", "<vCard xmlns='vcard-temp'/>"
    yield (
        "set",
        "",
        (
            "<vCard xmlns='vcard-temp'><FN>Romeo Montague</FN><NICKNAME>romeo</NICKNAME>"
            "<N><FAMILY>Montague</FAMILY><GIVEN>Romeo</GIVEN></N>"
            "<ADR><HOME/><LOCALITY>Verona</LOCALITY></ADR><EMAIL><USERID>r@m.example</USERID></EMAIL>"
            "<PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO></vCard>"
        ),
    )
    yield "get", "", "<vCard xmlns='vcard-temp'/>"
    yield "get", other, "<vCard xmlns='vcard-temp'/>"
    private = "<query xmlns='jabber:iq:private'>{}</query>"
    bookmarks = f"<conference jid='hall@rooms.{domain}' autojoin='true'><nick>r</nick></conference>"
    yield "set", "", private.format(f"<storage xmlns='storage:bookmarks'>{bookmarks}</storage>")
    yield "get", "", private.format("<storage xmlns='storage:bookmarks'/>")
    yield "get", "", private.format("<roster xmlns='roster:delimiter'/>")
    yield "get", "", "<blocklist xmlns='urn:xmpp:blocking'/>"
    yield "set", "", f"<block xmlns='urn:xmpp:blocking'><item jid='tybalt@{domain}'/></block>"
    yield "get", "", "<blocklist xmlns='urn:xmpp:blocking'/>"
    yield "set", "", f"<unblock xmlns='urn:xmpp:blocking'><item jid='tybalt@{domain}'/></unblock>"
    yield "get", "", "<query xmlns='jabber:iq:privacy'/>"
    yield "set", "", "<enable xmlns='urn:xmpp:carbons:2'/>"
    yield "set", "", "<disable xmlns='urn:xmpp:carbons:2'/>"
    yield "set", "", "<enable xmlns='urn:xmpp:carbons:2'/>"
    yield "set", "", f"<enable xmlns='urn:xmpp:push:0' jid='push.{domain}' node='n1'/>"
    yield "set", "", f"<disable xmlns='urn:xmpp:push:0' jid='push.{domain}'/>"
    yield "set", "", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"


def _personal_events(other: str) -> Iterator[Request]:
    mood = "<mood xmlns='http://jabber.org/protocol/mood'><happy/><text>Ah me</text></mood>"
    yield "set", "", publish("http://jabber.org/protocol/mood", mood)
    nick = "<nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick>"
    yield "set", "", publish("http://jabber.org/protocol/nick", nick)
    tune = (
        "<tune xmlns='http://jabber.org/protocol/tune'><title>Lute</title><rating>8</rating></tune>"
    )
    yield "set", "", publish("http://jabber.org/protocol/tune", tune)
    activity = (
        "<activity xmlns='http://jabber.org/protocol/activity'><relaxing><partying/></relaxing>"
        "</activity>"
    )
    yield "set", "", publish("http://jabber.org/protocol/activity", activity)
    place = (
        "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>45.4</lat><lon>11</lon></geoloc>"
    )
    yield "set", "", publish("http://jabber.org/protocol/geoloc", place)
    picture = "<data xmlns='urn:xmpp:avatar:data'>iVBORw0KGgo=</data>"
    about = (
        "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='8' height='8' width='8' "
        "id='0000000000000000000000000000000000000000' type='image/png'/></metadata>"
    )
    yield "set", "", publish("urn:xmpp:avatar:data", picture)
    yield "set", "", publish("urn:xmpp:avatar:metadata", about)
    mark = (
        "<conference xmlns='urn:xmpp:bookmarks:1' name='Hall' autojoin='true'><nick>r</nick>"
        "</conference>"
    )
    options = (
        "<publish-options>"
        + FORM.format(
            hidden(f"{PUBSUB}#publish-options")
            + field("pubsub#persist_items", "true")
            + field("pubsub#access_model", "whitelist")
        )
        + "</publish-options>"
    )
    private = publish("urn:xmpp:bookmarks:1", mark, "hall@rooms.example")
    yield "set", "", private.replace("</pubsub>", options + "</pubsub>")
    yield "get", "", at_a_node("items", "urn:xmpp:bookmarks:1")
    yield "get", other, at_a_node("items", "http://jabber.org/protocol/nick")
    retract = "<item id='hall@rooms.example'/>"
    yield "set", "", at_a_node("retract", "urn:xmpp:bookmarks:1", retract, " notify='true'")


def _nodes(pubsub: str) -> Iterator[Request]:
    yield "set", pubsub, f"<pubsub xmlns='{PUBSUB}'><create node='verona'/></pubsub>"
    settings = FORM.format(
        hidden(f"{PUBSUB}#node_config") + field("pubsub#title", "News of Verona")
    )
    created = f"<create node='mantua'/><configure>{settings}</configure>"
    yield "set", pubsub, f"<pubsub xmlns='{PUBSUB}'>{created}</pubsub>"
    yield "get", pubsub, owner("configure", "verona")
    yield "set", pubsub, owner("configure", "verona", settings)
    yield "get", pubsub, f"<pubsub xmlns='{PUBSUB}#owner'><default/></pubsub>"
    yield "get", pubsub, f"<pubsub xmlns='{PUBSUB}'><default/></pubsub>"
    me = " jid='{me}'"
    yield "set", pubsub, at_a_node("subscribe", "verona", "", me)
    entry = "<entry xmlns='http://www.w3.org/2005/Atom'><title>A feast</title></entry>"
    yield "set", pubsub, publish("verona", entry, "1")
    yield "set", pubsub, publish("verona", entry, "2")
    yield "get", pubsub, at_a_node("items", "verona", "", " max_items='1'")
    yield "get", pubsub, at_a_node("items", "verona", "<item id='1'/>")
    page = "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max></set>"
    asked = at_a_node("items", "verona").replace("</pubsub>", page + "</pubsub>")
    yield "get", pubsub, asked
    yield "get", pubsub, f"<pubsub xmlns='{PUBSUB}'><subscriptions/></pubsub>"
    yield "get", pubsub, f"<pubsub xmlns='{PUBSUB}'><affiliations/></pubsub>"
    yield "get", pubsub, at_a_node("options", "verona", "", me)
    yield "get", pubsub, owner("subscriptions", "verona")
    yield "get", pubsub, owner("affiliations", "verona")
    yield (
        "set",
        pubsub,
        owner("affiliations", "verona", "<affiliation jid='{other}' affiliation='member'/>"),
    )
    for kind in ("info", "items"):
        query = f"<query xmlns='http://jabber.org/protocol/disco#{kind}' node='verona'/>"
        yield "get", pubsub, query
    yield "set", pubsub, at_a_node("retract", "verona", "<item id='1'/>", " notify='1'")
    yield "set", pubsub, owner("purge", "verona")
    yield "set", pubsub, at_a_node("unsubscribe", "verona", "", me)
    yield "set", pubsub, owner("delete", "mantua")
    yield "set", pubsub, owner("delete", "nowhere")


def _room(room: str, other: str) -> Iterator[Request]:
    yield "get", room, f"<query xmlns='{MUC}#owner'/>"
    settings = FORM.format(
        hidden(f"{MUC}#roomconfig")
        + field("muc#roomconfig_roomname", "The hall")
        + field("muc#roomconfig_persistentroom", "1")
        + field("muc#roomconfig_whois", "anyone")
    )
    yield "set", room, f"<query xmlns='{MUC}#owner'>{settings}</query>"
    for kind in ("info", "items"):
        yield "get", room, f"<query xmlns='http://jabber.org/protocol/disco#{kind}'/>"
    for affiliation in ("owner", "admin", "member", "outcast"):
        yield "get", room, f"<query xmlns='{MUC}#admin'><item affiliation='{affiliation}'/></query>"
    yield "get", room, f"<query xmlns='{MUC}#admin'><item role='participant'/></query>"
    invited = f"<item jid='{other}' affiliation='member'><reason>Come</reason></item>"
    yield "set", room, f"<query xmlns='{MUC}#admin'>{invited}</query>"
    yield "set", room, f"<query xmlns='{MUC}#admin'><item nick='juliet' role='visitor'/></query>"
    yield "get", room, "<query xmlns='jabber:iq:register'/>"
    yield "get", f"{room}/romeo", "<ping xmlns='urn:xmpp:ping'/>"
    yield "get", f"{room}/juliet", "<query xmlns='jabber:iq:version'/>"
    yield "get", room, "<vCard xmlns='vcard-temp'/>"


def _archive(room: str) -> Iterator[Request]:
    mam = "urn:xmpp:mam:2"
    yield "get", "", f"<query xmlns='{mam}'/>"
    yield "get", "", f"<prefs xmlns='{mam}'/>"
    yield (
        "set",
        "",
        (
            f"<prefs xmlns='{mam}' default='always'><always/>"
            "<never><jid>x@y.example</jid></never></prefs>"
        ),
    )
    wanted = FORM.format(hidden(mam) + field("start", "2020-01-01T00:00:00Z"))
    page = "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set>"
    yield "set", "", f"<query xmlns='{mam}' queryid='q1'>{wanted}{page}</query>"
    yield (
        "set",
        "",
        f"<query xmlns='{mam}' queryid='q2'><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set></query>",
    )
    yield "set", room, f"<query xmlns='{mam}' queryid='q3'>{page}</query>"
    yield "get", "", f"<metadata xmlns='{mam}'/>"
    yield (
        "set",
        "",
        "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'/></query>",
    )


def messages(other: str, room: str) -> Iterator[str]:
    """Yield stanzas that are sent and not answered: what messages carry today."""
    head = f"<message to='{other}' type='chat' id='m1'>"
    for inside in (
        (
            "<body>Hi</body><active xmlns='http://jabber.org/protocol/chatstates'/>"
            "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
            "<origin-id xmlns='urn:xmpp:sid:0' id='o1'/>"
        ),
        "<body>Hello</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>",
        (
            "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
            "<no-store xmlns='urn:xmpp:hints'/>"
        ),
        "<received xmlns='urn:xmpp:receipts' id='m1'/><store xmlns='urn:xmpp:hints'/>",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>❤</reaction></reactions>",
        "<body>See https://x.example</body><x xmlns='jabber:x:oob'><url>https://x.example</url></x>",
        (
            "<body>&gt; Hi\nYes</body><reply xmlns='urn:xmpp:reply:0' to='a@b.example' id='m1'/>"
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='5'/>"
            "</fallback>"
        ),
        "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>",
        (
            "<body>Sealed</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2' "
            "name='OMEMO'/>"
        ),
        "<subject>Feast</subject><thread parent='t0'>t1</thread><body xml:lang='it'>Ciao</body>",
        "<attention xmlns='urn:xmpp:attention:0'/>",
        f"<x xmlns='jabber:x:conference' jid='{room}' reason='Come'/>",
        (
            "<propose xmlns='urn:xmpp:jingle-message:0' id='c1'>"
            "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose>"
        ),
        (
            "<body>Bold</body><html xmlns='http://jabber.org/protocol/xhtml-im'>"
            "<body xmlns='http://www.w3.org/1999/xhtml'><p><em>Bold</em></p></body></html>"
        ),
    ):
        yield f"{head}{inside}</message>"
    yield f"<message to='{room}' type='groupchat'><body>To all</body></message>"
    yield f"<message to='{room}' type='groupchat'><subject>The feast</subject></message>"
    invitation = f"<invite to='{other}'><reason>Come</reason></invite>"
    yield f"<message to='{room}'><x xmlns='{MUC}#user'>{invitation}</x></message>"
    yield f"<message to='{room}/nobody' type='chat'><body>?</body></message>"
    yield f"<message to='{other}/nowhere' type='normal'><body>?</body></message>"
    yield "<message to='juliet@nowhere.invalid'><body>?</body></message>"
