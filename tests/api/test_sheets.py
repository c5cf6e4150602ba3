"""A sheet: one model, the same words as text, as HTML and in a notebook's output."""

from __future__ import annotations

from typing import Any

from xmppexplore.api.sheets import Sheet


class Letter(Sheet):
    """A sheet whose words could be markup."""

    def __init__(self) -> None:
        self.made = 0

    def _model(self) -> dict[str, Any]:
        self.made += 1
        return {"title": "<b>Letter</b>", "verdict": "read", "lines": ["All is well."]}


def test_all_forms_say_the_same() -> None:
    """Nothing of the words is markup in HTML, and nothing is lost in the text."""
    letter = Letter()

    assert repr(letter) == letter.text == "<b>Letter</b>: read\nAll is well."
    assert "&lt;b&gt;Letter" in letter.html
    assert "<b>" not in letter.html
    assert letter._repr_mimebundle_() == {"text/html": letter.html, "text/plain": letter.text}


def test_an_output_is_made_of_one_model() -> None:
    """A login that is computed again may take long, so it is asked once for both forms."""
    letter = Letter()
    letter._repr_mimebundle_()

    assert letter.made == 1


def test_completion_offers_what_is_public() -> None:
    """A person who presses Tab sees names to use."""
    assert {"text", "html", "made"} <= set(dir(Letter()))
    assert not [name for name in dir(Letter()) if name.startswith("_")]
