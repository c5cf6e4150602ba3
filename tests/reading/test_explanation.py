"""Laws of an explanation: nothing is left out, nothing is guessed, and it ends."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.explained import example_elements, example_texts, line_at, lines_of
from tests.tools import costs
from xmppexplore.catalogue import facts
from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.lookup import attribution, define, defined_in
from xmppexplore.names import XML
from xmppexplore.reading.explained_text import explain_text
from xmppexplore.reading.explanation import (
    DEEPEST,
    MOST_ATTRIBUTES,
    MOST_LINES,
    MOST_STANZAS,
    Relatives,
    explain_element,
    sentence,
)
from xmppexplore.wire.element import Element, parse

ELEMENTS = example_elements()
PING = "<iq type='get' to='a.example' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
TIMES = 40  # as much as reading an ordinary megabyte


def places(element: Element) -> list[Place]:
    """Return the place of every element, in document order."""
    found, waiting = [], [Place.outermost(element)]
    while waiting:
        place = waiting.pop()
        found.append(place)
        waiting.extend(place.child(child) for child in reversed(place.element.children))
    return found


def test_there_are_examples_to_try() -> None:
    """The laws below would hold of nothing as well."""
    assert len(ELEMENTS) > 300


def test_each_element_and_attribute_has_exactly_one_line() -> None:
    """In document order; and each text that is more than white space."""
    for element in ELEMENTS:
        lines = explain_element(element).lines
        every = list(element.iter())

        assert [line.name for line in lines if line.what == "element"] == [
            one.name for one in every
        ]
        assert sum(line.what == "attribute" for line in lines) == sum(
            len(one.attributes) for one in every
        )
        assert sum(line.what == "text" for line in lines) == sum(
            bool(one.text.strip()) for one in every
        )


def test_paths_name_one_thing_each() -> None:
    """A path can be gone back to the line, since like elements are numbered."""
    for element in ELEMENTS:
        counted = Counter(line.path for line in explain_element(element).lines)

        assert set(counted.values()) == {1}


def test_document_section_and_status_are_those_of_the_catalogue() -> None:
    """A line says what the definition says, or else who owns the namespace."""
    for element in ELEMENTS:
        lines = [line for line in explain_element(element).lines if line.what == "element"]
        for place, line in zip(places(element), lines, strict=True):
            definition = define(place)
            owner = attribution(place.element.namespace).document
            if definition is not None:
                assert (line.spec, line.section) == (definition.document, definition.section)
                assert line.says == sentence(definition, place)
                assert line.sure == definition.sure
            else:
                assert line.spec == (owner.number if owner else "")
                assert line.section == line.says == ""
            known = facts.document(line.spec)
            assert line.status == (known.status if known else "")


def test_the_sentence_of_the_place_is_said() -> None:
    """The first rule that holds wins; a rule whose value is missing does not."""
    ping = line_at(lines_of(PING), "iq/ping")
    nobody = line_at(lines_of(PING.replace(" to='a.example'", "")), "iq/ping")
    refused = line_at(lines_of(PING.replace("get", "error")), "iq/ping")

    assert ping.says == "Asks a.example whether it still answers."
    assert nobody.says.startswith("Asks whether the other end")
    assert refused.says == "Repeats the ping that could not be answered."


def test_an_attribute_says_what_its_value_means() -> None:
    """The sentence of the attribute, the meaning of the value, and what is odd about it."""
    lines = lines_of("<message type='chat' colour='red' xml:lang='en'/>")
    kind, colour, lang = (line_at(lines, f"message/@{n}") for n in ("type", "colour", "xml:lang"))
    strange = line_at(lines_of("<iq type='gte' id='1'/>"), "iq/@type")

    assert kind.says
    assert "conversation" in kind.decoded
    assert (colour.says, colour.spec) == ("", "")  # no document that is known gives it one
    assert "not described here" in " ".join(colour.notes)
    assert lang.namespace == XML
    assert lang.section == "8.1.5"
    assert "none of its values: " in strange.notes[0]


def test_language_is_described_everywhere() -> None:
    """``xml:lang`` belongs to no element, and needs no definition of it."""
    lang = line_at(lines_of("<a xmlns='urn:nobody:knows' xml:lang='xx'/>"), "a/@xml:lang")

    assert (lang.spec, lang.section) == ("RFC 6120", "8.1.5")
    assert lang.says


def test_a_namespace_that_is_unknown_is_called_unknown() -> None:
    """With its relatives; nothing is said about the element, its attributes or children."""
    lines = lines_of("<message><x xmlns='urn:xmpp:pingg' a='1'><y/>t</x></message>")
    unknown = [line for line in lines if line.path.startswith("message/x")]

    assert {line.spec for line in unknown} == {""}
    assert {line.says for line in unknown} == {""}
    assert "unknown" in unknown[0].notes[0]
    assert "urn:xmpp:ping" in unknown[0].notes[0]
    assert [line for line in unknown[1:] if "unknown" in " ".join(line.notes)] == []


@pytest.mark.parametrize(
    ("namespace", "words"),
    [
        ("http://etherx.jabber.org/stream", "misspelt: http://etherx.jabber.org/streams is meant"),
        ("urn:xmpp:carbons:1", "historic: urn:xmpp:carbons:2 took its place"),
        ("jabber:iq:auth", "XEP-0078 was superseded"),
        ("", "in no namespace"),
    ],
)
def test_what_is_wrong_with_a_namespace_is_said_once(namespace, words) -> None:
    """Where it begins."""
    lines = lines_of(f"<message><x xmlns='{namespace}'><y/></x></message>")
    told = [line.path for line in lines if words in " ".join(line.notes)]

    assert told == ["message/x"]


def test_a_default_that_holds_is_said() -> None:
    """An absent attribute means something too."""
    message = lines_of("<message><body>Hi</body></message>")[0]

    assert "Absent, so this holds: type='normal'." in message.notes


def test_embedded_stanzas_have_their_own_context() -> None:
    """What stands in a forwarded message is explained by that message."""
    inner = "<message xmlns='jabber:client' to='b@b.example'><body>Hi</body></message>"
    lines = lines_of(
        f"<message to='a@a.example'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"
        "</message>"
    )
    alone = lines_of(inner)
    within = [line for line in lines if line.path.startswith("message/forwarded/message")]

    assert [(line.name, line.spec, line.section) for line in within] == [
        (line.name, line.spec, line.section) for line in alone
    ]


def test_stanzas_in_stanzas_are_counted_from_a_depth_on() -> None:
    """The depth is bounded, and what lies deeper is counted."""
    deep = "<message xmlns='jabber:client'>" * 30 + "</message>" * 30
    found = explain_element(parse(deep))

    assert len(found.lines) == MOST_STANZAS
    assert len(found.lines) + found.more == 30


def test_attributes_are_counted_from_a_number_on() -> None:
    """A peer may send a million of them."""
    names = " ".join(f"a{number}=''" for number in range(MOST_ATTRIBUTES + 234))
    lines = lines_of(f"<presence {names}><show>away</show></presence>")

    assert sum(line.what == "attribute" for line in lines) == MOST_ATTRIBUTES
    assert lines[0].notes[-1] == "It has 234 more attributes, which are left out."
    assert lines[-1].path == "presence/show/text()"


def test_relatives_are_looked_for_a_few_times_only() -> None:
    """Each look costs milliseconds, and a peer chooses how many names there are."""
    relatives = Relatives(most=1)

    assert relatives.of("urn:xmpp:pingg") != ()
    assert relatives.of("urn:xmpp:pinggg") == ()
    assert relatives.of("urn:xmpp:pingg") != ()


def test_names_are_looked_for_a_few_times_only() -> None:
    """Also those of elements, of which a peer may make up any number in a known namespace."""
    relatives = Relatives()
    near = relatives.names("urn:xmpp:ping", "pong")
    for number in range(1000):
        relatives.names("urn:xmpp:ping", f"ping{number}")

    assert near == relatives.names("urn:xmpp:ping", "pong") == ("ping",)
    assert relatives.names("urn:xmpp:ping", "pang") == ()
    assert (
        lines_of("<pong xmlns='urn:xmpp:ping'/>")[0]
        .notes[-1]
        .endswith("The name resembles <ping>.")
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<a>" * 10_000, id="nested 10,000 deep, unclosed"),
        pytest.param("<a>" * 900 + "</a>" * 900, id="nested 900 deep"),
        pytest.param(
            "<message xmlns='jabber:client'><forwarded xmlns='urn:xmpp:forward:0'>" * 1000,
            id="forwarded in forwarded",
        ),
        pytest.param("<message id='" + "x" * 1_000_000 + "'/>", id="1 MB attribute"),
        pytest.param("<a" + "b" * 1_000_000 + "><c/></a" + "b" * 1_000_000 + ">", id="1 MB name"),
        pytest.param(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + "=" * 1_000_000 + "</auth>",
            id="invalid base64",
        ),
        pytest.param(b"<message><body>\xff\xfe" * 1000, id="invalid UTF-8"),
        pytest.param(
            "<message>" + "".join(f"<a xmlns='urn:x:{n}'/>" for n in range(100_000)),
            id="100,000 unknown namespaces",
        ),
        pytest.param(
            "<x xmlns='jabber:x:data' type='form'>" + "<field var='a'/>" * 60_000, id="form"
        ),
        pytest.param(
            "<message " + " ".join(f"a{n}='1'" for n in range(30_000)) + "/>", id="attributes"
        ),
    ],
)
def test_hostile_input_ends_in_an_answer(text) -> None:
    """At a bounded cost, with a bounded number of lines, and what is left out is said."""
    found = explain_text(text)
    read = [part() for part in found.parts]

    assert read or found.problems
    assert sum(len(one.lines) for one in read) <= 2 * MOST_LINES
    assert max(len(line.path) + len(line.value) for one in read for line in one.lines) < 3000
    assert all(line.depth <= DEEPEST + 2 for one in read for line in one.lines)

    again = costs.ratio(
        lambda: [part() for part in explain_text(text).parts], costs.read_ordinary(10**6), TIMES
    )
    assert again <= TIMES


MUTATED = st.sampled_from(example_texts("RFC 6120") + example_texts("XEP-0004")).flatmap(
    lambda text: st.builds(
        lambda start, size, insert: text[:start] + insert + text[start + size :],
        st.integers(0, len(text)),
        st.integers(0, 8),
        st.text(max_size=4) | st.sampled_from(["<", ">", "'", "</", "<a>", "&", "xmlns='", "\0"]),
    )
)


@given(MUTATED)
def test_a_spoilt_example_ends_in_an_answer(text) -> None:
    """Whatever is spoilt, it is explained as far as it can be read."""
    found = explain_text(text)

    assert [part() for part in found.parts] or found.problems or not text.strip()


@given(st.binary(max_size=200))
def test_any_bytes_end_in_an_answer(data) -> None:
    """Nothing is raised, whatever it is."""
    found = explain_text(b"<message>" + data)
    read = [part() for part in found.parts]

    assert found.problems or any(one.lines for one in read)
    assert all(one.lines or one.problems for one in read)


HTTP_BIND = "http://jabber.org/protocol/httpbind"


@pytest.mark.parametrize(
    ("xml", "path", "document", "section"),
    [
        ("<message><subject xml:lang='cs'>x</subject></message>", "message/subject/@xml:lang",
         "RFC 6121", "5.2.4"),
        ("<presence><x xmlns='urn:example:x' xml:lang='cs'/></presence>", "presence/x/@xml:lang",
         "RFC 6120", "8.1.5"),
        (f"<body xmlns='{HTTP_BIND}' xmlns:b='urn:xmpp:xbosh' b:version='1.0'/>", "body/@version",
         "XEP-0206", ""),
        ("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://a.example'/>",
         "feed/@xml:base", "RFC 4287", "4.1.1"),
        ("<presence b='1'/>", "presence/@b", "", ""),
    ],
)  # fmt: skip
def test_a_section_is_one_of_the_document_beside_it(xml, path, document, section) -> None:
    """Also of an attribute whose namespace is not that of its element."""
    line = line_at(lines_of(xml), path)

    assert (line.spec, line.section) == (document, section)


def test_what_is_concluded_of_an_element_is_concluded_of_its_text() -> None:
    """Both lines name the same owner, and are as sure of it."""
    inferred = next(
        uri for uri, known in facts.namespaces().items() if known.inferred and not defined_in(uri)
    )
    element, text = lines_of(f"<surely-not-defined xmlns='{inferred}'>x</surely-not-defined>")

    assert (element.spec, element.sure) == (text.spec, text.sure)
    assert not text.sure
