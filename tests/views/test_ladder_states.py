"""Laws of the margins: chips at their steps, rails between them, and every word on its side."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tests.views.models import HOSTILE, crowd, handshake
from xmppexplore.views.ladder_states import COLOURS, draw
from xmppexplore.views.ladder_svg import ladder_svg


def texts(svg: str) -> list[str]:
    """Return the words of a drawing, in order."""
    return [one.text or "" for one in ET.fromstring(svg).iter() if one.tag.endswith("}text")]


def test_each_state_stands_at_its_step() -> None:
    """Chips of both margins, and the heads above them."""
    words = texts(ladder_svg(handshake()))

    for one in handshake()["steps"]:
        for state in one["states"]:
            assert state["state"] in words
    assert {"juliet to", "romeo"} <= set(words)


def test_a_rail_runs_from_chip_to_chip() -> None:
    """One piece of rail for each chip, in the colour of its state; none among many people."""
    edges = [COLOURS[key].edge for key in ("plain", "ready", "authenticated", "tls")]
    svg = ladder_svg(handshake())

    assert sum(svg.count(f'stroke="{edge}" stroke-width="5"') for edge in edges) == 8
    assert 'stroke-width="5"' not in ladder_svg(crowd(5))


def test_a_margin_that_is_not_asked_for_is_not_drawn() -> None:
    """Without heads there is no column."""
    assert draw({"steps": handshake()["steps"]}, {0: 10.0}, {"left": 5.0}, 0.0, 99.0) == []


def test_hostile_states_are_words() -> None:
    """Whatever a state or a name holds is cut and shown as text."""
    model = handshake()
    for one in model["steps"]:
        for state in one["states"]:
            state |= {"state": HOSTILE, "who": HOSTILE, "colour": HOSTILE}
    svg = ladder_svg({**model, "margins": {"left": HOSTILE, "right": HOSTILE}})

    assert ET.fromstring(svg) is not None
    assert len(svg) < 120_000


def test_more_parties_make_it_wider() -> None:
    """Five stand in the width of a page; each more takes its own room."""
    widths = [float(ET.fromstring(ladder_svg(crowd(count))).get("width", 0)) for count in (3, 5, 7)]

    assert widths[0] == widths[1] == 824
    assert widths[2] > 824
