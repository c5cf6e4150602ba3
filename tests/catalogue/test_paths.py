"""Paths: one for each child, readable, and bounded however deep and long the names are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.catalogue.paths import LONGEST_NAME, paths_inside, written
from xmppexplore.wire.element import parse


def test_only_children_of_one_name_are_numbered() -> None:
    """What stands alone needs no number; the others have theirs in order."""
    element = parse("<query xmlns='jabber:iq:roster'><item/><group/><item/></query>")

    assert paths_inside(element, "iq/query") == [
        "iq/query/item[1]",
        "iq/query/group",
        "iq/query/item[2]",
    ]


@given(
    st.lists(st.sampled_from(["a", "b", "c" * 101, "c" * 102]), max_size=8),
    st.integers(min_value=0, max_value=5000),
)
def test_paths_are_told_apart_and_bounded(names: list[str], length: int) -> None:
    """Names that differ only beyond what is shown are numbered as one."""
    element = parse(f"<x>{''.join(f'<{name}/>' for name in names)}</x>")
    paths = paths_inside(element, "p" * length)

    assert len(set(paths)) == len(names)
    assert all(len(path) <= 1000 + LONGEST_NAME + 10 for path in paths)


def test_attributes_are_written_as_people_write_them() -> None:
    """The one prefix that needs no declaration is kept."""
    assert written("{http://www.w3.org/XML/1998/namespace}lang") == "xml:lang"
    assert written("{urn:example:own}colour") == "colour"
    assert written("to") == "to"
