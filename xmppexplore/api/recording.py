"""The recording: what a person holds of everything that was seen, live or loaded."""

from __future__ import annotations

import time
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xmppexplore.api.arguments import check_types
from xmppexplore.api.public_names import PublicNames
from xmppexplore.errors import UsageError
from xmppexplore.reading.exchanges import ExchangeReader
from xmppexplore.reading.findings import FindingReader
from xmppexplore.reading.presence import PresenceReader
from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log
from xmppexplore.wire.records import DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas

    from xmppexplore.api.explanation import Explanation
    from xmppexplore.api.login import Login
    from xmppexplore.api.presence import Presence
    from xmppexplore.api.sasl import Sasl
    from xmppexplore.reading.records import Finding
    from xmppexplore.store.frames import Frames
    from xmppexplore.wire.element import Element

__all__ = ["Recorded", "Recording", "new_log"]


def new_log() -> Log:
    """Return an empty log whose clock is anchored now."""
    return Log((time.monotonic_ns(), time.time_ns()))


class Recorded(PublicNames):
    """What can be seen of a recording, or of one session's part of it.

    Sessions, hand-driven streams and recordings all have these.  Frames are built
    from what is new since the last look and may be changed freely: nothing recorded is
    touched.
    """

    _recording: Recording
    _session_name: str | None = None

    @property
    def wire(self) -> pandas.DataFrame:
        """Everything, one row per item: headers, stanzas, acks, white space, footers.

        Columns: row, time, elapsed, connection, session, direction, phase, kind, name,
        namespace, type, id, sender, recipient, payload, size (bytes), xml.
        """
        return self._own(self._recording._frames.wire())

    @property
    def stanzas(self) -> pandas.DataFrame:
        """The rows of :attr:`wire` whose kind is message, presence or iq (RFC 6120 §8)."""
        return self._own(self._recording._frames.stanzas())

    @property
    def marks(self) -> pandas.DataFrame:
        """What happened between bytes: time, elapsed, connection, row, name, detail."""
        frame = self._recording._frames.marks()
        if self._session_name is None:
            return frame
        # A mark of the whole recording has no connection: it is everybody's.
        return frame[frame["connection"].isin([*self._connections(), -1])]

    @property
    def exchanges(self) -> pandas.DataFrame:
        """Requests and their answers: request and response row, outcome, round trip."""
        return self._recording._exchange_frame(self._session_name)

    @property
    def findings(self) -> pandas.DataFrame:
        """What departs from the rules: rule, severity, rows, section, sentence, advice."""
        return self._recording._finding_frame(self._session_name)

    @property
    def handshake(self) -> Login:
        """The newest login, step by step; draws itself, and ``.frame`` is a DataFrame."""
        return self._recording._login(self._newest_connection())

    @property
    def presence(self) -> Presence:
        """Rosters, subscriptions and presence: who may see whom, and which stanza moved it."""
        from xmppexplore.api.presence import Presence

        return Presence(self._recording, self._session_name)

    def sasl(
        self, password: str | None = None, reveal: bool = False, connection: int | None = None
    ) -> Sasl:
        """Return the logins laid open: each field named, the proof computed, and a verdict.

        Args:
            password: the password, or the token of a hashed token mechanism; a sandbox knows
                its own.  Without it only what shows without is checked.
            reveal: show the values, which are secrets.
            connection: number of the connection; the newest where not given.

        Raises:
            UsageError: there is no such connection, or the password is no text.
        """
        from xmppexplore.api.sasl import connection_of, open_sasl

        number = connection_of(self._connections(), connection)
        return open_sasl(self._recording, number, password, reveal=reveal)

    def tape(self, direction: Literal["in", "out"], connection: int | None = None) -> bytes:
        """Return the exact bytes of one direction, secrets included.

        Args:
            direction: ``"in"`` (read by us) or ``"out"`` (written by us).
            connection: number of the connection; the newest where not given.

        Raises:
            UsageError: there is no such direction or connection.
        """
        if direction not in DIRECTIONS:
            raise UsageError(f'no direction {direction!r}: write tape("in") or tape("out")')
        number = self._newest_connection() if connection is None else connection
        return self._recording._log.tape(number, DIRECTIONS.index(direction))

    def item(self, row: int) -> bytes:
        """Return the exact bytes of one row, secrets included.

        Raises:
            UsageError: there is no such row.
        """
        self._recording._check_row(row)
        return self._recording._columns.item(row)

    def element(self, row: int) -> Element:
        """Return one row as an element, parsed in the context of its stream.

        Raises:
            UsageError: there is no such row, or it is no element.
        """
        self._recording._check_row(row)
        return self._recording._columns.element(row)

    def explain(self, row: int, *, reveal: bool = False) -> Explanation:
        """Say what one row means: each element and attribute with its document and section.

        Args:
            row: number of the row.
            reveal: show passwords and the messages of logins.

        Raises:
            UsageError: there is no such row.
        """
        from xmppexplore.api.explained_things import explain_row

        return explain_row(self._recording, row, reveal=reveal)

    def save(self, path: str | Path, reveal: bool = False) -> Path:
        """Write the whole recording to one SQLite file and return its path.

        Secrets are replaced by filler of the same length, each place marked ``redacted``.

        Args:
            path: where to; an earlier recording there is replaced, nothing else is.
            reveal: keep the secrets as they are.

        Raises:
            UsageError: the path cannot be written or holds something else.
        """
        from xmppexplore.store.archive import save

        save(self._recording._columns, path, reveal=reveal)
        return Path(path)

    def watch(self, **options: Any) -> Any:
        """Return the live log of what is recorded: filter, pause, inspect.

        Args:
            options: of the widget, for example ``height=600`` (CSS pixels).

        Raises:
            UsageError: there is no running event loop, as a notebook has one.
        """
        from xmppexplore.api.panels import watch

        return watch(self, **options)

    def _own(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        if self._session_name is None or self._recording._only(self._session_name):
            return frame
        return frame[frame["session"] == self._session_name]

    def _connections(self) -> list[int]:
        return [
            connection.number
            for connection in self._recording._log.connections
            if self._session_name in (None, connection.session)
        ]

    def _newest_connection(self) -> int:
        numbers = self._connections()
        if not numbers:
            raise UsageError("nothing is recorded yet: no connection was made")
        return numbers[-1]


class Recording(Recorded):
    """Tapes, rows and marks of any number of connections.

    Args:
        log: the log to read; a new empty one where not given.

    >>> Recording()
    <Recording: 0 connections, 0 rows, 0 bytes>
    """

    def __init__(self, log: Log | None = None) -> None:
        self._log = log if log is not None else new_log()
        self._columns = Columns(self._log)
        self._recording = self
        self._made: dict[str, Any] = {}
        self._passwords: Mapping[str, str] = {}  # by user name, where a sandbox knows them

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Return the recording saved in a file, with the same rows as when it was live.

        Raises:
            UsageError: there is no such file.
            RecordingError: no recording, damaged or of a newer version; what could be read
                before the damage is in ``.recovered``, a :class:`Recording` or ``None``.

        >>> from xmppexplore import Sandbox
        >>> sandbox = await Sandbox.open("capulet.example")
        >>> romeo = await sandbox.connect("romeo")
        >>> path = romeo.save("login.xmpp")
        >>> await sandbox.close()
        >>> Recording.load(path).handshake.outcome
        'ready'
        """
        from xmppexplore.errors import RecordingError
        from xmppexplore.store.archive import load

        try:
            return cls(load(path))
        except RecordingError as error:
            if isinstance(error.recovered, Log):
                error.recovered = cls(error.recovered)
            raise

    def __repr__(self) -> str:
        rows = self._columns.settle()
        size = sum(self._log.length(c.number, d) for c in self._log.connections for d in (0, 1))
        number = len(self._log.connections)
        plural = "" if number == 1 else "s"
        return f"<Recording: {number} connection{plural}, {rows:,} rows, {size:,} bytes>"

    def __len__(self) -> int:
        return self._columns.settle()

    @property
    def connections(self) -> list[str]:
        """One line for each connection: number, label, role."""
        return [f"{c.number} {c.label} ({c.role})" for c in self._log.connections]

    # ---- shared by the sessions on this recording

    @property
    def _frames(self) -> Frames:
        if "frames" not in self._made:
            from xmppexplore.store.frames import Frames

            self._made["frames"] = Frames(self._columns)
        frames: Frames = self._made["frames"]
        return frames

    def _only(self, session: str) -> bool:
        return all(connection.session == session for connection in self._log.connections)

    def _check_row(self, row: int) -> None:
        check_types("item", row=(row, (Integral,)))
        count = self._columns.settle()
        if not 0 <= row < count:
            raise UsageError(f"no row {row}: there are {count} rows, numbered from 0")

    def _login(self, connection: int) -> Login:
        key = f"login {connection}"
        if key not in self._made:  # kept, so that the next look reads on from the last row
            from xmppexplore.api.login import Login

            self._made[key] = Login(self, connection)
        login: Login = self._made[key]
        return login

    @property
    def _presence(self) -> PresenceReader:
        if "presence" not in self._made:
            self._made["presence"] = PresenceReader(self._columns)
        reader: PresenceReader = self._made["presence"]
        return reader

    @property
    def _exchanges(self) -> ExchangeReader:
        if "exchanges" not in self._made:
            self._made["exchanges"] = ExchangeReader(self._columns)
        reader: ExchangeReader = self._made["exchanges"]
        return reader

    @property
    def _findings(self) -> FindingReader:
        if "findings" not in self._made:
            self._made["findings"] = FindingReader(self._columns)
        reader: FindingReader = self._made["findings"]
        return reader

    def _exchange_frame(self, session: str | None) -> pandas.DataFrame:
        return self._frames.exchanges(
            exchange._asdict()
            for exchange in self._exchanges.read()
            if session in (None, self._log.connections[exchange.connection].session)
        )

    def _finding_frame(self, session: str | None) -> pandas.DataFrame:
        return self._frames.findings(finding._asdict() for finding in self._own_findings(session))

    def _own_findings(self, session: str | None) -> Iterator[Finding]:
        alone = session is None or self._only(session)
        for finding in self._findings.read():
            if alone or self._concerns(str(session), finding.rows):
                yield finding

    def _concerns(self, session: str, rows: tuple[int, ...]) -> bool:
        # Whose a row was that is in the journal alone is not known here any more.
        kept = [row for row in rows if row >= self._columns.first]
        if not kept:
            return True
        numbers = {self._columns.span(row)[0] for row in kept}
        return any(self._log.connections[number].session == session for number in numbers)
