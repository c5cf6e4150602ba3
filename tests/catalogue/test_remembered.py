"""What is remembered of names is bounded in number and in size."""

from __future__ import annotations

import gc
import tracemalloc

from xmppexplore.catalogue import lookup
from xmppexplore.catalogue.remembered import LONGEST, remembered
from xmppexplore.reading.explanation import explain_element
from xmppexplore.wire.element import parse


def test_a_name_is_asked_for_once_and_a_long_one_each_time() -> None:
    """The oldest is forgotten first; what is long is not remembered at all."""
    asked = []

    @remembered(2)
    def length(name: str) -> int:
        asked.append(name)
        return len(name)

    long = "x" * (LONGEST + 1)
    for name in ("a", "b", "a", "c", "d", "a", long, long):
        assert length(name) == len(name)

    assert asked == ["a", "b", "c", "d", "a", long, long]


def test_large_names_of_the_wire_are_not_kept() -> None:
    """A peer that sends another megabyte of a namespace each time fills no memory."""
    lookup.attribution("urn:xmpp:ping")
    explain_element(parse("<message><x xmlns='urn:example:own' ver='a:b'/></message>"))
    gc.collect()
    tracemalloc.start()
    for number in range(10):
        large = f"urn:example:{number}:" + "x" * 1_000_000
        explain_element(parse(f"<message><x xmlns='{large}' ver='{large}'>{large}</x></message>"))
    del large
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 1_000_000
