"""Laws of the spans in which the kernel was busy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.reading.busy import BusySpans

SECOND = 1_000_000_000


def test_a_mark_reaches_back_as_long_as_it_says() -> None:
    """The mark stands at the end of the span, and its detail says how long that was."""
    spans = BusySpans()

    assert spans.add(10 * SECOND, "kernel busy 1.8 s") == 8_200_000_000
    assert spans.touches(9 * SECOND, 9 * SECOND + 1)
    assert spans.touches(0, 8_200_000_000)
    assert not spans.touches(0, 8 * SECOND)
    assert not spans.touches(10 * SECOND + 1, 11 * SECOND)


def test_a_mark_without_a_length_is_a_moment() -> None:
    """A detail that says nothing is taken for no time, not for an error."""
    spans = BusySpans()

    assert spans.add(SECOND, "for a while") == SECOND
    assert spans.touches(0, 2 * SECOND)
    assert not spans.touches(SECOND + 1, 2 * SECOND)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=6),
    st.integers(0, 30),
    st.integers(0, 10),
)
def test_touching_is_overlapping(spans: list[tuple[int, int]], first: int, length: int) -> None:
    """The quick answer equals looking at each span, for spans that do not overlap."""
    busy = BusySpans()
    known = []
    at = 0
    for gap, lasted in spans:
        at += gap + lasted
        busy.add(at * SECOND, f"{lasted} s")
        known.append((at - lasted, at))
    touched = any(start <= first + length and end >= first for start, end in known)

    assert busy.touches(first * SECOND, (first + length) * SECOND) is touched


@given(st.text(max_size=30))
def test_any_detail_is_taken(detail: str) -> None:
    """A loaded recording may hold any text there."""
    assert BusySpans().add(SECOND, detail) <= SECOND
