"""The scene of every test here: a sandbox, juliet in it, and romeo's foreign client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.clients.program import PATIENCE
from tests.traffic.judging import departures
from xmppexplore import Sandbox
from xmppexplore.api.session import Session
from xmppexplore.wire.element import Element

DOMAIN = "capulet.example"
HARK = "Hark! <&> 😀"
"""What juliet says: markup that must be escaped, and a character beyond 16 bits."""

SPEAK = "It is the east <&> 😀"


@dataclass
class Scene:
    """A sandbox with juliet logged in.

    Attributes:
        sandbox: the server; ``sandbox.passwords["romeo"]`` is for the foreign client.
        juliet: her session, by our own client.
    """

    sandbox: Sandbox
    juliet: Session

    @property
    def port(self) -> int:
        """The port that a client connects to."""
        return self.sandbox.port

    @property
    def password(self) -> str:
        """Romeo's password."""
        return self.sandbox.passwords["romeo"]

    @property
    def ca_file(self) -> str:
        """PEM file of the authority that signed the sandbox's certificate."""
        assert self.sandbox.ca_file is not None
        return self.sandbox.ca_file

    async def hear(self) -> str:
        """Return what romeo says to juliet next; that he is typing is nothing said."""
        body = None
        while body is None:
            message = await self.juliet.wait_for({"kind": "message"}, timeout=PATIENCE)
            assert message.get("from", "").startswith(f"romeo@{DOMAIN}/")
            body = message.find("body")
        return body.text

    async def arrive(self) -> None:
        """Wait until romeo is there: juliet, who has him on her list, sees his presence."""

        def is_romeo(stanza: Element) -> bool:
            sender = stanza.get("from") or ""
            return stanza.name == "presence" and sender.startswith(f"romeo@{DOMAIN}/")

        await self.juliet.wait_for(is_romeo, timeout=PATIENCE)

    async def speak(self) -> None:
        """Let juliet say :data:`HARK` to romeo's account."""
        body = HARK.replace("&", "&amp;").replace("<", "&lt;")
        await self.juliet.send(
            f"<message to='romeo@{DOMAIN}' type='chat'><body>{body}</body></message>"
        )

    def guests(self) -> list[int]:
        """Return the numbers of the connections that are not juliet's."""
        wire = self.sandbox.recording.wire
        return sorted(set(wire["connection"].tolist()) - {0})

    def check_login(self) -> None:
        """Romeo's client went by STARTTLS, then SASL, then bound: the server's side tells."""
        marks = self.sandbox.recording.marks
        number = self.guests()[0]
        names = marks.loc[marks["connection"] == number, "name"].tolist()
        stages = [name for name in names if name in {"tls up", "authenticated", "bound"}]
        assert stages == ["tls up", "authenticated", "bound"]
        assert b"urn:ietf:params:xml:ns:xmpp-tls" in self.heard(number)

    def check_refusal(self) -> None:
        """Romeo's client came, asked for TLS, and said nothing of a password."""
        assert self.guests()
        for number in self.guests():
            heard = self.heard(number)
            assert b"urn:ietf:params:xml:ns:xmpp-tls" in heard
            assert b"urn:ietf:params:xml:ns:xmpp-sasl" not in heard

    def heard(self, number: int) -> bytes:
        """Return what the sandbox read on a connection."""
        return self.sandbox.recording.tape("in", number)


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Open a sandbox and log juliet in; close both at the end.

    Whatever the foreign client said is defined, and nothing of it is objected to.
    """
    async with await Sandbox.open(DOMAIN, ["juliet", "romeo"], contacts=True) as sandbox:
        yield Scene(sandbox, await sandbox.connect("juliet"))
    wrong = departures(sandbox.recording)
    assert not wrong, "\n".join(wrong)
