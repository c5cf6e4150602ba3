"""What stands under a sentence: cut into the pieces of a stream, errors by their line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.sandbox.plays.blocks import header_element, read_bytes, read_parts


def test_a_block_is_cut_into_pieces_with_their_lines() -> None:
    """Headers, elements that hold others of their own name, footers."""
    block = (
        "<?xml version='1.0'?><stream:stream id='1'>\n"
        "<a>\n  <a b='>'/>\n</a>\n"
        "<stream:features/> <x><![CDATA[</x>]]></x>\n"
        "</stream:stream>"
    )
    parts = read_parts(block, 10)

    assert [(part.kind, part.line) for part in parts] == [
        ("header", 10),
        ("element", 11),
        ("element", 14),
        ("element", 14),
        ("footer", 15),
    ]
    assert parts[1].text == "<a><a b='>'/></a>"
    assert parts[3].element is not None
    assert parts[3].element.text == "</x>"


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("<a>\n<b></a>", 8),
        ("<a/>\n<b", 8),
        ("<a/>\ntext <b/>", 8),
        ("<a>", 7),
        ("</a>", 7),
        ("text", 7),
        ("<a/>\n\n<!-- no --><b/>", 9),
    ],
)
def test_what_is_not_well_formed_is_named_by_its_line(block, line) -> None:
    """The line is that of the play."""
    with pytest.raises(MalformedXML) as caught:
        read_parts(block, 7)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")


def test_what_holds_nothing_or_is_too_deep_is_refused() -> None:
    """A play is written by hand."""
    with pytest.raises(UsageError, match="line 3: an element is expected"):
        read_parts("  \n ", 3)
    with pytest.raises(UsageError, match="nested more than 50 deep"):
        read_parts("<a>" * 51 + "</a>" * 51, 1)


@given(st.text(alphabet="<>/='\"a b\n!?-[]&;:CDAT", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text breaks the reader."""
    try:
        parts = read_parts(text, 1)
    except UsageError:
        return
    assert parts


def test_a_header_is_closed_at_once() -> None:
    """Its attributes can then be looked at."""
    assert header_element("<stream:stream id='7' version='1.0'>").get("version") == "1.0"


def test_bytes_are_hexadecimal() -> None:
    """What is not is refused with an example."""
    assert read_bytes("00 ff\n3C", 1) == b"\0\xff<"
    with pytest.raises(UsageError, match="line 4: bytes are pairs"):
        read_bytes("xyz", 4)


@pytest.mark.parametrize(
    ("piece", "before", "after"),
    [
        ("<", "", ""),
        ("<a ", "", ""),
        ("<a b='", "", ""),
        ("<![CDATA[", "", ""),
        ("<a/>", "", ""),
        ("\n ", "<a><b/>", "x</a>"),
        (">\n", "<a>", "</a>"),
    ],
)
def test_reading_takes_time_in_proportion(piece: str, before: str, after: str) -> None:
    """Ten times as much of anything does not take a hundred times as long."""

    def reading(count: int) -> costs.Work:
        def read() -> None:
            with contextlib.suppress(MalformedXML, UsageError):
                read_parts(f"{before}{piece * count}{after}", 1)

        return read

    assert costs.ratio(reading(20_000), reading(2_000), 30) <= 30
