"""Writing directions in a localpart and in a label of a domain: the Bidi rule (RFC 5893 §2).

The libraries say only whether it is kept; here is which of its six conditions is not.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from xmppexplore.reading.address_records import character

__all__ = ["broken_bidi_rule"]

_NEUTRAL: Final = frozenset({"ES", "CS", "ET", "ON", "BN", "NSM"})
_TO_LEFT: Final = frozenset({"R", "AL"})
_IN_TO_LEFT: Final = _TO_LEFT | _NEUTRAL | {"AN", "EN"}
_IN_TO_RIGHT: Final = _NEUTRAL | {"L", "EN"}


def broken_bidi_rule(text: str) -> str:
    """Return which condition a text breaks, and by which character; ``""`` where none.

    A text without a character that is written from right to left need not keep the rule,
    and is not asked about.

    >>> print(broken_bidi_rule("1\N{HEBREW LETTER ALEF}"))
    it begins with U+0031 DIGIT ONE, and not with a letter (RFC 5893 §2, condition 1)
    """
    classes = [unicodedata.bidirectional(one) for one in text]
    if not classes:
        return ""
    if classes[0] not in (*_TO_LEFT, "L"):
        return _said(f"it begins with {character(text[0])}, and not with a letter", 1)
    backwards = classes[0] in _TO_LEFT
    allowed = _IN_TO_LEFT if backwards else _IN_TO_RIGHT
    for one, direction in zip(text, classes, strict=True):
        if direction not in allowed:
            where = ("left to right", "right to left")[backwards]
            words = f"{character(one)} may not stand in a text that is written from {where}"
            return _said(words, 2 if backwards else 5)
    last = max(at for at, direction in enumerate(classes) if direction != "NSM")
    if classes[last] not in ({*_TO_LEFT, "EN", "AN"} if backwards else {"L", "EN"}):
        words = f"it ends with {character(text[last])}, and not with a letter or digit"
        return _said(words, 3 if backwards else 6)
    if backwards and {"EN", "AN"} <= set(classes):
        return _said("it mixes European and Arabic digits", 4)
    return ""


def _said(words: str, condition: int) -> str:
    return f"{words} (RFC 5893 §2, condition {condition})"
