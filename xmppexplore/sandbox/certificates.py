"""TLS for the sandbox: a throwaway authority, and the layer between socket and machine.

The authority lives as long as its server; its key never touches a disk.  Its own sessions
trust it by its file, so that verification is never switched off.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.identities import addresses, end_point, issue

__all__ = ["Authority", "TlsLayer"]

LIFETIME: Final = timedelta(days=365)
_READ_BYTES: Final = 256 * 1024


class Authority:
    """A certificate authority with one certificate: for a domain and for loopback.

    Args:
        domain: the XMPP domain; ``localhost``, ``127.0.0.1`` and ``::1`` come with it.
        clients: whether clients are asked for a certificate of this authority, which
            SASL EXTERNAL needs.  They may have none; one of another authority ends the
            connection, since this side of TLS cannot look at what it does not trust.

    Raises:
        UsageError: no certificate can be made for the domain.

    Attributes:
        ca_file: path of a file with the authority's certificate, readable by its owner
            alone; gone after :meth:`close`, or with this object.
        detail: name and last day of the server's certificate, for people.
    """

    def __init__(self, domain: str, *, clients: bool = False) -> None:
        now = datetime.now(UTC)
        self._authority = authority = trustme.CA(organization_name="xmppexplore sandbox")
        try:
            certificate = authority.issue_cert(
                *dict.fromkeys((domain.strip("[]"), "localhost", "127.0.0.1", "::1")),
                common_name=domain if len(domain) <= 64 else None,  # X.520 allows no more
                organization_name="xmppexplore sandbox",
                not_before=now - timedelta(days=1),  # a client's clock may be a little late
                not_after=now + LIFETIME,
            )
        except ValueError as error:
            raise UsageError(f"no certificate can be made for {domain!r}: {error}") from error
        self.detail = f"certificate CN={domain}, not after {now + LIFETIME:%Y-%m-%d}"
        self._context = context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 7590 §3.1, RFC 9325 §3.1.1
        context.options |= ssl.OP_NO_RENEGOTIATION
        certificate.configure_cert(context)
        context.set_alpn_protocols(["xmpp-client"])  # XEP-0368 §2; nobody has to ask for it
        if clients:
            context.verify_mode = ssl.CERT_OPTIONAL
            authority.configure_trust(context)
        pem = certificate.cert_chain_pems[0].bytes().decode("ascii")
        self._end_point = end_point(ssl.PEM_cert_to_DER_cert(pem))
        handle, self.ca_file = tempfile.mkstemp(prefix="xmppexplore-ca-", suffix=".pem")
        with os.fdopen(handle, "wb") as file:
            file.write(authority.cert_pem.bytes())
        self._remove = weakref.finalize(self, _remove, self.ca_file)

    def layer(self) -> TlsLayer:
        """Return the server's side of one new TLS connection."""
        return TlsLayer(self._context, self.detail, self._end_point)

    def client_certificate(self, *addresses: str) -> bytes:
        """Return a certificate that holds XMPP addresses, and its key (RFC 6120 §13.7.1.4).

        Args:
            addresses: bare addresses, usually one.

        Returns:
            Both as PEM, for one file that is given to ``ssl.SSLContext.load_cert_chain``.
        """
        signer = serialization.load_pem_private_key(self._authority.private_key_pem.bytes(), None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise TypeError("not a key on an elliptic curve")
        certificate = x509.load_pem_x509_certificate(self._authority.cert_pem.bytes())
        start = datetime.now(UTC) - timedelta(days=1)
        return issue(addresses, certificate, signer, (start, LIFETIME))

    def close(self) -> None:
        """Remove the file."""
        self._remove()


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()


class TlsLayer:
    """TLS on bytes, without a socket: what comes is unwrapped, what goes is wrapped.

    asyncio's ``start_tls`` needs a task, and between its call and its effect bytes in clear
    could slip to either side.  Here the change is one assignment between two chunks, and the
    same port can tell direct TLS from STARTTLS by the first byte.

    Args:
        context: the server's context.
        certificate: what :attr:`detail` says of the certificate.
        bound_to: what ``tls-server-end-point`` binds to.

    Attributes:
        up: whether the handshake is done.
        ended: whether the client has ended its direction (``close_notify``).
    """

    def __init__(self, context: ssl.SSLContext, certificate: str, bound_to: bytes) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._certificate = certificate
        self._bound_to = bound_to
        self.up = False
        self.ended = False

    @property
    def detail(self) -> str:
        """Version, cipher and certificate, as the mark ``tls up`` says them."""
        cipher = self._object.cipher()
        return f"{self._object.version()} {cipher[0] if cipher else ''}; {self._certificate}"

    @property
    def bindings(self) -> dict[str, bytes]:
        """What a login can be bound to, by type (RFC 5929), once TLS is up.

        ``tls-unique`` says nothing under TLS 1.3 (RFC 9266 §3); ``tls-exporter``, which
        took its place, cannot be had from the standard library.
        """
        found = {"tls-server-end-point": self._bound_to}
        unique = self._object.get_channel_binding("tls-unique")
        if self._object.version() == "TLSv1.2" and unique:
            found["tls-unique"] = unique
        return found

    @property
    def addresses(self) -> tuple[str, ...]:
        """The XMPP addresses in the certificate that the client has shown."""
        shown = self._object.getpeercert(binary_form=True)
        return addresses(shown) if shown else ()

    def unwrap(self, data: bytes) -> bytes:
        """Take bytes from the socket; return what they say in clear, perhaps nothing.

        Ask :meth:`pending` afterwards: TLS itself may have something to say.

        Raises:
            ssl.SSLError: what came is no TLS, or breaks it.
        """
        self._incoming.write(data)
        pieces = []
        try:
            if not self.up:
                self._object.do_handshake()
                self.up = True
            while piece := self._object.read(_READ_BYTES):
                pieces.append(piece)
                if not (self._incoming.pending or self._object.pending()):
                    break  # reading on would raise, at half the cost of a short message
            else:
                self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(pieces)

    def wrap(self, data: bytes) -> bytes:
        """Return the bytes for the socket that say ``data``.

        Raises:
            ssl.SSLError: TLS has ended.
        """
        rest = memoryview(data)
        while rest:  # one record at a time
            rest = rest[self._object.write(rest) :]
        return self._outgoing.read()

    def pending(self) -> bytes:
        """Return bytes for the socket that TLS itself has to say: handshake, alerts."""
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """Return bytes for the socket that end this direction (``close_notify``)."""
        with contextlib.suppress(ssl.SSLError):
            self._object.unwrap()
        return self._outgoing.read()
