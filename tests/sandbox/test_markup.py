"""Surgery on start tags touches what it names and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore import names
from xmppexplore.sandbox.markup import (
    attribute,
    attributes,
    foreign_declarations,
    presence,
    readdress,
    split_element,
    text,
)
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import Context

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda mark: mark >= " " or mark in "\t\n\r"
    ),
    max_size=30,
)

READDRESSED = [
    (b"<message/>", b"<message from='x'/>"),
    (b"<message to='a'><b/></message>", b"<message from='x' to='a'><b/></message>"),
    (b"<message from='y' to='a'/>", b"<message from='x' to='a'/>"),
    (b'<message\n\tfrom = "y"\n/>', b"<message from='x'\n/>"),
    (b"<message id=\" from='q'\"/>", b"<message from='x' id=\" from='q'\"/>"),
    (b"<message id='>' from='y'>f</message>", b"<message from='x' id='>'>f</message>"),
    (b"<message xfrom='y'/>", b"<message from='x' xfrom='y'/>"),
]


@pytest.mark.parametrize(("raw", "expected"), READDRESSED, ids=range(len(READDRESSED)))
def test_from_is_stamped(raw, expected):
    """Whatever the client wrote there, and wherever it wrote it (RFC 6120 §8.1.2.1)."""
    assert readdress(raw, {b"from": b"x"}) == expected


def test_an_empty_stamp_takes_the_attribute_away():
    """The rest of the tag stays byte for byte."""
    assert readdress(b"<presence  to='a' id='1' />", {b"to": b""}) == b"<presence id='1' />"


def test_the_language_of_the_stream_is_added_once():
    """A stanza without one has that of its stream (RFC 6120 §8.1.5)."""
    plain, own = b"<message/>", b"<message xml:lang='de'/>"

    assert readdress(plain, {}, lang=b"en") == b"<message xml:lang='en'/>"
    assert readdress(own, {}, lang=b"en") == own


@given(XML_TEXT, XML_TEXT)
def test_what_is_escaped_is_read_back(value, content):
    """Values and text survive, line breaks and tabs too."""
    element = parse(f"<a{attributes({'v': value, 'w': ''})}>{text(content)}</a>")

    assert element.get("v", "") == value
    assert element.text == content
    assert element.get("w") is None


@given(st.dictionaries(st.sampled_from(["to", "from", "id", "type"]), XML_TEXT), XML_TEXT)
def test_stamping_changes_the_stamped_attribute_only(given_attributes, stamp):
    """As an XML parser sees it, for any values and either kind of quotes."""
    raw = f"<iq{attributes(given_attributes)}><a from='z'/></iq>".encode()
    element = parse(readdress(raw, {b"from": attribute(stamp).encode()}))
    expected = {name: value for name, value in given_attributes.items() if value}
    expected.pop("from", None)
    if stamp:
        expected["from"] = stamp

    assert dict(element.attributes) == expected
    assert element.children[0].get("from") == "z"


def test_foreign_namespaces_are_declared_where_they_are_used():
    """The recipient's stream does not know what the sender's header declared."""
    context = Context("jabber:client", (("stream", names.STREAMS), ("x", "urn:x"), ("y", "urn:y")))
    foreign = foreign_declarations(context)
    raw = b"<message><x:a/></message>"

    stamped = readdress(raw, {b"from": b"f"}, foreign=foreign)

    assert stamped == b"<message from='f' xmlns:x='urn:x'><x:a/></message>"
    assert parse(stamped).children[0].qualified == "{urn:x}a"


def test_a_default_namespace_of_its_own_goes_with_the_stanza():
    """A client may give its stanzas a prefix and the streams none (RFC 6120 §4.8.5)."""
    context = Context(names.STREAMS, (("c", names.CLIENT),))
    raw = b"<c:message><body/></c:message>"

    element = parse(readdress(raw, {}, foreign=foreign_declarations(context)))

    assert element.qualified == f"{{{names.CLIENT}}}message"
    assert element.children[0].namespace == names.STREAMS


def test_an_element_is_cut_in_three():
    """Also one that is an empty tag."""
    assert split_element(b"<a b='/>'>x<c/></a>") == (b"<a b='/>'>", b"x<c/>", b"</a>")
    assert split_element(b"<a b='1'/>") == (b"<a b='1'>", b"", b"</a>")


@pytest.mark.parametrize("type", ["", "unavailable", "subscribed"])
@pytest.mark.parametrize("to", ["", "o'hara@x/<&>"])
def test_a_presence_of_the_server_is_read_back(type, to):
    """With the attributes that it was given, and no others."""
    element = parse(presence(type, b"romeo@x/y", attribute(to).encode()))

    wanted = {"type": type, "from": "romeo@x/y", "to": to}
    assert dict(element.attributes) == {name: value for name, value in wanted.items() if value}
    assert element.qualified == "{jabber:client}presence"
    assert not element.children
    assert element.text == ""
