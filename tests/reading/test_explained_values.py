"""Values in words: what is enumerated, encoded, or the name of something known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.explained import line_at, lines_of
from xmppexplore.reading.explained_values import (
    attribute_words,
    form_words,
    known_name,
    text_words,
)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("urn:xmpp:ping", "XEP-0199"),
        ("jabber:iq:roster", "RFC 6121"),
        ("muc_membersonly", "XEP-0045"),
        ("urn:xmpp:bookmarks:1+notify", "XEP-0402"),
    ],
)
def test_what_is_known_by_name_is_named(name, number) -> None:
    """Namespaces, features, form types."""
    assert known_name(name).startswith(number)
    assert attribute_words("var", name, None)[0].startswith(number)


def test_a_feature_is_not_taken_for_the_form_of_the_same_name() -> None:
    """A form type names a form where it is the value of a field, and a protocol elsewhere."""
    form = form_words("urn:xmpp:mam:2")
    xml = "<x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>{}</value></field></x>"
    value = line_at(lines_of(xml.format("urn:xmpp:mam:2")), "x/field/value/text()")

    assert form.startswith("XEP-0313 ")
    assert value.decoded == form
    assert attribute_words("var", "urn:xmpp:mam:2", None)[0] == known_name("urn:xmpp:mam:2") != form
    assert form_words("urn:nobody:knows") == ""


def test_dots_for_what_is_left_out_are_told_from_text() -> None:
    """As a document or a person writes them where there is more of the same."""
    for dots in ("...", "…", " [...]\n....\n"):
        assert "left out" in text_notes(dots)
    for text in ("..a", "." * 299 + "x", "a"):
        assert "No text is expected" in text_notes(text)


def text_notes(text: str) -> str:
    """Return what is noted of a text where none belongs."""
    line = line_at(lines_of(f"<ping xmlns='urn:xmpp:ping'>{text}</ping>"), "ping/text()")
    return " ".join(line.notes)


@given(st.text(max_size=30).filter(lambda text: not text.endswith("+notify")))
def test_what_is_unknown_stays_unnamed(text) -> None:
    """A text is named only where the tables have it."""
    assert known_name("urn:nobody:" + text) == ""


def test_a_wish_to_be_notified_is_told_of_any_node() -> None:
    """The end of the name is XEP-0163's; where a document has a sentence of its own, that."""
    assert known_name("urn:example:dice+notify").startswith("XEP-0163 ")
    assert "urn:example:dice." in known_name("urn:example:dice+notify")
    assert known_name("urn:xmpp:bookmarks:1+notify").startswith("XEP-0402 ")
    assert known_name("+notify") == ""


def test_times_and_bytes_are_read() -> None:
    """By the type that the definition gives."""
    lines = lines_of("<delay xmlns='urn:xmpp:delay' stamp='1969-07-21T02:56:15Z'>late</delay>")

    assert line_at(lines, "delay/@stamp").decoded == "21 July 1969, 02:56:15 UTC"


def test_what_is_no_value_of_its_type_is_said() -> None:
    """The value stays what it is."""
    stamp = line_at(lines_of("<delay xmlns='urn:xmpp:delay' stamp='noon'/>"), "delay/@stamp")

    assert stamp.value == "noon"
    assert stamp.decoded == ""
    assert "'noon' is not a time" in stamp.notes[0]


def test_a_hash_of_capabilities_is_told_by_its_length() -> None:
    """Only where it is one: older clients put a version there."""
    whole = "q07IKJEyjvHSyhy//CH0CxmKi8w="

    assert "20 bytes, as many as SHA-1 gives" in attribute_words("ver", whole, None)[0]
    assert attribute_words("ver", "1.0", None) == ("", ())
    assert attribute_words("id", whole, None) == ("", ())


def test_text_where_none_belongs_is_noted() -> None:
    """Of a definition that says so."""
    lines = lines_of("<iq type='get' id='1'>hello<ping xmlns='urn:xmpp:ping'/></iq>")

    assert line_at(lines, "iq/text()").notes == ("No text is expected here.",)
    assert text_words("hello", None) == ("", ())


def test_a_listed_text_is_given_its_meaning() -> None:
    """What an element may hold is data as well; what it may not is said."""
    away = line_at(lines_of("<presence><show>away</show></presence>"), "presence/show/text()")
    wrong = line_at(lines_of("<presence><show>awya</show></presence>"), "presence/show/text()")

    assert away.decoded == "away for a while"
    assert wrong.decoded == ""
    assert any("none of its values" in note for note in wrong.notes)
