"""What the anatomy of an address is made of: parts, steps, and the words for characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_ADDRESS",
    "MAX_PART",
    "MAX_PROBLEMS",
    "Draft",
    "Part",
    "Step",
    "character",
    "octets",
    "shortened",
    "widened",
]

MAX_PART: Final = 1023  # octets of each part, prepared (RFC 7622 §3.2, §3.3, §3.4)
MAX_ADDRESS: Final = 3 * MAX_PART + 2
MAX_PROBLEMS: Final = 5  # characters that are named for one part
SHOWN: Final = 200  # characters of a text that a step shows


class Step(NamedTuple):
    """One step of preparing a part.

    Attributes:
        part: ``"localpart"``, ``"domainpart"`` or ``"resourcepart"``.
        given: the text before it.
        result: the text after it.
        rule: short name of the rule.
        section: where the rule stands.
        sentence: what it did here.
        octets: of the result, in UTF-8.
    """

    part: str
    given: str
    result: str
    rule: str
    section: str
    sentence: str
    octets: int


class Part(NamedTuple):
    """One part of an address, prepared.

    Attributes:
        name: as in :class:`Step`.
        given: the part as it was written, ``None`` where it is not there.
        result: the part prepared; ``""`` where it is not there, or cannot be prepared.
        kind: of a domainpart ``"name"``, ``"IPv4 address"`` or ``"IPv6 address"``.
        steps: what changed it, in order.
        problems: why it is refused, a sentence each; empty where it is right.
    """

    name: str
    given: str | None
    result: str
    kind: str = ""
    steps: tuple[Step, ...] = ()
    problems: tuple[str, ...] = ()


_NAMELESS: Final[Mapping[str, str]] = {
    "Cc": "control character", "Cs": "half of a surrogate pair", "Co": "for private use",
    "Cn": "not assigned",
}  # fmt: skip


def character(one: str) -> str:
    r"""Return a character by its number and its name in Unicode.

    >>> character("@"), character("\x07")
    ('U+0040 COMMERCIAL AT', 'U+0007 (control character)')
    """
    name = unicodedata.name(one, "")
    if not name:
        name = f"({_NAMELESS.get(unicodedata.category(one), 'without a name')})"
    return f"U+{ord(one):04X} {name}"


def octets(text: str) -> int:
    """Return the length of a text in UTF-8, in octets."""
    return len(text.encode("utf-8", "surrogatepass"))


def shortened(text: str) -> str:
    """Return a text for showing, cut where it is very long."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def widened(text: str) -> str:
    """Map fullwidth and halfwidth characters to what they are forms of."""
    if text.isascii():
        return text
    return "".join(_ordinary(one) for one in text)


def _ordinary(one: str) -> str:
    found = unicodedata.decomposition(one)
    if not found.startswith(("<wide>", "<narrow>")):
        return one
    return "".join(chr(int(number, 16)) for number in found.split()[1:])


class Draft:
    """A part while it is prepared.

    Args:
        name: name of the part.
        given: the part as it was written.

    Attributes:
        text: the part as far as it is prepared.
        kind: see :class:`~xmppexplore.reading.address_records.Part`.
        steps: what changed it.
        problems: why it is refused.
    """

    def __init__(self, name: str, given: str) -> None:
        self.name = name
        self.given = given
        self.text = given
        self.kind = ""
        self.steps: list[Step] = []
        self.problems: list[str] = []

    def map(self, text: str, rule: str, section: str, sentence: str) -> None:
        """Take a new text, and note the step where it is another one."""
        if text != self.text:
            self.steps.append(
                Step(self.name, shortened(self.text), shortened(text), rule, section, sentence,
                     octets(text))
            )  # fmt: skip
            self.text = text

    def refuse(self, one: str, why: str, section: str) -> None:
        """Note a character that may not be in it, and where it stands."""
        if len(self.problems) >= MAX_PROBLEMS:
            return
        at = self.given.find(one)
        where = f"at character {at + 1}" if at >= 0 else "after mapping"
        self.problems.append(
            f"{character(one)} may not be in a {self.name} ({where}): it {why} ({section})."
        )
