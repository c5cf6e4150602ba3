"""What stringprep made of an address before RFC 7622: RFC 6122, and IDNA2003 for domains.

Servers that still prepare addresses so take some for the same that are not, and the other
way round.  The tables are those of RFC 3454 (Unicode 3.2), as Python carries them.
"""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Callable
from encodings import idna as idna2003
from typing import Final, NamedTuple

from xmppexplore.reading.address_records import MAX_PART, Part, character, octets

__all__ = ["Older", "older"]

_Table = Callable[[str], bool]

_ALWAYS: Final[tuple[_Table, ...]] = (
    stringprep.in_table_c12, stringprep.in_table_c21, stringprep.in_table_c22,
    stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
    stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9,
)  # fmt: skip
_IN_LOCAL: Final = frozenset("\"&'/:<>@")  # RFC 6122 appendix A.5


class Older(NamedTuple):
    """What the older rules made of one part.

    Attributes:
        part: name of the part.
        result: the part as they prepared it, ``None`` where they refused it.
        section: where the older rule stands.
        sentence: what the difference to RFC 7622 is; ``""`` where there is none.
    """

    part: str
    result: str | None
    section: str
    sentence: str = ""

    @property
    def differs(self) -> bool:
        """Whether RFC 7622 gives another answer."""
        return bool(self.sentence)


def older(part: Part) -> Older:
    """Return what RFC 6122 made of a part."""
    section = {"localpart": "RFC 6122 appendix A", "domainpart": "RFC 6122 §2.2",
               "resourcepart": "RFC 6122 appendix B"}[part.name]  # fmt: skip
    given = part.given or ""
    if not given or len(given) > 4 * MAX_PART:
        return Older(part.name, None if part.given is not None else "", section)
    if part.name == "domainpart":
        result, why = _domain(given, part)
    else:
        result, why = _prepared(given, local=part.name == "localpart")
    if result is not None and not 0 < octets(result) <= MAX_PART:
        result, why = None, "it has too many octets, or none"
    now = part.result if not part.problems else None
    if result == now:
        return Older(part.name, result, section)
    if now is None:
        sentence = f"Stringprep took this {part.name}, which RFC 7622 refuses ({section})."
    elif result is None:
        sentence = f"Stringprep refused this {part.name}: {why} ({section})."
    else:
        sentence = (
            f"Stringprep made another {part.name} of it: where the two differ, it has "
            f"{_first_difference(result, now)} ({section})."
        )
    return Older(part.name, result, section, sentence)


def _first_difference(one: str, other: str) -> str:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return f"{character(mine)} instead of {character(theirs)}"
    if len(one) > len(other):
        return f"{character(one[len(other)])} more"
    return f"{character(other[len(one)])} less"


def _prepared(text: str, *, local: bool) -> tuple[str | None, str]:
    """Nodeprep (RFC 6122 appendix A) or Resourceprep (appendix B)."""
    mapped = "".join(
        stringprep.map_table_b2(one) if local else one
        for one in text
        if not stringprep.in_table_b1(one)
    )
    result = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for one in result:
        if stringprep.in_table_a1(one):
            return None, f"{character(one)} was not assigned in Unicode 3.2"
        if any(table(one) for table in _ALWAYS):
            return None, f"{character(one)} was prohibited"
        if local and (one == " " or one in _IN_LOCAL):
            return None, f"{character(one)} was prohibited"
    right = [stringprep.in_table_d1(one) for one in result]
    if any(right):
        if any(stringprep.in_table_d2(one) for one in result):
            return None, "it mixes directions of writing"
        if not (right[0] and right[-1]):
            return None, "it does not begin and end with a letter written from right to left"
    return result, ""


def _domain(given: str, part: Part) -> tuple[str | None, str]:
    """IDNA2003, label by label; an IP address stays as it is."""
    if part.kind in ("IPv4 address", "IPv6 address") or given.startswith("["):
        return part.result or None, ""
    found = []
    text = idna2003.dots.sub(".", given)
    for label in (text.removesuffix(".") if len(text) > 1 else text).split("."):
        # Python's tables take quadratic time on labels that can be none anyway.
        if not 0 < len(label) <= 255:
            return None, "a label is empty or too long"
        for one in label:
            if stringprep.in_table_a1(one):
                return None, f"{character(one)} was not assigned in Unicode 3.2"
        prepared, why = _label(label)
        if prepared is None:
            return None, why
        found.append(prepared)
    return ".".join(found), ""


def _label(label: str) -> tuple[str | None, str]:
    """One label, by ToASCII with UseSTD3ASCIIRules and by ToUnicode (RFC 3490 §4).

    Python's own functions know no such flag, and mind the case of ``xn--``.
    """
    try:
        mapped = label.lower() if label.isascii() else idna2003.nameprep(label)
        ascii_ = idna2003.ToASCII(mapped)
    except UnicodeError:
        return None, "IDNA2003 has no such label"
    for one in mapped:
        if one.isascii() and not (one.isalnum() or one == "-"):
            return None, f"{character(one)} was prohibited"
    if mapped.startswith("-") or mapped.endswith("-"):
        return None, "a label begins or ends with a hyphen"
    try:
        return idna2003.ToUnicode(ascii_).lower(), ""
    except UnicodeError:
        return mapped, ""  # ToUnicode does not fail: what stands for nothing stays as it is
