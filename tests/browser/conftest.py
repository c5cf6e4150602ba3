"""Fixtures for tests in real JupyterLab: ``lab``, ``browser`` and ``notebook``.

Playwright's sync interface keeps an event loop marked as running in its thread, in which
``asyncio.run`` of other tests would fail; the browser therefore lives per module and
is gone before the next folder's tests begin.  The lab itself lives once per run.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.lab import CHROMIUM_FLAGS, Lab, Notebook
from tests.needs import needs

Opener = Callable[..., Notebook]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab with fresh settings; its folder for notebooks is ``lab.work``."""
    needs("chromium")
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium with an empty profile."""
    needs("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=CHROMIUM_FLAGS,
            ignore_default_args=["--hide-scrollbars"],  # a needless one must be seen
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A fresh browser profile in which nothing is stored and clipboards may be used."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 900})
    fresh.grant_permissions(["clipboard-read", "clipboard-write"])
    yield fresh
    fresh.close()


@pytest.fixture
def notebook(lab: Lab, context: Any) -> Iterator[Opener]:
    """A function that opens a notebook: ``notebook("name.ipynb", cell, cell, ...)``.

    Without cells the file must already stand in ``lab.work``.  Every page is closed and
    every kernel shut down afterwards.
    """
    opened: list[Notebook] = []

    def open_notebook(name: str, *cells: str) -> Notebook:
        if cells:
            lab.write(name, *cells)
        opened.append(Notebook(lab, context, name))
        return opened[-1]

    yield open_notebook
    for one in opened:
        one.close()
    lab.forget_settings()
