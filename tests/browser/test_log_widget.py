"""The live log in real JupyterLab, over a recording of generated items."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.fake_recording import HOSTILE
from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser

CELL = """\
import asyncio
from tests.browser.fake_recording import HOSTILE, FakeRecording
from xmppexplore.views.log import LogWidget

rec = FakeRecording()
rec.add(300)
rec.add(1, HOSTILE)
rec.add(20)
log = LogWidget(
    count=rec.count, rows=rec.rows, detail=rec.detail, subscribe=rec.subscribe,
    loop=asyncio.get_running_loop(), title="romeo@capulet.example",
    plain="Live log of romeo. Run the cell again for a live view.",
)
log"""

ROW = ".xx-spacer .xx-row:visible"


def status(notebook: Notebook, words: str, nth: int = 0) -> None:
    """Wait until the line below the list says something."""
    notebook.page.locator(".xx-status").nth(nth).filter(has_text=words).wait_for()


def opened(notebook: Notebook) -> Any:
    """Return the data attributes of the open inspector, its bytes as ``hex``."""
    box = notebook.page.locator(".xx-inspector:visible")
    box.wait_for()
    return box.evaluate("(el) => ({...el.dataset})")


def exact(lab: Lab, row: int) -> str:
    """Return, as hex, what stands on the tape for a row, by the kernel's own account."""
    return lab.execute(
        f"_s, _e = rec.offsets[{row}]\n"
        f"print(bytes(rec.tapes[rec.items[{row}][0]][_s:_e]).hex(), end='')"
    )


def test_hostile_text_is_text_and_bytes_are_exact(notebook: Any, lab: Lab) -> None:
    """Whatever a body holds is shown as text, and the inspector holds tape[start:end]."""
    page = notebook("hostile.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    page.page.get_by_role("searchbox", name="Filter by text").fill("onerror")
    status(page, "1 that fit (321 rows)")

    page.page.locator(ROW).first.click()
    found = opened(page)
    pretty = page.page.locator(".xx-pretty").inner_text()
    page.shot("log-hostile", ".xx-log")

    assert found["row"] == "300"
    assert found["hex"] == exact(lab, 300)
    assert "onerror=alert(1)" in pretty
    assert "‹U+202E›" in pretty
    assert "‹U+2066›" in pretty
    assert "\u202e" not in page.text()
    assert "$\\href{javascript:alert(3)}{x}$" in pretty
    assert page.page.locator(".xx img, .xx script, .xx a, .xx iframe").count() == 0
    assert page.problems == []
    assert page.refused == []


def test_every_key_of_the_list_does_its_work(notebook: Any, lab: Lab) -> None:
    """The list is walked, opened and left by keys alone, and the notebook's shortcuts sleep."""
    page = notebook("keys.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    grid = page.page.get_by_role("grid", name="Log rows")
    grid.focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "PageDown", "PageUp", "Enter"):
        page.page.keyboard.press(key)

    assert opened(page)["row"] == "2"
    assert grid.get_attribute("aria-rowcount") == "322"
    active = page.page.locator("#" + str(grid.get_attribute("aria-activedescendant")))
    assert active.get_attribute("aria-rowindex") == "4"

    page.page.keyboard.press("Escape")
    page.page.locator(".xx-inspector").wait_for(state="hidden")
    page.page.keyboard.press("End")
    page.page.locator(ROW, has_text="m320").wait_for()
    for key in ("d", "d", "x"):  # "delete cell" and "cut cell" anywhere else in a notebook
        page.page.keyboard.press(key)
    assert page.page.locator(".jp-CodeCell").count() == 1


def test_following_holding_and_filtering(notebook: Any, lab: Lab) -> None:
    """New rows are followed until a person scrolls; a filter goes on choosing among them."""
    page = notebook("follow.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    lab.execute("rec.add(500)")
    page.page.locator(ROW, has_text="m820").wait_for()

    page.page.locator(".xx-viewport").hover()
    page.page.mouse.wheel(0, -600)
    page.page.get_by_role("button", name="Follow", exact=True).wait_for()
    page.page.wait_for_function("() => !document.querySelector('.xx-pending:not([hidden])')")
    held = page.page.locator(ROW).first.inner_text()
    lab.execute("rec.add(500)")
    status(page, "1,321 rows")
    assert page.page.locator(ROW).first.inner_text() == held

    page.page.get_by_role("button", name="Follow", exact=True).click()
    page.page.locator(ROW, has_text="m1320").wait_for()
    page.page.get_by_role("button", name="message").click()
    page.page.get_by_role("combobox", name="Direction").select_option("out")
    lab.execute("rec.add(10)")
    status(page, "(1,331 rows)")
    kinds = page.page.locator(ROW).evaluate_all("(rows) => rows.map((r) => r.dataset.kind)")
    ways = page.page.locator(ROW).evaluate_all("(rows) => rows.map((r) => r.dataset.direction)")
    assert set(kinds) <= {"iq", "whitespace"}
    assert set(ways) == {"out"}
    assert page.problems == []


def test_reload_second_view_and_closing(notebook: Any, lab: Lab) -> None:
    """A reloaded page and a second view show all again; when no view lives nothing runs."""
    page = notebook("reload.ipynb", CELL, "log")
    page.run_all()
    status(page, "321 rows", 0)
    status(page, "321 rows", 1)
    page.save()
    page.reload()
    lab.execute("rec.add(9)")
    status(page, "330 rows", 0)
    status(page, "330 rows", 1)
    page.page.locator(".xx-log").nth(1).locator(ROW, has_text="m328").wait_for()
    assert lab.execute("print(len(rec.listeners), end='')") == "1"

    lab.execute("log.close()")
    page.page.locator(".xx-log").first.wait_for(state="detached")
    assert lab.execute("print(len(rec.listeners), log._timer, end='')") == "0 None"


def test_trouble_and_silence_are_told_in_the_view(notebook: Any, lab: Lab) -> None:
    """An error of a callback, and a kernel that does not answer, are said in plain words."""
    page = notebook("trouble.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    lab.execute("log._detail = lambda row: {}[row]")
    page.page.locator(ROW).first.click()
    page.page.get_by_role("alert").filter(has_text="KeyError").wait_for()
    lab.execute("log._detail = rec.detail")

    lab.execute("import time; asyncio.get_running_loop().call_later(0.3, time.sleep, 7)")
    page.page.wait_for_timeout(500)  # until the kernel sleeps: it cannot be asked whether it does
    page.page.locator(ROW).nth(1).click()
    page.page.get_by_role("alert").filter(has_text="has not answered").wait_for()
    opened(page)
    page.page.get_by_role("alert").filter(has_text="has not answered").wait_for(state="detached")


def test_rows_arrive_while_a_cell_awaits(notebook: Any, lab: Lab) -> None:
    """A cell that awaits leaves the loop free: the log goes on, whatever the kernel hears."""
    waiting = "await asyncio.sleep(0.5)\nrec.add(40)\nawait asyncio.sleep(3)\nrec.add(1)"
    page = notebook("await.ipynb", CELL, waiting)
    page.menu("Run", "runmenu:run-all")
    status(page, "361 rows")
    page.page.locator(ROW, has_text="m360").wait_for()
    prompt = page.page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)
    assert prompt.inner_text().strip() == "[*]:"
    status(page, "362 rows")


def test_kernel_restart_leaves_a_readable_view(notebook: Any, lab: Lab) -> None:
    """After a restart the view says so, keeps its rows, and a new run gives a live one."""
    page = notebook("restart.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    page.restart_kernel()
    page.page.get_by_role("alert").filter(has_text="no longer live").wait_for()
    assert page.page.locator(ROW, has_text="m320").count() == 1
    page.shot("log-restarted", ".xx-log")

    page.run_all()
    page.page.get_by_role("alert").filter(has_text="no longer live").wait_for(state="detached")
    status(page, "321 rows")


def test_saved_notebook_holds_no_rows_and_reopens_in_peace(notebook: Any, lab: Lab) -> None:
    """The file holds nothing of the log; reopened without its kernel it shows plain words."""
    page = notebook("saved.ipynb", CELL)
    page.run_all()
    status(page, "321 rows")
    page.page.locator(ROW).first.click()
    opened(page)
    page.reopen(untrusted=True)
    saved = (lab.work / page.name).read_text()
    outputs = json.dumps([cell["outputs"] for cell in json.loads(saved)["cells"]])

    assert "Message number" not in saved
    assert "onerror" not in outputs
    page.page.locator(".jp-OutputArea-output").filter(has_text="Run the cell again").wait_for()
    assert "Error" not in page.text()
    assert HOSTILE not in saved


def test_two_megabytes_arrive_in_slices(notebook: Any, lab: Lab) -> None:
    """An item of 2 MB opens at once, and its far end is fetched when it is looked at."""
    page = notebook(
        "large.ipynb", CELL.replace("rec.add(20)", "rec.add(1, 'x' * 2_000_000 + 'END')")
    )
    page.run_all()
    status(page, "302 rows")
    page.page.evaluate(
        "() => { window.longest = 0; new PerformanceObserver((list) => { for (const task of "
        "list.getEntries()) window.longest = Math.max(window.longest, task.duration); })"
        ".observe({entryTypes: ['longtask']}); }"
    )
    page.page.locator(ROW).last.click()
    found = opened(page)
    assert int(found["end"]) - int(found["start"]) > 2_000_000
    assert "hex" not in found
    page.page.locator(".xx-exact").evaluate("(el) => { el.scrollTop = el.scrollHeight; }")
    page.page.wait_for_function(
        "() => [...document.querySelectorAll('.xx-bytes')].map((line) => line.textContent).join('')"
        ".endsWith('xxxEND</body></message>')"
    )
    page.page.get_by_role("button", name="Show more").click()
    page.page.get_by_role("button", name="65,536 of").wait_for()
    assert page.page.evaluate("window.longest") <= 200
    assert page.problems == []
