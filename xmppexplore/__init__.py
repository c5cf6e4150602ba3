"""See, learn and extend XMPP in a notebook.

``connect``, ``Sandbox.open``, ``observe`` and ``dial`` open what is observed; a session's
``wire``, ``stanzas``, ``handshake``, ``exchanges`` and ``findings`` show what was seen.

Every public name is loaded from its file on first use, so that a saved recording is read
without the client library or widgets.
"""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xmppexplore.api.address import JID as JID
    from xmppexplore.api.checking import Check as Check
    from xmppexplore.api.checking import check as check
    from xmppexplore.api.connect_panel import ConnectPanel as ConnectPanel
    from xmppexplore.api.connecting import connect as connect
    from xmppexplore.api.connecting import observe as observe
    from xmppexplore.api.connecting import run as run
    from xmppexplore.api.explanation import Explanation as Explanation
    from xmppexplore.api.explanation import explain as explain
    from xmppexplore.api.play import Play as Play
    from xmppexplore.api.recording import Recording as Recording
    from xmppexplore.api.session import Session as Session
    from xmppexplore.api.session import sessions as sessions
    from xmppexplore.api.stage import Sandbox as Sandbox
    from xmppexplore.api.stream import Stream as Stream
    from xmppexplore.api.stream import dial as dial
    from xmppexplore.errors import AuthenticationError as AuthenticationError
    from xmppexplore.errors import CertificateError as CertificateError
    from xmppexplore.errors import ConnectError as ConnectError
    from xmppexplore.errors import InvalidXML as InvalidXML
    from xmppexplore.errors import MalformedXML as MalformedXML
    from xmppexplore.errors import NoAnswer as NoAnswer
    from xmppexplore.errors import RecordingError as RecordingError
    from xmppexplore.errors import StanzaError as StanzaError
    from xmppexplore.errors import StreamError as StreamError
    from xmppexplore.errors import UsageError as UsageError
    from xmppexplore.errors import XmppExploreError as XmppExploreError

_HOMES = {
    "JID": "api.address",
    "ConnectPanel": "api.connect_panel",
    "Check": "api.checking",
    "Explanation": "api.explanation",
    "Play": "api.play",
    "Recording": "api.recording",
    "Sandbox": "api.stage",
    "Session": "api.session",
    "Stream": "api.stream",
    "check": "api.checking",
    "connect": "api.connecting",
    "dial": "api.stream",
    "explain": "api.explanation",
    "observe": "api.connecting",
    "run": "api.connecting",
    "sessions": "api.session",
    "AuthenticationError": "errors",
    "CertificateError": "errors",
    "ConnectError": "errors",
    "InvalidXML": "errors",
    "MalformedXML": "errors",
    "NoAnswer": "errors",
    "RecordingError": "errors",
    "StanzaError": "errors",
    "StreamError": "errors",
    "UsageError": "errors",
    "XmppExploreError": "errors",
}

__all__ = list(_HOMES)

try:
    __version__ = version("xmppexplore")
except PackageNotFoundError:  # run from a checkout that was not installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"xmppexplore has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
