"""Rows made small for the browser, and the filter among them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.browser.fake_recording import FakeRecording
from xmppexplore.views.rowpack import CELL, PREVIEW, SHARED, fits, pack, preview, sendable

pytestmark = pytest.mark.widgets

ALL = {"text": "", "kinds": None, "direction": ""}
WIRE = st.text(st.characters(), max_size=200)  # lone surrogates included


@st.composite
def hostile_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows in which every text is arbitrary."""
    names = (*SHARED, "id", "xml", "namespace")
    count = draw(st.integers(0, 5))
    return [
        {name: draw(WIRE) for name in names}
        | {
            "row": row,
            "elapsed": draw(st.floats(0, 1e6)),
            "connection": 0,
            "size": draw(st.integers(0)),
        }
        for row in range(count)
    ]


@given(hostile_rows())
def test_any_text_can_be_sent_and_is_bounded(rows: list[dict[str, Any]]) -> None:
    """Whatever the wire holds, a batch is JSON in UTF-8 and each cell has its limit."""
    packed = pack(rows)

    assert json.loads(json.dumps(packed, ensure_ascii=False).encode("utf-8")) == packed
    assert all(len(text) <= CELL for text in packed["strings"])
    assert all(len(array[-1]) <= PREVIEW for array in packed["rows"])


@given(hostile_rows())
def test_packing_loses_no_cell(rows: list[dict[str, Any]]) -> None:
    """The table of strings gives back every value that fits a cell."""
    packed = pack(rows)

    for row, array in zip(rows, packed["rows"], strict=True):
        values = [packed["strings"][place] for place in array[3 : 3 + len(SHARED)]]
        assert values == [sendable(row[name], CELL) for name in SHARED]
        assert array[0] == row["row"]


def test_a_typical_row_takes_less_than_150_bytes() -> None:
    """Rows of a chat, a window at a time, keep within the bar of the design."""
    recording = FakeRecording()
    recording.add(10_000)
    window = json.dumps(pack(recording.rows(9_960, 10_000)), ensure_ascii=False).encode()

    assert len(window) / 40 <= 150


@pytest.mark.parametrize(
    ("kind", "xml", "shown"),
    [
        pytest.param(
            "message",
            "<message><body>Hi</body></message>",
            "<body>Hi</body></message>",
            id="inside",
        ),
        pytest.param("presence", "<presence/>", "<presence/>", id="empty stanza"),
        pytest.param(
            "nonza",
            "<a xmlns='urn:xmpp:sm:3' h='1'/>",
            "<a xmlns='urn:xmpp:sm:3' h='1'/>",
            id="nonza",
        ),
        pytest.param("broken", "<a", "<a", id="broken"),
        pytest.param("iq", "no tag at all", "no tag at all", id="no tag"),
    ],
)
def test_the_preview_begins_inside_a_stanza(kind: str, xml: str, shown: str) -> None:
    """What tells one stanza from the next stands behind its start tag."""
    assert preview({"kind": kind, "xml": xml}) == shown


def test_filters_by_kind_direction_and_text() -> None:
    """A row passes when all three parts of the filter say so; text ignores case."""
    recording = FakeRecording()
    recording.add(60)
    rows = recording.rows(0, 60)

    def found(**wanted: Any) -> list[int]:
        return [row["row"] for row in rows if fits(row, ALL | wanted)]

    assert len(found()) == 60
    assert found(kinds=["iq"], direction="out") == [9, 19, 29, 39, 49, 59]
    assert found(kinds=[]) == []
    assert found(text="NUMBER 33,") == [33]
    assert found(text="urn:xmpp:ping", direction="in") == [4, 14, 24, 34, 44, 54]
