"""What single documents have to say: one table of theirs in ``tables/``, beside their file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue.mutations import walk
from tests.catalogue.test_definitions import CONTEXT
from xmppexplore.catalogue.checking import RULES, check_element
from xmppexplore.catalogue.conditions import Place, filled, holds
from xmppexplore.catalogue.lookup import define
from xmppexplore.wire.element import parse

FOLDER = Path(__file__).parent / "tables"
TABLES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}


def cases(kind: str) -> list[Any]:
    """Return the cases of one kind of all tables, with their ids."""
    return [
        pytest.param(case, id=f"{name}-{number}")
        for name, table in sorted(TABLES.items())
        for number, case in enumerate(table.get(kind, ()))
    ]


def path_of(place: Place) -> str:
    """Return the local names from the outermost element on."""
    before = f"{path_of(place.parent)}/" if place.parent is not None else ""
    return before + place.element.name


@pytest.mark.parametrize("case", cases("right"))
def test_what_is_right_says_what_it_means_here(case: dict[str, str]) -> None:
    """No objection, and the sentence of each path that the table names."""
    element = parse(case["xml"], CONTEXT)
    said = {}
    for place in walk(element):
        definition = define(place)
        if definition is not None:
            here = (filled(one.says, place) for one in definition.here if holds(one.when, place))
            said[path_of(place)] = next((one for one in here if one), definition.says)
    expected = {path: says for path, says in case.items() if path != "xml"}

    assert check_element(element).departures == ()
    assert {path: said.get(path) for path in expected} == expected
    assert expected


@pytest.mark.parametrize("case", cases("wrong"))
def test_what_is_wrong_is_objected_to_there(case: dict[str, str]) -> None:
    """The rule and the path that the table names, and nothing else."""
    found = {(one.path, one.rule) for one in check_element(parse(case["xml"], CONTEXT)).departures}

    assert case["rule"] in RULES
    assert found == {(case["at"], case["rule"])}


def test_every_table_belongs_to_a_definition_file() -> None:
    """A table without its file would test nothing of its own."""
    files = {
        path.stem for path in (FOLDER.parents[2] / "xmppexplore/catalogue/definitions").glob("*")
    }

    assert set(TABLES) <= files
    assert len(TABLES) >= 1
