"""SASLprep: how a password is prepared before it is hashed (RFC 4013).

Written out on the tables of RFC 3454 that Python carries (Unicode 3.2, as the profile says),
so that the analyser does not take the word of a library that a party to the login uses.
"""

from __future__ import annotations

import stringprep
from typing import Final
from unicodedata import ucd_3_2_0

__all__ = ["saslprep"]

_PROHIBITED: Final = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
    stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6,
    stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip
"""What may not be in it (RFC 4013 §2.3)."""

MAX_LENGTH: Final = 4096  # characters; normalising grows with the text


def saslprep(text: str) -> str | None:
    r"""Return a prepared text, ``None`` where SASLprep forbids it.

    Code points that Unicode 3.2 does not assign are let through, as a query may hold them
    (RFC 4013 §2.5).

    >>> saslprep("pencil\u00ad")
    'pencil'
    >>> saslprep("pen\u0007cil") is None
    True
    """
    if text.isascii() and text.isprintable():
        return text
    if len(text) > MAX_LENGTH:
        return None
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    prepared = ucd_3_2_0.normalize("NFKC", mapped)
    if any(forbids(character) for character in prepared for forbids in _PROHIBITED):
        return None
    right = [stringprep.in_table_d1(character) for character in prepared]
    # One direction only, and where that is right to left, at both ends (RFC 3454 §6).
    if any(right):
        if any(stringprep.in_table_d2(character) for character in prepared):
            return None
        if not (right[0] and right[-1]):
            return None
    return prepared
