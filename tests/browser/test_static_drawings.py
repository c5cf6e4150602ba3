"""Laws of the static drawings in a real browser: nothing is clipped, nothing covers words.

The widths of words are computed without a font; here a browser draws them with one.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.models import card, crowd, handshake, hostile, login, three_parties
from xmppexplore.views.card import card_svg
from xmppexplore.views.ladder_svg import ladder_svg

MEASURE = """() => {
  const svg = document.querySelector('svg').getBoundingClientRect();
  return [...document.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
    const r = t.getBoundingClientRect();
    return {words: t.textContent, left: r.left - svg.left, right: r.right - svg.left,
            top: r.top - svg.top, bottom: r.bottom - svg.top, width: svg.width,
            height: svg.height};
  });
}"""
DRAWINGS = {
    "login": ladder_svg(login()),
    "hostile": ladder_svg(hostile()),
    "three parties": ladder_svg(three_parties()),
    "two and their states": ladder_svg(handshake()),
    **{f"{count} parties and states": ladder_svg(crowd(count)) for count in (4, 5, 7)},
    "card": card_svg(card()),
    "hostile card": card_svg(card(ladder=hostile(), address=hostile()["title"])),
}
FONTS = {
    "its own fonts": "",
    "the widest font": "text:not([font-family]) { font-family: 'DejaVu Sans' !important }",
}
SLACK = 1.0


def overlap(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return how far two boxes lie over each other, the smaller way."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    # Lines of text stand closer than their boxes are high; letters take the middle.
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) - 4
    return min(across, down)


@pytest.fixture
def page(context: Any) -> Any:
    """An empty page in which whatever runs would be noticed."""
    page = context.new_page()
    page.alerts = []
    page.on("dialog", lambda dialog: (page.alerts.append(dialog.message), dialog.dismiss()))
    return page


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("name", DRAWINGS)
def test_words_have_their_places(page: Any, name: str, font: str) -> None:
    """No word is cut by the edge and none lies over another, with a narrow font or a wide one."""
    page.set_content(f"<style>body {{ margin: 0 }} {FONTS[font]}</style>{DRAWINGS[name]}")
    texts = page.evaluate(MEASURE)

    assert texts
    for one in texts:
        assert one["left"] >= 0, one
        assert one["right"] <= one["width"] + SLACK, one
        assert one["bottom"] <= one["height"] + SLACK, one
    pairs = [
        (one["words"][:60], other["words"][:60])
        for at, one in enumerate(texts)
        for other in texts[at + 1 :]
        if overlap(one, other) > SLACK
    ]
    assert pairs == []


@pytest.mark.parametrize("name", ["hostile", "hostile card"])
def test_nothing_in_a_drawing_runs(page: Any, name: str) -> None:
    """Set into a page as it is, as exports do, it stays a picture: no image, no dialog."""
    page.set_content(DRAWINGS[name])

    assert page.evaluate("document.querySelectorAll('img, script, a, style').length") == 0
    assert page.alerts == []


def test_a_drawing_scales_with_its_page(page: Any) -> None:
    """In a narrow column it is as wide as the column and keeps its proportions."""
    page.set_viewport_size({"width": 500, "height": 800})
    page.set_content(f"<style>body {{ margin: 0 }}</style>{DRAWINGS['login']}")
    box = page.evaluate(
        "(({width, height}) => ({width, height}))"
        "(document.querySelector('svg').getBoundingClientRect())"
    )
    natural = page.evaluate(
        "[...document.querySelector('svg').getAttribute('viewBox').split(' ')].map(Number)"
    )

    assert box["width"] <= 500
    assert box["height"] / box["width"] == pytest.approx(natural[3] / natural[2], rel=0.01)
