"""The composer in real JupyterLab: a mistake is pointed at, corrected, sent and answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.lab import Lab, Notebook
from tests.browser.screens import TOO_WIDE

pytestmark = pytest.mark.browser

SETUP = """\
from xmppexplore import Sandbox
sandbox = await Sandbox.open("capulet.example", contacts=True)
romeo = await sandbox.connect("romeo", resource="orchard")"""

COMPOSE = "composer = romeo.compose()\ncomposer"

SECRET = "wherefore-Art-thou"

WRONG = "<iq type='gett' to='capulet.example'>\n  <ping xmlns='urn:xmpp:ping'/>\n</iq>"


class Desk:
    """The composer on the page, by what a person reads there."""

    def __init__(self, page: Notebook, nth: int = 0) -> None:
        self.page = page
        self.root = page.page.locator(".xx-compose:visible").nth(nth)
        self.root.get_by_text("Compose as romeo").wait_for()
        self.text = self.root.get_by_label("XML to send")

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=name, exact=True)

    def verdict(self, words: str) -> None:
        """Wait for what is thought of the text."""
        self.root.locator(".xx-compose-head").filter(has_text=words).wait_for()

    def outcome(self, words: str) -> str:
        """Wait until the answer's line says this; return all of it."""
        line = self.root.locator(".xx-compose-outcome").filter(has_text=words)
        line.wait_for()
        return str(line.inner_text())

    @property
    def underlined(self) -> str:
        return "".join(self.root.locator(".xx-compose-wrong").all_inner_texts())

    def sendable(self) -> bool:
        return bool(self.button("Send").get_attribute("aria-disabled") == "false")


def saved(lab: Lab, page: Notebook) -> str:
    """Save with the state of widgets and return the file."""
    page.page.locator(".lm-MenuBar-item", has_text="Settings").first.click()
    item = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
    page.page.locator(f'li[data-command="{item}"]').first.click()
    page.save()
    return (lab.work / page.name).read_text("utf-8")


def test_a_mistake_is_pointed_at_corrected_and_answered(notebook: Any, lab: Lab) -> None:
    """The place, the section, the way there by a click; then the answer beside the question."""
    page = notebook("compose.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    page.shot("compose-empty-light", ".xx-compose")
    assert not desk.sendable()
    desk.text.fill(WRONG)
    desk.verdict("objection")
    assert desk.underlined.startswith("type='gett'")
    objection = desk.root.locator(".xx-compose-objection").first
    assert "RFC 6120 §8.2.3" in objection.inner_text()
    assert not desk.sendable()
    page.shot("compose-mistake-light", ".xx-compose")
    page.dark()
    page.shot("compose-mistake-dark", ".xx-compose")

    objection.click()
    at = desk.text.evaluate("(el) => [el.selectionStart, document.activeElement === el]")
    assert at == [WRONG.index("type"), True]
    for _ in range(len("type='gett")):
        page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Backspace")
    desk.verdict("No objection")
    assert desk.underlined == ""
    assert "An id will be added." in desk.root.inner_text()
    page.page.keyboard.press("Control+Enter")
    assert " ms" in desk.outcome("result")
    answer = desk.root.get_by_label("Answer as XML")
    answer.filter(has_text="type='result'").wait_for()
    desk.root.get_by_text("What it says, line by line").click()
    desk.root.locator(".xx-compose-line").first.wait_for()
    assert "Answers the request" in desk.root.inner_text()
    page.shot("compose-answer-dark", ".xx-compose")
    page.light()
    page.shot("compose-answer-light", ".xx-compose")
    history = "print(list(composer.history['outcome']), composer.text.count('gett'))"
    assert lab.execute(history) == "['result'] 0\n"
    assert page.page.locator(".jp-CodeCell").count() == 2
    assert page.problems == []
    assert page.refused == []
    assert desk.root.locator("*").evaluate_all(TOO_WIDE) == []
