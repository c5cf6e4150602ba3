"""The peers do what the tests believe, shown with bare slixmpp and raw sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from tests.peers.bad import DOMAIN, PASSWORD, SCRIPTS, BadServer, Certificates
from tests.peers.bare import Bare
from tests.peers.census import census, settled
from tests.peers.certificates import Authority
from tests.peers.host import Host
from tests.peers.prosody import Prosody, header
from tests.peers.relay import Relay, TLSRelay


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_prosody_serves_tls(prosody: Prosody, tls: str) -> None:
    """A verifying client logs in by STARTTLS and by direct TLS."""

    async def login() -> str:
        client = Bare("romeo@prosody.example", "montague", tls=tls, ca_file=prosody.ca_file)
        await client.log_in(prosody.host, prosody.direct_port if tls == "direct" else prosody.port)
        bound = client.boundjid.bare
        await client.log_out()
        return str(bound)

    assert asyncio.run(login()) == "romeo@prosody.example"


def test_prosody_in_memory_keeps_its_accounts(tmp_path: Path, authority: Authority) -> None:
    """Data in memory does not lose the users that were registered before the start."""

    async def login(server: Prosody) -> str:
        client = Bare("romeo@prosody.example", "montague", tls="none")
        await client.log_in(server.host, server.port)
        await client.log_out()
        return str(client.boundjid.bare)

    with Prosody(tmp_path, authority, tls=False, memory=True) as server:
        assert asyncio.run(login(server)) == "romeo@prosody.example"


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_relay_writes_down_what_passes(prosody_plain: Prosody, peers: Host, chunk: int) -> None:
    """The relay's tapes are what a raw socket wrote and read, in any cutting."""
    opening = header("prosody.example")
    with Relay(peers, prosody_plain.port, chunk=chunk) as relay:
        with socket.create_connection((relay.host, relay.port), timeout=10) as link:
            link.sendall(opening)
            heard = b""
            while b"</stream:features>" not in heard:
                heard += link.recv(4096)
            link.sendall(b"</stream:stream>")
            while chunk_read := link.recv(4096):
                heard += chunk_read
        relay.wait_until_done()

        assert relay.tape("out") == opening + b"</stream:stream>"
        assert relay.tape("in") == heard


@pytest.mark.parametrize("direct", [False, True])
def test_tls_relay_sees_the_plain_text(
    prosody: Prosody, peers: Host, authority: Authority, direct: bool
) -> None:
    """A login passes through the TLS relay, which reads the stanzas inside."""
    port = prosody.direct_port if direct else prosody.port

    async def login(relay: TLSRelay) -> None:
        client = Bare(
            "romeo@prosody.example",
            "montague",
            tls="direct" if direct else "starttls",
            ca_file=prosody.ca_file,
        )
        await client.log_in(relay.host, relay.port)
        await client.log_out()

    with TLSRelay(peers, port, authority, prosody.domain, direct=direct) as relay:
        asyncio.run(login(relay))
        relay.wait_until_done()

        assert relay.tape("out").count(b"<stream:stream") == (2 if direct else 3)
        assert b"<presence" in relay.tape("out")
        assert relay.tape("in").endswith(b"</stream:stream>")


def test_relay_holds_and_cuts(prosody_plain: Prosody, peers: Host) -> None:
    """What is held is recorded and not handed on; a cut is felt by the client."""
    with Relay(peers, prosody_plain.port) as relay:
        with socket.create_connection((relay.host, relay.port), timeout=10) as link:
            link.sendall(header("prosody.example"))
            relay.wait_for_bytes("in", b"</stream:features>")
            relay.hold("out")
            link.sendall(b"<held/>")
            relay.wait_for_bytes("out", b"<held/>")
            relay.cut()
            with pytest.raises(ConnectionResetError):
                while link.recv(4096):
                    pass

        assert relay.tape("out").endswith(b"<held/>")
        assert relay.passages[-1].passed["out"] == len(header("prosody.example"))


def test_the_good_script_lets_a_client_in(peers: Host, certificates: Certificates) -> None:
    """The parts from which bad servers are made serve a whole login."""

    async def login(server: BadServer, ca_file: str) -> str:
        client = Bare(f"romeo@{DOMAIN}", PASSWORD, ca_file=ca_file)
        await client.log_in(server.host, server.port)
        client.abort()
        await client.log_out()
        return str(client.boundjid.full)

    with BadServer(peers, "good", certificates) as server:
        assert asyncio.run(login(server, certificates.ca_file)) == f"romeo@{DOMAIN}/orchard"


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "good"])
def test_no_bad_server_lets_a_client_in(peers: Host, certificates: Certificates, name: str) -> None:
    """A client that says all that a login says either is left alone or is thrown out."""
    with BadServer(peers, name, certificates) as server:
        try:
            with socket.create_connection((server.host, server.port), timeout=10) as link:
                link.sendall(header(DOMAIN))
                link.shutdown(socket.SHUT_WR)
                while link.recv(65536):
                    pass
        except OSError:  # a reset, or "not connected" after one
            assert name in ("resets at once", "resets after a header", "endless element")
        server.wait_until_left()

        assert server.heard()[0].clear in (header(DOMAIN), b"")


@pytest.mark.parametrize("kind", ["self-signed", "stranger", "other name", "expired"])
def test_bad_certificates_are_refused(
    peers: Host, certificates: Certificates, authority: Authority, kind: str
) -> None:
    """Python's own verification refuses each bad certificate."""
    context = authority.client_context()
    with BadServer(peers, _script_of(kind), certificates) as server:
        with socket.create_connection((server.host, server.port), timeout=10) as link:
            link.sendall(header(DOMAIN))
            _read_until(link, b"</stream:features>")
            link.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            _read_until(link, b"proceed")
            with pytest.raises(ssl.SSLCertVerificationError):
                context.wrap_socket(link, server_hostname=DOMAIN)


def _script_of(kind: str) -> str:
    return "stranger's certificate" if kind == "stranger" else kind


def _read_until(link: socket.socket, wanted: bytes) -> None:
    heard = b""
    while wanted not in heard:
        heard += link.recv(4096)


def test_census_sees_a_task_and_a_socket() -> None:
    """What is opened shows in the census, and is gone from it when it is closed."""

    async def look() -> None:
        before = census()
        link = socket.socket()
        task = asyncio.ensure_future(asyncio.Event().wait())
        await asyncio.sleep(0)
        assert len(census().tasks) == len(before.tasks) + 1
        assert len(census().files) == len(before.files) + 1
        link.close()
        task.cancel()
        assert await settled(before) == before

    asyncio.run(look())
