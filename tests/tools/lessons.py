"""``make lessons``: run every lesson and keep its outputs in ``notebooks/``.

The kernel is a guarded one with a steady clock and steady names
(:mod:`tests.tools.steady`), so that a second run leaves no difference.  With ``--check``
nothing is written and the status is 1 where something would be.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from tests.kernels import run_notebook
from tests.tools.steady import PORTS
from tests.tree import ROOT

STEADY = Path(__file__).with_name("steady.py")
KEPT_METADATA = ("kernelspec", "language_info")
EVENED = (
    # The steady clock itself shows 2026-01-01.  A line of a picture may end within a date.
    (re.compile(r"\b20(?!26-01-01)\d\d-\d\d-\d\d\b"), "2027-01-01"),
    (re.compile(r"\b\d\d:\d\d UTC\b"), "12:00 UTC"),
    (re.compile(r"\b(127\.0\.0\.1(?::| port ))\d{5}\b"), rf"\g<1>{PORTS[0]}"),
)
"""Pattern -> what stands in its place, as wide."""


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
    tidy(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def tidy(notebook: Any) -> None:
    """Leave nothing in a notebook that says when, where or by what it was run."""
    notebook.metadata = {
        key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata
    }
    # The patch version of the Python at hand would change with each machine.
    notebook.metadata.get("language_info", {}).pop("version", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("trusted", None)
        if cell.cell_type == "code":
            cell.outputs = [_tidied(output) for output in cell.outputs]


def _tidied(output: Any) -> Any:
    if "text" in output:
        output.text = evened(output.text)
    data = output.get("data", {})
    # Of a widget its text stays: reopened it would be "model not found".
    data.pop("application/vnd.jupyter.widget-view+json", None)
    data |= {mime: evened(text) for mime, text in data.items() if isinstance(text, str)}
    return output


def evened(text: str) -> str:
    """Return an output with what no start-up file can hold steady replaced, length kept.

    That is the last day of the sandbox's certificate, which must be true or TLS would
    refuse it, and ports, where another program has the first of those set apart.

    >>> evened("127.0.0.1 port 40109, valid until 2031-07-14 09:26 UTC")
    '127.0.0.1 port 15222, valid until 2027-01-01 12:00 UTC'
    """
    for pattern, steady in EVENED:
        text = pattern.sub(steady, text)
    return text


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
