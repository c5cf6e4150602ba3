"""One SASL message laid open: what it is, and what each of its fields says.

Whatever it is given ends in an answer: what is malformed is named, never raised.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from xmppexplore.reading.digest_md5 import digest_fields, looks_like_digest
from xmppexplore.reading.sasl_layouts import BEARERS, HT, LAYOUTS, Layout, looks_like, readable
from xmppexplore.reading.sasl_records import Field, Payload
from xmppexplore.reading.scram import (
    KINDS,
    Scram,
    decoded,
    hash_of,
    read_scram,
    scram_fields,
    scram_kind,
)

__all__ = ["CLIENT_SAYS", "MAX_MESSAGE", "SERVER_SAYS", "payload", "scram_message"]

MAX_MESSAGE: Final = 65_536
"""Bytes of a message that are laid open; real ones have some hundred."""

CLIENT_SAYS: Final = frozenset({"auth", "response", "initial-response", "authenticate", "next"})
SERVER_SAYS: Final = frozenset({"challenge", "success", "additional-data", "continue"})

_SPACE: Final = re.compile(r"[ \t\r\n]+")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/=]|=(?=[^=])")
_FILLER: Final = re.compile(rb"\*+")
_NO_BASE64: Final = "It is not base64, {} (RFC 4648 §4, RFC 6120 §6.5.5)."


def payload(
    text_or_bytes: str | bytes,
    mechanism: str | None = None,
    place: str | None = None,
    nonce: str = "",
    *,
    covered: bool = True,
) -> Payload:
    """Lay one SASL message open.

    Args:
        text_or_bytes: the message, in base64 as it stands in XML, or raw.
        mechanism: name of the mechanism; guessed where not given.
        place: local name of the element that holds it (``"auth"``, ``"challenge"`` ...); what
            stands in one must be base64, and it tells who speaks.
        nonce: the client's part of a SCRAM nonce, where it is known.
        covered: whether asterisks stand for what was hidden when a recording was saved.

    Returns:
        The message; malformed ones with ``.problems``, unknown ones with one field.

    >>> opened = payload("biwsbj1qdWxpZXQscj1hYmM=")
    >>> opened.kind, opened.encoding
    ('SCRAM client-first-message', 'base64')
    >>> [(field.name, field.value) for field in opened.fields]
    [('gs2-cbind-flag', 'n'), ('n', 'juliet'), ('r', 'abc')]
    """
    data, encoding, problems = _bytes_of(text_or_bytes, place, (mechanism or "").upper())
    named = mechanism or ""
    if encoding == "hidden" and not covered:
        encoding, problems = "text", [_NO_BASE64.format("at character 0")]
    if encoding == "hidden":
        says = "Was hidden when this was saved; save(path, reveal=True) keeps it."
        return Payload("hidden message", named, (), encoding, says, "", (), data)
    if len(data) > MAX_MESSAGE:
        problems.append(f"It has {len(data):,} bytes; the first {MAX_MESSAGE:,} are read here.")
    by = "client" if place in CLIENT_SAYS else "server" if place in SERVER_SAYS else ""
    known = named.upper() or _guess(data[:MAX_MESSAGE], by)
    layout = _lay_open(data[:MAX_MESSAGE], known, by, nonce)
    return Payload(
        layout.kind, named or known, layout.fields, encoding, layout.says, layout.section,
        (*problems, *layout.problems), data,
    )  # fmt: skip


def scram_message(given: Payload) -> Scram | None:
    """Return a payload as a SCRAM message taken apart, ``None`` where it is none."""
    kind = given.kind.removeprefix("SCRAM ")
    if kind not in KINDS:
        return None
    return read_scram(_text(given.data[:MAX_MESSAGE])[0], kind)


def _bytes_of(
    given: str | bytes, place: str | None, mechanism: str
) -> tuple[bytes, str, list[str]]:
    """Return the message, how it was given, and what is wrong with that."""
    raw = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else bytes(given)
    if not raw.strip():
        return b"", "empty", []
    # A message without content (RFC 6120 §6.4.2, §6.4.6); SASL2 has none of it (XEP-0388 §2.2).
    if raw.strip() == b"=" and place not in ("initial-response", "additional-data"):
        return b"", "empty", []
    if _FILLER.fullmatch(raw):
        return raw, "hidden", []
    text = raw.decode("latin-1")
    plain = _SPACE.sub("", text)
    found = decoded(plain)
    if found is not None and (place or _meant_as_base64(found, raw, mechanism)):
        problems = []
        if plain != text and place:
            problems.append("White space stands in the base64, which RFC 6120 §6.3.5 forbids.")
        if place and base64.b64encode(found).decode() != plain:
            problems.append("Its last character holds bits that say nothing (RFC 6120 §6.3.5).")
        return found, "base64", problems
    if not place:
        return raw, "text", []
    wrong = _NOT_BASE64.search(plain)
    where = f"at character {wrong.start()}" if wrong else "at its end: its length is not right"
    return raw, "text", [_NO_BASE64.format(where)]


def _meant_as_base64(found: bytes, raw: bytes, mechanism: str) -> bool:
    """Tell, of what could be both, whether base64 was meant.

    A trace such as ``test`` is base64 too, of bytes that are no text.
    """
    if mechanism not in ("ANONYMOUS", "EXTERNAL", "LOGIN"):
        return True
    return found.isascii() or len(raw) > 2000


def _guess(data: bytes, by: str) -> str:
    text, _ = _text(data)
    if scram_kind(text, by) and not looks_like(data):
        return "SCRAM"
    return looks_like(data) or ("DIGEST-MD5" if looks_like_digest(text[:4096]) else "")


def _text(data: bytes) -> tuple[str, list[str]]:
    try:
        return data.decode(), []
    except UnicodeDecodeError as error:
        return data.decode("utf-8", "replace"), [f"At byte {error.start} it is not UTF-8."]


def _lay_open(data: bytes, mechanism: str, by: str, nonce: str) -> Layout:
    if mechanism.startswith("SCRAM"):
        return _scram(data, mechanism, by, nonce)
    if mechanism == "DIGEST-MD5":
        text, problems = _text(data)
        kind, fields, more = digest_fields(text)
        says = "Belongs to a mechanism that RFC 6331 made historic: it is weak."
        return Layout(f"DIGEST-MD5 {kind}", says, "RFC 2831 §2.1", fields, (*problems, *more))
    if not data:
        return Layout("empty message", "Says nothing: the mechanism needs no word here.",
                      "RFC 4422 §4", ())  # fmt: skip
    if HT.fullmatch(mechanism):
        return LAYOUTS["HT"](data, by, mechanism)
    lay_open = LAYOUTS.get(mechanism)
    if lay_open is not None and (mechanism in BEARERS or mechanism == "LOGIN" or by != "server"):
        return lay_open(data, by, mechanism)
    return _unknown(data, mechanism)


def _scram(data: bytes, mechanism: str, by: str, nonce: str) -> Layout:
    text, problems = _text(data)
    kind = scram_kind(text, by)
    if not kind:
        unknown = _unknown(data, mechanism)
        other = scram_kind(text)
        words = (
            f"It is a {other}, which the other side says"
            if other
            else ("It is none of the four messages of SCRAM")
        )
        words += " (RFC 5802 §7)."
        return unknown._replace(problems=(*problems, words))
    message = read_scram(text, kind)
    problems += message.problems
    _, says, _ = KINDS[kind]
    if mechanism != "SCRAM" and not hash_of(mechanism):
        says += " The hash in the mechanism's name is not known here."
    return Layout(f"SCRAM {kind}", says, "RFC 5802 §5", scram_fields(message, nonce),
                  tuple(problems))  # fmt: skip


def _unknown(data: bytes, mechanism: str) -> Layout:
    says = "Is opaque here: nothing is known of this mechanism's messages."
    field = Field("data", "data", readable(data), says, "RFC 4422 §3.1", secret=True)
    name = f"{mechanism[:60]} message" if mechanism else "SASL message"
    return Layout(f"unknown {name}", "Belongs to a login.", "RFC 4422 §3.1", (field,))
