"""The tap: copies every byte of a slixmpp stream into a log, and marks what lies between.

It wraps methods of one instance and imports nothing of slixmpp, so it fits clients and
components of any version that has the same seams (found in 1.17): ``data_received`` is
the only way in and ``send_raw`` the only way out, in plain text also under TLS.

The hot path is two appends.  Nothing here splits, parses or draws, and an error of the
tap never reaches the stream: slixmpp would silently stop a login for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xmppexplore.live.certificates import tls_facts
from xmppexplore.wire.records import IN, OUT

if TYPE_CHECKING:
    from xmppexplore.store.log import Log

__all__ = ["Tap"]

log_ = logging.getLogger(__name__)
now = time.monotonic_ns

NO_CONNECTION = -1

# Parked and discarded stanzas are named in a mark by at most this many characters.
DETAIL_LIMIT = 120


class Tap:
    """Records one slixmpp ``XMLStream`` (client or component) into a log.

    Every TCP connection that the client makes becomes a connection of the log, so a
    reconnect is a new connection of the same recording.

    Args:
        client: a slixmpp ``ClientXMPP`` or ``ComponentXMPP``, not yet connected.
        log: where to record.
        role: ``"initiator"`` for a client, ``"component"`` for a component.
        label: who this is, shown in every view.
        session: the session that its connections belong to; the label where empty.
        reveal: whether its secrets are shown: only for passwords that a sandbox made up.
    """

    def __init__(
        self,
        client: Any,
        log: Log,
        *,
        role: str = "initiator",
        label: str = "",
        session: str = "",
        reveal: bool = False,
    ) -> None:
        self.client = client
        self.log = log
        self.role = role
        self.label = label
        self.session = session or label
        self.reveal = reveal
        self.connection = NO_CONNECTION
        self.server = ("", 0)
        self.tls = ""
        self._unsent = 0
        self._handlers: list[tuple[str, Callable[[Any], None]]] = []
        self._wrap()

    def mark(self, name: str, detail: str = "") -> None:
        """Write a mark at the present position of both tapes."""
        if self.connection != NO_CONNECTION:
            self.log.mark(self.connection, name, detail, now())

    def remove(self) -> None:
        """Take the tap off; what was recorded stays."""
        for name in ("connection_made", "connection_lost", "init_parser", "abort"):
            self.client.__dict__.pop(name, None)
        self.client.__dict__.pop("data_received", None)
        self.client.__dict__.pop("send_raw", None)
        for event, handler in self._handlers:
            self.client.del_event_handler(event, handler)
        self._handlers.clear()

    def _wrap(self) -> None:
        client = self.client
        client.data_received = self._reading(client.data_received)
        client.send_raw = self._writing(client.send_raw)
        client.connection_made = self._opening(client.connection_made)
        client.connection_lost = self._losing(client.connection_lost)
        client.init_parser = self._restarting(client.init_parser)
        client.abort = self._aborting(client.abort)
        for event, handler in (
            ("auth_success", self._authenticated),
            ("session_bind", self._bound),
            ("stanza_not_sent", self._queued),
        ):
            client.add_event_handler(event, handler)
            self._handlers.append((event, handler))

    # ---- the hot path

    def _reading(self, original: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def data_received(data: bytes) -> None:
            if self.connection >= 0:
                self.log.chunk(self.connection, IN, data, now())
            parser = self.client.parser
            original(data)
            # Expat 2.6 and newer hold back a token that came in pieces until more bytes
            # arrive, so a stanza cut in its start tag would wait for the next one.
            if parser is not None and parser is self.client.parser and hasattr(parser, "flush"):
                parser.flush()
                original(b"")

        return data_received

    def _writing(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def send_raw(data: str | bytes) -> None:
            original(data)  # raises where nothing was written: then nothing is recorded
            if self.connection >= 0:
                raw = data.encode() if isinstance(data, str) else bytes(data)
                self.log.chunk(self.connection, OUT, raw, now())

        return send_raw

    # ---- between the bytes

    def _opening(self, original: Callable[..., None]) -> Callable[..., None]:
        def connection_made(transport: Any, send_event: bool = True) -> None:
            try:
                self._opened(transport, upgraded=not send_event)
            except Exception:  # slixmpp would stop the login for it
                log_.exception("the tap failed: something is not recorded")
            original(transport, send_event)

        return connection_made

    def _opened(self, transport: Any, *, upgraded: bool) -> None:
        if not upgraded:
            peer = transport.get_extra_info("peername") or ("", 0)
            self.server = (str(peer[0]), int(peer[1]))
            self.tls = ""
            self._unsent = 0
            self.connection = self.log.connect(
                self.role,
                self.label,
                now(),
                f"{self.server[0]} port {self.server[1]}",
                session=self.session,
                reveal=self.reveal,
            )
        ssl_object = transport.get_extra_info("ssl_object")
        if ssl_object is not None:
            self.tls = tls_facts(ssl_object)
            self.mark("tls up", self.tls)

    def _restarting(self, original: Callable[[], None]) -> Callable[[], None]:
        def init_parser() -> None:
            # slixmpp makes a parser when TCP is up, after STARTTLS and after SASL; only
            # the last two restart a stream (RFC 6120 §4.3.3).
            if self.connection >= 0 and self.log.length(self.connection, OUT):
                self.mark("restarted")
            original()

        return init_parser

    def _aborting(self, original: Callable[[], None]) -> Callable[[], None]:
        def abort() -> None:
            self._note_unsent()
            original()

        return abort

    def _note_unsent(self) -> None:
        transport = self.client.transport
        if transport is not None:
            self._unsent = transport.get_write_buffer_size()

    def _losing(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def connection_lost(exception: BaseException | None) -> None:
            try:
                self._lost(exception)
            except Exception:  # slixmpp must learn of the loss
                log_.exception("the tap failed: something is not recorded")
            original(exception)

        return connection_lost

    def _lost(self, exception: BaseException | None) -> None:
        discarded = self.client.waiting_queue.qsize()
        if discarded and getattr(self.client, "end_session_on_disconnect", True):
            self.mark("not sent", f"{discarded} stanzas were still in the queue")
        if exception is not None or self._unsent:
            cause = f"{type(exception).__name__}: {exception}" if exception else "cut here"
            self.mark("lost", f"{self._unsent} bytes written and not known to be sent; {cause}")
        self.mark("closed")
        self.connection = NO_CONNECTION

    def _authenticated(self, _: Any) -> None:
        plugins = getattr(self.client, "plugin", {})
        mechanism = ""
        if "feature_mechanisms" in plugins and plugins["feature_mechanisms"].mech is not None:
            mechanism = plugins["feature_mechanisms"].mech.name
        self.mark("authenticated", mechanism)

    def _bound(self, jid: Any) -> None:
        if str(jid):  # slixmpp tells an error answer in the same way
            self.mark("bound", str(jid))

    def _queued(self, stanza: Any) -> None:
        name = getattr(stanza, "name", "") or "text"
        recipient = str(stanza["to"]) if hasattr(stanza, "xml") else ""
        self.mark("queued", f"{name} to {recipient or 'the server'}"[:DETAIL_LIMIT])
