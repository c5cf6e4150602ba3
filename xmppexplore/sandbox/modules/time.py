"""Entity time: what the clock of the server says (XEP-0202)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]

TIME: Final = "urn:xmpp:time"  # XEP-0202 §6


def _tell(_host: Host, request: Stanza) -> str:
    """The time at which the request came, in UTC (XEP-0082 §3.2)."""
    now = datetime.fromtimestamp(request.now, UTC).isoformat(timespec="seconds")
    utc = now.replace("+00:00", "Z")
    return f"<time xmlns='{TIME}'><tzo>+00:00</tzo><utc>{utc}</utc></time>"


MODULE: Final = Module(
    name="time",
    document="XEP-0202",
    answers=(Answer(names.qualified(TIME, "time"), "get", _tell, ("server",)),),
    features={"server": (TIME,)},
)
