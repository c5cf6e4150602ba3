"""Where a play is performed: its accounts, its acts one after the other, and how they went."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import NamedTuple

from xmppexplore.api.play_acts import PERFORM
from xmppexplore.api.play_company import ActFailed, Company, shown
from xmppexplore.api.public_names import PublicNames
from xmppexplore.api.recording import Recording, new_log
from xmppexplore.errors import ConnectError, UsageError, XmppExploreError
from xmppexplore.live.actor import Actor, Endpoint
from xmppexplore.live.actor_login import log_in
from xmppexplore.live.actor_login import register as register_in_band
from xmppexplore.sandbox.plays.filling import Known
from xmppexplore.sandbox.plays.script import Act, Person, Script, Step, Turn
from xmppexplore.wire.element import quoted

__all__ = ["Departure", "Performance", "Performed", "Stage"]


class Departure(NamedTuple):
    """Where a server does something else than the others, as the play says.

    Attributes:
        line: line of the play, from 1.
        reason: why, in the words of the play.
    """

    line: int
    reason: str


class Performed(NamedTuple):
    """One act as it went.

    Attributes:
        line: line of the play, from 1.
        text: the sentence.
        start: seconds since the performance began.
        duration: seconds that it took.
        passed: whether it went as the play says.
        difference: what was expected and what came; ``""`` where it passed.
    """

    line: int
    text: str
    start: float
    duration: float
    passed: bool
    difference: str


class Performance(PublicNames):
    """A play as it went; it shows itself as text.

    Attributes:
        title: of the play.
        server: name of the server.
        acts: the acts in order, up to the first that failed.
        departures: where the play says that this server does something else.
        refused: why it was not performed, ``""`` where it was.
        recording: one connection for each time that somebody connected, under its name.
    """

    def __init__(self, title: str, server: str, recording: Recording) -> None:
        self.title = title
        self.server = server
        self.acts: list[Performed] = []
        self.departures: list[Departure] = []
        self.refused = ""
        self.recording = recording

    @property
    def passed(self) -> bool:
        """Whether every act went as the play says; false where it was not performed."""
        return not self.refused and all(act.passed for act in self.acts)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.acts[-1].start + self.acts[-1].duration if self.acts else 0.0

    def __repr__(self) -> str:
        outcome = "passed" if self.passed else "failed"
        if self.refused:
            return f"<{self.title} on {self.server}: not performed: {self.refused}>"
        lines = [f"{self.title} on {self.server}: {outcome} in {self.seconds:.2f} s"]
        for act in self.acts:
            sign = "✓" if act.passed else "✗"
            lines.append(f"  line {act.line:3} {act.start:6.3f} s {sign} {act.text}")
            lines += [
                f"                      {line}" for line in act.difference.split("\n") if line
            ]
        lines += [f"  departs in line {line}: {reason}" for line, reason in self.departures]
        return "\n".join(lines)


class Stage:
    """Where a play is performed, and by which accounts.

    Args:
        endpoint: where the server is.
        server: its name, as plays write it.
        passwords: localpart -> password of accounts to use instead of new ones.
        register: makes an account; in the stream where ``None`` (XEP-0077).
        patience: seconds after which something that is expected has not come.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        server: str,
        passwords: dict[str, str],
        register: Callable[[str, str], Awaitable[None]] | None,
        patience: float,
    ) -> None:
        self.endpoint = endpoint
        self.server = server
        self.passwords = passwords
        self.register = register
        self.patience = float(patience)

    async def perform(self, script: Script, title: str, features: set[str] | None) -> Performance:
        """Make the accounts and do what the script says."""
        recording = Recording(new_log())
        recording._log.reveal = not self.passwords  # made up here, so no secrets
        performance = Performance(title, self.server, recording)
        missing = [need for need in script.needs if features is not None and need not in features]
        performance.refused = script.refusals.get(self.server.lower(), "")
        if missing:
            performance.refused = f"the server has no {', '.join(missing)}"
        if performance.refused:
            return performance
        company = await self.company(script, recording)
        await self.subscribe(script, company.known)
        begun = time.monotonic()
        try:
            for act in _acts(script.turns, self.server.lower(), performance.departures):
                performed = await self.act(company, act, recording, begun)
                performance.acts.append(performed)
                if not performed.passed:
                    break
        finally:
            await company.close()
        return performance

    async def act(
        self, company: Company, act: Act, recording: Recording, begun: float
    ) -> Performed:
        """Do one act and say how it went."""
        start = time.monotonic()
        difference = ""
        try:
            await PERFORM[act.verb](company, company.actors[act.person], act)
        except ActFailed as failure:
            difference = str(failure)
        except UsageError as error:
            difference = f"the play cannot go on: {error}"
        except XmppExploreError as error:
            refused = isinstance(error, ConnectError) and error.reason == "refused"
            if refused and not recording.connections:
                error.recording = recording
                raise
            difference = shown(str(error))
        end = time.monotonic()
        text = _sentence(act)
        return Performed(act.line, text, start - begun, end - start, not difference, difference)

    async def company(self, script: Script, recording: Recording) -> Company:
        """Return the actors, with accounts of their own."""
        accounts: dict[str, tuple[str, str]] = {}
        for person in script.cast.values():
            if person.local not in accounts:
                accounts[person.local] = await self.account(person)
        locals_ = {local: name for local, (name, _) in accounts.items()}
        known = Known(self.endpoint.domain, locals_)
        actors = {}
        for person in script.cast.values():
            name, password = accounts[person.local]
            bare = f"{name}@{self.endpoint.domain}"
            known.words.update(
                {
                    person.name.lower(): f"{bare}/{person.resource}" if person.resource else bare,
                    f"{person.name.lower()}.bare": bare,
                    f"{person.name.lower()}.name": name,
                    f"{person.name.lower()}.resource": person.resource,
                    f"{person.name.lower()}.password": password,
                }
            )
            actors[person.name] = Actor(
                person.name, recording._columns, self.endpoint, self.patience
            )
        return Company(dict(script.cast), actors, known)

    async def subscribe(self, script: Script, known: Known) -> None:
        """Make the subscriptions that are there before the play begins."""
        if not script.subscriptions:
            return
        columns = Recording()._columns
        aside = {name: Actor(name, columns, self.endpoint, self.patience) for name in script.cast}
        company = Company(dict(script.cast), aside, known)
        words = known.words
        try:
            for name in dict.fromkeys(name for pair in script.subscriptions for name in pair):
                account, password = (
                    words[f"{name.lower()}.{what}"] for what in ("name", "password")
                )
                await log_in(aside[name], account, password, "aside")
            for one, other in script.subscriptions:
                for who, type_, to in ((one, "subscribe", other), (other, "subscribed", one)):
                    address = quoted(words[f"{to.lower()}.bare"])
                    await aside[who].write(f"<presence type='{type_}' to={address}/>".encode())
                    await company.catch_up(aside[who])
            for name in aside:
                await aside[name].leave()
        finally:
            await company.close()

    async def account(self, person: Person) -> tuple[str, str]:
        """Return localpart and password of a person, whose account is made unless it exists."""
        if person.local in self.passwords:
            return person.local, self.passwords[person.local]
        name = f"{person.local}-{secrets.token_hex(4)}"
        password = secrets.token_urlsafe(9)
        if person.registered:
            if self.register is not None:
                await self.register(name, password)
            else:
                # Off the recording: what a play shows begins with its first act.
                aside = Actor("registration", Recording()._columns, self.endpoint, self.patience)
                try:
                    await register_in_band(aside, name, password)
                finally:
                    await aside.close(wait=0.0)
        return name, password


def _acts(turns: Iterable[Turn], server: str, departures: list[Departure]) -> Iterator[Act]:
    """Yield the acts that happen on a server, and note where it departs."""
    for turn in turns:
        if not isinstance(turn, Step):
            if server in turn.servers:
                departures.append(Departure(turn.line, turn.reason))
                yield from _acts(turn.acts, server, departures)
            continue
        instead = next((unless for unless in turn.unless if server in unless.servers), None)
        if instead is None:
            yield turn.act
        else:
            departures.append(Departure(instead.line, instead.reason))
            yield from _acts(instead.acts, server, departures)


def _sentence(act: Act) -> str:
    """Return what an act says, with the names of what is sent or expected."""
    what = ", ".join(
        f"<{part.element.name}>" if part.element is not None else part.text for part in act.parts
    )
    return shown(f"{act.text} {what or act.raw}".strip())[:120]
