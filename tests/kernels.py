"""Running notebooks in a real kernel that can reach nothing but loopback."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests import guard

SECONDS_PER_CELL = 120


def run_notebook(notebook: Any, folder: Path, *start_up: Path) -> list[str]:
    """Execute a notebook in place, in a folder, and return what the guard refused.

    Args:
        notebook: the notebook; its outputs are replaced.
        folder: an empty folder; ``work`` in it is the kernel's current directory.
        start_up: files whose ``install()`` the kernel calls before anything else.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised.
    """
    own = guard.environment(folder / "start", *start_up)
    work = folder / "work"
    work.mkdir()
    home = folder / "home"
    home.mkdir()
    # The person's start-up files and settings stay out of it.
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(work)}},
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute(env={**os.environ, **own})
    return guard.refused(own)


def notebook_of(*cells: str) -> Any:
    """Return a notebook of these code cells."""
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell, id=f"cell-{n}") for n, cell in enumerate(cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def text_of(notebook: Any) -> str:
    """Return all that the cells printed or showed as plain text."""
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
