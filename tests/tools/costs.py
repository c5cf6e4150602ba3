"""What work costs against other work in the same run; never a number of seconds.

A bound in seconds says something of the machine, and fails where it is busy.  A ratio
says something of the code: hostile bytes cost some times what ordinary ones do, and not the
square of their number.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from xmppexplore.wire.element import parse

Work = Callable[[], object]

ROUNDS = 5


def seconds(work: Work) -> float:
    """Return the CPU seconds of this thread for one run.

    The collector of garbage is off: it would look through what other tests have left, at a
    time of its own.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        work()
        return time.thread_time() - begun
    finally:
        if was_on:
            gc.enable()


def ratio(work: Work, reference: Work, bound: float) -> float:
    """Return how many times as much CPU ``work`` takes as ``reference``.

    The quickest run of each counts, in turns, since another process only ever makes a run
    slower; there are no more rounds once the ratio keeps the bound.
    """
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        theirs = min(theirs, seconds(reference))
        ours = min(ours, seconds(work))
        if ours <= bound * theirs:
            break
    return ours / theirs


def read_ordinary(length: int) -> Work:
    """Return the reading of ordinary stanzas of about so many characters."""
    stanza = "<message to='juliet@capulet.example' id='{:08}'><body>Hello, Juliet.</body></message>"
    text = "<a>" + "".join(stanza.format(at) for at in range(length // len(stanza))) + "</a>"
    return lambda: parse(text)
