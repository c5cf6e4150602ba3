"""Paths of elements, as objections and explanations write them: ``iq/query/item[2]/@jid``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppexplore.names import XML, split_qualified

if TYPE_CHECKING:
    from xmppexplore.wire.element import Element

__all__ = ["LONGEST_NAME", "paths_inside", "written"]

LONGEST_NAME: Final = 100
"""Characters of a name that a path shows: a name may be a megabyte, and stands in all below it."""
LONGEST_PATH: Final = 1000
"""Characters of a path; one that is longer loses its middle."""
_BEGINNING: Final = 100
_END: Final = 500


def written(name: str) -> str:
    """Return an attribute's name as people write it.

    >>> written("{http://www.w3.org/XML/1998/namespace}lang")
    'xml:lang'
    """
    namespace, local = split_qualified(name)
    return f"xml:{local}" if namespace == XML else local


def paths_inside(element: Element, path: str) -> list[str]:
    """Return the paths of the children of an element; those of one name are numbered from 1.

    Args:
        element: the element.
        path: its own path.
    """
    names = [child.name[:LONGEST_NAME] for child in element.children]
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    if len(path) > LONGEST_PATH:
        path = f"{path[:_BEGINNING]}/.../{path[-_END:]}"
    seen: dict[str, int] = {}
    paths = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        number = f"[{seen[name]}]" if counts[name] > 1 else ""
        paths.append(f"{path}/{name}{number}")
    return paths
