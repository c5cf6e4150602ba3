"""SCRAM computed again, and what in a login does not fit together (RFC 5802 §3, §5, §6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.reading.sasl_records import Computed, Fault, shortened
from xmppexplore.reading.saslprep import saslprep
from xmppexplore.reading.scram import (
    CHALLENGE,
    ERRORS,
    FINAL,
    FIRST,
    MIN_ITERATIONS,
    PROVED,
    Scram,
    decoded,
    hash_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_ITERATIONS",
    "Scrammed",
    "compute",
    "contradictions",
    "downgrade_hash",
    "offer_hash",
]

MAX_ITERATIONS: Final = 1_000_000
"""More are not computed: whoever sends the number would decide how long it takes."""

_LENGTHS: Final = {"tls-exporter": (32,), "tls-server-end-point": (28, 32, 48, 64)}
"""Bytes that the data of a channel binding has (RFC 9266 §2; RFC 5929 §4.1, a hash)."""


class Scrammed(NamedTuple):
    """One SCRAM login, as far as it came.

    Attributes:
        mechanism: its name.
        messages: the messages by their kind; absent where not seen.
        outcome: see :class:`~xmppexplore.reading.sasl_records.Attempt`.
        offered: mechanisms of the server, ``None`` where not seen.
        bindings: types of channel binding that it offered, ``None`` where it said nothing.
        tls: version of TLS where it is known, for example ``"TLSv1.3"``.
    """

    mechanism: str
    messages: Mapping[str, Scram]
    outcome: str
    offered: tuple[str, ...] | None = None
    bindings: tuple[str, ...] | None = None
    tls: str = ""


def downgrade_hash(
    mechanism: str, offered: tuple[str, ...], bindings: tuple[str, ...] | None
) -> str:
    """Return the hash of an offer, in base64 (XEP-0474 §6.1, "h").

    Args:
        mechanism: the SCRAM mechanism, whose hash is used.
        offered: mechanisms of the server.
        bindings: its types of channel binding, ``None`` where it did not say any.
    """
    text = "\x1e".join(sorted(offered, key=str.encode))
    if bindings is not None:
        text += "\x1f" + "\x1e".join(sorted(bindings, key=str.encode))
    digest = hashlib.new(hash_of(mechanism) or "sha1", text.encode("utf-8", "surrogatepass"))
    return base64.b64encode(digest.digest()).decode()


def offer_hash(login: Scrammed) -> bool | None:
    """Whether the server's hash of its offer fits the offer that was seen (XEP-0474 §6.2).

    ``None`` where it sent none, where the offer was not seen, or the hash is not known here.
    Until the proofs are checked too, whoever changed the one may have changed the other.
    """
    challenge = login.messages.get(CHALLENGE)
    told = challenge.get("h") if challenge is not None else ""
    if not told or login.offered is None or not hash_of(login.mechanism):
        return None
    return told == downgrade_hash(login.mechanism, login.offered, login.bindings)


# ---- what shows without the password


def contradictions(login: Scrammed) -> Iterator[Fault]:
    """Yield what does not fit together, in the order in which it was said."""
    for kind, check in (
        (FIRST, _first), (CHALLENGE, _challenge), (FINAL, _final), (PROVED, _proved),
    ):  # fmt: skip
        message = login.messages.get(kind)
        if message is None:
            continue
        for problem in message.problems:
            yield Fault("malformed message", f"SCRAM {kind}: {problem}", "RFC 5802 §7")
        yield from check(login, message)
    if login.outcome in ("success", "continue") and PROVED not in login.messages:
        yield Fault(
            "server not proved",
            "The server said success without its signature (v=): it did not prove that it knows "
            "the password, and the client must not go on.",
            "RFC 5802 §5",
        )


def _first(login: Scrammed, first: Scram) -> Iterator[Fault]:
    plus = login.mechanism.upper().endswith("-PLUS")
    offered = login.offered
    if plus != (first.flag == "p") and first.flag:
        yield Fault(
            "channel binding flag",
            "A mechanism with -PLUS goes with p= in the client's first message, and one without "
            "it with n or y.",
            "RFC 5802 §6",
        )
    if first.flag == "y" and offered and any(name.endswith("-PLUS") for name in offered):
        yield Fault(
            "channel binding denied",
            "The client says y, that the server offered no channel binding; but a -PLUS mechanism "
            "stands in the server's offer. Somebody changed the list, or the client errs.",
            "RFC 5802 §6",
        )
    bindings = login.bindings
    if first.flag == "p" and bindings is not None and first.binding not in bindings:
        yield Fault(
            "channel binding not offered",
            "The client binds with a type that the server did not offer.",
            "XEP-0440",
        )
    if first.binding == "tls-unique" and login.tls.startswith("TLSv1.3"):
        yield Fault(
            "channel binding undefined",
            "The client binds with tls-unique, which is not defined for TLS 1.3.",
            "RFC 9266 §1",
        )


def _challenge(login: Scrammed, challenge: Scram) -> Iterator[Fault]:
    first = login.messages.get(FIRST)
    mine, whole = first.get("r") if first else "", challenge.get("r")
    if first and not whole.startswith(mine):
        yield Fault(
            "nonce changed",
            "The nonce of the server's first message does not begin with the client's: it is the "
            "answer to another login, or was changed.",
            "RFC 5802 §5.1",
        )
    elif first and whole == mine:
        yield Fault(
            "nonce not extended",
            "The server added nothing to the client's nonce, so an old login could be replayed.",
            "RFC 5802 §5.1",
        )
    count = challenge.get("i")
    if count.isascii() and count.isdigit() and int(count[:20]) < MIN_ITERATIONS:
        yield Fault(
            "too few iterations",
            f"The server asks for fewer than {MIN_ITERATIONS} iterations: whoever sees the proof "
            "can guess passwords fast.",
            "RFC 7677 §4",
        )
    if offer_hash(login) is False:
        yield Fault(
            "downgrade",
            "The mechanisms and channel bindings that were seen are not those whose hash the "
            "server sent (h=): the list was changed on its way.",
            "XEP-0474 §6.2",
        )


def _final(login: Scrammed, final: Scram) -> Iterator[Fault]:
    challenge, first = login.messages.get(CHALLENGE), login.messages.get(FIRST)
    if challenge and final.get("r") != challenge.get("r"):
        yield Fault(
            "nonce not repeated",
            "The nonce of the client's final message is not that of the server's first message.",
            "RFC 5802 §5.1",
        )
    data = decoded(final.get("c"))
    if data is None or first is None:
        return
    header = first.gs2.encode("utf-8", "surrogatepass")
    if not data.startswith(header):
        yield Fault(
            "channel binding header changed",
            "The GS2 header in c= is not the one that the client's first message began with: "
            "somebody changed one of the two.",
            "RFC 5802 §6",
        )
        return
    bound = data[len(header) :]
    if first.flag == "p" and not bound:
        yield Fault(
            "channel binding data missing", "c= holds no data, though the login is bound.",
            "RFC 5802 §6",
        )  # fmt: skip
    elif first.flag != "p" and bound:
        yield Fault(
            "channel binding header changed",
            "c= holds more than the GS2 header, though the login is not bound.",
            "RFC 5802 §6",
        )
    lengths = _LENGTHS.get(first.binding)
    if first.flag == "p" and bound and lengths and len(bound) not in lengths:
        yield Fault(
            "channel binding data changed",
            f"The data in c= has {len(bound)} bytes; of this type it has "
            f"{' or '.join(map(str, lengths))}.",
            "RFC 9266 §2" if first.binding == "tls-exporter" else "RFC 5929 §4.1",
        )


def _proved(login: Scrammed, proved: Scram) -> Iterator[Fault]:
    error = proved.get("e")
    if error:
        yield Fault(
            "server error",
            f"The server says why it refuses: {ERRORS.get(error, 'a reason not listed')}.",
            "RFC 5802 §7",
        )
    elif login.outcome == "failure":
        yield Fault(
            "signature with a failure",
            "The server proved itself and then refused the login.",
            "RFC 5802 §5",
        )


# ---- with the password


def compute(login: Scrammed, password: str) -> tuple[tuple[Computed, ...], tuple[Fault, ...]]:
    """Return every value of the proof, and what the wire says otherwise.

    Args:
        login: the login; nothing is computed before the server's first message is there.
        password: the password, not prepared.
    """
    first, challenge = login.messages.get(FIRST), login.messages.get(CHALLENGE)
    name = hash_of(login.mechanism)
    if not name:
        words = "The hash in the mechanism's name is not known here, so that nothing is computed."
        return (), (Fault("not computed", words, "RFC 5802 §4"),)
    if first is None or challenge is None:
        return (), ()
    salt, count = decoded(challenge.get("s")), challenge.get("i")
    if not salt or not (count.isascii() and count.isdigit()) or len(count) > 19 or not int(count):
        return (), ()
    if int(count) > MAX_ITERATIONS:
        words = f"More than {MAX_ITERATIONS:,} iterations are not computed here."
        return (), (Fault("not computed", words, "RFC 5802 §5.1"),)
    prepared = saslprep(password)
    if prepared is None:
        words = "SASLprep forbids a character of the password, so that nothing can be computed."
        return (), (Fault("not computed", words, "RFC 4013 §2.3"),)
    salted = hashlib.pbkdf2_hmac(name, prepared.encode("utf-8", "surrogatepass"), salt, int(count))
    keys = _keys(salted, name, int(count))
    final = login.messages.get(FINAL)
    if final is None:
        return tuple(keys), ()
    return _signed(login, name, salted, keys, (first, challenge, final))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _row(name: str, formula: str, value: bytes, wire: str = "", *, seen: bool = False) -> Computed:
    agrees = decoded(wire) == value if seen else None
    return Computed(name, formula, _base64(value), shortened(wire), agrees, "RFC 5802 §3")


def _keys(salted: bytes, name: str, count: int) -> list[Computed]:
    client = hmac.digest(salted, b"Client Key", name)
    stored = hashlib.new(name, client).digest()
    server = hmac.digest(salted, b"Server Key", name)
    return [
        _row("SaltedPassword", f"Hi(SASLprep(password), s, {count})", salted),
        _row("ClientKey", 'HMAC(SaltedPassword, "Client Key")', client),
        _row("StoredKey", "H(ClientKey)", stored),
        _row("ServerKey", 'HMAC(SaltedPassword, "Server Key")', server),
    ]


def _signed(
    login: Scrammed,
    name: str,
    salted: bytes,
    keys: list[Computed],
    said: tuple[Scram, Scram, Scram],
) -> tuple[tuple[Computed, ...], tuple[Fault, ...]]:
    first, challenge, final = said
    whole = f"{first.bare},{challenge.text},{final.bare}"
    message = whole.encode("utf-8", "surrogatepass")
    client = hmac.digest(salted, b"Client Key", name)
    signature = hmac.digest(hashlib.new(name, client).digest(), message, name)
    proof = bytes(one ^ other for one, other in zip(client, signature, strict=True))
    server = hmac.digest(hmac.digest(salted, b"Server Key", name), message, name)
    proved = login.messages.get(PROVED)
    told = proved.get("v") if proved else ""
    mine = _row("ClientProof", "ClientKey XOR ClientSignature", proof, final.get("p"), seen=True)
    theirs = _row("ServerSignature", "HMAC(ServerKey, AuthMessage)", server, told, seen=bool(told))
    computed = (
        *keys[:3],
        Computed(
            "AuthMessage",
            "client-first-message-bare , server-first-message , client-final-without-proof",
            shortened(whole), "", None, "RFC 5802 §3",
        ),
        _row("ClientSignature", "HMAC(StoredKey, AuthMessage)", signature),
        mine, keys[3], theirs,
    )  # fmt: skip
    return computed, tuple(_misfit(bool(mine.agrees), theirs.agrees, login))


def _misfit(proof: bool, signature: bool | None, login: Scrammed) -> Iterator[Fault]:
    """Say what it means that one of the two fits, or neither."""
    if proof and signature is False:
        yield Fault(
            "forged server",
            "The server's signature (v=) is wrong: the server does not know the password, or its "
            "last message was changed. The client must not go on.",
            "RFC 5802 §5",
        )
    elif not proof and signature:
        yield Fault(
            "proof changed",
            "The server's signature fits this password and these messages, but the client's proof "
            "(p=) does not: it was changed, or the server let a wrong one pass.",
            "RFC 5802 §5",
        )
    elif not proof and signature is False:
        yield Fault(
            "wrong password or changed message",
            "Neither the client's proof nor the server's signature fits: the login was made with "
            "another password, or a message was changed after it was sent.",
            "RFC 5802 §5",
        )
    elif not proof and login.outcome == "success":
        yield Fault(
            "wrong proof accepted",
            "The client's proof does not fit this password, and yet the server said success: it "
            "is another password, or a server that lets everybody in.",
            "RFC 5802 §5",
        )
    elif not proof:
        yield Fault(
            "wrong password",
            "The client's proof does not fit this password and these messages.",
            "RFC 5802 §5",
        )
