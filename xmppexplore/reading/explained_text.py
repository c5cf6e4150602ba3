"""Bytes laid open: an element, several, a whole stream, or what can be read of one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts
from xmppexplore.errors import MalformedXML
from xmppexplore.names import STREAMS
from xmppexplore.reading.explained_records import Explained, Line
from xmppexplore.reading.explanation import MOST_LINES, Relatives, explain_element
from xmppexplore.wire.fragments import (
    CONVENTIONAL,
    Piece,
    element_of,
    pieces_of,
    without_comments,
)
from xmppexplore.wire.records import Context
from xmppexplore.wire.redact import redact

__all__ = ["Part", "TextRead", "explain_text", "footer", "white_space"]

_SPEC: Final = "RFC 6120"

Part = Callable[[], Explained]
"""Reads one part when it is needed."""


class TextRead(NamedTuple):
    """A text, taken apart and ready to be laid open.

    Attributes:
        parts: reads each first-level part.
        kinds: ``header``, ``element`` or ``footer`` of each.
        problems: what could not be read, with line and column.
        more: whether the rest was left out because there is too much.
    """

    parts: tuple[Part, ...]
    kinds: tuple[str, ...]
    problems: tuple[str, ...]
    more: bool = False


def footer(row: int = -1) -> Explained:
    """Return the line of the end tag of a stream (RFC 6120 §4.4)."""
    line = Line(
        "stream",
        0,
        "element",
        "stream",
        STREAMS,
        _SPEC,
        "4.4",
        status=facts.status(_SPEC),
        says="Ends the stream: the other side answers with the same, and the connection closes.",
        value="</stream:stream>",
        row=row,
        begins=True,
    )
    return Explained((line,))


def white_space(value: str, row: int = -1) -> Explained:
    """Return the line of white space between stanzas (RFC 6120 §4.6, §11.7)."""
    line = Line(
        "text()",
        0,
        "text",
        "",
        spec=_SPEC,
        section="4.6",
        status=facts.status(_SPEC),
        says="Is white space between stanzas: it means nothing and shows that the stream lives.",
        value=repr(value)[:80],
        row=row,
    )
    return Explained((line,))


def explain_text(
    xml: str | bytes,
    context: Context = CONVENTIONAL,
    *,
    covered: bytes | None = None,
    reveal: bool = False,
    relatives: Relatives | None = None,
    row: int = -1,
    most: int = MOST_LINES,
) -> TextRead:
    """Take a text apart; never raises, whatever it is.

    Args:
        xml: the text, with its secrets.
        context: what is declared around it.
        covered: the same bytes with their secrets covered; done here where not given.
        reveal: whether secrets are shown.
        relatives: looks for relatives of unknown names.
        row: row of the recording.
        most: lines of a part at most.
    """
    data = xml.encode("utf-8", "replace") if isinstance(xml, str) else bytes(xml)
    if covered is None:
        # Where no header is in sight a name may be in any namespace, that of a secret too.
        unseen = context._replace(default="") if context is CONVENTIONAL else context
        covered = data if reveal else redact(data, context=unseen)[0]
    found = pieces_of(covered, context)
    whole = None if data == covered else without_comments(data)[0]
    text = _Text(found.data, whole, reveal, relatives or Relatives(), row, most)
    return TextRead(
        tuple(partial(text.read, piece) for piece in found.pieces),
        tuple(piece.kind for piece in found.pieces),
        tuple(f"{one.sentence} (line {one.line}, column {one.column})" for one in found.problems),
        found.more,
    )


class _Text(NamedTuple):
    """A text whose pieces are read when they are needed.

    Attributes:
        data: as it may be shown.
        whole: with its secrets, ``None`` where it has none.
        reveal: whether secrets are shown.
        relatives: looks for relatives of unknown names.
        row: row of the recording.
        most: lines of a part at most.
    """

    data: bytes
    whole: bytes | None
    reveal: bool
    relatives: Relatives
    row: int
    most: int

    def read(self, piece: Piece) -> Explained:
        """Lay one piece open."""
        if piece.kind == "footer":
            return footer(self.row)
        try:
            element = element_of(self.data, piece)
        except MalformedXML as refusal:
            return Explained((), 1, (str(refusal),))
        original = None
        if self.whole is not None:
            try:
                original = element_of(self.whole, piece)
            except MalformedXML:  # what was covered was ill-formed
                original = element
        return explain_element(
            element,
            original=original,
            reveal=self.reveal,
            relatives=self.relatives,
            row=self.row,
            most=self.most,
        )
