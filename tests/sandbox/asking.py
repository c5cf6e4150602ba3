"""Requests in a conversation, and what answers say."""

from __future__ import annotations

import itertools

from tests.sandbox.conversation import Play
from tests.sandbox.shelf import Shelf
from xmppexplore.wire.element import parse

_numbers = itertools.count()


def ask(client, payload, type="get", to=""):
    """Send a request and return its one answer; what else came meanwhile stays in the queue."""
    number = f"ask-{next(_numbers)}"
    at = f" to='{to}'" if to else ""
    before = len(client.items)
    client >> f"<iq type='{type}' id='{number}'{at}>{payload}</iq>"
    mine = [item for item in client.items[before:] if b"<iq" in item[1] and _id(item[1]) == number]
    assert len(mine) == 1, f"{len(mine)} answers to {payload}: {client.items[before:]}"
    client.items.remove(mine[0])
    return parse(mine[0][1])


def _id(raw):
    return parse(raw).get("id")


def condition(answer):
    """Return the type and the condition of an error; ``None`` for a result."""
    if answer.get("type") == "result":
        return None
    error = answer.find("{jabber:client}error")
    return error.get("type"), error.children[0].name


def reopened(play, **options):
    """Return a play with another realm that knows what the first one kept."""
    play.realm.storage.commit()
    return Play(storage=play.realm.storage, **options)


def kept_play(**options):
    """Return a play whose realm keeps what it knows."""
    return Play(storage=Shelf(), **options)
