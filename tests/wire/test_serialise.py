"""What a person holds becomes the text that is sent, and only what must change does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import STANZAS
from xmppexplore.errors import MalformedXML, UsageError
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import Context
from xmppexplore.wire.serialise import pretty, set_attributes, to_xml


def canonical(element):
    """Return an element as nested tuples, to be compared."""
    inside = tuple((canonical(child), child.tail) for child in element.children)
    return element.qualified, dict(element.attributes), element.text, inside


def test_text_goes_out_as_it_is():
    """Not a byte of what was written is changed."""
    assert to_xml(" <a  b = '1' />\n") == " <a  b = '1' />\n"
    assert to_xml("<é/>".encode()) == "<é/>"


def test_what_is_no_xml_is_refused():
    """A wrong type, or bytes in another encoding, is said at once."""
    with pytest.raises(UsageError, match="int is no XML"):
        to_xml(5)
    with pytest.raises(MalformedXML) as caught:
        to_xml(b"<a>\n\xe9</a>")
    assert (caught.value.line, caught.value.column) == (2, 1)


def test_an_element_taken_from_its_parent_keeps_its_namespaces():
    """Declarations that stood outside are added; what needs none stays exact."""
    outer = parse("<iq><q xmlns='urn:q' xmlns:p='urn:p' xmlns:n='urn:n'><i/><p:j k='1'/></q></iq>")
    query = outer.children[0]

    assert to_xml(outer) == outer.xml
    assert to_xml(query) == query.xml
    assert to_xml(query.children[0]) == "<i xmlns='urn:q'/>"
    assert to_xml(query.children[1]) == "<p:j xmlns='urn:q' xmlns:p='urn:p' k='1'/>"
    for found in outer.iter():
        assert canonical(parse(to_xml(found))) == canonical(found)


def test_an_element_of_a_bare_context_loses_its_namespace_nowhere():
    """An element without namespace stays without one inside a stream of clients."""
    assert to_xml(parse("<a/>", Context())) == "<a xmlns=''/>"


def test_a_tree_is_written_without_made_up_prefixes():
    """Default declarations do, except where an attribute needs a prefix."""
    tree = ElementTree.fromstring(
        "<iq xmlns='jabber:client' xmlns:x='urn:x' id='a&amp;b' x:y='1' xml:lang='en'>"
        "<query xmlns='urn:q'><item/>tail &lt;<item xmlns=''>t</item></query></iq>"
    )

    assert to_xml(tree) == (
        "<iq id='a&amp;b' xmlns:ns1='urn:x' ns1:y='1' xml:lang='en'>"
        "<query xmlns='urn:q'><item/>tail &lt;<item xmlns=''>t</item></query></iq>"
    )
    assert to_xml(SimpleNamespace(xml=tree)) == to_xml(tree)


def test_a_tree_with_a_comment_is_refused():
    """XMPP knows no comments (RFC 6120 §11.1)."""
    tree = ElementTree.Element("a")
    tree.append(ElementTree.Comment("no"))

    with pytest.raises(UsageError):
        to_xml(tree)


def test_a_tree_of_any_depth_is_no_crash():
    """Too deep is an error, not a full stack."""
    tree = inner = ElementTree.Element("a")
    for _ in range(5000):
        inner = ElementTree.SubElement(inner, "a")

    with pytest.raises(UsageError, match="deep"):
        to_xml(tree)


@pytest.mark.parametrize("place", ["attribute", "text", "tail"])
def test_a_tree_of_other_things_than_text_is_refused(place):
    """ElementTree takes a number and cannot write it either."""
    tree = ElementTree.Element("a")
    inner: Any = ElementTree.SubElement(tree, "b", {"c": 1} if place == "attribute" else {})
    if place != "attribute":
        setattr(inner, place, 1)

    with pytest.raises(UsageError, match="a int: give text"):
        to_xml(tree)


def test_an_object_that_holds_itself_is_no_xml():
    """Not a full stack."""

    class Own:
        @property
        def xml(self):
            return self

    with pytest.raises(UsageError, match="Own is no XML"):
        to_xml(Own())


letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"))
texts = st.text(st.one_of(letters, st.sampled_from("<>&'\"\t\n\r")), max_size=8)
tags = st.sampled_from(["a", "{jabber:client}a", "{urn:x'y&z}b", "{urn:x}c"])
names = st.sampled_from(["a", "{urn:x}a", "{http://www.w3.org/XML/1998/namespace}lang"])


@st.composite
def trees(draw, depth=0):
    """An ElementTree element with anything in it."""
    element = ElementTree.Element(draw(tags), draw(st.dictionaries(names, texts, max_size=2)))
    element.text = draw(st.none() | texts)
    for _ in range(draw(st.integers(0, 2)) if depth < 3 else 0):
        child = draw(trees(depth=depth + 1))
        child.tail = draw(st.none() | texts)
        element.append(child)
    return element


@given(trees())
def test_a_tree_is_read_back_as_it_was(tree):
    """Names, attributes and texts survive, whatever characters they hold."""
    waiting = [(parse(to_xml(tree)), tree)]
    while waiting:
        element, node = waiting.pop()
        assert element.qualified == node.tag
        assert dict(element.attributes) == node.attrib
        assert element.text == "".join([node.text or "", *(child.tail or "" for child in node)])
        assert len(element.children) == len(node)
        waiting.extend(zip(element.children, node, strict=True))


def test_attributes_are_added_and_never_replaced():
    """Only what is missing is written, right behind the name; the rest stays, byte for byte."""
    xml = "\n<iq\n type = \"get\" xml:lang='x'>  <a id='1'/></iq> "

    assert set_attributes(xml, {"id": "1", "type": "set", "lang": "y"}) == (
        "\n<iq id='1' lang='y'\n type = \"get\" xml:lang='x'>  <a id='1'/></iq> "
    )
    assert set_attributes("<a b='>'/>", {"c": "'\n"}) == "<a c='&apos;&#10;' b='>'/>"
    assert set_attributes("<a b=''/>", {"b": "x"}) == "<a b=''/>"
    with pytest.raises(MalformedXML):
        set_attributes("no tag", {"id": "1"})


def test_pretty_adds_white_space_only_between_elements():
    """Mixed content, leaves and what cannot be parsed are left alone."""
    xml = "<m><b> x </b>\n<p>one <i/> two</p><q xml:space='preserve'><r/></q><s> </s><t/></m>"

    assert pretty(xml) == (
        "<m>\n  <b> x </b>\n  <p>one <i/> two</p>\n"
        "  <q xml:space='preserve'><r/></q>\n  <s> </s>\n  <t/>\n</m>"
    )
    assert pretty("<stream:stream>") == "<stream:stream>"
    assert pretty(b"\xff") == "\ufffd"


@pytest.mark.parametrize("data", [item for item in STANZAS if item.strip()])
def test_pretty_text_says_the_same(data):
    """Names, attributes and leaf texts are those of the original, and a second time none move."""
    once = pretty(data)

    def leaves(xml):
        return [
            (found.qualified, dict(found.attributes), found.text.strip())
            for found in parse(xml).iter()
        ]

    assert leaves(once) == leaves(data)
    assert pretty(once) == once
