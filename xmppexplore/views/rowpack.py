"""Rows made small for the browser, and the filter that chooses among them.  Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

PREVIEW: Final = 60
"""Characters of an item shown in its row."""
CELL: Final = 80
"""Characters of any other cell; the inspector shows all of it."""

SHARED: Final = ("kind", "direction", "name", "type", "sender", "recipient")
"""Columns whose values repeat, and so travel once per message."""

SEARCHED: Final = ("xml", "name", "namespace", "type", "id", "sender", "recipient", "payload")
"""Columns that a filter's text is sought in."""


def sendable(text: str, limit: int | None = None) -> str:
    """Return text that JSON in UTF-8 can carry, cut to ``limit`` characters.

    A character reference on the wire may name half a surrogate pair, which cannot be encoded;
    it becomes U+FFFD.

    >>> sendable("romeo@capulet.example", 6)
    'romeo…'
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sendable_all(value: Any, limit: int | None = None) -> Any:
    """Return a model whose texts are :func:`sendable`, tuples as lists.

    >>> sendable_all({"steps": ("connected", 1)}, 5)
    {'steps': ['conn…', 1]}
    """
    if isinstance(value, str):
        return sendable(value, limit)
    if isinstance(value, dict):
        return {str(key): sendable_all(one, limit) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [sendable_all(one, limit) for one in value]
    return value


def pack(rows: Sequence[Row]) -> dict[str, Any]:
    """Return rows as arrays plus one table of the strings that repeat in them.

    One array is: row, elapsed, connection, the places in the table of :data:`SHARED`,
    then id, size and preview; ``static/log.js`` reads the same order.
    """
    table: dict[str, int] = {}
    packed = [
        [
            *(row["row"], round(row["elapsed"], 3), row["connection"]),
            *(table.setdefault(sendable(row[name], CELL), len(table)) for name in SHARED),
            *(sendable(row["id"], CELL), row["size"], preview(row)),
        ]
        for row in rows
    ]
    return {"rows": packed, "strings": list(table)}


def preview(row: Row) -> str:
    """Return the beginning of what stands inside a stanza, or of any other item.

    >>> preview({"kind": "iq", "xml": "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"})
    "<ping xmlns='urn:xmpp:ping'/></iq>"
    """
    xml: str = row["xml"]
    inside = xml.find(">") + 1 if row["kind"] in ("message", "presence", "iq") else 0
    begin = inside if inside < len(xml) else 0
    return sendable(xml[begin : begin + PREVIEW + 1], PREVIEW)


def fits(row: Row, wanted: Mapping[str, Any]) -> bool:
    """Say whether a row passes a filter ``{"text", "kinds", "direction"}``.

    ``kinds`` is a list, or ``None`` for all; ``direction`` is ``"in"``, ``"out"`` or ``""``
    for both.  The text is sought without regard to case in the XML that the row carries
    (beyond its cut the row cannot be searched) and in :data:`SEARCHED`, unescaped.
    """
    if wanted["kinds"] is not None and row["kind"] not in wanted["kinds"]:
        return False
    if wanted["direction"] and row["direction"] != wanted["direction"]:
        return False
    text = wanted["text"].casefold()
    return not text or any(text in row[column].casefold() for column in SEARCHED)
