"""How often and how much one view is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.views.pace import CAP, PERIOD, SLOW, Viewer

pytestmark = pytest.mark.widgets


@given(st.lists(st.tuples(st.integers(0, 500), st.booleans()), max_size=40), st.integers(1, 200))
def test_rows_are_sent_once_in_order_and_within_the_window(
    arrivals: list[tuple[int, bool]], size: int
) -> None:
    """Updates never overlap, never go back, and never carry more than the window holds."""
    viewer = Viewer(heard=0.0, size=size)
    total, sent_to = 0, 0
    for now, (more, follow) in enumerate(arrivals):
        total += more
        viewer.follow = follow
        start = viewer.stamp(viewer.state(total), float(now))

        assert sent_to <= start <= total
        assert total - start <= size
        sent_to = total


@given(st.integers(0, 10), st.integers(0, 10))
def test_the_pace_depends_on_what_is_unanswered(sent: int, answered: int) -> None:
    """Up to the cap a view is told ten times a second, beyond it once."""
    viewer = Viewer(heard=0.0)
    for _ in range(sent):
        viewer.stamp((1, 1, 1), 50.0)
    viewer.acknowledged = min(sent, answered)
    expected = PERIOD if sent - viewer.acknowledged < CAP else SLOW

    assert viewer.due() == pytest.approx((50.0 if sent else 0.0) + expected)
