"""Debian's ``go-sendxmpp`` (Go) logs in to the sandbox, sends and listens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.clients.program import program
from tests.clients.scene import DOMAIN, HARK, SPEAK, Scene, scene
from tests.needs import needs


@pytest.fixture(autouse=True)
def _installed() -> None:
    needs("go-sendxmpp")


def _command(stage: Scene, *more: str) -> list[str]:
    where = ["-j", f"127.0.0.1:{stage.port}", "-u", f"romeo@{DOMAIN}", "-p", stage.password]
    return ["go-sendxmpp", *where, *more]


def test_sends_a_message(tmp_path: Path) -> None:
    """Verified STARTTLS, SASL, binding; what it sends arrives."""

    async def talk() -> None:
        async with scene() as stage:
            (tmp_path / "message").write_text(SPEAK, "utf-8")
            command = _command(stage, "-m", "message", f"juliet@{DOMAIN}")
            trust = {"SSL_CERT_FILE": stage.ca_file}
            async with program(*command, home=tmp_path, variables=trust) as romeo:
                assert await stage.hear() == SPEAK
                assert await romeo.end() == 0
            stage.check_login()

    asyncio.run(talk())


def test_listens_to_messages(tmp_path: Path) -> None:
    """It logs in the same way, and prints what it is sent."""

    async def talk() -> None:
        async with scene() as stage:
            trust = {"SSL_CERT_FILE": stage.ca_file}
            async with program(*_command(stage, "-l"), home=tmp_path, variables=trust) as romeo:
                await stage.arrive()
                await stage.speak()
                await romeo.until(HARK)
            stage.check_login()

    asyncio.run(talk())


def test_refuses_an_unknown_authority(tmp_path: Path) -> None:
    """Without the authority's certificate it leaves before it says anything of a password."""

    async def talk() -> None:
        async with scene() as stage:
            async with program(*_command(stage, "-l"), home=tmp_path) as romeo:
                assert await romeo.end() == 1
            assert "certificate signed by unknown authority" in romeo.said
            stage.check_refusal()

    asyncio.run(talk())
