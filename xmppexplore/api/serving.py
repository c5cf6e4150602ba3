"""The sandbox as a program of its own, for other clients and other projects' tests."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from xmppexplore.api.founding import Plan
from xmppexplore.errors import UsageError
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.net import Server

__all__ = ["PEOPLE", "people_of", "serve"]

PEOPLE = ("juliet", "romeo")
"""Who can log in where nobody else is named; their passwords are made up and printed."""


def people_of(text: str) -> dict[str, str]:
    """Return names and passwords out of ``alice:pw,bob:pw``.

    A password is all up to the next comma, colons included.

    Raises:
        UsageError: a part is not ``NAME:PASSWORD``, or a name comes twice.

    >>> people_of("alice:secret,bob:a:b")
    {'alice': 'secret', 'bob': 'a:b'}
    """
    people: dict[str, str] = {}
    for part in text.split(","):
        name, colon, password = part.strip().partition(":")
        if not (name and colon and password):
            raise UsageError(f"--people: {part.strip()!r} is not NAME:PASSWORD")
        if name in people:
            raise UsageError(f"--people: {name!r} is named twice")
        people[name] = password
    return people


def serve(
    host: str = "localhost",
    port: int = 5222,
    *,
    domain: str | None = None,
    people: Mapping[str, str] | None = None,
    any_account: bool = False,
    tls: bool = True,
    ca_out: Path | None = None,
    store: Path | None = None,
    out: TextIO = sys.stdout,
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP.

    Args:
        host: loopback host; the domain too, where none is given.
        port: the port, 0 for a free one.
        domain: the domain of its addresses.
        people: accounts with their passwords; :data:`PEOPLE` with passwords that are made up
            where nobody is named and not any account may log in.
        any_account: whether any name may log in with any password.
        tls: whether TLS is offered and required.
        ca_out: file to write the certificate authority's certificate to, in PEM.
        store: SQLite file that keeps the state.
        out: where to say that it listens, and where.

    Raises:
        UsageError: what is asked for cannot be, or the state can no longer be kept.
    """
    made_up = people is None and not any_account
    if people is None:
        people = {name: secrets.token_urlsafe(9) for name in PEOPLE} if made_up else {}
    plan = Plan(
        domain or _domain_of(host),
        people,
        host,
        port,
        tls,
        store,
        policy=Policy(any_account=any_account, plain_in_clear=not tls, anonymous=any_account),
    )
    plan.check()
    asyncio.run(_serve(plan, ca_out, out, made_up))


def _domain_of(host: str) -> str:
    return host if any(letter.isalpha() for letter in host) and ":" not in host else "localhost"


async def _serve(plan: Plan, ca_out: Path | None, out: TextIO, made_up: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, ended.set)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup has it ignored
        loop.add_signal_handler(signal.SIGHUP, ended.set)
    server = await plan.open(None)
    server.on_failure = ended.set
    try:
        if ca_out is not None:
            _write_authority(server, ca_out)
        for line in _welcome(plan, server, ca_out, made_up):
            print(line, file=out, flush=True)
        await ended.wait()
    finally:
        await server.close()
    if server.failure is not None:
        raise server.failure


def _write_authority(server: Server, path: Path) -> None:
    if server.ca_file is None:
        raise UsageError("--ca-out: without TLS there is no certificate; leave --no-tls out")
    try:
        path.write_bytes(Path(server.ca_file).read_bytes())
    except OSError as error:
        raise UsageError(f"--ca-out: cannot write {str(path)!r}: {error.strerror}") from error


def _welcome(plan: Plan, server: Server, ca_out: Path | None, made_up: bool) -> list[str]:
    """Say what whoever wants to log in needs to know; never a password that was given."""
    listening = " and ".join(f"{address} port {server.port}" for address in server.listening)
    lines = [f"serving {server.realm.domain} on {listening}"]
    if plan.policy.any_account:
        lines.append("any account may log in, with any password (PLAIN)")
    elif made_up:
        known = ", ".join(f"{name}: {password}" for name, password in plan.passwords.items())
        lines.append(f"people and passwords: {known}")
    else:
        lines.append(f"people: {', '.join(plan.passwords)}")
    if server.ca_file is None:
        lines.append("without TLS: everything is readable on the wire")
    else:
        lines.append(f"TLS is required; trust {ca_out or server.ca_file}")
    if plan.store is not None:
        lines.append(f"state is kept in {plan.store}")
    lines.append("stop with Ctrl-C")
    return lines
