"""The composer under real hands: quick, slipping, going back, at the edge of the window."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.lab import TWO_FRAMES, Lab
from tests.browser.test_composer import COMPOSE, SETUP, Desk

pytestmark = pytest.mark.browser


def test_what_was_done_can_be_undone(notebook: Any, lab: Lab) -> None:
    """A template, its fields and typing, back and forth; no two texts are ever mixed."""
    page = notebook("undo.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    keyboard = page.page.keyboard
    desk.text.fill("<presence/>")
    desk.button("Templates").click()
    keyboard.type("say something room")
    desk.root.get_by_role("option", name="Say something in a room").wait_for()
    keyboard.press("Enter")
    field = desk.root.get_by_label("room", exact=True)
    field.wait_for()
    template = desk.text.input_value()
    field.fill("balcony@rooms.capulet.example")
    filled = desk.text.input_value()
    assert "to='balcony@rooms.capulet.example'" in filled
    desk.text.press("Control+End")
    keyboard.type("  <x/>")
    typed = desk.text.input_value()
    texts = [typed]
    while texts[-1] != "<presence/>":
        assert len(texts) < 9, texts
        keyboard.press("Control+z")
        texts.append(desk.text.input_value())
    assert texts[-3:] == [filled, template, "<presence/>"]
    assert all(text.startswith(filled) for text in texts[:-3])
    assert field.is_hidden()  # the template is gone, and so are its fields
    keyboard.press("Control+y")
    keyboard.press("Control+Shift+z")
    assert desk.text.input_value() == filled
    assert field.input_value() == "balcony@rooms.capulet.example"
    field.press("Control+a")
    keyboard.type("orchard@rooms.capulet.example")
    keyboard.press("Control+z")  # in the field of the template
    assert field.input_value() == "balcony@rooms.capulet.example"
    assert desk.text.input_value() == filled
    keyboard.press("Control+z")
    keyboard.press("Control+z")
    assert desk.text.evaluate("(el) => el === document.activeElement")  # not the notebook
    keyboard.press("Control+z")
    assert desk.text.input_value() == ""
    desk.verdict("")
    assert page.page.locator(".jp-CodeCell").count() == 2
    assert page.problems == []


HELD = """(el, presses) => {
    for (const repeat of presses)
        el.dispatchEvent(new KeyboardEvent("keydown",
            { key: "Enter", ctrlKey: true, repeat, bubbles: true, cancelable: true }));
}"""


def test_a_slip_of_the_hand_sends_nothing_twice(notebook: Any, lab: Lab) -> None:
    """A double click is one act, so is a key that is held down, or pressed by the impatient."""
    page = notebook("twice.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    desk.text.fill("<presence/>")
    desk.verdict("No objection")
    desk.button("Send").dblclick()
    desk.outcome("no answer is due")
    desk.text.evaluate(HELD, [False, True, True, True])
    desk.root.locator(".xx-compose-one").nth(1).wait_for()
    desk.text.evaluate(HELD, [False, False, False])  # again and again, before the kernel answers
    desk.root.locator(".xx-compose-one").nth(2).wait_for()
    desk.text.fill("<message><body>Hi</message>")
    desk.verdict("No server would take this")
    desk.button("Send anyway …").dblclick()
    assert desk.root.get_by_role("alertdialog").is_visible()
    assert lab.execute("print(len(composer.history), romeo.state)") == "3 open\n"
    lab.execute("await romeo.close()")
    desk.root.locator(".xx-compose-why").filter(has_text="is closed").wait_for()
    assert desk.root.get_by_role("alertdialog").is_hidden()  # there is nothing left to insist on


def test_what_is_offered_stays_in_view(notebook: Any, lab: Lab) -> None:
    """At the lower edge of the window it opens upward; also on a page zoomed by its style."""
    page = notebook("low.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    offered = desk.root.get_by_role("listbox", name="What may stand here")
    desk.text.fill("<message>" + "\n<body/>" * 30)
    for zoom in (1, 1.5):
        page.page.evaluate("(zoom) => { document.body.style.zoom = zoom; }", zoom)
        desk.text.evaluate(TO_THE_EDGE)
        page.page.evaluate(TWO_FRAMES)
        desk.text.press("Control+End")
        page.page.keyboard.type("<")
        offered.get_by_role("option").first.wait_for()
        assert offered.evaluate(OUT_OF_VIEW) is False
        page.page.keyboard.press("Escape")
        page.page.keyboard.press("Backspace")
    page.shot("compose-offered-edge-light")


TO_THE_EDGE = """(el) => {
    const scroller = el.closest(".jp-WindowedPanel-outer");
    const [field, seen] = [el.parentElement, scroller].map((one) => one.getBoundingClientRect());
    scroller.scrollTop += (field.bottom - seen.bottom) / (document.body.style.zoom || 1) + 4;
    el.focus({ preventScroll: true });
}"""
"""Scroll so that the last line of the text is the last one that can be seen."""

OUT_OF_VIEW = """(el) => {
    const [box, seen] = [el, el.closest(".jp-WindowedPanel-outer")]
        .map((one) => one.getBoundingClientRect());
    return box.top < seen.top || box.bottom > seen.bottom + 1;
}"""

TYPED = """(el, keys) => {
    el.focus();
    for (const key of keys) {
        const down = { key, bubbles: true, cancelable: true };
        if (key !== "Enter") document.execCommand("insertText", false, key);
        else el.dispatchEvent(new KeyboardEvent("keydown", down));
    }
}"""
"""Type faster than any answer can come; a longer "key" is a paste."""


def test_what_is_offered_keeps_up_with_who_types(notebook: Any, lab: Lab) -> None:
    """However late an answer comes, what is chosen takes the place of what was typed of it."""
    page = notebook("quick.ipynb", SETUP, COMPOSE)
    page.run_all()
    desk = Desk(page)
    keyboard = page.page.keyboard
    offered = desk.root.get_by_role("listbox", name="What may stand here")
    first = offered.get_by_role("option").first
    desk.text.evaluate(TYPED, ["<"])
    first.wait_for()
    desk.text.evaluate(TYPED, ["p", "r", "Enter"])  # the list is still that of "<"
    assert desk.text.input_value() == "<presence"
    desk.text.fill("")
    desk.text.evaluate(TYPED, ["<", "m"])  # there is no list yet
    first.wait_for()
    keyboard.press("Enter")
    assert desk.text.input_value() == "<message"

    desk.text.fill("<iq type='get'/>")
    desk.text.evaluate("(el) => el.setSelectionRange(3, 3)")
    keyboard.type(" ")
    first.wait_for()
    attributes = offered.get_by_role("option").all_inner_texts()
    assert not [one for one in attributes if one.startswith("type")]  # it has one already
    keyboard.press("Tab")
    assert offered.is_hidden()
    assert not desk.text.evaluate("(el) => el === document.activeElement")

    desk.text.fill("")
    desk.text.evaluate(TYPED, ["<iq type='"])
    desk.verdict("No server would take this")  # said later than a list would be
    assert offered.is_hidden()
    desk.text.press("Control+Space")
    first.wait_for()
    desk.text.fill("<message>" + "\n<body/>" * 30)
    keyboard.press("Control+End")
    keyboard.press("<")
    first.wait_for()
    page.shot("compose-offered-low-light", ".xx-compose")
    assert offered.evaluate(CLIPPED) is False
    assert offered.evaluate("(el) => el.scrollHeight > el.clientHeight")
    box = offered.bounding_box()
    page.page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 60)  # its own scroll bar
    assert offered.is_visible()
    keyboard.type("/nothing")
    assert offered.is_hidden()
    keyboard.press("Control+Space")
    offered.get_by_text("Nothing is known").wait_for()
    keyboard.press("Escape")
    assert offered.is_hidden()
    assert page.problems == []


CLIPPED = """(el) => {
    const [box, around] = [el, el.closest(".xx")].map((one) => one.getBoundingClientRect());
    return box.top < around.top || box.bottom > around.bottom || box.right > around.right;
}"""
