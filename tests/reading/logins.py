"""SASL logins for tests: the published vectors, fresh ones made by scramp, and as transcripts."""

from __future__ import annotations

import base64
import hashlib
import hmac

from scramp import ScramClient, ScramMechanism

from tests.reading.transcripts import Event, opened
from xmppexplore.wire.records import IN, OUT

SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
SASL2 = "xmlns='urn:xmpp:sasl:2'"

Login = tuple[str, str, list[str]]
"""Mechanism, password, the four messages."""

SHA_1: Login = (  # RFC 5802 §5
    "SCRAM-SHA-1",
    "pencil",
    [
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ],
)
SHA_256: Login = (  # RFC 7677 §3
    "SCRAM-SHA-256",
    "pencil",
    [
        "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        (
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        ),
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ],
)


def made(
    mechanism: str = "SCRAM-SHA-256",
    password: str = "r0m30",
    user: str = "romeo",
    iterations: int = 4096,
    binding: tuple[str, bytes] | None = None,
) -> Login:
    """Return a login that the library scramp makes, both sides of it."""
    family = ScramMechanism(mechanism)
    salt, stored, served, count = family.make_auth_info(password, iteration_count=iterations)
    client = ScramClient([mechanism], user, password, channel_binding=binding, c_nonce="c1ient")
    server = family.make_server(
        lambda _name: (salt, stored, served, count), channel_binding=binding, s_nonce="s3rver"
    )
    messages = [client.get_client_first()]
    server.set_client_first(messages[0])
    messages.append(server.get_server_first())
    client.set_server_first(messages[1])
    messages.append(client.get_client_final())
    server.set_client_final(messages[2])
    messages.append(server.get_server_final())
    return mechanism, password, messages


def proved(first: str, challenge: str, unproved: str, password: str = "r0m30") -> list[str]:
    """Return the four messages of SCRAM-SHA-256 around three that may be odd, rightly proved.

    What a party of its own could have said: the proofs fit, whatever else does not.
    """
    values = dict(part.split("=", 1) for part in reversed(challenge.split(",")))
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(values["s"]), int(values["i"])
    )
    message = f"{first.split(',', 2)[2]},{challenge},{unproved}".encode()
    client = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client).digest(), message, "sha256")
    proof = bytes(one ^ other for one, other in zip(client, signature, strict=True))
    server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    final = f"{unproved},p={encoded(proof).decode()}"
    return [first, challenge, final, f"v={encoded(server).decode()}"]


def elements(*said: tuple[int, str, str | None], profile: str = SASL) -> list[Event]:
    """Return elements of a login, each with a message of the mechanism, or none."""
    events: list[Event] = []
    for direction, start, text in said:
        data = b"" if text is None else encoded(text)
        name = start.partition(" ")[0]
        before, after = f"<{name} {profile}{start[len(name) :]}>".encode(), f"</{name}>".encode()
        if profile == SASL2 and name in _WRAPPED and text is not None:
            inside = _WRAPPED[name].encode()
            data = b"<" + inside + b">" + data + b"</" + inside + b">"
        events.append((direction, before + data + after))
    return events


_WRAPPED = {"authenticate": "initial-response", "next": "initial-response",
            "success": "additional-data", "continue": "additional-data"}  # fmt: skip


def encoded(text: str | bytes) -> bytes:
    """Return a message as it stands in XML."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text)


def offer(mechanisms: tuple[str, ...], bindings: tuple[str, ...] | None = None) -> bytes:
    """Return the features that offer mechanisms, and channel bindings."""
    names = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    inside = f"<mechanisms {SASL}>{names}</mechanisms>"
    if bindings is not None:
        types = "".join(f"<channel-binding type='{name}'/>" for name in bindings)
        inside += f"<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>{types}</sasl-channel-binding>"
    return inside.encode()


def transcript(
    mechanism: str,
    messages: list[str],
    offered: tuple[str, ...] | None = None,
    bindings: tuple[str, ...] | None = None,
) -> list[Event]:
    """Return a login by RFC 6120 §6 as it is recorded; fewer messages end in a failure."""
    names = (mechanism,) if offered is None else offered
    events = opened(offer(names, bindings))
    places = [(OUT, f"auth {SASL} mechanism='{mechanism}'"), (IN, f"challenge {SASL}"),
              (OUT, f"response {SASL}"), (IN, f"success {SASL}")]  # fmt: skip
    for (direction, start), text in zip(places, messages, strict=False):
        name = start.partition(" ")[0]
        events.append((direction, f"<{start}>".encode() + encoded(text) + f"</{name}>".encode()))
    if len(messages) < len(places):
        failure = f"<failure {SASL}><not-authorized/><text>No.</text></failure>"
        events.append((IN, failure.encode()))
    return events
