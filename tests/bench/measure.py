"""How benchmarks measure: a ratio against the other thing in the same run, in pairs.

CPU seconds rather than wall time, since machines are shared; both sides of a pair run one
after the other, in alternating order, so that a drift of the machine hits both; the
median of the pairs' ratios is the result, and how far the middle half spreads says what
it is worth.

``XMPPEXPLORE_BENCH_SCALE`` (for example ``0.05``) makes every count smaller, for a look
whether the benchmarks run at all; bars hold at scale 1.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Mapping
from typing import TypedDict

PAIRS = 7
"""Pairs of a measurement; enough for a median that one bad pair cannot move."""


class Row(TypedDict):
    """One row of the table.

    Attributes:
        what: what was measured.
        against: what it was measured against.
        ratio: median of the pairs.
        spread: interquartile range of the pairs' ratios.
        bar: the bar as it is written in the table, for example ``"<= 1.05"``.
        holds: whether the median keeps it.
    """

    what: str
    against: str
    ratio: float
    spread: float
    bar: str
    holds: bool


COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda ratio, limit: ratio <= limit,
    ">=": lambda ratio, limit: ratio >= limit,
}


def scaled(count: int, least: int = 1) -> int:
    """Return a count of repetitions, made smaller by ``XMPPEXPLORE_BENCH_SCALE``."""
    return max(least, round(count * float(os.environ.get("XMPPEXPLORE_BENCH_SCALE", "1"))))


def ratios(
    ours: Callable[[], float], theirs: Callable[[], float], pairs: int = PAIRS
) -> list[float]:
    """Return ours / theirs of each pair, each side first in every other one.

    Args:
        ours: runs what is measured and returns its cost, usually CPU seconds.
        theirs: runs the other thing.
        pairs: how many pairs; scaled down to at least two.
    """
    found = []
    for number in range(scaled(pairs, least=2)):
        if number % 2:
            other, own = theirs(), ours()
        else:
            own, other = ours(), theirs()
        found.append(own / other)
        say(f"  pair {number + 1}: {own:.3f} against {other:.3f}: {own / other:.3f}")
    return found


def rounds(sides: Mapping[str, Callable[[], float]], count: int = PAIRS) -> dict[str, list[float]]:
    """Return what each of several sides cost in each round; each round begins with another.

    Args:
        sides: name of a side -> runs it once and returns its cost.
        count: how many rounds; scaled down to at least two.
    """
    order = list(sides)
    costs: dict[str, list[float]] = {name: [] for name in order}
    for number in range(scaled(count, least=2)):
        for name in order:
            costs[name].append(sides[name]())
        found = ", ".join(f"{name} {cost[-1]:.3f}" for name, cost in costs.items())
        say(f"  round {number + 1}: {found}")
        order = order[1:] + order[:1] if number % 2 else order[::-1]
    return costs


def row(what: str, against: str, found: list[float], bar: str) -> Row:
    """Return a row of the table for the ratios of some pairs.

    Args:
        what: what was measured.
        against: what it was measured against.
        found: the ratios.
        bar: ``"<= 1.05"`` or ``">= 0.8"``.
    """
    sign, limit = bar.split()
    median = statistics.median(found)
    quarters = statistics.quantiles(found, n=4, method="inclusive")
    return Row(
        what=what,
        against=against,
        ratio=round(median, 4),
        spread=round(quarters[2] - quarters[0], 4),
        bar=bar,
        holds=COMPARE[sign](median, float(limit)),
    )


def say(line: str) -> None:
    """Tell how far a long measurement is, apart from its result."""
    print(line, file=sys.stderr, flush=True)
