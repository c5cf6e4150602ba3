"""What a cell shows of a panel or composer: the widget, and its repr once it is closed."""

from __future__ import annotations

import asyncio

import pytest

from xmppexplore import ConnectPanel, Sandbox

pytestmark = pytest.mark.widgets


def test_a_panel_and_a_composer_are_drawn_alike() -> None:
    """A widget with a text for where it cannot be; then the repr; no private name is listed."""

    async def body() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            romeo = await sandbox.connect("romeo")
            for one in (ConnectPanel(), romeo.compose()):
                data, _ = one._repr_mimebundle_()
                assert "application/vnd.jupyter.widget-view+json" in data
                assert "Run the cell again" in data["text/plain"]
                one.close()
                assert one._repr_mimebundle_() == {"text/plain": repr(one)}
                assert [name for name in dir(one) if name.startswith("_")] == []
                assert "close" in dir(one)

    asyncio.run(body())
