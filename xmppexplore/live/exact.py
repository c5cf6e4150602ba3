"""Sending through a slixmpp stream so that what is given leaves byte for byte."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppexplore.wire.element import Element

__all__ = ["Exact", "ExactSender"]


class Exact(bytes):
    """Bytes that are to be written as they are, and the future of their being written."""

    written: asyncio.Future[None]

    def __new__(cls, data: bytes, written: asyncio.Future[None]) -> Exact:  # noqa: D102
        made = super().__new__(cls, data)
        made.written = written
        return made

    def succeed(self) -> None:
        """Tell that the transport took them."""
        if not self.written.done():
            self.written.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Tell that they could not be written."""
        if not self.written.done():
            self.written.set_exception(error)


class ExactSender:
    """Sends text through a slixmpp stream so that it leaves byte for byte.

    The text goes the way of every stanza object, so filters see it and stream management
    counts, keeps and resends it; only its bytes are put in place of slixmpp's own
    serialisation, at the last moment.  Install it after the tap: the tap must see what
    it puts in.

    Args:
        client: a slixmpp ``ClientXMPP`` or ``ComponentXMPP`` under a tap.
        build: makes the client's stanza object of an element.
    """

    def __init__(self, client: Any, build: Callable[[Any, Element], Any]) -> None:
        self.client = client
        self._build = build
        self._next: Exact | None = None
        self._write = client.send_raw
        self._send = client.send
        client.send_raw = self._send_raw
        client.send = self._send_again
        client.add_filter("out_sce", self._note)

    def remove(self) -> None:
        """Give the client its own methods back; the tap's stay."""
        self.client.del_filter("out_sce", self._note)
        self.client.send_raw = self._write
        self.client.__dict__.pop("send", None)

    def stanza(self, data: bytes, element: Element) -> asyncio.Future[None]:
        """Queue a stanza; the result resolves when the transport took it.

        Args:
            data: its bytes.
            element: the same parsed, from which slixmpp's stanza object is made.
        """
        stanza = self._build(self.client, element)
        exact = Exact(data, asyncio.get_running_loop().create_future())
        stanza.exact = exact
        self.client.send(stanza)
        return exact.written

    def raw(self, data: bytes) -> asyncio.Future[None]:
        """Queue bytes behind what is queued already, uncounted and whatever they are."""
        exact = Exact(data, asyncio.get_running_loop().create_future())
        self.client.waiting_queue.put_nowait((exact, False))
        return exact.written

    def _note(self, stanza: Any) -> Any:
        # The last filter before writing; nothing is awaited between it and send_raw, so
        # what is still there in the next turn of the loop was dropped on the way.
        self._next = getattr(stanza, "exact", None)
        if self._next is not None:
            asyncio.get_running_loop().call_soon(self._forget)
        return stanza

    def _forget(self) -> None:
        self._next = None

    def _send_again(self, data: Any, use_filters: bool = True) -> None:
        # Resending after a resumption skips the filters.
        exact = getattr(data, "exact", None)
        if exact is not None and not use_filters:
            self.client.waiting_queue.put_nowait((exact, False))
        else:
            self._send(data, use_filters)

    def _send_raw(self, data: str | bytes) -> None:
        exact, self._next = self._next, None
        if isinstance(data, Exact):
            exact = data
        if exact is None:
            self._write(data)
            return
        try:
            self._write(bytes(exact))
        except BaseException as error:
            exact.fail(error)
            raise
        exact.succeed()
