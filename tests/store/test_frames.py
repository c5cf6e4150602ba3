"""Frames: documented columns and types, always; grown, never shared."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from tests.store.recordings import (
    AUTH,
    HEADER,
    PIECES,
    SCRIPTS,
    Chunk,
    Marked,
    logged,
    new_log,
    play,
    started,
)
from xmppexplore.store.columns import COLUMNS, Columns
from xmppexplore.store.frames import Frames
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN, OUT

WIRE = {
    "row": "int64",
    "time": "datetime64[ns, UTC]",
    "elapsed": "timedelta64[ns]",
    "connection": "int64",
    "session": "category",
    "direction": "category",
    "phase": "category",
    "kind": "category",
    "name": "category",
    "namespace": "category",
    "type": "category",
    "id": "str",
    "sender": "category",
    "recipient": "category",
    "payload": "category",
    "size": "int64",
    "xml": "str",
}
MARKS = {
    "time": "datetime64[ns, UTC]",
    "elapsed": "timedelta64[ns]",
    "connection": "int64",
    "row": "int64",
    "name": "category",
    "detail": "str",
}


def frames_of(*happenings: Chunk | Marked) -> Frames:
    """Return the frames of a script."""
    return Frames(Columns(logged(list(happenings))))


def types(frame: pd.DataFrame) -> dict[str, str]:
    """Return the name of the type of each column, in order."""
    return {name: str(kind) for name, kind in frame.dtypes.items()}


def plain(frame: pd.DataFrame) -> list[dict]:
    """Return the rows of a frame as dicts of plain values."""
    return frame.astype(
        {name: object for name, kind in frame.dtypes.items() if str(kind) == "category"}
    ).to_dict("records")


def stanzas(count: int, first: int = 0) -> bytes:
    """Return numbered messages."""
    return b"".join(
        b"<message id='m%d' to='romeo@capulet.example'><body>%d</body></message>" % (at, at)
        for at in range(first, first + count)
    )


@pytest.mark.parametrize(
    "script",
    [[], [Chunk(0, OUT, HEADER)], [Chunk(0, way, HEADER + PIECES[0] + AUTH) for way in (IN, OUT)]],
    ids=["empty", "a header", "both directions"],
)
def test_columns_and_types_are_the_documented_ones_also_when_empty(script) -> None:
    """A frame has the same columns and types whatever is in it."""
    frames = frames_of(*script)

    assert types(frames.wire()) == WIRE == types(frames.stanzas())
    assert tuple(WIRE) == COLUMNS
    assert types(frames.marks()) == MARKS
    for frame in (frames.wire(), frames.stanzas()):
        for name in ("id", "xml"):
            assert frame[name].dtype.storage == "pyarrow"
        assert frame["phase"].cat.ordered
        assert not frame["kind"].cat.ordered


@settings(max_examples=150, deadline=None)
@given(SCRIPTS)
def test_frames_hold_what_the_rows_hold_however_often_they_are_asked_for(script) -> None:
    """A frame grown chunk by chunk equals one made at once, and both equal the rows."""
    log = new_log()
    often = Frames(Columns(log))
    for step, happening in enumerate(started(script)):
        play(log, happening, 1_000_000_100 + step)
        often.wire()
        often.stanzas()
        often.marks()
    columns = Columns(log)
    once = Frames(columns)

    pd.testing.assert_frame_equal(often.wire(), once.wire())
    pd.testing.assert_frame_equal(often.stanzas(), once.stanzas())
    pd.testing.assert_frame_equal(often.marks(), once.marks())
    expected = columns.rows(0, columns.settle(), limit=None)
    for row in expected:
        del row["cut"]
        row["time"] = pd.Timestamp(log.wall(columns.at(row["row"])), tz="UTC")
        row["elapsed"] = pd.Timedelta(columns.at(row["row"]) - log.anchor[0])
    assert plain(once.wire()) == expected
    kinds = ("message", "presence", "iq")
    assert plain(once.stanzas()) == [row for row in expected if row["kind"] in kinds]


def test_marks_are_a_frame() -> None:
    """Each mark is a row, with its time, its detail and the row it stands before."""
    log = Log((1_000, 1_780_000_000_000_000_000))
    number = log.connect("initiator", "juliet", 2_000, "127.0.0.1:5222")
    log.chunk(number, OUT, HEADER, 3_000)
    log.mark(number, "tls up", "TLSv1.3", 4_000)

    assert plain(Frames(Columns(log)).marks()) == [
        {
            "time": pd.Timestamp(1_780_000_000_000_001_000, tz="UTC"),
            "elapsed": pd.Timedelta(1_000),
            "connection": 0,
            "row": 0,
            "name": "connected",
            "detail": "127.0.0.1:5222",
        },
        {
            "time": pd.Timestamp(1_780_000_000_000_003_000, tz="UTC"),
            "elapsed": pd.Timedelta(3_000),
            "connection": 0,
            "row": 1,
            "name": "tls up",
            "detail": "TLSv1.3",
        },
    ]


def test_the_column_names_are_ones_that_query_accepts() -> None:
    """Rows can be chosen by pandas' query, and columns read as attributes."""
    wire = frames_of(Chunk(0, OUT, HEADER + b"".join(PIECES[:6]))).wire()

    found = wire.query("kind == 'iq' and type == 'get'")
    assert list(found["id"]) == ["p1"]
    assert list(found.payload) == ["{urn:xmpp:ping}ping"]
    assert len(wire.query("phase >= 'opening' and size > 20 and direction == 'out'")) == 7
    for name in (*WIRE, *MARKS):
        # A frame's own attribute hides no column but size, which is wire["size"] then.
        assert not hasattr(pd.DataFrame, name) or name == "size"


def test_secrets_and_invalid_bytes_are_replaced() -> None:
    """The xml of a frame is what a row shows: no secret, no invalid text."""
    frames = frames_of(
        Chunk(0, OUT, HEADER + AUTH + PIECES[1]),
        Chunk(0, IN, HEADER + b"<a>\xff"),
        Marked(0, "closed"),
    )
    xml = list(frames.wire()["xml"])

    assert not any("AGp1" in text for text in xml)
    assert "*" * 20 in xml[1]
    assert xml[2] == PIECES[1].decode()
    assert xml[-1] == "\ufffd"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 7),
        ("row", 9),
        ("kind", "iq"),
        ("id", "changed"),
        ("xml", "changed"),
        ("time", pd.Timestamp(0, tz="UTC")),
        ("elapsed", pd.Timedelta(0)),
        ("connection", 5),
    ],
)
def test_what_a_user_does_to_a_frame_stays_with_that_frame(name, value) -> None:
    """Editing a frame, or a part of one, changes no earlier, later or other frame."""
    log = logged([Chunk(0, OUT, HEADER + stanzas(10) + PIECES[3])])
    frames = Frames(Columns(log))
    earlier = frames.wire()
    before = plain(earlier)
    edited, part = frames.wire(), frames.wire()[2:5]

    edited.loc[3, name] = value
    edited.loc[edited["row"] > 5, name] = value
    part.loc[3, name] = value

    assert plain(edited) != before
    assert plain(earlier) == before
    assert plain(frames.wire()) == before
    log.chunk(0, OUT, stanzas(3, first=10), 1_000_002_000)
    assert plain(frames.wire())[: len(before)] == before
    assert len(frames.wire()) == len(before) + 3


def test_an_old_frame_can_be_edited_after_newer_ones_were_made() -> None:
    """That later frames share its data is never felt, though only it is left."""
    log = logged([Chunk(0, OUT, HEADER + stanzas(10))])
    frames = Frames(Columns(log))
    old = frames.wire()
    part = frames.wire()["size"].iloc[2:6]
    before = plain(frames.wire())
    for step in range(5):
        log.chunk(0, OUT, stanzas(3, first=10 + step), 1_000_002_000 + step)
        frames.wire()

    old.loc[3, "size"] = 7
    part.iloc[0] = 8

    assert old.loc[3, "size"] == 7
    assert part.iloc[0] == 8
    assert plain(frames.wire())[:11] == before


def test_frames_that_nobody_holds_are_let_go() -> None:
    """Asking for a frame ten times a second for an hour must not keep them all."""
    log = logged([Chunk(0, OUT, HEADER)])
    frames = Frames(Columns(log))
    for step in range(50):
        log.chunk(0, OUT, stanzas(1, first=step), 1_000_002_000 + step)
        frames.wire()

    assert frames._wire is not None
    assert len(frames._wire._originals) <= 2


def test_many_rows_in_many_steps_stay_few_chunks() -> None:
    """Strings are joined as they grow, so that a column of them is not thousands of arrays."""
    log = logged([Chunk(0, OUT, HEADER)])
    frames = Frames(Columns(log))
    for step in range(500):
        log.chunk(0, OUT, stanzas(1, first=step), 1_000_002_000 + step)
        frames.stanzas()
    frame = frames.stanzas()

    assert list(frame["id"]) == [f"m{at}" for at in range(500)]
    assert frame["xml"].array._pa_array.num_chunks < 12


def test_categories_may_outgrow_their_codes() -> None:
    """More different names than a byte, then two, can number: all are still right."""
    log = logged([Chunk(0, OUT, HEADER)])
    frames = Frames(Columns(log))
    expected: list[str] = []
    for size in (100, 100, 33_000):
        names = [f"j{len(expected) + at}@capulet.example" for at in range(size)]
        expected += names
        log.chunk(0, OUT, "".join(f"<iq to='{name}'/>" for name in names).encode(), 2_000_000_000)
        assert list(frames.stanzas()["recipient"]) == expected


@pytest.mark.parametrize("name", ["time", "row", "kind", "xml"])
def test_growing_copies_nothing_that_is_there(name) -> None:
    """After more rows, the new frame's data is still where the old frame's is."""
    log = logged([Chunk(0, OUT, HEADER + stanzas(2_000))])
    frames = Frames(Columns(log))
    frames.wire()
    log.chunk(0, OUT, stanzas(1, first=2_000), 1_000_002_000)
    old = frames.wire()
    log.chunk(0, OUT, stanzas(1, first=2_001), 1_000_003_000)
    new = frames.wire()

    def address(frame: pd.DataFrame) -> int:
        array = frame[name].array
        if name == "xml":
            return array._pa_array.chunk(0).buffers()[2].address
        inner = array.codes if name == "kind" else np.asarray(frame[name].array.view("i8"))
        return inner.__array_interface__["data"][0]

    assert len(new) == len(old) + 1
    assert address(old) == address(new)


@pytest.mark.parametrize("rows", [[], [
    {"request": 3, "response": 5, "id": "a", "recipient": "b@c", "payload": "{u}q",
     "outcome": "result", "condition": "", "round_trip": 1_500_000, "upper_bound": True},
    {"request": 4, "response": -1, "id": "b", "recipient": "b@c", "payload": "{u}q",
     "outcome": "open", "condition": "", "round_trip": -1, "upper_bound": False},
]])  # fmt: skip
def test_exchanges_are_a_frame(rows) -> None:
    """Exchanges have the documented types; what is missing is NA, not -1."""
    frame = frames_of().exchanges(iter(rows))

    assert types(frame) == {
        "request": "int64",
        "response": "Int64",
        "id": "str",
        "recipient": "category",
        "payload": "category",
        "outcome": "category",
        "condition": "category",
        "round_trip": "timedelta64[ns]",
        "upper_bound": "bool",
    }
    assert len(frame) == len(rows)
    if rows:
        assert next(iter(frame["round_trip"].dt.total_seconds())) == pytest.approx(0.0015)
        assert list(frame["response"].isna()) == [False, True] == list(frame["round_trip"].isna())


@pytest.mark.parametrize("rows", [[], [
    {"rule": "r1", "severity": "warning", "rows": [1, 2], "section": "RFC 6120 §8.1.3",
     "sentence": "s", "advice": "a"},
    {"rule": "r2", "severity": "note", "rows": (), "section": "", "sentence": "", "advice": ""},
]])  # fmt: skip
def test_findings_are_a_frame(rows) -> None:
    """Findings have the documented types; severities can be compared."""
    frame = frames_of().findings(rows)

    assert types(frame) == {
        "rule": "category",
        "severity": "category",
        "rows": "object",
        "section": "category",
        "sentence": "str",
        "advice": "str",
    }
    if rows:
        assert list(frame[frame["severity"] >= "warning"]["rows"]) == [(1, 2)]
