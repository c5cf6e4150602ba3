"""Where the tags of a text stand: Expat inside given declarations, with byte offsets.

What the strict reader of one element (:mod:`.element`) and the kind one of anything
(:mod:`.fragments`) have in common.
"""

from __future__ import annotations

import re
from typing import Final

from xmppexplore.wire import rules
from xmppexplore.wire.records import Context

__all__ = ["MAX_DEPTH", "MAX_PREFIXES", "Tags", "quoted"]

MAX_DEPTH: Final = 1000
"""Elements nested deeper are refused; real stanzas stay below twenty."""
MAX_PREFIXES: Final = 100
"""More prefixes in one scope are refused; real stanzas declare two or three."""

_TAG: Final = re.compile(rb"""(?:[^>'"]++|'[^']*+'|"[^"]*+")*>""")
# Line breaks and tabs would be read back as spaces (XML 1.0 §3.3.3).
_IN_QUOTES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def quoted(value: str) -> str:
    """Return ``value`` escaped and in quotes, as the value of an attribute.

    >>> print(quoted("it's & more"))
    'it&apos;s &amp; more'
    """
    return f"'{value.translate(_IN_QUOTES)}'"


class Tags:
    """A parser inside a made-up parent that declares a context.

    Inside an element a document type declaration is ill-formed to Expat itself, so that no
    entity can ever be declared, let alone expanded.

    Attributes:
        data: the text.
        parser: Expat; its handlers may lead to who holds this, so whoever is done with it
            deletes it, that nothing waits for the collector of garbage.
        shift: bytes of the made-up parent; Expat counts them.
        declared: namespaces that the start tag which comes next declares, by prefix.
    """

    def __init__(self, data: bytes, context: Context) -> None:
        default, prefixes, _ = context
        names = f" xmlns={quoted(default)}" if default else ""
        names += "".join(f" xmlns:{prefix}={quoted(uri)}" for prefix, uri in prefixes)
        parent = f"<_{names}>".encode()
        self.data = data
        self.declared: dict[str, str] = {}
        self.shift = len(parent)
        self.parser = rules.new_parser()
        self.parser.Parse(parent)
        self.parser.StartNamespaceDeclHandler = self._declare

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self.declared[prefix or ""] = uri or ""

    @property
    def offset(self) -> int:
        """Where in the text the parser is."""
        return self.parser.CurrentByteIndex - self.shift

    def content(self, start: int) -> int:
        """Return where the start tag at an offset ends."""
        tag = _TAG.match(self.data, start)
        return tag.end() if tag is not None else start

    def is_empty(self, content: int) -> bool:
        """Tell whether the start tag that ends here is one like ``<r/>``."""
        return self.data.startswith(b"/>", content - 2)

    def closing(self, content: int) -> tuple[int, int]:
        """Return where the end tag begins and ends; to be asked at its event.

        Args:
            content: where the start tag ends; at an empty one all is there.
        """
        # At <r/> Expat's end event stands behind the tag already, at </r> before it.
        if self.is_empty(content):
            return content, content
        close = self.offset
        return close, self.data.index(b">", close) + 1

    def scope(self, outer: Context) -> Context | None:
        """Return what holds inside the element that starts now, ``None`` for too many prefixes.

        Each scope is a copy of the one around it, hence :data:`MAX_PREFIXES`.
        """
        if not self.declared:
            return outer
        default = self.declared.pop("", outer.default)
        prefixes = {**dict(outer.prefixes), **self.declared}
        self.declared.clear()
        if len(prefixes) > MAX_PREFIXES:
            return None
        return Context(default, tuple(prefixes.items()), outer.lang)
