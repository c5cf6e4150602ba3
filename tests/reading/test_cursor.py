"""Laws of the cursor: every row and wanted mark once, in the order in which they happened."""

from __future__ import annotations

from hypothesis import given

from tests.reading.transcripts import CLASSIC, recorded
from tests.store.recordings import SCRIPTS, Chunk, Marked, logged, new_log, play, started
from xmppexplore.reading.cursor import Cursor
from xmppexplore.store.columns import Columns


def seen(cursor: Cursor) -> list[object]:
    """Return what is new, marks by name."""
    return [new if isinstance(new, int) else new.name for new in cursor.news()]


def test_marks_stand_among_rows() -> None:
    """TLS comes up after the row that agreed on it and before the header under it."""
    found = seen(Cursor(recorded(CLASSIC), frozenset({"tls up"})))

    assert found[4:7] == [4, "tls up", 5]
    assert [one for one in found if isinstance(one, int)] == list(range(len(found) - 1))


def test_a_mark_that_speaks_of_a_later_row_holds_nothing_up() -> None:
    """Unwanted marks are passed over wherever they point."""
    columns = recorded(CLASSIC[:3])
    columns.log.mark(0, "unchecked", at=1, row=10_000)
    columns.log.mark(0, "closed", at=2)
    cursor = Cursor(columns, frozenset({"closed"}))

    assert seen(cursor)[-1] == "closed"
    assert seen(cursor) == []


@given(SCRIPTS)
def test_looking_often_changes_nothing(script: list[Chunk | Marked]) -> None:
    """News taken after every chunk, joined, are the news taken once."""
    marks = frozenset({"closed", "tls up"})
    log = new_log()
    cursor = Cursor(Columns(log), marks)
    often: list[object] = []
    for step, happening in enumerate(started(script)):
        play(log, happening, 1_000_000_100 + step)
        often += seen(cursor)

    assert often == seen(Cursor(Columns(logged(started(script))), marks))
