"""Escaping of localparts (XEP-0106): what may not be in one, as two digits of its number."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ESCAPES", "escape", "unescape"]

ESCAPES: Final = {" ": "20", '"': "22", "&": "26", "'": "27", "/": "2f", ":": "3a", "<": "3c",
                  ">": "3e", "@": "40", "\\": "5c"}  # fmt: skip
"""Character -> its two hexadecimal digits, always small (XEP-0106 §3.2)."""

_CODES: Final = "|".join(ESCAPES.values())
_BACK: Final = {code: one for one, code in ESCAPES.items()}
_ESCAPED: Final = re.compile(rf"\\({_CODES})")
_TO_ESCAPE: Final = re.compile(rf"""[ "&'/:<>@]|\\(?={_CODES})""")


def escape(text: str) -> str:
    r"""Return a name as it can stand in a localpart.

    A backslash is escaped only where it would be read as the beginning of an escape
    (XEP-0106 §4.2).

    >>> print(escape("d'artagnan"), escape(r"c:\net"), escape(r"c:\5commas"))
    d\27artagnan c\3a\net c\3a\5c5commas
    """
    return _TO_ESCAPE.sub(lambda found: f"\\{ESCAPES[found[0]]}", text)


def unescape(text: str) -> str:
    r"""Return a localpart as it is shown to people (XEP-0106 §3.3).

    >>> print(unescape(r"d\27artagnan"), unescape(r"foo\bar"))
    d'artagnan foo\bar
    """
    return _ESCAPED.sub(lambda found: _BACK[found[1]], text)
