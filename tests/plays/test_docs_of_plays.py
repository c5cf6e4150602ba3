"""``docs/plays.md`` says what the tables of the language say, and its example is a play."""

from __future__ import annotations

import ast
import asyncio
import re

from tests.tree import ROOT
from xmppexplore import Play, Sandbox
from xmppexplore.sandbox.plays.filling import PLACEHOLDERS
from xmppexplore.sandbox.plays.matching import PATTERNS
from xmppexplore.sandbox.plays.sentences import SENTENCES

TEXT = (ROOT / "docs" / "plays.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(.+?)` \| (.+) \|$", TEXT, re.MULTILINE))


def test_every_form_has_its_row() -> None:
    """Sentences, placeholders and patterns, in the words of the code."""
    written = {sentence.example: sentence.says for sentence in SENTENCES}

    assert {**written, **PLACEHOLDERS, **PATTERNS}.items() <= ROWS.items()


def test_the_lines_of_the_cast_are_understood() -> None:
    """What the page shows as a line is one."""
    lines = [line for line in ROWS if re.match(r"\w+ (is|has|and) |Title|Source|Needs", line)]
    people = "Romeo is romeo@DOMAIN\nNurse is nurse@DOMAIN\n"

    assert len(lines) >= 8
    assert set(Play(people + "\n".join(lines)).script.cast) == {"Romeo", "Nurse", "Juliet", "Phone"}


def test_the_example_passes() -> None:
    """As it stands on the page."""
    example = re.search(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert example

    async def perform():
        async with await Sandbox.open("capulet.example") as sandbox:
            return await Play(example[1]).run(sandbox)

    performance = asyncio.run(perform())
    assert performance.passed, performance


def test_the_extension_of_the_page_does_what_its_play_says() -> None:
    """The last block, in a notebook that has a sandbox."""
    block = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[-1]
    code = compile(
        block.replace("await sandbox.play", "performance = await sandbox.play"),
        "docs/plays.md",
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )

    async def perform():
        async with await Sandbox.open("capulet.example") as sandbox:
            names = {"sandbox": sandbox}
            await eval(code, names)  # a cell with await is a coroutine
            return names["performance"]

    performance = asyncio.run(perform())
    assert performance.passed, performance
