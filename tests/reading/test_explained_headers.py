"""The header of a stream says who talks in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.explained import line_at, lines_of
from xmppexplore.names import CONTENT_NAMESPACES, STREAMS
from xmppexplore.reading.explained_headers import KINDS, header_notes
from xmppexplore.wire.element import parse


@pytest.mark.parametrize("namespace", sorted(CONTENT_NAMESPACES))
def test_every_kind_of_stream_is_told_by_its_content_namespace(namespace) -> None:
    """In either quotes, and beside other declarations."""
    for header in (
        f"<stream:stream xmlns='{namespace}' to='a.example'/>",
        f'<s:stream xmlns:s="{STREAMS}" xmlns = "{namespace}"/>',
    ):
        note = line_at(lines_of(header), "stream").notes[0]

        assert note == f"Its stanzas are in {namespace}: {KINDS[namespace]}."


def test_of_other_elements_and_namespaces_nothing_is_said() -> None:
    """A stanza may have the same declaration; a header one that nobody knows, or none."""
    for xml in (
        "<message xmlns='jabber:client'/>",
        "<stream:stream xmlns='urn:example:own'/>",
        f"<stream xmlns='{STREAMS}'/>",
        """<stream:stream to=" xmlns='jabber:server'"/>""",
    ):
        assert header_notes(parse(xml)) == ()


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<&'"), max_size=40)
)
def test_no_namespace_is_too_wild(namespace) -> None:
    """What is not one of the four is not named."""
    assert header_notes(parse(f"<stream:stream xmlns='x{namespace}'/>")) == ()
