"""How a lesson looks on the screen: what nobody wants to see, and pictures of all of it."""

from __future__ import annotations

from tests.browser.lab import Notebook

RED = (
    '[data-mime-type="application/vnd.jupyter.stderr"], '
    '[data-mime-type="application/vnd.jupyter.error"], .jp-mod-error'
)
"""Outputs that say that something went wrong."""

TOO_WIDE = """(all) => all
  .filter((el) => el.scrollWidth > el.clientWidth + 1)
  .map((el) => `${el.scrollWidth} > ${el.clientWidth}: ${el.innerText.slice(0, 80)}`)"""
"""Which elements have to be scrolled sideways."""


def every_screenful(page: Notebook, name: str) -> int:
    """Take a picture of each screenful of the notebook, from top to bottom."""
    scroller = page.page.locator(".jp-WindowedPanel-outer:visible").first
    height, seen = scroller.evaluate("(el) => [el.scrollHeight, el.clientHeight]")
    count = -(-height // seen)
    for at in range(count):
        scroller.evaluate("(el, top) => { el.scrollTop = top; }", at * seen)
        page.shot(f"{name}-{at:02}")
    return int(count)
