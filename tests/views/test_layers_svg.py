"""Laws of the picture of layers: safe, alone in the world, nothing beside its place."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.views.models import HOSTILE
from tests.views.test_ladder_svg import ELEMENTS, contrast, local
from xmppexplore.views.ladder_states import COLOURS
from xmppexplore.views.ladder_svg import WRONG
from xmppexplore.views.layers_svg import MAX_ITEMS, MAX_PARTS, layers_svg, layers_text


def part(stream: int, items: int, **more: Any) -> dict[str, Any]:
    """Return a part in which both sides speak."""
    said = [{"title": f"Step {at}", "out": at % 2 == 0} for at in range(items)]
    return {"stream": stream, "items": said, "sent": 186, "received": 1369, **more}


def classic() -> dict[str, Any]:
    """Return a login with STARTTLS."""
    return {
        "title": "The login of romeo",
        "subtitle": "3 streams on one connection",
        "left": "romeo",
        "right": "capulet.example",
        "parts": [part(1, 5, clear=True), part(2, 7), part(3, 5), part(3, 3)],
        "layers": [
            {"label": "TCP", "colour": "plain", "first": 0},
            {"label": "TLS", "detail": "TLSv1.3", "colour": "tls", "first": 1},
            {"label": "authenticated", "colour": "authenticated", "first": 2},
            {"label": "ready", "colour": "ready", "first": 3},
        ],
    }


def hostile() -> dict[str, Any]:
    """Return a login in which every text is hostile."""
    model = classic()
    for one in [model, *model["layers"], *(i for p in model["parts"] for i in p["items"])]:
        for key in ("title", "subtitle", "left", "right", "label", "detail", "colour"):
            one[key] = HOSTILE
    return model


DRAWINGS = [
    pytest.param(classic(), id="STARTTLS"),
    pytest.param(hostile(), id="hostile"),
    pytest.param({"parts": [part(1, 40)] * 30, "layers": classic()["layers"]}, id="too many"),
    pytest.param({"parts": [part(1, 2, sent=-1)]}, id="sizes not known"),
    pytest.param({}, id="empty"),
]


@pytest.mark.parametrize("model", DRAWINGS)
def test_it_is_shapes_and_text_on_a_card_of_its_own(model: dict[str, Any]) -> None:
    """No script, style, link or handler; nothing invisible; nothing outside of the card."""
    root = ET.fromstring(layers_svg(model))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))

    assert next(iter(root.findall("{*}rect"))).get("fill") == "#ffffff"
    for element in root.iter():
        assert local(element) in ELEMENTS
        assert not {"id", "class", "href"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)
        if local(element) == "text":
            assert (element.text or "").isprintable()
        if local(element) in ("rect", "text"):
            assert 0 <= float(element.get("x", 0)) <= width
            assert 0 <= float(element.get("y", 0)) <= height


def test_streams_stand_side_by_side_and_layers_under_what_they_carry() -> None:
    """Three streams, of which the last spans two parts; each layer goes on to the end."""
    root = ET.fromstring(layers_svg(classic()))
    boxes = [one.attrib for one in root.iter() if local(one) == "rect"]
    heads = [one for one in boxes if one["fill"] == "#25303b"]
    edges = {colour.edge: name for name, colour in COLOURS.items()}
    sheets = {edges[one["stroke"]]: one for one in boxes if one["stroke"] in edges}

    assert [float(one["width"]) for one in heads[:2]] == [float(heads[0]["width"])] * 2
    assert float(heads[2]["width"]) > 2 * float(heads[0]["width"])
    assert len({float(one["x"]) + float(one["width"]) for one in sheets.values()}) == 1
    assert sheets["tls"]["x"] == heads[1]["x"]
    assert [*sheets] == ["ready", "authenticated", "tls", "plain"]
    tops = [float(one["y"]) for one in sheets.values()]
    assert tops == sorted(tops)


def test_it_says_what_could_be_read() -> None:
    """In clear and encrypted, in words and in two colours that can be read."""
    texts = [one.text for one in ET.fromstring(layers_svg(classic())).iter()]

    assert texts.count("in clear: anyone can read it") == 1
    assert texts.count("encrypted: the two ends alone") == 1
    assert texts.count("→ 186 ← 1,369 bytes") == 4
    assert contrast(WRONG, "#ffffff") >= 4.5
    assert contrast(COLOURS["tls"].ink, "#ffffff") >= 4.5


def test_what_is_left_out_is_counted() -> None:
    """A picture stays small; the text is whole."""
    model = {"parts": [part(at, 40) for at in range(MAX_PARTS + 3)], "left": "a", "right": "b"}
    svg, text = layers_svg(model), layers_text(model)

    assert "(3 parts more are in the text)" in svg
    assert svg.count(f"+ {40 - MAX_ITEMS} more") == MAX_PARTS
    assert text.count("Step ") == 40 * (MAX_PARTS + 3)
    assert "     a -> b  Step 0\n     b -> a  Step 1\n" in text


def test_the_text_has_layers_from_the_outside_in() -> None:
    """What the picture stacks, the text lists."""
    text = layers_text(classic())

    assert "  stream 1 in TCP\n" in text
    assert "  stream 3 in TCP > TLS > authenticated > ready\n" in text
    assert "‹U+202E›" in layers_text(hostile())


def test_a_hostile_model_makes_no_large_picture() -> None:
    """Long texts are cut, in the shapes and in the description."""
    assert len(layers_svg(hostile())) < 150_000


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.text(max_size=20),
            "left": st.text(max_size=9),
            "right": st.text(max_size=9),
            "parts": st.lists(
                st.fixed_dictionaries(
                    {
                        "stream": st.integers(0, 3),
                        "items": st.lists(
                            st.fixed_dictionaries({"title": st.text(), "out": st.booleans()})
                        ),
                        "sent": st.integers(-1, 10**12),
                        "received": st.integers(-1, 10**12),
                        "clear": st.booleans(),
                    }
                ),
                max_size=12,
            ),
            "layers": st.lists(
                st.fixed_dictionaries({"label": st.text(), "first": st.integers(-1, 13)})
            ),
        },
    )
)
def test_any_model_makes_a_document(model: dict[str, Any]) -> None:
    """Whatever is missing or strange, the result parses, and the text has all parts."""
    root = ET.fromstring(layers_svg(model))
    parts = [line for line in layers_text(model).split("\n") if line.startswith("  stream ")]

    assert root.tag.endswith("svg")
    assert len(parts) == len(model.get("parts", ()))
