"""The sandbox on real sockets, for the tests that want one."""

from __future__ import annotations

import contextlib
import secrets

from tests.sandbox.conversation import DOMAIN, PASSWORDS
from xmppexplore.sandbox.contacts import befriend
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.net import Server
from xmppexplore.sandbox.realm import Realm

OF_THE_SERVER = frozenset({"host", "port", "recorder", "tls"})


def new_server(*, domain=DOMAIN, passwords=PASSWORDS, contacts=True, **options):
    """Return a server with all modules, not yet open; people are each other's contacts.

    Options are those of the server and of the realm.
    """
    outside = {name: options.pop(name) for name in OF_THE_SERVER & options.keys()}
    realm = Realm(
        domain,
        passwords,
        tokens=lambda: secrets.token_urlsafe(18),
        modules=MODULES,
        **options,
    )
    if contacts:
        befriend(realm)
    return Server(realm, **outside)


@contextlib.asynccontextmanager
async def opened(**options):
    """Open a server for a while; options as for :func:`new_server`."""
    server = new_server(**options)
    await server.open()
    try:
        yield server
    finally:
        await server.close()
