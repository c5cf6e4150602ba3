"""Speaking XMPP by hand: dial, write, read, STARTTLS, a whole login."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest

from tests.peers.census import census, settled
from tests.peers.prosody import free_port
from tests.sandbox.proofs import Prover
from xmppexplore import Sandbox, Stream, dial
from xmppexplore.errors import CertificateError, ConnectError, NoAnswer, UsageError
from xmppexplore.wire.element import Element

HEADER = (
    "<?xml version='1.0'?><stream:stream to='capulet.example' version='1.0' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


async def _element(stream: Stream, name: str) -> Element:
    while True:
        piece = await stream.read()
        if isinstance(piece, Element) and piece.name == name:
            return piece


def test_a_login_by_hand_is_recorded_like_any_other() -> None:
    """STARTTLS, PLAIN and binding, every byte one's own; the ladder reads it."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            before = census()
            async with await dial(
                sandbox.host, sandbox.port, domain="capulet.example", ca_file=sandbox.ca_file
            ) as stream:
                await _log_in(stream, sandbox.passwords["romeo"])
                assert stream.handshake.outcome == "ready"
                assert "TLSv1" in stream.tls
                assert stream.tape("out").startswith(HEADER.encode() + b"<starttls")
                assert set(stream.wire["phase"]) >= {"opening", "tls", "secure", "sasl", "ready"}
            assert await settled(before) == before

    asyncio.run(play())


async def _log_in(stream: Stream, password: str) -> None:
    await stream.write(HEADER)
    header = await stream.read()
    assert isinstance(header, str)
    assert "<stream:stream" in header
    await _element(stream, "features")
    await stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await _element(stream, "proceed")
    await stream.starttls()
    await stream.write(HEADER)
    await _element(stream, "features")
    await _prove(stream, password)
    await stream.write(HEADER)
    await _element(stream, "features")
    await stream.write(
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    )
    assert (await _element(stream, "iq")).get("type") == "result"


async def _prove(stream: Stream, password: str) -> None:
    plain = base64.b64encode(f"\0romeo\0{password}".encode()).decode()
    await stream.write(
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
    )
    await _element(stream, "success")


def test_a_header_may_come_in_any_pieces() -> None:
    """Byte by byte, in clear and under TLS, and the XML declaration by itself: the same rows."""

    async def play() -> None:
        async with (
            await Sandbox.open("capulet.example") as sandbox,
            await dial(
                sandbox.host, sandbox.port, domain="capulet.example", ca_file=sandbox.ca_file
            ) as stream,
        ):
            for byte in HEADER.encode():
                await stream.write(bytes([byte]))
            await _element(stream, "features")
            await stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            await _element(stream, "proceed")
            await stream.starttls()
            for byte in HEADER.encode():
                await stream.write(bytes([byte]))
            await _element(stream, "features")
            await _prove(stream, sandbox.passwords["romeo"])
            declaration, header = HEADER.split("?>")
            await stream.write(f"{declaration}?>")
            await stream.write(header)
            await _element(stream, "features")
            kinds = stream.wire.query("direction == 'out'")["kind"]
            assert list(kinds) == ["header", "nonza", "header", "nonza", "header"]
            assert list(stream.marks["name"]).count("restarted") == 2
            assert stream.handshake.oddities == ()

    asyncio.run(play())


def test_direct_tls_by_hand() -> None:
    """TLS from the first byte, verified."""

    async def play() -> None:
        async with (
            await Sandbox.open("capulet.example") as sandbox,
            await dial(
                sandbox.host,
                sandbox.port,
                domain="capulet.example",
                tls="direct",
                ca_file=sandbox.ca_file,
            ) as stream,
        ):
            await stream.write(HEADER)
            features = await _element(stream, "features")
            assert features.find("mechanisms") is not None

    asyncio.run(play())


def test_a_login_by_hand_is_bound_to_the_certificate() -> None:
    """With the stream's own ``certificate``; a login bound to another one is refused."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            for change, verdict in ((b"", "success"), (b"another", "failure")):
                async with await dial(
                    sandbox.host, sandbox.port, domain="capulet.example", ca_file=sandbox.ca_file
                ) as stream:
                    assert stream.certificate == b""
                    await stream.write(HEADER)
                    await _element(stream, "features")
                    await stream.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                    await _element(stream, "proceed")
                    await stream.starttls()
                    await stream.write(HEADER)
                    await _element(stream, "features")
                    end_point = hashlib.sha256(stream.certificate + change).digest()
                    assert (await _bound(stream, sandbox.passwords["romeo"], end_point)) == verdict

    asyncio.run(play())


async def _bound(stream: Stream, password: str, end_point: bytes) -> str:
    """Log Romeo in by SCRAM-SHA-256-PLUS; return the name of the element that ends it."""
    prover = Prover(
        "SCRAM-SHA-256-PLUS", "romeo", password, flag="p=tls-server-end-point", binding=end_point
    )
    words = base64.b64encode(prover.first).decode()
    await stream.write(f"<auth xmlns='{SASL}' mechanism='{prover.mechanism}'>{words}</auth>")
    challenge = await _element(stream, "challenge")
    words = base64.b64encode(prover.final(base64.b64decode(challenge.text))).decode()
    await stream.write(f"<response xmlns='{SASL}'>{words}</response>")
    answer = await stream.read()
    assert isinstance(answer, Element)
    return answer.name


def test_closing_what_is_closing_already() -> None:
    """The end of TLS may have begun, from the other side for one: it ends all the same, at once."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            stream = await dial(
                sandbox.host,
                sandbox.port,
                domain="capulet.example",
                tls="direct",
                ca_file=sandbox.ca_file,
            )
            assert stream._connection.transport is not None
            stream._connection.transport.close()
            await stream.close(wait=0.0)
            assert stream.state == "closed"

    asyncio.run(play())


def test_nothing_is_trusted_unasked() -> None:
    """Without the sandbox's authority its certificate is refused, and the stream is closed."""

    async def play() -> None:
        async with await Sandbox.open("capulet.example") as sandbox:
            stream = await dial(sandbox.host, sandbox.port, domain="capulet.example")
            await stream.write(HEADER + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            await _element(stream, "proceed")
            with pytest.raises(CertificateError, match=r"capulet\.example") as caught:
                await stream.starttls()
            assert "capulet.example" in caught.value.names
            assert stream.state == "closed"
            assert caught.value.recording is stream.recording

    asyncio.run(play())


def test_errors_of_dial_name_host_and_port() -> None:
    """Closed port, unknown name, silence, and reading after the end."""

    async def play() -> None:
        port = free_port()
        with pytest.raises(ConnectError, match=str(port)) as caught:
            await dial("127.0.0.1", port)
        assert caught.value.reason == "refused"
        with pytest.raises(ConnectError) as caught:
            await dial("no-such-host.invalid")
        assert caught.value.reason == "resolve"
        async with await Sandbox.open("capulet.example") as sandbox:
            stream = await dial(sandbox.host, sandbox.port)
            with pytest.raises(NoAnswer, match=str(sandbox.port)):
                await stream.read(timeout=0.2)
            await stream.write("nonsense")
            with pytest.raises(ConnectError):
                while True:
                    await stream.read()
            await stream.close()
            with pytest.raises(UsageError, match="closed"):
                await stream.write("x")
            with pytest.raises(UsageError, match="give text or bytes"):
                stream.write(7)  # type: ignore[arg-type]  # to bytes() a number of zero bytes

    asyncio.run(play())


def test_arguments_that_cannot_work_are_refused() -> None:
    """Said at once, without a connection."""
    with pytest.raises(UsageError, match="direct"):
        dial("127.0.0.1", tls="starttls")
    with pytest.raises(UsageError, match="65535"):
        dial("127.0.0.1", 99999)
