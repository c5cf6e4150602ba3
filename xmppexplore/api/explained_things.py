"""What a person may hand to ``explain``, and the way of each to its explanation."""

from __future__ import annotations

import os
import re
from functools import partial
from itertools import product
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.address import JID
from xmppexplore.api.arguments import check_types
from xmppexplore.api.explanation import Explanation
from xmppexplore.catalogue import facts
from xmppexplore.errors import MalformedXML, UsageError, XmppExploreError
from xmppexplore.names import CLIENT, CONTENT_NAMESPACES, STANZA_NAMES
from xmppexplore.reading.explained_exceptions import explain_exception
from xmppexplore.reading.explained_names import Named, explain_name, unknown
from xmppexplore.reading.explained_records import Explained, Line, cut
from xmppexplore.reading.explained_sasl import payload_lines
from xmppexplore.reading.explained_text import explain_text, white_space
from xmppexplore.reading.explanation import Relatives, explain_element
from xmppexplore.reading.sasl import payload
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.fragments import CONVENTIONAL
from xmppexplore.wire.pasted import Pasted, untangled
from xmppexplore.wire.records import DIRECTIONS, Context
from xmppexplore.wire.redact import GUESSED, redact, secret_spans
from xmppexplore.wire.rules import BOM
from xmppexplore.wire.serialise import to_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xmppexplore.api.recording import Recorded, Recording
    from xmppexplore.reading.explained_text import Part, TextRead

__all__ = ["explain_row", "explanation_of"]

_ACCEPTED: Final = (
    "give an element, XML as text or bytes, a row of .wire, a session, stream or recording, an "
    "error of this library, a namespace, feature, node or form type, a name such as "
    '"{urn:xmpp:ping}ping" or "item-not-found", a document such as "XEP-0199", a message of '
    "SASL or an address"
)
_ADDRESS: Final = re.compile(
    r"xmpp:.+|\[[0-9A-Fa-f:.]+\](?:/.*)?|[^@]*@.+|[^\s/@:][^\s/@:.]*+\.[^\s/@:]++(?:/.*)?",
    re.DOTALL,
)
"""What looks like an address: it has an ``@``, or is a domain with a dot in it."""
_ESCAPED: Final = re.compile(r"&lt;/?[A-Za-z_]")
"""What shows that tags were escaped, as in a page or a mail."""
_UNSEEN: Final = CONVENTIONAL._replace(default="")
"""Around what was pasted nothing is known to be declared: each name may be that of a secret."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_TEXT: Final = 100_000  # characters of what is no XML


def explanation_of(
    x: Any, *, password: str | None = None, reveal: bool = False, last: int = 1_000
) -> Explanation:
    """Return the explanation of anything; arguments are those of ``explain``.

    Raises:
        UsageError: it is nothing that can be explained.
    """
    check_types(
        "explain",
        password=(password, (str, type(None))),
        reveal=(reveal, (bool,)),
        last=(last, (Integral,)),
    )
    if isinstance(x, Element):
        return _of_element(x, reveal)
    if isinstance(x, type):
        raise UsageError(f"the class {x.__name__} cannot be explained: {_ACCEPTED}")
    # A picture holds its recording too, and has no wire; others' classes may have one.
    if hasattr(type(x), "wire") and hasattr(x, "_recording"):
        return _of_recorded(x, password, reveal, last)
    if isinstance(x, XmppExploreError):
        return _of_exception(x, reveal)
    if isinstance(x, JID):
        return _of_address(x)
    if callable(getattr(type(x), "getroot", None)):  # a tree of ElementTree or lxml
        x = x.getroot()
    if isinstance(x, str):
        return _of_text(x, reveal)
    if isinstance(x, bytes | bytearray | memoryview):
        return _of_bytes(bytes(x), reveal)
    if hasattr(x, "keys") and hasattr(x, "get") and "xml" in x:
        return _of_wire_row(x, reveal)
    try:
        text = to_xml(x)
    except MalformedXML as refusal:
        return Explanation("not well-formed", problems=(str(refusal),))
    except UsageError:
        kind = type(x).__name__
        file = isinstance(x, os.PathLike) or hasattr(x, "read")
        hint = "; of a file what is in it: Path(...).read_bytes()" if file else ""
        raise UsageError(f"what is of type {kind} cannot be explained: {_ACCEPTED}{hint}") from None
    return _of_xml(text, reveal)


def explain_row(recording: Recording, row: int, *, reveal: bool = False) -> Explanation:
    """Return the explanation of one row, in the context of its stream.

    Raises:
        UsageError: there is no such row.
    """
    recording._check_row(row)
    columns = recording._columns
    connection, direction, _, _ = columns.span(row)
    made = columns.log.connections[connection]
    way = "written" if DIRECTIONS[direction] == "out" else "read"
    title = f"row {row}: {way} by the {made.role} of connection {connection}"
    return Explanation(title, [partial(_row, recording, row, reveal, Relatives())])


def _row(recording: Recording, row: int, reveal: bool, relatives: Relatives) -> Explained:
    """Lay one row of a recording open."""
    columns = recording._columns
    with columns.lock:
        if row < columns.first:  # since somebody asked, a recording that is bounded went on
            return Explained((), 1, (f"row {row} is in the journal alone by now: load it",))
        kind = columns.value(row, "kind")
        data, covered = columns.item(row), columns.shown(row, reveal)
        context = columns.context(row)
        reveal = reveal or columns.log.reveals(columns.span(row)[0])
    if kind == "whitespace":
        return white_space(data.decode("utf-8", "replace"), row)
    within = CONVENTIONAL if kind in ("header", "footer") or not context.default else context
    found = explain_text(data, within, covered=covered, reveal=reveal, relatives=relatives, row=row)
    return _joined(found)


def _joined(found: TextRead) -> Explained:
    read = [part() for part in found.parts]
    return Explained(
        tuple(line for one in read for line in one.lines),
        sum(one.more for one in read),
        (*found.problems, *(problem for one in read for problem in one.problems)),
    )


def _of_recorded(x: Recorded, password: str | None, reveal: bool, last: int) -> Explanation:
    recording = x._recording
    columns, connections = recording._columns, set(x._connections())
    rows: list[int] = []
    row = columns.settle()
    while row > columns.first and len(rows) < max(last, 0):
        row -= 1
        if columns.span(row)[0] in connections:
            rows.append(row)
    rows.reverse()
    relatives = Relatives()
    parts: list[Part] = [partial(_row, recording, row, reveal, relatives) for row in rows]
    number = f"{len(rows):,} item{'' if len(rows) == 1 else 's'}"
    earlier = row - columns.first
    rest = f"{earlier:,} earlier rows: explain(..., last={last + earlier})" if earlier else ""
    if password is not None:
        parts.append(partial(_login, x, password, reveal))
    return Explanation(f"{number} of {type(x).__name__.lower()}", parts, rest=rest)


def _login(x: Any, password: str, reveal: bool) -> Explained:
    """Return what the logins come to, with their proofs computed again."""
    found = x.sasl(password=password, reveal=reveal)
    line = Line("login", 0, "login", "login", value=str(found.verdict), says=str(found.reason))
    return Explained((line,))


def _of_element(element: Element, reveal: bool) -> Explanation:
    source = element.source
    covered = source.redacted()
    if reveal or covered == source.data:
        return _single(partial(explain_element, element, reveal=reveal, row=_number(element.row)))
    start, _, _, end = element.spans
    try:
        shown = parse(covered[start:end], element.context)
        whole = parse(source.data[start:end], element.context)
    except MalformedXML as refusal:  # a secret was markup: nothing of it can be shown
        return Explanation("", problems=(str(refusal),))
    return _single(partial(explain_element, shown, original=whole, row=_number(element.row)))


def _number(row: int | None) -> int:
    return -1 if row is None else row


def _single(part: Part) -> Explanation:
    return Explanation("", [part])


def _of_wire_row(x: Any, reveal: bool) -> Explanation:
    """Explain a row of ``.wire``, in the context that its namespace tells."""
    xml = x["xml"]
    if not isinstance(xml, str | bytes):
        raise UsageError(f"this is no single row, as frame.iloc[0] is: {_ACCEPTED}")
    get = x.get
    namespace = get("namespace")
    names = (get("name"), namespace)
    of_stream = names in product(STANZA_NAMES, CONTENT_NAMESPACES)
    context = Context(namespace if of_stream else CLIENT, CONVENTIONAL.prefixes)
    row = get("row", -1)
    number = int(row) if isinstance(row, Integral) else -1
    number = number if -1 < number < 1 << 63 else -1
    if get("kind") == "whitespace":
        return _single(partial(white_space, str(xml), number))
    return _of_xml(xml, reveal, context, number)


def _of_xml(
    xml: str | bytes, reveal: bool, context: Context = CONVENTIONAL, row: int = -1
) -> Explanation:
    found = explain_text(xml, context, reveal=reveal, row=row)
    if found.problems and not found.more and row < 0:
        found = _of_pasted(xml, found, reveal)
    count = len(found.parts)
    title = f"row {row}" if row >= 0 else f"{count:,} items" if count != 1 else ""
    if not count:
        title = "nothing that can be read"
    return Explanation(title, found.parts, problems=found.problems)


def _of_pasted(xml: str | bytes, plain: TextRead, reveal: bool) -> TextRead:
    """Read a text once more as people paste it; what was read before where that gains nothing."""
    data = xml.encode("utf-8", "replace") if isinstance(xml, str) else xml
    problems: list[str] = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        problems.append(f"byte {error.start + 1:,} is not UTF-8 (RFC 6120 §11.6)")
    pasted, readable, shown = _covered(text, reveal)
    again = explain_text(readable, covered=shown, reveal=reveal)
    if len(again.parts) < len(plain.parts):
        return plain
    problems += [
        f"{one.sentence} (line {one.line}, column {one.column})" for one in pasted.problems
    ]
    return again._replace(problems=(*problems, *again.problems))


def _covered(text: str, reveal: bool) -> tuple[Pasted, bytes, bytes]:
    """Return a text made readable, its bytes, and the same with its secrets covered.

    What is secret in the text as it was given stays covered, whatever becomes of it: a name
    that was put right may look less like that of a secret.
    """
    data = text.encode("utf-8", "replace")
    hidden = data if reveal else _hidden(data)
    pasted = untangled(hidden.decode("utf-8", "replace"))
    covered = pasted.text.encode("utf-8", "replace")
    shown = covered if reveal else redact(covered, context=_UNSEEN)[0]
    if hidden == data:
        return pasted, covered, shown
    readable = untangled(text).text.encode("utf-8", "replace")
    # Where it came out otherwise, a secret looked like markup: then nobody reads it.
    return pasted, readable if len(readable) == len(shown) else covered, shown


def _hidden(data: bytes) -> bytes:
    """Cover the secrets whose names are in sight, and not all that cannot be told."""
    parts, last = [], 0
    for start, end, what in secret_spans(data, context=_UNSEEN):
        if what not in GUESSED and end > last:
            start = max(start, last)
            parts += [data[last:start], b"*" * (end - start)]
            last = end
    return b"".join([*parts, data[last:]])


def _of_bytes(data: bytes, reveal: bool) -> Explanation:
    data = data.removeprefix(BOM)
    if not data.strip():
        return _of_text("", reveal)
    if data.startswith(_UTF16):  # as a shell of Windows writes what is sent to a file
        return _of_text(data.decode("utf-16", "replace"), reveal)
    if b"<" in data:
        return _of_xml(data, reveal)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text and "\x01" not in text:
        return _of_text(text, reveal)
    return _of_message(data, reveal) or _named(unknown(repr(data[:200])))


def _of_text(text: str, reveal: bool) -> Explanation:
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return Explanation("nothing: the text is empty")
    if "<" in text or _ESCAPED.search(text, 0, _LONGEST_TEXT):
        return _of_xml(text, reveal)
    found = explain_name(text)
    if found is not None:
        return _named(found)
    message = _of_message(text, reveal)
    if message is not None:
        return message
    if _ADDRESS.fullmatch(text.strip(), 0, _LONGEST_TEXT):
        return _of_address(JID(text.strip()))
    return _named(unknown(text[:_LONGEST_TEXT]))


def _of_address(jid: JID) -> Explanation:
    """Explain an address: what becomes of each part, and by which rule."""
    rows = jid.frame.itertuples(index=False)
    first = Line(
        "address",
        0,
        "address",
        "address",
        spec="RFC 7622",
        section="3.1",
        status=facts.status("RFC 7622"),
        says="Is an address." if jid.valid else "Is no address.",
        value=cut(str(jid)),
        notes=(*jid.problems, *jid._notes()),
    )
    return _named(Named(cut(first.value, 200), (first, *(_address_line(one) for one in rows))))


def _address_line(step: Any) -> Line:
    spec, _, section = step.section.partition(" §")
    return Line(
        f"address/{step.part}",
        1,
        "field",
        step.part,
        spec=spec,
        section=section,
        status=facts.status(spec),
        says=step.sentence,
        value=cut(step.given),
        decoded=f"{step.rule}: {step.result}" if step.result else step.rule,
    )


def _of_message(message: str | bytes, reveal: bool) -> Explanation | None:
    """Explain a message of SASL, in base64 or as it is; ``None`` where it is none."""
    found = payload(message.strip() if isinstance(message, str) else message)
    if not found.mechanism or not found.fields:
        return None
    line = Line(
        found.kind,
        0,
        "message",
        found.kind,
        spec=found.section.partition(" §")[0],
        section=found.section.partition(" §")[2],
        says=found.says,
        decoded=f"given as {found.encoding}",
        notes=found.problems if reveal else (),
    )
    return _named(Named(found.kind, (line, *payload_lines(found, line, reveal=reveal))))


def _of_exception(error: XmppExploreError, reveal: bool) -> Explanation:
    found = explain_exception(error)
    parts: list[Part] = [partial(Explained, found.lines)]
    stanza = getattr(error, "stanza", None)
    if isinstance(stanza, Element):
        parts.append(lambda: Explained(_of_element(stanza, reveal).lines))
    return Explanation(found.title, parts)


def _named(found: Named) -> Explanation:
    lines: Sequence[Line] = found.lines
    return Explanation(found.title, [partial(Explained, tuple(lines))])
