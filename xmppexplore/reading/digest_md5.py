"""DIGEST-MD5, which RFC 6331 made historic: its fields, and its proof computed again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from xmppexplore.reading.sasl_records import Computed, Fault, Field, shortened

__all__ = ["PROOF", "digest_fields", "directives", "looks_like_digest", "recompute"]

PROOF: Final = "server's proof"
"""The kind of the server's last message."""
MAX_DIRECTIVES: Final = 100

_SEVERAL: Final = frozenset({"realm"})  # a challenge may name several (RFC 2831 §2.1.1)
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "challenge": ("nonce", "algorithm"),
    "response": ("username", "nonce", "cnonce", "nc", "digest-uri", "response"),
}
"""Kind of a message -> the directives that it cannot do without (RFC 2831 §2.1.1, §2.1.2)."""

_DIRECTIVE: Final = re.compile(
    r"""[\s,]*+(?P<name>[A-Za-z][A-Za-z0-9\-]*+)\s*+=\s*+"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]*+))\s*+(?=,|\Z)""",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

_FIELDS: Final[Mapping[str, tuple[str, str, str, bool]]] = {
    "realm": ("realm", "Names the collection of accounts that the user name belongs to.",
              "RFC 2831 §2.1.1", False),
    "nonce": ("server nonce", "Is the server's part of what makes this login unlike any other.",
              "RFC 2831 §2.1.1", False),
    "qop": ("quality of protection", "Says what is protected: auth is the login alone.",
            "RFC 2831 §2.1.1", False),
    "stale": ("stale", "Says that the nonce is too old and nothing else is wrong.",
              "RFC 2831 §2.1.1", False),
    "maxbuf": ("buffer size", "Limits what is sent at once under a security layer, in bytes.",
               "RFC 2831 §2.1.1", False),
    "charset": ("character set", "Says that user name and password are UTF-8.",
                "RFC 2831 §2.1.1", False),
    "algorithm": ("algorithm", "Names the hash; only md5-sess is defined.",
                  "RFC 2831 §2.1.1", False),
    "cipher": ("cipher", "Names ciphers for a security layer, all of them weak today.",
               "RFC 2831 §2.1.1", False),
    "username": ("user name", "Names the account that the password belongs to.",
                 "RFC 2831 §2.1.2", False),
    "cnonce": ("client nonce", "Is the client's part of what makes this login unlike any other.",
               "RFC 2831 §2.1.2", False),
    "nc": ("nonce count", "Counts how often the server's nonce was used, in hexadecimal.",
           "RFC 2831 §2.1.2", False),
    "digest-uri": ("service", "Names the service and host that the client means to talk to.",
                   "RFC 2831 §2.1.2", False),
    "response": ("response", "Proves that the client knows the password.",
                 "RFC 2831 §2.1.2.1", True),
    "authzid": ("authorization identity", "Names the account to act for, where it is another.",
                "RFC 2831 §2.1.2", False),
    "rspauth": ("server's proof", "Proves that the server knows the password too.",
                "RFC 2831 §2.1.3", True),
}  # fmt: skip


def directives(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the ``name=value`` pairs of a message, and what is wrong with it or ``""``.

    >>> directives('realm="capulet.example",qop=auth')
    ((('realm', 'capulet.example'), ('qop', 'auth')), '')
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and len(found) < MAX_DIRECTIVES:
        match = _DIRECTIVE.match(text, at)
        if match is None:
            break
        quoted = match["quoted"]
        value = match["bare"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        found.append((match["name"].lower(), value))
        at = match.end()
    if text[at:].strip(" \t\r\n,"):
        return tuple(found), f"At character {at} a name=value is expected (RFC 2831 §7.1)."
    return tuple(found), ""


def looks_like_digest(text: str) -> bool:
    """Tell whether a text is likely a message of this mechanism."""
    names = {name for name, _ in directives(text)[0]}
    return "rspauth" in names or "nonce" in names


def digest_fields(text: str) -> tuple[str, tuple[Field, ...], tuple[str, ...]]:
    """Return what a message is, its fields, and what is wrong with it."""
    pairs, problem = directives(text)
    names = {name for name, _ in pairs}
    kind = "message"
    if "rspauth" in names:
        kind = PROOF
    elif "response" in names or "cnonce" in names:
        kind = "response"
    elif "nonce" in names:
        kind = "challenge"
    fields = []
    for name, value in pairs:
        label, says, section, secret = _FIELDS.get(
            name, ("extension", "Is not known here.", "RFC 2831 §2.1.1", True)
        )
        fields.append(Field(name, label, shortened(value), says, section, secret))
    problems = [problem] if problem else []
    missing = [name for name in _NEEDED.get(kind, ()) if name not in names]
    if missing:
        problems.append(f"It lacks {', '.join(missing)} (RFC 2831 §2.1).")
    every = [name for name, _ in pairs if name in _FIELDS and name not in _SEVERAL]
    if twice := sorted({name for name in every if every.count(name) > 1}):
        problems.append(f"It has {', '.join(twice)} more than once (RFC 2831 §2.1).")
    return kind, tuple(fields), tuple(problems)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _octets(text: str) -> bytes:
    """Names and passwords of Latin-1 letters only are hashed as such (RFC 2831 §2.1.2.1)."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def recompute(
    challenge: str, response: str, proof: str, password: str
) -> tuple[tuple[Computed, ...], tuple[Fault, ...]]:
    """Return the values of the proof, and what the wire says otherwise.

    Args:
        challenge: the server's first message, ``""`` where there was none.
        response: the client's.
        proof: the server's second, ``""`` where it was not seen.
        password: the password.
    """
    asked, said = dict(directives(challenge)[0]), dict(directives(response)[0])
    told = dict(directives(proof)[0]).get("rspauth", "")
    user, realm = said.get("username", ""), said.get("realm", "")
    nonce, cnonce = said.get("nonce", ""), said.get("cnonce", "")
    inner = _md5(b":".join(map(_octets, (user, realm, password))))
    parts = [inner, nonce.encode(), cnonce.encode()]
    if "authzid" in said:
        parts.append(said["authzid"].encode("utf-8", "surrogatepass"))
    session = _md5(b":".join(parts)).hex()
    qop, uri = said.get("qop") or "auth", said.get("digest-uri", "")
    tail = "" if qop == "auth" else ":" + "0" * 32

    def keyed(method: str) -> str:
        action = _md5(f"{method}:{uri}{tail}".encode("utf-8", "surrogatepass")).hex()
        middle = f"{nonce}:{said.get('nc', '')}:{cnonce}:{qop}"
        return _md5(f"{session}:{middle}:{action}".encode("utf-8", "surrogatepass")).hex()

    mine, theirs = keyed("AUTHENTICATE"), keyed("")
    section = "RFC 2831 §2.1.2.1"
    formula = "HEX(KD(HEX(H(A1)), nonce:nc:cnonce:qop:HEX(H(A2))))"
    sent = said.get("response", "")
    computed = (
        Computed("H(A1)", "H(H(username:realm:password):nonce:cnonce)", session, "", None, section),
        Computed("response", formula, mine, shortened(sent), mine == sent, section),
        Computed("rspauth", f"{formula}, A2 without a method", theirs, shortened(told),
                 theirs == told if told else None, "RFC 2831 §2.1.3"),
    )  # fmt: skip
    return computed, tuple(_faults(asked, said, mine == sent, theirs == told if told else None))


def _faults(
    asked: Mapping[str, str], said: Mapping[str, str], proved: bool, server: bool | None
) -> Iterator[Fault]:
    # A later login may answer the nonce of an earlier one at once (RFC 2831 §2.2).
    if asked and asked.get("nonce") != said.get("nonce"):
        yield Fault("nonce not repeated", "The client answers another nonce than the server's.",
                    "RFC 2831 §2.1.2")  # fmt: skip
    if not proved and server:
        yield Fault("proof changed", "The server's proof fits the password, the client's does not.",
                    "RFC 2831 §2.1.2.1")  # fmt: skip
    elif not proved:
        yield Fault("wrong password", "The client's response does not fit this password.",
                    "RFC 2831 §2.1.2.1")  # fmt: skip
    elif server is False:
        yield Fault("forged server", "The server's proof (rspauth) does not fit the password.",
                    "RFC 2831 §2.1.3")  # fmt: skip
