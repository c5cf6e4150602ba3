"""What an explanation is made of: lines, and the parts that they belong to."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MAX_VALUE", "Explained", "Line", "cut"]

MAX_VALUE = 500
"""Characters of a value that a line keeps; the bytes are where they came from."""


class Line(NamedTuple):
    """One thing, and what is known of it.

    Attributes:
        path: names from the outermost element on, ``iq/query/item[2]/@jid``.
        depth: how many elements are around it.
        what: ``element``, ``attribute`` or ``text`` of XML; ``field`` for a part of what a
            text holds; of what is no XML a word of its own (``namespace``, ``document`` ...).
        name: local name; ``xml:lang`` for an attribute of XML itself; ``""`` for a text.
        namespace: its namespace; of an attribute without prefix that of its element.
        spec: number of the document that defines it, ``""`` where that is unknown.
        section: section of the document, ``""`` where it is not described here.
        sure: ``False`` where the section was not compared with the document, or the owner
            is concluded from where the namespace is used.
        status: status of the document.
        says: what it says here, ``""`` where it is not described.
        value: as on the wire, cut where long.
        decoded: what the value means, in words.
        notes: what else there is to say, a sentence each.
        row: row of the recording, -1 for none.
        begins: whether its namespace begins here.
    """

    path: str
    depth: int
    what: str
    name: str
    namespace: str = ""
    spec: str = ""
    section: str = ""
    sure: bool = True
    status: str = ""
    says: str = ""
    value: str = ""
    decoded: str = ""
    notes: tuple[str, ...] = ()
    row: int = -1
    begins: bool = False


class Explained(NamedTuple):
    """The lines of one part: an element, a header, a login message ...

    Attributes:
        lines: in document order.
        more: how many elements are left out at the end, or because they lie too deep.
        problems: what could not be read, a sentence each, with its place.
    """

    lines: tuple[Line, ...]
    more: int = 0
    problems: tuple[str, ...] = ()


def cut(text: str, longest: int = MAX_VALUE) -> str:
    """Return a text, cut where it is long, with the count of what it has.

    >>> cut("abcdef", 3)
    'abc... (6 characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"
