"""Laws of the ladder as text: everything the picture says, nothing cut, nothing hidden."""

from __future__ import annotations

from tests.views.models import hostile, login, three_parties
from xmppexplore.views.ladder_text import ladder_text


def test_the_text_is_complete() -> None:
    """Each word of the model is in it."""
    model, words = login(), " ".join(ladder_text(login()).split())

    for one in model["steps"]:
        for key in ("title", "sentence", "section", "detail"):
            assert one[key] in words
    for restart in model["restarts"]:
        assert restart["reason"] in words
    for band in model["bands"]:
        assert band["label"] in words
    assert model["title"] in words
    assert model["subtitle"] in words
    assert model["notes"][0] in words


def test_order_is_that_of_the_picture() -> None:
    """Layers and restarts stand before the step with which they begin."""
    lines = ladder_text(login()).splitlines()
    at = next(number for number, one in enumerate(lines) if one.startswith("  -- the stream"))

    assert lines[at + 1].split()[0] == "7"
    assert (
        "romeo -> capulet.example" in lines[at + 1] or "capulet.example -> romeo" in lines[at + 1]
    )


def test_steps_say_from_whom_to_whom() -> None:
    """Also among three, and a note says at whom."""
    words = ladder_text(three_parties())

    assert "romeo -> capulet.example" in words
    assert "capulet.example -> juliet" in words
    assert "juliet -> romeo" in words
    assert "at juliet" in words


def test_hostile_words_stay_on_their_lines() -> None:
    """Control characters are written out, so no text can pretend to be another line."""
    for one in ladder_text(hostile()).splitlines():
        assert one.isprintable()


def test_an_empty_model_is_empty() -> None:
    """Nothing is invented."""
    assert ladder_text({}) == ""
