"""Opening what is observed: ``connect`` and ``observe``; ``dial`` is in ``api/stream.py``."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic_ns as now
from typing import Any

from xmppexplore.api.arguments import short_repr
from xmppexplore.api.case import Case
from xmppexplore.api.diagnosis import diagnose
from xmppexplore.api.recording import Recording, new_log
from xmppexplore.api.session import Session, sessions
from xmppexplore.api.wanted import Hidden, Wanted
from xmppexplore.errors import RecordingError, UsageError, XmppExploreError
from xmppexplore.live.client import Client
from xmppexplore.live.loop import Pending, run
from xmppexplore.live.tap import NO_CONNECTION, Tap

__all__ = ["connect", "observe", "reconnect", "run"]

ROSTER_TIMEOUT = 5.0
"""Most seconds that initial presence waits for an answer to the roster request."""


def connect(
    jid: str,
    password: str | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    resource: str | None = None,
    tls: str | None = None,
    ca_file: str | Path | None = None,
    mechanism: str | None = None,
    presence: bool = True,
    plugins: Iterable[Any] = (),
    configure: Callable[[Any], Any] | None = None,
    sm: bool = False,
    timeout: float = 20.0,
    recording: Recording | str | Path | None = None,
    keep: int | None = None,
    reveal: bool = False,
) -> Pending[Session]:
    """Log in to an XMPP server and observe it from the first byte.

    The session is authenticated, bound, and has asked for its roster and sent initial
    presence (RFC 6121 §2.2, §4.2).  A failed mechanism is never followed by a weaker one.

    Args:
        jid: address, ``"juliet@example.org"``, perhaps with a resource.
        password: its password; asked for where not given.
        host: server to connect to instead of what DNS says.
        port: port on it; 5222, or 5223 for direct TLS, where not given.
        resource: resource to bind; the server chooses where not given.
        tls: ``"starttls"``, ``"direct"``, ``"none"``, or ``None`` for what the domain's
            records offer (STARTTLS where a host is given); never plain unless ``"none"``.
        ca_file: PEM file of the authorities to trust instead of the system's.
        mechanism: the one SASL mechanism to use, for example ``"SCRAM-SHA-256"``.
        presence: whether to ask for the roster and send initial presence.
        plugins: slixmpp plugins to load: names, or (name, configuration) pairs.
        configure: called with the slixmpp client before it connects.
        sm: enable stream management with resumption (XEP-0198).
        timeout: seconds for the whole login.
        recording: recording to add to, or a path to journal a new one to.
        keep: about how many rows to keep in memory while journalling; older ones are in
            the journal alone.
        reveal: show this session's secrets, in frames, drawings and files: for passwords
            that are none, as a sandbox's.

    Raises:
        ConnectError: no stream could be opened; ``.reason`` says why.
        CertificateError: the certificate is not to be trusted.
        AuthenticationError: the login was refused; ``.condition``.
        StreamError: the server ended the stream.
        StanzaError: the resource could not be bound.
        UsageError: the arguments cannot work.

    Every error carries ``.recording``, with all that was recorded up to it.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example")
    >>> romeo = await connect(
    ...     "romeo@capulet.example",
    ...     sandbox.passwords["romeo"],
    ...     host=sandbox.host,
    ...     port=sandbox.port,
    ...     ca_file=sandbox.ca_file,
    ... )
    >>> romeo.mechanism
    'SCRAM-SHA-256'
    >>> await sandbox.close()
    """
    wanted = Wanted(
        jid,
        Hidden(password) if isinstance(password, str) else password,
        host,
        port,
        resource,
        tls,
        ca_file,
        mechanism,
        presence,
        plugins,
        configure,
        sm,
        timeout,
        recording,
        keep,
        reveal,
    )
    wanted.check()
    return Pending(
        lambda: _connect(wanted.complete()), f"connect({short_repr(jid)})", "not connected"
    )


async def _connect(wanted: Wanted) -> Session:
    recording, journal = _recording(wanted)
    client = _client(wanted)
    label = _label(wanted.jid, recording)
    tap = Tap(client, recording._log, label=label, session=label, reveal=wanted.reveal)
    try:
        if journal is not None:
            journal.start()
        await _log_in(client, tap, recording, wanted.timeout, presence=wanted.presence)
    except BaseException as error:
        await client.shut(wait=0)
        if journal is not None:
            # Why the login failed matters more than why its journal did.
            with contextlib.suppress(RecordingError):
                journal.stop()
        if isinstance(error, XmppExploreError):
            error.recording = recording
        raise
    _tell_older(wanted.jid)
    session = Session(client, tap, recording)
    if journal is not None:
        _read_before_dropping(session)
        session._journal = journal
        session._on_close.append(journal.stop)
    return session


def _read_before_dropping(session: Session) -> None:
    """See that every reading has seen a row before it is in the journal alone."""
    login, recording = session.handshake, session.recording
    recording._columns.readers += [
        lambda: login.reading,
        session._counts.look,
        recording._exchanges.advance,
        recording._findings.read,
        recording._presence.advance,
    ]


def _recording(wanted: Wanted) -> tuple[Recording, Any]:
    if isinstance(wanted.recording, Recording):
        return wanted.recording, None
    recording = Recording(new_log())
    if wanted.recording is None:
        return recording, None
    from xmppexplore.store.journal import Journal

    return recording, Journal(
        recording._log, recording._columns, wanted.recording, keep=wanted.keep
    )


def _client(wanted: Wanted) -> Client:
    client = Client(
        wanted.jid,
        wanted.password or "",
        tls=wanted.tls,
        host=wanted.host,
        port=wanted.port,
        ca_file=str(wanted.ca_file) if wanted.ca_file else None,
        mechanism=wanted.mechanism,
    )
    for plugin in (*wanted.plugins, *(("xep_0198",) if wanted.sm else ())):
        name, configuration = plugin if isinstance(plugin, tuple) else (plugin, {})
        try:
            client.register_plugin(name, configuration)
        except Exception as error:
            raise UsageError(f"slixmpp cannot load the plugin {name!r}: {error}") from error
    if wanted.configure is not None:
        wanted.configure(client)
    return client


def _label(jid: str, recording: Recording) -> str:
    name = jid.partition("@")[0]
    taken = {connection.session for connection in recording._log.connections}
    label, number = name, 2
    while label in taken:
        label, number = f"{name}-{number}", number + 1
    return label


def _tell_older(jid: str) -> None:
    bare = jid.partition("/")[0]
    older = [
        session
        for session in sessions()
        if session.state == "open" and session.jid.partition("/")[0] == bare
    ]
    if older:
        # Said in the cell itself: two sessions of one account explain many surprises.
        names = ", ".join(session.jid for session in older)
        print(f"{bare} has an older session here: {names}. Both go on; sessions() lists them.")  # noqa: T201


async def _log_in(
    client: Client, tap: Tap, recording: Recording, seconds: float, *, presence: bool = False
) -> None:
    timed_out = there = False
    connections = len(recording._log.connections)
    try:
        async with asyncio.timeout(seconds):
            client.connect()
            await client.login.done
            there = client.login.ready
            if there and presence:
                there = await _appear(client, min(ROSTER_TIMEOUT, seconds / 2))
    except TimeoutError:
        timed_out = True
    if there and not timed_out:
        return
    connection = (
        len(recording._log.connections) - 1
        if len(recording._log.connections) > connections
        else NO_CONNECTION
    )
    case = Case(client, recording._columns, connection, seconds, timed_out)
    error = diagnose(case)
    if connection == NO_CONNECTION:
        _record_attempt(tap, client, str(error))
    else:
        recording._log.mark(connection, "failed", str(error), now())
    error.recording = recording
    raise error


def _record_attempt(tap: Tap, client: Client, why: str) -> None:
    """Record a connection that never came to be, so that the attempt can be seen."""
    detail = f"tried {client.target.host} port {client.target.port}"
    number = tap.log.connect(tap.role, tap.label, now(), detail, session=tap.session)
    tap.log.mark(number, "failed", why, now())
    tap.log.mark(number, "closed", "", now())


async def _appear(client: Client, patience: float) -> bool:
    """Ask for the roster, then send initial presence: RFC 6121 §2.2 wants this order.

    Args:
        client: a client that is logged in.
        patience: seconds to wait for the roster, which a server may refuse or never send.

    Returns:
        Whether the connection is still there.
    """
    gone = client.disconnected
    steps: list[asyncio.Future[Any]] = [asyncio.ensure_future(client.get_roster())]
    try:
        await asyncio.wait({*steps, gone}, timeout=patience, return_when=FIRST_COMPLETED)
        if client.transport is None:
            return False
        client.send_presence()
        steps.append(asyncio.ensure_future(client.waiting_queue.join()))
        await asyncio.wait({steps[-1], gone}, return_when=FIRST_COMPLETED)
    finally:
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
    return client.transport is not None


async def reconnect(session: Session, seconds: float) -> Session:
    """Connect a cut session again; the public face is :meth:`Session.reconnect`."""
    client = session.client
    if not isinstance(client, Client):
        raise UsageError("this client is your own: call its connect() yourself, it stays observed")
    if session.state != "cut":
        raise UsageError(f"this session is {session.state}: only a cut one can be reconnected")
    client.login = type(client.login)()
    try:
        await _log_in(client, session._tap, session.recording, seconds)
    except BaseException:
        await client.shut(wait=0)
        raise
    return session


def observe(client: Any, recording: Recording | None = None) -> Session:
    """Observe a slixmpp client or component of your own, from now on.

    Call it before ``client.connect()``, so that the login is seen whole.

    Args:
        client: a slixmpp ``ClientXMPP`` or ``ComponentXMPP``.
        recording: recording to add to; a new one where not given.

    Raises:
        UsageError: it is no slixmpp stream, is observed already, or there is no running
            event loop.
    """
    if not all(hasattr(client, name) for name in ("data_received", "send_raw", "init_parser")):
        raise UsageError(f"{type(client).__name__} is no slixmpp client or component")
    if "send_raw" in vars(client):
        raise UsageError("this client is observed already: sessions() lists its session")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "observe(...) needs a running event loop: call it in a coroutine"
        ) from None
    target = recording if recording is not None else Recording(new_log())
    component = bool(getattr(client, "is_component", False))
    label = _label(str(client.boundjid) or "client", target)
    role = "component" if component else "initiator"
    tap = Tap(client, target._log, role=role, label=label, session=label)
    return Session(client, tap, target)
