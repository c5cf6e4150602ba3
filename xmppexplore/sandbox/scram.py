"""SCRAM, server side (RFC 5802, RFC 7677), with channel binding (RFC 5929).

The server's first message holds the hash of what was offered, by which a client notices a
list that was made shorter on its way (XEP-0474).

The messages are read by the grammar of RFC 5802 §7.  The error values of that grammar
(``e=``) never reach a client of XMPP: a failure has a condition of RFC 6120 §6.5 instead.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final, NamedTuple

from xmppexplore.sandbox.credentials import HASHES, PLUS, Stored
from xmppexplore.sandbox.sasl import (
    Directory,
    Exchange,
    Secured,
    check_authzid,
    proved,
    readable,
    refused,
)

__all__ = ["scram"]

_NONCE: Final = r"[!-+\--~]++"  # printable ASCII without the comma
_MORE: Final = r"(?:,[A-Za-z]=[^\0,]++)*?"
_FIRST: Final = re.compile(
    rf"(?P<gs2>(?P<flag>n|y|p=(?P<type>[A-Za-z0-9.\-]++)),(?:a=(?P<authzid>[^\0,]++))?,)"
    rf"(?P<bare>(?P<must>m=[^\0,]++,)?n=(?P<name>[^\0,]++),r=(?P<nonce>{_NONCE})(?P<more>{_MORE}))"
)
_FINAL: Final = re.compile(
    rf"(?P<unproved>c=(?P<binding>[A-Za-z0-9+/=]++),r=(?P<nonce>{_NONCE})(?P<more>{_MORE}))"
    r",p=(?P<proof>[A-Za-z0-9+/=]++)"
)
_ESCAPES: Final = re.compile("=(2C|3D)?")
_UNKNOWN_EXTENSION: Final = "extensions that must be understood are not known"


class _First(NamedTuple):
    """A client's first message, taken apart."""

    gs2: str
    flag: str
    type: str
    authzid: str
    bare: str
    name: str
    nonce: str


def scram(directory: Directory, secured: Secured, mechanism: str) -> Exchange:
    """Take a client's first and final message (RFC 5802 §5).

    Args:
        directory: where the account is looked up.
        secured: the TLS connection that a ``-PLUS`` mechanism binds to.
        mechanism: one of :data:`~xmppexplore.sandbox.credentials.HASHES`, perhaps with
            :data:`~xmppexplore.sandbox.credentials.PLUS`.
    """
    plain_name = mechanism.removesuffix(PLUS)
    hash_name = HASHES[plain_name]
    first = _read_first(readable((yield None)))
    bound = _binding(first, secured, plus=mechanism != plain_name)
    stored = directory.stored(plain_name, first.name)
    nonce = first.nonce + directory.tokens()
    salt = base64.b64encode(stored.salt).decode("ascii")
    challenge = f"r={nonce},s={salt},i={stored.iterations}{_offer_hash(secured, hash_name)}"
    final = _FINAL.fullmatch(readable((yield challenge.encode())))
    if final is None:
        raise refused("malformed-request", "not a client-final-message of RFC 5802 §7")
    if ",m=" in final["more"]:
        raise refused("malformed-request", _UNKNOWN_EXTENSION)
    if not _same(_bytes(final["binding"]), first.gs2.encode() + bound):
        raise refused("not-authorized", "the channel binding is not that of this connection")
    if not _same(final["nonce"].encode(), nonce.encode()):
        raise refused("not-authorized", "the nonce is not that of this exchange")
    whole = f"{first.bare},{challenge},{final['unproved']}".encode()
    account = directory.account(first.name)
    if not _proves(_bytes(final["proof"]), whole, stored, hash_name) or account is None:
        raise refused("not-authorized")
    check_authzid(first.authzid, account.address)
    signature = base64.b64encode(hmac.digest(stored.server_key, whole, hash_name))
    return proved(account, b"v=" + signature)


def _offer_hash(secured: Secured, hash_name: str) -> str:
    """Return the attribute with the hash of the offer, ``""`` where there was none (XEP-0474 §6.1).

    Kinds of channel binding belong to it only where they were offered (XEP-0440).
    """
    if not secured.offered:
        return ""
    lists = [secured.offered]
    if any(name.endswith(PLUS) for name in secured.offered):
        lists.append(tuple(secured.bindings))
    # Sorted by octets, which for these names is the order of Python's own.
    text = "\x1f".join("\x1e".join(sorted(names)) for names in lists)
    digest = hashlib.new(hash_name, text.encode()).digest()
    return f",h={base64.b64encode(digest).decode('ascii')}"


def _read_first(message: str) -> _First:
    """Take a client's first message apart (RFC 5802 §7)."""
    found = _FIRST.fullmatch(message)
    if found is None:
        raise refused("malformed-request", "not a client-first-message of RFC 5802 §7")
    if found["must"] or ",m=" in found["more"]:
        raise refused("malformed-request", _UNKNOWN_EXTENSION)
    return _First(
        found["gs2"],
        found["flag"][0],
        found["type"] or "",
        _unescape(found["authzid"] or ""),
        found["bare"],
        _unescape(found["name"]),
        found["nonce"],
    )


def _binding(first: _First, secured: Secured, *, plus: bool) -> bytes:
    """Return the channel-binding data that the client has to repeat (RFC 5802 §6)."""
    if plus != (first.flag == "p"):
        words = "a -PLUS mechanism goes with p=, any other one with n or y"
        raise refused("malformed-request", words)
    if first.flag == "y" and secured.bindings:
        # It can bind and believes that we cannot, though we offered it: somebody in
        # between has taken the -PLUS mechanisms out of the features.
        raise refused("not-authorized", "channel binding was offered; it did not reach you")
    if not plus:
        return b""
    if first.type not in secured.bindings:
        words = f"the channel binding is one of {', '.join(secured.bindings)}"
        raise refused("malformed-request", words)
    return secured.bindings[first.type]


def _proves(proof: bytes, whole: bytes, stored: Stored, hash_name: str) -> bool:
    """Tell whether the proof is of who knows the password (RFC 5802 §3)."""
    signature = hmac.digest(stored.stored_key, whole, hash_name)
    if len(proof) != len(signature):
        return False
    key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
    return _same(hashlib.new(hash_name, key).digest(), stored.stored_key)


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise refused("malformed-request", "an attribute is not base64") from error


def _unescape(saslname: str) -> str:
    """Undo the two escapes of a name; any other is malformed (RFC 5802 §5.1)."""

    def one(escape: re.Match[str]) -> str:
        if escape[1] is None:
            raise refused("malformed-request", "'=' stands in names as =3D, ',' as =2C")
        return "," if escape[1] == "2C" else "="

    return _ESCAPES.sub(one, saslname)
