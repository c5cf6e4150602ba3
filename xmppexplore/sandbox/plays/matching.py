"""Whether what came is what a play expects, and if not, where it differs.

Elements are compared as XML: prefixes and the order of attributes do not matter.  What
came is hostile: nothing here recurses deeper than the play's own text, and each expected
child takes the first that fits, so that no amount of children costs more than their number
times that of the play.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from xmppexplore.names import XML
from xmppexplore.sandbox.plays.filling import Known
from xmppexplore.sandbox.plays.script import Part
from xmppexplore.wire.element import Element

__all__ = ["PATTERNS", "Match", "match_element", "match_part", "match_parts"]

PATTERNS: Final = {
    "*": "any value, or any text; inside a longer one, any characters",
    "?value": "as an attribute: this value, or no such attribute",
    "...": "any more text and children; those written beside it may then come in any order",
}
"""What has a meaning of its own in expected XML."""

_ANY: Final = "*"
_MORE: Final = "..."
_MOST: Final = 20  # differences that are told of one element
_SHOWN: Final = 200  # characters of a value that a difference shows
_UNASKED: Final = frozenset({"id", f"{{{XML}}}lang"})
"""Attributes that may come without being expected: any server may add them."""


class Match(NamedTuple):
    """The outcome of a comparison.

    Attributes:
        differences: what differs, a sentence each; empty where it fits.
        kept: the words that got a value, with those that had one before.
    """

    differences: tuple[str, ...]
    kept: dict[str, str]

    @property
    def fits(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


class _Comparison:
    """One comparison of one expected element with one that came."""

    def __init__(self, known: Known, kept: dict[str, str]) -> None:
        self.known = known
        self.kept = dict(kept)
        self.differences: list[str] = []

    def differ(self, sentence: str) -> None:
        """Note a difference; what came decides how many there are, so not all are told."""
        if len(self.differences) < _MOST:
            self.differences.append(sentence)

    def value(self, wanted: str, found: str | None, what: str) -> None:
        optional = wanted.startswith("?")
        wanted = wanted[optional:]
        if found is None:
            if not optional:
                shown = "any value" if wanted == _ANY else repr(self._filled(wanted))
                self.differ(f"{what} is missing, expected {shown}")
            return
        if wanted == _ANY:
            return
        word = self.known.unknown(wanted, self.kept)
        if word:
            self.kept[word] = found
            return
        filled = self._filled(wanted)
        if filled != found and not _fits(filled, found):
            self.differ(f"{what} is {_short(found)}, expected {_short(filled)}")

    def _filled(self, wanted: str) -> str:
        return self.known.fill(wanted, kept=self.kept)

    def element(self, wanted: Element, found: Element, path: str) -> None:
        outer, path = path, f"{path}/{found.name}" if path else found.name
        if wanted.qualified != found.qualified:
            same = wanted.name == found.name
            seen = f"namespace {found.namespace!r}" if same else f"<{found.name}>"
            hoped = f"{wanted.namespace!r}" if same else f"<{wanted.name}>"
            where = f"{path}: " if same else f"{outer}: " if outer else ""
            self.differ(f"{where}{seen} came, expected {hoped}")
            return
        for name, value in wanted.attributes.items():
            self.value(value, found.get(name), f"{path}: attribute {_local(name)!r}")
        for name in found.attributes:
            if name not in wanted.attributes and name not in _UNASKED:
                value = found.attributes[name]
                self.differ(f"{path}: attribute {_local(name)!r} ({_short(value)}) is not expected")
        self.content(wanted, found, path)

    def content(self, wanted: Element, found: Element, path: str) -> None:
        text = wanted.text.replace("…", _MORE)
        open_ = _MORE in text
        text = text.replace(_MORE, "").strip()
        if text or not open_:
            self.value_of_text(text, found.text.strip(), path)
        if open_:
            self.some(wanted.children, found.children, path)
        else:
            self.all(wanted.children, found.children, path)

    def value_of_text(self, wanted: str, found: str, path: str) -> None:
        if wanted == "" and found:
            self.differ(f"{path}: the text {_short(found)} is not expected")
        elif wanted:
            self.value(wanted if wanted != "?" else "", found, f"{path}: the text")

    def all(self, wanted: Sequence[Element], found: Sequence[Element], path: str) -> None:
        for one, other in zip(wanted, found, strict=False):
            self.element(one, other, path)
        for child in wanted[len(found) :]:
            self.differ(f"{path}: <{child.name}> is missing")
        for child in found[len(wanted) :]:
            self.differ(f"{path}: <{child.name}> is not expected")

    def some(self, wanted: Sequence[Element], found: Sequence[Element], path: str) -> None:
        left = list(found)
        for child in wanted:
            nearest: tuple[str, ...] = ()
            for place, candidate in enumerate(left):
                match = match_element(child, candidate, self.known, self.kept, path)
                if match.fits:
                    self.kept = match.kept
                    del left[place]
                    break
                if candidate.qualified == child.qualified and not nearest:
                    nearest = match.differences
            else:
                for sentence in nearest or (f"{path}: <{child.name}> is missing",):
                    self.differ(sentence)


def _short(value: str) -> str:
    return repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}..."


def _fits(wanted: str, found: str) -> bool:
    """Whether a value fits one with stars in it; each star stands for any characters."""
    first, *others = wanted.split(_ANY)
    if not others or not found.startswith(first) or len(found) < len(wanted) - len(others):
        return False
    at, last = len(first), others.pop()
    for piece in others:
        at = found.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return found.endswith(last) and len(found) - len(last) >= at


def _local(name: str) -> str:
    return f"xml:{name.rpartition('}')[2]}" if name.startswith(f"{{{XML}}}") else name


def match_element(
    wanted: Element, found: Element, known: Known, kept: dict[str, str], path: str = ""
) -> Match:
    """Compare an element that came with an expected one.

    Args:
        wanted: as the play writes it.
        found: what came.
        known: what is known.
        kept: words that have a value by now.
        path: where the elements stand, for the sentences.

    Raises:
        UsageError: the play uses a word inside a longer text before it has a value.
    """
    comparison = _Comparison(known, kept)
    comparison.element(wanted, found, path)
    return Match(tuple(comparison.differences), comparison.kept)


def match_part(
    wanted: Part, kind: str, found: Element | None, known: Known, kept: dict[str, str]
) -> Match:
    """Compare a first-level piece that came with an expected one.

    Args:
        wanted: as the play writes it.
        kind: kind of what came: ``"header"``, ``"element"`` or ``"footer"``.
        found: what came, closed at once where it is a header; ``None`` for a footer.
        known: what is known.
        kept: words that have a value by now.

    Raises:
        UsageError: the play uses a word inside a longer text before it has a value.
    """
    if wanted.kind != kind:
        words = {
            "header": "a stream header",
            "footer": "the end of the stream",
            "element": "an element",
        }
        return Match((f"{words[kind]} came, expected {words[wanted.kind]}",), kept)
    if wanted.element is None or found is None:
        return Match((), kept)
    return match_element(wanted.element, found, known, kept)


def match_parts(
    wanted: Sequence[Part], kind: str, found: Element | None, known: Known
) -> tuple[int, Match]:
    """Return which of several expected pieces came, and how it fits.

    Returns:
        The position of the first that fits, or -1 with the differences to the one that
        is nearest: of the same name, then the one with the fewest.
    """
    kept = known.words
    best = Match(("nothing more is expected",), kept)
    distance = (2, 0)
    for place, part in enumerate(wanted):
        match = match_part(part, kind, found, known, kept)
        if match.fits:
            return place, match
        same = part.element and found and part.element.qualified == found.qualified
        rank = (0 if same else 1, len(match.differences))
        if rank < distance:
            best, distance = match, rank
    return -1, best
