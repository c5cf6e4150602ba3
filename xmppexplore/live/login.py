"""What becomes known of a login while it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppexplore.live.resolving import Target

__all__ = ["LoginFacts"]


class LoginFacts:
    """What became known of a login while it went on; facts only, judged elsewhere.

    Attributes:
        done: resolves to ``None`` when the stream is negotiated or has failed.
        ready: whether the stream is authenticated and bound.
        connecting: (server, error) of each address that could not be reached.
        tls_error: why TLS could not be established.
        tls_missing: the server offers no STARTTLS though it was asked for.
        refused: the server answered a login attempt by a failure.
        no_mechanism: none of the offered mechanisms could be used.
        negotiated: all that was offered was gone through.
        unproved: the server's proof that it knows the password was missing or wrong.
        fault: what slixmpp stumbled over in what the server said, or a flood of it.
        service_refused: DNS says that the domain has no such service.
        offered: the mechanisms of the server.
    """

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ready = False
        self.connecting: list[tuple[Target, OSError]] = []
        self.tls_error: Exception | None = None
        self.tls_missing = False
        self.refused = False
        self.no_mechanism = False
        self.negotiated = False
        self.unproved: Exception | None = None
        self.fault: Exception | None = None
        self.service_refused = False
        self.offered: tuple[str, ...] = ()

    def finish(self, *, ready: bool = False) -> None:
        """End the login; only the first call counts."""
        if not self.done.done():
            self.ready = ready
            self.done.set_result(None)
