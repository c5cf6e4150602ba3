"""Laws of a row's facts: the same words as the columns of the frame."""

from __future__ import annotations

from tests.reading.transcripts import CLASSIC, recorded
from xmppexplore.reading.records import fact
from xmppexplore.wire.records import DIRECTIONS

SAME = ("connection", "phase", "kind", "name", "namespace", "type", "id", "sender", "recipient")


def test_a_fact_says_what_the_columns_say() -> None:
    """Readers and people see one and the same row."""
    columns = recorded(CLASSIC)
    for row in range(columns.settle()):
        one, cells = fact(columns, row), columns.row(row)

        assert {name: getattr(one, name) for name in SAME} == {name: cells[name] for name in SAME}
        assert DIRECTIONS[one.direction] == cells["direction"]
        assert one.payload == cells["payload"]


def test_a_qualified_name_is_in_clark_notation() -> None:
    """As everywhere else in the library."""
    columns = recorded(CLASSIC)
    columns.settle()

    assert fact(columns, 3).qualified == "{urn:ietf:params:xml:ns:xmpp-tls}starttls"
