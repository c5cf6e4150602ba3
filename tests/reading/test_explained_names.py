"""Names laid open: documents, namespaces, features, forms, elements, conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.lookup import defined_in, definitions
from xmppexplore.names import qualified
from xmppexplore.reading.explained_names import explain_name, unknown


@pytest.mark.parametrize("name", ["XEP-0199", "xep-199", "XEP 0199", "xep0199"])
def test_a_document_is_found_however_its_number_is_written(name) -> None:
    """With its namespaces and what it defines."""
    found = explain_name(name)

    assert found.title == "XEP-0199 XMPP Ping (Final)"
    assert ("namespace", "urn:xmpp:ping") in [(line.what, line.name) for line in found.lines]
    assert ("element", "ping") in [(line.what, line.name) for line in found.lines]


def test_a_document_that_nobody_knows_is_unknown() -> None:
    """It is said, and nothing made up."""
    assert explain_name("XEP-9999").title == "unknown: XEP-9999"


@pytest.mark.parametrize("uri", sorted(facts.namespaces()))
def test_every_known_namespace_has_its_document(uri) -> None:
    """The owner first; and everything that is defined in it."""
    first, *rest = explain_name(uri).lines

    assert first.spec == facts.namespaces()[uri].documents[0]
    assert {line.name for line in rest if line.what == "element"} >= set(defined_in(uri)[:50])


def test_a_clark_name_gives_all_its_meanings_and_attributes() -> None:
    """One name may mean several things."""
    name = qualified("jabber:x:data", "field")
    found = explain_name(name)

    assert sum(line.what == "element" for line in found.lines) == len(definitions(name)) > 1
    assert "field/@var" in [line.path for line in found.lines]


@pytest.mark.parametrize("name", ["message", "RFC 6120 §8.3.2", "RFC 6120"])
def test_what_holds_in_several_namespaces_is_said_once(name) -> None:
    """The stanzas are the same to clients, servers and components."""
    lines = explain_name(name).lines
    said = [(line.name, line.section, line.says) for line in lines if line.what == "element"]
    notes = [note for line in lines for note in line.notes]

    assert len(said) == len(set(said))
    assert any(note.startswith("The same holds in jabber:server, ") for note in notes)


def test_what_one_program_alone_understands_comes_last() -> None:
    """Of the things that are called query, those of the RFCs and XEPs are meant more often."""
    found = explain_name("query")
    alone = [not line.spec.startswith(("RFC", "XEP")) for line in found.lines]

    assert found.title.startswith("query: defined by RFC 6121, ")
    assert not alone[0]
    assert any(alone)


def test_a_clark_name_that_is_not_described_says_who_owns_it() -> None:
    """And names that resemble it."""
    (line,) = explain_name("{urn:xmpp:ping}pingg").lines

    assert line.spec == "XEP-0199"
    assert "The name resembles <ping>." in line.notes


@pytest.mark.parametrize("name", ["item-not-found", "see-other-host", "not-authorized"])
def test_a_condition_says_what_to_do(name) -> None:
    """Those of stanzas, streams and logins."""
    for line in explain_name(name).lines:
        if line.what == "element":
            assert any(note.startswith("Trying") for note in line.notes)


def test_a_feature_and_a_form_are_told() -> None:
    """By the document that registered them."""
    feature = explain_name("muc_membersonly").lines[0]
    form = explain_name("http://jabber.org/protocol/muc#roomconfig").lines

    assert (feature.what, feature.spec) == ("feature", "XEP-0045")
    assert "muc#roomconfig_roomname" in [line.name for line in form if line.what == "field"]


def test_what_is_unknown_has_its_nearest_relatives() -> None:
    """Or none, which is said as well."""
    assert explain_name("urn:xmpp:pingg") is None
    assert "urn:xmpp:ping" in unknown("urn:xmpp:pingg").lines[0].notes[0]
    assert "item-not-found" in unknown("item-not-fund").lines[0].notes[0]
    assert unknown("zzzzzz").lines[0].notes == ("Nothing known resembles it.",)


@given(st.text(max_size=60))
def test_no_text_is_too_wild(text) -> None:
    """It is something known, or it is not."""
    found = explain_name(text)

    assert found is None or found.lines
