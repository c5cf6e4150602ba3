"""Debian's ``profanity``, a client for the terminal, logs in to the sandbox and talks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.clients.scene import DOMAIN, HARK, SPEAK, Scene, scene
from tests.clients.screen import screen
from tests.needs import needs


@pytest.fixture(autouse=True)
def _installed() -> None:
    needs("profanity", "tmux")


def _account(stage: Scene, home: Path) -> str:
    """Write an account for romeo and return the command that connects with it."""
    folder = home / ".local" / "share" / "profanity"
    folder.mkdir(parents=True)
    lines = [
        "[romeo]",
        "enabled=true",
        f"jid=romeo@{DOMAIN}",
        f"password={stage.password}",
        "resource=profanity",
        "server=127.0.0.1",
        f"port={stage.port}",
        "tls.policy=force",
        "presence.login=online",
    ]
    (folder / "accounts").write_text("\n".join(lines) + "\n", "utf-8")
    return "profanity -a romeo"


def test_logs_in_and_talks(tmp_path: Path) -> None:
    """Verified STARTTLS, SASL, binding; a message each way; both sides close the stream."""

    async def talk() -> None:
        async with scene() as stage:
            trust = {"SSL_CERT_FILE": stage.ca_file}
            async with screen(_account(stage, tmp_path), tmp_path, trust) as romeo:
                await romeo.until(f"romeo@{DOMAIN}/profanity logged in successfully, online")
                await romeo.type(f"/msg juliet@{DOMAIN} {SPEAK}")
                assert await stage.hear() == SPEAK
                await stage.speak()
                assert "[TLS]" in await romeo.until(HARK)
                await romeo.type("/quit")
                await romeo.end()
            stage.check_login()
            assert stage.heard(1).endswith(b"</stream:stream>")

    asyncio.run(talk())


def test_refuses_an_unknown_authority(tmp_path: Path) -> None:
    """Without the authority's certificate it stops and asks, before it says any password."""

    async def talk() -> None:
        async with scene() as stage:
            async with screen(_account(stage, tmp_path), tmp_path) as romeo:
                await romeo.until("TLS certificate verification failed")
                await romeo.type("/tls deny")
                await romeo.until("Login failed")
            stage.check_refusal()

    asyncio.run(talk())
