"""The documentation says what the code does: each name has its row, and the examples run."""

from __future__ import annotations

import argparse
import asyncio
import re
import tomllib
from collections.abc import Iterator
from typing import get_args

import pandas as pd
import pytest

import xmppexplore
from tests.kernels import notebook_of, run_notebook
from tests.tree import ROOT
from xmppexplore import JID, Recording, Sandbox, check, errors, explain
from xmppexplore.catalogue.checking import RULES
from xmppexplore.cli import build_parser
from xmppexplore.reading.sasl_records import VERDICTS
from xmppexplore.sandbox.rulings import Decision
from xmppexplore.store.log import MARKS
from xmppexplore.wire.records import KINDS

REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")

DTYPES = {
    "integer": pd.api.types.is_integer_dtype,
    "number": pd.api.types.is_float_dtype,
    "timestamp, UTC": lambda dtype: str(dtype) == "datetime64[ns, UTC]",
    "duration": pd.api.types.is_timedelta64_dtype,
    "category": lambda dtype: isinstance(dtype, pd.CategoricalDtype),
    "text": lambda dtype: isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow",
    "yes or no": pd.api.types.is_bool_dtype,
    "list": pd.api.types.is_object_dtype,
}
"""Word of the reference -> whether a dtype is that."""


def table(heading: str) -> dict[str, list[str]]:
    """Return the table under a heading: first cell without backticks -> the other cells."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", REFERENCE, re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/reference.md has no heading {heading!r}"
    rows = {}
    for line in found[1].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = cells[1:]
    return rows


def assert_columns(heading: str, frame: pd.DataFrame) -> None:
    """The table under a heading has the columns of a frame, in its order, with their types."""
    rows = table(heading)

    assert list(rows) == list(frame.columns)
    for column, (kind, _) in rows.items():
        word = next(word for word in DTYPES if kind.startswith(word))
        assert DTYPES[word](frame[column].dtype), f"{column}: {kind}, {frame[column].dtype}"


def test_public_names() -> None:
    """Every public name, and none that is not."""
    assert set(table("Public names")) == set(xmppexplore.__all__)


def test_errors() -> None:
    """Every error class, with the fields that it adds."""
    rows = table("Errors")
    classes = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}

    assert set(rows) == classes
    for name, (_, carries) in rows.items():
        text = getattr(errors, name).__doc__ or ""
        for field in re.findall(r"`\.(\w+)`", carries):
            assert f"{field}:" in text, f"{name}.{field}"


def test_reasons() -> None:
    """Every reason of ``ConnectError``, in the order of the code."""
    assert tuple(table("Reasons of `ConnectError`")) == errors.CONNECT_REASONS


def test_kinds() -> None:
    """Every kind of item, in the order of the codes."""
    assert tuple(table("Kinds")) == KINDS


def test_marks() -> None:
    """Every name of a mark."""
    assert set(table("Marks")) == set(MARKS)


@pytest.mark.parametrize("name", ["wire", "marks", "exchanges", "findings"])
def test_columns_and_their_types(name) -> None:
    """Every column of a frame, in its order, with the type that the frame has."""
    frame = getattr(Recording(), name)

    assert_columns(f"Columns of `.{name}`", frame)


INSIDE = ["accounts", "connections", "rosters", "offline", "routing"]


@pytest.mark.parametrize("name", INSIDE)
def test_columns_of_a_sandbox_and_their_types(name) -> None:
    """The frames of a server's inside, also where nothing is in them yet."""

    async def look() -> pd.DataFrame:
        async with await Sandbox.open("docs.example", people=[]) as sandbox:
            return getattr(sandbox, name)

    frame = asyncio.run(look())

    assert_columns(f"Columns of `sandbox.{name}`", frame)


def test_decisions() -> None:
    """What the server may decide about a stanza."""
    assert tuple(table("Decisions")) == get_args(Decision)


def test_columns_of_a_login_and_their_types() -> None:
    """The frame of a handshake's steps, in its order, with the types that it has."""
    recording = Recording()
    recording._log.connect("initiator", "romeo", recording._log.anchor[0])
    frame = recording.handshake.frame

    assert_columns("Columns of `.handshake.frame`", frame)


@pytest.mark.parametrize("name", ["frame", "computed"])
def test_columns_of_sasl_and_their_types(name) -> None:
    """The two frames of a login laid open, in their order, with the types that they have."""
    recording = Recording()
    recording._log.connect("initiator", "romeo", recording._log.anchor[0])
    frame = getattr(recording.sasl(), name)

    assert_columns(f"Columns of `.sasl().{name}`", frame)


def test_columns_of_an_address_and_their_types() -> None:
    """The frame of an address taken apart, in its order, with the types that it has."""
    frame = JID("juliet@capulet.example").frame

    assert_columns("Columns of `JID(...).frame`", frame)


def test_columns_of_an_explanation_and_their_types() -> None:
    """The frame of an explanation, in its order, with the types that it has."""
    assert_columns("Columns of an explanation", explain("<presence/>").frame)


def test_columns_and_rules_of_a_check() -> None:
    """The frame of a check has what the text says; every rule has its row, and its severity."""
    rules = table("Rules of `check`")

    assert_columns("Objections of `check`", check("<presence/>").frame)
    assert {name: cells[0] for name, cells in rules.items()} == {
        "not well-formed": "`error`",
        **{name: f"`{severity}`" for name, severity in RULES.items()},
    }


def test_the_guide_shows_a_definition_file_as_it_is() -> None:
    """What the guide calls whole is the file, and its table is taken from the real one."""
    guide = (ROOT / "docs" / "contributing.md").read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    file, own = (
        tomllib.loads((ROOT / folder / "xep-0199.toml").read_text("utf-8"))
        for folder in ("xmppexplore/catalogue/definitions", "tests/catalogue/tables")
    )
    shown, cases = map(tomllib.loads, blocks)

    assert shown == file
    assert all(case in own[kind] for kind in ("right", "wrong") for case in cases[kind])


def test_verdicts_of_sasl() -> None:
    """Every verdict, with the words of the code."""
    assert {name: cells[0] for name, cells in table("Verdicts of `.sasl()`").items()} == VERDICTS


def test_columns_of_presence_and_their_types() -> None:
    """The frame of presence, in its order, with the types that it has."""
    frame = Recording().presence.frame

    assert_columns("Columns of `.presence.frame`", frame)


def test_column_names_work_where_people_write_them() -> None:
    """``frame.query`` takes them as they are, and no attribute of a frame hides them."""
    for name in ("wire", "marks", "exchanges", "findings"):
        frame = getattr(Recording(), name)
        for column in frame.columns:
            assert column.isidentifier()
            assert len(frame.query(f"{column}.isna()")) == 0
            # `name` is an attribute of a Series only; `size` of a frame is known and kept,
            # since it is the word of the field: frame["size"].
            assert column == "size" or not hasattr(pd.DataFrame, column)


def test_stanzas_have_the_columns_of_wire() -> None:
    """One list of columns for both."""
    recording = Recording()

    assert list(recording.stanzas.columns) == list(recording.wire.columns)


def test_the_command() -> None:
    """Every command and option, and which command it belongs to."""
    rows = table("The command")
    found: dict[str, set[str]] = {}
    for word, of in _words(build_parser(), ""):
        found.setdefault(word, set()).add(of)

    assert set(rows) == set(found)
    for word, (of, _) in rows.items():
        commands = {one.strip("`") for one in of.split(", ")}
        assert commands == ({"any"} if word == "--help" else found[word])


def _words(parser: argparse.ArgumentParser, of: str) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield name, ""
                yield from _words(child, name)
        elif action.option_strings and (action.option_strings[-1] != "--help" or not of):
            yield action.option_strings[-1], of


def test_links_between_documents_lead_somewhere() -> None:
    """Each file that a document names in a link or between backticks is there."""
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = path.read_text("utf-8")
        for target in re.findall(r"\]\((?!\w+:)([^)#]+)\)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
        for target in re.findall(r"`((?:docs|tests|notebooks|\.ci)/[\w./]*)`", text):
            assert (ROOT / target).exists(), f"{path.name}: {target}"


def test_the_version_is_the_same_everywhere() -> None:
    """The changelog's newest entry is the version of the package."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)

    assert newest
    assert newest[1] == xmppexplore.__version__


PYTHON_BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_readme_has_an_example() -> None:
    """The test below has something to run."""
    assert PYTHON_BLOCKS


def test_the_readme_runs_as_it_stands(tmp_path) -> None:
    """Its blocks, pasted into one notebook's cells, run without a network."""
    refused = run_notebook(notebook_of(*PYTHON_BLOCKS), tmp_path)

    assert refused == []


@pytest.mark.parametrize("path", ["README.md", "docs", "CHANGELOG.md"])
def test_documents_speak_of_the_project_alone(path) -> None:
    """No address of a machine or registry, and no path that only one machine has."""
    files = [ROOT / path] if path.endswith(".md") else sorted((ROOT / path).glob("*.md"))
    for file in files:
        text = file.read_text("utf-8")

        assert not re.findall(r"(?<![\w.])/(?:work|root|home|tmp)/\w", text), file.name
