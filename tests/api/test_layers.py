"""The layers of real logins: the bytes are those of the tapes, and the picture draws itself."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session, dial

HEADER = (
    "<stream:stream to='capulet.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)


def test_starttls_leaves_in_clear_what_came_before_it() -> None:
    """Three streams; in clear is the tape up to the element with which TLS was asked for."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        layers = romeo.handshake.layers
        clear = layers.parts[0]
        asked = romeo.tape("out").index(b"/>", romeo.tape("out").index(b"<starttls")) + 2
        agreed = romeo.tape("in").index(b"/>", romeo.tape("in").index(b"<proceed")) + 2

        assert [part.stream for part in layers.parts] == [1, 2, 3, 3]
        assert (clear.sent, clear.received) == (asked, agreed)
        assert sum(part.sent for part in layers.parts) == len(romeo.tape("out"))
        assert f"{asked + agreed:,} bytes in clear" in layers.text

    on_stage(scene)


def test_direct_tls_leaves_nothing_in_clear() -> None:
    """Two streams, and not a byte that others can read."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        layers = romeo.handshake.layers
        assert [part.stream for part in layers.parts] == [1, 2, 2]
        assert all("TLS" in part.layers for part in layers.parts)
        assert " 0 bytes in clear" in layers.text

    on_stage(scene, tls="direct")


def test_it_draws_itself() -> None:
    """SVG and text, as a notebook wants them, both as soon as anything was said."""

    async def play() -> None:
        async with (
            await Sandbox.open("capulet.example") as sandbox,
            await dial(sandbox.host, sandbox.port, domain="capulet.example") as stream,
        ):
            assert stream.handshake.layers.parts == ()
            await stream.write(HEADER)
            await stream.read()
            layers = stream.handshake.layers
            bundle = layers._repr_mimebundle_()
            assert ET.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
            assert bundle["text/plain"] == repr(layers) == layers.text
            assert "stream 1 in TCP" in layers.text

    asyncio.run(play())


def test_bounded_memory_says_that_sizes_are_gone(tmp_path: Path) -> None:
    """Where rows of the login were let go, no size is made up."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        assert romeo.handshake.layers.parts[0].sent > 0
        async with asyncio.timeout(30):
            while romeo.recording._columns.first == 0:
                await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
        layers = romeo.handshake.layers
        assert [part.stream for part in layers.parts] == [1, 2, 3, 3]
        assert all(part.sent == part.received == -1 for part in layers.parts)
        assert "sizes not kept" in layers.text

    on_stage(scene, recording=tmp_path / "all.xmpp", keep=200)
