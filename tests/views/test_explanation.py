"""Laws of how an explanation is shown: text and HTML say the same, and neither does anything."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.views.models import HOSTILE
from xmppexplore.views.explanation import NARROWEST, WIDTH, explanation_html, explanation_text

ALLOWED = {"div", "details", "summary", "b", "style", "a"}
ATTRIBUTES = {"class", "style", "open", "href", "title", "target", "rel"}


def row(**given: Any) -> dict[str, Any]:
    """Return a row of a model."""
    return {
        "depth": 0,
        "what": "element",
        "name": "iq",
        "namespace": "jabber:client",
        "begins": False,
        "spec": "RFC 6120",
        "section": "8.2.3",
        "sure": True,
        "status": "Proposed Standard",
        "document": "Core (Proposed Standard)",
        "link": "https://www.rfc-editor.org/rfc/rfc6120",
        "says": "Asks.",
        "value": "",
        "decoded": "",
        "notes": (),
        "row": -1,
        **given,
    }


def model(*rows: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return a model of rows."""
    return {"title": "", "rows": list(rows), "problems": [], "rest": "", **given}


class Seen(HTMLParser):
    """What a browser makes of HTML: elements, their attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def plain(text: str) -> str:
    """Return words without what wraps and marks them."""
    return re.sub(r"[\s\-=]+", "", text)


def test_both_forms_say_the_same() -> None:
    """Every name, value, sentence, section and note is in either."""
    shown = model(
        row(begins=True),
        row(depth=1, what="attribute", name="type", value="get", decoded="a question"),
        row(depth=1, name="ping", sure=False, notes=("Nobody knows.",), row=-1),
        row(depth=2, what="text", name="", value="text", spec="", link=""),
        title="one item",
        problems=["cut off (line 1, column 2)"],
        rest="3 more",
    )
    text, seen = plain(explanation_text(shown)), plain("".join(Seen(explanation_html(shown)).words))

    for words in ("<iq>", "xmlns=jabber:client", "type='get'", "a question", "RFC 6120 §8.2.3",
                  "RFC 6120 §8.2.3?", "Nobody knows.", '"text"', "one item", "cut off", "3 more",
                  "not compared with the document", "Proposed Standard"):  # fmt: skip
        assert plain(words) in text
        assert plain(words) in seen


@given(st.data())
def test_nothing_of_the_wire_becomes_markup(data) -> None:
    """Whatever stands in a row, the elements and attributes are those of the view."""
    wild = st.text(max_size=30) | st.sampled_from(
        [HOSTILE, "<img onerror=1>", "'>\"><b onclick=1>"]
    )
    fields = ("name", "namespace", "says", "value", "decoded")
    one = row(**{name: data.draw(wild) for name in fields}, notes=(data.draw(wild),), begins=True)
    shown = model(
        one,
        {**one, "depth": 1, "what": "attribute"},
        {**one, "depth": 1, "what": "text"},
        title=data.draw(wild),
        problems=[data.draw(wild)],
        rest=data.draw(wild),
    )
    seen = Seen(explanation_html(shown))

    assert set(seen.elements) <= ALLOWED
    assert {name for name, _ in seen.attributes} <= ATTRIBUTES
    assert {value for name, value in seen.attributes if name == "href"} <= {one["link"]}
    assert seen.open == []


def columns(line: str) -> int:
    """Return the columns of a line, as terminals count them."""
    wide = sum(unicodedata.east_asian_width(mark) in "WF" for mark in line)
    return len(line) + wide - sum(unicodedata.combining(mark) > 0 for mark in line)


WIDE = st.text(st.sampled_from("ab 雪降 é\u0301\u0308👋"), max_size=200)


@given(st.text(max_size=200) | WIDE, st.integers(-5, 130))
def test_the_text_is_harmless_and_narrow(value, width) -> None:
    """No control character reaches a terminal, and no line is wider than it."""
    one = row(name=value, says=value, decoded=value, notes=(value,), namespace=value, begins=True)
    shown = explanation_text(model(one, title=value, problems=[value], rest="3 more"), width)

    assert all(line.isprintable() for line in shown.split("\n"))
    assert max(columns(line) for line in shown.split("\n")) <= max(width, NARROWEST)


@given(st.text(st.sampled_from("ab 雪降 é👋"), max_size=200))
def test_no_character_is_lost_where_lines_break(value) -> None:
    """Only white space goes, and a break comes where a line is full."""
    shown = explanation_text(model(row(says=value, spec="", status="", name="a")))

    assert plain(value) in plain(shown)


def test_documents_stand_below_each_other_behind_wide_characters() -> None:
    """A character of two columns moves nothing."""
    lines = [
        explanation_text(model(row(what="text", name="", value=value))) for value in ("ab", "雪")
    ]

    assert [columns(line) for line in lines] == [WIDTH, WIDTH]


def test_the_status_stands_where_a_namespace_begins() -> None:
    """Once, beneath the document: what follows is of the same."""
    shown = model(row(begins=True), row(depth=1, name="query"), row(begins=True, status=""))

    assert explanation_text(shown).count("Proposed Standard") == 1
    assert "Proposed Standard" in explanation_text(shown).split("\n")[1]
    assert "".join(Seen(explanation_html(shown)).words).count("Proposed Standard") == 1


@pytest.mark.parametrize("depth", [0, 5, 40, 100])
def test_deep_rows_stay_narrow(depth) -> None:
    """The indent is bounded."""
    shown = explanation_text(
        model(row(depth=depth, what="attribute", name="a" * 90, value="b" * 90))
    )

    assert max(len(line) for line in shown.split("\n")) <= WIDTH


def test_what_is_inside_folds() -> None:
    """An element with something inside is a summary, one without is a row."""
    shown = explanation_html(model(row(), row(depth=1, name="a"), row(depth=2, name="b"), row()))

    assert shown.count("<details open>") == shown.count("</details>") == 2


def test_large_explanations_begin_folded() -> None:
    """Otherwise a notebook would be one long page."""
    rows = [row(depth=depth) for _ in range(100) for depth in (0, 1, 2, 3)]

    assert "<details>" in explanation_html(model(*rows))


def test_items_of_a_recording_bear_their_rows() -> None:
    """Only where they begin."""
    shown = explanation_text(model(row(row=12), row(row=12, depth=1, name="ping")))

    assert "12: <iq>" in shown
    assert "  <ping>" in shown


def test_a_long_value_is_cut() -> None:
    """The frame has more of it."""
    shown = explanation_text(model(row(what="text", name="", value="word " * 1000)))

    assert "..." in shown
    assert len(shown) < 1500
