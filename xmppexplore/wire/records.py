"""The words in which the wire is described: directions, kinds and the item.

An item is one first-level piece of one direction of one connection: a header, a stanza,
a nonza, a byte of white space between them, a footer, or what could not be finished or
read.  The items of a tape, joined, are the tape.
"""

from __future__ import annotations

from typing import Final, NamedTuple

IN: Final = 0
"""Read by us."""
OUT: Final = 1
"""Written by us."""
DIRECTIONS: Final = ("in", "out")

KINDS: Final = (
    "header",
    "message",
    "presence",
    "iq",
    "nonza",
    "whitespace",
    "footer",
    "partial",
    "broken",
)
"""Kinds of items; the code of a kind is its position here."""
HEADER, MESSAGE, PRESENCE, IQ, NONZA, WHITESPACE, FOOTER, PARTIAL, BROKEN = range(len(KINDS))
STANZA_KINDS: Final = frozenset({MESSAGE, PRESENCE, IQ})


class Item(NamedTuple):
    """One first-level piece of a stream (RFC 6120 §4.1).

    Only its end is kept: it starts where the item before it ends.

    Attributes:
        end: byte offset in the tape of its direction, exclusive.
        kind: position in :data:`KINDS`.
        name: local name; ``"stream"`` for header and footer, ``""`` without an element.
        namespace: namespace URI, prefixes resolved.
        type: the ``type`` attribute, unescaped; ``""`` where absent (so below too).
        id: the ``id`` attribute.
        sender: the ``from`` attribute.
        recipient: the ``to`` attribute.
        payload: Clark name of the first child element.
    """

    end: int
    kind: int
    name: str = ""
    namespace: str = ""
    type: str = ""
    id: str = ""
    sender: str = ""
    recipient: str = ""
    payload: str = ""


class Broken(NamedTuple):
    """Where and why a stream can no longer be read.

    Attributes:
        offset: byte offset in the tape of the first byte that is ill-formed or forbidden.
        reason: what is wrong, in words.
        section: the rule, for example ``"RFC 6120 §11.1"``.
    """

    offset: int
    reason: str
    section: str


class Context(NamedTuple):
    """What a stream header declares for everything inside it (RFC 6120 §4.8).

    Attributes:
        default: the default namespace, usually ``jabber:client``; ``""`` where none.
        prefixes: (prefix, URI) pairs, for example ``("stream", "http://etherx...")``.
        lang: the ``xml:lang`` of the header, ``""`` where absent.
    """

    default: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()
    lang: str = ""
