"""Setting up: the right Python is found, and what is missing is named with its cure."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from tests.tree import ROOT

OLD = '#!/bin/sh\ncase "$1" in -V) echo Python 3.10.13;; *) exit 1;; esac\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$1" in -V) echo Python 3.12.3;; *) exit 2;; esac\n'
NOT_CHOSEN = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


@pytest.fixture
def find(tmp_path):
    """Run the finder with only these commands on the PATH: name -> script, or a program."""

    def run(**commands):
        place = tmp_path / "bin"
        place.mkdir()
        for name, script in commands.items():
            path = place / name.replace("_", ".")
            if script.startswith("#!"):
                path.write_text(script)
                path.chmod(0o755)
            else:
                path.symlink_to(script)
        return subprocess.run(
            [shutil.which("sh"), str(ROOT / ".ci" / "find-python.sh")],
            env={"PATH": str(place)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ({}, ["no python3", "apt install python3 python3-venv"]),
        ({"python3": OLD}, ["3.10.13", "apt install python3 python3-venv"]),
        ({"python3_12": WITHOUT_VENV, "python3": WITHOUT_VENV}, ["apt install python3.12-venv"]),
        ({"python3_13": NOT_CHOSEN}, ["no python3"]),
    ],
    ids=["none", "too old", "no venv module", "a shim of an unchosen version"],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(find, commands, words):
    """Nothing is printed that a caller could take for a Python; the reason goes to the person."""
    done = find(**commands)

    assert (done.returncode, done.stdout) == (1, "")
    assert [word for word in words if word not in done.stderr] == []


def test_an_older_python_that_works_is_better_than_a_newer_that_does_not(find):
    """No package has to be installed where one of the Pythons can do."""
    done = find(
        python3_14=NOT_CHOSEN, python3_13=OLD, python3_12=WITHOUT_VENV, python3_11=sys.executable
    )

    assert done.returncode == 0
    assert done.stdout.strip().endswith("python3.11")
    assert done.stderr == ""


def test_constraints_are_names_and_versions_only():
    """No address, no path, no marker: they hold for every machine and Python alike."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    names = [_normal(line.partition("==")[0]) for line in lines]

    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(set(names)) == len(names)


def test_every_requirement_is_constrained():
    """What ``pyproject.toml`` asks for has a tried version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    pinned = {
        _normal(line.partition("==")[0])
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    names = {_normal(re.split(r"[<>=!~ \[;]", text, maxsplit=1)[0]) for text in wanted}

    assert names - pinned == set()


def test_files_that_people_run_name_no_machine():
    """No path of one machine and no registry in what sets up or runs the project."""
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", *(ROOT / ".ci").iterdir()]
    for path in files:
        if path.is_file():
            text = path.read_text("utf-8")

            assert not re.findall(r"(?<![\w.])/(?:work|root|home)/", text), path.name
            assert not re.findall(r"https?://(?!127\.0\.0\.1|localhost)", text), path.name


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()
