"""Which addresses the server may listen on: those of this machine alone."""

from __future__ import annotations

import ipaddress

from xmppexplore.errors import UsageError

__all__ = ["loopback"]


def loopback(host: str) -> tuple[str, ...]:
    """Return the addresses to listen on for a host on loopback, the first one needed.

    ``localhost`` has two: clients differ in which of them they try, and some try one only.

    Raises:
        UsageError: the host is no address of the loopback interface.

    >>> loopback("localhost")
    ('127.0.0.1', '::1')
    """
    if host == "localhost":
        return ("127.0.0.1", "::1")
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise UsageError(
            f"host={host!r} is not on loopback; the sandbox serves this machine alone:"
            " leave host out, or run a server such as Prosody for other machines"
        )
    return (host,)
