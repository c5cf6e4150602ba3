"""Laws of the grammar: what binds how, and where bad text goes wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.errors import UsageError
from xmppexplore.reading.filter_text import MAX_DEPTH, Node, nearest, parse_filter


def word(text: str) -> Node:
    """Return the node of a word."""
    return Node("word", values=(text,))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a b", Node("and", (word("a"), word("b")))),
        ("a and b", Node("and", (word("a"), word("b")))),
        ("a b or c", Node("or", (Node("and", (word("a"), word("b"))), word("c")))),
        ("not a b", Node("and", (Node("not", (word("a"),)), word("b")))),
        ("(a or b) c", Node("and", (Node("or", (word("a"), word("b"))), word("c")))),
        ("and", word("and")),
        ("not", word("not")),
        ("'not a'", word("not a")),
        ("from:a@b.example/c:d", Node(":", column="sender", values=("a@b.example/c:d",))),
        ("size > 10", Node(">", column="size", values=("10",), numbers=(10.0,))),
        ("urn:xmpp:ping", word("urn:xmpp:ping")),
        ("{urn:xmpp:ping}ping", Node("name", values=("{urn:xmpp:ping}ping",))),
        ('id == "it\'s"', Node("==", column="id", values=("it's",))),
    ],
)
def test_what_binds_how(text: str, node: Node) -> None:
    """Negation binds tightest, then side by side, then or; a keyword alone is a word."""
    assert parse_filter(text) == node


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("kind == ", 9, "missing"),
        ("kind == 'iq", 9, "quote"),
        ("(a or b", 8, "parenthesis"),
        ("a ) b", 3, "does not fit"),
        ("knd == 'iq'", 1, "did you mean 'kind'"),
        ("form:juliet", 1, "did you mean 'from'"),
        ("size > big", 8, "number"),
        ("type in ('a', 'b'", 18, "list"),
        ("a, b", 2, "does not fit"),
        ("xml < 'a'", 5, "does not fit"),
    ],
)
def test_bad_text_is_pointed_at(text: str, at: int, why: str) -> None:
    """The message says what is wrong and shows the place."""
    with pytest.raises(UsageError) as caught:
        parse_filter(text)
    message = str(caught.value)

    assert f"at character {at}" in message
    assert why in message
    assert f"    {text}\n    {' ' * (at - 1)}^" in message


@pytest.mark.parametrize("text", ["(" * 500, "not " * 500 + "a", "(" * 500 + "a" + ")" * 500])
def test_depth_is_bounded(text: str) -> None:
    """Nesting is refused long before Python's own limit."""
    with pytest.raises(UsageError, match=rf"more than {MAX_DEPTH} levels"):
        parse_filter(text)


@given(st.text(alphabet="ab =!<>()'\"{}:,not and or in kind size", max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Never another error."""
    try:
        node = parse_filter(text)
    except UsageError:
        return
    assert node.what in {"and", "or", "not", "name", "word", ":", "in"} | set("<>") | {
        *("==", "!=", "<=", ">="),
    }


def test_the_nearest_name_is_offered() -> None:
    """A slip of the pen is answered by the name that was meant."""
    assert "did you mean 'sender'" in nearest("sendr")
    assert "did you mean" not in nearest("zzzz")
