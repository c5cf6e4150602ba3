"""What a login is to be, as the person asked for it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, NamedTuple

from xmppexplore.api.arguments import check_types, short_repr
from xmppexplore.api.reasons import check_port
from xmppexplore.api.recording import Recording
from xmppexplore.errors import UsageError
from xmppexplore.reading.saslprep import saslprep

__all__ = ["TLS_MODES", "Hidden", "Wanted"]

TLS_MODES: Final = ("starttls", "direct", "none")
"""Values of ``tls=``; ``None`` is STARTTLS or direct TLS as the domain's records offer."""

NONE: Final = type(None)
ARGUMENT_TYPES: Final[dict[str, tuple[Any, ...]]] = {
    "jid": (str,),
    "password": (str, NONE),
    "host": (str, NONE),
    "port": (Integral, NONE),
    "resource": (str, NONE),
    "tls": (str, NONE),
    "ca_file": (str, Path, NONE),
    "mechanism": (str, NONE),
    "plugins": (Iterable,),
    "configure": (Callable, NONE),
    "timeout": (Real,),
    "recording": (Recording, str, Path, NONE),
    "keep": (Integral, NONE),
}
"""Types of the arguments of ``connect``; what is not here may be anything that is true or not."""


class Hidden(str):
    """A password that a traceback with local variables does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Wanted(NamedTuple):
    """The arguments of ``connect``, which describes them at length.

    Attributes:
        jid: address, with the resource once complete.
        password: its password; asked for where ``None``.
        host: server to connect to instead of what DNS says.
        port: port on it.
        resource: resource to bind.
        tls: one of :data:`TLS_MODES`, or ``None``.
        ca_file: authorities to trust instead of the system's.
        mechanism: the one SASL mechanism to use.
        presence: whether to send initial presence.
        plugins: slixmpp plugins to load.
        configure: called with the client before it connects.
        sm: whether to enable stream management.
        timeout: seconds for the whole login.
        recording: recording to add to, or path of a journal.
        keep: rows to keep in memory while journalling.
        reveal: whether secrets are shown.
    """

    jid: str
    password: str | None
    host: str | None
    port: int | None
    resource: str | None
    tls: str | None
    ca_file: str | Path | None
    mechanism: str | None
    presence: bool
    plugins: Iterable[Any]
    configure: Callable[[Any], Any] | None
    sm: bool
    timeout: float
    recording: Recording | str | Path | None
    keep: int | None
    reveal: bool

    def check(self) -> None:
        """Refuse what cannot work, before anything happens.

        Raises:
            UsageError: the message says which argument, and what to write.
        """
        check_types(
            "connect",
            **{name: (getattr(self, name), ARGUMENT_TYPES[name]) for name in ARGUMENT_TYPES},
        )
        local, at, domain = self.jid.partition("/")[0].partition("@")
        if not at or not local or not domain:
            raise UsageError(
                f'{short_repr(self.jid)} is no address to log in with: write "name@domain"'
            )
        if self.tls is not None and self.tls not in TLS_MODES:
            modes = ", ".join(TLS_MODES)
            raise UsageError(f"no TLS mode {short_repr(self.tls)}: give one of {modes}, or nothing")
        check_port(self.port)
        if self.timeout <= 0:
            raise UsageError(
                f"a timeout of {self.timeout} s leaves no time: give seconds, for example 20"
            )
        if self.keep is not None and not isinstance(self.recording, (str, Path)):
            raise UsageError(
                "keep=... drops older rows from memory, so they must be journalled: add "
                'recording="file"'
            )

    def complete(self) -> Wanted:
        """Return it with address and TLS mode settled, and the password asked for.

        Raises:
            UsageError: the password holds what no login may carry.
        """
        password = self.password
        if password is None:
            password = getpass.getpass(f"Password of {self.jid}: ")
        if saslprep(password) is None:
            raise UsageError(
                "no login can carry this password: it holds a control character, half a surrogate "
                "pair or another character that SASLprep forbids (RFC 4013 §2.3); give another "
                "password=..."
            )
        placed = self.host is not None or self.port is not None
        return self._replace(
            jid=f"{self.jid.partition('/')[0]}/{self.resource}" if self.resource else self.jid,
            password=Hidden(password),
            # Without a host DNS decides; where it is given nothing says that TLS begins at once.
            tls="starttls" if self.tls is None and placed else self.tls,
            ca_file=None if self.ca_file is None else str(self.ca_file),
            plugins=tuple(self.plugins),
        )
