"""slixmpp logs in by what its TLS connection is worth: bound to it, by certificate, as a guest."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl

import pytest

from tests.peers.bare import Bare
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.net import Server
from xmppexplore.sandbox.realm import Realm

DOMAIN = "capulet.example"
PASSWORDS = {name: secrets.token_urlsafe(12) for name in ("romeo", "juliet")}


@contextlib.asynccontextmanager
async def opened(**policy):
    """Open a sandbox for a while."""
    realm = Realm(
        DOMAIN,
        PASSWORDS,
        tokens=lambda: secrets.token_urlsafe(18),
        modules=MODULES,
        policy=Policy(**policy),
    )
    server = Server(realm)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


def client(server, name, mechanism=None, **options):
    """Return a bare client; an unpinned mechanism would be weakened after a failure."""
    bare = Bare(f"{name}@{DOMAIN}/x", PASSWORDS[name], ca_file=server.ca_file or "", **options)
    if mechanism:
        bare.plugin["feature_mechanisms"].use_mech = mechanism
    return bare


def test_a_login_is_bound_to_tls():
    """By the client's own reckoning of ``tls-unique``, which it can only under TLS 1.2."""

    async def main():
        async with opened() as server:
            romeo = client(server, "romeo", "SCRAM-SHA-256-PLUS")
            romeo.ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
            await romeo.log_in(server.host, server.port)
            assert romeo.plugin["feature_mechanisms"].mech.gs2_header == b"p=tls-unique,,"
            await romeo.log_out()

    asyncio.run(main())


def test_the_strongest_mechanism_of_a_client_works_under_either_version_of_tls():
    """It chooses itself; under TLS 1.3 it has nothing to bind to."""

    async def main():
        async with opened() as server:
            for version, mechanism in (
                (ssl.TLSVersion.TLSv1_2, "SCRAM-SHA-256-PLUS"),
                (ssl.TLSVersion.TLSv1_3, "SCRAM-SHA-256"),
            ):
                romeo = client(server, "romeo")
                romeo.ssl_context.maximum_version = version
                await romeo.log_in(server.host, server.port)
                assert romeo.plugin["feature_mechanisms"].mech.name == mechanism
                await romeo.log_out()

    asyncio.run(main())


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_a_certificate_logs_in_without_a_password(tls, tmp_path):
    """SASL EXTERNAL, with a certificate that the sandbox's authority made."""

    async def main():
        async with opened(external=True) as server:
            file = tmp_path / "romeo.pem"
            file.write_bytes(server.authority.client_certificate(f"romeo@{DOMAIN}"))
            romeo = client(server, "romeo", "EXTERNAL", tls=tls)
            romeo.certfile = romeo.keyfile = str(file)
            await romeo.log_in(server.host, server.port)
            assert romeo.boundjid.full == f"romeo@{DOMAIN}/x"
            await romeo.log_out()

    asyncio.run(main())


def test_a_guest_logs_in_without_anything():
    """SASL ANONYMOUS: an address of its own, which goes with it."""

    async def main():
        async with opened(anonymous=True) as server:
            guest = Bare(DOMAIN, "", ca_file=server.ca_file or "")
            await guest.log_in(server.host, server.port)
            assert guest.plugin["feature_mechanisms"].mech.name == "ANONYMOUS"
            assert guest.boundjid.local in server.realm.accounts
            await guest.log_out()
            async with asyncio.timeout(10):
                while server.connections:
                    await asyncio.sleep(0)
            assert sorted(server.realm.accounts) == sorted(PASSWORDS)

    asyncio.run(main())
