"""Lessons 2 and 5 in real JupyterLab: addresses and logins laid open, as a person sees them."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.browser.lab import ROOT, Lab, Notebook
from tests.browser.screens import RED, TOO_WIDE, every_screenful

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSONS = ["02_addresses.ipynb", "05_proving_who_you_are.ipynb"]
PICTURES = ".jp-RenderedSVG img"
SHRUNK = """(all) => all
  .filter((el) => el.naturalWidth > el.clientWidth + 1)
  .map((el) => `${el.naturalWidth} > ${el.clientWidth}`)"""


@pytest.fixture(params=LESSONS, ids=["2", "5"])
def lesson(request: pytest.FixtureRequest, notebook: Any, lab: Lab) -> Notebook:
    """A copy of the lesson, open and not run yet."""
    shutil.copy(ROOT / "notebooks" / request.param, lab.work / request.param)
    return notebook(request.param)


def test_twice_in_a_row_does_no_harm(lesson: Notebook) -> None:
    """Run All again in the same kernel: nothing is red, and nothing has to be scrolled sideways."""
    for _ in range(2):
        lesson.run_all()

        assert lesson.page.locator(RED).count() == 0
        assert lesson.page.locator(".jp-OutputArea-output").evaluate_all(TOO_WIDE) == []
        assert lesson.page.locator(PICTURES).count() > 0
        assert lesson.page.locator(PICTURES).evaluate_all(SHRUNK) == []
    assert lesson.problems == []
    assert lesson.refused == []


def test_it_reads_in_light_and_dark(lesson: Notebook) -> None:
    """Every screenful in both themes, for people to look at."""
    lesson.run_all()
    for theme in (lesson.light, lesson.dark):
        theme()
        name = f"lesson{lesson.name[1]}-{theme.__name__}"

        assert every_screenful(lesson, name) > 5
    assert lesson.problems == []
