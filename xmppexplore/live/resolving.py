"""Finding the server of a domain: SRV records for STARTTLS and direct TLS.

RFC 6120 §3.2 (``_xmpp-client``) and XEP-0368 (``_xmpps-client``): both kinds are merged
by priority; weights are drawn; a target of ``.`` says that the service is not offered.
Addresses are left to the operating system, which also knows the hosts file.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
from typing import Any, NamedTuple

import aiodns

__all__ = [
    "CLIENT_PORT",
    "DIRECT_TLS_PORT",
    "Record",
    "ServiceRefused",
    "Target",
    "find_servers",
    "in_order",
]

CLIENT_PORT = 5222  # RFC 6120 §14.7
DIRECT_TLS_PORT = 5223  # customary; XEP-0368 leaves the port to the record
LOOKUP_TIMEOUT = 2.0  # seconds for each try of a name server
RESOLVER_OPTIONS: dict[str, Any] = {}
"""For another name server than the system's: ``nameservers``, ``udp_port``, ``tcp_port``."""
SERVICES = {"_xmpp-client._tcp": False, "_xmpps-client._tcp": True}  # value: direct TLS


class Target(NamedTuple):
    """Where to connect.

    Attributes:
        host: host name or address.
        port: TCP port.
        direct: whether TLS begins with the first byte (XEP-0368).
    """

    host: str
    port: int
    direct: bool


class ServiceRefused(Exception):
    """The domain says by its records that it offers no XMPP service (RFC 6120 §3.2.1)."""


class Record(NamedTuple):
    """One SRV record of a domain (RFC 2782).

    Attributes:
        priority: lower ones are tried first.
        weight: share of the connections among records of the same priority.
        server: where it points to.
    """

    priority: int
    weight: int
    server: Target


async def find_servers(domain: str, *, direct: bool | None) -> list[Target]:
    """Return the servers of a domain in the order in which to try them.

    Args:
        domain: domain part of an address.
        direct: ``True`` for direct TLS only, ``False`` for the ordinary port only,
            ``None`` for whichever the records offer.

    Raises:
        ServiceRefused: the records say that there is no such service.
    """
    fallback = Target(domain.strip("[]"), DIRECT_TLS_PORT if direct else CLIENT_PORT, bool(direct))
    if _is_address(domain) or domain == "localhost":
        return [fallback]
    wanted = {name: tls for name, tls in SERVICES.items() if direct is None or tls == direct}
    resolver = aiodns.DNSResolver(timeout=LOOKUP_TIMEOUT, tries=2, **RESOLVER_OPTIONS)
    try:
        found = await asyncio.gather(
            *(_look_up(resolver, name, domain, tls) for name, tls in wanted.items())
        )
    finally:
        await resolver.close()
    records = [record for part in found for record in part]
    if not records:
        return [fallback]
    offered = [record for record in records if record.server.host]
    if not offered:
        raise ServiceRefused(domain)
    return in_order(offered)


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain.strip("[]"))
    except ValueError:
        return False
    return True


async def _look_up(
    resolver: aiodns.DNSResolver, service: str, domain: str, direct: bool
) -> list[Record]:
    try:
        answer = await resolver.query_dns(f"{service}.{domain}", "SRV")
    except aiodns.error.DNSError:
        return []  # no records, or no name server: the fallback decides (RFC 6120 §3.2.2)
    # An answer may hold other kinds beside, a CNAME for one.
    found: list[Any] = [record.data for record in answer.answer if hasattr(record.data, "weight")]
    return [
        Record(data.priority, data.weight, Target(data.target.rstrip("."), data.port, direct))
        for data in found
    ]


def in_order(records: list[Record]) -> list[Target]:
    """Return where records point to, sorted by priority, drawn by weight within one (RFC 2782).

    >>> busy, spare = Target("a.example", 5222, False), Target("b.example", 443, True)
    >>> [server.host for server in in_order([Record(20, 0, spare), Record(10, 0, busy)])]
    ['a.example', 'b.example']
    """
    ordered: list[Target] = []
    for priority in sorted({record.priority for record in records}):
        rest = [record for record in records if record.priority == priority]
        while rest:
            weights = [record.weight or 0.1 for record in rest]
            chosen = random.choices(rest, weights)[0]  # noqa: S311 - not a secret
            ordered.append(chosen.server)
            rest.remove(chosen)
    return ordered
