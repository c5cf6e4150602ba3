"""The slixmpp client that sessions use.

This is the only file that imports slixmpp.  What slixmpp 1.17 does otherwise than a
session needs is changed here and nowhere else: it retries for ever, hides why TLS or a
login failed, follows a server to another host unasked, and goes on to a weaker mechanism
after a refused one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from typing import TYPE_CHECKING, Any

from slixmpp import ClientXMPP
from slixmpp.exceptions import XMPPError
from slixmpp.jid import InvalidJID
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from xmppexplore import names
from xmppexplore.errors import UsageError
from xmppexplore.live.certificates import VerifyingContext
from xmppexplore.live.login import LoginFacts
from xmppexplore.live.proof import ProofError, follows_proceed, proof_is_due, stretch_within_reason
from xmppexplore.live.resolving import ServiceRefused, Target, find_servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.wire.element import Element

__all__ = ["MECHANISMS", "Client", "build_stanza"]

MECHANISMS = frozenset({"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"})
"""What is tried where no mechanism is asked for; PLAIN only under TLS (RFC 6120 §6)."""

_PROCEED_BYTES = 500  # in which a <proceed/> that came in pieces is found again

# What slixmpp logs of a failed login stands in the one error that is raised; printed in red
# above it, it would be told twice.  Whoever sets up logging still gets all of it.
logging.getLogger("slixmpp").addHandler(logging.NullHandler())


MOST_EARLY = 1000
"""Elements that a server may send before the login is done; an honest one sends ten or so."""


class FloodError(Exception):
    """A server sends elements without end while the login waits for the one it needs."""


class Client(ClientXMPP):
    """A ``ClientXMPP`` that connects once, verifies, and says why it failed.

    Args:
        jid: address to log in as, with a resource where one is wished for.
        password: its password.
        tls: ``"starttls"``, ``"direct"``, ``"none"``, or ``None`` for what SRV offers.
        host: host to connect to instead of asking DNS.
        port: port on that host.
        ca_file: authorities to trust instead of the system's.
        mechanism: the one SASL mechanism to use.

    Raises:
        UsageError: the address is none, or the file of authorities cannot be used.
    """

    def __init__(
        self,
        jid: str,
        password: str,
        *,
        tls: str | None,
        host: str | None = None,
        port: int | None = None,
        ca_file: str | None = None,
        mechanism: str | None = None,
    ) -> None:
        try:
            super().__init__(jid, password)
        except InvalidJID as error:
            raise UsageError(
                f'{jid!r} is no address ({error}; RFC 7622 §3): write "name@domain"; '
                "JID(...) says which part or character is wrong"
            ) from None
        self.tls = tls
        self._asked_host, self._asked_port = host, port
        self.target = Target(host or self.default_domain, port or 0, tls == "direct")
        self.login = LoginFacts()
        self._early = 0
        # Of the instance and for the login only: afterwards each stanza would pay for it.
        vars(self)["_spawn_event"] = self._count_early
        self._aborted: Any = None
        self._clear = b""
        self._own_tasks: set[asyncio.Task[Any]] = set()
        self.tls_context = VerifyingContext(ca_file)
        self.direct_context = VerifyingContext(ca_file, alpn="xmpp-client")
        self.enable_starttls = tls != "none"
        self.enable_direct_tls = tls in (None, "direct")
        self._prepare_mechanisms(mechanism)
        # slixmpp would let everybody who asks see this user's presence, and ask back.
        self.auto_authorize, self.auto_subscribe = None, False
        # The attribute that should stop the keepalive is ignored by slixmpp 1.17.
        self.del_event_handler("session_start", self._start_keepalive)
        for event, handler in (
            ("session_bind", self._on_bound),
            ("failed_auth", self._on_refused),
            ("failed_all_auth", self._on_no_mechanism),
            ("stream_negotiated", self._on_negotiated),
            ("session_resumed", self._on_negotiated),
            ("disconnected", self._on_disconnected),
        ):
            self.add_event_handler(event, handler)

    # ---- reaching the server

    async def _connect_loop(self) -> None:
        """Try each address once; slixmpp's own would go on for ever."""
        try:
            await self._reach_one()
        except ServiceRefused:
            self.login.service_refused = True
        finally:
            self._current_connection_attempt = None
        if self.transport is None:
            self.login.finish()

    async def _reach_one(self) -> None:
        for server in await self._servers():
            self.target = server
            context = self.direct_context if server.direct else None
            try:
                await self.loop.create_connection(
                    lambda: self,
                    server.host,
                    server.port,
                    ssl=context,
                    server_hostname=self.default_domain if context else None,
                )
            except ssl.SSLError as error:
                self.login.tls_error = error
                return  # what is not to be trusted is not to be gone round
            except OSError as error:
                self.login.connecting.append((server, error))
            else:
                return

    async def _servers(self) -> list[Target]:
        direct = {"direct": True, None: None}.get(self.tls, False)
        if self._asked_host is None and self._asked_port is None:
            return await find_servers(self.default_domain, direct=direct)
        if self._asked_port is None:
            found = await find_servers("localhost", direct=direct)
            return [Target(self._asked_host or "", found[0].port, bool(direct))]
        return [Target(self._asked_host or self.default_domain, self._asked_port, bool(direct))]

    def data_received(self, data: bytes | str) -> None:
        """Take what arrived; what slixmpp cannot handle ends a login, and says why."""
        if not self.authenticated:
            self._clear = self._clear[-_PROCEED_BYTES:] + bytes(data)  # type: ignore[arg-type]
        try:
            super().data_received(data)
        except Exception as error:
            if self.login.ready:
                raise
            self._end_at_fault(error)

    def _count_early(self, xml: Any) -> None:
        """Take an element of the login; a flood of them would keep the kernel busy for long."""
        self._early += 1
        if self._early > MOST_EARLY:
            raise FloodError(f"more than {MOST_EARLY} elements before the login was done")
        super()._spawn_event(xml)

    def exception(self, exception: Exception) -> None:
        """Take what slixmpp stumbled over while it handled a stanza, and logged."""
        if self.login.ready or isinstance(exception, XMPPError):
            super().exception(exception)  # type: ignore[no-untyped-call]
        else:
            self._end_at_fault(exception)

    def _end_at_fault(self, error: Exception) -> None:
        self.login.fault = error
        self.abort()
        self.login.finish()

    # ---- TLS

    def get_ssl_context(self) -> ssl.SSLContext:
        """Return the verifying context, for slixmpp's own use."""
        return self.tls_context

    @property
    def encrypted(self) -> bool:
        """Whether TLS is up."""
        return isinstance(self.socket, (ssl.SSLSocket, ssl.SSLObject))

    async def start_tls(self) -> bool:
        """Put TLS on the connection after ``<proceed/>`` (RFC 6120 §5.4.3)."""
        self._own(asyncio.current_task())
        assert self.transport is not None
        if follows_proceed(self._clear):
            # Whoever is on the path can put it there: it must not pass for the server's.
            self.login.tls_error = ssl.SSLError(1, "more came in clear behind <proceed/>")
            self._end_handshake(None)
            return False
        try:
            attempt = asyncio.ensure_future(
                self.loop.start_tls(
                    self.transport, self, self.tls_context, server_hostname=self.default_domain
                )
            )
            # connection_made takes None here for an attempt that was called off.
            self._current_connection_attempt = attempt
            transport = await attempt
        except OSError as error:
            self.login.tls_error = error
            self._end_handshake(error)
            return False
        except asyncio.CancelledError:
            self._end_handshake(None)
            raise
        assert transport is not None
        self.connection_made(transport, send_event=False)
        return True

    def _end_handshake(self, error: OSError | None) -> None:
        """Tell the end of a connection whose TLS never came up: asyncio tells it nobody."""
        self._current_connection_attempt = None
        if self.transport is not None:
            self.abort()
            self.connection_lost(error)
        self.login.finish()

    # ---- the login

    async def _handle_stream_features(self, features: Any) -> bool | None:
        self._own(asyncio.current_task())
        names = features["features"]
        if not self.authenticated:  # what was offered before TLS does not count after it
            offered = features["mechanisms"] if "mechanisms" in names else ()
            self.login.offered = tuple(sorted(offered))
        if self.tls != "none" and not self.encrypted and "starttls" not in names:
            # Going on would send a login in clear: somebody may have cut the offer out.
            self.login.tls_missing = True
            self.disconnect(wait=0.5)
            self.login.finish()
            return None
        result: bool | None = await super()._handle_stream_features(features)
        return result

    def _handle_stream_error(self, error: Any) -> None:
        # slixmpp would follow see-other-host at once and then check the certificate against
        # the other name; whether to go there is for the person to say (RFC 6120 §4.9.3.19).
        self.event("stream_error", error)

    def _prepare_mechanisms(self, mechanism: str | None) -> None:
        plugin: Any = self.plugin["feature_mechanisms"]
        plugin.use_mechs = {mechanism} if mechanism else set(MECHANISMS)
        plugin.unencrypted_scram = self.tls == "none"
        plugin.unencrypted_plain = self.tls == "none" and mechanism == "PLAIN"
        choose = plugin._send_auth

        def send_auth() -> Any:
            if self.login.refused:
                # slixmpp would go on to the next weaker mechanism, down to sending the
                # password itself: a server that only refuses could have it that way.
                self.disconnect(wait=0.5)
                return None
            result = choose()
            if plugin.mech is not None:
                stretch_within_reason(plugin.mech)
                self._watch_proof(plugin.mech)
            return result

        def on_success(stanza: Any) -> None:
            if proof_is_due(plugin.mech):
                self._end_unproved(ProofError("it said success before it was asked for its proof"))
            else:
                plugin._handle_success(stanza)

        plugin._send_auth = send_auth
        self.remove_handler("SASL Success")
        matcher = MatchXPath(f"{{{names.SASL}}}success")
        self.register_handler(Callback("SASL Success", matcher, on_success, instream=True))

    def _watch_proof(self, mech: Any) -> None:
        """Notice a server that cannot prove itself (RFC 5802 §5): slixmpp ends silently."""
        original: Callable[..., Any] = mech.process

        def process(challenge: bytes = b"") -> Any:
            try:
                return original(challenge)
            except Exception as error:
                self._end_unproved(error)
                raise

        mech.process = process

    def _end_unproved(self, error: Exception) -> None:
        self.login.unproved = error
        self.disconnect(wait=0.5)
        self.login.finish()

    def _on_refused(self, _: Any) -> None:
        self.login.refused = True

    def _on_bound(self, jid: Any) -> None:
        if not str(jid):  # slixmpp says "bound" for an error answer too
            self.bound = False
            self.login.finish()

    def _on_no_mechanism(self, _: Any) -> None:
        # slixmpp would wait for the server's footer first, which a silent one never sends.
        self.login.no_mechanism = not self.login.refused
        self.login.finish()

    def _on_negotiated(self, _: Any) -> None:
        self.login.negotiated = True
        vars(self).pop("_spawn_event", None)
        resumed = "stream_management" in self.features and self._session_started
        # Bound without a login: whom the server takes us for nobody can tell.
        self.login.finish(ready=(self.bound and self.authenticated) or resumed)

    def _on_disconnected(self, _: Any) -> None:
        self.login.finish()

    def _own(self, task: asyncio.Task[Any] | None) -> None:
        if task is not None:
            self._own_tasks.add(task)
            task.add_done_callback(self._own_tasks.discard)

    # ---- the end

    def abort(self) -> None:
        """Cut the connection; a second time is one too many for asyncio's TLS transport."""
        if self.transport is not None and self.transport is not self._aborted:
            self._aborted = self.transport
            super().abort()

    async def shut(self, wait: float = 2.0) -> None:
        """Close the stream (RFC 6120 §4.4), then leave no task, timer or socket behind.

        Args:
            wait: seconds for the server's own footer; 0 cuts the connection.
        """
        # A session that was closed on purpose is not to be resumed (XEP-0198 §7).
        self.end_session_on_disconnect = True
        try:
            if self.transport is not None:
                if wait > 0:
                    await self.disconnect(wait=wait)
                else:
                    self.abort()
            await self._gone()
        finally:
            self.abort()  # whoever closes and is interrupted has closed all the same
            self.cancel_connection_attempt()
            for name in list(self.scheduled_events):
                self.cancel_schedule(name)
            tasks = [task for task in self._own_tasks if task is not asyncio.current_task()]
            if self._run_out_filters is not None:
                tasks.append(self._run_out_filters)  # type: ignore[arg-type]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _gone(self) -> None:
        if self.transport is None:
            return
        gone = self.loop.create_future()

        def done(_: Any) -> None:
            if not gone.done():
                gone.set_result(None)

        with self.event_handler("disconnected", done):
            self.abort()
            # The transport was aborted; after that time nothing more can be done to it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(gone, 2.0)


def build_stanza(client: Any, element: Element) -> Any:
    """Return the stanza object that a slixmpp stream makes of an element."""
    root = ET.Element(element.qualified, dict(element.attributes))
    open_ = [(element, root)]
    while open_:  # a loop, since what is sent may be nested deeper than Python's stack
        source, made = open_.pop()
        after = sum(len(child.tail) for child in source.children)
        made.text = source.text[: len(source.text) - after] or None
        for child in source.children:
            inner = ET.SubElement(made, child.qualified, dict(child.attributes))
            inner.tail = child.tail or None
            open_.append((child, inner))
    return client._build_stanza(root)
