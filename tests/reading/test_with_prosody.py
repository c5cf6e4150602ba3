"""Readings of real logins: bare slixmpp, tapped, against Debian's Prosody."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.peers.bare import Bare
from tests.peers.prosody import Prosody
from tests.reading.transcripts import CLASSIC_STEPS
from xmppexplore.live.tap import Tap
from xmppexplore.reading.exchanges import exchanges
from xmppexplore.reading.findings import findings
from xmppexplore.reading.handshake import read_handshake
from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log

SECONDS = 20.0


async def closed(log: Log) -> None:
    """Return when the log says that its connection is closed."""
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look() -> None:
        if any(mark.name == "closed" for mark in log.marks):
            loop.call_soon(gone.set)

    log.listeners.append(look)
    look()
    await asyncio.wait_for(gone.wait(), SECONDS)


async def logged_in(prosody: Prosody, tls: str, *plugins: str) -> Log:
    """Log in, ask for the roster, log out; return what the tap recorded."""
    log = Log((time.monotonic_ns(), time.time_ns()))
    name = next(iter(prosody.users))
    client = Bare(
        f"{name}@{prosody.domain}",
        prosody.users[name],
        tls=tls,
        ca_file=prosody.ca_file,
        plugins=plugins,
    )
    Tap(client, log, label=name)
    port = prosody.direct_port if tls == "direct" else prosody.port
    await client.log_in(prosody.host, port)
    await asyncio.wait_for(client.get_roster(), SECONDS)
    await client.log_out()
    await closed(log)
    return log


async def refused(prosody: Prosody) -> Log:
    """Try to log in with a wrong password; return what the tap recorded."""
    log = Log((time.monotonic_ns(), time.time_ns()))
    name = next(iter(prosody.users))
    client = Bare(f"{name}@{prosody.domain}", "not-the-password", ca_file=prosody.ca_file)
    Tap(client, log, label=name)
    with pytest.raises(AssertionError, match="failed_all_auth"):
        await client.log_in(prosody.host, prosody.port)
    await closed(log)
    return log


def without_order_of(names: list[str], *free: str) -> list[str]:
    """Return the names with those in ``free`` at the end, sorted: they may come in any order."""
    return [one for one in names if one not in free] + sorted(one for one in names if one in free)


def test_a_login_with_starttls_is_read_whole(prosody: Prosody) -> None:
    """Every step of the classic login, nothing out of place, and the closing handshake."""
    columns = Columns(asyncio.run(logged_in(prosody, "starttls")))
    reading = read_handshake(columns)
    free = ("presence", "roster", "roster-answer")

    assert without_order_of([one.name for one in reading.steps], *free) == without_order_of(
        [*CLASSIC_STEPS, "footer", "footer-answer", "closed"], *free
    )
    assert reading.outcome == "ready"
    assert reading.oddities == ()
    assert reading.facts["mechanism"].startswith("SCRAM-")
    assert reading.facts["tls"].startswith("TLSv1.")
    assert reading.facts["address"].startswith("romeo@prosody.example/")
    assert len(reading.restarts) == 2
    assert [band.label for band in reading.bands] == ["TCP", "TLS", "authenticated", "ready"]
    assert findings(columns) == []
    assert {one.outcome for one in exchanges(columns)} == {"result"}
    assert all(one.round_trip > 0 for one in exchanges(columns))


def test_direct_tls_restarts_once(prosody: Prosody) -> None:
    """The connection begins encrypted, so only the login restarts the stream."""
    reading = read_handshake(Columns(asyncio.run(logged_in(prosody, "direct"))))

    assert [one.name for one in reading.steps][:3] == ["connected", "tls-up", "header-secure"]
    assert len(reading.restarts) == 1
    assert reading.outcome == "ready"
    assert reading.oddities == ()


def test_stream_management_is_read(prosody: Prosody) -> None:
    """With the plugin on, enable and enabled are steps, and acks are none."""
    reading = read_handshake(Columns(asyncio.run(logged_in(prosody, "starttls", "xep_0198"))))

    assert {"enable", "enabled"} <= {one.name for one in reading.steps}
    assert reading.oddities == ()


def test_a_wrong_password_is_a_failed_login(prosody: Prosody) -> None:
    """The refusals are steps, and the fall-back to PLAIN is told."""
    columns = Columns(asyncio.run(refused(prosody)))
    reading = read_handshake(columns)
    names = [one.name for one in reading.steps]

    assert names.count("failure") == names.count("auth") == 2
    assert reading.outcome == "failed"
    assert reading.facts["condition"] == "not-authorized"
    assert "weaker-mechanism" in {one.rule for one in findings(columns)}
