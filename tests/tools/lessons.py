"""``make lessons``: run every lesson and keep its outputs in ``notebooks/``.

The kernel is a guarded one with a steady clock and steady names
(:mod:`tests.tools.steady`), so that a second run leaves no difference.  With ``--check``
nothing is written and the status is 1 where something would be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from tests.kernels import run_notebook
from tests.tree import ROOT

STEADY = Path(__file__).with_name("steady.py")
KEPT_METADATA = ("kernelspec", "language_info")


def rerun(path: Path) -> str:
    """Return the text of a notebook after running it from top to bottom.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised.
        RuntimeError: a cell tried to reach beyond loopback.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="xmppexplore-lesson-") as folder:
        refused = run_notebook(notebook, Path(folder), STEADY)
    if refused:
        raise RuntimeError(f"{path.name} tried to reach the network: {', '.join(refused)}")
    tidy(notebook, path.stem)
    return str(nbformat.writes(notebook)) + "\n"


def tidy(notebook: Any, name: str) -> None:
    """Leave nothing in a notebook that says when, where or by what it was run."""
    notebook.metadata = {
        key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata
    }
    # The patch version of the Python at hand would change with each machine.
    notebook.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name.partition('_')[0]}-{number:02}"
        cell.metadata.pop("execution", None)
        cell.metadata.pop("trusted", None)
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def main() -> int:
    """Run all lessons, or those named, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, tell the difference")
    parser.add_argument("lesson", nargs="*", type=Path, help="notebooks (default: all)")
    options = parser.parse_args()
    changed = 0
    for path in options.lesson or sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = rerun(path)
        differs = text != path.read_text("utf-8")
        changed += differs
        print(f"{path.name}: {'changed' if differs else 'as it was'}", flush=True)
        if differs and not options.check:
            path.write_text(text, "utf-8")
    return 1 if changed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
