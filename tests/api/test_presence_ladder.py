"""Laws of the picture's model: who stands where, and which state stands at which margin."""

from __future__ import annotations

import pytest

from tests.reading.village import Village, address
from xmppexplore.api.presence_ladder import Cast, presence_model, state_words
from xmppexplore.reading.presence import PresenceReader
from xmppexplore.reading.presence_records import rows_of
from xmppexplore.reading.subscription import ANY


def read(*people: str) -> PresenceReader:
    """Return the reading of a village into which clients log in: ``"juliet/balcony"``."""
    village = Village()
    for one in people:
        village.log_in(*one.split("/"))
    reader = PresenceReader(village.columns())
    reader.advance()
    return reader


@pytest.mark.parametrize(
    ("people", "first", "order"),
    [
        (["juliet/a"], (), ["juliet", "capulet.example"]),
        (["romeo/a", "juliet/a"], (), ["romeo", "capulet.example", "juliet"]),
        (["romeo/a", "juliet/a"], ("juliet", "romeo"), ["juliet", "capulet.example", "romeo"]),
        (
            ["juliet/a", "romeo/a", "juliet/b", "nurse/a"],
            (),
            ["juliet", "juliet", "capulet.example", "romeo", "nurse"],
        ),
    ],
)
def test_accounts_stand_together_around_their_server(people, first, order) -> None:
    """The first account to the left of the server, the others to the right."""
    reader = read(*people)
    cast = Cast(rows_of(reader.steps), reader.parties, [address(name) for name in first])

    assert [model["label"] for model in cast.models] == order


def test_two_servers_stand_between_their_people() -> None:
    """Federation: each person beside the own server."""
    reader = read("juliet/a", "romeo/a")
    abroad = "romeo@montague.example"
    parties = [
        party._replace(account=abroad) if party.account == address("romeo") else party
        for party in reader.parties
    ]
    rows = [
        row._replace(account=abroad) if row.account == address("romeo") else row
        for row in rows_of(reader.steps)
    ]
    cast = Cast(rows, parties)

    assert [model["label"] for model in cast.models] == [
        "juliet",
        "capulet.example",
        "montague.example",
        "romeo",
    ]


def test_a_state_with_a_doubt_is_marked() -> None:
    """The mark is in the picture only where a request may wait unseen."""
    assert state_words(ANY) == "unknown"
    assert state_words(frozenset({"To"})) == "To"
    assert state_words(frozenset({"To", "To+PI"})) == "To?"


def test_a_rail_is_marked_where_it_changes() -> None:
    """Between two people a state is drawn once, at the step that brought it."""
    reader = read("juliet/a", "romeo/a")
    pair = (address("juliet"), address("romeo"))
    model = presence_model(rows_of(reader.steps, pair), reader.parties, pair)
    drawn = [
        (state["side"], state["before"], state["state"])
        for step in model["steps"]
        for state in step["states"]
    ]

    assert drawn == [
        ("left", "unknown", "unknown"),
        ("right", "unknown", "unknown"),
        ("left", "unknown", "None?"),
        ("right", "unknown", "None?"),
    ]
    assert any(words.startswith("?:") for words in model["legend"])
