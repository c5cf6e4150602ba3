"""``docs/conformance.md`` names what holds each rule; what it names is there, and says the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import pytest

from tests.tree import ROOT
from xmppexplore import Play
from xmppexplore.sandbox.conditions import STREAM_CONDITIONS
from xmppexplore.sandbox.mechanisms import MECHANISMS
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.negotiation.table import FEATURES
from xmppexplore.sandbox.plays.script import Only, Script, Step, Turn

TEXT = (ROOT / "docs" / "conformance.md").read_text("utf-8")
LINES = TEXT.splitlines()
PLAYS = sorted((ROOT / "tests" / "plays").glob("*.play"))
ROW = re.compile(
    r"\| (?P<rule>[^|]+) \| (?P<sections>[^|]+) \| (?P<held>`[^|]+) \|(?P<others>[^|]*)\|"
)
ROWS = [found for found in map(ROW.fullmatch, LINES) if found]
SERVERS = {"prosody": "Prosody", "ejabberd": "ejabberd"}


def departures(turns: Iterable[Turn]) -> Iterator[tuple[str, str]]:
    """Yield (server, reason) of each place where a play lets a server do something else."""
    for turn in turns:
        for other in (turn,) if isinstance(turn, Only) else turn.unless:
            yield from ((server, other.reason) for server in sorted(other.servers))
            yield from departures(one for one in other.acts if isinstance(one, Step | Only))


def others(script: Script) -> str:
    """Return what a play says of other servers, as the page writes it."""
    found: dict[str, list[str]] = {}
    for server, reason in (*sorted(script.refusals.items()), *departures(script.turns)):
        names = found.setdefault(reason, [])
        if server in SERVERS and SERVERS[server] not in names:
            names.append(SERVERS[server])
    said = [f"{', '.join(sorted(who))}: {why}" for why, who in found.items() if who]
    return "; ".join(said)


def sections(sources: Sequence[str]) -> str:
    """Return sections as the page writes them: a document once for all that follow."""
    said: list[str] = []
    for document, group in itertools.groupby(sources, lambda one: one.partition(" §")[0]):
        first, *more = group
        said += [first, *(one.removeprefix(f"{document} ") for one in more)]
    return ", ".join(said)


def row(path) -> str:
    """Return the row of a play."""
    script = Play.load(path).script
    held = f"| {script.title} | {sections(script.sources)} | `{path.stem}` |"
    return f"{held} {others(script)} |" if others(script) else f"{held} |"


@pytest.mark.parametrize("path", PLAYS, ids=[path.stem for path in PLAYS])
def test_each_play_has_its_row(path) -> None:
    """Title, sections and what other servers do, in the words of the play."""
    assert row(path) in LINES


def test_what_a_row_names_is_there() -> None:
    """A play by its name, a test by its file, from ``tests/sandbox`` or from the root."""
    assert len(ROWS) > len(PLAYS)
    for found in ROWS:
        for name in re.findall(r"`([^`]+)`", found["held"]):
            if name.endswith(".py"):
                places = [ROOT / "tests" / "sandbox" / name, ROOT / name]
            else:
                places = [ROOT / "tests" / "plays" / f"{name}.play"]
            assert any(place.exists() for place in places), found[0]


def test_a_row_names_a_section() -> None:
    """Of a document that people can look up."""
    for found in ROWS:
        assert re.match(r"(RFC \d{4}|XEP-\d{4})( |,|$)", found["sections"]), found[0]


@pytest.mark.parametrize(
    ("folder", "feature"),
    [pytest.param("modules", one, id=f"modules-{one.name}") for one in MODULES]
    + [pytest.param("negotiation", one, id=f"negotiation-{one.name}") for one in FEATURES],
)
def test_each_part_of_the_server_is_listed_with_its_document(folder, feature) -> None:
    """What is built in, and nothing more."""
    named = f"`{folder}/{feature.name}.py`"
    (line,) = [line for line in LINES if line.startswith("| ") and named in line]

    assert feature.document.split(",")[0].split(" §")[0] in line.split("|")[1]


def test_no_part_is_listed_that_is_not_built_in() -> None:
    """A file that is gone is gone from the page."""
    built = {f"modules/{one.name}.py" for one in MODULES}
    built |= {f"negotiation/{one.name}.py" for one in FEATURES}

    assert set(re.findall(r"`((?:modules|negotiation)/(?!test_)\w+\.py)`", TEXT)) == built


def test_conditions_and_mechanisms_are_those_of_the_server() -> None:
    """Each stream error that is never given, and each mechanism that is offered."""
    never = [name for name, due in STREAM_CONDITIONS.items() if due.startswith("never")]

    for name in (*never, *MECHANISMS):
        assert f"`{name}`" in TEXT or name in TEXT, name
