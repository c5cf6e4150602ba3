"""keep=: the newest rows stay in memory, all of them in the journal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from xmppexplore import Recording, Sandbox
from xmppexplore.errors import UsageError


def test_a_session_works_on_while_its_older_rows_are_in_the_journal_alone(tmp_path: Path) -> None:
    """Waiting, asking, frames, login and card go on; the file has everything."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo", recording=tmp_path / "all.xmpp", keep=200)
            juliet = await sandbox.connect("juliet")
            for number in range(1500):
                await juliet.send(f"<message to='{romeo.jid}' id='n{number}'/>")
            last = await romeo.wait_for({"id": "n1499"}, timeout=30)
            async with asyncio.timeout(30):
                while romeo.recording._columns.first == 0:
                    await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")

            first = romeo.recording._columns.first
            assert last.row is not None
            assert list(romeo.wire["row"]) == list(range(first, len(romeo.recording)))
            assert set(romeo.stanzas["row"]) <= set(romeo.wire["row"])
            assert "dropped to journal" in set(romeo.marks["name"].dropna())
            assert romeo.handshake.outcome == "ready"
            assert "[ready]" in repr(romeo)
            assert set(romeo.exchanges["outcome"]) <= {"result", "open"}
            with pytest.raises(UsageError, match="journal"):
                romeo.item(0)
            await romeo.close()
            rows = len(romeo.recording)

        loaded = Recording.load(tmp_path / "all.xmpp")
        assert len(loaded) == rows
        assert loaded.handshake.outcome == "ready"
        ids = set(loaded.wire["id"])
        assert {f"n{number}" for number in range(1500)} <= ids

    asyncio.run(play())
