"""One parse, safe and exact; errors that say where and what."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import STANZAS, TRAPS
from xmppexplore.errors import MalformedXML
from xmppexplore.names import STREAMS
from xmppexplore.wire.element import CLIENT, MAX_DEPTH, Element, default_declared, parse
from xmppexplore.wire.records import Context

MESSAGE = (
    "<message to='j@c' xml:lang='de'>one <body>Hi &amp; bye</body> two "
    "<x xmlns='jabber:x:oob'><url/></x><stream:y/></message>"
)


def test_an_element_says_what_was_on_the_wire():
    """Names are resolved, attributes and text read, and the text is exact."""
    element = parse(MESSAGE)

    assert element.qualified == "{jabber:client}message"
    assert dict(element.attributes) == {
        "to": "j@c",
        "{http://www.w3.org/XML/1998/namespace}lang": "de",
    }
    assert [child.qualified for child in element.children] == [
        "{jabber:client}body",
        "{jabber:x:oob}x",
        f"{{{STREAMS}}}y",
    ]
    assert (element.text, element.children[0].tail, element.children[1].tail) == (
        "one  two ",
        " two ",
        "",
    )
    assert str(element) == element.xml == MESSAGE
    assert [child.xml for child in element.children] == [
        "<body>Hi &amp; bye</body>",
        "<x xmlns='jabber:x:oob'><url/></x>",
        "<stream:y/>",
    ]
    assert [found.name for found in element.iter()] == ["message", "body", "x", "url", "y"]


def test_find_goes_by_local_or_qualified_name():
    """A Clark name means that name alone, a local name any namespace."""
    element = parse(MESSAGE)

    assert element.find("url") is None
    assert element.find("x") is element.find("{jabber:x:oob}x") is element.children[1]
    assert element.find("{jabber:client}x") is None
    assert element.find_all("body") == element.children[:1]
    assert element.find("x").find("url").get("none", "d") == "d"


def test_an_element_cannot_be_changed():
    """What was on the wire stays; every element equals itself alone."""
    element = parse(MESSAGE)

    with pytest.raises(AttributeError):
        element.name = "iq"
    with pytest.raises(TypeError):
        element.attributes["to"] = "x"
    assert element != parse(MESSAGE)
    assert len({element, element}) == 1


def test_the_context_is_that_of_the_stream():
    """An item cut from a stream is parsed with the declarations of its header."""
    component = Context("jabber:component:accept", (("db", "urn:d"),))

    assert parse("<message/>", component).namespace == "jabber:component:accept"
    assert parse("<db:a/>", component, row=7).qualified == "{urn:d}a"
    assert parse("<a><b/></a>", component, row=7).children[0].row == 7
    assert parse("<a/>", Context()).qualified == "a"


@pytest.mark.parametrize("data", [item for item in STANZAS if item.strip()])
def test_every_item_of_a_stream_parses_alone(data):
    """What the splitter cuts, the parser reads, and gives back exactly."""
    element = parse(b" \n" + data + b"\t", Context(*CLIENT[:2], "en"))

    assert element.xml == data.decode()
    for found in element.iter():
        again = parse(found.xml, found.context)
        assert (again.qualified, again.attributes) == (found.qualified, found.attributes)
        assert again.text == found.text


ERRORS = [
    ("", 1, 1, "an element is expected"),
    ("<a>\n <b>\n</a>", 3, 3, "</a> does not fit: <b> is open"),
    ("<a>\n <b/>", 1, 1, "<a> begins here and is never closed"),
    ("<a b='1'\n b='2'/>", 2, 2, "'b' stands twice"),
    ("<a>&nbsp;</a>", 1, 4, "&nbsp; is no entity"),
    ("<a x:y='1'/>", 1, 1, "the prefix 'x' is not declared; add xmlns:x="),
    ("<a>é<q:b/></a>", 1, 5, "the prefix 'q'"),
    ("<a b='<'/>", 1, 7, "write &lt;"),
    ("<a>fish & chips</a>", 1, 10, "write &amp;"),
    ("<a b=c/>", 1, 6, "in quotes"),
    ("<a b/>", 1, 5, "cannot stand here"),
    ("<a>]]></a>", 1, 6, "write ]]&gt;"),
    ("<a>&#0;</a>", 1, 4, "refers to no character"),
    ("<a>\x01</a>", 1, 4, "U+0001"),
    ("<!-- c --><a/>", 1, 1, "no comments"),
    ("<a><!-- c --></a>", 1, 4, "no comments"),
    ("<?xml version='1.0'?><a/>", 1, 1, "XML declaration"),
    ("<a><?x y?></a>", 1, 4, "processing instructions"),
    ("<!DOCTYPE a><a/>", 1, 3, "document type declaration"),
    ("<a/><b/>", 1, 5, "a second begins"),
    ("x<a/>", 1, 1, "outside"),
    ("<a/>x", 1, 5, "outside"),
    ("<![CDATA[]]><a/>", 1, 1, "outside"),
    ("<message to='a", 1, 15, "middle of a tag"),
    ("<a/> &#32;", 1, 6, "outside"),
    ("<a/><", 1, 6, "middle of a tag"),
    ("<a/><!-- ", 1, 10, "middle of a tag"),
    ("<a/><?x ", 1, 9, "middle of a tag"),
    ("</_>", 1, 1, "belongs to no start tag"),
    ("<a/></_>", 1, 5, "belongs to no start tag"),
    ("<a>\ud800</a>", 1, 4, "surrogate"),
    (b"<a>\n\xff</a>", 2, 1, "not UTF-8"),
    ("<x>" * 1001, 1, 3001, "deep"),
    ("<x>\n<y " + " ".join(f"xmlns:p{n}='u'" for n in range(100)) + "/></x>", 2, 1, "100 prefixes"),
]


@pytest.mark.parametrize(("xml", "line", "column", "words"), ERRORS)
def test_an_error_says_where_and_what(xml, line, column, words):
    """Line and column count from 1, in characters of what was given."""
    with pytest.raises(MalformedXML) as caught:
        parse(xml)

    assert words in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_entities_are_never_expanded():
    """A document type declaration is refused before it can declare anything."""
    bomb = "<!DOCTYPE a [<!ENTITY b 'x'>" + "<!ENTITY c '&b;&b;'>]><a>&c;</a>"

    with pytest.raises(MalformedXML):
        parse(bomb)


def test_depth_is_bounded_and_reached_without_recursion():
    """As deep as allowed is read; a hundred thousand is refused, not a crash."""
    assert len(list(parse("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH).iter())) == MAX_DEPTH
    with pytest.raises(MalformedXML):
        parse("<a>" * 100_000 + "</a>" * 100_000)


def test_repr_is_short_and_acts_on_nothing():
    """A repr is one line, cut, printable, and holds no secret."""
    hostile = parse(f"<message><body>\u202e\x85\n\t{'x' * 500}</body></message>")
    secret = parse("<iq><query xmlns='jabber:iq:register'><password>s3cr3t</password></query></iq>")

    assert repr(hostile).isprintable()
    assert len(repr(hostile)) < 160
    assert repr(parse("<iq/>")) == "Element(<iq/>)"
    for element in secret.iter():
        assert "s3cr3t" not in repr(element)


def test_many_elements_are_kept_in_little_memory():
    """An element without attributes and text takes some three hundred bytes at most."""
    data = b"<m>" + b"<a/>" * 20_000 + b"</m>"
    tracemalloc.start()
    try:
        element = parse(data)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert len(element.children) == 20_000
    assert taken < 300 * 20_000


@pytest.mark.parametrize(
    ("xml", "declared"),
    [
        ("<a xmlns='urn:b'/>", "urn:b"),
        ("<stream:stream xmlns = \"urn:&#98;\" to='c'><x/></stream:stream>", "urn:b"),
        ("<s:a xmlns:s='urn:s' xmlns='urn:b'><s:c xmlns='urn:d'/></s:a>", "urn:b"),
        ("<a xmlns=''/>", ""),
        ("<a xmlns:b='urn:b'><c xmlns='urn:d'/></a>", ""),
        ("<a b=\" xmlns='urn:b'\"/>", ""),
    ],
)
def test_a_default_namespace_is_its_own_where_it_declares_it(xml, declared):
    """Neither one from outside or inside, nor what looks like a declaration in a value."""
    assert default_declared(parse(xml)) == declared


pieces = st.sampled_from([*STANZAS, *TRAPS, b"<a>", b"</a>", b"<a b='", b"'", b"/>", b"</_>", b"x"])


@given(st.lists(st.one_of(pieces, st.binary(max_size=4)), max_size=8).map(b"".join))
def test_anything_is_read_or_refused(data):
    """Whatever comes, there is an element that is its bytes, or one kind of error."""
    refused, element = None, None
    try:
        element = parse(data)
    except MalformedXML as error:
        refused = error
    if element is None:
        assert (refused.line, refused.column) >= (1, 1)
    else:
        assert isinstance(element, Element)
        assert element.xml == data.decode().strip(" \t\r\n")
        for found in element.iter():
            assert all(child.xml in found.xml for child in found.children)
