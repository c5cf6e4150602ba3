"""Certificates for the peers: good ones from one authority, and bad ones of each kind."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = datetime.timedelta(days=1)


class Pair(NamedTuple):
    """A certificate chain and its private key, as PEM files."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return a TLS server context that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


class Authority:
    """A throwaway certificate authority in a folder.

    Attributes:
        ca_file: PEM file of the authority's certificate, for ``ca_file=`` of a client.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._ca = trustme.CA(organization_name="Test Authority")
        self.ca_file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.ca_file)

    def good(self, name: str) -> Pair:
        """Return a valid certificate for a domain."""
        # The end that trustme gives, in the year 3000, is past what ejabberd 23.01 can set
        # a timer to: it starts and then serves no certificate at all.
        end = datetime.datetime.now(datetime.UTC) + 30 * DAY
        return self._issue("good", name, not_after=end)

    def expired(self, name: str) -> Pair:
        """Return a certificate for a domain whose validity ended yesterday."""
        now = datetime.datetime.now(datetime.UTC)
        return self._issue("expired", name, not_before=now - 30 * DAY, not_after=now - DAY)

    def of_stranger(self, name: str) -> Pair:
        """Return a valid certificate for a domain by an authority that nobody trusts."""
        return Authority(self.folder / "stranger").good(name)

    def self_signed(self, name: str) -> Pair:
        """Return a certificate for a domain that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 30 * DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pair = self._pair("self_signed", name)
        pair.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair

    def client_context(self) -> ssl.SSLContext:
        """Return a TLS client context that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def _pair(self, kind: str, name: str) -> Pair:
        stem = f"{kind}-{name}"
        return Pair(self.folder / f"{stem}.crt", self.folder / f"{stem}.key")

    def _issue(
        self,
        kind: str,
        name: str,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
    ) -> Pair:
        leaf = self._ca.issue_cert(name, not_before=not_before, not_after=not_after)
        pair = self._pair(kind, name)
        pair.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(pair.key)
        return pair
