"""Placeholders: what only a performance knows, put into what a play says."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Final

from xmppexplore.errors import UsageError

__all__ = ["PLACEHOLDERS", "Known", "escape"]

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "DOMAIN": "the domain of the server",
    "juliet@DOMAIN": "an account of the cast: its real localpart is new in each performance",
    "$Juliet": "the full address of a person of the cast",
    "$Juliet.bare": "the bare address",
    "$Juliet.name": "the localpart",
    "$Juliet.resource": "the resourcepart",
    "$Juliet.password": "the password",
    "$base64(...)": "the base64 of what stands between; `\\0` is the byte zero",
    "$word": "in small letters: where it is expected for the first time, any value, which is "
    "kept; from then on this value",
    "$$": "a dollar",
}
"""What is replaced wherever a play writes it."""

_PLACE: Final = re.compile(
    r"""\$(?P<dollar>\$)
      | \$base64\((?P<base64>[^()]*)\)
      | \$(?P<word>[A-Za-z][\w-]*(?:\.(?:bare|name|password|resource)\b)?)
      | (?<![\w.+-])(?P<local>[\w.+-]+)@DOMAIN(?!\w)
      | (?<![\w$])(?P<domain>DOMAIN)(?!\w)
    """,
    re.VERBOSE,
)
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;"}
)


def escape(value: str) -> str:
    """Return a value so that it can stand in XML, as text or between quotes."""
    return value.translate(_ESCAPES)


class Known:
    """What is known in a performance.

    Args:
        domain: the domain of the server.
        locals_: localpart in the play -> localpart on the server.

    Attributes:
        words: values by word: those of the cast in lower case (``"juliet.bare"``), and
            those that were kept.

    >>> known = Known("capulet.example", {"juliet": "juliet-7"})
    >>> known.words["juliet"] = "juliet-7@capulet.example/balcony"
    >>> known.fill("<presence to='juliet@DOMAIN'/>")
    "<presence to='juliet-7@capulet.example'/>"
    >>> known.fill("$Juliet")
    'juliet-7@capulet.example/balcony'
    """

    def __init__(self, domain: str, locals_: Mapping[str, str]) -> None:
        self.domain = domain
        self.locals = dict(locals_)
        self.words: dict[str, str] = {}

    def get(self, word: str, kept: Mapping[str, str] = {}) -> str | None:
        """Return the value of a word, ``None`` where it has none yet."""
        for values, key in ((self.words, word.lower()), (kept, word), (self.words, word)):
            if key in values:
                return values[key]
        return None

    def fill(
        self,
        text: str,
        quote: Callable[[str], str] = str,
        *,
        kept: Mapping[str, str] = {},
        leave: bool = False,
        secrets: bool = True,
    ) -> str:
        """Return text with its placeholders replaced.

        Args:
            text: what the play says.
            quote: applied to each value; :func:`escape` where the text is XML.
            kept: more values, by word.
            leave: whether a word without value stays as it is.
            secrets: whether passwords, and what is encoded, are put in; else they stay words.

        Raises:
            UsageError: a word has no value yet.
        """

        def replace(match: re.Match[str]) -> str:
            kind, inner = match.lastgroup, match[match.lastgroup or 0]
            if not secrets and (kind == "base64" or inner.endswith(".password")):
                return match[0]
            if kind == "dollar":
                return "$"
            if kind == "domain":
                return quote(self.domain)
            if kind == "local":
                return quote(f"{self.locals.get(inner.lower(), inner)}@{self.domain}")
            if kind == "base64":
                plain = self.fill(inner, kept=kept, leave=leave).replace("\\0", "\0")
                return base64.b64encode(plain.encode()).decode()
            value = self.get(inner, kept)
            if value is None:
                if leave:
                    return match[0]
                raise UsageError(
                    f"${inner} has no value yet: write it where something is received first, "
                    f"or write $$ for a dollar"
                )
            return quote(value)

        return _PLACE.sub(replace, text)

    def unknown(self, text: str, kept: Mapping[str, str]) -> str:
        """Return the word that a text is, where that has no value yet; else ``""``."""
        match = _PLACE.fullmatch(text)
        if match is None or match.lastgroup != "word":
            return ""
        return match["word"] if self.get(match["word"], kept) is None else ""
