"""The session request of RFC 3921 §3, which does nothing any more, and late binding."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.stanza import Stanza

__all__ = ["MODULE"]


def _establish(_host: Host, _request: Stanza) -> None:
    """Answer with an empty result: whoever asks has a session already."""


def _bind_again(_host: Host, _request: Stanza) -> None:
    raise stanza_fault("not-allowed", "a resource is bound already")


MODULE: Final = Module(
    name="session",
    document="RFC 3921 §3, draft-cridland-xmpp-session",
    answers=(
        Answer(names.qualified(names.SESSION, "session"), "set", _establish, ("own", "server")),
        Answer(names.qualified(names.BIND, "bind"), "set", _bind_again, ("own", "server")),
    ),
    stream_feature=f"<session xmlns='{names.SESSION}'><optional/></session>",
)
