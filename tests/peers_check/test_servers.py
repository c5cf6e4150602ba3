"""The private servers let their users in, offer what the tests count on, and leave nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.needs import needs
from tests.peers import child
from tests.peers.bare import Bare
from tests.peers.certificates import Authority
from tests.peers.child import Child, ServerFailed
from tests.peers.ejabberd import Ejabberd
from tests.peers.prosody import Prosody
from tests.peers.raw import Raw

SERVERS = ("prosody_full", "prosody_full_plain", "ejabberd", "ejabberd_plain")

REQUESTS = (
    "<query xmlns='jabber:iq:roster'/>",
    "<query xmlns='jabber:iq:private'><x xmlns='urn:example:x'/></query>",
    "<vCard xmlns='vcard-temp'/>",
    "<blocklist xmlns='urn:xmpp:blocking'/>",
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:example:n'/></pubsub>",
)
"""Requests to one's own account."""

REQUESTS_TO_THE_SERVER = (
    "<ping xmlns='urn:xmpp:ping'/>",
    "<time xmlns='urn:xmpp:time'/>",
    "<query xmlns='jabber:iq:last'/>",
    "<query xmlns='jabber:iq:version'/>",
    "<query xmlns='jabber:iq:register'/>",
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Child:
    """One of :data:`SERVERS`, by the name of its fixture."""
    found: Child = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    ("server", "tls"),
    [(name, tls) for name in SERVERS[::2] for tls in ("starttls", "direct")]
    + [(name, "none") for name in SERVERS[1::2]],
    indirect=["server"],
)
def test_two_users_log_in_and_talk(server: Child, tls: str) -> None:
    """Both users get in, the certificate verified where there is one, and a message arrives."""
    port = server.direct_port if tls == "direct" else server.port

    async def log_in(user: str, password: str) -> Bare:
        client = Bare(f"{user}@{server.domain}", password, tls=tls, ca_file=server.ca_file)
        return await client.log_in(server.host, port)

    async def talk() -> list[str]:
        romeo = await log_in("romeo", "montague")
        juliet = await log_in("juliet", "capulet")
        romeo.send_message(juliet.boundjid.full, "Hark & <listen>")
        heard = await juliet.wait_for_bodies(1)
        await romeo.log_out()
        await juliet.log_out()
        return heard

    assert asyncio.run(talk()) == ["Hark & <listen>"]


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_every_feature_that_tests_count_on_is_there(server: Child) -> None:
    """PLAIN lets in; SM, CSI and roster versions are offered; every request is understood."""
    with Raw(server, "romeo") as romeo:
        for namespace in (b"urn:xmpp:sm:3", b"urn:xmpp:csi:0", b"urn:xmpp:features:rosterver"):
            assert namespace in romeo.features
        for to, requests in (("", REQUESTS), (server.domain, REQUESTS_TO_THE_SERVER)):
            for request in requests:
                answer = romeo.ask(request, to=to)
                assert b"service-unavailable" not in answer, request
                assert b"feature-not-implemented" not in answer, request
        assert b"type='result'" in _quoted(romeo.ask("<enable xmlns='urn:xmpp:carbons:2'/>", "set"))
        romeo.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        assert b"resume='true'" in _quoted(romeo.until(rb"<enabled[^>]*>"))


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_a_message_waits_for_who_is_away(server: Child) -> None:
    """A message to an account that is not connected is delivered when it comes (XEP-0160)."""
    with Raw(server, "romeo") as romeo:
        romeo.say(
            f"<message type='chat' to='juliet@{server.domain}'><body>wait for me</body></message>"
        )
        romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to=server.domain)
    with Raw(server, "juliet") as juliet:
        juliet.say("<presence/>")
        assert juliet.until(rb"<message.*?</message>").count(b"wait for me") == 1


@pytest.mark.parametrize(("kind", "name"), [(Prosody, "prosody"), (Ejabberd, "ejabberd")])
def test_a_stopped_server_leaves_no_process(
    tmp_path: Path, authority: Authority, kind: type[Child], name: str
) -> None:
    """The server and all that it started are gone; no ``epmd`` is among what it started."""
    needs(name)
    others = _processes()
    with kind(tmp_path, authority) as server:
        family = {server.pid} | _below(server.pid)
        assert not [one for one in _processes() - others if _name(one) == "epmd"]
    left = [one for one in family if _alive(one)]

    assert left == []


@pytest.mark.parametrize(("kind", "name"), [(Prosody, "prosody"), (Ejabberd, "ejabberd")])
def test_a_port_that_is_taken_is_exchanged(
    tmp_path: Path,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Child],
    name: str,
) -> None:
    """Where somebody else has the port, the server starts on another one."""
    needs(name)
    free_port = child.free_port
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1]])
        monkeypatch.setattr(child, "free_port", lambda: next(ports, None) or free_port())
        with kind(tmp_path, authority, tls=False) as server:
            assert server.port != other.getsockname()[1]
            with socket.create_connection((server.host, server.port), timeout=10):
                pass


@pytest.mark.parametrize(("kind", "name"), [(Prosody, "prosody"), (Ejabberd, "ejabberd")])
def test_a_server_that_was_killed_is_a_failure_with_its_log(
    tmp_path: Path, authority: Authority, kind: type[Child], name: str
) -> None:
    """A status other than 0 is not taken for a clean end."""
    needs(name)
    server = kind(tmp_path, authority, tls=False).start()
    os.kill(server.pid, signal.SIGKILL)

    with pytest.raises(ServerFailed, match=f"{name} ended with status"):
        server.stop()


def _quoted(tape: bytes) -> bytes:
    return tape.replace(b'"', b"'")


def _processes() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _below(pid: int) -> set[int]:
    """Return the processes that a process started, and those that they started."""
    children = {one for one in _processes() if _parent(one) == pid}
    return children.union(*map(_below, children))


def _status(pid: int) -> list[str]:
    """Return the fields of a process after its name: state, parent and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["", "0"]


def _parent(pid: int) -> int:
    return int(_status(pid)[1])


def _alive(pid: int) -> bool:
    return _status(pid)[0] not in {"", "Z"}


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
