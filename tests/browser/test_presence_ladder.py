"""The ladder of presence in real JupyterLab: the picture, and the opened one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser

VILLAGE = """\
from tests.reading.village import Village
from xmppexplore import Recording
village = Village()
for one in {people}:
    village.log_in(*one)
village.say(0, "juliet", "romeo", "subscribe")
village.say(1, "romeo", "juliet", "subscribed", "subscribe")
village.say(0, "juliet", "romeo", "subscribed", "unsubscribe")
log = village.log("receiver")
for line in village.lines:
    village.play(log, line)
recording = Recording(log)
"""
PAIR = VILLAGE.format(people=[("juliet", "balcony"), ("romeo", "orchard")])
CROWD = VILLAGE.format(
    people=[
        ("juliet", "balcony"),
        ("romeo", "orchard"),
        ("juliet", "chamber"),
        ("nurse", "street"),
    ]
)
TAPES = """\
import json
print(json.dumps({f'tape("{way}", connection={number})': recording.tape(way, number).hex()
    for way in ("in", "out") for number in range(village.connections)}), end="")"""
CLIPPED = """() => [...document.querySelectorAll(
  '.xx-chip-state, .xx-arrow > .xx-label, .xx-party > *')]
  .filter((el) => el.scrollWidth > el.clientWidth + 1).map((el) => el.textContent)"""


def opened(notebook: Any, name: str, *cells: str) -> Notebook:
    """Return a notebook whose ladder is drawn."""
    page: Notebook = notebook(name, *cells)
    page.run_all()
    page.page.locator(".xx-arrow").first.wait_for()
    return page


def test_every_arrow_opens_to_tape_start_end(notebook: Any, lab: Lab) -> None:
    """Each stanza of each client is, byte for byte, the part of the tape that is named."""
    page = opened(notebook, "presence.ipynb", PAIR, "recording.presence.open()")
    tapes = json.loads(lab.execute(TAPES))
    rows = json.loads(
        lab.execute("print([row.step.row for row in recording.presence.rows], end='')")
    )
    arrows = page.page.locator(".xx-arrow[data-row]")
    found = []
    for index in range(arrows.count()):
        arrow = arrows.nth(index)
        arrow.click()
        row = arrow.get_attribute("data-row")
        box = page.page.locator(f'.xx-inspector[data-row="{row}"][data-hex]:visible')
        box.wait_for()
        found.append(box.evaluate("(el) => ({...el.dataset})"))

    assert [int(one["row"]) for one in found] == rows
    for one in found:
        start, end = int(one["start"]), int(one["end"])
        assert bytes.fromhex(one["hex"]) == bytes.fromhex(tapes[one["tape"]])[start:end]
    assert page.problems == []
    assert page.refused == []


def test_two_people_are_drawn_with_their_states(notebook: Any, lab: Lab) -> None:
    """The picture and the opened ladder, on light and on dark, with nothing cut off."""
    page = opened(notebook, "pair.ipynb", PAIR, "recording.presence", "recording.presence.open()")
    sides = {
        side: page.page.locator(f'.xx-margin[data-side="{side}"] .xx-chip-state').all_inner_texts()
        for side in ("left", "right")
    }

    assert sides["left"] == [
        "unknown",
        "None?",
        "None+PO?",
        "None+PO",
        "To",
        "To+PI",
        "Both",
        "From",
    ]
    assert sides["right"] == ["unknown", "None?", "None+PI", "From", "From+PO", "Both", "To"]
    assert page.page.evaluate(CLIPPED) == []
    rails = page.page.locator(".xx-rail")
    assert rails.count() == len(sides["left"]) + len(sides["right"])
    page.shot("presence-light", ".xx-ladder")
    page.shot("presence-page-light", ".jp-OutputArea-output img")
    page.dark()
    page.shot("presence-dark", ".xx-ladder")
    page.shot("presence-page-dark", ".jp-OutputArea-output img")
    assert page.problems == []


def test_five_parties_are_legible_in_a_narrow_page(notebook: Any, lab: Lab) -> None:
    """Nothing is cut at 824 pixels; what does not fit is reached by scrolling."""
    page = opened(notebook, "crowd.ipynb", CROWD, "recording.presence.open()")
    root = page.page.locator(".xx-ladder")
    root.evaluate("(el) => { el.style.width = '824px'; }")
    page.shot("presence-five-824", ".xx-ladder")

    assert root.evaluate("(el) => el.getBoundingClientRect().width") == 824
    assert page.page.locator(".xx-lifeline").count() == 5
    assert page.page.evaluate(CLIPPED) == []
    assert root.evaluate("(el) => el.scrollWidth - el.clientWidth") == 0
    page.dark()
    page.shot("presence-five-dark", ".xx-ladder")
    assert page.problems == []
