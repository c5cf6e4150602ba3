"""Mechanisms, fields of forms, and what people call a document."""

from __future__ import annotations

import pytest

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.reading.explained_names import explain_name, unknown
from xmppexplore.reading.explained_words import field_lines, mechanism_lines, titled


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
    assert "XEP-0280 Message Carbons" in unknown("carbons").lines[0].notes[1]
