"""Laws of the table of steps: whole, cited, and the same for both sides."""

from __future__ import annotations

import pytest

from xmppexplore.names import SASL, split_qualified
from xmppexplore.reading.records import CLIENT_SIDE
from xmppexplore.reading.steps import STEPS, TABLE
from xmppexplore.wire.phases import PHASES, ROLES

EFFECTS = {"", "tls", "authenticated", "compressed", "refused", "failed", "once"}


@pytest.mark.parametrize(
    ("phases", "by", "name", "meaning"), [pytest.param(*line, id=line[3].name) for line in TABLE]
)
def test_every_line_is_whole(
    phases: tuple[str, ...], by: str, name: str, meaning: tuple[str, ...]
) -> None:
    """Phases are phases, sides are sides, and each step has title, section and sentence."""
    _, title, section, sentence, effect = meaning

    assert set(phases) <= set(PHASES)
    assert by in ("client", "server")
    assert name
    assert title[0].isupper()
    assert section.startswith(("RFC ", "XEP-"))
    assert sentence.rstrip("\N{RIGHT DOUBLE QUOTATION MARK}").endswith(".")
    assert effect in EFFECTS


def test_no_line_hides_another() -> None:
    """A role, phase, direction and name mean one thing: later lines do not overwrite."""
    seen: dict[tuple[str, str, str], str] = {}
    for phases, by, name, meaning in TABLE:
        for phase in set(phases):
            assert (phase, by, name) not in seen, (phase, by, name, seen.get((phase, by, name)))
            seen[phase, by, name] = meaning.name


def test_both_sides_have_the_same_steps() -> None:
    """The receiver's lines are the initiator's with directions swapped."""
    ours = {key[1:]: step for key, step in STEPS.items() if key[0] == "initiator"}
    theirs = {key[1:]: step for key, step in STEPS.items() if key[0] == "receiver"}

    assert theirs == {
        (phase, 1 - direction, name): step for (phase, direction, name), step in ours.items()
    }


def test_every_role_has_steps() -> None:
    """No role is without a table, and each knows which way its client speaks."""
    assert {role for role, *_ in STEPS} == set(ROLES) == set(CLIENT_SIDE)


def test_sasl_names_are_those_of_the_document() -> None:
    """RFC 6120 §6.4 has these six elements beside the features, and no others."""
    names = {split_qualified(name)[1] for _, _, name, _ in TABLE if f"{{{SASL}}}" in name}

    assert names == {"auth", "challenge", "response", "abort", "failure", "success"}
