"""The table of steps: what may be said in a login, by whom, in which phase, and what it means.

One line per step.  ``by`` is the side that says it: ``client`` for the initiating entity,
``server`` for the receiving one, whichever of them we are.  A phase is the one *after* the
item (:mod:`xmppexplore.wire.phases`), so an item that is out of order keeps the phase it
came in and is found to be absent here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from xmppexplore.names import (
    AUTH,
    BIND,
    COMPONENT,
    DIALBACK,
    REGISTER,
    ROSTER,
    SASL,
    SASL2,
    SESSION,
    STREAM_MANAGEMENT,
    STREAMS,
    TLS,
)
from xmppexplore.reading.records import CLIENT_SIDE
from xmppexplore.wire.phases import PHASES

__all__ = ["STEPS", "TABLE", "Meaning"]

COMPRESS: Final = "http://jabber.org/protocol/compress"  # XEP-0138


class Meaning(NamedTuple):
    """What a step is called and what it says.

    Attributes:
        name: short and stable.
        title: a few words.
        section: where it is defined.
        sentence: for a learner.
        effect: what it changes: ``"tls"`` (agreed, not up yet), ``"authenticated"``,
            ``"compressed"``, ``"refused"`` (a step with the tone of an error, after which
            another try is possible), ``"failed"`` (the stream is over), ``"once"`` (only
            its first occurrence belongs to the login) or ``""``.
    """

    name: str
    title: str
    section: str
    sentence: str
    effect: str = ""


_CLEAR, _SECURE, _LATER = ("opening",), ("secure",), ("authenticated",)
_LOGIN: Final = ("opening", "tls", "secure", "sasl")
_SASL: Final = ("opening", "secure", "sasl", "authenticated")
_BOUND: Final = ("authenticated", "binding", "ready")
_READY: Final = ("ready",)
_ANY: Final = PHASES

# phases, by, name, meaning.  A stanza's name is kind:type:payload; a response has the
# payload of its request, since an empty result carries none.
TABLE: Final[tuple[tuple[tuple[str, ...], str, str, Meaning], ...]] = (
    (_CLEAR, "client", "header", Meaning(
        "header", "Stream header", "RFC 6120 §4.2",
        "The client opens its half of the stream and names the domain it wants to talk to.",
    )),
    (_CLEAR, "server", "header", Meaning(
        "header-answer", "Stream header in answer", "RFC 6120 §4.2",
        "The server opens its half and gives the stream an identifier.",
    )),
    (_CLEAR, "server", f"{{{STREAMS}}}features", Meaning(
        "features", "Features", "RFC 6120 §4.3.2",
        "The server lists what can be agreed on now. Anyone on the path can read this.",
    )),
    (("tls",), "client", f"{{{TLS}}}starttls", Meaning(
        "starttls", "TLS asked for", "RFC 6120 §5.4.2.1",
        "The client asks to encrypt this connection.",
    )),
    (("tls",), "server", f"{{{TLS}}}proceed", Meaning(
        "proceed", "TLS may begin", "RFC 6120 §5.4.2.3",
        "The server agrees. The next byte on the wire already belongs to TLS.", "tls",
    )),
    (_ANY, "server", f"{{{TLS}}}failure", Meaning(
        "starttls-failure", "TLS refused", "RFC 6120 §5.4.2.2",
        "The server cannot begin TLS, and with this the stream is over.", "failed",
    )),
    (_SECURE, "client", "header", Meaning(
        "header-secure", "Stream header, encrypted", "RFC 6120 §5.4.3.3",
        "A new stream begins inside TLS; only the two ends can read it.",
    )),
    (_SECURE, "server", "header", Meaning(
        "header-secure-answer", "Stream header in answer", "RFC 6120 §5.4.3.3",
        "The server answers with a header and a new identifier.",
    )),
    (_SECURE, "server", f"{{{STREAMS}}}features", Meaning(
        "features-secure", "Features under TLS", "RFC 6120 §6.4.1",
        "Behind the encryption the server lists the ways to prove who one is.",
    )),
    (_SASL, "client", f"{{{SASL}}}auth", Meaning(
        "auth", "Login begins", "RFC 6120 §6.4.2",
        "The client picks a mechanism and makes the first move in it.",
    )),
    (_SASL, "server", f"{{{SASL}}}challenge", Meaning(
        "challenge", "Challenge", "RFC 6120 §6.4.3",
        "The server asks for proof, in the terms of the mechanism.",
    )),
    (_SASL, "client", f"{{{SASL}}}response", Meaning(
        "response", "Response", "RFC 6120 §6.4.3",
        "The client answers the challenge.",
    )),
    (_SASL, "client", f"{{{SASL}}}abort", Meaning(
        "abort", "Login given up", "RFC 6120 §6.4.4",
        "The client calls this attempt off; it may begin another.", "refused",
    )),
    (_SASL, "server", f"{{{SASL}}}failure", Meaning(
        "failure", "Login refused", "RFC 6120 §6.4.5",
        "The server does not accept the proof. The client may try again on this stream.",
        "refused",
    )),
    (_SASL, "server", f"{{{SASL}}}success", Meaning(
        "success", "Login accepted", "RFC 6120 §6.4.6",
        "The server knows now whom it is talking to.", "authenticated",
    )),
    (_SASL, "client", f"{{{SASL2}}}authenticate", Meaning(
        "authenticate", "Login begins", "XEP-0388 §2.3",
        "The client picks a mechanism and says in the same breath what it wants next.",
    )),
    (_SASL, "server", f"{{{SASL2}}}challenge", Meaning(
        "challenge", "Challenge", "XEP-0388 §2.5",
        "The server asks for proof, in the terms of the mechanism.",
    )),
    (_SASL, "client", f"{{{SASL2}}}response", Meaning(
        "response", "Response", "XEP-0388 §2.5", "The client answers the challenge.",
    )),
    (_SASL, "server", f"{{{SASL2}}}continue", Meaning(
        "continue", "One more task", "XEP-0388 §2.6.3",
        "The proof is good but not enough: the server names the tasks that remain.",
    )),
    (_SASL, "client", f"{{{SASL2}}}next", Meaning(
        "next", "Next task", "XEP-0388 §2.6.3", "The client takes up one of the remaining tasks.",
    )),
    (_SASL, "server", f"{{{SASL2}}}task-data", Meaning(
        "task-data", "What the task needs", "XEP-0388 §2.6.3",
        "The server says what the client is to do, in the terms of the task.",
    )),
    (_SASL, "client", f"{{{SASL2}}}task-data", Meaning(
        "task-answer", "What the task asked for", "XEP-0388 §2.6.3",
        "The client has done it, and hands over the result.",
    )),
    (_SASL, "client", f"{{{SASL2}}}abort", Meaning(
        "abort", "Login given up", "XEP-0388",
        "The client calls this attempt off; it may begin another.", "refused",
    )),
    (_SASL, "server", f"{{{SASL2}}}failure", Meaning(
        "failure", "Login refused", "XEP-0388 §2.6.2",
        "The server does not accept the proof. The client may try again on this stream.",
        "refused",
    )),
    ((*_SASL, *_BOUND), "server", f"{{{SASL2}}}success", Meaning(
        "success", "Login accepted", "XEP-0388 §2.6.1",
        "The server knows now whom it is talking to, and the stream goes on without a restart.",
        "authenticated",
    )),
    (_LATER, "client", "header", Meaning(
        "header-user", "Stream header, logged in", "RFC 6120 §6.4.6",
        "A new stream begins, and this one speaks for a user.",
    )),
    (_LATER, "server", "header", Meaning(
        "header-user-answer", "Stream header in answer", "RFC 6120 §6.4.6",
        "The server answers with a header and a new identifier.",
    )),
    (_LATER, "server", f"{{{STREAMS}}}features", Meaning(
        "features-user", "Features for a user", "RFC 6120 §7.4",
        "Whoever has logged in is offered more: an address of one's own, to begin with.",
    )),
    (("binding", "ready"), "server", f"{{{STREAMS}}}features", Meaning(
        "features-user", "Features for a user", "RFC 6120 §4.3.4",
        "Whoever has logged in is offered more.",
    )),
    (_BOUND, "client", f"{{{COMPRESS}}}compress", Meaning(
        "compress", "Compression asked for", "XEP-0138",
        "The client asks to compress what follows.",
    )),
    (_BOUND, "server", f"{{{COMPRESS}}}compressed", Meaning(
        "compressed", "Compression begins", "XEP-0138",
        "The next byte on the wire is already compressed.", "compressed",
    )),
    (_BOUND, "server", f"{{{COMPRESS}}}failure", Meaning(
        "compress-failure", "Compression refused", "XEP-0138",
        "The stream goes on uncompressed.", "refused",
    )),
    (_BOUND, "client", f"iq:set:{{{BIND}}}bind", Meaning(
        "bind", "Address asked for", "RFC 6120 §7.7.1",
        "The client asks for a resource: the part of its address that tells it from the "
        "user's other devices.",
    )),
    (_BOUND, "server", f"iq:result:{{{BIND}}}bind", Meaning(
        "bound", "Address bound", "RFC 6120 §7.6.1",
        "The server says which full address this connection has. Stanzas may flow.",
    )),
    (_BOUND, "server", f"iq:error:{{{BIND}}}bind", Meaning(
        "bind-error", "Address refused", "RFC 6120 §7.6.2",
        "The server does not give this address; the client may ask for another.", "refused",
    )),
    (_BOUND, "client", f"iq:set:{{{SESSION}}}session", Meaning(
        "session", "Session asked for", "RFC 3921 §3",
        "A step of the older protocol. It has no effect today, but old servers want it.",
    )),
    (_BOUND, "server", f"iq:result:{{{SESSION}}}session", Meaning(
        "session-answer", "Session granted", "RFC 3921 §3",
        "The server agrees, and nothing changes.",
    )),
    (_BOUND, "server", f"iq:error:{{{SESSION}}}session", Meaning(
        "session-error", "Session refused", "RFC 3921 §3",
        "The server does not open the session of the older protocol.", "refused",
    )),
    (_BOUND, "client", f"{{{STREAM_MANAGEMENT}}}enable", Meaning(
        "enable", "Acknowledgements asked for", "XEP-0198 §3",
        "The client wants both sides to count stanzas, so that none is lost unnoticed.", "once",
    )),
    (_BOUND, "server", f"{{{STREAM_MANAGEMENT}}}enabled", Meaning(
        "enabled", "Acknowledgements on", "XEP-0198 §3",
        "Both sides count from here, and may ask each other how far they got.", "once",
    )),
    (_BOUND, "client", f"{{{STREAM_MANAGEMENT}}}resume", Meaning(
        "resume", "Resumption asked for", "XEP-0198 §5",
        "The client names an earlier stream and how many stanzas it received on it.",
    )),
    (_BOUND, "server", f"{{{STREAM_MANAGEMENT}}}resumed", Meaning(
        "resumed", "Stream resumed", "XEP-0198 §5",
        "The earlier session goes on as if nothing had happened; what was lost is sent again.",
    )),
    (_BOUND, "server", f"{{{STREAM_MANAGEMENT}}}failed", Meaning(
        "sm-failed", "Stream management refused", "XEP-0198 §3",
        "The server cannot do that; a session can still be bound afresh.", "refused",
    )),
    (_READY, "client", f"iq:get:{{{ROSTER}}}query", Meaning(
        "roster", "Contact list asked for", "RFC 6121 §2.1.3",
        "The client asks for the roster, and will be told of its changes from now on.", "once",
    )),
    (_READY, "server", f"iq:result:{{{ROSTER}}}query", Meaning(
        "roster-answer", "Contact list", "RFC 6121 §2.1.4",
        "The server sends the roster: who the contacts are and who may see whom.", "once",
    )),
    (_READY, "server", f"iq:error:{{{ROSTER}}}query", Meaning(
        "roster-error", "Contact list refused", "RFC 6121 §2.1.3",
        "The server keeps no roster for this user, or does not give it.", "once",
    )),
    (_READY, "client", "presence::", Meaning(
        "presence", "Initial presence", "RFC 6121 §4.2",
        "\N{LEFT DOUBLE QUOTATION MARK}I am here.\N{RIGHT DOUBLE QUOTATION MARK} The server "
        "tells everyone who may know, and messages begin to come in.", "once",
    )),
    (_LOGIN, "client", f"iq:get:{{{REGISTER}}}query", Meaning(
        "register-form", "Account form asked for", "XEP-0077",
        "The client asks what it takes to open an account here.",
    )),
    (_LOGIN, "server", f"iq:result:{{{REGISTER}}}query", Meaning(
        "register-answer", "Account answer", "XEP-0077",
        "The server answers: with the form, or with the account made.",
    )),
    (_LOGIN, "server", f"iq:error:{{{REGISTER}}}query", Meaning(
        "register-error", "Account refused", "XEP-0077",
        "The server does not open this account.", "refused",
    )),
    (_LOGIN, "client", f"iq:set:{{{REGISTER}}}query", Meaning(
        "register", "Account asked for", "XEP-0077",
        "The client sends the form with a name and a password.",
    )),
    (_ANY, "client", f"iq:get:{{{AUTH}}}query", Meaning(
        "legacy-form", "Old login: fields asked for", "XEP-0078",
        "A login of the time before SASL, obsolete today, begins.",
    )),
    (_ANY, "client", f"iq:set:{{{AUTH}}}query", Meaning(
        "legacy-auth", "Old login", "XEP-0078",
        "The client sends its name and its password, or a digest of it, in a stanza.",
    )),
    (_ANY, "server", f"iq:result:{{{AUTH}}}query", Meaning(
        "legacy-answer", "Old login: answer", "XEP-0078",
        "The server answers: with the fields it needs, or with its consent.",
    )),
    (_ANY, "server", f"iq:error:{{{AUTH}}}query", Meaning(
        "legacy-error", "Old login refused", "XEP-0078",
        "The server does not accept the login of the older kind.", "refused",
    )),
    (_ANY, "client", f"{{{STREAMS}}}error", Meaning(
        "stream-error", "Stream error", "RFC 6120 §4.9",
        "The client says what it cannot accept. A stream never survives an error.", "failed",
    )),
    (_ANY, "server", f"{{{STREAMS}}}error", Meaning(
        "stream-error", "Stream error", "RFC 6120 §4.9",
        "The server says what it cannot accept. A stream never survives an error.", "failed",
    )),
    (_ANY, "client", "footer", Meaning(
        "footer", "Stream closed", "RFC 6120 §4.4",
        "The client closes its half of the stream and waits for the other half.",
    )),
    (_ANY, "server", "footer", Meaning(
        "footer-answer", "Stream closed", "RFC 6120 §4.4",
        "The server closes its half of the stream.",
    )),
)  # fmt: skip

_UNREADABLE: Final[tuple[tuple[tuple[str, ...], str, str, Meaning], ...]] = tuple(
    (phases, by, name, meaning)
    for by in ("client", "server")
    for phases, name, meaning in (
        (_ANY[:-1], "broken", Meaning(
            "broken", "Not XMPP any more", "RFC 6120 §11.1",
            "From here on these bytes are no XML that a stream may carry.", "failed",
        )),
        (_ANY[:-1], "partial", Meaning(
            "partial", "Cut off", "RFC 6120 §4.4",
            "The bytes end in the middle of an element.", "failed",
        )),
        (_ANY[-1:], "broken", Meaning(
            "after-end", "After the end", "RFC 6120 §4.4",
            "The stream is closed; these bytes belong to nothing any more.",
        )),
        (_ANY[-1:], "partial", Meaning(
            "after-end", "After the end", "RFC 6120 §4.4",
            "The stream is closing; this piece of an element was never finished.",
        )),
    )
)  # fmt: skip

_COMPONENT_TABLE: Final[tuple[tuple[tuple[str, ...], str, str, Meaning], ...]] = (
    (_ANY, "client", "header", Meaning(
        "header", "Stream header", "XEP-0114 §3",
        "The component opens its half of the stream and names the domain it will serve.",
    )),
    (_ANY, "server", "header", Meaning(
        "header-answer", "Stream header in answer", "XEP-0114 §3",
        "The server gives the stream an identifier, which the proof will contain.",
    )),
    (_ANY, "client", f"{{{COMPONENT}}}handshake", Meaning(
        "handshake", "Proof of the secret", "XEP-0114 §3",
        "The component sends a hash of the identifier and the secret that both sides know.",
    )),
    (_ANY, "server", f"{{{COMPONENT}}}handshake", Meaning(
        "handshake-answer", "Proof accepted", "XEP-0114 §3",
        "An empty element says yes. The component speaks for its whole domain from here.",
    )),
)  # fmt: skip

_PEER_TABLE: Final[tuple[tuple[tuple[str, ...], str, str, Meaning], ...]] = tuple(
    (_ANY, by, f"{{{DIALBACK}}}{name}", Meaning(f"dialback-{name}", title, "XEP-0220", sentence))
    for by in ("client", "server")
    for name, title, sentence in (
        ("result", "Dialback key", "A key is handed over, or the word whether it was valid."),
        ("verify", "Dialback check", "The server that issued a key is asked whether it did."),
    )
)


def _expand() -> dict[tuple[str, str, int, str], Meaning]:
    tables = {
        "initiator": (*TABLE, *_UNREADABLE),
        "receiver": (*TABLE, *_UNREADABLE),
        "component": (*TABLE, *_UNREADABLE, *_COMPONENT_TABLE),
        "peer": (*TABLE, *_UNREADABLE, *_PEER_TABLE),
    }
    steps: dict[tuple[str, str, int, str], Meaning] = {}
    for role, table in tables.items():
        client = CLIENT_SIDE[role]
        for phases, by, name, meaning in table:
            direction = client if by == "client" else 1 - client
            for phase in phases:
                steps[role, phase, direction, name] = meaning
    return steps


STEPS: Final = _expand()
"""(role, phase after the item, direction, name) -> what the step means."""
