"""Every lesson runs from top to bottom in a real kernel that can reach nothing but loopback."""

from __future__ import annotations

import nbformat
import pytest

from tests.kernels import run_notebook
from tests.tools.lessons import rerun
from tests.tree import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EVERY_NOTEBOOK = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


@EVERY_NOTEBOOK
@pytest.mark.slow
def test_a_lesson_runs_offline(path, tmp_path):
    """Run All: no cell raises, nothing complains, nothing asks the network."""
    notebook = nbformat.read(path, as_version=4)

    refused = run_notebook(notebook, tmp_path)

    complaints = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert refused == []
    assert complaints == []


@EVERY_NOTEBOOK
@pytest.mark.slow
def test_a_second_run_leaves_no_difference(path):
    """``make lessons`` gives the same file again: ids, times, names and pictures."""
    first = rerun(path)

    assert rerun(path) == first


@EVERY_NOTEBOOK
def test_a_lesson_is_committed_as_it_ran(path):
    """Its outputs are there, none is an error, cells have stable ids and counts."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    kinds = {output.output_type for cell in code for output in cell.outputs}

    assert "error" not in kinds
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@EVERY_NOTEBOOK
def test_a_lesson_keeps_no_widget(path):
    """Outputs hold neither widgets nor their state.

    A saved widget shows "model not found" when the file is opened again, and hides an SVG
    of the same output in an export.
    """
    notebook = nbformat.read(path, as_version=4)
    types = {
        mime
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for mime in output.get("data", {})
    }

    assert "application/vnd.jupyter.widget-view+json" not in types
    assert "widgets" not in notebook.metadata
