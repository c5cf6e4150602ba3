"""Facts: which document defines a name, and what became of that document.

The tables lie in ``facts/``; a name that is not in them is unknown, and that is said.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Container
from functools import cache
from importlib.resources import files
from typing import Any

from xmppexplore.catalogue.loading import Contents, contents, documents_with_definitions
from xmppexplore.catalogue.records import Document, Identifier, Mechanism, Namespace
from xmppexplore.catalogue.remembered import LONGEST, remembered

__all__ = [
    "document",
    "documents",
    "identifier",
    "mechanism",
    "misspelt",
    "namespace",
    "namespaces",
    "nearest",
    "status",
]


def _table(name: str) -> Any:
    text = files("xmppexplore.catalogue").joinpath("facts", name).read_text("utf-8")
    return json.loads(text)


def _rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a table, their lists as tuples."""
    return [
        {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        for row in _table(name)
    ]


@cache
def documents() -> dict[str, Document]:
    """Return every known document by its number."""
    listed = {row["number"]: Document(**row) for row in _rows("documents.json")}
    return {**listed, **{own.document: _described(own) for own in _unlisted(listed)}}


def _unlisted(listed: Container[str]) -> list[Contents]:
    """Return the definition files of documents that the table does not list.

    So a document that is newer than the table needs its file and nothing else.
    """
    return [
        contents(number) for number in sorted(documents_with_definitions()) if number not in listed
    ]


def _described(own: Contents) -> Document:
    return Document(own.document, own.title or own.document, own.status or "Proposal")


@cache
def namespaces() -> dict[str, Namespace]:
    """Return every known namespace by its URI."""
    listed = {row["uri"]: Namespace(**row) for row in _rows("namespaces.json")}
    numbers = {row["number"] for row in _rows("documents.json")}
    own = {
        uri: Namespace(uri, (found.document,))
        for found in _unlisted(numbers)
        for uri in found.namespaces
        if uri not in listed
    }
    return {**listed, **own}


@cache
def _identifiers() -> dict[str, Identifier]:
    return {row["text"]: Identifier(**row) for row in _table("identifiers.json")}


@cache
def _misspellings() -> dict[str, str]:
    return {row["wrong"]: row["right"] for row in _table("misspellings.json")}


def document(number: str) -> Document | None:
    """Return a document by its number, ``None`` where it is unknown.

    >>> document("XEP-0199").title
    'XMPP Ping'
    """
    return documents().get(number)


def status(number: str) -> str:
    """Return the status of a document, ``""`` where the document is unknown.

    >>> status("XEP-0199"), status("XEP-9999")
    ('Final', '')
    """
    known = document(number)
    return known.status if known is not None else ""


def namespace(uri: str) -> Namespace | None:
    """Return what is known of a namespace, ``None`` where nothing is.

    >>> namespace("urn:xmpp:carbons:1").newest
    'urn:xmpp:carbons:2'
    """
    return namespaces().get(uri)


def identifier(text: str) -> Identifier | None:
    """Return what is known of a feature, form type or node, ``None`` where nothing is.

    >>> identifier("http://jabber.org/protocol/muc#roominfo").document
    'XEP-0045'
    """
    return _identifiers().get(text)


@cache
def _mechanisms() -> dict[str, Mechanism]:
    return {row["name"]: Mechanism(**row) for row in _rows("mechanisms.json")}


def mechanism(name: str) -> Mechanism | None:
    """Return what a SASL mechanism is, with or without ``-PLUS``; ``None`` if unknown.

    >>> mechanism("SCRAM-SHA-1-PLUS").document
    'RFC 5802'
    """
    return _mechanisms().get(name.removesuffix("-PLUS"))


def misspelt(uri: str) -> str:
    """Return the namespace that was meant, ``""`` where this is no known misspelling.

    White space around it, a stroke at the end and capital letters are told as well.

    >>> misspelt("http://etherx.jabber.org/stream")
    'http://etherx.jabber.org/streams'
    >>> misspelt("Jabber:Client")
    'jabber:client'
    """
    if uri in namespaces():
        return ""
    known = _misspellings().get(uri)
    if known is not None:
        return known
    if len(uri) > LONGEST:
        return ""
    return _plainly().get(_plain(uri), "")


@cache
def _plainly() -> dict[str, str]:
    return {_plain(uri): uri for uri in namespaces()}


def _plain(uri: str) -> str:
    return uri.strip().casefold().rstrip("/")


@remembered(1024)  # each costs milliseconds
def nearest(uri: str) -> tuple[str, ...]:
    """Return the known namespaces that an unknown one resembles, three at most, nearest first.

    Args:
        uri: the unknown namespace.

    >>> nearest("urn:xmpp:pingg")[0]
    'urn:xmpp:ping'
    """
    if not uri or len(uri) > LONGEST:
        return ()
    return tuple(difflib.get_close_matches(uri, namespaces(), n=3, cutoff=0.75))
