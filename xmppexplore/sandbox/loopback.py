"""Which addresses the server may listen on: those of this machine alone."""

from __future__ import annotations

import ipaddress

from xmppexplore.errors import UsageError

__all__ = ["loopback"]


def loopback(host: str) -> str:
    """Return the address to listen on for a host on loopback.

    ``localhost`` has two addresses, and one free port on both is not to be had for sure; so
    it is 127.0.0.1.

    Raises:
        UsageError: the host is no address of the loopback interface.

    >>> loopback("localhost")
    '127.0.0.1'
    """
    wanted = "127.0.0.1" if host == "localhost" else host
    try:
        inside = ipaddress.ip_address(wanted).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise UsageError(
            f"host={host!r} is not on loopback; the sandbox serves this machine alone:"
            " leave host out, or run a server such as Prosody for other machines"
        )
    return wanted
