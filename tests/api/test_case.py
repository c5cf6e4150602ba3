"""What is looked at of a login that failed: what the server said, and not all of it."""

from __future__ import annotations

from typing import Any

from tests.reading.transcripts import HEADER_IN, HEADER_OUT, new_log
from xmppexplore.api.case import MOST_ROWS, Case
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

NO_CLIENT: Any = None


def case_of(data: bytes) -> Case:
    """Return a case whose server sent these bytes after its header."""
    log = new_log()
    log.chunk(0, OUT, HEADER_OUT, 1)
    log.chunk(0, IN, HEADER_IN + data, 2)
    return Case(NO_CLIENT, Columns(log), 0, 20.0, timed_out=True)


def test_white_space_is_no_word_of_the_server() -> None:
    """However much of it there is; each byte is a row."""
    case = case_of(b" " * 1000 + b"<presence/> <iq type='error' id='1'/>" + b"\n" * 1000)
    said = [case.columns.value(row, "kind") for row in case.received()]

    assert said == ["iq", "presence", "header"]
    assert case.kinds() == {"iq", "presence", "header"}


def test_a_server_does_not_decide_how_long_is_looked() -> None:
    """The newest rows are enough, and they are looked for once."""
    case = case_of(b"<presence/>" * (MOST_ROWS + 10))

    assert len(case.received()) == MOST_ROWS
    assert case.received() is case.received()
    assert case.received()[0] == MOST_ROWS + 11
