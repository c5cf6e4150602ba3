"""From the text of a play to its script.

Errors name the line, what is wrong, and what would be right.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final, NamedTuple, NoReturn

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.plays.blocks import read_bytes, read_parts
from xmppexplore.sandbox.plays.script import Act, Only, Person, Script, Step, Turn
from xmppexplore.sandbox.plays.sentences import understand

__all__ = ["MAX_BYTES", "read_play"]

MAX_BYTES: Final = 1024 * 1024
"""A longer text is no play."""
MAX_SENTENCE: Final = 400
"""Characters of one sentence, without what stands behind its colon."""
MAX_DEPTH: Final = 5
"""How deep ``Only on`` may be nested."""

_CAST: Final = re.compile(
    r"(?P<name>[A-Za-z][\w-]*) is (?P<local>[^\s@/]+)@DOMAIN(?:/(?P<resource>\S.*))?",
    re.IGNORECASE,
)
_NO_ACCOUNT: Final = re.compile(r"(?P<name>[A-Za-z][\w-]*) has no account", re.IGNORECASE)
_SUBSCRIBED: Final = re.compile(
    r"(?P<one>[A-Za-z][\w-]*) (?:is subscribed to|(?P<both>and)) (?P<other>[A-Za-z][\w-]*)"
    r"(?(both) are subscribed to each other)",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(
    r"(?P<key>title|source|sources|needs) ?: ?(?P<value>.*)", re.IGNORECASE
)
_WHERE: Final = re.compile(
    r"(?P<how>except|only|not) on (?P<servers>[\w ,-]+?),? because (?P<reason>.+?) ?(?P<colon>:?)",
    re.IGNORECASE,
)
_ACT: Final = re.compile(r"(?P<name>[A-Za-z][\w-]*) (?P<words>.+)", re.DOTALL)


class _Line(NamedTuple):
    """A line of the play that says something.

    Attributes:
        number: from 1.
        indent: columns of white space before it.
        text: without that white space.
    """

    number: int
    indent: int
    text: str


# A misspelt name would else be a value of any kind, and the play would pass.
_CAPITAL: Final = re.compile(r"(?<!\$)(?:\$\$)*\$([A-Z][\w-]*)")


def read_play(text: str) -> Script:
    r"""Return the script of a play.

    Raises:
        UsageError: it cannot be understood; the message names the line.
        MalformedXML: XML in it is not well-formed; line and column are those of the play.

    >>> script = read_play("Juliet is juliet@DOMAIN\nJuliet connects")
    >>> script.turns[0].act.verb
    'connect'
    """
    if len(text) > MAX_BYTES:
        raise UsageError(f"a play of {len(text):,} characters is too long: {MAX_BYTES:,} are read")
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        # Tabs count as in most editors; a byte order mark is none of ours.
        self.lines = text.removeprefix("\ufeff").expandtabs(8).split("\n")
        self.at = 0
        self.title = ""
        self.sources: list[str] = []
        self.needs: list[str] = []
        self.refusals: dict[str, str] = {}
        self.cast: dict[str, Person] = {}
        self.subscriptions: list[tuple[str, str]] = []

    def read(self) -> Script:
        turns = self.turns(-1, 0)
        if not self.cast:
            self.fail(1, "nobody plays: begin with a line such as Juliet is juliet@DOMAIN/balcony")
        return Script(
            self.title,
            tuple(self.sources),
            tuple(self.needs),
            self.refusals,
            {person.name: person for person in self.cast.values()},
            tuple(self.subscriptions),
            tuple(turns),
        )

    def fail(self, line: int, sentence: str) -> NoReturn:
        raise UsageError(f"line {line}: {sentence}")

    # ---- lines

    def peek(self) -> _Line | None:
        """Return the next line that says something."""
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            text = line.lstrip()
            if text and not text.startswith("#"):
                return _Line(self.at + 1, len(line) - len(text), text)
            self.at += 1
        return None

    def turns(self, outer: int, depth: int) -> list[Turn]:
        """Read what stands deeper than ``outer`` columns."""
        turns: list[Turn] = []
        while (line := self.peek()) is not None and line.indent > outer:
            if line.text.startswith("<"):
                self.fail(line.number, "XML follows a sentence such as Juliet sends:")
            self.at += 1
            self.line(line, turns, depth)
        return turns

    def line(self, line: _Line, turns: list[Turn], depth: int) -> None:
        sentence = " ".join(line.text.split(" #")[0].split())
        if depth == 0 and self.heading(line, sentence, begun=bool(turns)):
            return
        where = _WHERE.fullmatch(sentence)
        if where is not None:
            self.where(line, where, turns, depth)
        elif sentence.lower().startswith(("except on", "only on", "not on")):
            self.fail(
                line.number,
                f"a reason is missing: write {sentence.split()[0]} on NAME, because ...:",
            )
        else:
            turns.append(Step(self.act(line)))

    def heading(self, line: _Line, sentence: str, *, begun: bool) -> bool:
        """Read a line that is no act; false where it is one."""
        heading = _HEADING.fullmatch(sentence)
        if heading is not None:
            key, value = heading["key"].lower(), heading["value"].strip()
            if key == "title":
                self.title = value
            elif key == "needs":
                self.needs += [need.strip().lower() for need in value.split(",") if need.strip()]
            else:
                self.sources += [source.strip() for source in value.split(",") if source.strip()]
            return True
        person = _CAST.fullmatch(sentence)
        if person is not None:
            self.enter(line, person)
            return True
        absent = _NO_ACCOUNT.fullmatch(sentence)
        subscribed = _SUBSCRIBED.fullmatch(sentence)
        if begun and (absent is not None or subscribed is not None):
            self.fail(line.number, "what is so before the play is said before its first act")
        if absent is not None:
            key = self.known(line.number, absent["name"])
            self.cast[key] = self.cast[key]._replace(registered=False)
            return True
        if subscribed is not None:
            one, other = (
                self.cast[self.known(line.number, subscribed[name])].name
                for name in ("one", "other")
            )
            self.subscriptions += [(one, other), (other, one)][: 2 if subscribed["both"] else 1]
            return True
        return False

    def enter(self, line: _Line, found: re.Match[str]) -> None:
        key = found["name"].lower()
        if key in self.cast:
            first = self.cast[key]
            self.fail(line.number, f"{first.name} is in the cast already, since line {first.line}")
        local = found["local"].lower()
        self.cast[key] = Person(found["name"], local, found["resource"] or "", line.number)

    def known(self, number: int, name: str) -> str:
        """Return the key of a person, or say who there is."""
        if name.lower() not in self.cast:
            people = ", ".join(person.name for person in self.cast.values()) or "nobody yet"
            self.fail(
                number,
                f"{name!r} is not in the cast ({people}): add a line {name} is "
                f"{name.lower()}@DOMAIN, with the word DOMAIN as it stands, or mend the name",
            )
        return name.lower()

    # ---- acts

    def where(self, line: _Line, where: re.Match[str], turns: list[Turn], depth: int) -> None:
        """Read acts that hold on some servers, or where the play is not performed."""
        how, reason = where["how"].lower(), where["reason"]
        names = where["servers"].lower().replace(" and ", ",").replace(" or ", ",")
        servers = frozenset(name.strip() for name in names.split(",") if name.strip())
        if how == "not":
            self.refusals.update(dict.fromkeys(servers, reason))
            return
        if not where["colon"]:
            self.fail(line.number, "a colon is missing at the end; what happens there stands below")
        if depth >= MAX_DEPTH:
            self.fail(line.number, f"exceptions are nested more than {MAX_DEPTH} deep")
        inner = self.turns(line.indent, depth + 1)
        steps = tuple(turn for turn in inner if isinstance(turn, Step))
        if not steps or len(steps) != len(inner):
            self.fail(line.number, "acts stand below, indented, and no further Only on")
        if how == "only":
            turns.append(Only(servers, reason, steps, line.number))
            return
        before = turns.pop() if turns else None
        if not isinstance(before, Step):
            self.fail(line.number, "Except on follows the act whose place it takes")
        unless = Only(servers, reason, steps, line.number)
        turns.append(before._replace(unless=(*before.unless, unless)))

    def act(self, line: _Line) -> Act:
        """Read an act with what stands under it."""
        found = _ACT.fullmatch(line.text)
        if found is None:
            self.fail(
                line.number,
                f"{line.text[:60]!r} is no sentence of a play: write who does what, as in "
                f"Juliet connects",
            )
        head, given = _cut(found["words"])
        if len(head) > MAX_SENTENCE:
            self.fail(line.number, f"a sentence has at most {MAX_SENTENCE} characters")
        understood = understand(head)
        if isinstance(understood, str):
            self.known(line.number, found["name"])
            self.fail(line.number, understood)
        person = self.cast[self.known(line.number, found["name"])]
        sentence = understood.sentence
        act = Act(
            line.number,
            person.name,
            sentence.verb,
            " ".join(f"{person.name} {head}".split()),
            understood.options,
        )
        if not sentence.block:
            return act
        content, number = self.block(line, given, raw=sentence.block == "raw")
        if not content.strip():
            self.fail(line.number, "what is meant stands behind the colon, or below, indented")
        for name in _CAPITAL.findall(content):
            self.known(number, name)
        if sentence.block == "parts":
            parts = read_parts(content, number)
            return act._replace(parts=parts)
        if sentence.verb == "send bytes":
            read_bytes(content, number)
        return act._replace(raw=content)

    def block(self, line: _Line, given: str, *, raw: bool) -> tuple[str, int]:
        """Return the text that belongs to an act, and the line on which it begins."""
        if given:
            first, taken = line.number, [" " * line.indent + " " + given]
        else:
            first, taken = line.number + 1, []
        while self.at < len(self.lines):
            text = self.lines[self.at].rstrip("\r")
            bare = text.lstrip()
            deeper = len(text) - len(bare) > line.indent
            if bare and not deeper and not bare.startswith("<"):
                break
            taken.append("" if bare.startswith("#") and not raw else text)
            self.at += 1
        return textwrap.dedent("\n".join(taken)).rstrip(), first


def _cut(words: str) -> tuple[str, str]:
    """Cut a sentence into its words and what stands behind their colon."""
    quoted = re.match(r'(?:[^":]|"[^"]*")*', words)
    end = quoted.end() if quoted else 0
    if words[end : end + 1] != ":":
        return words.split(" #")[0].strip(), ""
    given = words[end + 1 :].strip()
    head = words[:end].strip()
    if not given or _is_content(head):
        return f"{head}:", given
    return f"{head}: {given.split(' #')[0].strip()}", ""


def _is_content(head: str) -> bool:
    """Whether a colon after these words is followed by what is sent or expected."""
    understood = understand(f"{head}:")
    return not isinstance(understood, str) and bool(understood.sentence.block)
