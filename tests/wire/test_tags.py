"""Laws of the reader of tags: its offsets are those of the bytes, whatever is quoted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.wire.records import Context
from xmppexplore.wire.tags import MAX_PREFIXES, Tags, quoted


def read(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the start tag and the end tag of each element, in the order of its end."""
    tags, begun, found = Tags(data, Context()), [], []

    def start(_name: str, _attributes: dict[str, str]) -> None:
        begun.append((tags.offset, tags.content(tags.offset)))

    def end(_name: str) -> None:
        begin, content = begun.pop()
        close, behind = tags.closing(content)
        assert tags.is_empty(content) == (close == behind)
        found.append((data[begin:content], data[close:behind]))

    tags.parser.StartElementHandler, tags.parser.EndElementHandler = start, end
    tags.parser.Parse(data)
    return found


values = st.text(st.sampled_from("a>'\"/<&\n é"), max_size=8)


@given(values, values, st.booleans())
def test_a_tag_is_found_whatever_its_values_hold(inner, outer, empty) -> None:
    """A > in quotes ends no tag, and what stands before a tag moves none."""
    child = f"<b c={quoted(inner)}" + ("/>" if empty else "></b >")
    data = f"<a é={quoted(outer)}>é{child}</a>".encode()

    assert read(data) == [
        (f"<b c={quoted(inner)}{'/' if empty else ''}>".encode(), b"" if empty else b"</b >"),
        (f"<a é={quoted(outer)}>".encode(), b"</a>"),
    ]


def test_declarations_hold_inside_and_are_bounded() -> None:
    """A scope is that around it and what the tag declares; too many prefixes make none."""
    context = Context("urn:a", (("x", "urn:x"),), "en")
    scopes = []
    tags = Tags(b"<x:a xmlns='urn:b' xmlns:y='urn:y'><y:b/></x:a>", context)
    tags.parser.StartElementHandler = lambda *_: scopes.append(tags.scope(context))
    tags.parser.Parse(tags.data)
    many = Context("", tuple((f"p{at}", "urn:p") for at in range(MAX_PREFIXES)))
    tags.declared["x"] = "urn:x"

    assert scopes == [Context("urn:b", (("x", "urn:x"), ("y", "urn:y")), "en"), context]
    assert tags.scope(many) is None
    assert tags.scope(many) is many


allowed = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


@given(st.text(allowed | st.sampled_from("\t\n\r'<&"), max_size=20))
def test_what_is_quoted_is_read_back(value) -> None:
    """Whatever XML allows in a value comes back as it was, line breaks and tabs included."""
    seen = []
    tags = Tags(f"<a b={quoted(value)}/>".encode(), Context())
    tags.parser.StartElementHandler = lambda _name, attributes: seen.append(attributes)
    tags.parser.Parse(tags.data)

    assert seen == [{"b": value}]
