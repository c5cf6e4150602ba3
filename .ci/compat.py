"""Other versions of what the library cannot choose: ipykernel, and Python itself.

The thread on which a widget's callback runs differs between versions of ipykernel, so the
widget tests and lesson 1 are run with each line that is in use.  The rooms without network
and without widgets are run on every Python that the machine has.  The environments are
kept in ``.venv-compat`` for the next time.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from steps import CONSTRAINTS, ROOT, SETUP, Steps, programs

KERNELS = ("ipykernel==6.31.*", "ipykernel==7.0.*", "ipykernel==7.2.*", "ipykernel")
PURE = ("wire", "store", "reading", "sandbox", "catalogue")
PLACE = ROOT / ".venv-compat"
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "2", "--dist", "loadfile")


def main() -> None:
    """Run all combinations and report them together."""
    steps = Steps("compat")
    try_kernels(steps)
    try_pythons(steps)
    steps.finish()


def try_kernels(steps: Steps) -> None:
    """Lesson 1 and the widget tests with each ipykernel, in one environment."""
    venv = PLACE / "kernels"
    python = programs(venv) / "python"
    free = PLACE / "constraints-without-ipykernel.txt"
    PLACE.mkdir(exist_ok=True)
    lines = CONSTRAINTS.read_text("utf-8").splitlines(keepends=True)
    free.write_text("".join(line for line in lines if not line.startswith("ipykernel==")), "utf-8")
    if not steps.run("environment for ipykernel", "sh", SETUP, venv, ".[test]", free):
        return
    for requirement in KERNELS:
        pip = ("-m", "pip", "install", "-q", "--upgrade", "-c", free, requirement)
        if steps.run(f"install {requirement}", python, *pip):
            version = _version(python)
            lesson = ("tests/test_notebooks.py", "-k", "runs_offline and 01_")
            steps.run(f"lesson 1 with ipykernel {version}", python, *PYTEST, *lesson)
            steps.run(
                f"widgets with ipykernel {version}", python, *PYTEST, "-m", "widgets", "tests/views"
            )


def _version(python: Path) -> str:
    code = "from importlib.metadata import version; print(version('ipykernel'))"
    return subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def try_pythons(steps: Steps) -> None:
    """The rooms that do no I/O, on every Python from 3.11 on that can make an environment."""
    found = subprocess.run(
        ["sh", str(ROOT / ".ci" / "find-python.sh"), "--all"],
        capture_output=True,
        text=True,
        check=False,
    )
    folders = [f"tests/{room}" for room in PURE if (ROOT / "tests" / room).is_dir()]
    for executable in found.stdout.split():
        name = Path(executable).name
        venv = PLACE / name
        python = programs(venv) / "python"
        if not python.exists():
            steps.run(f"environment for {name}", executable, "-m", "venv", "--clear", venv)
        if steps.run(f"install for {name}", "sh", SETUP, venv, ".[test]", CONSTRAINTS):
            marks = ("-m", "not browser and not prosody and not ejabberd and not widgets")
            steps.run(f"pure tests on {name}", python, *PYTEST, *folders, *marks)


main()
