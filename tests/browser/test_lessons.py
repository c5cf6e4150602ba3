"""The lessons in real JupyterLab, as a person sees them; lesson 1 has a file of its own."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.browser.lab import ROOT, Lab, Notebook
from tests.browser.screens import RED, TOO_WIDE, every_screenful

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSONS = sorted(
    path.name for path in (ROOT / "notebooks").glob("*.ipynb") if not path.name.startswith("01")
)
PICTURES = ".jp-RenderedSVG img"
SHRUNK = """(all) => all
  .filter((el) => el.naturalWidth > el.clientWidth + 1)
  .map((el) => `${el.naturalWidth} > ${el.clientWidth}`)"""


def opened(name: str, notebook: Any, lab: Lab) -> Notebook:
    """Open a copy of a lesson, not run yet."""
    shutil.copy(ROOT / "notebooks" / name, lab.work / name)
    return notebook(name)


@pytest.fixture(params=LESSONS, ids=[name[:2] for name in LESSONS])
def lesson(request: pytest.FixtureRequest, notebook: Any, lab: Lab) -> Notebook:
    """A copy of the lesson, open and not run yet."""
    return opened(request.param, notebook, lab)


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


def test_a_push_of_the_story_opens(notebook: Any, lab: Lab) -> None:
    """In the opened ladder of lesson 8 an arrow shows the stanza that it stands for."""
    page = opened("08_roster_and_subscription.ipynb", notebook, lab)
    page.run_all()
    page.page.locator(".xx-ladder .xx-arrow", has_text="push none+ask").first.click()
    shown = page.page.locator(".xx-ladder .xx-inspector[data-hex]:visible")
    shown.wait_for()
    page.shot("lesson8-arrow-open", ".xx-ladder")

    stanza = bytes.fromhex(shown.get_attribute("data-hex"))
    assert b"ask='subscribe'" in stanza
    assert stanza.startswith(b"<iq type='set'")
    assert page.problems == []
