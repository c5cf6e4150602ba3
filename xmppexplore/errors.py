"""Every exception that this library raises on purpose.

::

    Exception
    +-- XmppExploreError
        +-- UsageError              a call that cannot work: says which call to make instead
        |   +-- MalformedXML        XML given by the user is refused; .line, .column
        |   +-- InvalidXML          well-formed, but not as its documents say; .check
        +-- ConnectError            no stream could be opened; .reason, .host, .port
        |   +-- CertificateError    the server's certificate is not to be trusted
        +-- AuthenticationError     the server refused the login; .condition
        +-- StreamError             the stream was ended by an error; .condition, .text
        +-- StanzaError             a request was answered by an error; .condition, .type, .text
        +-- NoAnswer                nothing came in time (also a builtin TimeoutError)
        +-- RecordingError          a saved recording cannot be read whole; .recovered

Whose fault it is stands in the type, where and what in the fields.  What merely looks
odd in traffic is never an exception: it is a finding (``recording.findings``).
Whatever ``connect`` raises carries ``.recording``, with every byte up to then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CONNECT_REASONS",
    "AuthenticationError",
    "CertificateError",
    "ConnectError",
    "InvalidXML",
    "MalformedXML",
    "NoAnswer",
    "RecordingError",
    "StanzaError",
    "StreamError",
    "UsageError",
    "XmppExploreError",
]

CONNECT_REASONS = ("resolve", "refused", "timeout", "certificate", "not-xmpp", "closed", "tls")
"""The values of :attr:`ConnectError.reason`.

``resolve``: the name has no address.  ``refused``: nobody accepts connections there.
``timeout``: a stage took longer than ``timeout``.  ``certificate``: not trusted.
``not-xmpp``: what answered does not speak XMPP.  ``closed``: the connection ended
before the login was done.  ``tls``: the TLS asked for is not offered or failed.
"""


class XmppExploreError(Exception):
    """The base of all errors of this library.

    Attributes:
        recording: the recording up to the moment of the error, or ``None`` where
            nothing was recorded.
    """

    recording: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with its message alone, which those that want
        # more refuse.  A recording stays behind: it lives with its loop.
        state = {name: value for name, value in vars(self).items() if name != "recording"}
        return _rebuilt, (type(self), self.args, state)


def _rebuilt(
    kind: type[XmppExploreError], args: tuple[Any, ...], state: dict[str, Any]
) -> XmppExploreError:
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(state)
    return error


class UsageError(XmppExploreError):
    """A call that cannot work as made; the message says which call to make instead."""


class MalformedXML(UsageError):
    """XML given by the user is not well-formed or not allowed in XMPP.

    Args:
        message: what is wrong and which call helps.
        line: line of the offence in the given text, counted from 1.
        column: column of the offence, in characters, counted from 1.
    """

    def __init__(self, message: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class InvalidXML(UsageError):
    """XML given by the user is well-formed, and departs from what its documents say.

    Args:
        message: the first departure, how many there are, and which call helps.
        line: line of the first departure, counted from 1.
        column: column of it, in characters, counted from 1.
        check: all of them, a :class:`~xmppexplore.api.checking.Check`.
    """

    def __init__(self, message: str, *, line: int = 1, column: int = 1, check: Any = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.check = check


class ConnectError(XmppExploreError):
    """No XMPP stream could be opened, or it ended before the login was done.

    Args:
        message: what happened, with host and port, and which call helps.
        reason: one of :data:`CONNECT_REASONS`.
        host: the host that was tried.
        port: the port that was tried, 0 where none was reached.
    """

    def __init__(self, message: str, *, reason: str, host: str = "", port: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.host = host
        self.port = port


class CertificateError(ConnectError):
    """The server's certificate is not trusted, or names another host (RFC 6120 §13.7.2).

    Args:
        message: what is wrong with it, its names and dates, and which call helps.
        host: the host that was tried.
        port: the port that was tried.
        names: the names that the certificate is for; empty where it could not be read.
        not_before: start of its validity, as text; empty where unknown.
        not_after: end of its validity, as text; empty where unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        host: str = "",
        port: int = 0,
        names: tuple[str, ...] = (),
        not_before: str = "",
        not_after: str = "",
    ) -> None:
        super().__init__(message, reason="certificate", host=host, port=port)
        self.names = names
        self.not_before = not_before
        self.not_after = not_after


class AuthenticationError(XmppExploreError):
    """The server refused the login (RFC 6120 §6.5), or offers no mechanism that is safe.

    Args:
        message: what happened, with host and port, and which call helps.
        condition: the defined condition, for example ``"not-authorized"``;
            ``"no-mechanism"`` where client and server have none in common and
            ``"server-not-proved"`` where the server's own proof was wrong.
        text: the server's own words, if any.
    """

    def __init__(self, message: str, *, condition: str, text: str = "") -> None:
        super().__init__(message)
        self.condition = condition
        self.text = text


class StreamError(XmppExploreError):
    """The other side ended the stream with an error (RFC 6120 §4.9).

    Args:
        message: what happened, with host and port, and which call helps.
        condition: the defined condition of RFC 6120 §4.9.3.
        text: the other side's own words, if any.
    """

    def __init__(self, message: str, *, condition: str, text: str = "") -> None:
        super().__init__(message)
        self.condition = condition
        self.text = text


class StanzaError(XmppExploreError):
    """A request was answered by an error stanza (RFC 6120 §8.3).

    Args:
        message: what was asked and what the answer means.
        condition: the defined condition of RFC 6120 §8.3.3.
        type: ``auth``, ``cancel``, ``continue``, ``modify`` or ``wait`` (§8.3.2).
        text: the other side's own words, if any.
        stanza: the answer itself, an :class:`~xmppexplore.wire.element.Element`.
    """

    def __init__(
        self, message: str, *, condition: str, type: str = "", text: str = "", stanza: Any = None
    ) -> None:
        super().__init__(message)
        self.condition = condition
        self.type = type
        self.text = text
        self.stanza = stanza


class NoAnswer(XmppExploreError, TimeoutError):
    """What was waited for did not come in time; the message says what came instead."""


class RecordingError(XmppExploreError):
    """A file is no recording, is damaged, or was written by a newer version.

    Args:
        message: what is wrong with the file, and where.
        path: the file.
        recovered: a recording of what could be read before the damage, or ``None``.
    """

    def __init__(self, message: str, *, path: str | Path = "", recovered: Any = None) -> None:
        super().__init__(message)
        self.path = str(path)
        self.recovered = recovered
