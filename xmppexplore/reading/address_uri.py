"""Addresses as URIs: ``xmpp:juliet@capulet.example?message`` (RFC 5122, XEP-0147)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACTIONS", "Uri", "is_uri", "read_uri"]

MAX_PARAMETERS: Final = 100
MAX_LENGTH: Final = 65_536

ACTIONS: Final[Mapping[str, str]] = {
    "message": "write a message",
    "subscribe": "ask to see the presence of the address",
    "unsubscribe": "no longer see the presence of the address",
    "roster": "add the address to the contact list",
    "remove": "remove the address from the contact list",
    "join": "join a room",
    "invite": "join a room, and invite others",
    "disco": "ask what the address offers",
    "command": "run a command there",
    "register": "make an account there",
    "unregister": "give up an account there",
    "probe": "ask for the presence of the address",
    "pubsub": "act on a node there",
    "recvfile": "fetch a file",
    "sendfile": "send a file",
    "vcard": "look at the business card",
    "ibr": "make an account by an invitation",
}
"""Actions that are in use (XEP-0147 and its registry) -> what a client is asked to do."""

_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Uri(NamedTuple):
    """A URI taken apart.

    Attributes:
        address: the address in it, decoded.
        account: with which account to act, ``""`` where it names none.
        action: what is to be done, ``""`` where nothing.
        parameters: name and value of each, decoded, in order.
        fragment: what stands behind ``#``, decoded.
        problems: what is wrong with it as a URI.
    """

    address: str
    account: str
    action: str
    parameters: tuple[tuple[str, str], ...]
    fragment: str
    problems: tuple[str, ...]


def is_uri(text: str) -> bool:
    """Tell whether a text is meant as a URI: no address begins so, with its colon."""
    return text[:5].lower() == "xmpp:"


def read_uri(text: str) -> Uri:
    """Take a URI apart; ``text`` begins with ``xmpp:``.

    >>> uri = read_uri("xmpp:juliet@capulet.example?message;body=Good%20night")
    >>> uri.address, uri.action, uri.parameters
    ('juliet@capulet.example', 'message', (('body', 'Good night'),))
    """
    problems: list[str] = []
    if len(text) > MAX_LENGTH:
        problems.append(f"The URI has more than {MAX_LENGTH:,} characters; the rest is not read.")
        text = text[:MAX_LENGTH]
    if _BAD_PERCENT.search(text):
        problems.append("A percent sign is not followed by two hexadecimal digits (RFC 3986 §2.1).")
    rest, _, fragment = text[5:].partition("#")
    path, _, query = rest.partition("?")
    account = ""
    if path.startswith("//"):
        account, _, path = path[2:].partition("/")
        if not account:
            problems.append("After // an account is named (RFC 5122 §2.3).")
    # Each part is decoded by itself: an escaped / or @ is none that parts (RFC 5122 §2.4).
    node, at, behind = path.partition("@")
    if "/" in node or not at:
        node, at, behind = "", "", path
    host, slash, resource = behind.partition("/")
    parts = [_decoded(one, problems) for one in (node, host, resource)]
    for name, one in zip(("localpart", "domainpart"), parts, strict=False):
        if "/" in one or "@" in one:
            problems.append(f"The {name} holds an escaped / or @ (RFC 5122 §2.7).")
    address = parts[0] + at + parts[1] + slash + parts[2]
    action, *pairs = query.split(";", MAX_PARAMETERS)
    parameters = tuple(
        (_decoded(name, problems), _decoded(value, problems))
        for name, _, value in (pair.partition("=") for pair in pairs[:MAX_PARAMETERS])
        if name
    )
    return Uri(address, _decoded(account, problems), _decoded(action, problems), parameters,
               _decoded(fragment, problems), tuple(dict.fromkeys(problems)))  # fmt: skip


def _decoded(text: str, problems: list[str]) -> str:
    """Undo percent-encoding (RFC 3986 §2.1), of UTF-8."""

    def one(found: re.Match[str]) -> str:
        data = bytes.fromhex(found[0].replace("%", ""))
        try:
            return data.decode()
        except UnicodeDecodeError:
            problems.append("What is percent-encoded is not UTF-8 (RFC 5122 §2.4).")
            return data.decode("utf-8", "replace")

    return _PERCENT.sub(one, text)
