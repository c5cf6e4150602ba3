"""The composer in real JupyterLab: a mistake is pointed at, corrected, sent and answered."""

from __future__ import annotations

import json
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


def test_a_template_is_found_filled_and_sent(notebook: Any, lab: Lab) -> None:
    """Searched by typing, used by keys; a field changes the text, the text a field."""
    page = notebook("template.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    keyboard = page.page.keyboard
    desk.button("Templates").click()
    desk.root.get_by_role("option", name="Say something in a room").wait_for()
    page.shot("compose-templates-light", ".xx-compose")
    keyboard.type("say something room")
    options = desk.root.locator(".xx-compose-option:visible")
    options.filter(has_text="Say something in a room").wait_for()
    keyboard.press("Enter")
    field = desk.root.get_by_label("room", exact=True)
    field.wait_for()
    desk.verdict("No objection")
    body = desk.root.get_by_label("body", exact=True)
    body.fill("I <3 & 'you'")
    assert "<body>I &lt;3 &amp; &apos;you&apos;</body>" in desk.text.input_value()
    field.fill("balcony@rooms.capulet.example")
    assert "to='balcony@rooms.capulet.example'" in desk.text.input_value()
    desk.text.evaluate(
        "(el) => el.setSelectionRange(el.value.indexOf('balcony'), el.value.indexOf('@'))"
    )
    desk.text.press("g")
    assert field.input_value() == "g@rooms.capulet.example"
    desk.text.press("Control+a")
    desk.text.press("Delete")
    assert field.is_hidden()
    desk.text.press("Control+z")
    assert field.input_value() == "g@rooms.capulet.example"

    desk.button("Templates").click()
    keyboard.type("6121 contact list")
    page.shot("compose-search-light", ".xx-compose")
    keyboard.press("Escape")
    assert desk.root.locator(".xx-compose-chooser").is_hidden()
    desk.button("Templates").click()
    keyboard.press("Control+a")
    keyboard.type("xep-0199 whether the other end")
    keyboard.press("Enter")
    desk.root.get_by_label("to", exact=True).fill("capulet.example")
    desk.verdict("No objection")
    page.shot("compose-template-light", ".xx-compose")
    page.dark()
    page.shot("compose-template-dark", ".xx-compose")
    desk.text.press("Control+Enter")
    desk.outcome("result")
    assert page.problems == []


def test_a_stanza_is_written_with_what_is_offered(notebook: Any, lab: Lab) -> None:
    """Elements, attributes and values at the cursor, by keys; it is sent without a template."""
    page = notebook("complete.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    keyboard = page.page.keyboard
    offered = desk.root.get_by_role("listbox", name="What may stand here")
    desk.text.press("<")
    offered.get_by_role("option", name="presence").wait_for()
    keyboard.press("Enter")
    assert desk.text.input_value() == "<iq"
    keyboard.type(" ")
    offered.get_by_role("option", name="required").first.wait_for()
    page.shot("compose-attributes-light", ".xx-compose")
    keyboard.type("ty")
    keyboard.press("Enter")
    offered.get_by_role("option", name="get").wait_for()
    page.shot("compose-offered-light", ".xx-compose")
    assert desk.text.get_attribute("aria-activedescendant") == (
        offered.get_by_role("option", selected=True).get_attribute("id")
    )
    keyboard.press("ArrowDown")
    assert offered.get_by_role("option", selected=True).inner_text().startswith("set")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    assert desk.text.input_value() == "<iq type='get'"
    keyboard.type("><")
    offered.get_by_role("option").first.wait_for()
    keyboard.type("pin")
    page.page.wait_for_function(
        "(el) => el.querySelectorAll('[role=option]').length === 1", arg=offered.element_handle()
    )
    page.dark()
    desk.text.press("End")
    desk.text.press("Control+Space")
    offered.get_by_role("option", name="ping").wait_for()
    page.shot("compose-offered-dark", ".xx-compose")
    desk.text.press("Escape")
    assert offered.is_hidden()
    desk.text.press("Control+Space")
    offered.get_by_role("option", name="ping").click()
    keyboard.type("/></iq>")
    written = "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"
    assert desk.text.input_value() == written
    desk.verdict("No objection")
    keyboard.press("Control+Enter")
    desk.outcome("result")
    assert desk.root.locator("*").evaluate_all(TOO_WIDE) == []
    assert page.problems == []


def test_after_a_restart_of_the_kernel_it_looks_as_dead_as_it_is(notebook: Any, lab: Lab) -> None:
    """Nothing can be sent any more, so nothing says so: neither the button nor the dot."""
    page = notebook("dead.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    desk.text.fill("<presence/>")
    desk.verdict("No objection")
    dot = "(el) => getComputedStyle(el, '::before').color"
    status, send = desk.root.locator(".xx-compose-status"), desk.button("Send")
    alive = status.evaluate(dot)
    page.restart_kernel()
    page.page.get_by_text("This view is no longer live").first.wait_for()
    assert status.evaluate(dot) != alive
    assert float(send.evaluate("(el) => getComputedStyle(el).opacity")) < 1
    assert status.inner_text() == "No longer live"
    page.shot("compose-dead-light", ".xx-compose")


def test_insisting_is_a_second_step(notebook: Any, lab: Lab) -> None:
    """An error is sent only after it is said what follows; what is broken ends the session."""
    page = notebook("insist.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    desk.text.fill("<message to='nobody@nowhere.example' id='m1' type='caht'/>")
    desk.verdict("1 objection")
    desk.text.press("Control+Enter")
    desk.root.get_by_text("Not sent, because of what is said above").wait_for()
    desk.button("Send").click(force=True)
    assert lab.execute("print(len(composer.history))") == "0\n"
    desk.button("Send anyway …").click()
    confirm = desk.root.get_by_role("alertdialog")
    assert "departs" in confirm.inner_text()
    page.shot("compose-insist-light", ".xx-compose")
    page.page.keyboard.press("Escape")
    assert confirm.is_hidden()
    desk.button("Send anyway …").click()
    desk.button("Send it as it is").click()
    assert "remote-server-not-found" in desk.outcome("error")
    page.shot("compose-error-light", ".xx-compose")
    page.dark()
    page.shot("compose-error-dark", ".xx-compose")

    desk.text.fill("<message><body>Hi</message>")
    desk.verdict("No server would take this")
    desk.button("Send anyway …").click()
    assert "closes the stream" in confirm.inner_text()
    page.shot("compose-broken-dark", ".xx-compose")
    assert lab.execute("print(romeo.state)") == "open\n"
    desk.button("Send it and lose the session").click()
    assert "error" in desk.outcome("not-well-formed")
    desk.root.locator(".xx-compose-why").filter(has_text="connect again").wait_for()
    assert desk.root.locator(".xx-compose-status").inner_text() == "connection lost"
    assert not desk.sendable()
    assert desk.button("Send anyway …").is_hidden()
    page.shot("compose-ended-dark", ".xx-compose")
    page.light()
    page.shot("compose-ended-light", ".xx-compose")
    assert page.problems == []
    assert desk.root.locator("*").evaluate_all(TOO_WIDE) == []


def test_what_is_typed_is_in_no_file(notebook: Any, lab: Lab) -> None:
    """Two views, a reload, history brought back; the saved notebook holds nothing typed."""
    page = notebook(
        "secret.ipynb", SETUP, f"{COMPOSE.splitlines()[0]}\ndisplay(composer)\ncomposer"
    )
    page.run_all()
    first, second = Desk(page), Desk(page, 1)
    text = (
        "<iq type='set' id='r1'><query xmlns='jabber:iq:register'><username>romeo</username>"
        f"<password>{SECRET}</password></query></iq>"
    )
    first.text.fill(text)
    first.verdict("No objection")
    assert second.text.input_value() == ""
    first.text.press("Control+Enter")
    first.outcome("r")
    second.root.locator(".xx-compose-one").wait_for()
    second.text.fill("<presence/>")
    second.text.press("Control+Enter")
    second.outcome("written")
    assert first.root.locator(".xx-compose-one").count() == 2
    second.root.locator(".xx-compose-one").last.click()
    page.page.wait_for_function(
        "([el, text]) => el.value === text", arg=[second.text.element_handle(), text]
    )
    second.text.press("Control+z")
    assert second.text.input_value() == "<presence/>"
    second.verdict("No objection")

    file = page.saved_with_widgets()
    assert "application/vnd.jupyter.widget-state+json" in json.loads(file)["metadata"]["widgets"]
    assert "_esm" in file
    assert "Composer. Run the cell again" in file
    for typed in (SECRET, "jabber:iq:register", "r1"):
        assert typed not in json.dumps(json.loads(file)["cells"]), typed
    state = json.loads(file)["metadata"]["widgets"]
    assert SECRET not in json.dumps(state)
    assert "jabber:iq:register" not in json.dumps(state)

    page.reload()
    again = Desk(page)
    page.page.wait_for_function(
        "(el) => el.value === '<presence/>'", arg=again.text.element_handle()
    )
    assert again.root.locator(".xx-compose-one").count() == 2
    lab.execute("composer.text = '<presence type=\"unavailable\"/>'")
    again.verdict("No objection")
    assert again.text.input_value() == '<presence type="unavailable"/>'
    assert page.problems == []


HOSTILE = (
    "<img src=x onerror=alert(1)>\u202e\u200b</body> &amp; <![CDATA[ ]]> é\U0001f339 " + "w" * 300
)


def test_hostile_text_is_text(notebook: Any, lab: Lab) -> None:
    """Nothing typed becomes markup; the colours lie exactly under the letters; it stays narrow."""
    page = notebook("hostile.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    page.page.set_viewport_size({"width": 760, "height": 900})
    desk.text.fill(f"<message to='juliet@capulet.example'>\n\n<body>{HOSTILE}")
    desk.verdict("No server would take this")
    assert desk.root.locator("img").count() == 0
    assert "U+202E right-to-left override" in desk.root.inner_text()
    same = """(root) => {
      const paint = root.querySelector(".xx-compose-paint");
      const field = root.querySelector("textarea");
      return [paint.textContent === field.value + "\\n", field.scrollHeight <= field.clientHeight,
              paint.clientWidth === field.clientWidth];
    }"""
    assert desk.root.evaluate(same) == [True, True, True]
    page.shot("compose-hostile-light", ".xx-compose")
    assert desk.root.locator("*").evaluate_all(TOO_WIDE) == []
    desk.text.fill("<a>" * 30_000)
    desk.verdict("No server would take this")
    desk.text.fill("x" * 100_001)
    desk.root.get_by_text("the composer takes 100,000").wait_for()
    assert desk.button("Send anyway …").is_hidden()
    assert page.problems == []
