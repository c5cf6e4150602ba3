"""The check: no objection to what is right, one at the right place to what is spoilt."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.mutations import mutations, parses, walk
from tests.catalogue.test_definitions import CONTEXT, filled
from xmppexplore.catalogue import lookup
from xmppexplore.catalogue.checking import MOST, MOST_ELEMENTS, RULES, check_element
from xmppexplore.catalogue.loading import documents_with_definitions
from xmppexplore.wire.element import parse
from xmppexplore.wire.places import place_of

DOCUMENTS = sorted(documents_with_definitions())


def offsets(xml: str) -> dict[int, set[str]]:
    """Return the byte offsets of all objections, with their rules."""
    found: dict[int, set[str]] = {}
    for departure in check_element(parse(xml, CONTEXT)).departures:
        at = place_of(departure.element, departure.attribute)
        found.setdefault(at, set()).add(departure.rule)
    return found


@pytest.mark.parametrize("number", DOCUMENTS)
def test_what_is_spoilt_is_objected_to_where_it_was_spoilt(number: str) -> None:
    """Each mutation of each example is noticed, at its own byte."""
    missed = []
    for example in lookup.examples(number):
        for mutation in mutations(parse(filled(example), CONTEXT)):
            if not parses(mutation):
                continue
            rules = offsets(mutation.xml).get(mutation.offset, set())
            if not rules & set(mutation.rules):
                missed.append(f"{example.title}: {mutation.what}: {mutation.xml}")

    assert missed == []


def test_there_are_enough_mutations() -> None:
    """The law above says something only where much was spoilt, in every way."""
    counted = Counter(
        mutation.what
        for example in lookup.examples()
        for mutation in mutations(parse(filled(example), CONTEXT))
        if parses(mutation)
    )

    assert set(counted) == {"attribute removed", "value changed", "child misplaced"}
    assert min(counted.values()) >= 100
    assert counted.total() >= 300


@pytest.mark.parametrize(
    ("xml", "begins"),
    [
        ("<message to='a b@c.example'/>", "write an address (RFC 7622 §3.1); it names "),
        ("<presence><priority>500</priority></presence>", "write a number from -128 to 127; it "),
    ],
    ids=["attribute", "text"],
)
def test_the_advice_on_a_value_says_what_to_write(xml: str, begins: str) -> None:
    """What the value is for alone would not tell how to mend it."""
    (found,) = check_element(parse(xml, CONTEXT)).departures

    assert found.advice.startswith(begins)


PING = "<ping xmlns='urn:xmpp:ping'/>"
MISSPELT = "<item-not-found xmlns='urn:ietf:params:xml:xmpp-stanzas'/>"
CASES = [
    ("no id", f"<iq type='get'>{PING}</iq>", "attribute missing", "iq/@id"),
    ("two payloads", f"<iq type='get' id='1'>{PING}{PING}</iq>", "one payload", "iq"),
    ("no payload", "<iq type='set' id='1'/>", "one payload", "iq"),
    ("unknown type", "<message type='caht'/>", "value not allowed", "message/@type"),
    (
        "unknown availability",
        "<presence><show>awya</show></presence>",
        "value not allowed",
        "presence/show",
    ),
    (
        "text in an empty element",
        f"<iq type='get' id='1'>{PING[:-2]}>x</ping></iq>",
        "text not allowed",
        "iq/ping",
    ),
    ("request in a message", f"<message>{PING}</message>", "child not allowed", "message/ping"),
    (
        "misspelt namespace",
        f"<iq type='error' id='1'><error type='cancel'>{MISSPELT}</error></iq>",
        "namespace misspelt",
        "iq/error/item-not-found",
    ),
    (
        "two texts in one language",
        "<message xml:lang='en'><body>Hi</body><body xml:lang='EN'>Ho</body></message>",
        "too many",
        "message",
    ),
    (
        "two states",
        "<presence><status>a</status><status>b</status></presence>",
        "too many",
        "presence",
    ),
]


@pytest.mark.parametrize(("xml", "rule", "path"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_what_is_wrong_is_named(xml: str, rule: str, path: str) -> None:
    """Rule and path of the objections that people meet most."""
    found = {(one.rule, one.path) for one in check_element(parse(xml)).departures}

    assert (rule, path) in found


def test_one_text_may_be_there_in_several_languages() -> None:
    """Each by its own ``xml:lang``, or by that of the stanza (RFC 6121 §5.2.3)."""
    texts = "<body>Hi</body><body xml:lang='de'>Hallo</body><subject xml:lang='de'>Na</subject>"
    several = check_element(parse(f"<message xml:lang='en'>{texts}</message>"))
    same = check_element(parse(f"<message xml:lang='de'>{texts}</message>"))

    assert several.departures == ()
    assert [(one.document, one.section) for one in same.departures] == [("RFC 6121", "5.2.3")]


def test_a_wrong_type_is_told_once() -> None:
    """What stands inside may be right for the type that was meant."""
    found = check_element(parse(f"<iq type='gett' id='1'>{PING}</iq>")).departures

    assert [(one.rule, one.path) for one in found] == [("value not allowed", "iq/@type")]


def test_what_is_not_defined_is_not_checked() -> None:
    """Neither an objection nor a blessing."""
    xml = "<message foo='1'><x xmlns='urn:example:own' y='2'><z/></x></message>"
    checked = check_element(parse(xml))

    assert checked.departures == ()
    assert checked.unchecked == ("message/@foo", "message/x", "message/x/z")
    assert checked.elements == 3


def test_a_secret_is_not_repeated() -> None:
    """An objection to a password's place or form does not show the password."""
    xml = "<handshake xmlns='jabber:component:accept'>~hunter2~</handshake>"
    found = check_element(parse(xml)).departures

    assert [one.rule for one in found] == ["value not allowed"]
    assert "(hidden)" in found[0].sentence
    assert not any("hunter2" in part for one in found for part in (one.sentence, one.advice))


def test_departures_are_bounded() -> None:
    """A hostile stanza does not make as many objections as it has elements."""
    xml = f"<iq type='get' id='1'>{1000 * (PING[:-2] + '>x</ping>')}</iq>"

    assert len(check_element(parse(xml)).departures) == MOST


def test_a_huge_stanza_is_checked_up_to_a_bound() -> None:
    """What was not looked at is not called right."""
    checked = check_element(parse(f"<message>{60_000 * '<body/>'}</message>"))

    assert checked.elements == MOST_ELEMENTS
    assert checked.unchecked[-1].endswith("and all that follows")


def test_names_of_a_megabyte_do_not_multiply() -> None:
    """A long name stands in the path of everything below it, and is cut there."""
    name = "n" * 500_000
    inside = "<b/>" * 5_000
    checked = check_element(parse(f"<message><{name} xmlns='urn:x'>{inside}</{name}></message>"))
    stranger = "<b xmlns='urn:x'/>"
    many = check_element(parse(f"<message>{20_000 * stranger}</message>"))

    assert sum(map(len, checked.unchecked)) < 2_000_000
    assert len(many.unchecked) == 10_000


@given(st.sampled_from(lookup.examples()), st.data())
def test_any_shuffle_of_children_ends_in_an_answer(example: object, data: st.DataObject) -> None:
    """Whatever is nested in whatever, the check answers and its rules are known."""
    places = list(walk(parse(filled(example), CONTEXT)))
    outer = data.draw(st.sampled_from(places)).element
    inner = data.draw(st.sampled_from(places)).element
    within = f"<{inner.name} xmlns='{inner.namespace}'/>"
    xml = f"<{outer.name} xmlns='{outer.namespace}'>{within}</{outer.name}>"
    found = check_element(parse(xml)).departures

    assert {one.rule for one in found} <= set(RULES)
