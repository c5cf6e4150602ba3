"""Finding a server by SRV records, asked of a small name server on loopback."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter

import pytest

from xmppexplore.live import resolving
from xmppexplore.live.resolving import ServiceRefused, Target, find_servers

SRV = 33  # RFC 2782
Record = tuple[int, int, int, str]  # priority, weight, port, target


class NameServer(asyncio.DatagramProtocol):
    """Answers SRV questions from a table; everything else does not exist."""

    def __init__(self, table: dict[str, list[Record]]) -> None:
        self.table = table

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        question = data[12 : at + 5]
        found = self.table.get(".".join(labels).lower(), [])
        flags = 0x8180 if found else 0x8183
        answer = data[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + question
        for priority, weight, port, target in found:
            name = b"".join(
                bytes([len(label)]) + label.encode() for label in target.split(".") if label
            )
            value = struct.pack(">HHH", priority, weight, port) + name + b"\0"
            answer += b"\xc0\x0c" + struct.pack(">HHIH", SRV, 1, 60, len(value)) + value
        self.transport.sendto(answer, address)  # type: ignore[attr-defined]


async def _ask(
    table: dict[str, list[Record]], domain: str, *, direct: bool | None, times: int = 1
) -> list[list[Target]]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: NameServer(table), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    resolving.RESOLVER_OPTIONS.update(nameservers=["127.0.0.1"], udp_port=port, tcp_port=port)
    try:
        return [await find_servers(domain, direct=direct) for _ in range(times)]
    finally:
        resolving.RESOLVER_OPTIONS.clear()
        transport.close()


PLAIN, TLS = "_xmpp-client._tcp.example.org", "_xmpps-client._tcp.example.org"


def test_both_kinds_of_records_are_merged_by_priority() -> None:
    """XEP-0368: direct TLS and STARTTLS stand in one order, each keeping its kind."""
    table: dict[str, list[Record]] = {
        PLAIN: [(5, 0, 5222, "b.example.org"), (20, 0, 5222, "d.example.org")],
        TLS: [(1, 0, 443, "a.example.org"), (10, 0, 5223, "c.example.org")],
    }
    (found,) = asyncio.run(_ask(table, "example.org", direct=None))

    assert found == [
        Target("a.example.org", 443, direct=True),
        Target("b.example.org", 5222, direct=False),
        Target("c.example.org", 5223, direct=True),
        Target("d.example.org", 5222, direct=False),
    ]


@pytest.mark.parametrize(
    ("direct", "hosts"), [(True, ["a.example.org"]), (False, ["b.example.org"])]
)
def test_only_the_kind_that_is_wanted_is_asked_for(direct: bool, hosts: list[str]) -> None:
    """tls="direct" and tls="starttls" leave the other records alone."""
    table: dict[str, list[Record]] = {
        PLAIN: [(5, 0, 5222, "b.example.org")],
        TLS: [(1, 0, 443, "a.example.org")],
    }
    (found,) = asyncio.run(_ask(table, "example.org", direct=direct))

    assert [server.host for server in found] == hosts


def test_weights_are_drawn_within_a_priority() -> None:
    """RFC 2782: nine in ten go to the server with nine tenths of the weight."""
    table: dict[str, list[Record]] = {PLAIN: [(1, 90, 1, "x.org"), (1, 10, 2, "y.org")]}
    found = asyncio.run(_ask(table, "example.org", direct=False, times=200))

    first = Counter(servers[0].host for servers in found)
    assert 150 < first["x.org"] < 200
    assert all(len(servers) == 2 for servers in found)


def test_a_dot_means_that_there_is_no_such_service() -> None:
    """RFC 6120 §3.2.1: the domain itself says no, so nothing is tried."""
    with pytest.raises(ServiceRefused):
        asyncio.run(_ask({PLAIN: [(0, 0, 0, "")]}, "example.org", direct=False))


@pytest.mark.parametrize(
    ("domain", "direct", "expected"),
    [
        ("example.org", None, Target("example.org", 5222, direct=False)),
        ("example.org", True, Target("example.org", 5223, direct=True)),
        ("127.0.0.1", None, Target("127.0.0.1", 5222, direct=False)),
        ("[::1]", None, Target("::1", 5222, direct=False)),
        ("localhost", False, Target("localhost", 5222, direct=False)),
    ],
)
def test_without_records_the_domain_itself_is_tried(
    domain: str, direct: bool | None, expected: Target
) -> None:
    """RFC 6120 §3.2.2; an address is never looked up."""
    assert asyncio.run(_ask({}, domain, direct=direct)) == [[expected]]
