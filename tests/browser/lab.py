"""A real JupyterLab on loopback, and a notebook in it driven by a real browser.

:class:`Lab` is the server: a process of its own with fresh settings, data and runtime
folders, so that nothing of the machine's own Jupyter takes part.  :class:`Notebook` is
one notebook open in one page.  Waits are for conditions, never for a span of time.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.blocking import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "tests" / "artifacts"

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/notebook-extension:tracker": {
        "autoStartDefaultKernel": True,
        "windowingMode": "none",
    },
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Light"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
"""Settings that every test starts from; autosave is off so that a save is an act."""

FINISHED = """() => {
  const prompts = [...document.querySelectorAll(
    '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt')];
  const waiting = prompts.filter((p) => !/^\\[\\d+\\]:?$/.test(p.textContent.trim()));
  return prompts.length > 0 && waiting.length === 0;
}"""

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Resolves when what a resize made the widgets ask for has been painted."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Lab:
    """One JupyterLab process on loopback.

    Args:
        home: an empty folder; notebooks go to ``home/"work"``, all else beside it.
        path: folders put on the kernels' ``PYTHONPATH`` behind the repository itself.
        environment: further environment variables of the server and its kernels.
    """

    def __init__(
        self, home: Path, path: tuple[Path, ...] = (), environment: dict[str, str] | None = None
    ) -> None:
        self.home = home
        self.work = home / "work"
        self.port = _free_port()
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}"
        self._prepare()
        self._log = (home / "lab.log").open("wb")
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={self.port}", "--ServerApp.port_retries=0"),
            f"--IdentityProvider.token={self.token}",
            *(f"--ServerApp.root_dir={self.work}", "--LabApp.extension_manager=readonly"),
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
        self._process = subprocess.Popen(
            command,
            cwd=self.work,
            env=self._environment(path, environment or {}),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._await_answer(timeout=60)

    def _prepare(self) -> None:
        for name in (
            "work",
            "config/labconfig",
            "data",
            "runtime",
            "ipython",
            "settings",
            "spaces",
        ):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        overrides = self.home / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.write_text(json.dumps(SETTINGS))

    def _environment(self, path: tuple[Path, ...], more: dict[str, str]) -> dict[str, str]:
        folders = [str(ROOT), *map(str, path)]
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTEST"))},
            "HOME": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "spaces"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "PYTHONPATH": os.pathsep.join(folders),
            **more,
        }

    def _await_answer(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended at once:\n{self.log()}")
            with contextlib.suppress(OSError):
                self.api("/api/status")
                return
            time.sleep(0.1)  # between two tries of the condition
        raise TimeoutError(f"JupyterLab did not answer within {timeout} s:\n{self.log()}")

    def api(self, path: str, method: str = "GET") -> Any:
        """Call Jupyter Server's REST interface; returns the decoded JSON, if any."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            body = response.read()
        return json.loads(body) if body else None

    def log(self) -> str:
        """Return what the server and its kernels printed, for a failure's message."""
        return (self.home / "lab.log").read_text(errors="replace")[-8000:]

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook of code cells, without outputs, into the lab's folder."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, self.work / name)

    def execute(self, code: str, timeout: float = 60) -> str:
        """Run code in the one running kernel, beside the page; returns what it printed.

        Raises:
            RuntimeError: the code raised; the message holds its traceback.
        """
        (kernel,) = self.api("/api/kernels")
        file = self.home / "runtime" / f"kernel-{kernel['id']}.json"
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        printed: list[str] = []

        def heard(message: Any) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        try:
            reply = client.execute_interactive(code, timeout=timeout, output_hook=heard)
        finally:
            client.stop_channels()
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        return "".join(printed)

    def end_kernels(self) -> None:
        """Shut every session and kernel down, as "Shut Down All" does."""
        for session in self.api("/api/sessions"):
            self.api(f"/api/sessions/{session['id']}", method="DELETE")

    def forget_settings(self) -> None:
        """Drop what pages changed in the settings, the theme for one."""
        shutil.rmtree(self.home / "settings")
        (self.home / "settings").mkdir()

    def distrust(self) -> None:
        """Forget all signatures: every notebook opened from now on is untrusted."""
        database = self.home / "data" / "nbsignatures.db"
        if database.exists():
            with contextlib.closing(sqlite3.connect(database)) as signatures, signatures:
                signatures.execute("DELETE FROM nbsignatures")

    def close(self) -> None:
        """End the server and, through it, its kernels."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Notebook:
    """One notebook of a :class:`Lab`, open in a page of its own.

    Attributes:
        page: Playwright's page.
        problems: what the page's console called an error, and uncaught exceptions.
        refused: addresses other than the lab's that the page asked for; all were refused.
    """

    def __init__(self, lab: Lab, context: Any, name: str) -> None:
        self.lab = lab
        self.name = name
        self.problems: list[str] = []
        self.refused: list[str] = []
        self.page = context.new_page()
        self.page.route("**/*", self._guard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)
        self.open()

    def _guard(self, route: Any) -> None:
        address = route.request.url
        if address.startswith((self.lab.url, "data:", "blob:")):
            route.continue_()
        else:
            self.refused.append(address)
            route.abort()

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} {message.location.get('url', '')}".rstrip())

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}\n{self.lab.log()}")

    def open(self) -> None:
        """Load the page (again) and wait until a kernel is there and idle."""
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset&token={self.lab.token}")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-CodeCell", timeout=60_000)
        self.wait_idle()

    def reload(self) -> None:
        """Reload the page as a person does, keeping the kernel."""
        self.page.reload()
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-CodeCell", timeout=60_000)
        self.wait_idle()

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait for the status bar's "| Idle": the execution indicator says it too early."""
        self.page.wait_for_function(
            "() => /\\| Idle/.test(document.querySelector('#jp-bottom-panel,.jp-StatusBar-Widget,"
            "#jp-main-statusbar')?.textContent ?? '')",
            timeout=timeout * 1000,
        )

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell and wait until every prompt shows its number and the kernel is idle."""
        self.menu("Run", "runmenu:run-all")
        self.page.wait_for_function(FINISHED, timeout=timeout * 1000)
        self.wait_idle(timeout)

    def menu(self, title: str, command: str) -> None:
        """Choose a command from the menu bar."""
        self.page.locator(".lm-MenuBar-item", has_text=title).first.click()
        self.page.locator(f'li[data-command="{command}"]').first.click()

    def save(self) -> None:
        """Save, and wait until the file on disk is newer than before."""
        file = self.lab.work / self.name
        before = file.stat().st_mtime_ns
        self.menu("File", "docmanager:save")
        end = time.monotonic() + 20
        while file.stat().st_mtime_ns == before:
            if time.monotonic() > end:
                raise TimeoutError("the notebook was not saved within 20 s")
            self.page.wait_for_timeout(50)

    def saved_with_widgets(self) -> str:
        """Save with the state of widgets, and return the file once it is whole."""
        self.page.locator(".lm-MenuBar-item", has_text="Settings").first.click()
        item = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
        self.page.locator(f'li[data-command="{item}"]').first.click()
        self.save()
        end = time.monotonic() + 20
        while True:  # the file is emptied before it is written
            text = (self.lab.work / self.name).read_text("utf-8")
            with contextlib.suppress(ValueError):
                if json.loads(text):
                    return text
            if time.monotonic() > end:
                raise TimeoutError("the notebook was not written whole within 20 s")
            self.page.wait_for_timeout(50)

    def restart_kernel(self) -> None:
        """Restart the kernel through the menu and wait until the new one is idle."""
        self.menu("Kernel", "kernelmenu:restart")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.wait_for_selector(".jp-Dialog", state="detached")
        self.wait_idle()

    def reopen(self, untrusted: bool = True) -> None:
        """Save, shut the kernel down and open the file afresh, as on another machine."""
        self.save()
        self.page.goto("about:blank")
        self.lab.end_kernels()
        if untrusted:
            self.lab.distrust()
        self.open()

    def dark(self) -> None:
        """Switch this page to JupyterLab's dark theme."""
        self._theme("JupyterLab Dark", "false")

    def light(self) -> None:
        """Switch this page to JupyterLab's light theme."""
        self._theme("JupyterLab Light", "true")

    def _theme(self, name: str, is_light: str) -> None:
        self.page.locator(".lm-MenuBar-item", has_text="Settings").first.click()
        self.page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
        item = f'li[data-command="apputils:change-theme"]:has-text("{name}")'
        self.page.locator(item).first.click()
        self.page.wait_for_selector(f'body[data-jp-theme-light="{is_light}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def shot(self, name: str, selector: str | None = None) -> Path:
        """Save a picture of the page, or of one element, under ``tests/artifacts``."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        if selector is None:
            self.page.screenshot(path=path)
        else:
            element = self.page.locator(selector).first
            size, box = self.page.viewport_size, element.bounding_box()
            # JupyterLab scrolls inside the page: what is beyond its window is not painted.
            self.page.set_viewport_size({**size, "height": int(max(900, box["height"] + 260))})
            element.scroll_into_view_if_needed()
            self.page.evaluate(TWO_FRAMES)
            element.screenshot(path=path)
            self.page.set_viewport_size(size)
        return path

    def text(self) -> str:
        """Return the text of all outputs as the page shows it."""
        return "\n".join(self.page.locator(".jp-OutputArea").all_inner_texts())

    def close(self) -> None:
        """Close the page and shut its kernel down."""
        self.page.close()
        self.lab.end_kernels()
