"""Laws of the card: what a session is, what it warns of, what to do next, and its login."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from tests.views.models import HOSTILE, card, login
from xmppexplore.views.card import card_svg, card_text, size_in_words


def texts(svg: str) -> list[str]:
    """Return the texts of a drawing."""
    return [one.text or "" for one in ET.fromstring(svg).iter() if one.tag.endswith("}text")]


@pytest.mark.parametrize(
    "words",
    [
        "romeo@capulet.example/garden",
        "127.0.0.1:5222",
        "ready",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "SCRAM-SHA-256",
        "12 out, 31 in",
        "999 B out, 12.3 MB in",
        "kernel was busy 1.8 s: use await asyncio.sleep",
        "romeo.stanzas",
        "romeo.watch()",
        'await romeo.send("<presence/>")',
        "The login of romeo",
    ],
)
def test_picture_and_text_say_the_same(words: str) -> None:
    """Address, phase, TLS, mechanism, counters, warnings, next calls, login: in both."""
    assert words in texts(card_svg(card()))
    assert words in card_text(card())


def test_the_ladder_stands_below_the_card() -> None:
    """One document: the ladder is a group moved down by the height of the card."""
    alone, whole = (ET.fromstring(card_svg(card(**more))) for more in ({"ladder": None}, {}))
    group = next(one for one in whole if one.tag.endswith("}g"))

    down = float(str(group.get("transform")).removeprefix("translate(0 ").removesuffix(")"))
    assert down == pytest.approx(float(alone.get("height", 0)) - 2, abs=1)
    assert float(whole.get("height", 0)) > float(alone.get("height", 0)) + 500


def test_what_is_zero_or_unknown_is_left_out() -> None:
    """A card says no more than is known."""
    words = card_text({"name": "romeo", "state": "connecting"})

    assert "findings" not in card_text(card())
    assert "TLS" not in words
    assert "  stanzas" not in words
    assert words.splitlines()[0] == "romeo  [connecting]"


def test_a_session_without_tls_says_so() -> None:
    """Known to be without is not unknown."""
    assert "none: readable to everyone on the path" in card_text(card(tls=""))


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({"name": "not a name"}, ["session.stanzas"]),
        ({"name": "romeo", "next": ["await romeo.close()"]}, ["await romeo.close()"]),
        ({"name": "romeo", "next": []}, []),
    ],
)
def test_calls_can_be_typed_as_they_stand(more: dict[str, Any], calls: list[str]) -> None:
    """They begin with a name that Python takes, and are those that were given."""
    svg = card_svg(card(**more))

    assert all(call in texts(svg) for call in calls)
    assert ("next" in texts(svg)) is bool(calls)


def test_warnings_are_bounded() -> None:
    """A flood of warnings does not push the login out of sight; the text has them all."""
    model = card(warnings=[f"warning {number}" for number in range(50)])

    assert "warning 49" not in texts(card_svg(model))
    assert "warning 49" in card_text(model)


def test_hostile_words_are_words() -> None:
    """Address, state, TLS, warnings and calls may hold anything."""
    model = card(
        name=HOSTILE,
        address=HOSTILE,
        state=HOSTILE,
        tls=HOSTILE,
        warnings=[HOSTILE],
        next=[HOSTILE],
    )

    assert all(one.isprintable() for one in texts(card_svg(model)))
    assert all(one.isprintable() for one in card_text(model).splitlines())


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12.3 kB"), (5_000_000, "5.0 MB")],
)
def test_sizes_in_words(count: int, words: str) -> None:
    """Thousands, as on any bill."""
    assert size_in_words(count) == words


def test_a_card_of_nothing_is_a_card() -> None:
    """An empty model draws."""
    assert texts(card_svg({}))[0] == "session"
    assert login()["title"] not in card_text({})
