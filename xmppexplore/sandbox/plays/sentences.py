"""The sentences that a play is written in: one table for the reader, the docs and the hints."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["SENTENCES", "Sentence", "Understood", "suggest", "understand"]


class Sentence(NamedTuple):
    """One form of sentence.

    Attributes:
        verb: its key.
        pattern: what follows the person's name, spaces single, case ignored.
        example: the form as one writes it.
        says: what it does.
        block: what stands under it: ``"parts"`` (XML), ``"raw"`` (any text), or ``""``.
    """

    verb: str
    pattern: str
    example: str
    says: str
    block: str = ""


class Understood(NamedTuple):
    """A sentence that was recognised.

    Attributes:
        sentence: its form.
        options: what it adds.
    """

    sentence: Sentence
    options: dict[str, str]


_SECONDS: Final = r"(?P<seconds>\d+(?:\.\d+)?) ?(?:s|sec|seconds?)"
_AFTER: Final = rf"(?: after {_SECONDS})?"
_WITHIN: Final = rf"(?: within {_SECONDS})?"
_SAYS: Final = r"(?:sends|replies|answers)"
_CONDITION: Final = r"(?P<condition>[a-z][a-z-]*)"
_WITH: Final = r"(?P<with>(?:,? (?:and )?with(?:out)? .*)?)"

SENTENCES: Final = (
    Sentence(
        "connect",
        rf"(?:connects|logs in){_WITH}",
        "connects",
        "opens a stream with TLS, logs in, binds, asks for the roster, sends presence, and "
        "takes the answers to these",
    ),
    Sentence(
        "refused",
        rf"cannot (?:connect|log in){_WITH} ?: ?{_CONDITION}",
        'cannot connect with password "wrong": not-authorized',
        "tries to log in, and must be refused with this condition",
    ),
    Sentence(
        "open tcp",
        r"opens a connection",
        "opens a connection",
        "opens a TCP connection and says nothing",
    ),
    Sentence(
        "open",
        r"(?:opens a|restarts the) stream",
        "opens a stream",
        "sends a stream header, over a new connection where there is none",
    ),
    Sentence(
        "open secure",
        r"opens a secure stream",
        "opens a secure stream",
        "opens a stream, puts TLS on it, opens it again, and takes header and features",
    ),
    Sentence(
        "open authenticated",
        rf"opens an authenticated stream{_WITH}",
        "opens an authenticated stream",
        "the same, proves the password, opens the stream again, and takes header and features",
    ),
    Sentence(
        "start tls",
        r"starts tls",
        "starts TLS",
        "asks for TLS, takes the go-ahead, and puts TLS on the connection",
    ),
    Sentence(
        "tls",
        r"puts tls on the connection",
        "puts TLS on the connection",
        "TLS handshake, after a go-ahead that the play has received",
    ),
    Sentence(
        "authenticate",
        rf"authenticates{_WITH}",
        "authenticates",
        "proves the password on a stream that is open; the stream is not restarted",
    ),
    Sentence("bind", r"binds", "binds", "binds the resource on an authenticated stream"),
    Sentence(
        "send",
        rf"{_SAYS}{_AFTER} ?:",
        "sends:",
        "sends what stands below, one or several elements, headers or footers",
        "parts",
    ),
    Sentence(
        "send raw",
        rf"{_SAYS} raw{_AFTER} ?:",
        "sends raw:",
        "sends the text below exactly, well-formed or not",
        "raw",
    ),
    Sentence(
        "send bytes",
        rf"{_SAYS} bytes{_AFTER} ?:",
        "sends bytes: 3c ff 3e",
        "sends bytes given as hexadecimal numbers",
        "raw",
    ),
    Sentence(
        "receive",
        rf"receives{_WITHIN} ?:",
        "receives:",
        "what comes next must be what stands below, in this order",
        "parts",
    ),
    Sentence(
        "receive any",
        rf"receives in any order{_WITHIN} ?:",
        "receives in any order:",
        "what comes next must be these, in whatever order",
        "parts",
    ),
    Sentence(
        "receive one",
        rf"receives one of{_WITHIN} ?:",
        "receives one of:",
        "what comes next must be one of these",
        "parts",
    ),
    Sentence(
        "receive maybe",
        r"may receive ?:",
        "may receive:",
        "takes those of these that have come when the server has caught up",
        "parts",
    ),
    Sentence(
        "receive header",
        r"receives a (?:stream )?header",
        "receives a stream header",
        "what comes next must be a stream header, whatever it says",
    ),
    Sentence(
        "receive nothing",
        rf"receives nothing(?: for {_SECONDS})?",
        "receives nothing",
        "nothing may come until the server has caught up, or for the time given",
    ),
    Sentence(
        "ignore",
        r"ignores ?:",
        "ignores:",
        "from now on, what looks like one of these is passed over",
        "parts",
    ),
    Sentence("wait", rf"waits {_SECONDS}", "waits 0.5 s", "lets time pass"),
    Sentence(
        "catch up",
        r"waits for the server",
        "waits for the server",
        "waits until the server has dealt with all that was sent: a ping and its answer",
    ),
    Sentence(
        "disconnect",
        r"disconnects",
        "disconnects",
        "ends the stream, waits for the server to do the same, closes the connection",
    ),
    Sentence(
        "close",
        r"closes the connection",
        "closes the connection",
        "closes TCP without ending the stream",
    ),
    Sentence(
        "lose",
        r"loses the connection",
        "loses the connection",
        "cuts TCP, as a network that fails",
    ),
    Sentence(
        "disconnected",
        rf"is disconnected{_WITHIN}",
        "is disconnected",
        "the server must close the connection, and say nothing more but the stream's end",
    ),
)
"""Every form, in the order of the reference."""

_COMPILED: Final = tuple(
    (sentence, re.compile(sentence.pattern, re.IGNORECASE)) for sentence in SENTENCES
)

WITH: Final[Mapping[str, str]] = {
    r"with (?:the )?(?:mechanism )?(?P<mechanism>PLAIN|SCRAM-[A-Z0-9-]{3,13})": "mechanism",
    r'with (?:the )?password "(?P<password>[^"]*)"': "password",
    r"with (?:the )?priority (?P<priority>-?\d{1,3})": "priority",
    r"without (?P<presence>presence)": "presence",
    r"without (?:a |the )?(?P<roster>roster)": "roster",
}
"""What may follow ``connects``: pattern -> option."""

# Not inside quotes: an even number of them follows.
_OPTION: Final = re.compile(
    r'(?:,? and |,? )(?=with(?:out)? (?:[^"]*"[^"]*")*[^"]*$)', re.IGNORECASE
)


def understand(words: str) -> Understood | str:
    """Return what a sentence means, or in words what is wrong with it.

    Args:
        words: what follows the person's name, up to the colon and with it.

    >>> understand("waits 0.5 s").options
    {'seconds': '0.5'}
    """
    words = " ".join(words.split())
    for sentence, pattern in _COMPILED:
        match = pattern.fullmatch(words)
        if match is None:
            continue
        found = {name: text for name, text in match.groupdict().items() if text}
        more = found.pop("with", "")
        for part in filter(None, _OPTION.split(more)):
            option = _option(part.strip())
            if option is None:
                return (
                    f"{part.strip()!r} is nothing that one can add here; there are: with "
                    'PLAIN, with password "...", with priority -1, without presence, '
                    "without roster"
                )
            found.update(option)
        return Understood(sentence, found)
    return f"{words!r} is no sentence of a play; did you mean {suggest(words)!r}?"


def _option(words: str) -> dict[str, str] | None:
    for pattern in WITH:
        match = re.fullmatch(pattern, words, re.IGNORECASE)
        if match is not None:
            return match.groupdict()
    return None


def suggest(words: str) -> str:
    """Return the example that is nearest to what was written.

    >>> suggest("recieves nothing")
    'receives nothing'
    """
    examples = {sentence.example.lower(): sentence.example for sentence in SENTENCES}
    near = difflib.get_close_matches(words.lower()[:80], examples, 1, 0.0)
    return examples[near[0]]
