"""Lesson 1 in real JupyterLab, as a person runs it."""

from __future__ import annotations

import json
import shutil
import socket
from typing import Any

import pytest

from tests.browser.lab import ROOT, Lab, Notebook
from tests.browser.screens import RED, TOO_WIDE, every_screenful

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSON = "01_first_light.ipynb"
STATE = """\
import json
from xmppexplore import sessions
print(json.dumps({"port": sandbox.port, "sessions": [session.jid for session in sessions()]}))
"""
TAPES = """\
import json
print(json.dumps({way: romeo.tape(way, connection=0).hex() for way in ("in", "out")}))
"""
ROWS = """\
import json
print(json.dumps([row for step in romeo.handshake.steps for row in step.rows]))
"""


@pytest.fixture
def lesson(notebook: Any, lab: Lab) -> Notebook:
    """A copy of the lesson, open and not run yet."""
    shutil.copy(ROOT / "notebooks" / LESSON, lab.work / LESSON)
    return notebook(LESSON)


def listens(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_five_times_in_a_row_leave_one_server(lesson: Notebook, lab: Lab) -> None:
    """Run All again does no harm: nothing is red, and what was open before is closed."""
    ports = []
    for _ in range(5):
        lesson.run_all()
        state = json.loads(lab.execute(STATE))
        ports.append(state["port"])

        assert state["sessions"] == [
            "juliet@capulet.example/balcony",
            "romeo@capulet.example/orchard",
        ]
        assert lesson.page.locator(RED).count() == 0

    assert [listens(port) for port in ports[:-1] if port != ports[-1]] == [False] * 4
    assert listens(ports[-1])
    assert lesson.problems == []
    assert lesson.refused == []


def test_every_arrow_opens_to_its_bytes(lesson: Notebook, lab: Lab) -> None:
    """What an arrow shows is tape[start:end] of the recording in the kernel."""
    lesson.run_all()
    tapes = {way: bytes.fromhex(text) for way, text in json.loads(lab.execute(TAPES)).items()}
    arrows = lesson.page.locator(".xx-ladder .xx-arrow[data-row]")
    arrows.first.wait_for()
    rows, shown = [], []
    for arrow in arrows.all():
        arrow.click()
        row = arrow.get_attribute("data-row")
        rows.append(int(row))
        box = lesson.page.locator(f'.xx-ladder .xx-inspector[data-row="{row}"][data-hex]:visible')
        box.wait_for()
        shown.append(box.evaluate("(el) => ({...el.dataset})"))
    lesson.shot("lesson1-arrow-open", ".xx-ladder")

    assert rows == json.loads(lab.execute(ROWS))
    assert len(rows) == 20
    for one in shown:
        way = "in" if one["tape"].startswith('tape("in"') else "out"
        start, end = int(one["start"]), int(one["end"])
        assert bytes.fromhex(one["hex"]) == tapes[way][start:end]
        assert end > start
    assert lesson.problems == []


def test_nothing_is_wider_than_its_place(lesson: Notebook) -> None:
    """In a window as on a small laptop every output is read without scrolling sideways."""
    lesson.run_all()
    lesson.page.locator(".xx-ladder").wait_for()

    assert lesson.page.locator(".jp-OutputArea-output").evaluate_all(TOO_WIDE) == []


def test_it_reads_in_light_and_dark(lesson: Notebook) -> None:
    """Every screenful in both themes, for people to look at; the pictures keep their paper."""
    lesson.run_all()
    for theme in (lesson.light, lesson.dark):
        theme()

        assert every_screenful(lesson, f"lesson1-{theme.__name__}") > 5
    assert lesson.problems == []


def test_reopened_untrusted_it_is_at_peace(lesson: Notebook) -> None:
    """Saved, shut down and opened again untrusted: nothing says Error, pictures or text stand."""
    lesson.run_all()
    lesson.reopen(untrusted=True)

    assert "Error" not in lesson.text()
    assert "The login of romeo" in lesson.text()
    assert lesson.page.locator(RED).count() == 0
    assert every_screenful(lesson, "lesson1-reopened") > 5
    assert lesson.problems == []


def test_the_picture_of_the_readme(lesson: Notebook) -> None:
    """The opened ladder with the bytes of one arrow, all within a window: ``docs/ladder.png``."""
    page = lesson.page
    page.set_viewport_size({"width": 1160, "height": 1200})
    page.keyboard.press("Control+b")  # the file browser makes room
    page.locator(".jp-FileBrowser").wait_for(state="hidden")
    lesson.run_all()
    ladder = page.locator(".xx-ladder")
    ladder.locator('.xx-arrow[data-row="2"]').click()
    inspector = ladder.locator('.xx-inspector[data-row="2"][data-hex]:visible')
    inspector.wait_for()
    page.locator(".jp-CodeCell").filter(has=ladder).evaluate("(el) => el.scrollIntoView()")
    page.mouse.move(5, 5)
    lesson.shot("readme")
    box = inspector.bounding_box()

    assert box is not None
    assert 0 < box["y"] < box["y"] + box["height"] < 1200
