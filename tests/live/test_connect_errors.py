"""Every way in which a login can fail ends in its own clear error, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.bad import DOMAIN, PASSWORD, SCRIPTS, BadServer, Certificates
from tests.peers.census import census, settled
from tests.peers.host import Host
from tests.peers.prosody import free_port
from xmppexplore import connect, sessions
from xmppexplore.errors import (
    AuthenticationError,
    CertificateError,
    ConnectError,
    NoAnswer,
    StanzaError,
    StreamError,
    UsageError,
    XmppExploreError,
)

JID = f"romeo@{DOMAIN}"
SNAPSHOTS = Path(__file__).parent / "snapshots" / "errors.json"
"""The messages as people read them; XMPPEXPLORE_UPDATE_SNAPSHOTS=1 writes them anew."""

SHORT, LONG = 1.0, 10.0
SLACK = 5.0
"""Seconds that closing may take on top of the time limit, on a busy machine."""

NEXT_CALL = re.compile(r"connect\(|dial\(|sessions\(|error\.\w+|[a-z_]+=")


@dataclass(frozen=True)
class Expected:
    """What ``connect`` raises for a script.

    Attributes:
        error: the exact class.
        word: its ``reason`` (ConnectError) or ``condition`` (the others).
        timeout: seconds given to ``connect``; the script never answers where it is SHORT.
        text: the server's own words, where it had some.
    """

    error: type[XmppExploreError]
    word: str
    timeout: float = LONG
    text: str = ""


EXPECTED = {
    "http": Expected(ConnectError, "not-xmpp"),
    "ssh banner": Expected(ConnectError, "not-xmpp"),
    "garbage": Expected(ConnectError, "not-xmpp"),
    "other xml": Expected(ConnectError, "not-xmpp"),
    "silent": Expected(ConnectError, "timeout", SHORT),
    "half a header": Expected(ConnectError, "timeout", SHORT),
    "no features": Expected(ConnectError, "timeout", SHORT),
    "closes at once": Expected(ConnectError, "closed"),
    "resets at once": Expected(ConnectError, "closed"),
    "resets after a header": Expected(ConnectError, "closed"),
    "closes after header": Expected(ConnectError, "closed"),
    "footer after features": Expected(ConnectError, "closed"),
    "silent at starttls": Expected(ConnectError, "timeout", SHORT),
    "silent at tls": Expected(ConnectError, "timeout", SHORT),
    "silent at sasl": Expected(ConnectError, "timeout", SHORT),
    "silent at bind": Expected(ConnectError, "timeout", SHORT),
    "closes in mid-SASL": Expected(ConnectError, "closed"),
    "resets in mid-SASL": Expected(ConnectError, "closed"),
    "closes at bind": Expected(ConnectError, "closed"),
    "host-unknown": Expected(StreamError, "host-unknown", text="This server does not serve it"),
    "error after features": Expected(StreamError, "system-shutdown", text="Maintenance until noon"),
    "error during SASL": Expected(StreamError, "policy-violation", text="Too many logins"),
    "error at bind": Expected(StreamError, "resource-constraint", text="Full"),
    "see-other-host": Expected(StreamError, "see-other-host"),
    "self-signed": Expected(CertificateError, "certificate"),
    "stranger's certificate": Expected(CertificateError, "certificate"),
    "other name": Expected(CertificateError, "certificate"),
    "expired": Expected(CertificateError, "certificate"),
    "no starttls": Expected(ConnectError, "tls"),
    "starttls refused": Expected(ConnectError, "tls"),
    "more behind proceed": Expected(ConnectError, "tls"),
    "garbage for tls": Expected(ConnectError, "tls"),
    "no common mechanism": Expected(AuthenticationError, "no-mechanism"),
    "no mechanisms": Expected(AuthenticationError, "no-mechanism"),
    "refuses SCRAM, offers PLAIN": Expected(AuthenticationError, "not-authorized", text="no"),
    "account disabled": Expected(AuthenticationError, "account-disabled", text="Call the office"),
    "wrong server signature": Expected(AuthenticationError, "server-not-proved"),
    "no server signature": Expected(AuthenticationError, "server-not-proved"),
    "success for a challenge": Expected(AuthenticationError, "server-not-proved"),
    "rounds without end": Expected(AuthenticationError, "server-not-proved"),
    "success unasked": Expected(AuthenticationError, "server-not-proved"),
    "binds without a login": Expected(AuthenticationError, "no-mechanism"),
    "nonce of its own": Expected(AuthenticationError, "server-not-proved"),
    "binds nonsense": Expected(ConnectError, "not-xmpp"),
    "refuses bind": Expected(StanzaError, "resource-constraint"),
    "entity bomb": Expected(ConnectError, "not-xmpp"),
    "comment": Expected(ConnectError, "not-xmpp", SHORT),
    "ill-formed features": Expected(ConnectError, "not-xmpp"),
    "flood of elements": Expected(ConnectError, "not-xmpp", 4.0),
    "endless element": Expected(ConnectError, "timeout", SHORT),
}
TWO_WORDINGS = {"resets at once"}
"""Whether the system tells of the connection first, or of its reset, is a matter of luck."""

AFTER_THE_LOGIN = {"good", "error after bind", "answers from a stranger"}


def test_every_script_has_its_expectation() -> None:
    """A new bad server cannot be added without saying what it must lead to."""
    assert set(EXPECTED) | AFTER_THE_LOGIN == set(SCRIPTS)


@pytest.mark.parametrize("name", EXPECTED)
def test_bad_server(
    peers: Host, certificates: Certificates, authority: object, name: str, snapshot: Snapshot
) -> None:
    """One error of the right class, in time, with its recording; nothing else is left."""
    expected = EXPECTED[name]
    with BadServer(peers, name, certificates) as server:
        error, seconds = asyncio.run(
            _fail(server.host, server.port, expected.timeout, certificates.ca_file)
        )
        server.wait_until_left()
        heard = server.heard()

    assert type(error) is expected.error
    assert _word(error) == expected.word
    assert getattr(error, "text", "") == expected.text
    assert seconds < expected.timeout + SLACK
    assert len(heard) == 1
    out = error.recording.tape("out")
    said = heard[0].clear.partition(b"\x16\x03")[0] + heard[0].inside
    assert out.startswith(said)
    _assert_secret_kept(out)
    _assert_helpful(error, server.host, server.port)
    if name not in TWO_WORDINGS:
        snapshot.check(name, str(error), server.port)


def test_a_good_login_still_works_after_all(peers: Host, certificates: Certificates) -> None:
    """In one loop: each kind of failure, then a session that works."""

    async def all_in_a_row() -> str:
        for name in ("http", "closes in mid-SASL", "self-signed", "no common mechanism"):
            with BadServer(peers, name, certificates) as server:
                await _fail(server.host, server.port, LONG, certificates.ca_file)
        with BadServer(peers, "good", certificates) as server:
            session = await connect(
                JID,
                PASSWORD,
                host=server.host,
                port=server.port,
                tls="starttls",
                ca_file=certificates.ca_file,
                presence=False,
            )
            jid = str(session.jid)
            await session.close(wait=0.2)
            return jid

    assert asyncio.run(all_in_a_row()) == f"{JID}/orchard"


@pytest.mark.parametrize("presence", [True, False])
def test_stream_error_right_after_the_login(
    peers: Host, certificates: Certificates, presence: bool
) -> None:
    """Before initial presence it is the login's error; after it the session says it is cut."""

    async def replaced(server: BadServer) -> None:
        before = census()
        where = {"host": server.host, "port": server.port, "ca_file": certificates.ca_file}
        if presence:
            with pytest.raises(StreamError) as caught:
                await connect(JID, PASSWORD, timeout=LONG, **where)
            assert caught.value.condition == "conflict"
            assert caught.value.text == "Replaced by new connection"
        else:
            session = await connect(JID, PASSWORD, presence=False, **where)
            with pytest.raises((UsageError, NoAnswer)):
                await session.ask("<ping xmlns='urn:xmpp:ping'/>", timeout=LONG)
            assert session.state == "cut"
            with pytest.raises(UsageError):
                await session.send("<presence/>")
            await session.close()
        assert await settled(before) == before
        assert sessions() == []

    start = time.monotonic()
    with BadServer(peers, "error after bind", certificates) as server:
        asyncio.run(replaced(server))
        server.wait_until_left()
    assert time.monotonic() - start < SLACK


def test_an_answer_from_a_stranger_is_none(peers: Host, certificates: Certificates) -> None:
    """The right id from the wrong sender does not end the wait (RFC 6120 §8.1.2.1)."""

    async def asked(server: BadServer) -> NoAnswer:
        where = {"host": server.host, "port": server.port, "ca_file": certificates.ca_file}
        session = await connect(JID, PASSWORD, presence=False, **where)
        with pytest.raises(NoAnswer) as caught:
            await session.ask("<query xmlns='jabber:iq:roster'/>", timeout=0.5)
        assert "mallory" in session.recording.tape("in").decode()
        await session.close(wait=0.2)
        return caught.value

    with BadServer(peers, "answers from a stranger", certificates) as server:
        error = asyncio.run(asked(server))

    assert isinstance(error, TimeoutError)
    assert error.recording is not None


def test_closed_port(snapshot: Snapshot) -> None:
    """Nobody listens there: ``refused``, and no second attempt goes on in the background."""
    port = free_port()
    error, _ = asyncio.run(_fail("127.0.0.1", port, LONG, None))

    assert _word(error) == "refused"
    assert error.port == port
    _assert_helpful(error, "127.0.0.1", port)
    snapshot.check("closed port", str(error), port)


def test_unknown_host(snapshot: Snapshot) -> None:
    """A name without address: ``resolve`` (names under .invalid never resolve, RFC 6761)."""
    error, _ = asyncio.run(_fail("no-such-host.invalid", 5222, LONG, None))

    assert _word(error) == "resolve"
    _assert_helpful(error, "no-such-host.invalid", 5222)
    snapshot.check("unknown host", str(error), 0)


@pytest.mark.parametrize("kind", ["self-signed", "stranger", "other name", "expired"])
def test_certificate_error_tells_names_and_dates(
    peers: Host, certificates: Certificates, kind: str
) -> None:
    """What the certificate says stands in the error, so that it can be judged."""
    script = "stranger's certificate" if kind == "stranger" else kind
    with BadServer(peers, script, certificates) as server:
        error, _ = asyncio.run(_fail(server.host, server.port, LONG, certificates.ca_file))

    assert isinstance(error, CertificateError)
    assert error.names == (("other.example",) if kind == "other name" else (DOMAIN,))
    assert error.not_before
    assert error.not_before[:10] in str(error) or error.not_after[:10] in str(error)
    assert error.names[0] in str(error)


def test_cancelled_login_leaves_nothing(peers: Host, certificates: Certificates) -> None:
    """A login that is cancelled from outside (a kernel interrupt) cleans up as well."""

    async def cancelled(server: BadServer) -> None:
        before = census()
        login = asyncio.ensure_future(
            connect(JID, PASSWORD, host=server.host, port=server.port, tls="starttls")
        )
        while not server.heard() or b"<stream:stream" not in server.heard()[0].clear:
            await asyncio.sleep(0.01)
        login.cancel()
        with pytest.raises(asyncio.CancelledError):
            await login
        assert await settled(before) == before
        assert sessions() == []

    with BadServer(peers, "silent", certificates) as server:
        asyncio.run(cancelled(server))
        server.wait_until_left()


async def _fail(
    host: str, port: int, timeout: float, ca_file: str | None
) -> tuple[XmppExploreError, float]:
    """Return the error of a login and how long it took; nothing may be left open."""
    await asyncio.to_thread(int)  # the loop's pool of threads is not part of the login
    before = census()
    start = time.monotonic()
    with pytest.raises(XmppExploreError) as caught:
        await connect(
            JID,
            PASSWORD,
            host=host,
            port=port,
            tls="starttls",
            timeout=timeout,
            ca_file=ca_file,
        )
    seconds = time.monotonic() - start
    assert await settled(before) == before
    assert sessions() == []
    return caught.value, seconds


def _word(error: XmppExploreError) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "condition", ""))


def _assert_secret_kept(out: bytes) -> None:
    """Neither the password nor the message of PLAIN (RFC 4616) was ever said."""
    assert PASSWORD.encode() not in out
    assert base64.b64encode(f"\0romeo\0{PASSWORD}".encode()) not in out
    assert out.count(b"<auth ") <= 1


def _assert_helpful(error: XmppExploreError, host: str, port: int) -> None:
    """The message names host and port and a call that comes next."""
    message = str(error)
    assert host in message
    assert str(port) in message
    assert NEXT_CALL.search(message)


class Snapshot:
    """Compares messages with the ones on file, where ports and dates are put aside."""

    def check(self, name: str, message: str, port: int) -> None:
        """Hold one message against the file, or write it there."""
        text = _normalised(message, port)
        known = json.loads(SNAPSHOTS.read_text(encoding="utf-8")) if SNAPSHOTS.exists() else {}
        if os.environ.get("XMPPEXPLORE_UPDATE_SNAPSHOTS") == "1":
            SNAPSHOTS.parent.mkdir(exist_ok=True)
            known[name] = text
            lines = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
            SNAPSHOTS.write_text(lines + "\n", encoding="utf-8")
        assert text == known.get(name)


def _normalised(message: str, port: int) -> str:
    message = re.sub(rf"\b{port}\b", "PORT", message)
    return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?", "DATE", message)


@pytest.fixture(name="snapshot")
def _snapshot() -> Snapshot:
    return Snapshot()
