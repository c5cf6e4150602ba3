"""The sentences: one table, of which every form is understood as it is written."""

from __future__ import annotations

import pytest

from xmppexplore.sandbox.plays.sentences import SENTENCES, suggest, understand

EACH = pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.verb)


@EACH
def test_an_example_is_understood_as_its_own_form(sentence) -> None:
    """Also in capitals, and with more space."""
    example = sentence.example
    if sentence.block == "raw" and not example.endswith(":"):
        example = example.partition(":")[0] + ":"
    for words in (example, example.upper(), example.replace(" ", "   ")):
        found = understand(words)
        assert not isinstance(found, str), found
        assert found.sentence is sentence


@EACH
def test_a_slip_is_answered_by_the_form_that_was_meant(sentence) -> None:
    """A letter too many leads to the example."""
    word, _, rest = sentence.example.partition(" ")
    slip = f"{word}q {rest}".strip()
    assert suggest(slip) == sentence.example


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("connects with PLAIN", {"mechanism": "PLAIN"}),
        ("connects with the mechanism scram-sha-1", {"mechanism": "scram-sha-1"}),
        ('connects with password "a, with b"', {"password": "a, with b"}),
        (
            "connects with SCRAM-SHA-1, without presence and without the roster",
            {"mechanism": "SCRAM-SHA-1", "presence": "presence", "roster": "roster"},
        ),
        ("connects with priority -1", {"priority": "-1"}),
        ("receives within 3 seconds:", {"seconds": "3"}),
        ("replies after 0.2 s:", {"seconds": "0.2"}),
        ("receives nothing for 1 s", {"seconds": "1"}),
        (
            'cannot connect with password "x": not-authorized',
            {"password": "x", "condition": "not-authorized"},
        ),
    ],
)
def test_what_a_sentence_adds(words, options) -> None:
    """Options by name."""
    found = understand(words)
    assert not isinstance(found, str), found
    assert found.options == options


def test_what_cannot_be_added_is_named_with_what_can() -> None:
    """The message lists the options."""
    found = understand("connects with love")
    assert isinstance(found, str)
    assert "'with love'" in found
    assert "without presence" in found
