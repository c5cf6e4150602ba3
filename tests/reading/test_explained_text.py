"""Bytes laid open: streams, several elements, and what is left of one."""

from __future__ import annotations

from tests.reading.explained import lines_of
from xmppexplore.names import STREAMS
from xmppexplore.reading.explained_text import explain_text, footer, white_space
from xmppexplore.wire.secrets import HIDDEN

HEADER = f"<stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' to='capulet.example'>"
STREAM = (
    f"<?xml version='1.0'?>{HEADER}<presence/><message><body>Hi</body></message></stream:stream>"
)


def lines(text, **options):
    """Return the lines of all parts."""
    return [line for part in explain_text(text, **options).parts for line in part().lines]


def test_a_stream_is_its_header_its_elements_and_its_end() -> None:
    """Each is explained as it is alone."""
    found = explain_text(STREAM)

    assert found.kinds == ("header", "element", "element", "footer")
    assert found.problems == ()
    assert found.parts[0]().lines[0].section == "4.2"
    assert found.parts[2]().lines == lines_of("<message><body>Hi</body></message>")
    assert found.parts[3]().lines[0].section == "4.4"


def test_of_a_text_that_breaks_off_the_sound_part_is_explained() -> None:
    """And its end is where it is said to be."""
    found = explain_text("<presence/>\n<message><body>Hi")

    assert [part().lines[0].name for part in found.parts] == ["presence", "message"]
    assert "(line 2, column 16)" in found.problems[0]


def test_an_unfinished_element_says_what_there_is() -> None:
    """As much as of the whole one."""
    whole = lines("<message to='a@b.example'><body>Hi</body><thread/></message>")
    part = lines("<message to='a@b.example'><body>Hi</body>")

    assert part == whole[: len(part)]


def test_white_space_and_ends_are_explained() -> None:
    """They carry the row that they stand in."""
    assert white_space(" ", 7).lines[0].row == 7
    assert white_space(" ").lines[0].value == "' '"
    assert footer(3).lines[0].spec == "RFC 6120"


def test_covering_moves_nothing() -> None:
    """What is shown has the lines of what was there, with other values."""
    xml = "<iq type='set' id='1'><query xmlns='jabber:iq:auth'><password>pw</password></query></iq>"
    hidden, plain = lines(xml), lines(xml, reveal=True)

    assert [line.path for line in hidden] == [line.path for line in plain]
    assert [line.value for line in hidden if line.what == "text"] == [HIDDEN]
    assert [line.value for line in plain if line.what == "text"] == ["pw"]
