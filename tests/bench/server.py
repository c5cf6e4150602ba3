"""The sandbox in a process of its own: ``python -m tests.bench.server --people a:b ...``.

It says ``up PORT FILE`` once it listens, FILE being the authority's certificate, and ends at
SIGTERM.  With ``--wait`` it opens only when a line comes in, so that what the imports cost can
be told from what the server costs: in a notebook they are done.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
import time
from collections import deque

from xmppexplore.api.inside import MAX_ROUTED
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.net import Server
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.rulings import Routed
from xmppexplore.store.log import Log


async def _serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    people = dict(person.split(":") for person in options.people)
    realm = Realm(options.domain, people, tokens=lambda: secrets.token_urlsafe(16), modules=MODULES)
    log = None
    if not options.bare:  # all that a sandbox in a notebook keeps
        log = Log((time.monotonic_ns(), time.time_ns()))
        realm.on_routed = deque[Routed](maxlen=MAX_ROUTED).append
    server = Server(realm, port=options.port, tls=not options.plain, recorder=log)
    await server.open()
    print(f"up {server.port} {server.ca_file or ''}", flush=True)
    await ended.wait()
    await server.close()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="The sandbox in a process of its own.")
    parser.add_argument("--domain", default="capulet.example")
    parser.add_argument("--people", nargs="+", default=["romeo:montague", "juliet:capulet"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="no TLS")
    parser.add_argument("--bare", action="store_true", help="record nothing")
    parser.add_argument("--wait", action="store_true", help="open at the first line of input")
    parser.add_argument("--profile", metavar="FILE", help="write what cProfile saw")
    options = parser.parse_args()
    if options.wait:
        print("waiting", flush=True)
        sys.stdin.readline()
    if options.profile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.runcall(asyncio.run, _serve(options))
        profiler.dump_stats(options.profile)
    else:
        asyncio.run(_serve(options))


if __name__ == "__main__":
    main()
