"""What the tests of explanations share: our own examples, filled in and parsed."""

from __future__ import annotations

from xmppexplore.catalogue.lookup import examples
from xmppexplore.reading.explained_records import Line
from xmppexplore.reading.explanation import explain_element
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.fragments import CONVENTIONAL, element_of, pieces_of


def example_texts(document: str = "") -> list[str]:
    """Return the examples of the catalogue with their fields filled in."""
    texts = []
    for example in examples(document):
        text = example.xml
        for name, value in example.fields.items():
            text = text.replace("{" + name + "}", value)
        texts.append(text)
    return texts


def example_elements() -> list[Element]:
    """Return the elements of all examples."""
    return [
        element_of(found.data, piece)
        for text in example_texts()
        for found in [pieces_of(text)]
        for piece in found.pieces
        if piece.kind != "footer"
    ]


def lines_of(xml: str, **options) -> tuple[Line, ...]:
    """Return the lines of one element."""
    return explain_element(parse(xml, CONVENTIONAL), **options).lines


def line_at(lines, path: str) -> Line:
    """Return the one line of a path."""
    (found,) = [line for line in lines if line.path == path]
    return found
