"""The connect panel: logging in by a form, with the login's steps as they happen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from numbers import Real
from pathlib import Path
from typing import Any, Final

from xmppexplore.api.arguments import check_types, shown
from xmppexplore.api.connecting import connect
from xmppexplore.api.on_page import EVENTS, OnPage
from xmppexplore.api.panel_steps import steps_of
from xmppexplore.api.panel_words import DEFAULTS, FIELDS, Told, arguments, facts_of, told
from xmppexplore.api.recording import Recording, new_log
from xmppexplore.api.session import Session
from xmppexplore.api.stage import Sandbox
from xmppexplore.api.wanted import ARGUMENT_TYPES
from xmppexplore.errors import UsageError
from xmppexplore.live.loop import Pending
from xmppexplore.views.connect import ConnectWidget

__all__ = ["ConnectPanel"]

PERIOD: Final = 0.05
"""Seconds between two looks at a login under way."""

BEAT: Final = 0.5
"""Seconds between two turns of a cell that waits: a kernel whose loop sleeps on its sockets does
not see an interrupt."""

GRACE: Final = 5.0
"""Seconds that an attempt goes on without a view: a page that is loaded again comes back."""

PERSON: Final = "juliet"
"""Who logs in to a sandbox that the panel opens."""

_opened: list[tuple[Sandbox, asyncio.AbstractEventLoop]] = []
"""The sandbox that a panel opened last: a panel made by running the cell again uses it."""

PLAIN: Final = "Connect panel. Run the cell again for a live one."


class ConnectPanel(OnPage):
    """A form to log in with; each step of the login is shown as it happens.

    Show it in a cell, fill it in and press Connect.  The session is then in
    :attr:`session`, or in what ``await panel`` gives in the next cell.  The password is sent
    to the kernel once and emptied in the form; it is in no output, widget state or file.

    Args:
        jid: what stands in the form at first; so are the others, which are those of
            :func:`xmppexplore.connect`.
        host: server to connect to instead of what DNS says.
        port: port on it.
        resource: resource to bind.
        tls: ``"starttls"``, ``"direct"``, ``"none"``, or ``None`` for what the server offers.
        ca_file: PEM file of the authorities to trust.
        mechanism: the one SASL mechanism to use.
        presence: whether to ask for the roster and send initial presence.
        sm: enable stream management (XEP-0198).
        timeout: seconds for the whole login.

    Raises:
        UsageError: an argument has another type, or there is no running event loop, as a
            notebook has one.

    >>> async def cell():  # a notebook's cells run in an event loop as they are
    ...     return ConnectPanel("juliet@capulet.example")
    >>> panel = await cell()
    >>> panel
    <ConnectPanel juliet@capulet.example: not connected>
    >>> panel.close()
    """

    def __init__(
        self,
        jid: str = "",
        *,
        host: str | None = None,
        port: int | None = None,
        resource: str | None = None,
        tls: str | None = None,
        ca_file: str | Path | None = None,
        mechanism: str | None = None,
        presence: bool = DEFAULTS["presence"],
        sm: bool = DEFAULTS["sm"],
        timeout: float = DEFAULTS["timeout"],
    ) -> None:
        given: dict[str, Any] = {"jid": jid, "host": host, "port": port, "resource": resource}
        given |= {"tls": tls, "ca_file": ca_file, "mechanism": mechanism, "timeout": timeout}
        check_types("ConnectPanel", **{name: (given[name], ARGUMENT_TYPES[name]) for name in given})
        self._values = _texts(given) | {"presence": bool(presence), "sm": bool(sm)}
        self._loop = _running_loop()
        self._version = 1  # of the values: a view that knows an older one takes them over
        self._stage = "idle"
        self._told: Told | None = None
        self._error: BaseException | None = None
        self._session: Session | None = None
        self._sandbox: Sandbox | None = None
        self._recording: Recording | None = None
        self._task: asyncio.Task[None] | None = None
        self._attempts = 0
        self._changed = asyncio.Event()
        self._armed = False
        self._widget = ConnectWidget(
            form=[field._asdict() for field in FIELDS],
            state=self._model,
            act=self._act,
            gone=self._nobody_looks,
            loop=self._loop,
            plain=PLAIN,
        )

    # ---- what a person holds

    @property
    def session(self) -> Session | None:
        """The session of the newest login; ``None`` before it is there."""
        return self._session

    @property
    def recording(self) -> Recording | None:
        """What the newest attempt recorded, also where it failed; ``None`` before the first."""
        return self._recording

    @property
    def error(self) -> BaseException | None:
        """Why the newest attempt failed; ``None`` where it did not."""
        return self._error

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox that "Open a sandbox" opened."""
        return self._sandbox

    def wait(self, timeout: float | None = None) -> Pending[Session]:
        """Wait for the session: of the attempt under way, or of the next one.

        An attempt that fails is shown in the panel, where it can be made again.

        Args:
            timeout: seconds; without end where not given.

        Raises:
            TimeoutError: there was none in time.
            UsageError: the panel is closed, or the time is no number.
        """
        check_types("panel.wait", timeout=(timeout, (Real, type(None))))
        return Pending(lambda: self._wait(timeout), "panel.wait()", "not waiting")

    def __await__(self) -> Generator[Any, Any, Session]:
        return self._wait(None).__await__()

    def close(self) -> None:
        """Take the panel off the page; an attempt is called off, a session stays open."""
        self._closed = True
        self._cancel()
        self._changed.set()
        self._widget.close()

    def __repr__(self) -> str:
        who = shown(self._values["jid"]) or "without an address"
        return f"<ConnectPanel {who}: {self._status()[0].lower()}{self._status()[1:]}>"

    async def _wait(self, seconds: float | None) -> Session:
        async with asyncio.timeout(seconds):
            while self._session is None or not self._is_open:
                if self._closed:
                    raise UsageError("this panel is closed: show ConnectPanel() again")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), BEAT)
        return self._session

    # ---- what a view asks for

    def _act(self, op: str, values: dict[str, Any]) -> None:
        password = values.pop("password", None)
        busy = self._task is not None
        if op == "cancel":
            self._cancel()
        elif op == "disconnect" and not busy and self._is_open:
            self._start("closing", self._disconnect())
        elif op in ("connect", "sandbox") and not busy and not self._is_open:
            self._told = self._error = self._recording = self._session = None
            self._keep(values)
            if op == "sandbox":
                self._start("opening", self._enter_sandbox())
            else:
                self._start("connecting", self._connect(password or ""))

    @property
    def _is_open(self) -> bool:
        return self._session is not None and self._session.state == "open"

    def _keep(self, values: dict[str, Any]) -> None:
        for field in FIELDS:
            value = values.get(field.name)
            wanted = bool if field.kind == "flag" else str
            if field.kind != "password" and isinstance(value, wanted):
                self._values[field.name] = value
        self._version += 1

    def _start(self, stage: str, work: Any) -> None:
        self._stage = stage
        self._attempts += 1
        self._task = self._loop.create_task(work)
        # Not in the task itself: one that is cancelled at once never begins.
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            self._stage = "cancelled"
        elif (error := task.exception()) is not None:
            self._stage = "failed"
            self._error = _without_frames(error)
            self._told = told(error)
        else:
            self._stage = "over" if self._stage == "closing" else "open"
        self._tell()

    def _cancel(self) -> None:
        if self._task is not None and self._stage != "closing":
            self._task.cancel()

    async def _connect(self, password: str) -> None:
        given = arguments(self._values)
        if "jid" not in given:
            raise UsageError('jid="..." is missing: write "name@domain"')
        jid = given.pop("jid")
        inside = self._sandbox_of(jid, given)
        if inside is not None:
            if "/" in jid:
                given.setdefault("resource", jid.partition("/")[2])
            if password:  # a typed one may be used elsewhere too: the sandbox hides it then
                given["password"] = password
            await self._log_in(lambda one: inside.connect(jid, recording=one, **given))
        elif password:
            await self._log_in(lambda one: connect(jid, password, recording=one, **given))
        else:
            raise UsageError("password=... is missing: type it, it is kept nowhere")

    async def _log_in(self, begin: Callable[[Recording], Pending[Session]]) -> None:
        self._recording = recording = Recording(new_log())
        recording._log.listeners.append(self._news)
        try:
            session = await begin(recording)
        finally:
            recording._log.listeners.remove(self._news)
        self._session = session
        session._on_close.append(self._tell)
        for event in EVENTS:
            session.client.add_event_handler(event, lambda _: self._news())

    async def _enter_sandbox(self) -> None:
        sandbox = self._sandbox = self._known or await Sandbox.open(keep=True)
        _opened[:] = [(sandbox, self._loop)]
        where = {"host": sandbox.host, "port": str(sandbox.port), "ca_file": sandbox.ca_file or ""}
        self._keep({"jid": f"{PERSON}@{sandbox.domain}", "tls": "", "mechanism": "", **where})
        self._stage = "connecting"
        await self._connect("")

    @property
    def _known(self) -> Sandbox | None:
        """A sandbox that a panel opened, and that is there."""
        for sandbox, loop in _opened:
            # A loop that is closed has taken its servers with it.
            if loop is self._loop and not sandbox._closed:
                return sandbox
        return None

    def _sandbox_of(self, jid: str, given: dict[str, Any]) -> Sandbox | None:
        """Return the panel's sandbox where the form leads to it: it knows the password."""
        sandbox = self._known
        if sandbox is None:
            return None
        local, _, domain = jid.partition("/")[0].partition("@")
        there = (sandbox.domain, sandbox.host, sandbox.port)
        here = (domain, given.get("host"), given.get("port"))
        return sandbox if here == there and local in sandbox.passwords else None

    async def _disconnect(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _nobody_looks(self) -> None:
        self._loop.call_later(GRACE, self._call_off)

    def _call_off(self) -> None:
        if not self._widget.views:
            self._cancel()

    # ---- what a view is told

    def _news(self) -> None:
        """Note, on any thread, that there is something to tell."""
        if not self._armed and not self._loop.is_closed():
            self._armed = True
            self._loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        self._loop.call_later(PERIOD, self._pulse)

    def _pulse(self) -> None:
        self._armed = False
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed.clear()
        if not self._closed:
            self._widget.show()

    def _status(self) -> str:
        where = self._values["jid"].partition("/")[0].partition("@")[2] or "the server"
        if self._session is not None and self._stage in ("open", "over"):
            state = self._session.state
            return {"open": "Connected", "closed": "Disconnected"}.get(state, "Connection lost")
        return {
            "idle": "Not connected",
            "opening": "Opening a sandbox …",
            "connecting": f"Connecting to {where} …",
            "closing": "Disconnecting …",
            "failed": "Not connected",
            "cancelled": "Cancelled",
        }.get(self._stage, self._stage)

    def _model(self) -> dict[str, Any]:
        session = self._session
        return {
            "busy": self._task is not None,
            "open": self._is_open,
            "closing": self._stage == "closing",
            "status": self._status(),
            "values": self._values,
            "version": self._version,
            "attempt": self._attempts,
            "error": self._told._asdict() if self._told is not None else None,
            "facts": facts_of(session) if session is not None else [],
            "known": self._known is not None,
            **steps_of(self._recording, self._told),
        }


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError("a panel needs a notebook, or another running event loop") from None


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    """Return values as they stand in a form: as text, nothing as no text."""
    return {
        name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in given.items()
    }


def _without_frames(error: BaseException) -> BaseException:
    """Return an error whose tracebacks are gone: their frames hold the password."""
    seen: set[int] = set()
    rest: list[BaseException | None] = [error]
    while rest:
        one = rest.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = None
        rest += [one.__cause__, one.__context__]
    return error
