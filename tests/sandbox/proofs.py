"""A client of SCRAM that says what it is told to, computed by hand (RFC 5802 §3)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from tests.sandbox.conversation import auth, response
from xmppexplore.wire.element import parse

HASH = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}


class Prover:
    """One exchange, client side.

    Args:
        mechanism: its name, with or without ``-PLUS``.
        name: the user name, as it goes on the wire.
        password: the password; no preparation.
        flag: ``n``, ``y`` or ``p=type``.
        authzid: the authorization identity, as it goes on the wire.
        binding: the channel-binding data.
        nonce: the client's nonce.
    """

    def __init__(
        self, mechanism, name, password, *, flag="n", authzid="", binding=b"", nonce="abc"
    ):
        self.mechanism = mechanism
        self.password = password.encode()
        self.hash = HASH[mechanism.removesuffix("-PLUS")]
        self.gs2 = f"{flag},{'a=' + authzid if authzid else ''},"
        self.bare = f"n={name},r={nonce}"
        self.binding = binding
        self.server_final = b""

    @property
    def first(self):
        return (self.gs2 + self.bare).encode()

    def final(self, challenge, *, more="", nonce=None):
        """Return the final message; ``nonce`` instead of the one of the challenge."""
        fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
        salt, iterations = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", self.hash)
        bound = base64.b64encode(self.gs2.encode() + self.binding).decode()
        unproved = f"c={bound},r={nonce or fields['r']}{more}"
        whole = f"{self.bare},{challenge.decode()},{unproved}".encode()
        signature = hmac.digest(hashlib.new(self.hash, client_key).digest(), whole, self.hash)
        proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", self.hash)
        self.server_final = b"v=" + base64.b64encode(hmac.digest(server_key, whole, self.hash))
        return f"{unproved},p={base64.b64encode(proof).decode()}".encode()

    def log_in(self, client):
        """Go through the exchange on a stream; return the element that ends it."""
        client >> auth(self.mechanism, self.first)
        answer = parse(client.items.pop(0)[1])
        if answer.name == "challenge":
            client >> response(self.final(base64.b64decode(answer.text)))
            answer = parse(client.items.pop(0)[1])
        return answer
