"""Reading definition files: what is written means one thing, and slips are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.loading import (
    _number,
    contents,
    documents_with_definitions,
    read,
)

HEAD = 'document = "XEP-0199"\nchecked = "1"\n[prefixes]\np = ["urn:xmpp:ping", "urn:old"]\n'
ELEMENT = HEAD + '[[p.a]]\nsection = "1"\nsays = "Says it."\n'


def test_a_family_shares_its_definitions() -> None:
    """Each element is defined once for each namespace, and its relatives stay inside it."""
    found = read(ELEMENT + 'in = ["b"]\n[[p.b]]\nsection = "2"\nsays = "Says more."\n')

    assert [(one.namespace, one.name) for one in found.definitions] == [
        ("urn:xmpp:ping", "a"), ("urn:old", "a"), ("urn:xmpp:ping", "b"), ("urn:old", "b"),
    ]  # fmt: skip
    assert [one.parents[0].names for one in found.definitions[:2]] == [
        {"{urn:xmpp:ping}b"},
        {"{urn:old}b"},
    ]


@pytest.mark.parametrize(
    ("child", "names", "least", "most"),
    [
        ("b", ("{urn:xmpp:ping}b",), 1, 1),
        ("b?", ("{urn:xmpp:ping}b",), 0, 1),
        ("(b|c)+", ("{urn:xmpp:ping}b", "{urn:xmpp:ping}c"), 1, -1),
        ("form:x*", ("{jabber:x:data}x",), 0, -1),
        ("errors:*", ("{urn:ietf:params:xml:ns:xmpp-stanzas}*",), 0, -1),
        ("errors:*+", ("{urn:ietf:params:xml:ns:xmpp-stanzas}*",), 1, -1),
        ("*", ("*",), 0, -1),
    ],
)
def test_children_are_written_as_in_a_grammar(
    child: str, names: tuple[str, ...], least: int, most: int
) -> None:
    """How many, which, and of which namespace."""
    (first, *_) = read(ELEMENT + f'children = ["{child}"]\n').definitions

    assert first.children == ((names, least, most),)


def test_parents_may_be_told_apart_by_type() -> None:
    """``none`` is the absence of the attribute."""
    (first, *_) = read(ELEMENT + 'in = ["client:presence[none|unavailable]"]\n').definitions

    assert first.parents[0].types == {"", "unavailable"}
    assert "{jabber:client}presence" in first.parents[0].names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ELEMENT + "colour = 1\n", "unknown key colour"),
        (ELEMENT + 'in = ["q:b"]\n', "not declared"),
        (ELEMENT + 'children = ["b??"]\n', "no child"),
        (ELEMENT + 'here = [{ when = { stanzas = "iq" }, says = "x" }]\n', "unknown key stanzas"),
        (HEAD + '[[q.a]]\nsays = "Says it."\n', "not declared"),
        (ELEMENT + '[p.a.attributes.x]\nsays = "X."\nvalu = "text"\n', "unknown key valu"),
        (ELEMENT + "in = 5\n", "p.a: a key is missing, or is of another type"),
        (HEAD + '[[p.a]]\nsection = "1"\n', "another type than it must be .'says'."),
    ],
)
def test_a_slip_is_told_with_its_place(text: str, words: str) -> None:
    """How many, which, and of which namespace."""
    """Whoever writes a definition is told which table holds the slip."""
    with pytest.raises(ValueError, match=words) as caught:
        read(text)

    assert "XEP-0199" in str(caught.value) or "when" in str(caught.value)


def test_a_file_tells_whose_it_is(tmp_path: Path) -> None:
    """By its name, where that is a number; else in its first line, which has to say so."""
    named = tmp_path / "xep-0199.toml"
    other = tmp_path / "muc-sub.toml"
    other.write_text('document = "MUC/Sub"\n', "utf-8")
    silent = tmp_path / "dice.toml"
    silent.write_text('# Whose?\ndocument = "Dice"\n', "utf-8")

    assert _number(named) == "XEP-0199"
    assert _number(other) == "MUC/Sub"
    with pytest.raises(ValueError, match=r"dice\.toml: its first line"):
        _number(silent)


def test_every_file_is_found_by_the_document_it_names() -> None:
    """Also those of products, whose documents have no number."""
    numbers = documents_with_definitions()

    assert {contents(number).document for number in numbers} == numbers
    assert {"XEP-0199", "RFC 6120", "MUC/Sub", "Google Talk"} <= numbers
    assert contents("nobody's").definitions == ()
    assert facts.document("MUC/Sub") is not None
