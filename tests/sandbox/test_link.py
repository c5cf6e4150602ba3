"""A connection tells its machine what TLS it has, and turns away who is one too many."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import ssl

import pytest

from tests.sandbox.conversation import HEADER_OUT, PASSWORDS
from tests.sandbox.proofs import Prover
from tests.sandbox.serving import opened
from xmppexplore.sandbox.limits import Limits

SASL2 = "urn:xmpp:sasl:2"
SECONDS = 20.0


class Talk:
    """A client of a few lines, which computes what it has to by hand."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.heard = b""

    @classmethod
    async def dial(cls, server, version=None):
        """Connect, by TLS of a version where one is given."""
        context = None
        if version is not None:
            context = ssl.create_default_context(cafile=server.ca_file)
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["xmpp-client"])
        return cls(
            *await asyncio.open_connection(
                server.host,
                server.port,
                ssl=context,
                server_hostname="play.example" if context else None,
            )
        )

    @property
    def tls(self):
        """The TLS object of the standard library."""
        return self.writer.get_extra_info("ssl_object")

    async def ask(self, text, pattern):
        """Write a text and return the match that comes."""
        self.writer.write(text.encode())
        async with asyncio.timeout(SECONDS):
            while not (found := re.search(pattern, self.heard, re.DOTALL)):
                piece = await self.reader.read(65536)
                assert piece, f"ended after {self.heard!r}"
                self.heard += piece
        self.heard = self.heard[found.end() :]
        return found

    async def to_the_end(self):
        """Return what comes until the server ends its direction."""
        async with asyncio.timeout(SECONDS):
            while piece := await self.reader.read(65536):
                self.heard += piece
        return self.heard

    async def hang_up(self):
        """Close without a farewell."""
        self.writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await self.writer.wait_closed()


def data_of(talk, type):
    """Return what the client itself reckons its connection to be."""
    if type == "tls-unique":
        return talk.tls.get_channel_binding("tls-unique")
    return hashlib.sha256(talk.tls.getpeercert(binary_form=True)).digest()


@pytest.mark.parametrize(
    ("version", "type"),
    [
        (ssl.TLSVersion.TLSv1_3, "tls-server-end-point"),
        (ssl.TLSVersion.TLSv1_2, "tls-server-end-point"),
        (ssl.TLSVersion.TLSv1_2, "tls-unique"),
    ],
)
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
def test_a_login_is_bound_to_what_the_client_sees_of_tls(version, type, mechanism):
    """In one round trip of SASL2; what is offered is what is there (XEP-0440)."""

    async def main():
        async with opened() as server:
            talk = await Talk.dial(server, version)
            assert talk.tls.selected_alpn_protocol() == "xmpp-client"
            features = await talk.ask(HEADER_OUT, rb"<stream:features>.*</stream:features>")
            offered = re.findall(rb"<channel-binding type='(.*?)'", features[0])
            unique = [b"tls-unique"] * (version is ssl.TLSVersion.TLSv1_2)
            assert offered == [b"tls-server-end-point", *unique]
            binding = data_of(talk, type)
            prover = Prover(
                mechanism, "romeo", PASSWORDS["romeo"], flag=f"p={type}", binding=binding
            )
            first = base64.b64encode(prover.first).decode()
            challenge = await talk.ask(
                f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>"
                f"<initial-response>{first}</initial-response></authenticate>",
                rb"<challenge[^>]*>(.*?)</challenge>",
            )
            final = base64.b64encode(prover.final(base64.b64decode(challenge[1]))).decode()
            success = await talk.ask(
                f"<response xmlns='{SASL2}'>{final}</response>",
                rb"<additional-data>(.*?)</additional-data>",
            )
            assert base64.b64decode(success[1]) == prover.server_final
            await talk.hang_up()

    asyncio.run(main())


def test_who_stands_in_between_cannot_pass_a_proof_on():
    """A proof for the connection to somebody else is none for the connection to us."""

    async def main():
        async with opened() as server, opened() as impostor:
            seen = await Talk.dial(impostor, ssl.TLSVersion.TLSv1_3)
            talk = await Talk.dial(server, ssl.TLSVersion.TLSv1_3)
            prover = Prover(
                "SCRAM-SHA-256-PLUS",
                "romeo",
                PASSWORDS["romeo"],
                flag="p=tls-server-end-point",
                binding=data_of(seen, "tls-server-end-point"),
            )
            first = base64.b64encode(prover.first).decode()
            challenge = await talk.ask(
                f"{HEADER_OUT}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
                f" mechanism='SCRAM-SHA-256-PLUS'>{first}</auth>",
                rb"<challenge[^>]*>(.*?)</challenge>",
            )
            final = base64.b64encode(prover.final(base64.b64decode(challenge[1]))).decode()
            failure = await talk.ask(
                f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{final}</response>",
                rb"<failure.*?</failure>",
            )
            assert b"<not-authorized/>" in failure[0]
            await seen.hang_up()
            await talk.hang_up()

    asyncio.run(main())


def test_one_connection_too_many_is_told_so():
    """With a stream error (§4.9.3.17); when another one goes there is room again."""

    async def main():
        async with opened(limits=Limits(connections=2)) as server:
            one, two = [await Talk.dial(server) for _ in range(2)]
            for talk in (one, two):
                await talk.ask(HEADER_OUT, rb"</stream:features>")
            third = await Talk.dial(server)
            told = await third.to_the_end()
            assert told.startswith(b"<?xml version='1.0'?><stream:stream ")
            assert b"<stream:error><resource-constraint " in told
            assert told.endswith(b"</stream:stream>")
            await third.hang_up()
            await one.hang_up()
            async with asyncio.timeout(SECONDS):
                while len(server.connections) > 1:
                    await asyncio.sleep(0)
            fourth = await Talk.dial(server)
            await fourth.ask(HEADER_OUT, rb"</stream:features>")
            await two.ask("</stream:stream>", rb"</stream:stream>")
            for talk in (two, fourth):
                await talk.hang_up()

    asyncio.run(main())


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_3])
def test_who_does_not_log_in_is_not_waited_for(version):
    """However busy it is with other things (§4.9.3.4)."""

    async def main():
        async with opened(limits=Limits(login_seconds=0.3)) as server:
            talk = await Talk.dial(server, version)
            await talk.ask(HEADER_OUT, rb"</stream:features>")
            talk.writer.write(b" ")
            assert b"<connection-timeout " in await talk.to_the_end()
            await talk.hang_up()

    asyncio.run(main())
