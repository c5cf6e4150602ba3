"""Stream headers: checking the client's, writing the server's (RFC 6120 §4.7, §4.8)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from xmppexplore import names
from xmppexplore.errors import MalformedXML, StreamError
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.markup import attributes
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import Context, Item

__all__ = ["Header", "check", "read", "response"]

_TAG: Final = re.compile(rb"<([^\s/>?!]++)")
_VERSION: Final = re.compile(r"([0-9]+)\.([0-9]+)")  # RFC 6120 §4.7.5

_ENGLISH: Final = re.compile(r"en(-[A-Za-z0-9]{1,8}){0,4}", re.IGNORECASE)  # RFC 5646 §2.1


class Header(NamedTuple):
    """What a client's header said, beyond what the item of it holds.

    Attributes:
        version: the ``version`` attribute, ``""`` where absent.
        sender: the prepared ``from``, ``None`` where absent (RFC 6120 §4.7.1).
        closed: whether the root is one empty tag, so that the stream is over as it begins.
    """

    version: str
    sender: Address | None
    closed: bool


def stream_fault(condition: str, words: str) -> StreamError:
    """Return the error that ends a stream."""
    return StreamError(words, condition=condition, text=words)


def read(raw: bytes, item: Item) -> Header:
    """Read a header.

    Args:
        raw: its bytes, with XML declaration and white space before it.
        item: the same, as cut by the splitter.

    Raises:
        StreamError: ``improper-addressing`` where ``from`` is no address.
    """
    start = _TAG.search(raw)
    if start is None:
        raise stream_fault("bad-format", "no start tag")
    closed = raw.endswith(b"/>")
    whole = raw[start.start() :] + (b"" if closed else b"</" + start[1] + b">")
    try:
        version = parse(whole, Context()).get("version") or ""
        sender = address(item.sender) if item.sender else None
    except MalformedXML as error:
        raise stream_fault("bad-format", str(error)) from error
    except BadAddress as error:
        raise stream_fault("improper-addressing", f"from: {error}") from error
    return Header(version, sender, closed)


def check(header: Header, item: Item, context: Context, domain: str) -> None:
    """Check a client's header in the order in which its parts are understood.

    Raises:
        StreamError: with the condition of RFC 6120 §4.9.3 that fits the first fault.
    """
    if item.namespace != names.STREAMS:
        raise stream_fault("invalid-namespace", f"the root must be in {names.STREAMS}")
    if item.name != "stream":
        raise stream_fault("bad-format", "the root element must be 'stream'")
    if names.CLIENT not in (context.default, *(uri for _, uri in context.prefixes)):
        raise stream_fault("invalid-namespace", f"clients are served in {names.CLIENT} only")
    version = _VERSION.fullmatch(header.version)
    if version is None or int(version[1][:9]) < 1:
        raise stream_fault("unsupported-version", "this server speaks version 1.0")
    if not item.recipient:
        raise stream_fault("improper-addressing", "the header must say 'to' whom (§4.7.2)")
    try:
        known = address(item.recipient) == Address("", domain)
    except BadAddress:
        known = False
    if not known:
        raise stream_fault("host-unknown", f"this server is {domain}")


def response(domain: str, stream_id: str, to: Address | None, lang: str = "") -> str:
    """Return the server's header (RFC 6120 §4.7).

    Args:
        domain: whose server this is.
        stream_id: unguessable, new for each stream (§4.7.3).
        to: the client's ``from``, given back (§4.7.2).
        lang: the client's language, given back where the server's texts are in it, which
            are English (§4.7.4).
    """
    values = {"id": stream_id, "from": domain, "to": str(to) if to else "", "version": "1.0"}
    values["xml:lang"] = lang if _ENGLISH.fullmatch(lang) else "en"
    return (
        f"<?xml version='1.0'?><stream:stream xmlns='{names.CLIENT}'"
        f" xmlns:stream='{names.STREAMS}'{attributes(values)}>"
    )
