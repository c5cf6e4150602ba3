"""From a reading of presence to the plain model that the ladder draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xmppexplore.reading.presence_records import Party, Row
from xmppexplore.reading.subscription import UNKNOWN, States, exact, name_of

__all__ = ["Cast", "presence_model", "short_name", "state_words"]

COLOURS: Final = {"To": "authenticated", "From": "authenticated", "Both": "tls"}
PENDING: Final = (
    "PO: a request of the user is out. PI: a request of the contact waits for the user's answer "
    "(Pending Out, Pending In: RFC 6121 A.1)."
)
UNSEEN: Final = (
    "?: no roster shows a request that waits for the user's answer (Pending In), so one may be "
    "there unseen."
)


def state_words(states: States) -> str:
    """Return the name of a state for a picture, with ``?`` where a request may wait unseen."""
    name = name_of(states)
    return name if exact(states) or name == UNKNOWN else f"{name}?"


def short_name(address: str) -> str:
    """Return an address as people speak of it.

    >>> short_name("juliet@capulet.example"), short_name("capulet.example")
    ('juliet', 'capulet.example')
    """
    return address.partition("@")[0]


class Cast:
    """Who stands where: clients to both sides of their server, each account together.

    Args:
        rows: what is drawn.
        parties: the clients of the reading.
        accounts: whose clients come first, where that is wanted.

    Attributes:
        models: the parties from left to right, as the ladder takes them.
        accounts: the accounts that have a client here, in the order of their places.
    """

    def __init__(
        self, rows: Sequence[Row], parties: Sequence[Party], accounts: Sequence[str] = ()
    ) -> None:
        present = dict.fromkeys(row.step.party for row in rows)
        shown = [parties[number] for number in present]
        here = list(dict.fromkeys([*accounts, *(party.account for party in shown)]))
        here = [one for one in here if any(party.account == one for party in shown)]
        domains = list(dict.fromkeys(_domain(account) for account in here))
        order: list[Party | str] = []
        for index, domain in enumerate(domains):
            people = [account for account in here if _domain(account) == domain]
            before = len(people) if len(domains) > 1 and not index else not index
            for account in people[:before]:
                order += [party for party in shown if party.account == account]
            order.append(domain)
            for account in people[before:]:
                order += [party for party in shown if party.account == account]
        alike = [short_name(account) for account in here]
        self._clients = {one.number: at for at, one in enumerate(order) if isinstance(one, Party)}
        self._servers = {one: at for at, one in enumerate(order) if isinstance(one, str)}
        self._places: dict[str, int] = {}
        for at, one in enumerate(order):
            if isinstance(one, Party):
                self._places.setdefault(one.account, at)
        self._alike = {one for one in alike if alike.count(one) > 1}
        self.models = [self._model(one) for one in order]
        self.accounts = sorted(self._places, key=lambda account: self._places[account])

    def _model(self, one: Party | str) -> dict[str, str]:
        if isinstance(one, str):
            return {"label": one, "detail": "server"}
        return {"label": self.name(one.account), "detail": one.address.partition("/")[2]}

    def name(self, address: str) -> str:
        """Return what a person is called here."""
        return address if short_name(address) in self._alike else short_name(address)

    def ends(self, row: Row) -> tuple[int, int]:
        """Return from which party to which one an arrow goes."""
        client, server = self._clients[row.step.party], self._servers[_domain(row.account)]
        return (client, server) if row.step.by == "client" else (server, client)

    def label(self, place: int) -> str:
        """Return a party's name; with its resource where the account has several clients."""
        model = self.models[place]
        others = [one for one in self.models if one["label"] == model["label"]]
        return model["label"] if len(others) == 1 else f"{model['label']}/{model['detail']}"

    def sides(self, row: Row) -> list[tuple[str, str, str, States, States]]:
        """Return the states of a row: side, whose, towards whom, before, after."""
        if not row.contact:
            return []
        own, other = self._places[row.account], self._places.get(row.contact)
        against = self._servers[_domain(row.account)] if other is None else other
        first, second = ("left", "right") if own < against else ("right", "left")
        found = [(first, row.account, row.contact, row.before, row.after)]
        if other is not None:
            found.append((second, row.contact, row.account, row.other, row.other))
        return found


def _domain(account: str) -> str:
    return account.rpartition("@")[2]


def presence_model(
    rows: Sequence[Row],
    parties: Sequence[Party],
    pair: tuple[str, str] | None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the model of :mod:`xmppexplore.views.ladder_svg` for presence.

    Args:
        rows: what is drawn, in order.
        parties: the clients of the reading.
        pair: the two people that it is between; their states are then rails.
        notes: what is to be said below.
    """
    cast = Cast(rows, parties, pair or ())
    start = rows[0].step.time if rows else 0
    drawn: dict[str, str] = {}  # side -> the state that its rail shows
    steps = [_step(row, cast, start, pair, drawn) for row in rows]
    states = [state for step in steps for state in step["states"]]
    words = {str(state["state"]) for state in states}
    legend = [PENDING] if any("+P" in word for word in words) else []
    legend += [UNSEEN] if any(word.endswith("?") for word in words) else []
    return {
        "title": _title(cast, pair) if rows else "No roster and no presence yet",
        "subtitle": _subtitle(rows, cast, pair),
        "parties": cast.models,
        "steps": steps,
        "margins": _margins(states, pair),
        "rails": pair is not None,
        "notes": list(notes),
        "legend": legend,
    }


def _title(cast: Cast, pair: tuple[str, str] | None) -> str:
    if pair is not None:
        return f"Presence between {cast.name(pair[0])} and {cast.name(pair[1])}"
    return f"Presence of {', '.join(map(cast.name, cast.accounts[:4]))}" + (
        f" and {len(cast.accounts) - 4} more" if len(cast.accounts) > 4 else ""
    )


def _subtitle(rows: Sequence[Row], cast: Cast, pair: tuple[str, str] | None) -> str:
    """Return how the two stand at the end; of the one who is not here that is not known."""
    if pair is None or not rows:
        return ""
    newest: dict[str, str] = {}
    for row in rows:
        for _, whose, towards, _, after in cast.sides(row):
            newest[whose] = f"{cast.name(whose)} to {cast.name(towards)}: {state_words(after)}"
    return " · ".join(newest[account] for account in pair if account in newest)


def _margins(states: Sequence[Mapping[str, Any]], pair: tuple[str, str] | None) -> dict[str, str]:
    heads: dict[str, str] = {}
    for state in states:
        heads.setdefault(str(state["side"]), str(state["name"]) if pair else "state")
    return heads


def _step(
    row: Row, cast: Cast, start: int, pair: tuple[str, str] | None, drawn: dict[str, str]
) -> dict[str, Any]:
    step = row.step
    source, target = cast.ends(row)
    states = []
    for side, whose, towards, before, after in cast.sides(row):
        was, now = state_words(before), state_words(after)
        name = f"{cast.name(whose)} to {cast.name(towards)}"
        if pair is not None and drawn.get(side) == now:
            continue  # the rail says it
        moved = drawn.get(side, was) if pair is not None else was
        drawn[side] = now
        states.append(
            {
                "side": side,
                "name": name,
                "who": "" if pair is not None else name,
                "before": moved,
                "state": now,
                "colour": "ready" if "+P" in now else COLOURS.get(now.rstrip("?"), "plain"),
            }
        )
    return {
        "title": step.title,
        "sentence": step.sentence,
        "section": step.section,
        "detail": step.detail,
        "short": step.short,
        "time": (step.time - start) / 1e9,
        "tone": step.tone,
        "rows": [step.row],
        "source": source,
        "target": target,
        "states": states,
    }
