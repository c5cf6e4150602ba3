"""Find secrets in an item and cover them, leaving every offset where it was.

The reader here is lenient on purpose: it works on what is cut off or ill-formed too, takes
CDATA sections, character references and prefixes for what they mean, and where it cannot
know (a prefix declared out of sight, a tag that never ends) it covers rather than shows.
It is no parser: what it makes of ill-formed input is good for hiding alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from xmppexplore.names import CLIENT as CLIENT_NAMESPACE
from xmppexplore.names import STREAMS
from xmppexplore.wire.records import (
    FOOTER,
    HEADER,
    IQ,
    MESSAGE,
    OUT,
    PRESENCE,
    WHITESPACE,
    Context,
    Item,
)
from xmppexplore.wire.secrets import ANY, SECRETS

__all__ = ["MAY_HOLD_SECRETS", "may_hold_secrets", "redact", "secret_spans"]

Span = tuple[int, int, str]
"""Start and end offsets of a secret, and what it is."""

_CLIENT: Final = Context(CLIENT_NAMESPACE, (("stream", STREAMS),))
_NAMES: Final = sorted({line.element for line in SECRETS} - {ANY})
_ATTRIBUTES: Final = sorted({line.where[1:] for line in SECRETS if line.where != "text"})
_SENSITIVE: Final = frozenset(_NAMES)

MAY_HOLD_SECRETS: Final = re.compile(
    rf"[</:](?:{'|'.join(_NAMES)})(?:[\s/>]|\Z)|\s(?:{'|'.join(_ATTRIBUTES)})\s*=".encode()
)
"""Found in the bytes of every item that holds a secret, and in few others.

Local names cannot be written with character references, and so cannot hide from it.
"""

_NAME: Final = rb"""[^\s<>/='"!?&]+"""
_QUOTED: Final = rb"""(?:'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z))"""  # closed, or cut off
_TOKEN: Final = re.compile(
    rb"(?P<cdata><!\[CDATA\[)"
    rb"|</(?P<end>%(name)b)\s*(?:>|\Z)"
    # Possessive, so that an ill-formed tag costs one pass; but not the group, which Python
    # before 3.11.5 gets wrong (gh-106052).
    rb"""|<(?P<start>%(name)b)(?P<attributes>(?:[^<>'"]++|%(quoted)b)*)(?P<close>>|\Z)"""
    rb"|<|(?P<text>[^<]+)" % {b"name": _NAME, b"quoted": _QUOTED}
)
_ATTRIBUTE: Final = re.compile(rb"""\s(%b)\s*=\s*(?:'([^']*)(?:'|\Z)|"([^"]*)(?:"|\Z))""" % _NAME)
_SOUND: Final = re.compile(
    rb"""(?:\s+%(name)b\s*=\s*(?:'[^'<]*+'|"[^"<]*+"))*\s*+/?"""
    # The last attribute of a tag that was cut off.
    rb"""(?P<cut>(?<=\s)%(name)b(?:\s*=\s*(?:'[^'<]*+|"[^"<]*+)?)?)?""" % {b"name": _NAME}
)
_REFERENCE: Final = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|apos|quot));")
_PREDEFINED: Final = {"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": '"'}


def may_hold_secrets(item: Item) -> bool:
    """Tell whether an item can hold a secret, by its columns alone; in doubt, yes."""
    kind = item[1]
    if kind in (WHITESPACE, HEADER, FOOTER):
        return False
    # A stanza without a child element holds its attributes and text at most.
    return not (kind in (MESSAGE, PRESENCE, IQ) and not item[8])


def secret_spans(
    xml: bytes,
    direction: int = OUT,  # noqa: ARG001 (secrets of either direction are covered in both)
    context: Context = _CLIENT,
    *,
    before: bytes = b"",
) -> list[Span]:
    """Return ``(start, end, what)`` for each secret in one item, in order.

    Args:
        xml: the bytes of the item, whole, partial or broken.
        direction: the item's direction; every line of the table holds for both.
        context: the namespaces that the stream header declares.
        before: for a ``broken`` item, the bytes of the ``partial`` one it continues.

    >>> secret_spans(b"<iq><q xmlns='jabber:iq:auth'><password>pw</password></q></iq>")
    [(40, 42, 'password')]
    """
    data = before + xml
    if MAY_HOLD_SECRETS.search(data) is None:
        return []
    skip = len(before)
    return [
        (max(start - skip, 0), end - skip, what)
        for start, end, what in _Scan(data, context).run()
        if end > skip
    ]


def redact(
    xml: bytes,
    direction: int = OUT,
    context: Context = _CLIENT,
    *,
    before: bytes = b"",
) -> tuple[bytes, list[Span]]:
    """Return the item with ``*`` in place of each byte of a secret, and the spans covered.

    The result has the same length, is as well-formed as the item was, and splits the same.
    Arguments are those of :func:`secret_spans`.

    >>> redact(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGEAYg==</auth>")[0]
    b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>********</auth>"
    """
    spans = secret_spans(xml, direction, context, before=before)
    if not spans:
        return xml, spans
    covered = bytearray(xml)
    for start, end, _ in spans:
        covered[start:end] = b"*" * (end - start)
    return bytes(covered), spans


def _value(raw: bytes) -> str:
    """Return what an attribute value says, its references resolved as far as they can be."""

    def resolve(match: re.Match[str]) -> str:
        base16, base10, name = match.groups()
        if name:
            return _PREDEFINED[name]
        code = int(base16, 16) if base16 else int(base10)
        return chr(code) if code < 0x110000 else ""

    return _REFERENCE.sub(resolve, raw.decode("utf-8", "replace"))


def _split(name: bytes) -> tuple[str, str]:
    prefix, colon, local = name.decode("utf-8", "replace").rpartition(":")
    return (prefix, local) if colon else ("", local)


def _lines(
    namespace: str | None, local: str, attributes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield (where, what) for an element; ``None`` is a namespace that cannot be known."""
    for line in SECRETS:
        if (
            line.element in (ANY, local)
            and (namespace is None or line.namespace in (ANY, namespace))
            and line.holds(attributes)
        ):
            yield line.where, line.what


class _Frame:
    """An open element: its name, the prefixes it declares, the secret that it is part of."""

    __slots__ = ("declared", "name", "what")

    def __init__(self, name: bytes, declared: Collection[str], what: str) -> None:
        self.name = name
        self.declared = declared
        self.what = what


class _Scan:
    """One pass over an item."""

    def __init__(self, data: bytes, context: Context) -> None:
        self.data = data
        self.spans: list[Span] = []
        self.loose: list[tuple[int, int]] = []  # text outside any element: a secret's end, maybe
        # A header without a default namespace may also be one that was not seen.
        scope = {"": context.default or None, **dict(context.prefixes)}
        # Namespaces by prefix, innermost last: copies for each element would cost the square.
        self.scope: dict[str, list[str | None]] = {key: [uri] for key, uri in scope.items()}
        self.outer = _Frame(b"", (), "")
        self.open: list[_Frame] = []
        self.names: Counter[bytes] = Counter()  # of the open elements
        self.sections_end = True  # whether CDATA sections that begin from here on do end
        self.last = max(found.start() for found in MAY_HOLD_SECRETS.finditer(data))

    def run(self) -> list[Span]:
        position, end = 0, len(self.data)
        while position < end:
            match = _TOKEN.match(self.data, position)
            assert match is not None  # the last two branches take whatever there is
            position = self.token(match)
        return sorted(self.spans)

    @property
    def frame(self) -> _Frame:
        """The innermost open element."""
        return self.open[-1] if self.open else self.outer

    def token(self, match: re.Match[bytes]) -> int:
        """Take one token and return where the next begins."""
        group = match.lastgroup
        if group == "cdata":
            end = self.data.find(b"]]>", match.end()) if self.sections_end else -1
            self.sections_end = end >= 0
            if end < 0 and not self.frame.what:
                return match.end()  # never closed: what looks like markup may well be some
            end = len(self.data) if end < 0 else end
            self.text(match.end(), end)
            return min(end + 3, len(self.data))
        if group == "text":
            self.text(*match.span())
        elif group == "end":
            self.end(match.group("end"))
        elif match.group("start"):
            return self.start(match)
        return match.end()

    def text(self, start: int, end: int) -> None:
        if start == end:
            return
        if self.frame.what:
            self.cover(start, end, self.frame.what)
        elif not self.open:
            self.loose.append((start, end))

    def cover(self, start: int, end: int, what: str) -> None:
        if start < end:
            self.spans.append((start, end, what))

    def end(self, name: bytes) -> None:
        if self.frame.what and self.frame.name != name:
            return  # ill-formed: nobody can tell where the secret ends
        if self.names[name]:
            closed = b""
            while closed != name:
                frame = self.open.pop()
                closed = frame.name
                self.names[closed] -= 1
                for prefix in frame.declared:
                    self.scope[prefix].pop()
        elif _split(name)[1] in _SENSITIVE:
            # The rest of a secret whose start tag stands in the item before.
            for start, end in self.loose:
                self.cover(start, end, "end of a secret")
            self.loose = []

    def start(self, match: re.Match[bytes]) -> int:
        name, raw = match.group("start"), match.group("attributes")
        outer = self.frame
        sound = _SOUND.fullmatch(raw)
        ill_formed = sound is None or (sound.group("cut") is not None and match.group("close"))
        if ill_formed and (outer.what or match.start() <= self.last):
            # Quotes that do not close hide where tags end, so nothing after is safe.
            begin = match.start() + 1 if outer.what else match.start("attributes")
            self.cover(begin, len(self.data), outer.what or "ill-formed markup")
            return len(self.data)
        if outer.what and not match.group("close"):
            self.cover(match.start() + 1, len(self.data), outer.what)
            return len(self.data)
        self.element(match, name, raw, outer)
        return match.end()

    def element(self, match: re.Match[bytes], name: bytes, raw: bytes, outer: _Frame) -> None:
        places: dict[str, tuple[int, int]] = {}
        values: dict[str, str] = {}
        shift = match.start("attributes")
        for found in _ATTRIBUTE.finditer(raw):
            key = found.group(1).decode("utf-8", "replace")
            group = 2 if found.group(2) is not None else 3
            places.setdefault(key, (shift + found.start(group), shift + found.end(group)))
            values.setdefault(key, _value(found.group(group)))
        declared = {
            key.partition(":")[2]: value
            for key, value in values.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        what = outer.what
        if what:
            for key, place in places.items():
                if not key.startswith("xmlns"):
                    self.cover(*place, what)
        else:
            prefix, local = _split(name)
            known = self.scope.get(prefix) or [None]
            for where, kind in _lines(declared.get(prefix, known[-1]), local, values):
                if where == "text":
                    what = kind
                elif where[1:] in places:
                    self.cover(*places[where[1:]], kind)
        if not raw.endswith(b"/"):
            self.open.append(_Frame(name, tuple(declared), what))
            self.names[name] += 1
            for key, uri in declared.items():
                self.scope.setdefault(key, []).append(uri)
