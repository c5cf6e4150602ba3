"""What of a recorded conversation the catalogue does not know, or objects to."""

from __future__ import annotations

from collections import defaultdict

from tests.catalogue.mutations import walk
from tests.traffic.talk import MADE_UP
from xmppexplore import check, explain
from xmppexplore.api.recording import Recorded
from xmppexplore.catalogue.lookup import define
from xmppexplore.names import XML

EVERYTHING = 1_000_000
"""More rows than any talk here has."""


def departures(recorded: Recorded) -> list[str]:
    """Return one line for each name that is not explained, and for each objection."""
    objections = {
        f"objected to: {one.path}: {one.sentence} ({one.section})"
        for one in check(recorded).objections
    }
    return [
        *(f"not defined: {one}" for one in sorted(undefined(recorded))),
        *(f"not explained: {one}" for one in sorted(unexplained(recorded))),
        *sorted(objections),
    ]


def unexplained(recorded: Recorded) -> set[str]:
    """Return the elements and attributes, of headers too, without document, section or sentence.

    A sentence that serves more than five elements says nothing of any.
    """
    found: set[str] = set()
    served: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in explain(recorded, last=EVERYTHING):
        if line.what not in {"element", "attribute"} or line.namespace == MADE_UP:
            continue
        if not (line.spec and line.section and line.says):
            found.add(f"{{{line.namespace}}}{line.name} ({line.what}) at {line.path}")
        if line.what == "element":
            served[line.says].add((line.namespace, line.name))
    return found | {
        f"one sentence for many: {says}" for says, who in served.items() if len(who) > 5
    }


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
