"""Software version: what runs here (XEP-0092)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.markup import text
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]


def _tell(host: Host, _request: Stanza) -> str:
    """Name and version; the operating system is nobody's business (XEP-0092 §5)."""
    return (
        f"<query xmlns='{names.VERSION}'><name>xmppexplore sandbox</name>"
        f"<version>{text(host.version)}</version></query>"
    )


MODULE: Final = Module(
    name="version",
    document="XEP-0092",
    answers=(Answer(names.qualified(names.VERSION, "query"), "get", _tell, ("server",)),),
    features={"server": (names.VERSION,)},
)
