"""What a play says, as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from xmppexplore.wire.element import Element

__all__ = [
    "FOOTER_TEXT",
    "Act",
    "Only",
    "Part",
    "Person",
    "Script",
    "Step",
    "Turn",
]

FOOTER_TEXT: Final = "</stream:stream>"
"""How the end of a stream is written in a play."""


class Person(NamedTuple):
    """One of the cast: a client with an account.

    Attributes:
        name: as the play writes it.
        local: localpart in the play; two persons with the same one share an account.
        resource: resourcepart asked for; ``""`` lets the server choose.
        line: line of the play, from 1.
        registered: whether the account is there before the play begins.
    """

    name: str
    local: str
    resource: str
    line: int
    registered: bool = True


class Part(NamedTuple):
    """One first-level piece of a stream that is sent or expected (RFC 6120 §4.1).

    Attributes:
        kind: ``"header"``, ``"element"`` or ``"footer"``.
        text: as the play writes it, placeholders included.
        element: the element, or the header closed at once; ``None`` for a footer.
        line: line of the play, from 1.
    """

    kind: str
    text: str
    element: Element | None
    line: int


class Act(NamedTuple):
    """One thing that one person does, or that happens to one.

    Attributes:
        line: line of the play, from 1.
        person: who, as the cast writes it.
        verb: key of :data:`xmppexplore.sandbox.plays.sentences.SENTENCES`.
        text: the sentence, one line.
        options: what the sentence adds, for example ``{"mechanism": "PLAIN"}``; seconds
            are numbers as text.
        parts: what is sent or expected.
        raw: what is sent as it stands.
    """

    line: int
    person: str
    verb: str
    text: str
    options: Mapping[str, str] = {}
    parts: tuple[Part, ...] = ()
    raw: str = ""


class Step(NamedTuple):
    """An act, and where it is another one.

    Attributes:
        act: what happens.
        unless: what happens in its place on some servers.
    """

    act: Act
    unless: tuple[Only, ...] = ()


class Only(NamedTuple):
    """Acts that happen on some servers alone.

    Attributes:
        servers: their names in lower case.
        reason: why, in the words of the play.
        acts: what happens there.
        line: line of the play, from 1.
    """

    servers: frozenset[str]
    reason: str
    acts: tuple[Step, ...]
    line: int


Turn: TypeAlias = Step | Only
"""One entry of a script."""


class Script(NamedTuple):
    """A play that was read.

    Attributes:
        title: in a few words; ``""`` where the play has none.
        sources: the documents and sections that it shows.
        needs: features of a server without which it cannot be performed, in lower case.
        refusals: server name in lower case -> why it is not performed there.
        cast: the persons by name, in the order of the play.
        subscriptions: (who, to whom) is subscribed before the play begins.
        turns: what happens, in order.
    """

    title: str
    sources: tuple[str, ...]
    needs: tuple[str, ...]
    refusals: Mapping[str, str]
    cast: Mapping[str, Person]
    subscriptions: tuple[tuple[str, str], ...]
    turns: tuple[Turn, ...]
