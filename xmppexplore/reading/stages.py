"""What goes with the table of steps: answers, marks that are steps, mechanisms, silence."""

from __future__ import annotations

from typing import Final

from xmppexplore.names import (
    BIND2,
    CARBONS,
    CSI,
    FAST,
    SASL_UPGRADE,
    STREAM_MANAGEMENT,
    qualified,
)
from xmppexplore.reading.steps import Meaning

__all__ = [
    "ANSWERS",
    "BY_MECHANISM",
    "DIRECT_TLS",
    "MARK_STEPS",
    "RESTART_REASONS",
    "SILENT",
    "UNKNOWN",
    "WITH_AUTHENTICATE",
    "WITH_BOUND",
    "WITH_SUCCESS",
]

SILENT: Final = frozenset(
    {f"{{{STREAM_MANAGEMENT}}}{name}" for name in ("r", "a")}
    | {f"{{{CSI}}}{name}" for name in ("active", "inactive")}
)
"""Nonzas that may come in a login without being a step of it."""

ANSWERS: Final = {
    "header": {"header-answer", "stream-error"},
    "header-secure": {"header-secure-answer", "stream-error"},
    "header-user": {"header-user-answer", "stream-error"},
    "starttls": {"proceed", "starttls-failure"},
    "auth": {"challenge", "success", "failure"},
    "response": {"challenge", "success", "failure", "continue"},
    "authenticate": {"challenge", "success", "failure", "continue"},
    "next": {"task-data", "challenge", "success", "failure", "continue"},
    "task-data": {"task-answer"},
    "task-answer": {"task-data", "success", "failure", "continue"},
    "abort": {"failure"},
    "bind": {"bound", "bind-error"},
    "session": {"session-answer", "session-error"},
    "compress": {"compressed", "compress-failure"},
    "enable": {"enabled", "sm-failed"},
    "resume": {"resumed", "sm-failed"},
    "roster": {"roster-answer", "roster-error"},
    "register-form": {"register-answer", "register-error"},
    "register": {"register-answer", "register-error"},
    "legacy-form": {"legacy-answer", "legacy-error"},
    "legacy-auth": {"legacy-answer", "legacy-error"},
    "handshake": {"handshake-answer", "stream-error"},
    "footer": {"footer-answer"},
    "footer-answer": {"footer"},
}
"""Step name -> names of the steps that answer it."""

MARK_STEPS: Final = {
    "connected": Meaning(
        "connected", "TCP connection", "RFC 6120 §3",
        "Two programs are joined: bytes flow both ways, readable to everyone on the path.",
    ),
    "tls up": Meaning(
        "tls-up", "TLS handshake", "RFC 6120 §5.4.3.3",
        "Keys are agreed and the certificate has been shown. From here on nobody on the path "
        "can read or change a byte.",
    ),
    "failed": Meaning("failed", "Given up", "", "The login was given up.", "failed"),
    "lost": Meaning(
        "lost", "Connection lost", "RFC 6120 §4.6",
        "The connection is gone without a word; what was under way may or may not have arrived.",
        "failed",
    ),
    "closed": Meaning("closed", "TCP connection closed", "RFC 6120 §4.4", "The bytes end here."),
}  # fmt: skip
"""Mark name -> the step that it is."""

RESTART_REASONS: Final = {
    "tls": "The connection is encrypted now; what was learned in clear is forgotten.",
    "authenticated": "The server knows the user now and may offer more than to a stranger.",
    "compressed": "What follows is compressed.",
    "": "A new stream header was sent.",
}

DIRECT_TLS: Final = {
    "tls-up": (
        "XEP-0368 §3",
        (
            "TLS begins with the first byte. Keys are agreed and the certificate has been shown; "
            "nobody on the path can read or change what follows."
        ),
    ),
    "header-secure": (
        "RFC 6120 §4.2",
        "The client opens its half of the first stream, inside TLS already.",
    ),
    "header-secure-answer": (
        "RFC 6120 §4.2",
        "The server opens its half and gives the stream an identifier.",
    ),
}
"""Step -> section and sentence where no stream in clear came before it."""

WITH_SUCCESS: Final = {
    qualified(BIND2, "bound"): (
        "XEP-0386 §3.2",
        "With it comes the address, and what the session begins with: stanzas may flow.",
    ),
    qualified(STREAM_MANAGEMENT, "resumed"): (
        "XEP-0198 §9",
        "With it the earlier session goes on; what was lost is sent again.",
    ),
    qualified(FAST, "token"): (
        "XEP-0484 §3.3",
        "With it comes a token, with which the next login takes one round trip and no password.",
    ),
}
"""What a success of SASL2 may bring -> section and sentence to be added."""

WITH_AUTHENTICATE: Final = {
    qualified(BIND2, "bind"): ("XEP-0386 §3.2", "an address"),
    qualified(STREAM_MANAGEMENT, "enable"): ("XEP-0198 §9", "acknowledgements"),
    qualified(CARBONS, "enable"): ("XEP-0280", "copies of what other devices send and receive"),
    qualified(CSI, "inactive"): ("XEP-0352", "to be left in peace until somebody looks"),
    qualified(CSI, "active"): ("XEP-0352", "to be told everything at once"),
    qualified(STREAM_MANAGEMENT, "resume"): ("XEP-0198 §9", "the session of an earlier stream"),
    qualified(FAST, "request-token"): ("XEP-0484 §3.2", "a token for the next login"),
    qualified(SASL_UPGRADE, "upgrade"): (
        "XEP-0480 §2.2", "a task that stores the password for another mechanism",
    ),
}  # fmt: skip
"""What may be asked for with a login by SASL2, in it or in its ``<bind/>`` -> section, words."""

WITH_BOUND: Final = {
    qualified(STREAM_MANAGEMENT, "enabled"): Meaning(
        "enabled", "Acknowledgements on", "XEP-0198 §9",
        "They come with the login: both sides count stanzas from here on.",
    ),
    qualified(STREAM_MANAGEMENT, "failed"): Meaning(
        "sm-failed", "Stream management refused", "XEP-0198 §9",
        "The server cannot do that; the login succeeded without it.", "refused",
    ),
}  # fmt: skip
"""What a success of SASL2, or the ``<bound/>`` in it, may hold -> a step of its own."""

UNKNOWN: Final = Meaning(
    "unknown", "Out of place", "",
    "No login that is known here has this, at this point, from this side.",
)  # fmt: skip
"""The step of an item that is in no line of the table."""

BY_MECHANISM: Final = {
    ("PLAIN", "auth"): (
        "RFC 4616",
        "The client sends its name and its password just as they are. Only TLS hides them.",
    ),
    ("SCRAM-", "auth"): (
        "RFC 5802 §3",
        ("The client sends its name and a fresh random number. The password itself is not sent."),
    ),
    ("SCRAM-", "challenge"): (
        "RFC 5802 §3",
        (
            "The server sends a salt, a number of rounds and a random number of its own: what it "
            "takes to compute a proof."
        ),
    ),
    ("SCRAM-", "response"): (
        "RFC 5802 §3",
        (
            "The client proves that it knows the password. The proof is good for these random "
            "numbers only."
        ),
    ),
    ("SCRAM-", "success"): (
        "RFC 5802 §3",
        (
            "The server takes the proof for right, and adds one of its own, which the client has "
            "to check."
        ),
    ),
    ("EXTERNAL", "auth"): (
        "",
        "The client points to what TLS has already shown: its certificate.",
    ),
    ("ANONYMOUS", "auth"): (
        "RFC 4505",
        "The client asks to come in without a name.",
    ),
}
"""(beginning of the mechanism's name, step) -> what to add to the section, and the sentence in
place of the general one."""
