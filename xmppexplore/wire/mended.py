"""Tags as people paste them: curly quotes, dots, undeclared prefixes, put right.

Whatever is put right is said, and stays in its place as far as can be.  It is meant for
texts that cannot be read as they are; what stands between tags is not touched.
"""

from __future__ import annotations

import re
from typing import Final

from xmppexplore.wire.fragments import CONVENTIONAL, Problem

__all__ = ["mended"]

_MOST_TOLD: Final = 20  # sentences
_TAG: Final = re.compile(r"<[A-Za-z_/][^<>]*>")
_QUOTED: Final = re.compile(r"""("[^"]*"|'[^']*')""")
_CURLY: Final = re.compile("=(\\s*)[“”„‟″‘’‚‛′]([^“”„‟″‘’‚‛′]*)[“”„‟″‘’‚‛′]")
_WIDE: Final = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")
_SLIPS: Final = (
    (
        re.compile(r"(?<=\s)[\[(]?(?:\.{2,}|…|snip)[\])]?(?=[\s/>]|$)"),
        lambda found: " " * len(found[0]),
        "dots in a tag stand for what was left out",
    ),
    (re.compile(r"^\s*,"), " ", "commas stand between attributes; they are left out"),
    (
        re.compile(r"=\s*([^\s=<>\"']+?)(?=\s|/?>)"),
        r"='\1'",
        "values stand without quotes; they are read as if they had them",
    ),
)
"""What is found between the quotes of a tag, what is put there, and what is said."""
_PREFIXED: Final = re.compile(r"(</?)([\w.\-]+):([\w.\-]+)")
_ATTRIBUTE: Final = re.compile(r"""(?<=\s)([\w.\-:]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_DECLARATION: Final = re.compile(r"\sxmlns:([\w.\-]+)\s*=")
_DECLARED: Final = frozenset({"xml", "xmlns", *(name for name, _ in CONVENTIONAL.prefixes)})
_DOTTED: Final = re.compile(r"<(?:\.{2,}|…)\s?/?>")


def mended(text: str, problems: list[Problem]) -> str:
    """Return a text whose tags are written as XML writes them.

    Args:
        text: XML among other things.
        problems: what was put right is added to it.

    >>> mended("<iq type=“get” ...><p:ping/></iq>", [])
    '<iq type="get"    ><ping  /></iq>'
    """
    return _Mender(text).run(problems)


class _Mender:
    """One pass over the tags of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.declared = {*_DECLARED, *(one[1] for one in _DECLARATION.finditer(text))}
        self.told: dict[str, int] = {}
        self.at = 0  # where the tag stands

    def run(self, problems: list[Problem]) -> str:
        text = _TAG.sub(self.mend, _DOTTED.sub(_blank, self.text))
        line, last = 1, 0
        for sentence, at in self.told.items():  # in the order of their places
            line += self.text.count("\n", last, at)
            last = at
            problems.append(Problem(line, at - self.text.rfind("\n", 0, at), sentence))
        return text

    def note(self, sentence: str) -> None:
        if len(self.told) < _MOST_TOLD:
            self.told.setdefault(sentence, self.at)

    def mend(self, found: re.Match[str]) -> str:
        tag, self.at = found.group(), found.start()
        if not tag.isascii():
            tag = self.plain(tag)
        parts = _QUOTED.split(tag)
        # Every second part is between straight quotes, and is left as it is.
        for number in range(0, len(parts), 2):
            for pattern, put, sentence in _SLIPS:
                better = pattern.sub(put, parts[number])
                if better != parts[number]:
                    self.note(sentence)
                    parts[number] = better
        return self.single(self.named("".join(parts)))

    def plain(self, tag: str) -> str:
        """Put straight quotes and plain spaces."""
        better = _CURLY.sub(_straight, tag)
        if better != tag:
            self.note("typographic quotes stand around values; they are read as straight ones")
        parts = _QUOTED.split(better)
        parts[::2] = [_WIDE.sub(" ", part) for part in parts[::2]]
        spaced = "".join(parts)
        if spaced != better:
            self.note("spaces that are not XML's stand in tags; they are read as plain ones")
        return spaced

    def named(self, tag: str) -> str:
        """Take an undeclared prefix from the name of the element."""
        found = _PREFIXED.match(tag)
        if found is None or found[2] in self.declared:
            return tag
        begins, prefix, local = found.groups()
        self.note(f"the prefix {prefix!r} is not declared; it is read as if it were not there")
        return f"{begins}{local}{' ' * (len(prefix) + 1)}{tag[found.end() :]}"

    def single(self, tag: str) -> str:
        """Blank attributes that stand there before, or whose prefix is not declared."""
        seen: set[str] = set()

        def once(found: re.Match[str]) -> str:
            name = found[1]
            prefix = name.rpartition(":")[0]
            if name in seen:
                self.note(f"the attribute {name!r} stands twice in a tag; the later is left out")
            elif prefix and prefix not in self.declared:
                self.note(f"the prefix of {name!r} is not declared; the attribute is left out")
            else:
                seen.add(name)
                return found.group()
            return _blank(found)

        return _ATTRIBUTE.sub(once, tag)


def _straight(found: re.Match[str]) -> str:
    quote = '"' if '"' not in found.group(2) else "'"
    return f"={found.group(1)}{quote}{found.group(2)}{quote}"


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())
