"""Plays: conversations of several clients with a server, written as text, performed for real."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xmppexplore.api.arguments import check_types, shown
from xmppexplore.api.play_stage import Departure, Performance, Performed, Stage
from xmppexplore.api.public_names import PublicNames
from xmppexplore.api.reasons import check_port
from xmppexplore.errors import UsageError
from xmppexplore.live.actor import Endpoint
from xmppexplore.live.loop import Pending
from xmppexplore.live.resolving import CLIENT_PORT, DIRECT_TLS_PORT
from xmppexplore.sandbox.plays.reading import read_play
from xmppexplore.sandbox.plays.script import Script

if TYPE_CHECKING:
    from xmppexplore.api.stage import Sandbox

__all__ = ["Departure", "Performance", "Performed", "Play"]

TLS: Final = ("starttls", "direct", "none")
SANDBOX: Final = "sandbox"
"""The name under which plays speak of the sandbox."""


class Play(PublicNames):
    """A conversation of several clients with a server, as text that one can perform.

    Args:
        text: the play; ``docs/plays.md`` is its grammar.
        title: used where the text gives none.

    Attributes:
        text: as given.
        script: as it was understood.

    Raises:
        UsageError: the text cannot be understood; the message names the line.

    >>> from xmppexplore import Sandbox
    >>> play = Play('''
    ...     Juliet is juliet@DOMAIN/balcony
    ...     Romeo is romeo@DOMAIN/orchard
    ...     Juliet connects without presence
    ...     Romeo connects without presence
    ...     Juliet sends:
    ...         <message to='$Romeo'><body>Hi</body></message>
    ...     Romeo receives:
    ...         <message to='$Romeo' from='$Juliet'><body>Hi</body></message>
    ... ''')
    >>> sandbox = await Sandbox.open("capulet.example")
    >>> performance = await play.run(sandbox)
    >>> performance.passed
    True
    >>> performance.recording.connections
    ['0 Juliet (initiator)', '1 Romeo (initiator)']
    >>> await sandbox.close()
    """

    def __init__(self, text: str, title: str = "") -> None:
        check_types("Play", text=(text, (str,)), title=(title, (str,)))
        if "\n" not in text and text.endswith(".play"):
            raise UsageError(f"{shown(text)} is the name of a file: Play.load(...) reads it")
        self.text = text
        self.script: Script = read_play(text)
        self.title = self.script.title or title or "A play"

    @classmethod
    def load(cls, path: str | Path) -> Play:
        """Return the play in a file, UTF-8.

        Raises:
            UsageError: there is no such file, or it is no play.
        """
        path = Path(path)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"{path} cannot be read as a play: {reason}") from None
        try:
            return cls(text, path.stem)
        except UsageError as error:
            error.args = (f"{path.name}, {error}",)
            raise

    def run(
        self,
        sandbox: Sandbox | None = None,
        *,
        host: str | None = None,
        port: int | None = None,
        domain: str | None = None,
        ca_file: str | Path | None = None,
        tls: str = "starttls",
        passwords: Mapping[str, str] | None = None,
        register: Callable[[str, str], Awaitable[None]] | None = None,
        server: str = "",
        features: Iterable[str] | None = None,
        timeout: float = 5.0,
    ) -> Pending[Performance]:
        """Perform it and return how it went; what fails in it is told, not raised.

        Each performance has new accounts, so that earlier ones do not matter, unless
        ``passwords`` names accounts that exist.  Without ``register`` they are made in
        the stream, which the server has to allow (XEP-0077).

        Args:
            sandbox: a sandbox to perform it on, in place of all that follows.
            host: host of the server; the domain where not given.
            port: its port; 5222, or 5223 for direct TLS, where not given.
            domain: the domain that it serves; the host where not given.
            ca_file: PEM file of the authorities to trust; the system's where not given.
            tls: ``"starttls"``, ``"direct"``, or ``"none"`` for a server without.
            passwords: localpart -> password of accounts to use instead of new ones.
            register: makes an account of this localpart and password.
            server: its name, as the play writes it behind ``Except on``.
            features: what it can do, held against ``Needs:``; everything where not given.
            timeout: seconds after which something that is expected has not come.

        Raises:
            UsageError: the arguments cannot work.
            ConnectError: the server cannot be reached at all.
        """
        check_types(
            "play.run",
            host=(host, (str, type(None))),
            port=(port, (Integral, type(None))),
            domain=(domain, (str, type(None))),
            timeout=(timeout, (Real,)),
            server=(server, (str,)),
        )
        check_port(port)
        if tls not in TLS:
            raise UsageError(f"no tls={tls!r}: give {', '.join(map(repr, TLS))}")
        if sandbox is None:
            name = domain or host
            if name is None:
                raise UsageError("play.run() knows no server: give a sandbox, or host=...")
            number = port or (DIRECT_TLS_PORT if tls == "direct" else CLIENT_PORT)
            trusted = str(ca_file) if ca_file is not None else None
            endpoint = Endpoint(host or name, number, name, tls, trusted)
        else:
            if sandbox._closed:
                raise UsageError("this sandbox is closed: await Sandbox.open() again")
            endpoint = _endpoint_of(sandbox)
            register = register or _registrar(sandbox)
            server = server or SANDBOX
        stage = Stage(endpoint, server or endpoint.domain, dict(passwords or {}), register, timeout)
        wanted = None if features is None else {feature.lower() for feature in features}
        return Pending(
            lambda: stage.perform(self.script, self.title, wanted), "play.run(...)", "not performed"
        )

    def __repr__(self) -> str:
        people = ", ".join(self.script.cast)
        return f"<Play {self.title}: {people}; next: await play.run(sandbox)>"


def _endpoint_of(sandbox: Sandbox) -> Endpoint:
    tls = "starttls" if sandbox.ca_file else "none"
    return Endpoint(sandbox.host, sandbox.port, sandbox.domain, tls, sandbox.ca_file)


def _registrar(sandbox: Sandbox) -> Callable[[str, str], Awaitable[None]]:
    async def register(name: str, password: str) -> None:
        sandbox._server.realm.add_account(name, password)

    return register
