"""Columns: rows of a log, the same whenever they are read."""

import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.recordings import (
    AUTH,
    FOOTER,
    HEADER,
    SCRIPTS,
    Chunk,
    Marked,
    all_rows,
    logged,
    new_log,
    play,
    started,
)
from xmppexplore.errors import UsageError
from xmppexplore.names import SASL2
from xmppexplore.store.columns import COLUMNS, INVALID, Columns
from xmppexplore.store.log import Log
from xmppexplore.wire.phases import PHASES, START, advance
from xmppexplore.wire.plain import PlainSplitter
from xmppexplore.wire.records import IN, KINDS, OUT, Item

MESSAGE = b"<message to='romeo@capulet.example' id='m1'><body>Hi</body></message>"


def read(*happenings: Chunk | Marked) -> Columns:
    """Return settled columns of a script."""
    columns = Columns(logged(list(happenings)))
    columns.settle()
    return columns


@settings(max_examples=300, deadline=None)
@given(SCRIPTS, st.booleans())
def test_reading_after_every_chunk_and_once_at_the_end_give_the_same(script, headed) -> None:
    """When the log is read changes nothing: rows, marks, spans and times are identical."""
    script = started(script) if headed else script
    log = new_log()
    often = Columns(log)
    for step, happening in enumerate(script):
        play(log, happening, 1_000_000_100 + step)
        often.settle()

    assert all_rows(often) == all_rows(Columns(log))


@settings(max_examples=200, deadline=None)
@given(SCRIPTS)
def test_rows_are_the_items_of_the_plain_splitter(script) -> None:
    """Each tape's rows are what the plain splitter makes of it; nothing is flushed twice."""
    script = started(script)
    columns = read(*script)
    expected: dict[tuple[int, int], list] = {}
    splitters = {(number, way): PlainSplitter() for number in range(3) for way in (0, 1)}
    for happening in script:
        if isinstance(happening, Chunk):
            stream = (happening.connection, happening.direction)
            expected.setdefault(stream, []).extend(splitters[stream].feed(happening.data))
        elif happening.name in ("restarted", "closed"):
            for way in (IN, OUT):
                stream = (happening.connection, way)
                splitter = splitters[stream]
                flush = splitter.restart if happening.name == "restarted" else splitter.close
                known = expected.setdefault(stream, [])
                end = known[-1].end if known else 0
                known += [item for item in flush() if item.end > end]

    found: dict[tuple[int, int], list] = {stream: [] for stream in expected}
    for row in range(columns.count):
        connection, direction, _, end = columns.span(row)
        found[connection, direction].append(item_of(columns, row, end))
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(SCRIPTS)
def test_rows_joined_are_the_tapes_and_come_in_the_order_of_last_bytes(script) -> None:
    """Rows of a closed tape, joined, are the tape; each is dated by its last byte's chunk."""
    script = started(script)
    closing = [Marked(number, "closed") for number in range(3)]
    columns = read(*script, *closing)
    log = columns.log
    joined: dict[tuple[int, int], bytes] = {}
    for row in range(columns.count):
        connection, direction, start, end = columns.span(row)
        joined[connection, direction] = joined.get((connection, direction), b"") + columns.item(row)
        streams, ends, times = log.entries(0, log.chunk_count)
        first = next(
            at
            for at, (stream, stop) in enumerate(zip(streams, ends, strict=True))
            if stream == 2 * connection + direction and stop >= end
        )
        assert columns.at(row) == times[first]
        assert columns.value(row, "size") == end - start > 0
    assert joined == {
        (number, way): log.tape(number, way)
        for number in range(3)
        for way in (IN, OUT)
        if log.tape(number, way)
    }


@settings(max_examples=100, deadline=None)
@given(SCRIPTS)
def test_phases_follow_the_table(script) -> None:
    """The phase of each row is what the table says of it, asked for every row."""
    script = [Marked(0, "tls up"), *started(script)]
    columns = read(*script)
    state = {connection.number: START[connection.role] for connection in columns.log.connections}
    tls = {connection.number: False for connection in columns.log.connections}
    marks = iter([*columns.marks, None])
    mark = next(marks)
    for row in range(columns.count):
        while mark is not None and mark.row <= row:
            tls[mark.connection] |= mark.name == "tls up"
            mark = next(marks)
        connection, direction, _, end = columns.span(row)
        item = item_of(columns, row, end)
        state[connection] = advance(
            columns.log.connections[connection].role,
            state[connection],
            direction,
            item,
            tls[connection],
        )
        assert columns.value(row, "phase") == state[connection]


def item_of(columns: Columns, row: int, end: int) -> Item:
    """Return the item of a row, put together from its cells."""
    cells = columns.row(row)
    return Item(
        end,
        KINDS.index(cells["kind"]),
        cells["name"],
        cells["namespace"],
        cells["type"],
        cells["id"],
        cells["sender"],
        cells["recipient"],
        cells["payload"],
    )


def test_a_row_is_a_dict_of_the_public_columns() -> None:
    """A row gives the documented columns, in order, with the documented kinds of values."""
    columns = read(Chunk(0, OUT, HEADER), Chunk(0, OUT, MESSAGE))

    row = columns.row(1)

    assert tuple(row) == (*COLUMNS, "cut")
    assert row == {
        "row": 1,
        "time": "2026-05-28T20:26:40.000000Z",
        "elapsed": 101e-9,
        "connection": 0,
        "session": "juliet@capulet.example",
        "direction": "out",
        "phase": "opening",
        "kind": "message",
        "name": "message",
        "namespace": "jabber:client",
        "type": "",
        "id": "m1",
        "sender": "",
        "recipient": "romeo@capulet.example",
        "payload": "{jabber:client}body",
        "size": len(MESSAGE),
        "xml": MESSAGE.decode(),
        "cut": False,
    }


def test_xml_is_cut_to_the_limit_and_says_so() -> None:
    """A long row is cut to the characters asked for, whatever their width in bytes."""
    body = "\U0001f339" * 50
    columns = read(Chunk(0, OUT, HEADER), Chunk(0, OUT, f"<message>{body}</message>".encode()))

    assert columns.row(1, ["xml"], limit=20) == {"xml": "<message>" + body[:11], "cut": True}
    assert columns.row(1, ["xml"], limit=None)["cut"] is False
    assert columns.row(1, ["xml"], limit=69)["xml"] == f"<message>{body}</message>"


def test_bytes_that_are_not_utf8_are_shown_as_replacement_characters() -> None:
    """Invalid UTF-8 is kept as it is on the tape, flagged, and shown as U+FFFD."""
    columns = read(Chunk(0, IN, HEADER), Chunk(0, IN, b"<a>\xff\xfe"), Marked(0, "closed"))

    assert [columns.value(row, "kind") for row in range(3)] == ["header", "partial", "broken"]
    assert columns.item(2) == b"\xff\xfe"
    assert columns.xml(2) == "\ufffd\ufffd"
    assert list(columns.flags.array) == [0, 0, INVALID]


def test_secrets_are_replaced_wherever_a_row_is_shown() -> None:
    """Filler of the same length stands for a secret unless revealing is asked for."""
    columns = read(Chunk(0, OUT, HEADER), Chunk(0, OUT, AUTH))

    assert columns.secret(1)
    assert not columns.secret(0)
    assert "AGp1" not in columns.xml(1)
    assert len(columns.xml(1)) == len(AUTH)
    assert columns.row(1)["xml"] == columns.value(1, "xml") == columns.xml(1)
    assert columns.xml(1, reveal=True) == AUTH.decode()
    assert columns.item(1) == AUTH


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_sandbox_made_up_is_shown(whole) -> None:
    """Redaction is off for a connection, or a recording, that was marked so."""
    log = Log((0, 0))
    number = log.connect("initiator", "juliet", 1, reveal=not whole)
    log.reveal = whole
    log.chunk(number, OUT, HEADER + AUTH, 2)
    columns = Columns(log)
    columns.settle()

    assert columns.xml(1) == AUTH.decode()
    assert not columns.secret(1)


def test_marks_know_their_row() -> None:
    """A mark's row is the count of rows before it, what was left unfinished included."""
    columns = read(
        Chunk(0, OUT, HEADER + MESSAGE + b"<iq"),
        Marked(0, "restarted"),
        Chunk(0, OUT, HEADER),
        Marked(0, "bound"),
    )

    assert [(mark.name, mark.row) for mark in columns.marks] == [
        ("connected", 0),
        ("connected", 0),
        ("connected", 0),
        ("restarted", 3),
        ("bound", 4),
    ]
    assert columns.value(2, "kind") == "partial"


@pytest.mark.parametrize("left_over", [b"", b"\r\n"])
def test_an_element_is_parsed_with_the_prefixes_of_its_own_header(left_over) -> None:
    """After a restart with another prefix, old and new rows both parse."""
    other = HEADER.replace(b"stream:", b"s:").replace(b"xmlns:stream", b"xmlns:s")
    features = b"<stream:features/>"
    columns = read(
        Chunk(0, IN, HEADER + features),
        Marked(0, "restarted"),
        Chunk(0, IN, left_over + other + features.replace(b"stream:", b"s:")),
    )

    assert [columns.value(row, "kind") for row in (0, columns.count - 2)] == ["header", "header"]
    for row in (1, columns.count - 1):
        element = columns.element(row)
        assert element.qualified == "{http://etherx.jabber.org/streams}features"
        assert element.row == row
    with pytest.raises(UsageError, match="row 0 is no element"):
        columns.element(0)


def test_children_are_looked_at_where_a_phase_depends_on_them() -> None:
    """A SASL2 success that binds as its second child makes the stream ready (XEP-0386)."""
    success = (
        f"<success xmlns='{SASL2}'><authorization-identifier>j@c.example/x"
        "</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>"
    ).encode()
    asked = f"<authenticate xmlns='{SASL2}' mechanism='PLAIN'/>".encode()
    columns = read(
        Chunk(0, OUT, HEADER), Chunk(0, IN, HEADER), Chunk(0, OUT, asked), Chunk(0, IN, success)
    )

    assert columns.value(3, "phase") == "ready"


@pytest.mark.parametrize("row", [-1, 2])
def test_a_row_that_is_not_there_is_named(row) -> None:
    """Asking for a row beyond the last says how many there are."""
    columns = read(Chunk(0, OUT, HEADER + MESSAGE))

    for ask in (columns.item, columns.xml, columns.span, columns.row, columns.element):
        with pytest.raises(UsageError, match=f"no row {row}: there are 2"):
            ask(row)
    with pytest.raises(UsageError, match="no column 'colour'"):
        columns.value(0, "colour")


def test_what_a_stream_cannot_be_read_for_is_told_at_once() -> None:
    """The error of a tape and its unread bytes are known before the connection ends."""
    columns = read(Chunk(0, IN, HEADER + b"<!-- no -->"))

    error = columns.error(0, IN)
    assert error is not None
    assert error.offset == len(HEADER)
    assert error.section == "RFC 6120 §11.1"
    assert columns.pending(0, IN) == len(b"<!-- no -->")
    assert columns.error(0, OUT) is None


@settings(max_examples=50, deadline=None)
@given(SCRIPTS, st.integers(0, 400))
def test_an_interrupt_in_the_middle_of_reading_changes_nothing(script, moment) -> None:
    """After an interrupt anywhere in settle, the next reading has every row once."""
    log = logged(started(script))
    columns = Columns(log)
    left = [moment]

    def interrupt(frame, event, _argument):
        if event == "line" and "xmppexplore" in frame.f_code.co_filename:
            left[0] -= 1
            if left[0] < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return interrupt

    old = sys.gettrace()
    sys.settrace(interrupt)
    try:
        columns.settle()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(old)

    assert all_rows(columns) == all_rows(Columns(log))


def test_several_threads_may_read_while_one_writes() -> None:
    """Readers on other threads see rows appear, whole and in order, and never an error."""
    log = new_log()
    columns = Columns(log)
    log.chunk(0, OUT, HEADER, 0)
    total = 3_000
    failed: list[BaseException] = []

    def reader() -> None:
        seen = 0
        try:
            while seen < total + 1:
                count = columns.settle()
                for row in columns.rows(seen, count, ["row", "kind", "size"]):
                    assert row["row"] == seen
                    assert row["kind"] == ("message" if seen else "header")
                    seen += 1
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failed.append(error)

    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    for at in range(total):
        log.chunk(0, OUT, MESSAGE, at)
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert columns.count == total + 1
    assert PHASES[columns.phases[0]] == "opening"


def test_a_footer_closes() -> None:
    """After the footer the phase is closing, in both directions."""
    columns = read(Chunk(0, OUT, HEADER + FOOTER), Chunk(0, IN, HEADER))

    assert [columns.value(row, "phase") for row in range(3)] == ["opening", "closing", "closing"]
