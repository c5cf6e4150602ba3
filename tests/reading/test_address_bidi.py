"""Laws of the Bidi rule: each condition is named, and two libraries agree on whether it is kept."""

from __future__ import annotations

import unicodedata

import idna
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from precis_i18n import get_profile

from xmppexplore.reading.address_bidi import broken_bidi_rule

ALEF, FATHA, ARABIC_TWO, PERSIAN_TWO = "\u05d0", "\u064e", "\u0662", "\u06f2"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("1" + ALEF, 1), (ARABIC_TWO + ALEF, 1), ("\u0301a" + ALEF, 1),
        (ALEF + "a", 2), (ALEF + "a" + ALEF, 2),
        (ALEF + "-", 3), (ALEF + "-" + FATHA, 3),
        (ALEF + ARABIC_TWO + "2", 4), (ALEF + PERSIAN_TWO + ARABIC_TWO, 4),
        ("a" + ALEF, 5), ("a" + ARABIC_TWO, 5),
        ("a-", 6), ("a-\u0301", 6),
        ("", 0), ("a", 0), ("a1", 0), (ALEF, 0), (ALEF + "1", 0), (ALEF + FATHA, 0),
        (ALEF + ARABIC_TWO, 0), (ALEF + "-" + ALEF, 0), ("a\u0301", 0),
    ],
)  # fmt: skip
def test_the_first_condition_that_is_broken_is_named(text: str, condition: int) -> None:
    """With the character that breaks it."""
    found = broken_bidi_rule(text)

    assert found.endswith(f"condition {condition})") if condition else found == ""
    assert "U+" in found or condition in (0, 4)


MIXED = st.text(st.sampled_from(f"ab1-{ALEF}\u0627{FATHA}{ARABIC_TWO}{PERSIAN_TWO}\u0301+,"),
                min_size=1, max_size=6)  # fmt: skip


@given(MIXED)
def test_idna_agrees(text: str) -> None:
    """Asked also about texts without a letter that is written from right to left."""
    try:
        idna.check_bidi(text, check_ltr=True)
    except idna.IDNABidiError:
        assert broken_bidi_rule(text)
    else:
        assert not broken_bidi_rule(text)


@given(MIXED)
def test_precis_agrees(text: str) -> None:
    """Where the rule is to be kept at all: where something is written from right to left."""
    assume({"R", "AL", "AN"} & set(map(unicodedata.bidirectional, text)))
    try:
        get_profile("UsernameCaseMapped").enforce(text)
    except UnicodeEncodeError as error:
        assume(error.reason.endswith("bidi_rule"))
        assert broken_bidi_rule(text)
    else:
        assert not broken_bidi_rule(text)


@given(st.text(max_size=8))
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever its characters are."""
    found = broken_bidi_rule(text)

    assert found == "" or "(RFC 5893 §2, condition " in found
