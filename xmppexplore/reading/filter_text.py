"""Filter text into a tree: the grammar of :mod:`xmppexplore.reading.filter`."""

from __future__ import annotations

import difflib
import re
from typing import Final, NamedTuple, NoReturn

from xmppexplore.errors import UsageError
from xmppexplore.store.columns import COLUMNS

__all__ = ["Node", "nearest", "parse_filter"]

MAX_DEPTH: Final = 50
"""Parentheses and ``not`` within each other; more is no filter that a person wrote."""

ALIASES: Final = {"from": "sender", "to": "recipient", "ns": "namespace"}
_NUMERIC: Final = frozenset({"row", "elapsed", "connection", "size"})
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>'[^']*'|"[^"]*")
        |(?P<op>==|!=|<=|>=|<|>|\(|\)|,)
        |(?P<name>\{[^{}]*\}[^\s()'"]+)
        |(?P<word>[^\s()'",=!<>:]+)
        |(?P<colon>:)
        |(?P<bad>\S))""",
    re.VERBOSE,
)
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


class Node(NamedTuple):
    """One node of the tree.

    Attributes:
        what: ``and``, ``or``, ``not``; ``name``, ``word``; ``:``, ``in`` or a comparison.
        parts: the nodes below.
        column: the column that is tested.
        values: what it is tested against.
        numbers: the values as numbers, where the column holds numbers.
    """

    what: str
    parts: tuple[Node, ...] = ()
    column: str = ""
    values: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


class _Token(NamedTuple):
    what: str  # quoted, op, name, word, colon, end
    text: str
    start: int
    end: int


def nearest(column: str) -> str:
    """Return what to say after ``no column 'x'``: the nearest name, and all of them."""
    close = difflib.get_close_matches(column, [*COLUMNS, *ALIASES], 1)
    guess = f"; did you mean {close[0]!r}?" if close else ";"
    return f"{guess} The columns are {', '.join(COLUMNS)}"


def parse_filter(text: str) -> Node:
    """Parse filter text.

    Raises:
        UsageError: it is not in the grammar; the message points to the place.
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[_Token] = []
        self.at = 0
        self.depth = 0
        for found in _TOKEN.finditer(text):
            what = str(found.lastgroup)
            token = _Token(what, found[what], found.start(what), found.end(what))
            if what == "bad":
                self._refuse(token, "a quote that is not closed" if token.text in "'\"" else "")
            self.tokens.append(token)
        self.tokens.append(_Token("end", "", len(text), len(text)))

    def parse(self) -> Node:
        node = self._any()
        if self._peek().what != "end":
            self._refuse(self._peek())
        return node

    def _peek(self, ahead: int = 0) -> _Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def _next(self) -> _Token:
        token = self._peek()
        self.at += 1
        return token

    def _is(self, keyword: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token.what == "word" and token.text == keyword

    def _refuse(self, token: _Token, why: str = "") -> NoReturn:
        found = f"{token.text!r} does not fit" if token.text else "something is missing"
        raise UsageError(
            f"this filter cannot be read: {why or found}, at character {token.start + 1}\n"
            f"    {self.text}\n    {' ' * token.start}^\n"
            "Try for example: kind == 'iq' and type == 'get', or: from:juliet ping"
        )

    def _any(self) -> Node:
        parts = [self._all()]
        while self._is("or") and self._starts(1):
            self._next()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Node("or", tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while True:
            if self._is("and") and self._starts(1):
                self._next()
            elif not self._starts() or self._is("or"):
                break
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Node("and", tuple(parts))

    def _starts(self, ahead: int = 0) -> bool:
        """Tell whether a term starts here."""
        token = self._peek(ahead)
        return token.what in ("quoted", "name", "word") or token.text == "("

    def _one(self) -> Node:
        self.depth += 1
        token = self._next()
        if self.depth > MAX_DEPTH:
            self._refuse(token, f"more than {MAX_DEPTH} levels")
        try:
            if token.text == "(" and token.what == "op":
                node = self._any()
                if self._peek().text != ")":
                    self._refuse(self._peek(), "a parenthesis that is not closed")
                self._next()
                return node
            if token.what == "word" and token.text == "not" and self._starts():
                return Node("not", (self._one(),))
            if token.what == "word" and self._tested():
                if self._is_text(token):
                    return Node("word", values=(self._joined(token).text,))
                return self._test(token)
            if token.what == "name":
                return Node("name", values=(token.text,))
            if token.what in ("word", "quoted"):
                return Node("word", values=(self._plain(token),))
            self._refuse(token)
        finally:
            self.depth -= 1

    def _tested(self) -> bool:
        token = self._peek()
        if token.what == "colon" or (token.what == "op" and token.text in _COMPARISONS):
            return True
        after = 1 if self._is("not") else 0
        return self._is("in", after) and self._peek(after + 1).text == "("

    def _test(self, name: _Token) -> Node:
        column = ALIASES.get(name.text, name.text)
        if column not in COLUMNS:
            self._refuse(name, f"no column {name.text!r}{nearest(name.text)}")
        operator = self._next()
        if operator.what == "word":
            return self._several(column, operator)
        value = self._value()
        if operator.what == "colon":
            return Node(":", column=column, values=(self._plain(value),))
        if column == "xml" and operator.text not in ("==", "!="):
            self._refuse(operator)
        return Node(
            operator.text,
            column=column,
            values=(self._plain(value),),
            numbers=self._numbers(column, [value]),
        )

    def _several(self, column: str, operator: _Token) -> Node:
        negated = operator.text == "not"
        if negated:
            self._next()
        self._next()  # the parenthesis, which was looked at before
        values = [self._value()]
        while self._peek().text == ",":
            self._next()
            values.append(self._value())
        if self._peek().text != ")":
            self._refuse(self._peek(), "a list that is not closed")
        self._next()
        node = Node(
            "in",
            column=column,
            values=tuple(map(self._plain, values)),
            numbers=self._numbers(column, values),
        )
        return Node("not", (node,)) if negated else node

    def _value(self) -> _Token:
        """Take a value; one without quotes goes on to the next space: ``to:a@b:c``."""
        token = self._next()
        if token.what in ("name", "quoted"):
            return token
        if token.what != "word":
            self._refuse(token, "a value is missing")
        return self._joined(token)

    def _is_text(self, token: _Token) -> bool:
        """Tell ``jabber:iq:roster``, text, from ``form:juliet``, a column misspelt."""
        if self._peek().what != "colon" or token.text in COLUMNS or token.text in ALIASES:
            return False
        return not difflib.get_close_matches(token.text, [*COLUMNS, *ALIASES], 1, 0.7)

    def _joined(self, token: _Token) -> _Token:
        end = token.end
        while self._peek().start == end and self._peek().what in ("word", "colon"):
            end = self._next().end
        return token._replace(text=self.text[token.start : end], end=end)

    def _numbers(self, column: str, values: list[_Token]) -> tuple[float, ...]:
        if column not in _NUMERIC:
            return ()
        numbers = []
        for value in values:
            try:
                numbers.append(float(self._plain(value)))
            except ValueError:
                self._refuse(value, f"{column} is a number")
        return tuple(numbers)

    @staticmethod
    def _plain(token: _Token) -> str:
        return token.text[1:-1] if token.what == "quoted" else token.text
