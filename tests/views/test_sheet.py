"""Laws of a sheet: everything of it is shown, in both forms, and nothing of it acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.views.drawing import visible
from xmppexplore.views.sheet import MAX_ROWS, sheet_html, sheet_text

MODEL = {
    "title": "Login of romeo",
    "verdict": "forged server",
    "tone": "bad",
    "lines": ["The server does not know the password."],
    "parts": [
        {
            "title": "Row 3",
            "lines": ["Says who wants to log in."],
            "columns": ["field", "value"],
            "rows": [("n", "romeo"), ("r", "abc")],
        },
        {"title": "Row 4", "lines": ["Nothing."]},
    ],
}


class Reader(HTMLParser):
    """Collects the elements, attributes and texts of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        """Note an element."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data) -> None:
        """Note a text."""
        self.texts.append(data)


def every_text(model) -> list[str]:
    """Return all texts of a model, in order."""
    found = [model["title"], model["verdict"], *model["lines"]]
    for part in model["parts"]:
        found += [part["title"], *part["lines"], *part.get("columns", ())]
        found += [cell for row in part.get("rows", ()) for cell in row]
    return found


def test_both_forms_hold_every_text() -> None:
    """In the same order."""
    plain, page = sheet_text(MODEL), Reader(sheet_html(MODEL))

    assert [text.strip() for text in page.texts] == every_text(MODEL)
    at = 0
    for text in every_text(MODEL):
        at = plain.index(text, at)


def test_columns_are_aligned() -> None:
    """A reader of a terminal finds the values below each other."""
    lines = sheet_text(MODEL).splitlines()

    assert lines[-6:-2] == ["  field  value", "  n      romeo", "  r      abc", ""]


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_nothing_from_the_wire_acts(text, rows) -> None:
    """Neither as markup nor on a terminal, whatever it is."""
    model = {
        "title": text, "verdict": text, "tone": text, "lines": [text],
        "parts": [{"title": text, "lines": [text], "columns": ["value", text], "rows": rows}],
    }  # fmt: skip
    page = Reader(sheet_html(model))

    assert page.tags <= {"div", "span", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes <= {"style", "scope"}
    assert all(character.isprintable() or character == "\n" for character in sheet_text(model))
    assert visible(text).strip() in "".join(page.texts)


def test_colours_come_from_the_theme_and_have_fallbacks() -> None:
    """Light and dark pages both: no background, no fixed ink."""
    page = sheet_html(MODEL)

    assert "background:transparent" in page
    assert all("," in name for name in re.findall(r"var\(([^)]*)\)", page))
    assert not re.search(r"(?<!-)color:#", page)


def test_many_rows_are_cut_and_counted() -> None:
    """A notebook keeps what it is given."""
    model = {"parts": [{"columns": ["value"], "rows": [("x",)] * (MAX_ROWS + 7)}]}

    assert "and 7 more rows" in sheet_text(model)
    assert sheet_html(model).count("<td") == MAX_ROWS


def test_many_parts_are_cut_and_counted() -> None:
    """The bound holds for a sheet, since a peer decides how many parts it has."""
    model = {"parts": [{"columns": ["value"], "rows": [("x",)] * 100}] * (MAX_ROWS // 100 + 3)}

    assert sheet_text(model).count("and 100 more rows") == 3
    assert sheet_html(model).count("<td") == MAX_ROWS
