"""Looking up: who owns a name, and which of several meanings holds where."""

from __future__ import annotations

import pytest

from xmppexplore.catalogue import lookup
from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.names import qualified
from xmppexplore.wire.element import parse


def places(xml: str) -> dict[str, Place]:
    """Return the places of a text by local name."""
    found, waiting = {}, [Place.outermost(parse(xml))]
    while waiting:
        place = waiting.pop()
        found[place.element.name] = place
        waiting.extend(place.child(child) for child in place.element.children)
    return found


def test_looking_up_lazily_finds_what_reading_everything_finds() -> None:
    """Every definition of every file is found by its name."""
    missing = [
        definition
        for number in documents_with_definitions()
        for definition in contents(number).definitions
        if definition not in lookup.definitions(qualified(definition.namespace, definition.name))
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("namespace", "number"),
    [
        ("jabber:iq:roster", "RFC 6121"),
        ("http://jabber.org/protocol/muc#user", "XEP-0045"),
        ("urn:xmpp:carbons:1", "XEP-0280"),
        ("urn:ietf:params:xml:xmpp-stanzas", "RFC 6120"),
        ("urn:example:own", None),
    ],
)
def test_a_namespace_has_an_owner_or_none(namespace: str, number: str | None) -> None:
    """Historic and misspelt namespaces lead to the document as well."""
    owner = lookup.attribution(namespace).document

    assert (owner.number if owner is not None else None) == number


def test_a_name_means_what_its_parent_makes_of_it() -> None:
    """A pubsub item that is published is not the item that is asked for."""
    pubsub = "xmlns='http://jabber.org/protocol/pubsub'"
    published = places(f"<iq type='set'><pubsub {pubsub}><publish><item/></publish></pubsub></iq>")[
        "item"
    ]
    asked = places(f"<iq type='get'><pubsub {pubsub}><items><item/></items></pubsub></iq>")["item"]
    one, other = lookup.define(published), lookup.define(asked)

    assert one is not None
    assert other is not None
    assert published.parent is not None
    assert asked.parent is not None
    assert lookup.may_stand(one, published.parent.element)
    assert lookup.may_stand(other, asked.parent.element)


def test_an_unknown_name_has_no_definition() -> None:
    """Silence is honest."""
    stranger = places("<message><x xmlns='urn:example:own'/></message>")["x"]

    assert lookup.define(stranger) is None
    assert lookup.definitions("{urn:xmpp:ping}pong") == ()
    assert lookup.form("urn:example:own") is None
    assert lookup.identifier("urn:example:own") is None


def test_templates_can_be_sent() -> None:
    """A template is one stanza or nonza, of a document that has definitions."""
    templates = lookup.templates()

    assert len(templates) >= 20
    assert {template.document for template in templates} <= documents_with_definitions()


def test_every_feature_that_a_file_describes_is_found() -> None:
    """A definition file is enough: no table need list its features and nodes as well."""
    missing = [
        own.text
        for number in documents_with_definitions()
        for own in contents(number).identifiers
        if (found := lookup.identifier(own.text)) is None or not found.says
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("name", "near"),
    [("boddy", ("body",)), ("BODY", ("body",)), ("fn", ("FN",)), ("zzz", ()), ("b" * 101, ())],
)
def test_a_slip_of_a_name_is_found(name: str, near: tuple[str, ...]) -> None:
    """Whatever its capitals, and no more of them than is wanted; a name without end is none."""
    assert lookup.resembling(name, ["body", "subject", "FN"]) == near
    assert len(lookup.resembling("item", ["item1", "item2", "item3"], 2)) == 2
