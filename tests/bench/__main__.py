"""Run the benchmarks: ``python -m tests.bench [name ...] [--out bench.json]``.

Each file ``bench_NAME.py`` beside this one has ``rows()``, which measures and returns the
rows of the table.  The exit status is 0 also where a bar is missed: a figure is a finding,
and a busy machine is no defect.  ``--strict`` makes a missed bar a failure.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
from pathlib import Path
from typing import Any

from tests.bench.measure import Row, say, scaled

HERE = Path(__file__).parent
COLUMNS = ("what", "against", "ratio", "spread", "bar", "holds")


def names() -> list[str]:
    """Return the names of the benchmarks."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def table(rows: list[Row]) -> str:
    """Return the rows as a text table."""
    cells = [COLUMNS, *([_cell(row[column]) for column in COLUMNS] for row in rows)]  # type: ignore[literal-required]
    widths = [max(len(line[n]) for line in cells) for n in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> int:
    """Run what is asked for; print the table and write the file."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which, of {', '.join(names())}; all if none")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="file to write")
    parser.add_argument("--strict", action="store_true", help="status 1 where a bar is missed")
    options = parser.parse_args()
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    rows: list[Row] = []
    for name in options.names or names():
        say(f"{name} ...")
        rows += importlib.import_module(f"tests.bench.bench_{name}").rows()
    print(table(rows))
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "scale": scaled(1000) / 1000,
    }
    report = json.dumps({"machine": machine, "rows": rows}, indent=1)
    options.out.write_text(report + "\n", encoding="utf-8")
    return 1 if options.strict and not all(row["holds"] for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
