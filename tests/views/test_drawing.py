"""Laws of words in drawings: nothing hidden, nothing interpreted, nothing wider than its room."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.views.drawing import (
    ELLIPSIS,
    Fragment,
    box,
    document,
    fit,
    line,
    measure,
    seconds,
    text,
    visible,
    wrap,
)

ANY_TEXT = st.text(st.characters(), max_size=80)
FACES = st.sampled_from(["regular", "bold", "mono"])


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb", "a‹U+202E›b"),
        ("\x00\x1b", "‹U+0000›‹U+001B›"),
        ("a\nb", "a‹U+000A›b"),
        ("zero\u200bwidth", "zero‹U+200B›width"),
        ("\ud800", "‹U+D800›"),
        ("é e\u0301", "é e\u0301"),
        ("Z" + "\u0351" * 3, "Z\u0351\u0351‹U+0351›"),
        ("世界", "世界"),
    ],
)
def test_hidden_characters_are_shown(words: str, shown: str) -> None:
    """What cannot be seen, or turns others around, is written out; letters stay letters."""
    assert visible(words) == shown


@given(ANY_TEXT)
def test_what_is_visible_stays_so(words: str) -> None:
    """Every character shown is printable, and showing twice changes nothing."""
    assert visible(words).isprintable()
    assert visible(visible(words)) == visible(words)


@given(ANY_TEXT, st.floats(20, 400), FACES)
def test_what_is_fitted_fits(words: str, width: float, face: str) -> None:
    """A cut text ends in an ellipsis, and no text is wider than its room."""
    shown = fit(words, width, 12, face)

    assert measure(shown, 12, face) <= width
    assert shown == visible(words) or shown.endswith(ELLIPSIS)


@given(ANY_TEXT, st.floats(40, 400), st.integers(1, 4))
def test_what_is_wrapped_fits(words: str, width: float, lines: int) -> None:
    """No line is too wide, there are never too many, and nothing is lost unmarked."""
    wrapped = wrap(words, width, 12, lines=lines)

    assert len(wrapped) <= lines
    assert all(measure(one, 12) <= width for one in wrapped)
    if not any(one.endswith(ELLIPSIS) for one in wrapped):
        assert " ".join(wrapped).split(" ") == visible(words).split(" ") or not words


@given(ANY_TEXT)
def test_text_is_text(words: str) -> None:
    """Whatever it holds, it is one element with the same words as its content."""
    element = ET.fromstring(text(1, 2, words, size=10, fill="#000000"))

    assert element.tag == "text"
    assert len(element) == 0
    assert (element.text or "") == visible(words)


@given(ANY_TEXT, ANY_TEXT)
def test_a_document_is_well_formed(title: str, description: str) -> None:
    """It has a role, a title and a description, and parses whatever they say."""
    root = ET.fromstring(document(Fragment("", 10, 20), title, description))

    assert root.get("role") == "img"
    assert [child.tag.partition("}")[2] for child in root] == ["title", "desc", "rect"]
    assert root.get("viewBox") == "0 0 10 20"


def test_shapes_are_elements() -> None:
    """Boxes and lines parse, and a dash is only where one is asked for."""
    assert ET.fromstring(box(0, 0, 1, 1, fill="none")).get("stroke") == "none"
    assert ET.fromstring(line(0, 0, 1, 1, stroke="red")).get("stroke-dasharray") is None
    assert ET.fromstring(line(0, 0, 1, 1, stroke="red", dash="6 4")).get("stroke-dasharray")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0.0 ms"),
        (0.01234, "12.3 ms"),
        (0.4567, "457 ms"),
        (4.207, "4.21 s"),
        (1234.5, "1234 s"),
        (-1, ""),
        (None, ""),
        ("12:00", "12:00"),
    ],
)
def test_times_in_words(value: object, words: str) -> None:
    """Three figures are enough, and text is kept."""
    assert seconds(value) == words
