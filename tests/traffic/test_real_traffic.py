"""Real conversations with real servers: all of it is defined, and none of it objected to.

Client, servers and catalogue are independent witnesses; here they have to agree.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest

from tests.needs import needs
from tests.peers.certificates import Authority
from tests.peers.ejabberd import MODULES, Ejabberd
from tests.peers.prosody import FULL_MODULES, FULL_SETTINGS, Prosody, free_port
from tests.traffic.judging import departures
from tests.traffic.talk import MUC, messages, requests
from xmppexplore import NoAnswer, Sandbox, Session, StanzaError, check, connect

PASSWORDS = {"romeo": "montague", "juliet": "capulet"}
PATIENCE = 5.0

PROSODY_MODULES = (*FULL_MODULES, "mam", "bookmarks", "vcard4", "adhoc", "external_services")
PROSODY_SETTINGS = (
    *FULL_SETTINGS,
    'external_services = {{ type = "turn", host = "turn.example", secret = "s" }}',
    "http_ports = {}",
    "https_ports = {}",
)
EJABBERD_MODULES = {
    **MODULES,
    "mod_mam": {"default": "always"},
    "mod_muc": {"host": "rooms.@HOST@", "default_room_options": {"mam": True}},
    "mod_push": {},
    "mod_http_upload": {"host": "upload.@HOST@", "put_url": "https://upload.@HOST@/"},
    "mod_pubsub": {
        "host": "pubsub.@HOST@",
        "plugins": ["flat", "pep"],
        "access_createnode": "all",
        "force_node_config": {},
    },
    "mod_adhoc": {},
    "mod_configure": {},
    "mod_stun_disco": {
        "services": [{"host": "127.0.0.1", "port": 3478, "type": "stun", "transport": "udp"}]
    },
    "mod_proxy65": {"host": "proxy.@HOST@", "port": free_port(), "ip": "127.0.0.1"},
}


@pytest.fixture(scope="module")
def prosody(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Prosody]:
    """A Prosody with rooms, nodes and archives."""
    needs("prosody")
    domain = "prosody.example"
    server = Prosody(
        tmp_path_factory.mktemp("talk"),
        authority,
        modules=PROSODY_MODULES,
        settings=PROSODY_SETTINGS,
        components=(
            f'Component "rooms.{domain}" "muc"',
            'modules_enabled = { "muc_mam", "vcard_muc" }',
            f'Component "pubsub.{domain}" "pubsub"',
            "autocreate_on_publish = true",
            f'Component "proxy.{domain}" "proxy65"',
            "proxy65_ports = {}",
        ),
        users=PASSWORDS,
    )
    with server:
        yield server


@pytest.fixture(scope="module")
def ejabberd(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Ejabberd]:
    """An ejabberd with rooms, nodes, archives and uploads."""
    needs("ejabberd")
    server = Ejabberd(
        tmp_path_factory.mktemp("talk"), authority, modules=EJABBERD_MODULES, users=PASSWORDS
    )
    with server:
        yield server


async def ask(session: Session, kind: str, to: str, payload: str) -> None:
    """Ask, and take whatever comes; what was refused is recorded like all else."""
    with contextlib.suppress(StanzaError, NoAnswer):
        await session.ask(payload, to=to or None, type=kind, timeout=PATIENCE)


async def talk(romeo: Session, juliet: Session, domain: str, pubsub: str) -> None:
    """Have the long talk between two sessions of one server."""
    room, other = f"hall@rooms.{domain}", f"juliet@{domain}"
    for kind in ("subscribe", "subscribed"):
        await romeo.send(f"<presence to='{other}' type='{kind}'/>")
        await juliet.send(f"<presence to='romeo@{domain}' type='{kind}'/>")
    join = f"<x xmlns='{MUC}'><history maxstanzas='5'/></x>"
    await romeo.send(f"<presence to='{room}/romeo'>{join}</presence>")
    await romeo.wait_for(lambda stanza: room in (stanza.get("from") or ""), timeout=PATIENCE)
    await ask(romeo, "set", room, "<query xmlns='http://jabber.org/protocol/muc#owner'>"
              "<x xmlns='jabber:x:data' type='submit'/></query>")  # fmt: skip
    await juliet.send(f"<presence to='{room}/juliet'>{join}</presence>")
    await romeo.send("<active xmlns='urn:xmpp:csi:0'/>")
    away = "<show>away</show><status xml:lang='en'>At the ball</status><priority>5</priority>"
    idle = "<idle xmlns='urn:xmpp:idle:1' since='2026-01-01T12:00:00Z'/>"
    await romeo.send(f"<presence>{away}{idle}</presence>")
    for xml in messages(other, room):
        await romeo.send(xml)
    for kind, to, payload in requests(domain, room, pubsub, other):
        filled = payload.replace("{me}", f"romeo@{domain}").replace("{other}", other)
        await ask(romeo, kind, to, filled)
    await juliet.send(f"<presence to='{room}/julia'/>")
    kick = "<item nick='julia' role='none'><reason>Enough</reason></item>"
    await ask(romeo, "set", room, f"<query xmlns='{MUC}#admin'>{kick}</query>")
    await romeo.send(f"<presence to='{room}/romeo' type='unavailable'/>")
    destroy = f"<query xmlns='{MUC}#owner'><destroy><reason>Over</reason></destroy></query>"
    await ask(romeo, "set", room, destroy)
    for kind in ("unsubscribe", "unsubscribed"):
        await romeo.send(f"<presence to='{other}' type='{kind}'/>")
    await juliet.ask("<ping xmlns='urn:xmpp:ping'/>", to=domain)
    await romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to=domain)


def judge(*sessions: Session) -> None:
    """Nothing is undefined and nothing objected to; what is, is named."""
    wrong = sorted({one for session in sessions for one in departures(session)})

    assert not wrong, "\n".join(wrong)
    assert all(check(session).elements > 100 for session in sessions)


async def on_a_server(server: Prosody | Ejabberd) -> None:
    """Log both in, talk, and judge what was recorded."""
    options = {
        "host": server.host,
        "port": server.port,
        "ca_file": server.ca_file,
        "tls": "starttls",
        "sm": True,
        "plugins": ("xep_0115", "xep_0199", "xep_0092", "xep_0030", "xep_0280", "xep_0184"),
    }
    async with (
        await connect(f"romeo@{server.domain}", PASSWORDS["romeo"], **options) as romeo,
        await connect(f"juliet@{server.domain}", PASSWORDS["juliet"], **options) as juliet,
    ):
        await talk(romeo, juliet, server.domain, f"pubsub.{server.domain}")
    judge(romeo, juliet)


@pytest.mark.prosody
def test_all_that_prosody_says_is_defined(prosody: Prosody) -> None:
    """Login, roster, presence, rooms, nodes, archive, discovery."""
    asyncio.run(on_a_server(prosody))


@pytest.mark.ejabberd
def test_all_that_ejabberd_says_is_defined(ejabberd: Ejabberd) -> None:
    """Login, roster, presence, rooms, nodes, archive, discovery."""
    asyncio.run(on_a_server(ejabberd))


def test_all_that_the_sandbox_says_is_defined() -> None:
    """The same talk; what the sandbox does not offer it refuses in defined words."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example", ["romeo", "juliet"]) as sandbox:
            romeo = await sandbox.connect("romeo", sm=True)
            juliet = await sandbox.connect("juliet")
            await talk(romeo, juliet, "capulet.example", "pubsub.capulet.example")
        judge(romeo, juliet)

    asyncio.run(play())
