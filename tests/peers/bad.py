"""Servers that misbehave, each a short script in one table.

A script is a sequence of steps that one connection goes through: wait for something,
say something, start TLS, fall silent, break off.  After the last step the server closes.
What the client said is kept, in the clear, so that a test can hold that a secret never
left.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple

from scramp import ScramException, ScramMechanism

from tests.peers.certificates import Authority, Pair
from tests.peers.host import PATIENCE, Host
from tests.peers.leg import Leg, listen

DOMAIN = "bad.example"
PASSWORD = "correct horse"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
ENDLESS_BYTES = 32 * 1024 * 1024
"""Most bytes that the endless server writes, so that a client that reads all ends too."""


class _Left(Exception):
    """The client closed while the script waited for it to say something."""


class Heard(NamedTuple):
    """What the client said on one connection.

    Attributes:
        clear: the bytes before TLS, or all of them without TLS.
        inside: the bytes inside TLS, decrypted.
    """

    clear: bytes
    inside: bytes


class Talk:
    """One connection of a client to a bad server."""

    def __init__(self, leg: Leg, certificate: Callable[[str], Pair]) -> None:
        self.leg = leg
        self.certificate = certificate
        self.secure = False
        self.clear = bytearray()
        self.inside = bytearray()
        self._fresh = b""
        self.groups: dict[str, str] = {}

    async def read(self) -> bytes:
        """Return what the client says next, ``b""`` when it has closed."""
        data = await self.leg.read()
        (self.inside if self.secure else self.clear).extend(data)
        return data

    async def until(self, pattern: str) -> None:
        """Read until a pattern is found in what was not yet matched; keep its groups."""
        found = None
        while found is None:
            found = re.search(pattern.encode(), self._fresh, re.DOTALL)
            if found is None:
                data = await self.read()
                if not data:
                    raise _Left
                self._fresh += data
        self._fresh = self._fresh[found.end() :]
        self.groups.update(
            {name: (value or b"").decode() for name, value in found.groupdict().items()}
        )

    async def say(self, data: bytes) -> None:
        """Write bytes."""
        await self.leg.write(data)


class Step:
    """One act of a script."""

    async def act(self, talk: Talk) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Await(Step):
    """Read until a regular expression matches; its named groups can be said later."""

    pattern: str

    async def act(self, talk: Talk) -> None:
        await talk.until(self.pattern)


@dataclass(frozen=True)
class Say(Step):
    """Write a text; ``%(name)s`` stands for a group caught before."""

    text: str | bytes

    async def act(self, talk: Talk) -> None:
        text = self.text
        await talk.say(text if isinstance(text, bytes) else (text % talk.groups).encode())


@dataclass(frozen=True)
class TLS(Step):
    """Take over TLS with a certificate of some kind (a key of :data:`CERTIFICATES`)."""

    kind: str = "good"

    async def act(self, talk: Talk) -> None:
        await talk.leg.start_tls(talk.certificate(self.kind).context(), server_side=True)
        talk.secure = True


@dataclass(frozen=True)
class Silence(Step):
    """Say nothing more, and keep the connection until the client leaves."""

    async def act(self, talk: Talk) -> None:
        while await talk.read():
            pass
        raise _Left


@dataclass(frozen=True)
class Reset(Step):
    """Break the TCP connection by a reset instead of closing it."""

    async def act(self, talk: Talk) -> None:
        talk.leg.abort()
        raise _Left


@dataclass(frozen=True)
class Endless(Step):
    """Write one element that never ends, 64 KiB at a time as the client takes it."""

    async def act(self, talk: Talk) -> None:
        await talk.say(b"<message><body>")
        for _ in range(ENDLESS_BYTES // 65536):
            await talk.say(b"x" * 65536)
            # The client has to get a turn: this is a slow, steady stream, not a flood.
            await asyncio.sleep(0.005)
        await Silence().act(talk)


@dataclass(frozen=True)
class Scram(Step):
    """Serve a SCRAM-SHA-1 login (RFC 5802) and spoil it in one way.

    Args:
        spoil: ``""`` serves it well, ``"signature"`` proves itself with a wrong
            signature, ``"unproved"`` says success without any proof, ``"challenge"``
            stops after the challenge, ``"nonce"`` answers with a nonce not the client's,
            ``"rounds"`` asks for hours of hashing, ``"skip"`` says success with what
            should be the challenge.
    """

    spoil: str = ""

    async def act(self, talk: Talk) -> None:
        await talk.until(r"<auth[^>]*>(?P<first>[^<]*)</auth>")
        mechanism = ScramMechanism("SCRAM-SHA-1")
        salt, stored_key, server_key, iterations = mechanism.make_auth_info(PASSWORD)
        server = mechanism.make_server(lambda user: (salt, stored_key, server_key, iterations))
        server.set_client_first(_decode(talk.groups["first"]))
        challenge = server.get_server_first()
        if self.spoil == "nonce":
            challenge = re.sub(r"r=[^,]*", "r=" + secrets.token_hex(8), challenge)
        if self.spoil == "rounds":
            challenge = re.sub(r"i=\d+", "i=2000000000", challenge)
        if self.spoil == "skip":
            await talk.say(f"<success xmlns='{SASL}'>{_encode(challenge)}</success>".encode())
            return
        await talk.say(f"<challenge xmlns='{SASL}'>{_encode(challenge)}</challenge>".encode())
        if self.spoil == "challenge":
            return
        await talk.until(r"<response[^>]*>(?P<final>[^<]*)</response>")
        try:
            server.set_client_final(_decode(talk.groups["final"]))
        except ScramException:
            await talk.say(f"<failure xmlns='{SASL}'><not-authorized/></failure>".encode())
            await Silence().act(talk)
        await talk.say(self._success(server.get_server_final()).encode())

    def _success(self, proof: str) -> str:
        if self.spoil == "signature":
            proof = "v=" + base64.b64encode(secrets.token_bytes(20)).decode()
        text = "" if self.spoil == "unproved" else _encode(proof)
        return f"<success xmlns='{SASL}'>{text}</success>"


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str:
    return base64.b64decode(text).decode()


def open_stream(features: str, domain: str = DOMAIN) -> tuple[Step, ...]:
    """Return the steps that answer a stream header with features (RFC 6120 §4.3.2)."""
    return (
        Await(r"<stream:stream[^>]*>"),
        Say(f"{stream_header(domain)}<stream:features>{features}</stream:features>"),
    )


def stream_header(domain: str = DOMAIN) -> str:
    """Return a response stream header (RFC 6120 §4.7)."""
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        "xmlns:stream='http://etherx.jabber.org/streams' id='s1' xml:lang='en' "
        f"from='{domain}'>"
    )


def stream_error(condition: str, text: str = "", detail: str = "") -> str:
    """Return a stream error and a footer (RFC 6120 §4.9)."""
    words = f"<text xmlns='{STREAM_ERRORS}' xml:lang='en'>{text}</text>" if text else ""
    return (
        f"<stream:error><{condition} xmlns='{STREAM_ERRORS}'>{detail}</{condition}>{words}"
        "</stream:error></stream:stream>"
    )


def mechanisms(*names: str) -> str:
    """Return the SASL feature (RFC 6120 §6.4.1)."""
    offered = "".join(f"<mechanism>{name}</mechanism>" for name in names)
    return f"<mechanisms xmlns='{SASL}'>{offered}</mechanisms>"


STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>" + mechanisms(
    "PLAIN"
)
PROCEED = Say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
BOUND = Say(
    "<iq type='result' id='%(id)s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    f"<jid>romeo@{DOMAIN}/orchard</jid></bind></iq>"
)
IQ = Await(r"<iq[^>]*\bid=['\"](?P<id>[^'\"]*)['\"].*?</iq>")
FAILURE = "<failure xmlns='" + SASL + "'><%s/><text xml:lang='en'>%s</text></failure>"


def to_tls(kind: str = "good") -> tuple[Step, ...]:
    """Return the steps of STARTTLS with a certificate of some kind."""
    return (*open_stream(STARTTLS), Await(r"<starttls[^>]*>"), PROCEED, TLS(kind))


SECURE = (*to_tls(), *open_stream(mechanisms("SCRAM-SHA-1", "PLAIN")))
LOGGED_IN = (*SECURE, Scram(), *open_stream(BIND))
READY = (*LOGGED_IN, IQ, BOUND)
SUCCESS = Say(f"{stream_header()}<success xmlns='{SASL}'/>")
REFUSE_SCRAM = (
    Await(r"<auth[^>]*>[^<]*</auth>"),
    Say(FAILURE % ("not-authorized", "no")),
)

SCRIPTS: dict[str, tuple[Step, ...]] = {
    # Not XMPP at all.
    "http": (
        Await(r".+"),
        Say("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"),
        Say("<html><body><h1>400 Bad Request</h1></body></html>"),
    ),
    "ssh banner": (Say("SSH-2.0-OpenSSH_9.2p1\r\n"), Silence()),
    "garbage": (Await(r".+"), Say(bytes(range(256)) * 4), Silence()),
    "other xml": (Await(r".+"), Say("<?xml version='1.0'?><rss version='2.0'><channel/></rss>")),
    # Silence and broken connections.
    "silent": (Silence(),),
    "half a header": (
        Await(r".+"),
        Say("<?xml version='1.0'?><stream:stream xmlns='jab"),
        Silence(),
    ),
    "no features": (Await(r".+"), Say(stream_header()), Silence()),
    "closes at once": (),
    "resets at once": (Reset(),),
    "resets after a header": (Await(r".+"), Reset()),
    "closes after header": (Await(r".+"), Say(stream_header())),
    "footer after features": (*open_stream(STARTTLS), Say("</stream:stream>")),
    "silent at starttls": (*open_stream(STARTTLS), Silence()),
    "silent at tls": (*open_stream(STARTTLS), Await(r"<starttls[^>]*>"), PROCEED, Silence()),
    "silent at sasl": (*SECURE, Silence()),
    "silent at bind": (*LOGGED_IN, IQ, Silence()),
    "closes in mid-SASL": (*SECURE, Scram("challenge")),
    "resets in mid-SASL": (*SECURE, Scram("challenge"), Reset()),
    "closes at bind": (*LOGGED_IN, IQ),
    # Stream errors.
    "host-unknown": (
        Await(r".+"),
        Say(stream_header("") + stream_error("host-unknown", "This server does not serve it")),
    ),
    "error after features": (
        *open_stream(STARTTLS),
        Say(stream_error("system-shutdown", "Maintenance until noon")),
    ),
    "error during SASL": (
        *SECURE,
        Await(r"<auth[^>]*>"),
        Say(stream_error("policy-violation", "Too many logins")),
    ),
    "error at bind": (*LOGGED_IN, IQ, Say(stream_error("resource-constraint", "Full"))),
    "error after bind": (*READY, Say(stream_error("conflict", "Replaced by new connection"))),
    "see-other-host": (
        Await(r".+"),
        Say(stream_header() + stream_error("see-other-host", detail="[2001:db8::1]:5222")),
    ),
    # Certificates and TLS.
    "self-signed": (*to_tls("self-signed"), Silence()),
    "stranger's certificate": (*to_tls("stranger"), Silence()),
    "other name": (*to_tls("other name"), Silence()),
    "expired": (*to_tls("expired"), Silence()),
    "no starttls": (*open_stream(mechanisms("SCRAM-SHA-1", "PLAIN")), Silence()),
    "starttls refused": (
        *open_stream(STARTTLS),
        Await(r"<starttls[^>]*>"),
        Say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
    ),
    "more behind proceed": (
        *open_stream(STARTTLS),
        Await(r"<starttls[^>]*>"),
        Say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message><body>hi</body></message>"),
        TLS(),
        *open_stream(mechanisms("SCRAM-SHA-1", "PLAIN")),
        Silence(),
    ),
    "garbage for tls": (
        *open_stream(STARTTLS),
        Await(r"<starttls[^>]*>"),
        PROCEED,
        Await(r".+"),
        Say(bytes(range(255, -1, -1)) * 4),
        Silence(),
    ),
    # SASL.
    "no common mechanism": (*to_tls(), *open_stream(mechanisms("GSSAPI", "X-OAUTH9")), Silence()),
    "no mechanisms": (*to_tls(), *open_stream(""), Silence()),
    "refuses SCRAM, offers PLAIN": (
        *SECURE,
        *REFUSE_SCRAM,
        *REFUSE_SCRAM,
        *REFUSE_SCRAM,
        Silence(),
    ),
    "account disabled": (
        *SECURE,
        Await(r"<auth[^>]*>"),
        Say(FAILURE % ("account-disabled", "Call the office")),
        Silence(),
    ),
    "wrong server signature": (*SECURE, Scram("signature"), *open_stream(BIND), Silence()),
    "no server signature": (*SECURE, Scram("unproved"), *open_stream(BIND), Silence()),
    "success for a challenge": (*SECURE, Scram("skip"), *open_stream(BIND), IQ, BOUND, Silence()),
    "rounds without end": (*SECURE, Scram("rounds"), Silence()),
    "success unasked": (*to_tls(), Await(r"<stream:stream[^>]*>"), SUCCESS, Silence()),
    "binds without a login": (*to_tls(), *open_stream(BIND), IQ, BOUND, Silence()),
    "nonce of its own": (*SECURE, Scram("nonce"), Silence()),
    # After the login.
    "binds nonsense": (
        *LOGGED_IN,
        IQ,
        Say(
            "<iq type='result' id='%(id)s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<jid>@@//</jid></bind></iq>"
        ),
        Silence(),
    ),
    "refuses bind": (
        *LOGGED_IN,
        IQ,
        Say(
            "<iq type='error' id='%(id)s'><error type='wait'><resource-constraint "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        ),
        Silence(),
    ),
    "answers from a stranger": (
        *READY,
        IQ,
        Say("<iq type='result' id='%(id)s' from='mallory@evil.example/x'><fake/></iq>"),
        Silence(),
    ),
    # Hostile XML (RFC 6120 §11.1).
    "entity bomb": (
        Await(r".+"),
        Say(
            "<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'>"
            + "".join(
                f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(12)
            )
            + "]>"
            + stream_header().partition("?>")[2]
            + "<message><body>&m;</body></message>"
        ),
        Silence(),
    ),
    "comment": (*open_stream("<!-- hidden -->" + STARTTLS), Silence()),
    "ill-formed features": (
        Await(r".+"),
        Say(stream_header() + "<stream:features><a></b></stream:features>"),
        Silence(),
    ),
    "flood of elements": (
        Await(r".+"),
        Say(stream_header() + "<a xmlns='urn:x'/>" * 200_000),
        Silence(),
    ),
    "endless element": (Await(r".+"), Say(stream_header()), Endless()),
    # A good one, so that the parts above are known to be sound.
    "good": (*READY, Silence()),
}

CERTIFICATES = ("good", "self-signed", "stranger", "other name", "expired")


class Certificates:
    """The certificates that bad servers show, by kind, made when first asked for."""

    def __init__(self, authority: Authority) -> None:
        self.ca_file = str(authority.ca_file)
        self._makers: dict[str, Callable[[], Pair]] = {
            "good": lambda: authority.good(DOMAIN),
            "self-signed": lambda: authority.self_signed(DOMAIN),
            "stranger": lambda: authority.of_stranger(DOMAIN),
            "other name": lambda: authority.good("other.example"),
            "expired": lambda: authority.expired(DOMAIN),
        }
        self._made: dict[str, Pair] = {}

    def __call__(self, kind: str) -> Pair:
        if kind not in self._made:
            self._made[kind] = self._makers[kind]()
        return self._made[kind]


@dataclass
class BadServer:
    """A server on 127.0.0.1 that goes through one script with each client.

    Attributes:
        host: the thread in which it runs.
        name: key of :data:`SCRIPTS`.
        certificates: what it shows under TLS.
        talks: what was said, one entry a connection.
    """

    thread: Host
    name: str
    certificates: Certificates
    direct: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    talks: list[Talk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None

    def __enter__(self) -> BadServer:
        self.thread.call(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.thread.call(self._stop())

    def heard(self) -> list[Heard]:
        """Return what each client said up to now."""
        return self.thread.do(
            lambda: [Heard(bytes(talk.clear), bytes(talk.inside)) for talk in self.talks]
        )

    def wait_until_left(self) -> None:
        """Return when every client has closed its connection."""
        self.thread.call(self._wait_until_left())

    async def _start(self) -> None:
        self._server, self.port = await listen(self._serve)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_until_left(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._tasks(), return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [talk.leg.task for talk in self.talks if talk.leg.task is not None]

    async def _serve(self, leg: Leg) -> None:
        talk = Talk(leg, self.certificates)
        self.talks.append(talk)
        try:
            for step in SCRIPTS[self.name]:
                await step.act(talk)
            # A close with input unread would be a reset and discard our last words.
            leg.end()
            async with asyncio.timeout(PATIENCE):
                while await talk.read():
                    pass
        except _Left:
            await leg.close()
        except (OSError, ssl.SSLError):
            pass  # the client broke off, which is what a bad server makes clients do
        finally:
            leg.abort()
