"""What the lessons promise: steady pictures, answers that work, checks that tell right from wrong.

That they run at all, offline and without a complaint, is the law of ``test_notebooks.py``.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter

from tests.kernels import run_notebook, text_of
from tests.tools.lessons import evened, rerun
from tests.tree import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EVERY_LESSON = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])

SOLUTION = re.compile(r"<details>.*?```python\n(.*?)\n```.*?</details>", re.DOTALL)
VERDICT = re.compile(r"^([✓✗·])  ", re.MULTILINE)
"""What ``check`` prints at the beginning of a line: right, not right, no answer yet."""

EMBEDDED_SVG = re.compile(r'<img[^>]+src="data:image/svg\+xml;base64,([^"]+)"')
"""How nbconvert puts a picture into a page."""

PLACES = re.compile(r"(?<![\w.])/(?:home|root|tmp|usr|var|opt|Users)/|\b0x[0-9a-f]{6,}")
"""Paths of a machine, and addresses of objects in its memory."""

WIDEST_LINE = 96
"""Characters of code that JupyterLab shows at 1280 pixels beside its file browser."""


def read(path: Any) -> Any:
    """Return a lesson as committed."""
    return nbformat.read(path, as_version=4)


def is_yours(cell: Any) -> bool:
    """Whether a cell is the learner's own work."""
    return "your-turn" in cell.metadata.get("tags", ())


def outputs(notebook: Any) -> str:
    """Return every text that the outputs of a notebook hold, of whatever type."""
    return "\n".join(
        text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for text in [output.get("text", ""), *output.get("data", {}).values()]
        if isinstance(text, str)
    )


def pictures(notebook: Any) -> list[str]:
    """Return the pictures of a notebook, as the text that they draw."""
    return [
        drawn_text(output["data"]["image/svg+xml"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/svg+xml" in output.get("data", {})
    ]


def drawn_text(svg: str) -> str:
    """Return the text that a picture draws."""
    return "".join(ElementTree.fromstring(svg).itertext())


@EVERY_LESSON
@pytest.mark.slow
def test_running_it_again_leaves_no_difference(path):
    """``make lessons`` changes a committed lesson only where what it shows has changed."""
    assert rerun(path) == path.read_text("utf-8")


@EVERY_LESSON
def test_outputs_say_nothing_of_the_machine(path):
    """No path, no address in memory: the same text from every machine."""
    assert PLACES.findall(outputs(read(path))) == []


@EVERY_LESSON
def test_it_is_read_without_a_kernel(path):
    """Exported without a network every ladder is there as a picture, and no error is."""
    notebook = read(path)
    page, _ = HTMLExporter().from_notebook_node(notebook)
    bare, _ = HTMLExporter(template_name="basic", exclude_input=True).from_notebook_node(notebook)

    drawn = [drawn_text(base64.b64decode(text).decode()) for text in EMBEDDED_SVG.findall(page)]

    assert len(pictures(notebook)) >= 1
    assert drawn == pictures(notebook)
    assert "Error" not in bare


@EVERY_LESSON
def test_the_learners_cells_are_marked(path):
    """Each of them says so in its first line, and has a working answer folded below."""
    cells = read(path).cells
    yours = [number for number, cell in enumerate(cells) if is_yours(cell)]

    assert yours != []
    for number in yours:
        assert cells[number].source.startswith("# Your turn")
        assert SOLUTION.search(cells[number + 1].source)


@EVERY_LESSON
def test_code_is_seen_whole(path):
    """No line of code has to be scrolled sideways."""
    lines = [
        line
        for cell in read(path).cells
        for code in ([cell.source] if cell.cell_type == "code" else SOLUTION.findall(cell.source))
        for line in code.split("\n")
    ]

    assert [line for line in lines if len(line) > WIDEST_LINE] == []


def run_with(path: Any, folder: Any, answer: Any) -> str:
    """Run a lesson with ``answer(cell, next cell)`` in the learner's cells; return what it says."""
    notebook = read(path)
    for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
        if is_yours(cell):
            cell.source = answer(cell, after)
    assert run_notebook(notebook, folder) == []
    return text_of(notebook)


@EVERY_LESSON
@pytest.mark.slow
def test_the_folded_answers_work(path, tmp_path):
    """With the answers that it offers itself, a lesson says that all of them are right."""
    said = run_with(path, tmp_path, lambda _, after: SOLUTION.search(after.source)[1])

    assert set(VERDICT.findall(said)) == {"✓"}
    assert "recorded yet" not in said


@EVERY_LESSON
@pytest.mark.slow
def test_wrong_answers_are_told_apart(path, tmp_path):
    """A check compares with the recording: it says no to what did not happen."""
    said = run_with(path, tmp_path, lambda cell, _: cell.source.replace("...", '"nothing"'))

    assert set(VERDICT.findall(said)) == {"✗"}


@EVERY_LESSON
def test_no_answer_is_no_mistake(path):
    """As committed, nothing is filled in: each check says so, and says no more."""
    assert set(VERDICT.findall(text_of(read(path)))) == {"·"}


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        pytest.param(
            "valid until 2031-07-14 09:26 UTC", "valid until 2027-01-01 12:00 UTC", id="date"
        ),
        pytest.param("valid until\n2031-07-14", "valid until\n2027-01-01", id="cut date"),
        pytest.param("2026-01-01T12:00:00", "2026-01-01T12:00:00", id="steady clock"),
        pytest.param("127.0.0.1 port 40109", "127.0.0.1 port 15222", id="port"),
        pytest.param("server 127.0.0.1:40109", "server 127.0.0.1:15222", id="address"),
        pytest.param("12345 bytes", "12345 bytes", id="a number"),
    ],
)
def test_what_cannot_be_held_steady_is_evened(text, steady):
    """Dates of certificates and ports are replaced at the same width, so pictures keep theirs."""
    assert evened(text) == steady
    assert len(steady) == len(text)


def test_the_picture_of_the_readme_is_small():
    """A real screenshot, light enough for a page that many open."""
    picture = (ROOT / "docs" / "ladder.png").read_bytes()

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) < 200_000
