"""Laws of what goes with the table of steps: it speaks of steps that exist."""

from __future__ import annotations

from xmppexplore.reading.stages import (
    ANSWERS,
    BY_MECHANISM,
    DIRECT_TLS,
    MARK_STEPS,
    RESTART_REASONS,
    SILENT,
    UNKNOWN,
    WITH_AUTHENTICATE,
    WITH_BOUND,
    WITH_SUCCESS,
)
from xmppexplore.reading.steps import STEPS
from xmppexplore.store.log import MARKS

STEP_NAMES = {step.name for step in STEPS.values()}


def test_answers_are_steps() -> None:
    """Who asks and who answers are steps of the table."""
    assert set(ANSWERS) <= STEP_NAMES
    assert {name for names in ANSWERS.values() for name in names} <= STEP_NAMES


def test_mark_steps_are_marks() -> None:
    """Each is a mark that a log can hold, and no step of the table has its name."""
    assert set(MARK_STEPS) <= set(MARKS)
    assert not {meaning.name for meaning in MARK_STEPS.values()} & STEP_NAMES
    assert UNKNOWN.name not in STEP_NAMES


def test_mechanisms_change_steps_that_exist() -> None:
    """A sentence for a mechanism replaces that of a step, whose section stands first."""
    for (mechanism, step), (document, sentence) in BY_MECHANISM.items():
        assert step in STEP_NAMES
        assert document.startswith("RFC ") or (mechanism, document) == ("EXTERNAL", "")
        assert "6120" not in document
        assert sentence.endswith(".")


def test_what_differs_with_direct_tls_are_steps() -> None:
    """And what a success may bring is said with its section."""
    assert set(DIRECT_TLS) <= STEP_NAMES | {meaning.name for meaning in MARK_STEPS.values()}
    for section, sentence in [*DIRECT_TLS.values(), *WITH_SUCCESS.values()]:
        assert section.startswith(("RFC ", "XEP-"))
        assert sentence.endswith(".")


def test_what_rides_along_is_said_with_its_document() -> None:
    """Words that go on in a list, and steps that exist without SASL2 too."""
    for section, words in WITH_AUTHENTICATE.values():
        assert section.startswith("XEP-")
        assert not words.endswith(".")
    assert {meaning.name for meaning in WITH_BOUND.values()} <= STEP_NAMES


def test_each_cause_of_a_restart_has_its_reason() -> None:
    """TLS, login and compression restart a stream; so may something that is unknown."""
    assert set(RESTART_REASONS) == {"tls", "authenticated", "compressed", ""}


def test_silent_nonzas_are_no_steps() -> None:
    """What is passed over in silence is nowhere in the table."""
    assert not SILENT & {name for _, _, _, name in STEPS}
