"""PyPI's ``aioxmpp``, a client library of its own, logs in to the sandbox, speaks and hears."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.clients.installs import aioxmpp
from tests.clients.program import program
from tests.clients.scene import DOMAIN, HARK, SPEAK, Scene, scene

TALK = Path(__file__).with_name("talk_aioxmpp.py")


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter of an environment with ``aioxmpp``."""
    return str(aioxmpp())


def _command(python: str, stage: Scene) -> list[str]:
    return [python, str(TALK), str(stage.port), DOMAIN, f"juliet@{DOMAIN}", SPEAK]


def test_logs_in_and_talks(python: str, tmp_path: Path) -> None:
    """Verified STARTTLS, SASL, binding; a message each way; both sides close the stream."""

    async def talk() -> None:
        async with scene() as stage:
            trust = {"SSL_CERT_FILE": stage.ca_file}
            async with program(*_command(python, stage), home=tmp_path, variables=trust) as romeo:
                await romeo.say(stage.password)
                assert await stage.hear() == SPEAK
                await stage.speak()
                assert await romeo.end() == 0
            # With stream management on, aioxmpp may log of its own closing as well.
            facts = [line for line in romeo.said.splitlines() if line.startswith("{")]
            assert [json.loads(line) for line in facts] == [
                {"online": f"romeo@{DOMAIN}/aioxmpp"},
                {"heard": HARK},
            ]
            stage.check_login()
            assert stage.heard(1).endswith(b"</stream:stream>")

    asyncio.run(talk())


def test_refuses_an_unknown_authority(python: str, tmp_path: Path) -> None:
    """Without the authority's certificate it leaves before it says anything of a password."""

    async def talk() -> None:
        async with scene() as stage:
            async with program(*_command(python, stage), home=tmp_path) as romeo:
                await romeo.say(stage.password)
                assert await romeo.end() == 1
            assert "certificate verify failed" in romeo.said.splitlines()[-1]
            stage.check_refusal()

    asyncio.run(talk())
