"""Laws of the table of presence: whole, cited, each kind of arrow with words of its own."""

from __future__ import annotations

import pytest

from xmppexplore.reading.presence_steps import PRESENCE_STEPS, SUBSCRIPTION_TYPES


@pytest.mark.parametrize(
    ("by", "what"), [pytest.param(*key, id=" ".join(key)) for key in PRESENCE_STEPS]
)
def test_every_line_is_whole(by: str, what: str) -> None:
    """A side, a short name, a title, a section and a sentence."""
    meaning = PRESENCE_STEPS[by, what]

    assert by in ("client", "server")
    assert what
    assert meaning.name.replace("-", "").isalpha()
    assert meaning.title[0].isupper()
    assert meaning.section.startswith("RFC 6121 §")
    assert meaning.sentence.endswith(".")
    assert meaning.effect in ("", "refused")


def test_no_two_lines_have_one_name() -> None:
    """A name says what happened, and who said it."""
    names = [meaning.name for meaning in PRESENCE_STEPS.values()]

    assert len(names) == len(set(names))


def test_the_four_kinds_of_request_go_both_ways() -> None:
    """What a client may send may arrive at another."""
    for way in ("client", "server"):
        for kind in SUBSCRIPTION_TYPES:
            assert (way, f"presence:{kind}") in PRESENCE_STEPS
