"""The mechanisms other than SCRAM and DIGEST-MD5: where each field of a message stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from xmppexplore.reading.sasl_records import Field, shortened

__all__ = [
    "BEARERS",
    "HT",
    "HT_SECTION",
    "LAYOUTS",
    "Layout",
    "hashed_token",
    "is_utf8",
    "looks_like",
    "readable",
]

_KEY_VALUES: Final = 100  # of one OAUTHBEARER message; real ones have one to three

HT: Final = re.compile(r"HT-(?P<hash>[A-Z0-9]+(?:-[0-9]+)?)-(?P<binding>NONE|ENDP|UNIQ|EXPR)")
"""Name of a hashed token mechanism: its hash, and what it is bound to."""

HT_SECTION: Final = "draft-schmaus-kitten-sasl-ht"
_HT_BINDINGS: Final[Mapping[str, str]] = {
    "NONE": "It is not bound to the TLS connection.",
    "ENDP": "It is bound to the server's certificate (tls-server-end-point).",
    "UNIQ": "It is bound to the TLS handshake (tls-unique).",
    "EXPR": "It is bound to keys exported from TLS (tls-exporter).",
}
_GS2: Final = re.compile(rb"(?:[ny]|p=[A-Za-z0-9.-]+),(?:a=[^,]*)?,")  # else it may be a bare token
BEARERS: Final = frozenset({"OAUTHBEARER", "OAUTH10A"})


class Layout(NamedTuple):
    """A message by its places.

    Attributes:
        kind: what it is.
        says: what it is for.
        section: where it is defined.
        fields: what was found.
        problems: what is wrong with it.
    """

    kind: str
    says: str
    section: str
    fields: tuple[Field, ...]
    problems: tuple[str, ...] = ()


def readable(data: bytes) -> str:
    """Return bytes as text where they are readable, as hexadecimal otherwise."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return shortened(data[:4096].hex())
    is_text = all(character.isprintable() or character == " " for character in text[:4096])
    return shortened(text) if is_text else shortened(data[:4096].hex())


def _plain(data: bytes, _by: str, _mechanism: str) -> Layout:
    section = "RFC 4616 §2"
    says = "Gives name and password as they are: whoever reads it can log in."
    parts = data.split(b"\0", 3)
    problems = []
    if len(parts) != 3:
        found = min(data.count(b"\0"), 99)
        problems.append(
            f"There are two NUL octets in it, between three fields; here are {found} (RFC 4616 §2)."
        )
    names = [
        ("authzid", "authorization identity",
         "Names the account to act for; empty for one's own.", False),
        ("authcid", "user name", "Names the account that the password belongs to.", False),
        ("passwd", "password", "Is the password itself, readable for the server.", True),
    ]  # fmt: skip
    if len(parts) == 2:  # without the first NUL, as some clients err
        names = names[1:]
    fields = []
    for (name, label, meaning, secret), part in zip(names, parts, strict=False):
        if name != "authzid" and not part:
            problems.append(f"The field {name} is empty (RFC 4616 §2).")
        fields.append(
            Field(name, label, readable(part), meaning, section, secret or len(parts) != 3)
        )
    if not is_utf8(data):
        problems.append("It is not UTF-8 (RFC 4616 §2).")
    return Layout("PLAIN message", says, section, tuple(fields), tuple(problems))


def is_utf8(data: bytes) -> bool:
    """Whether bytes are text in UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _external(data: bytes, _by: str, _mechanism: str) -> Layout:
    section = "RFC 4422 appendix A"
    says = "Rests on proof from outside: the client's certificate, which TLS has checked."
    meaning = "Names the account to act for; empty for that of the certificate."
    field = Field("authzid", "authorization identity", readable(data), meaning, section)
    problems = ("It holds a NUL octet.",) if b"\0" in data else ()
    return Layout("EXTERNAL message", says, section, (field,), problems)


def _anonymous(data: bytes, _by: str, _mechanism: str) -> Layout:
    section = "RFC 4505 §2"
    meaning = "Is a word that the server may keep to tell guests apart; it proves nothing."
    field = Field("trace", "trace", readable(data), meaning, section)
    problems: tuple[str, ...] = ()
    if len(data.decode("utf-8", "replace")) > 255:
        problems = ("The trace is longer than 255 characters (RFC 4505 §2).",)
    says = "Asks to be let in as a guest, without an account."
    return Layout("ANONYMOUS message", says, section, (field,) if data else (), problems)


def _login(data: bytes, by: str, _mechanism: str) -> Layout:
    section = "draft-murchison-sasl-login"
    if by == "server":
        field = Field("prompt", "prompt", readable(data),
                      "Asks for the name first and then for the password.", section)  # fmt: skip
        return Layout("LOGIN prompt", "Asks for the next field.", section, (field,))
    meaning = "Is the user name first and the password then, each in a message of its own."
    field = Field("answer", "name or password", readable(data), meaning, section, secret=True)
    says = "Gives name and password as they are, without any protection."
    return Layout("LOGIN answer", says, section, (field,))


def _oauth2(data: bytes, _by: str, _mechanism: str) -> Layout:
    section = "X-OAUTH2 (no standard)"
    parts = data.split(b"\0", 3)
    problems: tuple[str, ...] = ()
    if len(parts) != 3 or parts[0]:
        problems = ("It is NUL, user name, NUL, token.",)
    named = parts[1:] if len(parts) > 1 else parts
    names = (
        ("user", "user name", "Names the account.", False),
        ("token", "access token", "Stands for the password while it is valid.", True),
    )
    fields = tuple(
        Field(name, label, readable(part), says, section, secret or bool(problems))
        for (name, label, says, secret), part in zip(names, named, strict=False)
    )
    says = "Logs in with a token that another service gave."
    return Layout("X-OAUTH2 message", says, section, fields, problems)


def _bearer(data: bytes, by: str, mechanism: str) -> Layout:
    section = "RFC 7628 §3.1"
    says = "Logs in with a token that another service gave."
    if by == "server" or data[:1] == b"{":
        field = Field("error", "error", readable(data),
                      "Says in JSON why the token is not taken.", "RFC 7628 §3.2.2")  # fmt: skip
        return Layout(f"{mechanism} error", "Refuses the token.", "RFC 7628 §3.2.2", (field,))
    if data == b"\x01":
        return Layout(f"{mechanism} abort", "Acknowledges the error.", "RFC 7628 §3.2.3", ())
    header, *pairs = data.split(b"\x01", _KEY_VALUES)
    problems = []
    if not data.endswith(b"\x01\x01"):
        problems.append("It ends with two octets 0x01 (RFC 7628 §3.1).")
    fields = [Field("gs2-header", "GS2 header", readable(header),
                    "Says whether the login is bound to TLS, and for whom it is.",
                    "RFC 5801 §4", _GS2.fullmatch(header) is None)]  # fmt: skip
    for pair in filter(None, pairs):
        key, _, value = pair.partition(b"=")
        name = readable(key)[:40]
        meaning = {
            b"auth": "Holds the token, after the word Bearer.",
            b"host": "Names the server that the client means.",
            b"port": "Names the port that the client means.",
        }.get(key, "Is a field that is not known here.")
        fields.append(Field(name, name, readable(value), meaning, section, key not in (b"host",
                            b"port")))  # fmt: skip
    return Layout(f"{mechanism} message", says, section, tuple(fields), tuple(problems))


def hashed_token(mechanism: str) -> tuple[str, str, int]:
    """Return hash (for hashlib), binding and length in bytes of an HT mechanism's proof.

    ``("", "", 0)`` where it is none that is known.
    """
    found = HT.fullmatch(mechanism)
    if found is None:
        return "", "", 0
    names = {
        "SHA-1": ("sha1", 20), "SHA-224": ("sha224", 28), "SHA-256": ("sha256", 32),
        "SHA-384": ("sha384", 48), "SHA-512": ("sha512", 64), "SHA3-256": ("sha3_256", 32),
        "SHA3-512": ("sha3_512", 64),
    }  # fmt: skip
    name, length = names.get(found["hash"], ("", 0))
    return name, found["binding"], length


def _hashed(data: bytes, by: str, mechanism: str) -> Layout:
    _, binding, length = hashed_token(mechanism)
    bound = _HT_BINDINGS.get(binding, "")
    problems = []
    name, nul, proof = data.partition(b"\0")
    if by == "server" or not nul:
        proof, fields = data, []
        kind, says = f"{mechanism} answer", "Proves that the server knows the token too."
        label, meaning = "responder's hash", 'Is HMAC(token, "Responder" and the binding data).'
        if by == "client":
            problems.append("It is the user name, a NUL octet and the hash.")
    else:
        kind = f"{mechanism} message"
        says = f"Proves that the client has a token of an earlier login. {bound}".strip()
        label, meaning = "initiator's hash", 'Is HMAC(token, "Initiator" and the binding data).'
        fields = [Field("authcid", "user name", readable(name), "Names the account.", HT_SECTION)]
        if not name:
            problems.append("The user name is empty.")
    if length and len(proof) != length:
        problems.append(f"The hash has {len(proof)} bytes; of this mechanism it has {length}.")
    fields.append(Field("hashed-token", label, shortened(proof[:4096].hex()), meaning,
                        HT_SECTION, secret=True))  # fmt: skip
    return Layout(kind, says, HT_SECTION, tuple(fields), tuple(problems))


LAYOUTS: Final[Mapping[str, Callable[[bytes, str, str], Layout]]] = {
    "PLAIN": _plain,
    "EXTERNAL": _external,
    "ANONYMOUS": _anonymous,
    "LOGIN": _login,
    "X-OAUTH2": _oauth2,
    "OAUTHBEARER": _bearer,
    "OAUTH10A": _bearer,
    "HT": _hashed,
}
"""Mechanism (``"HT"`` for all of its family) -> what lays a message of it open."""


def looks_like(data: bytes) -> str:
    """Return the mechanism that a message is likely of, ``""`` where nothing tells."""
    parts = data.split(b"\0", 3)
    if len(parts) == 3 and parts[1] and parts[2] and is_utf8(data):
        return "PLAIN"
    if b"\x01auth=" in data[:2000]:
        return "OAUTHBEARER"
    return ""
