"""Find secrets in an item and cover them, leaving every offset where it was.

The reader here is lenient on purpose: it works on what is cut off or ill-formed too, takes
CDATA sections, character references and prefixes for what they mean, and where it cannot
know (a prefix declared out of sight, a tag that never ends) it covers rather than shows.
It is no parser: what it makes of ill-formed input is good for hiding alone.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from xmppexplore.names import CLIENT as CLIENT_NAMESPACE
from xmppexplore.names import STREAMS
from xmppexplore.wire.records import OUT, Context
from xmppexplore.wire.secrets import ANY, SECRETS

__all__ = ["GUESSED", "MAY_HOLD_SECRETS", "redact", "secret_spans"]

Span = tuple[int, int, str]
"""Start and end offsets of a secret, and what it is."""

_Places = Mapping[str, Sequence[tuple[int, int]]]

_ILL_FORMED: Final = "ill-formed markup"
_END: Final = "end of a secret"
GUESSED: Final = frozenset({_ILL_FORMED, _END})
"""What is said of a span that may be a secret: no name in sight says that it is."""

_CLIENT: Final = Context(CLIENT_NAMESPACE, (("stream", STREAMS),))
_NAMES: Final = sorted({line.element for line in SECRETS} - {ANY})
_ATTRIBUTES: Final = sorted({line.where[1:] for line in SECRETS if line.where != "text"})
_SENSITIVE: Final = frozenset(_NAMES)
_LINES: Final = {
    name: tuple(line for line in SECRETS if line.element in (ANY, name)) for name in (*_NAMES, ANY)
}

MAY_HOLD_SECRETS: Final = re.compile(
    # What ends a name is only looked at: the next mark may begin with it.
    rf"""[</:](?:{"|".join(_NAMES)})(?=[\s<>/='"!?&]|\Z)|\s(?:{"|".join(_ATTRIBUTES)})\s*=""".encode()
)
"""Found in the bytes of every item that holds a secret, and in few others.

Local names cannot be written with character references, and so cannot hide from it.
"""

_NAME: Final = rb"""[^\s<>/='"!?&]++"""
_QUOTED: Final = rb"""(?:'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z))"""  # closed, or cut off
# Attributes as XML wants them.  What is inside is possessive, so that an ill-formed tag costs
# one pass; but not the group, which Python before 3.11.5 gets wrong (gh-106052).
_SOUND: Final = rb"""(?:\s++%b\s*+=\s*+(?:'[^'<]*+'|"[^"<]*+"))*\s*+""" % _NAME
_PARTS: Final = {b"name": _NAME, b"quoted": _QUOTED, b"sound": _SOUND}
_TOKENS: Final = (
    rb"(?P<cdata><!\[CDATA\[)"
    rb"|</(?P<end>%(name)b)\s*(?:>|\Z)"
    rb"|<(?P<name>%(name)b)(?P<sound>%(sound)b/?)>"
    # Whatever else begins like a start tag.
    rb"""|<(?P<start>%(name)b)(?P<attributes>(?:[^<>'"]++|%(quoted)b)*)(?P<close>>|\Z)"""
    rb"|<|(?P<text>[^<]+)"
) % _PARTS
_TOKEN: Final = re.compile(_TOKENS)
# An element that holds text alone is one token: most are such, and most are harmless.
_LEAF: Final = rb"<(?P<leaf>%(name)b)%(sound)b(?:/>|>[^<]*+</(?P=leaf)\s*+>)|" % _PARTS
_LEAF_OR_TOKEN: Final = re.compile(_LEAF + _TOKENS)
_ATTRIBUTE: Final = re.compile(rb"""\s(%b)\s*=\s*(?:'([^']*)(?:'|\Z)|"([^"]*)(?:"|\Z))""" % _NAME)
_CUT: Final = re.compile(
    # The last attribute of a tag that was cut off.
    rb"""%(sound)b/?(?:(?<=\s)%(name)b(?:\s*=\s*(?:'[^'<]*+|"[^"<]*+)?)?)?""" % _PARTS
)
_REFERENCE: Final = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|apos|quot));")
_NOTHING: Final[Mapping[str, str]] = {}
_PREDEFINED: Final = {"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": '"'}


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
    first = MAY_HOLD_SECRETS.search(data)
    if first is None:
        return []
    skip = len(before)
    return [
        (max(start - skip, 0), end - skip, what)
        for start, end, what in _Scan(data, context, first.start()).run()
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
    for line in _LINES.get(local, _LINES[ANY]):
        if (namespace is None or line.namespace in (ANY, namespace)) and line.holds(attributes):
            yield line.where, line.what


def _attributes(raw: bytes, shift: int) -> tuple[_Places, dict[str, str]]:
    """Return the places and the values of attributes by name.

    Of one name the first value counts, but every place: a tag that has it twice is ill-formed,
    and shown all the same.
    """
    places: dict[str, list[tuple[int, int]]] = {}
    values: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(raw):
        key = found.group(1).decode("utf-8", "replace")
        group = 2 if found.group(2) is not None else 3
        places.setdefault(key, []).append((shift + found.start(group), shift + found.end(group)))
        values.setdefault(key, _value(found.group(group)))
    return places, values


def _declared(values: Mapping[str, str]) -> dict[str, str]:
    """Return the namespaces that attributes declare, by prefix."""
    return {
        key.partition(":")[2]: value
        for key, value in values.items()
        if key == "xmlns" or key.startswith("xmlns:")
    }


class _Frame:
    """An open element: its name, the prefixes it declares, the secret that it is part of."""

    __slots__ = ("declared", "name", "what")

    def __init__(self, name: bytes, declared: Collection[str], what: str) -> None:
        self.name = name
        self.declared = declared
        self.what = what


class _Scan:
    """One pass over an item, whose first mark of a secret is known."""

    def __init__(self, data: bytes, context: Context, first: int) -> None:
        self.data = data
        self.spans: list[Span] = []
        self.loose: list[tuple[int, int]] = []  # text outside any element: a secret's end, maybe
        # A header without a default namespace may also be one that was not seen.
        scope = {"": context.default or None, **dict(context.prefixes)}
        # Namespaces by prefix, innermost last: copies for each element would cost the square.
        self.scope: dict[str, list[str | None]] = {key: [uri] for key, uri in scope.items()}
        self.open: list[_Frame] = []
        self.names: Counter[bytes] = Counter()  # of the open elements
        self.sections_end = True  # whether CDATA sections that begin from here on do end
        # Secrets begin at marks alone, and what was cut off ends at one.
        self.marks = array("Q", (one.start() for one in MAY_HOLD_SECRETS.finditer(data, first)))
        self.mark = 0  # of them, the first that lies behind what was read

    def run(self) -> list[Span]:
        position, end, last = 0, len(self.data), self.marks[-1]
        while position < end:
            for match in _LEAF_OR_TOKEN.finditer(self.data, position):
                token: re.Match[bytes] | None = match
                if match.lastgroup == "leaf":
                    secret = self.what or self.marked(match)
                    token = _TOKEN.match(self.data, match.start()) if secret else None
                position = self.token(token) if token is not None else match.end()
                if position > last and not self.what:
                    return sorted(self.spans)
                if position != match.end():
                    break
        return sorted(self.spans)

    def marked(self, match: re.Match[bytes], *, behind: bool = False) -> bool:
        """Tell whether a mark lies in a match, or behind it before the next tag.

        They are asked for in the order of the item.
        """
        start, end, marks = *match.span(), self.marks
        if behind:
            end = self.data.find(b"<", end)
            end = len(self.data) if end < 0 else end
        while self.mark < len(marks) and marks[self.mark] < start:
            self.mark += 1
        return self.mark < len(marks) and marks[self.mark] < end

    @property
    def what(self) -> str:
        """What the innermost open element is part of, ``""`` for no secret."""
        return self.open[-1].what if self.open else ""

    def token(self, match: re.Match[bytes]) -> int:
        """Take one token and return where the next begins."""
        group = match.lastgroup
        if group == "sound":
            name, raw = match.group("name", "sound")
            self.element(match, name, raw, match.start("sound"))
        elif group == "text":
            if not self.open or self.open[-1].what:
                self.text(*match.span())
        elif group == "end":
            self.end(match.group("end"))
        elif group == "cdata":
            return self.section(match)
        elif match.group("start"):
            return self.unsound(match)
        elif self.marked(match, behind=True):
            # What would be its name or an attribute of it, but a "<" stands where it should end.
            self.loose_ends()
            self.cover(match.end(), len(self.data), _ILL_FORMED)
            return len(self.data)
        return match.end()

    def section(self, match: re.Match[bytes]) -> int:
        """Take a CDATA section."""
        end = self.data.find(b"]]>", match.end()) if self.sections_end else -1
        self.sections_end = end >= 0
        if end < 0 and not self.what:
            return match.end()  # never closed: what looks like markup may well be some
        end = len(self.data) if end < 0 else end
        self.text(match.end(), end)
        return min(end + 3, len(self.data))

    def text(self, start: int, end: int) -> None:
        if start == end:
            return
        if self.what:
            self.cover(start, end, self.what)
        elif not self.open and not self.data[start:end].isspace():
            self.loose.append((start, end))

    def loose_ends(self) -> None:
        """Cover text outside any element: the rest of a secret whose start is not in sight."""
        for start, end in self.loose:
            self.cover(start, end, _END)
        self.loose = []

    def cover(self, start: int, end: int, what: str) -> None:
        if start < end:
            self.spans.append((start, end, what))

    def end(self, name: bytes) -> None:
        if self.what and self.open[-1].name != name:
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
            self.loose_ends()

    def unsound(self, match: re.Match[bytes]) -> int:
        """Take a start tag that is ill-formed or cut off."""
        raw, what = match.group("attributes"), self.what
        ill_formed = match.group("close") or _CUT.fullmatch(raw) is None
        if ill_formed and (what or match.start() <= self.marks[-1]):
            # Quotes that do not close hide where tags end, so nothing after is safe.
            begin = match.start() + 1 if what else match.start("attributes")
            self.cover(begin, len(self.data), what or _ILL_FORMED)
            return len(self.data)
        if what and not match.group("close"):
            self.cover(match.start() + 1, len(self.data), what)
            return len(self.data)
        self.element(match, match.group("start"), raw, match.start("attributes"))
        return match.end()

    def element(self, match: re.Match[bytes], name: bytes, raw: bytes, shift: int) -> None:
        """Take a start tag; ``raw`` is what stands in it behind the name, from ``shift`` on."""
        what, declared = self.what, _NOTHING
        marked = self.marked(match)
        if marked or what or b"xmlns" in raw:
            places, values = _attributes(raw, shift)
            declared = _declared(values)
            if what:
                for key, found in places.items():
                    for place in found if not key.startswith("xmlns") else ():
                        self.cover(*place, what)
            elif marked:
                what = self.secret(name, places, values)
        if not raw.endswith(b"/"):
            self.open.append(_Frame(name, declared, what))
            self.names[name] += 1
            for key, uri in declared.items():
                self.scope.setdefault(key, []).append(uri)

    def secret(self, name: bytes, places: _Places, values: Mapping[str, str]) -> str:
        """Cover the attributes of an element that are secret; return what its text is."""
        prefix, local = _split(name)
        known = self.scope.get(prefix) or [None]
        what = ""
        for where, kind in _lines(_declared(values).get(prefix, known[-1]), local, values):
            if where == "text":
                what = kind
            else:
                for place in places.get(where[1:], ()):
                    self.cover(*place, kind)
        return what
