"""npm's ``@xmpp/client`` (Node.js) logs in to the sandbox, speaks and hears."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.clients.installs import xmpp_client
from tests.clients.program import program
from tests.clients.scene import DOMAIN, HARK, SPEAK, Scene, scene
from tests.needs import needs

TALK = Path(__file__).with_name("talk.js")


@pytest.fixture(scope="module")
def installed() -> Path:
    """The folder in which ``@xmpp/client`` is installed."""
    needs("npm")
    return xmpp_client()


def _command(installed: Path, stage: Scene) -> list[str]:
    receiver = f"juliet@{DOMAIN}"
    where = [str(installed), str(stage.port), DOMAIN, stage.password]
    return ["node", str(TALK), *where, receiver, SPEAK]


def test_logs_in_and_talks(installed: Path, tmp_path: Path) -> None:
    """Verified STARTTLS, SASL, binding; a message each way; both sides close the stream."""

    async def talk() -> None:
        async with scene() as stage:
            trust = {"NODE_EXTRA_CA_CERTS": stage.ca_file}
            async with program(
                *_command(installed, stage), home=tmp_path, variables=trust
            ) as romeo:
                assert await stage.hear() == SPEAK
                await stage.speak()
                assert await romeo.end() == 0
            lines = [json.loads(line) for line in romeo.said.splitlines()]
            assert [key for line in lines for key in line] == ["online", "heard"]
            assert lines[0]["online"].startswith(f"romeo@{DOMAIN}/")
            assert lines[1]["heard"] == HARK
            stage.check_login()
            # A last acknowledgement may cross the farewell (XEP-0198).
            assert b"</stream:stream>" in stage.heard(1)

    asyncio.run(talk())


def test_refuses_an_unknown_authority(installed: Path, tmp_path: Path) -> None:
    """Without the authority's certificate it leaves before it says anything of a password."""

    async def talk() -> None:
        async with scene() as stage:
            async with program(*_command(installed, stage), home=tmp_path) as romeo:
                assert await romeo.end() == 1
            assert "UNABLE_TO_VERIFY_LEAF_SIGNATURE" in romeo.said
            stage.check_refusal()

    asyncio.run(talk())
