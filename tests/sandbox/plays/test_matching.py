"""What fits what a play expects, and what is said of that which does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.sandbox.plays.blocks import read_parts
from xmppexplore.sandbox.plays.filling import Known
from xmppexplore.sandbox.plays.matching import match_element, match_part, match_parts
from xmppexplore.wire.element import parse

KNOWN = Known("capulet.example", {})

FITS = [
    ("<a b='1' c='2'/>", "<a c='2' b='1'/>"),
    ("<a xmlns='u'/>", "<x:a xmlns:x='u'/>"),
    ("<a b='*'/>", "<a b=''/>"),
    ("<a b='x*z'/>", "<a b='xyz'/>"),
    ("<a b='?*'/>", "<a/>"),
    ("<a b='?x'/>", "<a/>"),
    ("<a b='?x'/>", "<a b='x'/>"),
    ("<a/>", "<a id='1' xml:lang='en'/>"),
    ("<a>*</a>", "<a>anything</a>"),
    ("<a> text </a>", "<a>text</a>"),
    ("<a>\n <b/>\n</a>", "<a><b/></a>"),
    ("<a>...</a>", "<a>text<b/><c/></a>"),
    ("<a>…</a>", "<a/>"),
    ("<a><c/>...<b/></a>", "<a><b/>text<d/><c/></a>"),
    ("<a><b>$x</b><c d='$x'/></a>", "<a><b>7</b><c d='7'/></a>"),
]
DIFFERS = [
    ("<a/>", "<b/>", "<b> came, expected <a>"),
    ("<a xmlns='u'/>", "<a xmlns='v'/>", "namespace 'v' came, expected 'u'"),
    ("<a b='1'/>", "<a b='2'/>", "a: attribute 'b' is '2', expected '1'"),
    ("<a b='1'/>", "<a/>", "a: attribute 'b' is missing, expected '1'"),
    ("<a b='*'/>", "<a/>", "a: attribute 'b' is missing, expected any value"),
    ("<a/>", "<a b='1'/>", "a: attribute 'b' ('1') is not expected"),
    ("<a b='?x'/>", "<a b='y'/>", "a: attribute 'b' is 'y', expected 'x'"),
    ("<a b='x*x'/>", "<a b='x'/>", "a: attribute 'b' is 'x', expected 'x*x'"),
    ("<a/>", "<a>text</a>", "a: the text 'text' is not expected"),
    ("<a>text</a>", "<a/>", "a: the text is '', expected 'text'"),
    ("<a><b/></a>", "<a/>", "a: <b> is missing"),
    ("<a/>", "<a><b/></a>", "a: <b> is not expected"),
    ("<a><b/><c/></a>", "<a><c/><b/></a>", "a: <c> came, expected <b>"),
    ("<a><b c='1'/>...</a>", "<a><d/><b c='2'/></a>", "a/b: attribute 'c' is '2', expected '1'"),
    ("<a><b/><b/>...</a>", "<a><b/><d/></a>", "a: <b> is missing"),
    ("<a><b>$x</b><c d='$x'/></a>", "<a><b>7</b><c d='8'/></a>", "'d' is '8', expected '7'"),
]


@pytest.mark.parametrize(("wanted", "found"), FITS)
def test_it_fits(wanted, found) -> None:
    """XML is compared as XML."""
    assert match_element(parse(wanted), parse(found), KNOWN, {}).differences == ()


@pytest.mark.parametrize(("wanted", "found", "sentence"), DIFFERS)
def test_the_first_difference_says_where_and_what(wanted, found, sentence) -> None:
    """A path, what came, what was expected."""
    differences = match_element(parse(wanted), parse(found), KNOWN, {}).differences
    assert sentence in differences[0]


def test_values_are_kept_only_where_all_fits() -> None:
    """What a comparison that failed has kept is thrown away with it."""
    wanted = read_parts("<a b='$x'><c/></a><a b='$x'/>", 1)
    place, match = match_parts(wanted, "element", parse("<a b='7'/>"), KNOWN)

    assert (place, match.kept) == (1, {"x": "7"})
    assert KNOWN.words == {}


def test_of_several_the_nearest_is_told() -> None:
    """One of the same name is nearer than one with fewer differences."""
    wanted = read_parts("<z/><a b='1' c='2'/><a b='1' c='3' d='4'/>", 1)
    place, match = match_parts(wanted, "element", parse("<a b='1'/>"), KNOWN)

    assert place == -1
    assert match.differences == ("a: attribute 'c' is missing, expected '2'",)


def test_headers_and_footers_are_no_elements() -> None:
    """The kinds are told apart before anything else."""
    header, element, footer = read_parts("<stream:stream id='*'><a/></stream:stream>", 1)

    assert match_part(footer, "footer", None, KNOWN, {}).fits
    assert match_part(footer, "element", parse("<a/>"), KNOWN, {}).differences == (
        "an element came, expected the end of the stream",
    )
    assert not match_part(element, "header", parse("<stream:stream/>"), KNOWN, {}).fits
    assert match_part(header, "header", parse("<stream:stream id='x'/>"), KNOWN, {}).fits


NAMES = st.sampled_from("abc")
TREES = st.recursive(
    st.builds(lambda name, value: f"<{name} v='{value}'/>", NAMES, NAMES),
    lambda inner: st.builds(
        lambda name, children: f"<{name}>{''.join(children)}</{name}>",
        NAMES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(TREES, TREES)
def test_an_element_fits_itself_and_nothing_else(one: str, other: str) -> None:
    """Without patterns, fitting is being equal."""
    assert match_element(parse(one), parse(one), KNOWN, {}).fits
    same = one.replace("></", "/></") == other.replace("></", "/></") or one == other
    if match_element(parse(one), parse(other), KNOWN, {}).fits:
        assert same or _canonical(one) == _canonical(other)


def _canonical(text: str) -> object:
    def read(element):
        return (
            element.qualified,
            dict(element.attributes),
            [read(child) for child in element.children],
        )

    return read(parse(text))


def test_the_differences_that_are_told_are_bounded() -> None:
    """Their number and their length, whatever came."""
    found = parse(f"<a b='{'x' * 10_000}'>{'<b/>' * 1000}</a>")
    differences = match_element(parse("<a/>"), found, KNOWN, {}).differences

    assert len(differences) == 20
    assert max(map(len, differences)) < 300


def test_ten_thousand_children_cost_their_number() -> None:
    """What came is hostile; the play is not."""
    found = parse(f"<a>{'<b/>' * 10_000}</a>")
    wanted = parse("<a>...<c/><b/><b/><d/></a>")

    assert match_element(wanted, found, KNOWN, {}).differences == (
        "a: <c> is missing",
        "a: <d> is missing",
    )
