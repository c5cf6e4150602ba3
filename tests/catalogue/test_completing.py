"""What is offered where somebody types: all of it may stand there, and what must is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.mutations import walk
from tests.catalogue.test_definitions import CONTEXT, filled
from xmppexplore.catalogue import facts, lookup
from xmppexplore.catalogue.checking import check_element
from xmppexplore.catalogue.completing import LONGEST, MOST, completions
from xmppexplore.catalogue.departures import required, written
from xmppexplore.wire.element import parse

CASES = [
    ("<presence><show>away</show><pri", "priority"),
    ("<message type='he", "headline"),
    ("<message type=\"gr", "groupchat"),
    ("<iq type='set'><query xmlns='jabber:iq:roster'><", "item"),
    ("<iq type='set'><query xmlns='jabber:iq:roster'><item na", "name"),
    ("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item subscription='", "remove"),
    ("", "<iq"),
    ("<pre", "presence"),
    ("<iq type='get' id='1'>", "<ping xmlns='urn:xmpp:ping'"),
    ("<presence type='subscri", "subscribed"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_what_belongs_there_is_offered(typed: str, expected: str) -> None:
    """Elements, attributes and values, by what was typed of them."""
    found = completions(typed, len(typed))

    assert expected in [one.text for one in found] or expected in [one.label for one in found]
    assert all(one.says or one.kind == "value" for one in found)


@pytest.mark.parametrize("typed", ["</", "<iq></i", "<iq type='get'/>x<!-", "<a", "<nobody knows"])
def test_nothing_is_offered_where_nothing_is_known(typed: str) -> None:
    """An end tag, a comment, an unknown element."""
    assert completions(typed, len(typed)) == ()


def test_a_ping_is_not_offered_in_a_result() -> None:
    """The type of the parent counts."""
    asked = completions("<iq type='get'><", 16)
    answered = completions("<iq type='result'><", 19)

    assert "ping" in [one.label for one in asked]
    assert "ping" not in [one.label for one in answered]


def test_what_people_meet_comes_before_what_is_out_of_use() -> None:
    """Stable documents first, then experiments, then the rest; by name, whatever its case."""
    found = completions("<message><", 10)
    ranks = {"Stable": 0, "Final": 0, "Active": 0, "Proposed Standard": 0, "Experimental": 1}
    order = [ranks.get(facts.document(one.document).status, 2) for one in found]
    stable = [one.label.casefold() for one, rank in zip(found, order, strict=True) if rank == 0]

    assert order == sorted(order)
    assert stable == sorted(stable)
    assert "body" in [one.label for one in found]


def test_what_is_required_comes_first() -> None:
    """A request wants its id and its type before anything else."""
    found = completions("<iq ", 4)

    assert [one.label for one in found if one.required] == [
        one.label for one in found[: sum(one.required for one in found)]
    ]
    assert {"id", "type"} <= {one.label for one in found if one.required}


@given(st.sampled_from(lookup.examples()), st.data())
def test_a_required_attribute_is_offered_behind_the_name(example: object, data: object) -> None:
    """Typing an example anew, its required attributes are offered in their tags."""
    text = filled(example)
    places = list(walk(parse(text, CONTEXT)))
    place = data.draw(st.sampled_from(places))  # type: ignore[attr-defined]
    definition = lookup.define(place)
    start = place.element.source.data[: place.element.spans[0]].decode()
    tag = place.element.xml[1:].replace(">", " ", 1).replace("/", " ", 1).split(maxsplit=1)[0]
    if ":" in tag or "type" in definition.attributes:
        return  # whether it is required may depend on an attribute that is not typed yet
    declared = f" xmlns='{place.element.namespace}' "
    typed = f"{start}<{tag}{declared}"
    offered = {one.label for one in completions(typed, len(typed), CONTEXT)}
    needed = {
        written(name)
        for name, attribute in definition.attributes.items()
        if required(attribute, place) and not name.startswith("xmlns")
    }

    assert {name for name in needed if attribute_stays(definition, name)} <= offered


def attribute_stays(definition: object, name: str) -> bool:
    """Whether it is required whatever else stands in the tag."""
    attribute = definition.attributes.get(name)  # type: ignore[attr-defined]
    return attribute is not None and attribute.required is True


@given(st.sampled_from(lookup.templates()), st.data())
def test_an_offered_value_is_allowed(example: object, data: object) -> None:
    """What is offered as a value passes the check as one."""
    text = filled(example)
    places = [place for place in walk(parse(text, CONTEXT)) if place.element.attributes]
    if not places:
        return
    place = data.draw(st.sampled_from(places))  # type: ignore[attr-defined]
    name = data.draw(st.sampled_from(sorted(place.element.attributes)))  # type: ignore[attr-defined]
    at = text.find(f"{name}='", place.element.spans[0])
    if at < 0:
        return
    cursor = at + len(name) + 2
    for one in completions(text, cursor, CONTEXT)[:5]:
        end = text.index("'", cursor)
        spoilt = text[:cursor] + one.text + text[end:]
        wrong = check_element(parse(spoilt, CONTEXT)).departures
        assert ("value not allowed", name) not in {
            (each.rule, each.attribute)
            for each in wrong
            if each.element.spans == place.element.spans
        }


@given(st.text(alphabet="<>/='\" iqmessagetypexmlns:\n", max_size=120), st.integers(-5, 130))
def test_any_text_ends_in_an_answer(text: str, cursor: int) -> None:
    """Half-typed XML is what this is for."""
    found = completions(text, cursor)

    assert len(found) <= MOST
    assert all(one.typed <= len(text) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "<message><body <?xml ?>x='1'><a ",
        "<message to='<?xml ?>",
        "<message><!-- c --><",
        "<message>" + "".join(f"<a xmlns:p{at}='u'>" for at in range(200)) + "<",
        "<message " + " ".join(f"xmlns:p{at}='u'" for at in range(200)) + "><x ",
    ],
)
def test_what_cannot_be_read_is_no_crash(text: str) -> None:
    """Declarations where none may stand, and more prefixes than an element may have."""
    assert all(
        isinstance(completions(text, at), tuple)
        for at in range(0, len(text) + 1, 1 + len(text) // 60)
    )


def test_a_long_text_costs_nothing() -> None:
    """Beyond the limit nothing is offered; below it, no backtracking."""
    assert completions("<iq>" * LONGEST, 4 * LONGEST) == ()
    assert isinstance(completions("<iq " + "a='b' " * 20_000, 120_004), tuple)
    assert isinstance(completions("<iq " + "a" * 100_000, 100_004), tuple)
    assert isinstance(completions("<a>" * 5_000 + "<", 15_001), tuple)
