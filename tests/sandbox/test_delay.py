"""What comes late says when it came (XEP-0203)."""

from __future__ import annotations

import pytest

from xmppexplore.sandbox.delay import delayed, stamp
from xmppexplore.wire.element import parse

AT = 1_700_000_000.5
DELAY = "{urn:xmpp:delay}delay"


def test_a_time_is_in_utc_and_to_the_millisecond():
    """XEP-0082 §3.2."""
    assert stamp(AT) == "2023-11-14T22:13:20.500Z"
    assert stamp(0) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "stanza",
    [b"<message/>", b"<message><body>Hi</body></message>", b"<presence from='a@b'></presence>"],
)
def test_the_time_is_added_behind_all_else(stanza):
    """Nothing that was there changes."""
    late = parse(delayed(stanza, AT, "play.example"))
    child = late.children[-1]

    assert (child.qualified, child.get("from"), child.get("stamp")) == (
        DELAY,
        "play.example",
        stamp(AT),
    )
    assert [one.xml for one in late.children[:-1]] == [one.xml for one in parse(stanza).children]
    assert late.attributes == parse(stanza).attributes


def test_each_tells_its_time_once():
    """What somebody else wrote is kept, and believed by nobody."""
    told = b"<message><delay xmlns='urn:xmpp:delay' from='other.example' stamp='x'/></message>"
    late = delayed(told, AT, "play.example")

    assert [one.get("from") for one in parse(late).find_all(DELAY)] == [
        "other.example",
        "play.example",
    ]
    assert delayed(late, AT + 1, "play.example") == late


def test_one_within_another_element_is_not_its_own():
    """A forwarded message has a time of its own."""
    carried = b"<message><x xmlns='urn:x'><delay xmlns='urn:xmpp:delay' stamp='x'/></x></message>"

    assert len(parse(delayed(carried, AT, "a")).find_all(DELAY)) == 1


def test_what_is_too_deep_is_left_alone():
    """Nobody reads it here, so nobody changes it."""
    deep = b"<message>" + b"<a>" * 2000 + b"</a>" * 2000 + b"</message>"

    assert delayed(deep, AT, "a") == deep
