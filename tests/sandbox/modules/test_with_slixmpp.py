"""An independent client makes an account, uses the small services, and takes it away again."""

from __future__ import annotations

import asyncio

from slixmpp.exceptions import IqError

from tests.peers.bare import Bare
from tests.sandbox.serving import opened

DOMAIN = "capulet.example"
PLUGINS = (
    *("xep_0012", "xep_0030", "xep_0048", "xep_0049", "xep_0054", "xep_0077", "xep_0092"),
    *("xep_0115", "xep_0191", "xep_0199"),
)


async def came(server, name, password, *, make=False, offered=None):
    """Return a client that is logged in; with ``make`` it registers first (XEP-0077).

    What stream features say of capabilities goes into ``offered``.
    """
    offered = {} if offered is None else offered
    client = Bare(f"{name}@{DOMAIN}/x", password, ca_file=server.ca_file or "", plugins=PLUGINS)
    client.plugin["xep_0077"].create_account = make

    async def register(_form):
        iq = client.Iq(stype="set")
        iq["register"]["username"], iq["register"]["password"] = name, password
        await iq.send()

    client.add_event_handler("register", register)

    def see(presence):  # slixmpp makes one of what the stream features say
        if not presence["from"].resource:
            offered.update({name: presence["caps"][name] for name in ("node", "ver", "hash")})

    client.add_event_handler("entity_caps", see)
    return await client.log_in(server.host, server.port)


async def refused(request):
    """Return the condition with which a request is refused."""
    try:
        await request
    except IqError as error:
        return error.condition
    return None


async def services(tybalt, juliet):
    """What a client of another maker reads in the answers."""
    card = tybalt.plugin["xep_0054"].make_vcard()
    card["FN"] = "Tybalt"
    await tybalt.plugin["xep_0054"].publish_vcard(card)
    read = await juliet.plugin["xep_0054"].get_vcard(f"tybalt@{DOMAIN}")
    assert read["vcard_temp"]["FN"] == "Tybalt"

    marks = tybalt.plugin["xep_0048"].stanza.Bookmarks()
    marks.add_conference(f"room@rooms.{DOMAIN}", "cats")
    await tybalt.plugin["xep_0049"].store(marks)
    private = await tybalt.plugin["xep_0049"].retrieve("bookmarks")
    assert [one["nick"] for one in private["private"]["bookmarks"]["conferences"]] == ["cats"]

    uptime = await tybalt.plugin["xep_0012"].get_last_activity(DOMAIN)
    assert 0 <= uptime["last_activity"]["seconds"] < 60
    version = await tybalt.plugin["xep_0092"].get_version(DOMAIN)
    assert version["software_version"]["version"] == "1.2"
    assert await tybalt.plugin["xep_0199"].ping(DOMAIN) >= 0


async def capabilities(client, offered):
    """The hash in the stream features, by the client's own reckoning."""
    disco, caps = client.plugin["xep_0030"], client.plugin["xep_0115"]
    info = await disco.get_info(jid=DOMAIN, cached=False)
    node = await disco.get_info(
        jid=DOMAIN, node=f"{offered['node']}#{offered['ver']}", cached=False
    )
    assert caps.generate_verstring(info["disco_info"], "sha-1") == offered["ver"]
    assert node["disco_info"]["features"] == info["disco_info"]["features"]


async def blocking(tybalt, juliet):
    """Juliet blocks, and Tybalt finds nobody."""
    ping = tybalt.plugin["xep_0199"].send_ping
    block = juliet.plugin["xep_0191"]
    told = asyncio.get_running_loop().create_future()
    juliet.add_event_handler("blocked", told.set_result)
    await block.get_blocked()
    await block.block(f"tybalt@{DOMAIN}")
    await asyncio.wait_for(told, 10)

    assert await refused(ping(f"juliet@{DOMAIN}")) == "service-unavailable"
    [item] = (await block.get_blocked())["blocklist"]["items"]
    assert item["jid"] == f"tybalt@{DOMAIN}"
    await block.unblock(f"tybalt@{DOMAIN}")
    assert await refused(ping(f"juliet@{DOMAIN}")) is None


def test_an_account_from_its_beginning_to_its_end():
    """Register, log in, use what there is, change the password, cancel."""

    async def main():
        async with opened(domain=DOMAIN, passwords={"juliet": "capulet"}, version="1.2") as server:
            offered = {}
            tybalt = await came(server, "tybalt", "old one", make=True, offered=offered)
            juliet = await came(server, "juliet", "capulet")
            await services(tybalt, juliet)
            await blocking(tybalt, juliet)
            await capabilities(tybalt, offered)
            await tybalt.plugin["xep_0077"].change_password("new one", jid=DOMAIN)
            await tybalt.log_out()
            tybalt = await came(server, "tybalt", "new one")
            await tybalt.plugin["xep_0077"].cancel_registration(jid=DOMAIN)
            assert list(server.realm.accounts) == ["juliet"]
            await tybalt.log_out()
            await juliet.log_out()

    asyncio.run(main())
