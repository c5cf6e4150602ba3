"""Another hand's client logs in: slixmpp, bare, with the certificate verified."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import datetime

import pytest

from tests.peers.bare import Bare
from tests.peers.census import census, settled
from tests.sandbox import serving
from xmppexplore.errors import UsageError

DOMAIN = "capulet.example"
PASSWORDS = {name: secrets.token_urlsafe(12) for name in ("romeo", "juliet")}


def opened(**options):
    """Open a sandbox of two people who are each other's contacts, for a while."""
    return serving.opened(domain=DOMAIN, passwords=PASSWORDS, **options)


def client(server, name, resource="", mechanism=None, password=None, **options):
    """Return a bare client; an unpinned mechanism would be weakened after a failure."""
    address = f"{name}@{DOMAIN}" + (f"/{resource}" if resource else "")
    bare = Bare(address, password or PASSWORDS[name], ca_file=server.ca_file or "", **options)
    if mechanism:
        bare.plugin["feature_mechanisms"].use_mech = mechanism
    return bare


async def arrival(bare, event):
    """Return what the client is told next of an event."""
    found = asyncio.get_running_loop().create_future()
    bare.add_event_handler(event, found.set_result, disposable=True)
    async with asyncio.timeout(10):
        return await found


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_each_mechanism_over_each_way_to_tls(mechanism, tls):
    """One port, verified certificate, and nothing left behind."""

    async def main():
        before = census()
        async with opened() as server:
            romeo = client(server, "romeo", "orchard", mechanism, tls=tls)
            await romeo.log_in(server.host, server.port)
            used = romeo.plugin["feature_mechanisms"].mech.name
            assert used == mechanism
            assert romeo.boundjid.full == f"romeo@{DOMAIN}/orchard"
            await romeo.log_out()
        assert await settled(before) == before

    asyncio.run(main())


def test_without_tls_scram_works():
    """For those who want to see the bytes of the login in another tool."""

    async def main():
        async with opened(tls=False) as server:
            assert server.ca_file is None
            romeo = client(server, "romeo", tls="none")
            await romeo.log_in(server.host, server.port)
            await romeo.log_out()

    asyncio.run(main())


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
def test_a_wrong_password_is_refused(mechanism):
    """With the condition not-authorized (RFC 6120 §6.5.10)."""

    async def main():
        async with opened() as server:
            romeo = client(server, "romeo", mechanism=mechanism, password="wrong")
            refused = asyncio.create_task(arrival(romeo, "failed_auth"))
            with pytest.raises(AssertionError, match="cannot log in: failed_all_auth"):
                await romeo.log_in(server.host, server.port)
            assert (await refused)["condition"] == "not-authorized"

    asyncio.run(main())


def test_a_certificate_that_is_not_trusted_is_refused_by_the_client():
    """The sandbox's authority is trusted by its file alone."""

    async def main():
        async with opened() as server, opened() as other:
            romeo = client(other, "romeo")
            with pytest.raises(AssertionError, match="cannot log in"):
                await romeo.log_in(server.host, server.port)
            assert server.connections == []

    asyncio.run(main())


def test_messages_and_presence_are_exchanged():
    """Romeo sees juliet come, writes to her, and sees her go."""

    async def main():
        async with opened() as server:
            romeo = await client(server, "romeo", "orchard").log_in(server.host, server.port)
            coming = asyncio.create_task(arrival(romeo, "got_online"))
            juliet = await client(server, "juliet", "balcony").log_in(server.host, server.port)
            seen = await coming
            while seen["from"].bare != f"juliet@{DOMAIN}":
                seen = await arrival(romeo, "got_online")
            for number in range(100):
                romeo.send_message(f"juliet@{DOMAIN}", f"light {number}", mtype="chat")
            bodies = await juliet.wait_for_bodies(100)
            assert bodies == [f"light {number}" for number in range(100)]
            roster = await romeo.get_roster()
            items = roster["roster"]["items"]
            assert [(str(jid), one["subscription"]) for jid, one in items.items()] == [
                (f"juliet@{DOMAIN}", "both")
            ]
            going = asyncio.create_task(arrival(romeo, "got_offline"))
            await juliet.log_out()
            assert (await going)["from"].full == f"juliet@{DOMAIN}/balcony"
            await romeo.log_out()

    asyncio.run(main())


def test_of_two_with_the_same_resource_the_first_goes():
    """It is told why: stream error conflict (RFC 6120 §7.7.2.2)."""

    async def main():
        async with opened() as server:
            first = await client(server, "romeo", "orchard").log_in(server.host, server.port)
            told = asyncio.create_task(arrival(first, "stream_error"))
            second = await client(server, "romeo", "orchard").log_in(server.host, server.port)
            assert (await told)["condition"] == "conflict"
            assert [one.address for one in server.connections if one.phase == "ready"] == [
                f"romeo@{DOMAIN}/orchard"
            ]
            await second.log_out()
            await first.log_out()

    asyncio.run(main())


def test_plugins_find_what_is_announced():
    """Service discovery, ping, version and time, asked by slixmpp's own plugins."""

    async def main():
        async with opened() as server:
            plugins = ("xep_0030", "xep_0199", "xep_0092", "xep_0202")
            romeo = client(server, "romeo", plugins=plugins)
            await romeo.log_in(server.host, server.port)
            info = await romeo.plugin["xep_0030"].get_info(jid=DOMAIN)
            assert ("server", "im", None, "xmppexplore sandbox") in info["disco_info"]["identities"]
            assert {"urn:xmpp:ping", "urn:xmpp:time"} <= set(info["disco_info"]["features"])
            assert await romeo.plugin["xep_0199"].ping(DOMAIN) < 10
            version = await romeo.plugin["xep_0092"].get_version(DOMAIN)
            assert version["software_version"]["name"] == "xmppexplore sandbox"
            answer = await romeo.plugin["xep_0202"].get_entity_time(DOMAIN)
            # slixmpp 1.17 appends a second Z to what it reads, so its own property fails.
            utc = datetime.fromisoformat(answer["entity_time"]._get_sub_text("utc"))
            assert abs(utc.timestamp() - time.time()) < 10
            await romeo.log_out()

    asyncio.run(main())


def test_a_name_that_is_no_loopback_is_refused():
    """Before anything is opened."""
    with pytest.raises(UsageError):
        asyncio.run(opened(host="example.org").__aenter__())
