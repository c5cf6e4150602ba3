"""The opened ladder in real JupyterLab, over generated items."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser

CELL = """\
import asyncio
from tests.browser.fake_recording import HOSTILE, LADDER, FakeRecording
from xmppexplore.views.ladder import LadderWidget

rec = FakeRecording()
rec.add(20)
hostile = HOSTILE.encode() + bytes(range(256)) + "ä€\\U0001f600\\u202eü".encode()
rec.append("in", hostile, {"kind": "broken"})
ladder = LadderWidget(
    LADDER, detail=rec.detail, loop=asyncio.get_running_loop(), plain="ladder of romeo as text"
)
ladder"""

TAPES = (
    "import json; print(json.dumps({way: tape.hex() for way, tape in rec.tapes.items()}), end='')"
)


def open_every_arrow(page: Notebook) -> list[dict[str, str]]:
    """Open each arrow of the ladder in turn; return the inspector's data attributes."""
    found = []
    arrows = page.page.locator(".xx-arrow[data-row]")
    for index in range(arrows.count()):
        arrow = arrows.nth(index)
        arrow.click()
        row = arrow.get_attribute("data-row")
        box = page.page.locator(f'.xx-inspector[data-row="{row}"][data-hex]:visible')
        box.wait_for()
        found.append(box.evaluate("(el) => ({...el.dataset})"))
    return found


def test_every_arrow_opens_to_tape_start_end(notebook: Any, lab: Lab) -> None:
    """What an arrow opens is, byte for byte, the part of the tape that it names."""
    page = notebook("ladder.ipynb", CELL)
    page.run_all()
    page.page.locator(".xx-arrow").first.wait_for()
    tapes = json.loads(lab.execute(TAPES))
    found = open_every_arrow(page)

    assert [one["row"] for one in found] == ["0", "1", "2", "3", "4", "5", "6", "20"]
    for one in found:
        way = "in" if '"in"' in one["tape"] else "out"
        start, end = int(one["start"]), int(one["end"])
        assert bytes.fromhex(one["hex"]) == bytes.fromhex(tapes[way])[start:end]
    assert page.problems == []
    assert page.refused == []


def test_bytes_are_shown_in_a_visible_form_as_text_and_as_hex(notebook: Any, lab: Lab) -> None:
    """Bytes that are no text, and characters that hide, stand visibly; the hex view has all."""
    page = notebook("forms.ipynb", CELL)
    page.run_all()
    page.page.locator('.xx-arrow[data-row="20"]').click()
    box = page.page.locator(".xx-inspector[data-hex]:visible")
    box.wait_for()
    lines = page.page.locator(".xx-bytes")
    shown = "".join(lines.all_text_contents())
    assert "<img src=x onerror=alert(1)>" in shown
    assert "\\xff" in shown
    assert "\u202e" not in shown

    page.page.get_by_role("button", name="Hex").click()
    digits = page.page.locator(".xx-hex")
    digits.first.wait_for()
    hexes = "".join(digits.all_text_contents()).replace(" ", "")
    assert str(box.get_attribute("data-hex")).startswith(hexes)
    assert len(hexes) > 200
    offsets = page.page.locator(".xx-offset").all_inner_texts()
    assert offsets[0] == box.get_attribute("data-start")
    assert page.page.locator(".xx img, .xx script, .xx a").count() == 0
    page.shot("ladder-hex-light", ".xx-ladder")
    page.dark()
    page.shot("ladder-hex-dark", ".xx-ladder")
    assert page.problems == []


def test_the_ladder_is_walked_by_keys(notebook: Any, lab: Lab) -> None:
    """Arrow keys go from arrow to arrow, Enter opens, Escape closes and gives focus back."""
    page = notebook("walk.ipynb", CELL)
    page.run_all()
    first = page.page.locator(".xx-arrow[data-row]").first
    first.focus()
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    page.page.locator('.xx-inspector[data-row="1"]:visible').wait_for()
    arrow = page.page.locator('.xx-arrow[data-row="1"]')
    assert arrow.get_attribute("aria-expanded") == "true"
    assert "capulet.example to romeo: Stream answered" in str(arrow.get_attribute("aria-label"))

    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Escape")
    page.page.locator(".xx-inspector").wait_for(state="hidden")
    assert arrow.evaluate("(el) => el === document.activeElement")
    page.page.keyboard.press("d")
    page.page.keyboard.press("d")
    assert page.page.locator(".jp-CodeCell").count() == 1


def test_a_reopened_ladder_is_its_text(notebook: Any, lab: Lab) -> None:
    """Reopened untrusted without a kernel the ladder stands there as text."""
    page = notebook("again.ipynb", CELL)
    page.run_all()
    page.page.locator(".xx-arrow").first.wait_for()
    page.reopen()
    page.page.locator(".jp-OutputArea-output").filter(has_text="ladder of romeo as text").wait_for()

    assert "Error" not in page.text()
    assert "STARTTLS" not in (lab.work / page.name).read_text()
