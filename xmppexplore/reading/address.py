"""The anatomy of an address: its parts, what preparing them changes, and what it refuses.

Written step by step from RFC 7622 and the documents it rests on, so that every change and
every refusal has its rule.  The sandbox prepares addresses in its own way: two witnesses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from precis_i18n import get_profile
from precis_i18n.derived import CONTEXTJ, CONTEXTO, FREE_PVAL, PVALID, derived_property

from xmppexplore.reading.address_bidi import broken_bidi_rule
from xmppexplore.reading.address_domain import domainpart
from xmppexplore.reading.address_records import (
    MAX_PART,
    Draft,
    Part,
    Step,
    octets,
    widened,
)

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

__all__ = ["EXCLUDED", "Anatomy", "anatomy", "split_address"]

MAX_CHARACTERS: Final = 4 * MAX_PART
"""A part of more is not prepared: composing shortens a text by a few times at most."""

EXCLUDED: Final = "\"&'/:<>@"  # RFC 7622 §3.3.1

_LOCAL: Final = get_profile("UsernameCaseMapped")
_RESOURCE: Final = get_profile("OpaqueString")

_CLASSES: Final[Mapping[str, str]] = {
    "unassigned": "is not assigned in the Unicode version used here",
    "old_hangul_jamo": "is a part of a Hangul syllable of old spelling",
    "precis_ignorable_properties": "is invisible or no character at all",
    "controls": "is a control character",
    "has_compat": "is another form of a character that has one of its own",
    "other_letter_digits": "is no letter or digit of ordinary words",
    "spaces": "is a space",
    "symbols": "is a symbol",
    "punctuation": "is a punctuation mark",
    "exceptions": "is excluded by name",
    "other": "is of a class that is never allowed",
}
"""Class of a character (RFC 8264 §9) -> what it says."""

_CONTEXTS: Final[Mapping[str, str]] = {
    "zero_width_joiner": "joins letters only after a virama",
    "zero_width_nonjoiner": "parts letters only after a virama or between joining letters",
    "middle_dot": "stands only between two letters l",
    "keraia": "stands only before a Greek letter",
    "hebrew_punctuation": "stands only after a Hebrew letter",
    "katakana_middle_dot": "stands only beside Japanese writing",
    "arabic_indic": "is not mixed with digits of the other Arabic row",
    "extended_arabic_indic": "is not mixed with digits of the other Arabic row",
}


class Anatomy(NamedTuple):
    """An address taken apart.

    Attributes:
        text: the address as it was given.
        local: its localpart.
        domain: its domainpart.
        resource: its resourcepart.
        problems: why it is no address; empty where it is one.
    """

    text: str
    local: Part
    domain: Part
    resource: Part
    problems: tuple[str, ...]

    @property
    def parts(self) -> tuple[Part, Part, Part]:
        """The three parts, in order."""
        return self.local, self.domain, self.resource

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that preparing changed."""
        return tuple(step for part in self.parts for step in part.steps)

    @property
    def bare(self) -> str:
        """The address without its resourcepart, prepared."""
        return (
            f"{self.local.result}@{self.domain.result}"
            if self.local.result
            else (self.domain.result)
        )

    @property
    def full(self) -> str:
        """The whole address, prepared."""
        return f"{self.bare}/{self.resource.result}" if self.resource.result else self.bare


def split_address(text: str) -> tuple[str | None, str, str | None]:
    """Cut an address at its first ``/``, then at the first ``@`` before it (RFC 7622 §3.1).

    >>> split_address("b/a@c")
    (None, 'b', 'a@c')
    """
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.partition("@")
    return (local, domain, resource if slash else None) if at else (
        None, bare, resource if slash else None
    )  # fmt: skip


def anatomy(text: str) -> Anatomy:
    """Take an address apart; whatever the text, there is an answer."""
    local, domain, resource = split_address(text)
    parts = (
        _part("localpart", local, _localpart),
        _part("domainpart", domain, domainpart),
        _part("resourcepart", resource, _resourcepart),
    )
    problems = tuple(problem for part in parts for problem in part.problems)
    return Anatomy(text, *parts, problems)


_SECTIONS: Final = {
    "localpart": "RFC 7622 §3.3",
    "domainpart": "RFC 7622 §3.2",
    "resourcepart": "RFC 7622 §3.4",
}


def _part(name: str, given: str | None, prepare: Callable[[Draft], None]) -> Part:
    if given is None:
        return Part(name, None, "")
    draft = Draft(name, given)
    section = _SECTIONS[name]
    if not given:
        beside = {"localpart": "before the @ there is nothing",
                  "domainpart": "there is no domain",
                  "resourcepart": "after the / there is nothing"}[name]  # fmt: skip
        draft.problems.append(f"The {name} is empty: {beside} ({section}).")
    elif len(given) > MAX_CHARACTERS:
        draft.problems.append(_too_long(name, octets(given)))
    else:
        prepare(draft)
        size = octets(draft.text)
        if not draft.text and not draft.problems:
            draft.problems.append(f"Nothing is left of the {name} when prepared ({section}).")
        if size > MAX_PART:
            draft.problems.append(_too_long(name, size))
    result = "" if draft.problems else draft.text
    return Part(name, given, result, draft.kind, tuple(draft.steps), tuple(draft.problems))


def _too_long(name: str, size: int) -> str:
    return f"The {name} has {size:,} octets; at most {MAX_PART} are allowed ({_SECTIONS[name]})."


# ---- the three parts


def _localpart(draft: Draft) -> None:
    """UsernameCaseMapped, and eight characters more (RFC 7622 §3.3, RFC 8265 §3.3)."""
    draft.map(widened(draft.text), "width mapping", "RFC 8264 §5.2.1",
              "Fullwidth and halfwidth characters become the ordinary ones.")  # fmt: skip
    draft.map(draft.text.lower(), "case mapping", "RFC 8264 §5.2.3",
              "Capital letters become small ones.")  # fmt: skip
    draft.map(unicodedata.normalize("NFC", draft.text), "normalisation", "RFC 8264 §5.2.4",
              "Letters and their marks are composed (NFC).")  # fmt: skip
    for one in dict.fromkeys(draft.text):
        if one in EXCLUDED:
            draft.refuse(one, "is one of the eight that addresses exclude", "RFC 7622 §3.3.1")
    _classes(draft, (PVALID,), "RFC 8264 §4.2")
    _enforced(draft, _LOCAL)


def _resourcepart(draft: Draft) -> None:
    """OpaqueString: any text, nearly; its case stays (RFC 7622 §3.4, RFC 8265 §4.2)."""
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in draft.text)
    draft.map(spaced, "space mapping", "RFC 8265 §4.2",
              "Spaces of other kinds become U+0020.")  # fmt: skip
    draft.map(unicodedata.normalize("NFC", draft.text), "normalisation", "RFC 8264 §5.2.4",
              "Letters and their marks are composed (NFC).")  # fmt: skip
    _classes(draft, (PVALID, FREE_PVAL), "RFC 8264 §4.3")
    _enforced(draft, _RESOURCE)


def _classes(draft: Draft, allowed: tuple[str, ...], section: str) -> None:
    """Name the characters whose class is not allowed."""
    data = _LOCAL.base.ucd
    for one in dict.fromkeys(draft.text):
        verdict, reason = derived_property(ord(one), data)
        if verdict not in (*allowed, CONTEXTJ, CONTEXTO):
            draft.refuse(one, _CLASSES.get(reason, "is not allowed"), section)


def _enforced(draft: Draft, profile: Profile) -> None:
    """Ask the library for what is left: direction, context, and that preparing ends."""
    if draft.problems:
        return
    try:
        profile.enforce(draft.text)
    except UnicodeEncodeError as error:
        reason = error.reason.rpartition("/")[2]
        if reason == "bidi_rule":
            why = broken_bidi_rule(draft.text)
            words = "breaks the rule for what is written from right to left"
            draft.problems.append(f"The {draft.name} {words}: {why}.")
        elif error.end - error.start == 1 and error.start < len(draft.text):
            why = _CONTEXTS.get(reason, "is not allowed here")
            draft.refuse(draft.text[error.start], why, "RFC 5892 appendix A")
        else:
            draft.problems.append(
                f"Preparing the {draft.name} again would change it again (RFC 8264 §7)."
            )
