"""Builds sdist and wheel, and tries the wheel where there is no checkout.

In an empty environment in an empty folder: the command opens the lab and serves lesson 1,
the lesson runs, every widget can be made.  Then the test tools are added there and the
widget tests run against the installed package.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

from steps import CONSTRAINTS, ROOT, Steps, programs

sys.path.insert(0, str(ROOT))
from tests import guard

PATIENCE = 90.0
"""Seconds that JupyterLab is given to come up, and to go."""

LESSON = "01_first_light.ipynb"

EVERY_WIDGET = """
import importlib, pkgutil, anywidget, xmppexplore.views as views
count = 0
for module in pkgutil.iter_modules(views.__path__):
    found = importlib.import_module(f"xmppexplore.views.{module.name}")
    for name, thing in vars(found).items():
        if isinstance(thing, type) and issubclass(thing, anywidget.AnyWidget) \\
                and "_esm" in vars(thing):
            source = str(thing._esm)
            assert "render" in source, f"{name} came without its JavaScript"
            count += 1
print(f"{count} widget(s) came with their JavaScript")
"""


def main() -> None:
    """Build, install, try, report."""
    steps = Steps("wheel")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    if not steps.run("build", sys.executable, "-m", "build", "--outdir", dist, ROOT):
        steps.finish()
    [wheel] = dist.glob("*.whl")
    steps.note("contents", holds_what_it_must(wheel), 0.0)
    with tempfile.TemporaryDirectory(prefix="xmppexplore-wheel-") as name:
        try_wheel(steps, wheel, Path(name))
    steps.finish()


def holds_what_it_must(wheel: Path) -> bool:
    """Whether lessons, styles, scripts and the mark of typed code are in the wheel."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"xmppexplore/py.typed"}
    for path in (*(ROOT / "notebooks").rglob("*.ipynb"), *(ROOT / "xmppexplore").rglob("*.*")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] == "notebooks":
            relative = Path("xmppexplore") / relative
        if not any(part.startswith((".", "__pycache__")) for part in relative.parts):
            wanted.add(relative.as_posix())
    for absent in sorted(wanted - inside):
        print(f"not in the wheel: {absent}")
    return wanted <= inside


def try_wheel(steps: Steps, wheel: Path, place: Path) -> None:
    """Install the wheel in an empty environment and use it there."""
    venv = place / "venv"
    python = programs(venv) / "python"
    home = place / "home"
    home.mkdir()
    clean = {"HOME": str(home), "PYTHONPATH": "", "JUPYTER_CONFIG_DIR": str(home / "jupyter")}
    pip = ("-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    if not steps.run("environment", sys.executable, "-m", "venv", venv, cwd=place):
        return
    if not steps.run("install", python, *pip, wheel, cwd=place):
        return
    steps.run("version", programs(venv) / "xmppexplore", "--version", cwd=place, environment=clean)
    steps.run("widgets", python, "-c", EVERY_WIDGET, cwd=place, environment=clean)

    began = time.monotonic()
    steps.note("lab opens on lesson 1", lab_serves(venv, place, clean), time.monotonic() - began)

    work = place / "lessons"
    work.mkdir(exist_ok=True)
    guarded = guard.environment(place / "start")
    execute = (python, "-m", "jupyter", "execute", "--timeout=120", LESSON)
    steps.run("lesson 1", *execute, cwd=work, environment={**clean, **guarded})
    steps.note(f"no way out was tried {guard.refused(guarded)}", not guard.refused(guarded), 0.0)

    shutil.copytree(ROOT / "tests", place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    if steps.run("test tools", python, *pip, f"{wheel}[test]", cwd=place):
        pytest = ("-m", "pytest", "-p", "no:cacheprovider", "-q")
        steps.run("widgets work", python, *pytest, "tests/views", cwd=place, environment=clean)
        drawn = sorted((place / "tests" / "browser").glob("test_*_widget.py"))
        steps.run("widgets are drawn", python, *pytest, *drawn, cwd=place, environment=clean)


def lab_serves(venv: Path, place: Path, clean: dict[str, str]) -> bool:
    """Open the lab by its command, read lesson 1 through it, stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [str(programs(venv) / "xmppexplore"), "lab", "--no-browser", "--port", str(port)]
    log = place / "lab.log"
    with log.open("wb") as output:
        lab = subprocess.Popen(
            [*command, "--directory", str(place / "lessons")],
            cwd=place,
            env={**os.environ, **clean, "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        ok = reads_lesson(f"http://127.0.0.1:{port}", token, lab)
    finally:
        lab.terminate()
        try:
            lab.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            lab.kill()
            ok = False
    if not ok:
        print(log.read_text("utf-8", "replace"))
    return ok


def reads_lesson(address: str, token: str, lab: subprocess.Popen[bytes]) -> bool:
    """Whether the page comes and the lesson is the one that was built."""
    deadline = time.monotonic() + PATIENCE
    while lab.poll() is None and time.monotonic() < deadline:
        try:
            page = fetch(f"{address}/lab/tree/{LESSON}", token)
        except OSError:
            time.sleep(0.2)  # nothing tells from outside when the port is bound
            continue
        source = ROOT / "notebooks" / LESSON
        if not source.exists():
            print("there is no lesson 1 in this checkout")
            return False
        served = json.loads(fetch(f"{address}/api/contents/{LESSON}", token))["content"]
        wanted = json.loads(source.read_text("utf-8"))
        return b"jupyter-config-data" in page and [
            "".join(cell["source"]) for cell in wanted["cells"]
        ] == ["".join(cell["source"]) for cell in served["cells"]]
    return False


def fetch(address: str, token: str) -> bytes:
    """Return what the address answers; loopback only."""
    request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
    return body


main()
