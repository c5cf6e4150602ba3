"""Data forms as forms: the form is named, and each field says what it is for."""

from __future__ import annotations

from tests.reading.explained import line_at, lines_of

ROOM = (
    "<x xmlns='jabber:x:data' type='submit'>"
    "<field var='FORM_TYPE' type='hidden'>"
    "<value>http://jabber.org/protocol/muc#roomconfig</value></field>"
    "<field var='muc#roomconfig_roomname'><value>The ball</value></field>"
    "<field var='muc#roomconfig_persistentroom' type='boolean'><value>1</value></field>"
    "<field var='mine' label='My field'><value>a</value><value>b</value></field>"
    "</x>"
)


def test_a_form_is_named_by_its_form_type() -> None:
    """With the document and section that define the form, not forms in general."""
    x = line_at(lines_of(ROOM), "x")

    assert (x.spec, x.decoded.partition(" §")[0]) == ("XEP-0004", "XEP-0045")


def test_a_field_says_what_it_is_for_and_its_values() -> None:
    """By the form's document where that knows it, else by its label."""
    lines = lines_of(ROOM)
    name, stays, mine = (line_at(lines, f"x/field[{number}]").decoded for number in (2, 3, 4))

    assert name.endswith(": The ball")
    assert stays.endswith(": yes")
    assert mine == "My field: a, b"


def test_an_unknown_form_is_only_named() -> None:
    """Nothing is said that nobody has written down."""
    lines = lines_of(ROOM.replace("http://jabber.org/protocol/muc#roomconfig", "urn:example:ball"))

    assert line_at(lines, "x").decoded == "form urn:example:ball"
    assert line_at(lines, "x/field[2]").decoded == "The ball"


def test_a_form_without_a_type_is_a_form() -> None:
    """Fields without names and values are too."""
    lines = lines_of("<x xmlns='jabber:x:data'><field/><item><field var='a'/></item></x>")

    assert [line.decoded for line in lines if line.what == "element"] == ["", "", "", ""]


def test_many_values_are_counted() -> None:
    """Five are shown."""
    values = "".join(f"<value>{number}</value>" for number in range(9))
    lines = lines_of(f"<x xmlns='jabber:x:data'><field var='a'>{values}</field></x>")

    assert line_at(lines, "x/field").decoded == "0, 1, 2, 3, 4 and 4 more"


def test_a_value_that_is_no_boolean_is_shown_harmlessly() -> None:
    """On one line, and cut, as any other."""
    value = f"<value>a\u202e{'x' * 200}</value>"
    field = f"<field var='a' type='boolean'>{value}</field>"
    found = line_at(lines_of(f"<x xmlns='jabber:x:data'>{field}</x>"), "x/field").decoded

    assert found.isprintable()
    assert found.endswith("x...")
