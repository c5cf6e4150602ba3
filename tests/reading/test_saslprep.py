"""Laws of SASLprep: the examples of its document, and the agreement of two libraries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramException
from scramp.utils import saslprep as another

from xmppexplore.reading.saslprep import saslprep


@pytest.mark.parametrize(
    ("text", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX"),
     ("\u0007", None), ("\u0627\u0031", None), ("a\u00a0b", "a b"), ("", ""),
     ("\u05d0", "\u05d0"), ("\u05d0a\u05d0", None), ("x" * 5000 + "\u00aa", None)],
)  # fmt: skip
def test_what_is_mapped_and_what_is_forbidden(text, prepared) -> None:
    """The examples of RFC 4013 §3, spaces, and one direction of writing."""
    assert saslprep(text) == prepared


@given(st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"]), min_size=1))
def test_another_library_says_the_same(text: str) -> None:
    """Where the library of the server's side prepares a text, it comes out the same."""
    try:
        expected = another(text)
    except ScramException:
        return  # it also forbids what Unicode 3.2 does not assign
    if expected:
        assert saslprep(text) == expected
