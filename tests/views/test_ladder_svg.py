"""Laws of the ladder's picture: safe, whole, readable, alone in the world, and quick."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from tests.views.models import card, crowd, handshake, hostile, login, step, three_parties
from xmppexplore.views.card import card_svg
from xmppexplore.views.ladder_svg import (
    COLOURS,
    FAINT,
    INK,
    INWARD,
    MAX_DRAWN_STEPS,
    OUTWARD,
    SOFT,
    WRONG,
    ladder_svg,
)

ELEMENTS = {"svg", "title", "desc", "g", "rect", "line", "path", "circle", "text"}
DRAWINGS = [
    pytest.param(ladder_svg(login()), id="login"),
    pytest.param(ladder_svg(hostile()), id="hostile"),
    pytest.param(ladder_svg(three_parties()), id="three parties"),
    pytest.param(ladder_svg(handshake()), id="two and their states"),
    pytest.param(ladder_svg(crowd(5)), id="five and their states"),
    pytest.param(ladder_svg({}), id="empty"),
    pytest.param(card_svg(card()), id="card"),
    pytest.param(card_svg(card(ladder=hostile(), address=hostile()["title"])), id="hostile card"),
]


def local(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.partition("}")[2]


@pytest.mark.parametrize("svg", DRAWINGS)
def test_a_drawing_is_shapes_and_text_alone(svg: str) -> None:
    """No script, style, link, image, identifier or handler, whatever the model says."""
    root = ET.fromstring(svg)

    for element in root.iter():
        assert local(element) in ELEMENTS
        for name, value in element.attrib.items():
            assert name not in ("id", "class", "href")
            assert not name.startswith("on")
            assert "url(" not in value
            assert "var(" not in value
    assert root.get("role") == "img"


@pytest.mark.parametrize("svg", DRAWINGS)
def test_a_drawing_has_its_own_background(svg: str) -> None:
    """The first shape is a light card as large as the picture."""
    root = ET.fromstring(svg)
    card_ = next(child for child in root if local(child) == "rect")

    assert card_.get("fill") == "#ffffff"
    assert float(card_.get("width", 0)) == pytest.approx(float(root.get("width", 0)) - 1)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


@pytest.mark.parametrize("svg", DRAWINGS)
def test_nothing_invisible_is_drawn(svg: str) -> None:
    """Control and bidirectional characters are written out."""
    for element in ET.fromstring(svg).iter():
        if local(element) == "text":
            assert (element.text or "").isprintable()


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *[(ink, colour.fill) for ink in (OUTWARD, INWARD, WRONG, INK) for colour in COLOURS.values()],
    *[(colour.ink, colour.fill) for colour in COLOURS.values()],
    *[(ink, "#ffffff") for ink in (INK, SOFT, FAINT, OUTWARD, INWARD, WRONG)],
    *[("#ffffff", ink) for ink in (OUTWARD, INWARD, WRONG, SOFT, "#25303b")],
    ("#cdd6df", "#25303b"),
    ("#55606c", "#ffffff"),  # who a state is of
]


@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_words_are_readable_on_what_they_stand_on(ink: str, paper: str) -> None:
    """WCAG's 4.5 : 1 for every pair that occurs."""
    assert contrast(ink, paper) >= 4.5


def test_every_step_is_drawn_with_its_number() -> None:
    """Arrows point the way that things went; notes have boxes; all are numbered."""
    root = ET.fromstring(ladder_svg(login()))
    texts = [element.text for element in root.iter() if local(element) == "text"]
    heads = [element for element in root.iter() if local(element) == "path"]

    assert {str(number + 1) for number in range(len(login()["steps"]))} <= set(texts)
    assert len(heads) == len([one for one in login()["steps"] if one["source"] != one["target"]])
    assert "the stream restarts" in texts
    assert "stream restarts" in texts  # the one without a title of its own


def test_the_two_ways_have_two_colours() -> None:
    """A glance tells who spoke; what went wrong has a third colour."""
    svg = ladder_svg(login())

    assert svg.count(f'stroke="{OUTWARD}"') == 10
    assert svg.count(f'stroke="{INWARD}"') == 9
    assert svg.count(f'stroke="{WRONG}"') == 1


def test_layers_lie_within_each_other() -> None:
    """Each sheet is inside the one before it."""
    root = ET.fromstring(ladder_svg(login()))
    edges = {colour.edge for colour in COLOURS.values()}
    sheets = [
        (
            float(one.get("x", 0)),
            float(one.get("y", 0)),
            float(one.get("x", 0)) + float(one.get("width", 0)),
            float(one.get("y", 0)) + float(one.get("height", 0)),
        )
        for one in root.iter()
        if local(one) == "rect" and one.get("stroke") in edges and one.get("rx") == "5"
    ]

    assert len(sheets) == 4
    for outer, inner in itertools.pairwise(sheets):
        assert outer[0] < inner[0] < inner[2] < outer[2]
        assert outer[1] < inner[1] < inner[3] < outer[3]


def test_a_long_ladder_says_what_it_leaves_out() -> None:
    """A peer that challenges for ever makes no endless picture."""
    model = {"parties": [{}, {}], "steps": [step("Challenge", 1, 0)] * (MAX_DRAWN_STEPS + 7)}
    svg = ladder_svg({**model, "bands": [{"label": "TLS", "start": MAX_DRAWN_STEPS + 3}]})

    assert "7 more steps are in the text form only." in svg
    assert svg.count("<circle") == MAX_DRAWN_STEPS


def test_twice_the_steps_cost_twice_as_much() -> None:
    """What is drawn costs its number, and not the square of it."""
    half, whole = (
        {"parties": [{}, {}], "steps": [step("Challenge", 1, 0)] * count}
        for count in (MAX_DRAWN_STEPS // 2, MAX_DRAWN_STEPS)
    )

    assert costs.ratio(lambda: ladder_svg(whole), lambda: ladder_svg(half), 3) <= 3


def test_a_hostile_model_makes_no_large_picture() -> None:
    """Texts of 20,000 characters are cut, in the shapes and in the description."""
    assert len(ladder_svg(hostile())) < 250_000


VALUES = st.one_of(st.text(max_size=20), st.integers(-3, 9), st.none(), st.floats(0, 9))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.text(max_size=20),
            "parties": st.lists(st.fixed_dictionaries({"label": st.text(max_size=9)}), max_size=4),
            "steps": st.lists(
                st.dictionaries(st.sampled_from(["title", "detail", "source", "target"]), VALUES),
                max_size=5,
            ),
            "restarts": st.lists(
                st.fixed_dictionaries({"before": st.integers(-1, 6), "reason": st.text()}),
                max_size=3,
            ),
            "notes": st.lists(st.text(max_size=20), max_size=3),
        },
    )
)
def test_any_model_makes_a_document(model: dict[str, Any]) -> None:
    """Whatever is missing or strange, the result parses."""
    assert local(ET.fromstring(ladder_svg(model))) == "svg"
