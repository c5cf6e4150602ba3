"""Ping: is the other end still there (XEP-0199)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]


def _pong(_host: Host, _request: Stanza) -> None:
    """Answer with an empty result (XEP-0199 §4.2)."""


MODULE: Final = Module(
    name="ping",
    document="XEP-0199",
    answers=(Answer(names.qualified(names.PING, "ping"), "get", _pong),),
    features={"server": (names.PING,), "account": (names.PING,)},
)
