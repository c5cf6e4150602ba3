"""Two addresses compared, with the reasons (RFC 7622 §4: equal are the prepared octets)."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from xmppexplore.reading.address import Anatomy
from xmppexplore.reading.address_older import older
from xmppexplore.reading.address_records import Part, character

__all__ = ["Comparison", "compare"]


class Comparison(NamedTuple):
    """How two addresses stand to each other.

    Attributes:
        equal: whether they are the same address.
        same_bare: whether they are the same without their resourceparts.
        differ: names of the parts that differ.
        reasons: why, a sentence each.
        older_equal: whether servers that still use stringprep (RFC 6122) take them for the
            same; ``None`` where those refuse one of them.
    """

    equal: bool
    same_bare: bool
    differ: tuple[str, ...]
    reasons: tuple[str, ...]
    older_equal: bool | None

    def __str__(self) -> str:
        return " ".join(self.reasons)


def compare(one: Anatomy, other: Anatomy) -> Comparison:
    """Compare two addresses; one that is none is equal to nothing."""
    wrong = [
        f"The {which} is no address: {anatomy.problems[0]}"
        for which, anatomy in (("first", one), ("second", other))
        if anatomy.problems
    ]
    pairs = list(zip(one.parts, other.parts, strict=True))
    before = _older_equal(pairs)
    if wrong:
        return Comparison(
            equal=False, same_bare=False, differ=(), reasons=tuple(wrong), older_equal=before
        )
    differ = [(mine, theirs) for mine, theirs in pairs if mine.result != theirs.result]
    reasons = [_why(mine, theirs) for mine, theirs in differ]
    if not differ:
        reasons += _equal(one, other)
    same_bare = one.bare == other.bare
    if differ and same_bare:
        reasons.append("Without their resourceparts they are the same.")
    if before is not None and before == bool(differ):
        words = "took them for the same" if before else "took them for different ones"
        reasons.append(f"Servers that still use stringprep {words} (RFC 6122).")
    names = tuple(mine.name for mine, _ in differ)
    return Comparison(not differ, same_bare, names, tuple(reasons), before)


def _equal(one: Anatomy, other: Anatomy) -> list[str]:
    if one.text == other.text:
        return ["They are written the same."]
    rules = dict.fromkeys(step.rule for step in (*one.steps, *other.steps))
    words = "They are the same when prepared, octet by octet, though written otherwise"
    return [f"{words}: {', '.join(rules)} (RFC 7622 §4)."]


def _why(mine: Part, theirs: Part) -> str:
    name, one, other = mine.name, mine.result, theirs.result
    if not one or not other:
        has = "first" if one else "second"
        return f"Only the {has} has a {name}."
    if name == "resourcepart" and one.lower() == other.lower():
        return "The resourceparts differ in their case, which is kept there (RFC 7622 §3.4)."
    at, told = _first(one, other)
    words = f"The {name}s differ at character {at}: {told}."
    folded = [unicodedata.normalize("NFKC", text).casefold() for text in (one, other)]
    if folded[0] == folded[1]:
        words += " They look alike, but RFC 7622 keeps them apart."
    elif _scripts(one) != _scripts(other):
        words += f" They are of different scripts: {_scripts(one)} and {_scripts(other)}."
    return words


def _first(one: str, other: str) -> tuple[int, str]:
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at + 1, f"{character(mine)} and {character(theirs)}"
    at = min(len(one), len(other))
    longer, which = (one, "first") if len(one) > len(other) else (other, "second")
    return at + 1, f"the {which} goes on with {character(longer[at])}"


def _scripts(text: str) -> str:
    """Return the scripts of the letters in a text, by the first word of their names."""
    found = {unicodedata.name(one, "?").split()[0] for one in text if one.isalpha()}
    return ", ".join(sorted(found)[:5]) or "none"


def _older_equal(pairs: list[tuple[Part, Part]]) -> bool | None:
    """Tell whether stringprep took two addresses for the same."""
    found = [(older(mine).result, older(theirs).result) for mine, theirs in pairs]
    if any(None in pair for pair in found):
        return None
    return all(mine == theirs for mine, theirs in found)
