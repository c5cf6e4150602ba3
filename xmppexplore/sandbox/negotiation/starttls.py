"""STARTTLS (RFC 6120 §5)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.effects import StartTLS
from xmppexplore.sandbox.negotiation.feature import Feature
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.wire.element import Element

__all__ = ["FEATURE", "proceed"]


def _offer(stream: Negotiable) -> str:
    if not stream.tls or stream.secure:
        return ""
    return f"<starttls xmlns='{names.TLS}'><required/></starttls>"


def _starttls(stream: Negotiable, _element: Element) -> None:
    """Agree to TLS, or fail and close (RFC 6120 §5.4.2)."""
    if stream.tls and not stream.secure:
        stream.phase = "securing"
    else:
        _fail(stream)


def proceed(stream: Negotiable, behind: bytes) -> None:
    """Go on to TLS unless bytes in clear stand behind the request for it.

    Whoever is on the path could have put them there, to be taken for what came under TLS;
    white space says nothing and is dropped.
    """
    if behind.strip(b" \t\r\n"):
        _fail(stream)
    else:
        stream.write(f"<proceed xmlns='{names.TLS}'/>")
        stream.emit(StartTLS())


def _fail(stream: Negotiable) -> None:
    stream.write(f"<failure xmlns='{names.TLS}'/></stream:stream>")
    stream.finish("")


FEATURE: Final = Feature(
    name="starttls",
    document="RFC 6120 §5",
    offer=_offer,
    acts={("login", names.qualified(names.TLS, "starttls")): _starttls},
)
