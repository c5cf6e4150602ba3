"""The hash of a person's picture in their presence (XEP-0153).

It is a matter between clients, and what a client says of it stays as it is.  For a client
that says nothing the server says it, as other servers do: else its user would lose the
picture in the eyes of others whenever that client comes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.features import Hook, Host, Module
from xmppexplore.sandbox.markup import split_element
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.wire.element import parse

__all__ = ["MODULE", "photo"]

_UPDATE: Final = names.qualified(names.VCARD_UPDATE, "x")
_PHOTO: Final = names.qualified(names.VCARD, "PHOTO")
_BINVAL: Final = names.qualified(names.VCARD, "BINVAL")


def photo(card: str) -> str:
    """Return the SHA-1 of the picture in a vCard, in hexadecimal; ``""`` without one.

    >>> photo("<vCard xmlns='vcard-temp'><PHOTO><BINVAL>aGk=</BINVAL></PHOTO></vCard>")
    'c22b5f9178342609428d6f51b2c5af4c0bde6a42'
    """
    held = parse(card).find(_PHOTO)
    data = held.find(_BINVAL) if held is not None else None
    if data is None:
        return ""
    try:
        picture = base64.b64decode("".join(data.text.split()), validate=True)
    except (binascii.Error, ValueError):  # what is kept was written by a client
        return ""
    return hashlib.sha1(picture, usedforsecurity=False).hexdigest() if picture else ""


def _known(account: Account) -> str:
    """Return the hash for an account, computed once for each of its cards."""
    card = account.notes.get("vcard", "")
    if not card:
        return ""
    kept = account.notes.get("avatar")
    if kept is None or kept[0] is not card:
        kept = account.notes["avatar"] = (card, photo(card))
    found: str = kept[1]
    return found


def _tell(host: Host, stanza: Stanza) -> bool:
    """Add the hash to presence for all where the client says nothing of it."""
    known = _known(host.accounts[stanza.resource.address.local])
    if known and stanza.element.find(_UPDATE) is None:
        opening, content, closing = split_element(stanza.raw)
        update = f"<x xmlns='{names.VCARD_UPDATE}'><photo>{known}</photo></x>"
        stanza.rewrite(opening + content + update.encode() + closing)
    return False


MODULE: Final = Module(
    name="avatar",
    document="XEP-0153",
    hooks=(Hook("sent", "presence", _tell, types=frozenset({""}), at=frozenset({"own"})),),
)
