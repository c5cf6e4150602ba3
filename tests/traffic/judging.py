"""What of a recorded conversation the catalogue does not know, or objects to."""

from __future__ import annotations

from tests.catalogue.mutations import walk
from tests.traffic.talk import MADE_UP
from xmppexplore import check
from xmppexplore.api.recording import Recorded
from xmppexplore.catalogue.lookup import define
from xmppexplore.names import XML


def departures(recorded: Recorded) -> list[str]:
    """Return one line for each name that is not defined, and for each objection."""
    objections = {
        f"objected to: {one.path}: {one.sentence} ({one.section})"
        for one in check(recorded).objections
    }
    return [
        *(f"not defined: {one}" for one in sorted(undefined(recorded))),
        *sorted(objections),
    ]


def undefined(recorded: Recorded) -> set[str]:
    """Return the elements and attributes that have no definition, in what they stand."""
    found: set[str] = set()
    for row in recorded.wire.query("kind in ('message', 'presence', 'iq', 'nonza')")["row"]:
        for place in walk(recorded.element(row)):
            if place.element.namespace == MADE_UP:
                continue
            definition = define(place)
            around = place.parent.element.name if place.parent is not None else "the stream"
            if definition is None:
                found.add(f"{place.element.qualified} in {around}")
                continue
            found |= {
                f"{place.element.qualified} in {around}: @{name}"
                for name in place.element.attributes
                if name not in definition.attributes and not name.startswith(f"{{{XML}}}")
            }
    return found
