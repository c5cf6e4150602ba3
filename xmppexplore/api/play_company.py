"""The company of a play: its actors, what they ignore, and what is known by now."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from xmppexplore.errors import XmppExploreError
from xmppexplore.live import actor_login as login
from xmppexplore.live.actor import Actor, Arrived
from xmppexplore.names import PING
from xmppexplore.sandbox.plays.filling import Known, escape
from xmppexplore.sandbox.plays.matching import match_parts
from xmppexplore.sandbox.plays.script import Part, Person
from xmppexplore.wire.element import quoted

__all__ = ["ActFailed", "Company", "shown"]

SHOWN: Final = 2000
"""Characters of one item that a difference shows."""


class ActFailed(Exception):
    """What came is not what the play expects.

    Args:
        lines: what was expected, what came, where they differ; for people.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Company:
    """The actors of one performance, and what is known by now.

    Args:
        cast: the persons of the play by name.
        actors: their actors by the same name.
        known: placeholders and their values.
    """

    def __init__(self, cast: dict[str, Person], actors: dict[str, Actor], known: Known) -> None:
        self.cast = cast
        self.actors = actors
        self.known = known
        self.ignored: dict[str, list[Part]] = {name: [] for name in cast}
        self._requests = 0

    async def close(self) -> None:
        """Close all connections; nothing more is expected."""
        await asyncio.gather(*(actor.close(wait=0.0) for actor in self.actors.values()))

    # ---- what came

    async def take(self, actor: Actor, seconds: float | None) -> Arrived | None:
        """Take the next piece that is not ignored; ``None`` where the connection is closed."""
        loop = asyncio.get_running_loop()
        patience = actor.patience if seconds is None else seconds
        end = loop.time() + patience
        # What is ignored gives nobody more time.
        while (came := await actor.next(max(end - loop.time(), 0.0))) is not None:
            if not self.passed_over(actor, came):
                return came
        return None

    def passed_over(self, actor: Actor, came: Arrived) -> bool:
        """Whether the person ignores what came."""
        place, match = match_parts(self.ignored[actor.name], came.kind, came.element, self.known)
        if place >= 0:
            self.known.words.update(match.kept)
        return place >= 0

    def waiting(self, actor: Actor) -> list[Arrived]:
        """Return what came, is not ignored and was not looked at yet."""
        kept = [came for came in actor.unread if not self.passed_over(actor, came)]
        actor.unread.clear()
        actor.unread.extend(kept)
        return kept

    async def catch_up(self, actor: Actor) -> None:
        """Wait until the server has answered everybody, this person last.

        A server deals with the stanzas of one stream in order (RFC 6120 §10.1), so what it
        sends because of them has come when it answers a request that was sent after them.
        """
        for other in self.actors.values():
            if other is not actor and other.is_open and other.bound:
                # How the streams of others end is not what is asked here.
                with contextlib.suppress(XmppExploreError):
                    await self._ping(other)
        if actor.is_open and actor.bound:
            await self._ping(actor)

    async def _ping(self, actor: Actor) -> None:
        self._requests += 1
        number = f"caught-up-{self._requests}"
        to = quoted(self.known.domain)
        xml = f"<iq type='get' id='{number}' to={to}><ping xmlns='{PING}'/></iq>"
        try:
            await login.request(actor, xml, number)
        except XmppExploreError as error:
            # A server without ping says so, which is an answer too.
            if getattr(error, "stanza", None) is None:
                raise

    def mismatch(
        self, expected: list[Part], came: Arrived | None, why: tuple[str, ...], actor: Actor
    ) -> ActFailed:
        """Return the failure, in words."""
        lines = [f"expected {self.shown(part)}" for part in expected] or ["expected nothing"]
        if came is None:
            lines.append("came     nothing: the server closed the connection")
        else:
            lines.append(f"came     {shown(came.text)}")
        if came is not None and came.secret:
            why = ("what differs is not shown, as it may hold a secret",)
        lines += [f"         {sentence}" for sentence in why]
        lines += [f"then     {shown(more.text)}" for more in self.waiting(actor)[:5]]
        return ActFailed(*lines)

    def shown(self, part: Part) -> str:
        """Return an expected piece with what is known put in."""
        return shown(self.known.fill(part.text, escape, leave=True, secrets=False))


def shown(text: str) -> str:
    """Return what came as one line, short, without what would act on a terminal."""
    line = "".join(
        mark if mark.isprintable() else mark.encode("unicode_escape").decode()
        for mark in " ".join(text[:SHOWN].split())
    )
    return line + (" ..." if len(text) > SHOWN else "")
