"""What the composer thinks of a text, and what became of what was sent, in words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppexplore.api.arguments import shown
from xmppexplore.api.checking import Objection, check
from xmppexplore.api.explanation import explain
from xmppexplore.api.outgoing import is_stray
from xmppexplore.catalogue import facts
from xmppexplore.catalogue.completing import completions
from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.catalogue.lookup import templates
from xmppexplore.errors import MalformedXML
from xmppexplore.names import STANZA_NAMES
from xmppexplore.reading.explained_errors import error_of
from xmppexplore.wire.element import Element, parse
from xmppexplore.wire.redact import redact
from xmppexplore.wire.serialise import pretty

if TYPE_CHECKING:
    from xmppexplore.reading.explained_records import Line
    from xmppexplore.wire.records import Context

__all__ = [
    "LONGEST",
    "Sent",
    "Verdict",
    "completed",
    "covered",
    "error_words",
    "explained",
    "judge",
    "template_groups",
    "warm",
]

LONGEST: Final = 100_000
"""Characters of a text that is composed: it is checked again at every pause in typing."""

MOST_TOLD: Final = 50
"""Objections, and paths that were not checked, that are listed."""

MOST_LINES: Final = 300
"""Lines of an explanation beside an answer."""

MOST_OFFERED: Final = 60
"""Completions that are offered; who wants another types on."""

ELSEWHERE: Final = "montague.example"
"""Where the people live whom templates address."""
ONE_LINE: Final = 72
"""Characters up to which a template stands on one line."""

CORE: Final = frozenset({"RFC 6120", "RFC 6121"})
GIVEN_UP: Final = frozenset({"Deprecated", "Obsolete", "Rejected", "Retracted"})
"""Statuses of a document that nothing new should use (XEP-0001)."""

CLOSES: Final = (
    "A server closes the stream for it ({section}), or waits and takes what is sent next as its "
    "continuation. Either way this session will be of no more use."
)


class Verdict(NamedTuple):
    """What is thought of a text before it is sent.

    Attributes:
        state: ``empty``, ``good``, ``departs`` (from its definitions: sent only where a person
            insists) or ``broken`` (the stream would end by it).
        kind: what it is, ``"iq get ping"``; ``""`` where it cannot be read.
        objections: what is wrong, with line and column.
        unchecked: paths of what is not defined here.
        notes: what will be completed, a sentence each.
        warning: what would follow if it were sent all the same; ``""`` where nothing would.
        element: the text parsed, ``None`` where it cannot be.
    """

    state: str
    kind: str = ""
    objections: tuple[Objection, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warning: str = ""
    element: Element | None = None

    def model(self) -> dict[str, Any]:
        """Return it as a view is told it."""
        return {
            "state": self.state,
            "kind": self.kind,
            "objections": [one._asdict() for one in self.objections[:MOST_TOLD]],
            "more": max(0, len(self.objections) - MOST_TOLD),
            "unchecked": list(self.unchecked[:MOST_TOLD]),
            "uncheckedMore": max(0, len(self.unchecked) - MOST_TOLD),
            "notes": list(self.notes),
            "warning": self.warning,
        }


def judge(text: str, context: Context) -> Verdict:
    """Say what is thought of a text; never raises.

    Args:
        text: what a person wrote.
        context: what the stream's header declares.

    >>> from xmppexplore.wire.element import CLIENT
    >>> judge("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>", CLIENT).notes
    ('An id will be added.',)
    >>> judge("<iq type='got' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", CLIENT).state
    'departs'
    """
    if not text.strip():
        return Verdict("empty")
    if len(text) > LONGEST:
        much = f"this has {len(text):,} characters; the composer takes {LONGEST:,}"
        return _broken(Objection("too long", "error", 1, 1, "", "", much, "use session.send"), "")
    try:
        element = parse(text, context)
    except MalformedXML:
        return _broken(check(text, context=context).objections[0], "RFC 6120 §4.9.3.13")
    kind = _kind(element)
    if is_stray(element, context):
        sentence = f"<{shown(element.name)}> is neither message, presence nor iq"
        section = "RFC 6120 §4.9.3.24"
        return _broken(
            Objection("no stanza", "error", 1, 1, element.name, section, sentence,
                      "put it into an iq, a message or a presence"),
            section, kind, element,
        )  # fmt: skip
    found = check(element)
    lacks_id = element.name == "iq" and element.namespace == context.default
    lacks_id = lacks_id and not element.get("id")
    objections = tuple(one for one in found.objections if not (lacks_id and one.path == "iq/@id"))
    errors = sum(one.severity == "error" for one in objections)
    return Verdict(
        "departs" if errors else "good",
        kind,
        objections,
        found.unchecked,
        (*(("An id will be added.",) if lacks_id else ()), *map(_sentence, found.hints)),
        _departs(errors) if errors else "",
        element,
    )


def _sentence(hint: str) -> str:
    return f"{hint[:1].upper()}{hint[1:]}."


def _departs(errors: int) -> str:
    where = "in one place" if errors == 1 else f"in {errors} places"
    return (
        f"This departs from what defines it {where}. Whoever gets it may refuse it, ignore it or "
        "read it otherwise than it was meant."
    )


def _broken(
    objection: Objection, section: str, kind: str = "", element: Element | None = None
) -> Verdict:
    warning = f"{_upper(objection.sentence)}. {CLOSES.format(section=section)}" if section else ""
    return Verdict("broken", kind, (objection,), warning=warning, element=element)


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _kind(element: Element) -> str:
    parts = [element.name]
    if element.name in STANZA_NAMES:
        parts.append(element.get("type") or "")
        parts += [child.name for child in element.children[:1]]
    return " ".join(shown(part) for part in parts if part)


@dataclass(slots=True)
class Sent:
    """One text that was sent, and what became of it.

    Attributes:
        number: counted from 1 in its composer.
        at: when it was handed over, in nanoseconds since 1970 UTC.
        kind: what it is, ``"iq get ping"``.
        text: what was sent, secrets included; shown only to the person who wrote it.
        state: ``sending``, ``waiting``, ``written``, ``result``, ``error``, ``timeout``,
            ``lost`` (the session ended first) or ``failed`` (it was not sent).
        words: the same as a sentence.
        condition: condition of an error, ``""`` otherwise.
        request: its row, -1 before it is written.
        response: row of the answer, -1 where there is none.
        took: nanoseconds from the one to the other, -1 where there is no answer.
        upper_bound: whether the kernel was busy in between, so that it is at most that.
        meaning: what an error means and what helps, a sentence each.
        note: what was completed, ``"id ab12-1 added"``.
    """

    number: int
    at: int
    kind: str
    text: str = field(repr=False)
    state: str = "sending"
    words: str = "being written"
    condition: str = ""
    request: int = -1
    response: int = -1
    took: int = -1
    upper_bound: bool = False
    meaning: tuple[str, ...] = ()
    note: str = ""

    def model(self) -> dict[str, Any]:
        """Return it as every view is told it: without the text itself."""
        return {
            "number": self.number,
            "at": self.at // 1_000_000,
            "kind": self.kind,
            "state": self.state,
            "words": self.words,
            "condition": self.condition,
            "took": _duration(self.took, self.upper_bound),
            "meaning": list(self.meaning),
            "note": self.note,
            "answered": self.response >= 0,
        }


def _duration(nanoseconds: int, upper_bound: bool) -> str:
    """Return a latency in milliseconds as it is shown."""
    if nanoseconds < 0:
        return ""
    value = nanoseconds / 1e6
    text = f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms"
    return f"at most {text}" if upper_bound else text


def error_words(answer: Element) -> tuple[str, tuple[str, ...]]:
    """Return the condition of an answer that is an error, and what it means and what helps."""
    place = Place.outermost(answer)
    found = error_of(place)
    for child in answer.children:
        found = found or error_of(place.child(child))
    if found is None:
        return "undefined-condition", ()
    said = f"It says: {found.text!r}." if found.text else ""
    meaning = (found.meaning, said, found.retry, found.advice)
    return found.condition or "undefined-condition", tuple(one for one in meaning if one)


def covered(text: str, context: Context) -> str:
    """Return a text with its secrets covered, as it may stand in a frame."""
    data = text.encode("utf-8", "replace")
    return redact(data, context=context)[0].decode("utf-8", "replace")


def explained(element: Element) -> dict[str, Any]:
    """Return what each part of an element means, line by line, as a view shows it."""
    explanation = explain(element)
    lines = explanation.lines
    rows = [
        {
            "depth": line.depth,
            "what": line.what,
            "name": _name(line),
            "says": line.says or _unknown(line),
            "decoded": line.decoded,
            "section": _section(line),
        }
        for line in lines[:MOST_LINES]
    ]
    return {"rows": rows, "more": max(0, len(lines) - MOST_LINES)}


def _name(line: Line) -> str:
    if line.what == "element":
        return f"<{line.name}>"
    return f"{line.name}={line.value!r}" if line.what == "attribute" else line.value or line.name


def _unknown(line: Line) -> str:
    if line.what != "element" or line.says:
        return ""
    return f"{line.namespace} is not described here." if line.namespace else "Not described here."


def _section(line: Line) -> str:
    if not line.spec or not line.section:
        return line.spec
    return f"{line.spec} §{line.section}{'' if line.sure else ' ?'}"


def completed(text: str, context: Context) -> dict[str, Any]:
    """Return what may follow a text, as a view lists it."""
    found = completions(text, len(text), context)
    items = [one._asdict() for one in found[:MOST_OFFERED]]
    return {"items": items, "more": max(0, len(found) - MOST_OFFERED)}


async def warm() -> None:
    """Read the whole catalogue, as the first completion would.

    A file at a turn of the loop: at once, it would hold up the network for so long that the
    recording said "kernel busy".
    """
    for document in documents_with_definitions():
        contents(document)
        await asyncio.sleep(0)
    facts.namespaces()
    await asyncio.sleep(0)
    completions("<iq><", len("<iq><"))


def template_groups(domain: str = "") -> list[dict[str, Any]]:
    """Return the templates of the catalogue, those of one document together.

    The core of XMPP comes first; what one program alone understands stands behind all that
    has an RFC or XEP, and what was given up last.

    Args:
        domain: that of the session.  Where it is one of those that are reserved for
            examples (RFC 6761 §6.5), as a sandbox has, the people of the templates live
            there; on a real server that might address somebody.
    """
    home = domain if domain.endswith(".example") else ELSEWHERE
    groups: dict[str, dict[str, Any]] = {}
    for number, template in enumerate(templates()):
        group = groups.setdefault(template.document, _group(template.document))
        # Long lines are hard to read, and white space between elements says nothing.
        xml = template.xml if len(template.xml) <= ONE_LINE else pretty(template.xml)
        xml = xml.replace(ELSEWHERE, home)
        fields = {name: value.replace(ELSEWHERE, home) for name, value in template.fields.items()}
        group["items"].append(
            {"number": number, "title": template.title, "xml": xml, "fields": fields}
        )
    return sorted(groups.values(), key=_rank)


def _group(number: str) -> dict[str, Any]:
    document = facts.document(number)
    title, status = (document.title, document.status) if document is not None else ("", "")
    given_up = status if status in GIVEN_UP else ""
    return {"document": number, "title": title, "status": given_up, "items": []}


def _rank(group: dict[str, Any]) -> int:
    if group["document"] in CORE:
        return 0
    if group["status"]:
        return 3
    return 1 if group["document"].startswith(("RFC ", "XEP-")) else 2
