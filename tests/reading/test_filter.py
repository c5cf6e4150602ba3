"""Laws of matching: four ways to say what one looks for, cheap first, never as code."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.transcripts import CLASSIC, SECRET, Event, recorded
from xmppexplore.errors import UsageError
from xmppexplore.reading.filter import compile_match
from xmppexplore.store.columns import COLUMNS, Columns
from xmppexplore.wire.records import IN

EVENTS: list[Event] = [
    *CLASSIC,
    (
        IN,
        b"<iq type='get' id='p' from='juliet@capulet.example/b'><ping xmlns='urn:xmpp:ping'/></iq>",
    ),
    (IN, b"<message from='nurse@capulet.example/k'><body>Where is Juliet?</body></message>"),
]
ROSTER, ROSTER_ANSWER, PRESENCE, PING, MESSAGE = 17, 18, 19, 20, 21
HEADERS = {0, 1, 5, 6, 12, 13}


@functools.cache
def columns_once() -> Columns:
    """Return a login, a ping and a message; nothing is ever added to them."""
    columns = recorded(EVENTS)
    assert columns.settle() == MESSAGE + 1
    return columns


@pytest.fixture(scope="module")
def columns() -> Columns:
    """The columns that all tests here look into."""
    return columns_once()


def rows(columns: Columns, match: Any) -> list[int]:
    """Return the rows that match."""
    wanted = compile_match(match)
    return [row for row in range(columns.count) if wanted(columns, row)]


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("{urn:xmpp:ping}ping", [PING]),
        ("{urn:ietf:params:xml:ns:xmpp-tls}starttls", [2, 3]),
        ({"kind": "message"}, [MESSAGE]),
        ({"kind": ["message", "presence"], "direction": "in"}, [MESSAGE]),
        ({"kind": "iq", "type": "get", "sender": "juliet@capulet.example/b"}, [PING]),
        ({}, list(range(MESSAGE + 1))),
        ("kind == 'iq' and type == 'get'", [ROSTER, PING]),
        ("kind=='iq' type==get", [ROSTER, PING]),
        ("from:juliet ping", [PING]),
        ("from:JULIET", [PING]),
        ("juliet not kind:message", [PING]),
        ("juliet", [PING, MESSAGE]),
        ('"where is"', [MESSAGE]),
        ("kind:presence or kind:message", [PRESENCE, MESSAGE]),
        ("not (kind in ('iq', 'nonza', 'header')) ", [PRESENCE, MESSAGE]),
        ("kind not in (iq,nonza,header)", [PRESENCE, MESSAGE]),
        ("row >= 20", [PING, MESSAGE]),
        ("connection != 0", []),
        ("elapsed < 0.0015", [0]),
        ("jabber:iq:roster", [ROSTER, ROSTER_ANSWER]),
        (
            "{urn:xmpp:ping}ping or payload == {jabber:iq:roster}query",
            [ROSTER, ROSTER_ANSWER, PING],
        ),
        ("direction == out and ns:tls", [3]),
        ("", list(range(MESSAGE + 1))),
        ("  ", list(range(MESSAGE + 1))),
        (None, list(range(MESSAGE + 1))),
    ],
)
def test_matches(columns: Columns, match: Any, found: list[int]) -> None:
    """Each form finds what it says and nothing else."""
    assert rows(columns, match) == found


def test_a_callable_is_given_elements(columns: Columns) -> None:
    """Of items that are elements, with their rows; never of headers."""
    given: list[int | None] = []

    def wanted(element: Any) -> bool:
        given.append(element.row)
        return bool(element.find("body"))

    assert rows(columns, wanted) == [MESSAGE]
    assert set(given) == set(range(MESSAGE + 1)) - HEADERS


def test_what_a_callable_raises_is_let_through(columns: Columns) -> None:
    """An error in a person's own function is theirs to see."""
    with pytest.raises(ZeroDivisionError):
        rows(columns, lambda element: 1 / 0)


def test_dear_tests_come_last(columns: Columns) -> None:
    """Text is looked for only in rows that pass the cheap tests."""
    asked: list[int] = []

    class Watching:
        """Columns that tell which rows' text was asked for."""

        def __getattr__(self, name: str) -> Any:
            return getattr(columns, name)

        def xml(self, row: int) -> str:
            asked.append(row)
            return columns.xml(row)

    wanted = compile_match("juliet kind:message")
    assert [row for row in range(columns.count) if wanted(Watching(), row)] == [MESSAGE]  # type: ignore[arg-type]
    assert asked == [MESSAGE]


def test_a_secret_cannot_be_found_by_guessing(columns: Columns) -> None:
    """Search sees what is shown, and secrets are not."""
    assert SECRET in b"".join(columns.item(row) for row in range(columns.count))
    assert rows(columns, SECRET.decode()) == []


@pytest.mark.parametrize("match", [{"knd": "iq"}, {1: "x"}, 5, b"iq", ["iq"]])
def test_what_is_no_match_is_refused(match: Any) -> None:
    """With the name that was meant, where one is near."""
    with pytest.raises(UsageError, match=r"column|match"):
        compile_match(match)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """Never another error, and never code."""
    try:
        wanted = compile_match(text)
    except UsageError:
        return
    assert wanted(columns_once(), 0) in (True, False)


@given(
    st.recursive(
        st.sampled_from(["kind:iq", "juliet", "type==get", "size>100", "{urn:xmpp:ping}ping"]),
        lambda inner: st.one_of(
            inner.map(lambda one: f"not ({one})"),
            st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
            st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
        ),
        max_leaves=6,
    )
)
def test_negation_is_the_complement(text: str) -> None:
    """Whatever a filter says, each row matches it or its negation."""
    columns = columns_once()
    matched = rows(columns, text)

    assert sorted([*matched, *rows(columns, f"not ({text})")]) == list(range(columns.count))


def test_every_column_can_be_asked(columns: Columns) -> None:
    """A filter reaches all that a frame shows."""
    for column in COLUMNS:
        assert len(rows(columns, f"{column}:0 or not {column}:0")) == columns.count


def test_a_value_that_can_never_match_is_told() -> None:
    """Kinds, directions and phases are known beforehand; waiting for another is a slip."""
    with pytest.raises(UsageError, match="message, presence"):
        compile_match({"kind": "mesage"})
