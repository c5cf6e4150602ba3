"""The laws that every definition file keeps; one table of tests for each document.

A new extension needs its file and nothing here: the file is found, and every law is tried
on it.  What only that document has to say goes into its table in ``tests/catalogue/tables/``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.checking import check_element
from xmppexplore.catalogue.conditions import KEYS, Place
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.catalogue.records import Definition, Example
from xmppexplore.catalogue.values import VALUE_TYPES, fault
from xmppexplore.names import CLIENT, STREAMS, qualified, split_qualified
from xmppexplore.wire.element import Context, Element, parse

DOCUMENTS = sorted(documents_with_definitions())
EVERY_DOCUMENT = pytest.mark.parametrize("number", DOCUMENTS)

SENTENCE = re.compile(r"[A-Z0-9'<{\"].*[^.]\.", re.DOTALL)
LONGEST = 160
SECTION = re.compile(r"(?:[0-9A-Z]+(?:\.[0-9]+)*)?")
CHAPTER = re.compile(r"[A-Za-z][A-Za-z0-9_/ ]*")
"""A product's document seldom has numbers; then its chapter is named."""
FIELD = re.compile(r"\{[a-z_]+\}")
RETRY = {"", "never", "later", "changed"}
CONTEXT = Context(CLIENT, (("stream", STREAMS),))

INSIDE: dict[str, list[Definition]] = defaultdict(list)
"""Clark name of an element -> the definitions that name it as a parent."""
for _one in lookup.everything():
    for _name in {name for parent in _one.parents for name in parent.names}:
        INSIDE[_name].append(_one)


def filled(example: Example) -> str:
    """Return an example with the values of its fields."""
    text = example.xml
    for name, value in example.fields.items():
        text = text.replace("{" + name + "}", value)
    return text


def places(element: Element) -> list[Place]:
    """Return the places of an element and all inside it."""
    found, waiting = [], [Place.outermost(element)]
    while waiting:
        place = waiting.pop()
        found.append(place)
        waiting.extend(place.child(child) for child in place.element.children)
    return found


def sentences(definition: Definition) -> list[tuple[str, str]]:
    """Return every sentence of a definition, with where it stands."""
    own = f"{definition.name}"
    return [
        (own, definition.says),
        *((f"{own} here", rule.says) for rule in definition.here),
        *((f"{own}/@{each.name}", each.says) for each in definition.attributes.values()),
    ]


@EVERY_DOCUMENT
def test_a_file_belongs_to_a_known_document(number: str) -> None:
    """Nothing is defined for a document or a namespace that the facts do not know."""
    found = contents(number)
    strangers = [
        uri
        for uri in found.namespaces
        if (known := facts.namespace(uri)) is None or number not in known.documents
    ]

    assert found.document == number
    assert facts.document(number) is not None
    assert strangers == []


@EVERY_DOCUMENT
def test_every_sentence_can_be_read(number: str) -> None:
    """One sentence, ours, with a full stop, and short."""
    wrong = [
        f"{where}: {says}"
        for definition in contents(number).definitions
        for where, says in sentences(definition)
        if SENTENCE.fullmatch(says) is None or len(says) > LONGEST
    ]

    assert wrong == []


@EVERY_DOCUMENT
def test_every_value_type_and_section_is_one(number: str) -> None:
    """Types are those of the table, sections look like sections, defaults are values."""
    wrong = []
    written = facts.document(number)
    pattern = CHAPTER if written is not None and written.kind == "Other" else SECTION
    for definition in contents(number).definitions:
        if definition.text and definition.text not in VALUE_TYPES:
            wrong.append(f"{definition.name}: text {definition.text!r}")
        if not pattern.fullmatch(definition.section):
            wrong.append(f"{definition.name}: section {definition.section!r}")
        if definition.retry not in RETRY:
            wrong.append(f"{definition.name}: retry {definition.retry!r}")
        for name, attribute in definition.attributes.items():
            if attribute.value not in VALUE_TYPES:
                wrong.append(f"{definition.name}/@{name}: value {attribute.value!r}")
            if not pattern.fullmatch(attribute.section):
                wrong.append(f"{definition.name}/@{name}: section {attribute.section!r}")
            if attribute.values and not attribute.open:
                bad = [v for v in attribute.values if fault(attribute.value, v)]
                wrong.extend(f"{definition.name}/@{name}: {v!r} is no value" for v in bad)

    assert wrong == []


@EVERY_DOCUMENT
def test_every_element_has_a_section(number: str) -> None:
    """A definition says where it is written down."""
    assert [one.name for one in contents(number).definitions if not one.section] == []


@EVERY_DOCUMENT
def test_references_lead_somewhere(number: str) -> None:
    """A parent or child that is named in a documented namespace is defined there."""
    wrong = []
    for definition in contents(number).definitions:
        named = {name for parent in definition.parents for name in parent.names}
        named |= {name for child in definition.children or () for name in child.names}
        for name in named:
            namespace, local = split_qualified(name)
            known = facts.namespace(namespace) if namespace else None
            if local == "*":
                continue
            if known is None:
                wrong.append(f"{definition.name}: {name} is in no known namespace")
            elif number in known.documents and not lookup.definitions(name):
                wrong.append(f"{definition.name}: {name} is not defined")

    assert wrong == []


@EVERY_DOCUMENT
def test_what_an_element_lists_may_stand_there(number: str) -> None:
    """Parent and child agree; else the check would demand or allow what it objects to."""
    wrong = []
    for definition in contents(number).definitions:
        around = qualified(definition.namespace, definition.name)
        for name in {name for child in definition.children or () for name in child.names}:
            meanings = lookup.definitions(name)
            # A document may know two versions of itself, whose elements are not mixed.
            mixed = split_qualified(name)[0] != definition.namespace and any(
                meaning.document == number for meaning in meanings
            )
            placed = any(
                meaning.anywhere
                or not meaning.parents
                or any(around in parent.names for parent in meaning.parents)
                for meaning in meanings
            )
            if meanings and not placed and not mixed:
                wrong.append(f"{definition.name}: {name} does not say that it may stand there")

    assert wrong == []


@EVERY_DOCUMENT
def test_conditions_have_known_keys(number: str) -> None:
    """A misspelt condition would never hold, or always."""
    keys = {
        key
        for definition in contents(number).definitions
        for when in (
            *(rule.when for rule in definition.here),
            *(
                a.required
                for a in definition.attributes.values()
                if not isinstance(a.required, bool)
            ),
        )
        if not isinstance(when, bool)
        for key in when
        if not key.startswith("@")
    }

    assert keys <= set(KEYS)


@EVERY_DOCUMENT
def test_a_child_in_a_condition_is_one_that_is_meant(number: str) -> None:
    """A bare name fits every namespace; where another document has one too, it needs its prefix.

    A receipt's ``received`` is no copy of a message, though that has one as well.
    """
    wrong = []
    for definition in contents(number).definitions:
        around = qualified(definition.namespace, definition.name)
        named = {rule.when.get(key) for rule in definition.here for key in ("child", "no_child")}
        for name in (one for one in named - {None} if not one.startswith("{")):
            meant = {one.document for one in INSIDE[around] if one.name == name}
            own = any(
                one.name == name and one.namespace == definition.namespace for one in INSIDE[around]
            )
            if len(meant) > 1 and not own:
                wrong.append(f"{definition.name}: child {name} may be of {sorted(meant)}")

    assert wrong == []


@EVERY_DOCUMENT
def test_every_example_is_defined_and_passes_the_check(number: str) -> None:
    """Definitions and examples are two witnesses of one document; they agree."""
    wrong = []
    for example in contents(number).examples:
        element = parse(filled(example), CONTEXT)
        checked = check_element(element)
        wrong.extend(f"{example.title}: {one.path}: {one.sentence}" for one in checked.departures)
        wrong.extend(
            f"{example.title}: {place.element.qualified} is not defined"
            for place in places(element)
            if lookup.define(place) is None
        )
        wrong.extend(f"{example.title}: {path} is not defined" for path in checked.unchecked)

    assert wrong == []


@EVERY_DOCUMENT
def test_every_element_stands_in_an_example(number: str) -> None:
    """What is defined is also shown, in one namespace of its family at least."""
    found = contents(number)
    shown = {
        (place.element.namespace, place.element.name)
        for example in found.examples
        for place in places(parse(filled(example), CONTEXT))
    }
    families: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found.definitions:
        families[one.name, one.says].add(one.namespace)
    missing = {
        name
        for (name, _), uris in families.items()
        if not any((uri, name) in shown for uri in uris)
    }

    assert missing == set()


def test_every_element_that_the_facts_list_is_defined() -> None:
    """What a document has is told, of every one that people send over XMPP.

    XEP-0001's elements are those of the documents themselves.
    """
    missing = [
        f"{row.documents[0]}: {qualified(uri, name)}"
        for uri, row in facts.namespaces().items()
        if row.documents[0].startswith(("XEP-", "RFC ")) and row.documents[0] != "XEP-0001"
        for name in row.elements
        if not lookup.definitions(qualified(uri, name))
    ]

    assert missing == []


def test_no_sentence_serves_two_elements() -> None:
    """A sentence that fits several elements says nothing of any of them."""
    owners: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for number in DOCUMENTS:
        for definition in contents(number).definitions:
            # The namespaces of one family share their sentences.
            key = (number, definition.name, str(definition.section))
            owners[definition.says].add(key)
    shared = {says: sorted(who) for says, who in owners.items() if len(who) > 1}

    assert shared == {}


def test_no_sentence_of_a_place_serves_two_elements() -> None:
    """What is said under conditions is said of one element as well."""
    owners: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for definition in lookup.everything():
        for rule in definition.here:
            owners[rule.says].add((definition.document, definition.name))
    shared = {says: sorted(who) for says, who in owners.items() if len(who) > 1}

    assert shared == {}


def test_titles_of_templates_are_told_apart() -> None:
    """A person chooses a template by its title."""
    titles = Counter(example.title for example in lookup.templates())

    assert [title for title, count in titles.items() if count > 1] == []
    assert all(len(title) <= 70 for title in titles)


def test_fields_of_examples_are_used() -> None:
    """Each field stands in the text, and each place to be filled is a field."""
    wrong = [
        f"{example.title}: {name} stands nowhere"
        for example in lookup.examples()
        for name in example.fields
        if "{" + name + "}" not in example.xml
    ]
    wrong += [
        f"{example.title}: {place} is no field"
        for example in lookup.examples()
        for place in FIELD.findall(filled(example))
    ]

    assert wrong == []
