"""Errors of this library laid open: whose fault, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from xmppexplore.errors import (
    AuthenticationError,
    ConnectError,
    InvalidXML,
    MalformedXML,
    NoAnswer,
    RecordingError,
    StanzaError,
    StreamError,
    UsageError,
    XmppExploreError,
)
from xmppexplore.names import SASL, STANZA_ERRORS, STREAM_ERRORS, qualified
from xmppexplore.reading.explained_errors import ERROR_TYPES, RETRY, retry_words
from xmppexplore.reading.explained_names import Named, explain_name
from xmppexplore.reading.explained_records import Line, cut

__all__ = ["MEANINGS", "REASONS", "explain_exception"]

MEANINGS: Final[Mapping[type[XmppExploreError], tuple[str, str]]] = {
    MalformedXML: (
        "The XML that was given is not well-formed, or uses what XMPP forbids.",
        "Look at its line and column, and mend the text.",
    ),
    InvalidXML: (
        "The XML that was given departs from the documents that define it; nothing was sent.",
        "Change what stands below, or send it without strict=True; .check has it as a frame.",
    ),
    ConnectError: (
        "No XMPP stream could be opened, or it ended before the login was done.",
        "Look at .recording: what was exchanged until then is in it.",
    ),
    AuthenticationError: (
        "The server refused the login, or offers no mechanism that is safe.",
        "Check address and password; .recording.sasl() lays the login open.",
    ),
    StreamError: (
        "The other side ended the whole stream.",
        "Look at what was sent last in .recording, then connect again.",
    ),
    StanzaError: (
        "A request was answered by an error; the stream goes on.",
        "Look at its condition and type below.",
    ),
    NoAnswer: (
        "What was waited for did not come in time.",
        "See what came instead, ask again, or wait longer with timeout=.",
    ),
    RecordingError: (
        "The file is no recording, is damaged, or was written by a newer version.",
        "What could be read before the damage is in .recovered.",
    ),
    UsageError: (
        "The call cannot work as it was made; nothing was sent.",
        "The message names the call to make instead.",
    ),
}
"""Error class -> what it means, and what to do; the first that fits holds."""

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "resolve": ("The name has no address.", "Check the spelling of the domain, or give host=."),
    "refused": ("Nobody accepts connections there.", "Check host and port, or try later."),
    "timeout": ("A stage took longer than the time limit.", "Try again, or give timeout=."),
    "certificate": (
        "The certificate is not trusted, so it may be another server.",
        "Give ca_file= for an authority of your own; do not go on without it.",
    ),
    "not-xmpp": ("What answered does not speak XMPP.", "Check host and port."),
    "closed": ("The connection ended before the login was done.", "Look at the last rows."),
    "tls": ("The encryption that was asked for is not offered, or failed.", "Look at tls=."),
}
"""Reason of a ConnectError -> what it means, and what to do."""

_LONGEST: Final = 600
"""Characters of a message: the advice stands at its end, behind the names of a certificate."""

_OBJECTIONS: Final = 20
"""How many departures of one text are laid open; ``.check`` of the error holds all."""

_NAMESPACES: Final[Mapping[type[XmppExploreError], str]] = {
    AuthenticationError: SASL,
    StreamError: STREAM_ERRORS,
    StanzaError: STANZA_ERRORS,
}


def explain_exception(error: XmppExploreError) -> Named:
    """Return what an error means, whether trying again helps, and what to do.

    >>> from xmppexplore.errors import ConnectError
    >>> explain_exception(ConnectError("no way", reason="refused")).lines[1].says
    'Nobody accepts connections there.'
    """
    name = type(error).__name__
    meaning, advice = next(
        (words for kind, words in MEANINGS.items() if isinstance(error, kind)),
        ("Something went wrong in this library.", "Look at the message."),
    )
    lines = [
        Line(name, 0, "error", name, says=meaning, notes=(advice,)),
        *_reason(name, error),
        *_condition(name, error),
        *_objections(name, error),
    ]
    return Named(f"{name}: {cut(str(error), _LONGEST)}", tuple(lines))


def _reason(name: str, error: XmppExploreError) -> list[Line]:
    reason = getattr(error, "reason", "")
    if not isinstance(error, ConnectError) or reason not in REASONS:
        return []
    says, advice = REASONS[reason]
    return [Line(f"{name}/reason", 1, "field", "reason", says=says, value=reason, notes=(advice,))]


def _objections(name: str, error: XmppExploreError) -> list[Line]:
    """Return what ``send(strict=True)`` objected to, by what the error brought along."""
    if not isinstance(error, InvalidXML):
        return []
    found: Iterable[Any] = getattr(error.check, "objections", ())
    lines: list[Line] = []
    for number, one in enumerate(islice(found, _OBJECTIONS), 1):
        spec, _, section = one.section.partition(" §")
        lines.append(
            Line(
                f"{name}/objection[{number}]", 1, "field", one.severity, spec=spec, section=section,
                says=_sentence(one.sentence), value=cut(one.path),
                notes=(
                    f"Line {one.line}, column {one.column}.",
                    *((_sentence(one.advice),) if one.advice else ()),
                ),
            )
        )  # fmt: skip
    return lines


def _sentence(words: str) -> str:
    """Make a sentence of words; a name that they begin with stays as it is."""
    first = words.partition(" ")[0]
    return f"{words[:1].upper() if first.isalpha() else words[:1]}{words[1:]}."


def _condition(name: str, error: XmppExploreError) -> list[Line]:
    """Return the condition, the type and the text that came over the wire."""
    namespace = next((uri for kind, uri in _NAMESPACES.items() if isinstance(error, kind)), "")
    condition = str(getattr(error, "condition", "") or "")
    if not namespace or not condition:
        return []
    found = explain_name(qualified(namespace, condition))
    first = found.lines[0] if found is not None else Line("", 0, "field", condition)
    kind = str(getattr(error, "type", "") or "")
    notes = [note for note in first.notes if not note.startswith("It stands in")]
    if kind in ERROR_TYPES:
        notes = [note for note in notes if note not in RETRY.values()]
        notes = [one for one in (retry_words(kind, ""), *notes) if one]
    lines = [
        first._replace(
            path=f"{name}/condition", depth=1, what="field", name="condition",
            value=cut(condition), notes=tuple(notes), begins=False,
        )
    ]  # fmt: skip
    if kind in ERROR_TYPES:
        lines.append(
            Line(
                f"{name}/type", 1, "field", "type", spec="RFC 6120", section="8.3.2",
                status=first.status, says=f"Says what may help: {_asked(kind)}.", value=kind,
            )
        )  # fmt: skip
    if text := str(getattr(error, "text", "") or ""):
        lines.append(Line(f"{name}/text", 1, "field", "text", value=cut(text), says=_SAID))
    return lines


_SAID: Final = "Gives the words that the other side added."


def _asked(kind: str) -> str:
    return ERROR_TYPES[kind].partition(":")[0]
