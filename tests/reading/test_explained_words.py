"""Mechanisms, fields of forms, and what people call a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.catalogue.lookup import everything
from xmppexplore.reading.explained_names import explain_name, unknown
from xmppexplore.reading.explained_words import (
    asked_document,
    called,
    field_lines,
    is_past,
    mechanism_lines,
    titled,
    unwrapped,
    value_lines,
)


@pytest.mark.parametrize(
    ("name", "number"),
    [("PLAIN", "RFC 4616"), ("SCRAM-SHA-256", "RFC 7677"), ("SCRAM-SHA-1-PLUS", "RFC 5802")],
)
def test_a_mechanism_is_known_by_its_name(name: str, number: str) -> None:
    """With its document; -PLUS says what it adds."""
    (line,) = mechanism_lines(name)
    found = explain_name(name)

    assert (line.spec, bool(line.notes)) == (number, name.endswith("PLUS"))
    assert found is not None
    assert found.lines == (line,)


def test_every_mechanism_has_a_known_document() -> None:
    """The table leads nowhere unknown."""
    known = [facts.mechanism(name) for name in facts._mechanisms()]

    assert len(known) >= 7
    assert all(one is not None and facts.document(one.document) is not None for one in known)
    assert mechanism_lines("PLAIN-TEXT") == []


def test_every_field_of_every_form_is_found() -> None:
    """By its name alone, in each form that has it."""
    missing = [
        (form.type, name)
        for number in documents_with_definitions()
        for form in contents(number).forms
        for name, says in form.fields.items()
        if says not in [line.says for line in field_lines(name)]
    ]

    assert missing == []
    assert field_lines("nobody's field") == []


def test_what_people_call_a_document_leads_to_it() -> None:
    """Its short name first, then those that have it in their title."""
    assert titled("MUC")[0] == "XEP-0045 Multi-User Chat"
    assert "XEP-0280 Message Carbons" in titled("carbons")
    assert titled("a") == []
    assert len(titled("message")) == 3
    assert "XEP-0280 Message Carbons" in unknown("carbons").lines[0].notes[0]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("xep 45", ("XEP-0045", "")),
        ("XEP-0045 §7.2", ("XEP-0045", "7.2")),
        ("RFC 6120, section 8.3.2.", ("RFC 6120", "8.3.2")),
        ("https://xmpp.org/extensions/xep-0363.html#errors", ("XEP-0363", "")),
        ("xmpp.org/extensions/xep-0363.html", ("XEP-0363", "")),
        ("https://www.rfc-editor.org/rfc/rfc6121#section-2.1.2", ("RFC 6121", "2.1.2")),
        ("https://datatracker.ietf.org/doc/html/rfc7622", ("RFC 7622", "")),
        ("https://www.rfc-editor.org/info/rfc6120", ("RFC 6120", "")),
        ("XEP-0045 and more", None),
        ("http://www.xmpp.org/extensions/xep-0204.html#ns", None),
        ("https://example.org/extensions/xep-0204.html", None),
    ],
)
def test_a_document_is_named_or_linked_to_in_many_ways(text: str, asked: object) -> None:
    """A link that is a namespace is that namespace."""
    assert asked_document(text) == asked


def test_a_section_of_a_document_gives_what_stands_in_it() -> None:
    """And in those below it, nothing of others; of a section with nothing that is said."""
    found = explain_name("RFC 6121 §2.1.2")
    assert found is not None
    assert {line.section for line in found.lines[1:]} >= {"2.1.2", "2.1.2.5"}
    assert all(line.section.startswith("2.1.2") for line in found.lines[1:])
    nothing = explain_name("RFC 6121 §99")
    assert nothing is not None
    assert "stands in section 99" in nothing.lines[0].notes[-1]


def test_what_a_name_was_copied_with_is_taken_off() -> None:
    """Quotes, and the attribute that it was the value of."""
    for text in (
        "'urn:xmpp:ping'",
        "xmlns='urn:xmpp:ping'",
        'var="urn:xmpp:ping"',
        "`urn:xmpp:ping`",
    ):
        assert unwrapped(text) == "urn:xmpp:ping"
        assert explain_name(text) == explain_name("urn:xmpp:ping")
    assert unwrapped("urn:xmpp:ping") == "urn:xmpp:ping"


def test_every_enumerated_value_is_found_by_itself() -> None:
    """With its meaning, once for all kinds of streams, what is in use first."""
    missing = [
        (one.name, value)
        for one in everything()
        for attribute in one.attributes.values()
        for value, means in attribute.values.items()
        if value and len(value_lines(value)) < 12
        and not any(means in line.says for line in value_lines(value))
    ]  # fmt: skip

    assert missing == []
    assert len(value_lines("groupchat")) == len({line.says for line in value_lines("groupchat")})
    past = [is_past(line.spec) for line in value_lines("subscribe")]
    assert past == sorted(past)
    assert value_lines("nobody's value") == value_lines("") == []


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("MAM", "XEP-0313"), ("stream management", "XEP-0198"), ("plain", "RFC 4616"),
        ("Item not found", "RFC 6120"), ("outcast", "XEP-0045"), ("carbons", "XEP-0280"),
        ("groupchat", "RFC 6120"),
    ],
)  # fmt: skip
def test_a_word_of_the_trade_leads_to_its_document(text: str, document: str) -> None:
    """Short names and titles, mechanisms and conditions however written, values."""
    found = explain_name(text)

    assert found is not None
    assert document in {line.spec for line in found.lines}


def test_a_word_that_is_a_short_name_is_told_with_its_document() -> None:
    """Beside whatever else it means."""
    assert [one.number for one in called("carbons")] == ["XEP-0280"]
    found = explain_name("jingle")
    assert found is not None
    assert found.lines[0].what == "element"
    assert found.lines[-1].what == "document"


@given(st.text(max_size=60))
def test_no_word_is_too_wild(text: str) -> None:
    """It has an answer or none."""
    assert asked_document(text) is None or asked_document(text)[0][:3] in ("XEP", "RFC")
    assert unwrapped(text) == text or len(unwrapped(text)) < len(text)
