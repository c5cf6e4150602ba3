"""XML as people paste it: out of logs, mails and source code, made readable again.

What is around the XML there (times, levels, arrows, marks of quotation) is blanked, and what
was written otherwise than XML writes it is put back: straight quotes, plain spaces, a missing
end tag.  Places stay where they were as far as can be, and whatever was done is said.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Final, NamedTuple

from xmppexplore.wire import malformed
from xmppexplore.wire.fragments import CONVENTIONAL, Problem, pieces_of
from xmppexplore.wire.mended import mended
from xmppexplore.wire.records import Context

__all__ = ["Pasted", "untangled"]

MOST_BRIDGES: Final = 50
"""Places that cannot be read after which reading goes on; each costs a copy of the rest."""
MOST_TOLD: Final = 20
"""Problems of one kind that are told one by one."""
_MOST_LINES: Final = 4  # that are named in one sentence

_NAME: Final = r"[A-Za-z_][\w.\-]*(?::[\w.\-]+)?"
_TIME: Final = r"\d\d?:\d\d(?::\d\d)?"
_MARK: Final = (
    rf"[^\S\n]*(?:[\[(]?(?:\d{{4}}-\d\d-\d\d|\d\d[-/.]\d\d(?:[-/.]\d{{2,4}})?[ T]+{_TIME}|{_TIME}"
    rf"|[A-Z][a-z]{{2}}[ ]+\d\d?[ ]+{_TIME})"
    r"|(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|VERBOSE)\b"
    r"|(?:SENT|SEND|RECV|RECEIVED|RCVD|SND|IN|OUT|XML|C|S|[A-Z]?2[A-Z]|Client|Server|Sent|Received"
    r"|Sending|Receiving)(?:[-\s(\[][^:<>\n]{0,30})?:"
    r"|<{2,3}(?!\w)|>{2,3}|<[-=]{1,2}|[-=]{1,2}>|[←→⇐⇒⟵⟶])"
)
_TOKEN: Final = re.compile(
    rf"""(?P<mark>^{_MARK})|(?P<skip><!--|<!\[CDATA\[|<\?)"""
    rf"""|<(?P<end>/?)(?P<name>{_NAME})(?=[\s/>])"""
    r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*>"""
    rf"|(?P<cut><{_NAME}(?=[\s/>]|\Z))",
    re.MULTILINE,
)
_SOUND: Final = re.compile(rf"""<({_NAME})(?:\s+[^\s<>/='"]+\s*=\s*(?:"[^"<]*+"|'[^'<]*+'))*""")
_REST: Final = re.compile(r"[^<\n]*+")
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_ANY_TAG: Final = re.compile(rf"</?{_NAME}(?=[\s/>])")
_BARE: Final = re.compile(
    r"&(?!(?:lt|gt|amp|apos|quot|#[0-9]{1,8}|#x[0-9A-Fa-f]{1,6});)|<(?![A-Za-z_/!?\x80-\U0010ffff])"
)
_BACKSLASHED: Final = re.compile(r"""=\\["']""")
_BACKSLASH: Final = re.compile(r"""\\(["'/\\nrt])""")
_ENTITY: Final = re.compile(r"&\w{1,30};")
_WRONG_TOKEN, _UNDEFINED = 4, 11  # as in expat.h
_ESCAPED: Final = re.compile(r"&lt;/?[A-Za-z_]")
_REFERENCE: Final = re.compile(r"&(lt|gt|quot|apos|amp|#39|#34|#x27|#x22);")
_MEANT: Final = {
    "lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'",
    "#39": "'", "#34": '"', "#x27": "'", "#x22": '"',
}  # fmt: skip
_IN_LINE: Final = re.compile(r"\S[^\n]*+")
_NUMBERED: Final = re.compile(r"[^\S\n]*(\d{1,6})[.:|)]?(?=\s|$)")
_AGAIN: Final = re.compile(rb"^[^\S\n]*<(?:message|presence|iq|stream:\w+)[\s/>]", re.MULTILINE)


class Pasted(NamedTuple):
    """A text, made readable.

    Attributes:
        text: as XML would have it.
        problems: what was changed or left out, with its place.
    """

    text: str
    problems: tuple[Problem, ...]


def untangled(text: str, context: Context = CONVENTIONAL) -> Pasted:
    """Make what somebody pasted readable, and say what was done; never raises.

    It is meant for what could not be read as it is: sound XML with strange texts in it is
    better left alone.

    Args:
        text: XML among other things.
        context: what is declared around it.

    >>> untangled("12:00:01 SENT: <presence/>").text.strip()
    '<presence/>'
    >>> untangled("<iq type=“get” id=“1”/>").text
    '<iq type="get" id="1"/>'
    """
    problems: list[Problem] = []
    for change in (_unescaped, _unslashed, _unquoted, mended):
        text = change(text, problems)
    text = _escaped(_Scan(text, problems).run(), problems)
    text = _bridged(text, context, problems)
    return Pasted(text, tuple(sorted(problems)))


def _unescaped(text: str, problems: list[Problem]) -> str:
    """Take away one layer of escaping, where no tag is left that is not escaped."""
    if _ESCAPED.search(text) is None or _ANY_TAG.search(text) is not None:
        return text
    problems.append(Problem(1, 1, "the tags were escaped, as &lt; is; one layer is taken away"))
    return _REFERENCE.sub(lambda found: _MEANT[found.group(1)], text)


def _unslashed(text: str, problems: list[Problem]) -> str:
    """Take away the backslashes of source code and JSON."""
    if _BACKSLASHED.search(text) is None:
        return text
    problems.append(
        Problem(1, 1, "backslashes stand before quotes, as in source code; they are taken away")
    )
    meant = {"n": "\n", "r": " ", "t": "\t"}
    return _BACKSLASH.sub(lambda found: meant.get(found.group(1), found.group(1)), text)


def _unquoted(text: str, problems: list[Problem]) -> str:
    """Blank what begins every line: marks of quotation, or the numbers of the lines."""
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if len(full) < 2:
        return text
    first = full[0][0]
    if first in ">|+" and all(line.startswith(first) for line in full):
        problems.append(Problem(1, 1, f"each line begins with {first!r}; that is left out"))
        return "\n".join(" " + line[1:] for line in lines)
    numbers = [_NUMBERED.match(line) for line in full]
    counted = [int(found.group(1)) for found in numbers if found is not None]
    if len(counted) < len(full) or any(late - early != 1 for early, late in pairwise(counted)):
        return text
    problems.append(Problem(1, 1, "each line begins with its number; that is left out"))
    return "\n".join(_NUMBERED.sub(_blank, line, count=1) for line in lines)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _escaped(text: str, problems: list[Problem]) -> str:
    """Write what stands bare in texts and values as XML writes it; sections are left alone."""
    if "<![CDATA[" in text:
        return text
    told: dict[str, int] = {}

    def mend(found: re.Match[str]) -> str:
        here = text[found.start() : found.start() + 60].encode("utf-8", "replace")
        entity = _ENTITY.match(text, found.start()) is not None
        sentence = malformed.explain(_UNDEFINED if entity else _WRONG_TOKEN, here, 0, "")
        if len(told) < MOST_TOLD:
            told.setdefault(sentence, found.start())
        return "&amp;" if found.group() == "&" else "&lt;"

    better = _BARE.sub(mend, text)
    places = _Lines(text)
    problems += [Problem(*places.of(at), sentence) for sentence, at in told.items()]
    return better


class _Scan:
    """One pass over the tags of a text: what stands outside of elements becomes blank."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self.text = text
        self.problems = problems
        self.open: list[tuple[str, int]] = []  # names with the places of their start tags
        self.parts: list[str] = []
        self.done = 0  # up to where the text was taken over
        self.outside: list[int] = []  # where something is that is no XML
        self.told: dict[str, int] = {}
        self.endless: set[str] = set()
        self.counts: Counter[str] = Counter()  # of open names
        self.ahead: re.Match[str] | None = None  # the next tag, where it was looked for
        self.looked = -1

    def run(self) -> str:
        at = 0
        while (found := _TOKEN.search(self.text, at)) is not None:
            at = self.take(found)
        if not self.open:
            self.blank(len(self.text))
        self.parts.append(self.text[self.done :])
        self.note_outside()
        return "".join(self.parts)

    def take(self, found: re.Match[str]) -> int:
        """Look at one token, and return where to go on."""
        start, end = found.span()
        if found["mark"] is not None:
            if self.open and not self._is_content(end):
                self.close(start)
            return end
        if found["skip"] is not None:
            return self.skip(found["skip"], start)
        if found["cut"] is not None:
            return end if self.open else self.cut(start)
        name = found["name"]
        if found["end"]:
            self.end_tag(name, start, end)
        elif not self.open:
            self.blank(start)
            self.keep(end)
        if not found["end"] and self.text[end - 2] != "/" and not _is_stream(name):
            self.open.append((name, start))
            self.counts[name] += 1
        return end

    def cut(self, start: int) -> int:
        """Close a start tag that is cut off, behind the last attribute that is whole."""
        self.blank(start)
        sound = _SOUND.match(self.text, start)
        assert sound is not None  # the name alone is sound
        end = sound.end()
        self.keep(end)
        self.parts.append(">")
        rest = _REST.match(self.text, end)
        assert rest is not None  # be it nothing
        self.parts.append(" " * (len(rest.group()) - 1))
        self.done = rest.end()
        self.tell(start, f"the tag <{sound[1]}> is cut off; what there is of it is read")
        self.open.append((sound[1], start))
        self.counts[sound[1]] += 1
        return rest.end()

    def _is_content(self, at: int) -> bool:
        """Whether the next tag ends the element that is open: then a mark is text in it."""
        if self.looked < at and (self.looked < 0 or self.ahead is not None):
            self.ahead = _ANY_TAG.search(self.text, at)
            self.looked = self.ahead.start() if self.ahead is not None else at
        return self.ahead is not None and self.ahead.group() == f"</{self.open[-1][0]}"

    def skip(self, begins: str, start: int) -> int:
        """Pass over a comment, a section or an instruction."""
        ends = _ENDS[begins]
        end = -1 if begins in self.endless else self.text.find(ends, start)
        if end < 0:
            self.endless.add(begins)  # not to be looked for again
            return start + len(begins)
        end += len(ends)
        if not self.open and begins == "<?" and self.text.startswith("<?xml", start):
            self.blank(start)
            self.keep(end)
        return end

    def end_tag(self, name: str, start: int, end: int) -> None:
        if self.counts[name]:
            inner = ""
            while inner != name:
                inner, _ = self.open.pop()
                self.counts[inner] -= 1
            if not self.open:
                self.keep(end)
        elif not self.open and _is_stream(name):
            self.blank(start)
            self.keep(end)
        elif not self.open:
            self.blank(start)
            self.blank_tag(end)
            self.tell(start, f"the end tag </{name}> belongs to no start tag; it is left out")

    def close(self, at: int) -> None:
        """Close what is open where the next line of a log begins."""
        before = self.text.rfind("\n", 0, at + 1)
        before = max(before, self.done)
        name, start = self.open[0]
        self.tell(start, f"<{name}> is not closed before the log goes on; it is closed here")
        closing = "".join(f"</{one}>" for one, _ in reversed(self.open))
        self.parts += [self.text[self.done : before], closing]
        self.done = before
        self.open.clear()
        self.counts.clear()

    def keep(self, end: int) -> None:
        self.parts.append(self.text[self.done : end])
        self.done = end

    def blank(self, until: int) -> None:
        """Blank what stands outside of elements, and remember that something did."""
        gap = self.text[self.done : until]
        if gap.strip():
            self.outside += [self.done + found.start() for found in _IN_LINE.finditer(gap)]
        self.blank_tag(until)

    def blank_tag(self, until: int) -> None:
        self.parts.append(re.sub(r"[^\r\n]", " ", self.text[self.done : until]))
        self.done = until

    def tell(self, at: int, sentence: str) -> None:
        if len(self.told) < MOST_TOLD:
            self.told.setdefault(sentence, at)

    def note_outside(self) -> None:
        places = _Lines(self.text)
        self.problems += [Problem(*places.of(at), sentence) for sentence, at in self.told.items()]
        if not self.outside:
            return
        lines = list(dict.fromkeys(places.of(at)[0] for at in self.outside))
        named = ", ".join(map(str, lines[:_MOST_LINES]))
        more = f" and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
        where = f"line {named}" if len(lines) == 1 else f"lines {named}{more}"
        self.problems.append(
            Problem(
                *places.of(self.outside[0]),
                f"what stands outside of elements in {where} is no XML, as the marks of a log are"
                " not; it is left out",
            )
        )


class _Lines:
    """Finds lines and columns, for places that come in order at the cost of one pass."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1

    def of(self, at: int) -> tuple[int, int]:
        if at < self.at:
            self.at, self.line = 0, 1
        self.line += self.text.count("\n", self.at, at)
        self.at = at
        return self.line, at - self.text.rfind("\n", 0, at)


def _is_stream(name: str) -> bool:
    return name == "stream" or name.endswith(":stream")


def _bridged(text: str, context: Context, problems: list[Problem]) -> str:
    """Close what cannot be read, where a stanza begins on a line further down."""
    data = text.encode("utf-8", "replace")
    done: list[bytes] = []
    line = 0
    for _ in range(MOST_BRIDGES):
        found = pieces_of(data, context)
        last = found.pieces[-1] if found.pieces else None
        end = last.end if last is not None else 0
        wrong = [one for one in found.problems if "comment" not in one.sentence]
        # Behind the start of what cannot be read, so that each turn gets further.
        tag = data.find(b"<", end)
        again = _AGAIN.search(data, tag + 1) if tag >= 0 else None
        if again is None or not wrong or found.more:
            break
        closing = last.closing if last is not None and last.kind == "element" else b""
        problems.append(wrong[-1]._replace(line=wrong[-1].line + line))
        # What is left out is blank up to the end of its line: no column moves.
        done += [data[:end], closing, re.sub(rb"[^\r\n]", b" ", data[end : again.start()])]
        line += data.count(b"\n", 0, again.start())
        data = data[again.start() :]
    return b"".join([*done, data]).decode("utf-8", "replace")
