"""Tab offers the same kind of names on everything that a person holds."""

from __future__ import annotations

import importlib
import inspect

import pytest

import xmppexplore
from tests.tree import modules
from xmppexplore.api.public_names import PublicNames


def held() -> list[type]:
    """Return the classes of ``api`` whose objects people hold: exported, or drawn by a cell."""
    found = []
    for module in modules():
        if module.place.startswith("api/") and module.path.name != "__init__.py":
            place = f"xmppexplore.{module.place.removesuffix('.py').replace('/', '.')}"
            found += [
                one
                for one in vars(importlib.import_module(place)).values()
                if isinstance(one, type) and one.__module__ == place
            ]
    return [
        one
        for one in found
        if hasattr(one, "_repr_mimebundle_") or one.__name__ in xmppexplore.__all__
        if not inspect.isabstract(one)
    ]


HELD = held()


def test_what_people_hold_is_found() -> None:
    """Sessions and sandboxes, and what their properties return."""
    names = {one.__name__ for one in HELD}

    assert {"Session", "Sandbox", "Recording", "Login", "Explanation", "Layers"} <= names


@pytest.mark.parametrize("kind", HELD, ids=[one.__name__ for one in HELD])
def test_completion_offers_every_public_name_and_no_other(kind: type) -> None:
    """Methods, properties and what the object itself holds; nothing that begins with _."""
    thing = object.__new__(kind)
    thing.__dict__.update(mine=1, _inner=2)
    public = {name for one in kind.__mro__ for name in vars(one) if not name.startswith("_")}

    assert set(dir(thing)) == public | {"mine"}


def test_a_subclass_of_a_learner_completes_alike() -> None:
    """What a class adds is offered, and what it hides is not."""

    class Mine(PublicNames):
        def said(self) -> None: ...

        def _inside(self) -> None: ...

    assert dir(Mine()) == ["said"]
