"""SCRAM messages taken apart, by the grammar of RFC 5802 §7, forgiving what is wrong.

A reader, not a party: what departs from the grammar is named, and the rest is still told.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.reading.sasl_records import Field, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ERRORS",
    "FIRST",
    "HASHES",
    "KINDS",
    "MIN_ITERATIONS",
    "Scram",
    "decoded",
    "hash_of",
    "read_scram",
    "scram_fields",
    "scram_kind",
]

HASHES: Final[Mapping[str, str]] = {
    "SCRAM-SHA-1": "sha1",  # RFC 5802 §4
    "SCRAM-SHA-224": "sha224",
    "SCRAM-SHA-256": "sha256",  # RFC 7677
    "SCRAM-SHA-384": "sha384",
    "SCRAM-SHA-512": "sha512",
    "SCRAM-SHA3-512": "sha3_512",
}
"""Mechanism without ``-PLUS`` -> name of its hash for :mod:`hashlib`."""

MIN_ITERATIONS: Final = 4096  # RFC 7677 §4; RFC 5802 §5.1 for SHA-1
MAX_ATTRIBUTES: Final = 100  # of one message; real ones have three to five

FIRST, FINAL = "client-first-message", "client-final-message"
CHALLENGE, PROVED = "server-first-message", "server-final-message"

KINDS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    FIRST: ("client", "Says who wants to log in, and gives the client's half of the nonce.",
            ("n", "r")),
    CHALLENGE: ("server", "Completes the nonce, and says how the password was salted and hashed.",
                ("r", "s", "i")),
    FINAL: ("client", "Proves that the client knows the password, without sending it.",
            ("c", "r", "p")),
    PROVED: ("server", "Proves that the server knows the password too, or says what failed.", ()),
}  # fmt: skip
"""Message -> who says it, what for, and the attributes that it begins (or ends) with."""

ERRORS: Final[Mapping[str, str]] = {
    "invalid-encoding": "a message was not as the grammar wants it",
    "extensions-not-supported": "the server does not know an extension that it must understand",
    "invalid-proof": "the client's proof is wrong: wrong password, or a changed message",
    "channel-bindings-dont-match": "the two ends see different TLS connections",
    "server-does-support-channel-binding": "the client was told otherwise: its list was changed",
    "channel-binding-not-supported": "the server cannot bind to the TLS connection",
    "unsupported-channel-binding-type": "the server knows no channel binding of this type",
    "unknown-user": "there is no such account",
    "invalid-username-encoding": "the name is not UTF-8, or SASLprep forbids it",
    "no-resources": "the server cannot log anybody in at the moment",
    "other-error": "something else failed",
}
"""Values of ``e`` (RFC 5802 §7) -> what they mean."""

_NONCE: Final = re.compile(r"[!-+\--~]+")  # printable ASCII without the comma
_SASLNAME: Final = re.compile(r"(?:[^=,\0]|=2C|=3D)+")
_POSITIVE: Final = re.compile(r"[1-9][0-9]{0,18}")
_BINDING_NAME: Final = re.compile(r"[A-Za-z0-9.\-]+")
_GS2: Final = re.compile(r"(?P<flag>[^,]*),(?P<authzid>[^,]*),")
_LOOKS_FIRST: Final = re.compile(r"(?:[ny]|p=[^,]*),(?:a=[^,]*)?,[a-zA-Z]=")


class Scram(NamedTuple):
    """A message taken apart.

    Attributes:
        kind: one of :data:`KINDS`, ``""`` where it is none.
        text: all of it.
        gs2: of a client's first message, the header up to its second comma.
        flag: ``"n"``, ``"y"`` or ``"p"`` in that header.
        binding: the type of channel binding after ``p=``.
        authzid: whom the client wants to act for; escapes undone.
        bare: what of it goes into the AuthMessage.
        attributes: ``(name, value)`` in order.
        problems: what departs from the grammar.
    """

    kind: str
    text: str
    gs2: str
    flag: str
    binding: str
    authzid: str
    bare: str
    attributes: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]

    def get(self, name: str) -> str:
        """Return the first value of an attribute, ``""`` where it is not there."""
        return next((value for key, value in self.attributes if key == name), "")


def hash_of(mechanism: str) -> str:
    """Return the hash of a mechanism by its name for hashlib, ``""`` where unknown."""
    return HASHES.get(mechanism.upper().removesuffix("-PLUS"), "")


def decoded(text: str) -> bytes | None:
    """Return the bytes of base64, ``None`` where it is not (RFC 4648 §4)."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def scram_kind(text: str, by: str = "") -> str:
    """Return which of the four messages a text is, ``""`` where none.

    Args:
        text: the message.
        by: ``"client"`` or ``"server"`` where that is known.
    """
    start = text[:2]
    if by != "server" and start == "c=":
        return FINAL
    if by != "client" and start in ("v=", "e="):
        return PROVED
    if by != "client" and (start == "r=" or (start == "m=" and ",r=" in text[:1000])):
        return CHALLENGE
    if by != "server" and (_LOOKS_FIRST.match(text) or (by and _GS2.match(text))):
        return FIRST
    return ""


def read_scram(text: str, kind: str) -> Scram:
    """Take a message apart.

    Args:
        text: the message.
        kind: one of :data:`KINDS`.
    """
    problems: list[str] = []
    gs2 = flag = binding = authzid = ""
    bare = text
    if kind == FIRST:
        found = _GS2.match(text)
        if found is None:
            problems.append(
                "The message has no GS2 header: it begins with n, y or p=, a comma, perhaps a=, "
                "and a second comma (RFC 5802 §7)."
            )
        else:
            gs2, bare = found[0], text[found.end() :]
            flag, binding = _flag(found["flag"], problems)
            authzid = _authzid(found["authzid"], problems)
    attributes = _attributes(bare, len(gs2), problems)
    _check_order(attributes, kind, problems)
    for name, value in attributes:
        problem = _wrong(name, value, kind)
        if problem:
            problems.append(problem)
    if kind == FINAL:
        bare = bare.rpartition(",p=")[0] or bare
    return Scram(kind, text, gs2, flag, binding, authzid, bare, attributes, tuple(problems))


def _flag(text: str, problems: list[str]) -> tuple[str, str]:
    """Read the first field of the GS2 header (RFC 5802 §7)."""
    if text in ("n", "y"):
        return text, ""
    if text.startswith("p="):
        if not _BINDING_NAME.fullmatch(text[2:]):
            problems.append("The name after p= is no name of a channel binding (RFC 5802 §7).")
        return "p", text[2:]
    problems.append("The message begins with neither n, y nor p= (RFC 5802 §7).")
    return "", ""


def _authzid(text: str, problems: list[str]) -> str:
    if not text:
        return ""
    if not text.startswith("a="):
        problems.append("Between the first two commas only a= may stand (RFC 5802 §7).")
        return ""
    if not _SASLNAME.fullmatch(text[2:]):
        problems.append(_BAD_NAME.format("a"))
    return _unescaped(text[2:])


_BAD_NAME: Final = (
    "In {}= an equals sign is written =3D and a comma =2C, and it may not be empty (RFC 5802 §5.1)."
)


def _unescaped(text: str) -> str:
    return text.replace("=2C", ",").replace("=3D", "=")


def _attributes(text: str, offset: int, problems: list[str]) -> tuple[tuple[str, str], ...]:
    """Cut ``x=value`` at the commas."""
    found: list[tuple[str, str]] = []
    for part in text.split(",", MAX_ATTRIBUTES)[:MAX_ATTRIBUTES]:
        if len(part) >= 2 and part[1] == "=" and part[0].isascii() and part[0].isalpha():
            found.append((part[0], part[2:]))
        else:
            problems.append(
                f"At character {offset} a letter and an equals sign are expected (RFC 5802 §5.1)."
            )
        offset += len(part) + 1
    if text.count(",") >= MAX_ATTRIBUTES:
        problems.append(f"It has more than {MAX_ATTRIBUTES} attributes; the rest is not read.")
    return tuple(found)


def _check_order(attributes: tuple[tuple[str, str], ...], kind: str, problems: list[str]) -> None:
    """The order is fixed; what may come more stands behind it, or before the proof (§7)."""
    names = [name for name, _ in attributes]
    if "m" in names:
        problems.append(
            "It has m=, an extension that must be understood; none is defined (RFC 5802 §5.1)."
        )
        names.remove("m")
    wanted = list(KINDS[kind][2])
    if kind == PROVED:
        if names[:1] not in (["v"], ["e"]):
            problems.append("It begins with neither v= nor e= (RFC 5802 §7).")
        if {"v", "e"} <= set(names):
            problems.append("It has both v= and e=: a proof and a refusal (RFC 5802 §7).")
        wanted = names[:1]
    missing = [name for name in wanted if name not in names]
    if missing:
        listed = ", ".join(f"{name}=" for name in missing)
        problems.append(f"It lacks {listed} (RFC 5802 §7).")
    elif kind == FINAL and (names[:2] != wanted[:2] or names[-1] != "p"):
        problems.append("It begins with c= and r= and ends with p= (RFC 5802 §7).")
    elif kind != FINAL and names[: len(wanted)] != wanted:
        listed = ", ".join(f"{name}=" for name in wanted)
        problems.append(f"Its attributes begin with {listed} in this order (RFC 5802 §7).")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"It has {', '.join(f'{name}=' for name in twice)} more than once.")


def _wrong(name: str, value: str, kind: str) -> str:
    """Return what is wrong with one value, ``""`` where nothing is."""
    if name == "n" and kind == FIRST and not _SASLNAME.fullmatch(value):
        return _BAD_NAME.format("n")
    if name == "r" and not _NONCE.fullmatch(value):
        return "The nonce is printable ASCII without commas, and not empty (RFC 5802 §5.1)."
    if name == "i" and kind == CHALLENGE and not _POSITIVE.fullmatch(value):
        return "i= is a positive number without leading zeros (RFC 5802 §7)."
    wants = {CHALLENGE: "s", FINAL: "cp", PROVED: "v"}.get(kind, "")
    if name in wants and not (data := decoded(value)):
        return f"{name}= is base64, and not empty (RFC 5802 §5.1)."
    if name in wants and data and base64.b64encode(data).decode() != value:
        return f"The last character of {name}= holds bits that say nothing (RFC 4648 §3.5)."
    if name == "e" and kind == PROVED and value not in ERRORS:
        return "e= has a value that RFC 5802 §7 does not list."
    if not value or "\0" in value:
        return f"The value of {name}= is empty or holds a NUL character (RFC 5802 §7)."
    return ""


# ---- fields for showing

_LABELS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    (FIRST, "n"): ("user name", "Names the account that the password belongs to."),
    (FIRST, "r"): (
        "client nonce", "Is the client's part of what makes this login unlike any other.",
    ),
    (CHALLENGE, "s"): (
        "salt", "Is mixed into the password, so that equal passwords are stored differently.",
    ),
    (CHALLENGE, "i"): (
        "iteration count", "Says how often the password is hashed, to make guessing slow.",
    ),
    (CHALLENGE, "h"): (
        "downgrade protection", "Is the hash of what the server really offered.",
    ),
    (FINAL, "p"): (
        "client proof", "Proves that the client knows the password: ClientKey XOR ClientSignature.",
    ),
    (PROVED, "v"): ("server signature", "Proves that the server knows the password too."),
}  # fmt: skip

_SECRET: Final = frozenset({(FINAL, "p"), (PROVED, "v")})

BINDINGS: Final[Mapping[str, tuple[str, str]]] = {
    "tls-unique": ("the first Finished message of the TLS handshake", "RFC 5929 §3"),
    "tls-server-end-point": ("the hash of the server's certificate", "RFC 5929 §4"),
    "tls-exporter": ("keying material that both ends export from TLS", "RFC 9266 §2"),
}
"""Type of channel binding -> what its data is, and where that is defined."""


def scram_fields(message: Scram, nonce: str = "") -> tuple[Field, ...]:
    """Return the fields of a message.

    Args:
        message: the message.
        nonce: the client's part of the nonce, where it is known.
    """
    fields = _gs2_fields(message, "") if message.kind == FIRST else []
    for name, value in message.attributes:
        fields += _fields(message.kind, name, value, nonce)
    return tuple(fields)


def _gs2_fields(message: Scram, inside: str) -> list[Field]:
    meaning = {
        "n": "The client cannot bind the login to the TLS connection.",
        "y": "The client could bind to the TLS connection, but believes the server cannot.",
        "p": "The client binds the login to the TLS connection.",
        "": "Is none of the three flags that there are.",
    }[message.flag]
    fields = [Field(f"{inside}gs2-cbind-flag", "channel binding flag", message.flag, meaning,
                    "RFC 5802 §6")]  # fmt: skip
    if message.flag == "p":
        what, section = BINDINGS.get(message.binding, ("data of a type not known here", ""))
        fields.append(Field(f"{inside}cb-name", "type of channel binding",
                            shortened(message.binding), f"The login is bound to {what}.",
                            section or "RFC 5802 §6"))  # fmt: skip
    if message.authzid:
        fields.append(Field(f"{inside}a", "authorization identity", shortened(message.authzid),
                            "Names the account to act for, where it is another.",
                            "RFC 5802 §5.1"))  # fmt: skip
    return fields


def _fields(kind: str, name: str, value: str, nonce: str) -> list[Field]:
    section = "RFC 5802 §5.1"
    if name == "r" and kind in (CHALLENGE, FINAL):
        return _nonce_fields(value, nonce, kind)
    if name == "c" and kind == FINAL:
        return _binding_fields(value)
    if name == "e" and kind == PROVED:
        meaning = ERRORS.get(value, "the document does not list this value")
        says = f"The login failed: {meaning}."
        return [Field("e", "error", shortened(value), says, "RFC 5802 §7")]
    if name == "m":
        says = "Must be understood by who reads it; nothing is defined for it."
        return [Field("m", "mandatory extension", shortened(value), says, section, secret=True)]
    label, says = _LABELS.get(
        (kind, name), ("extension", "Is an extension that is not known here; it may be ignored.")
    )
    shown = value
    if name == "n":
        shown = _unescaped(value)
    elif (kind, name) == (CHALLENGE, "h"):
        section = "XEP-0474 §6.1"
    elif name == "s" and (salt := decoded(value)):
        says += f" Its base64 is that of {len(salt)} bytes."
    secret = (kind, name) in _SECRET or label == "extension"
    return [Field(name, label, shortened(shown), says, section, secret)]


def _nonce_fields(value: str, nonce: str, kind: str) -> list[Field]:
    section = "RFC 5802 §5.1"
    repeats = "Repeats the whole nonce." if kind == FINAL else "Completes the nonce."
    fields = [Field("r", "nonce", shortened(value), repeats, section)]
    if nonce and value.startswith(nonce):
        fields += [
            Field("r (client)", "client's part", shortened(nonce),
                  "Is what the client's first message began with.", section),
            Field("r (server)", "server's part", shortened(value[len(nonce) :]),
                  "Is what the server added.", section),
        ]  # fmt: skip
    return fields


def _binding_fields(value: str) -> list[Field]:
    """Lay ``c`` open: the GS2 header once more, and the data of the channel binding."""
    data = decoded(value)
    says = "Repeats the GS2 header, followed by the channel binding data where it is bound."
    fields = [Field("c", "channel binding", shortened(value), says, "RFC 5802 §5.1")]
    if data is None:
        return fields
    text = data.decode("latin-1")
    found = _GS2.match(text)
    if found is None:
        return fields
    flag, binding = _flag(found["flag"], [])
    header = Scram("", "", found[0], flag, binding, _authzid(found["authzid"], []), "", (), ())
    fields += _gs2_fields(header, "c: ")
    bound = data[found.end() :]
    if bound:
        what, section = BINDINGS.get(binding, ("data of a type that is not known here", ""))
        fields.append(Field("c: cbind-data", "channel binding data", shortened(bound.hex()),
                            f"Is {what}, {len(bound)} bytes.",
                            section or "RFC 5802 §6"))  # fmt: skip
    return fields
