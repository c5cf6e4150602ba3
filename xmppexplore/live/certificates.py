"""TLS contexts that verify, and what a certificate says.

Verification is never switched off.  A certificate that is refused is still worth
showing, so the context notes it as it passes by in the handshake.
"""

from __future__ import annotations

import ssl
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from xmppexplore.errors import UsageError

__all__ = ["CertificateFacts", "VerifyingContext", "read_certificate", "tls_facts"]

TLS_HANDSHAKE = 22  # RFC 8446 §5.1, ContentType
TLS_CERTIFICATE = 11  # RFC 8446 §4, HandshakeType


class CertificateFacts(NamedTuple):
    """What a person needs of a certificate in order to judge it.

    Attributes:
        names: DNS names and addresses it is for, the common name where it has none.
        issuer: common name or organisation of who signed it.
        not_before: start of validity, UTC, ``"2026-01-01 00:00"``.
        not_after: end of validity, likewise.
        self_signed: whether issuer and subject are the same.
    """

    names: tuple[str, ...]
    issuer: str
    not_before: str
    not_after: str
    self_signed: bool


class VerifyingContext(ssl.SSLContext):
    """A client context that checks chain and host name, and remembers what it was shown.

    Args:
        ca_file: PEM file of the authorities to trust; the system's where not given.
        alpn: application protocol to offer; XEP-0368 wants ``xmpp-client`` in direct TLS.

    Raises:
        UsageError: the file cannot be read or holds no certificate.

    Attributes:
        presented: DER of the certificate of the latest handshake, ``b""`` where none came.
    """

    presented: bytes = b""

    def __new__(cls, *_: Any, **__: Any) -> VerifyingContext:  # noqa: D102
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, ca_file: str | None = None, alpn: str = "") -> None:
        # PROTOCOL_TLS_CLIENT verifies chain and host name by itself (RFC 6120 §13.7.2).
        self.minimum_version = ssl.TLSVersion.TLSv1_2  # what RFC 7590 asks for, by way of BCP 195
        if alpn:
            self.set_alpn_protocols([alpn])
        if ca_file is None:
            self.load_default_certs()
        else:
            try:
                self.load_verify_locations(cafile=ca_file)
            except OSError as error:  # ssl.SSLError is one: the file holds no certificate
                raise UsageError(
                    f"ca_file={ca_file!r} cannot be used ({error.strerror or error}): give a PEM "
                    "file with the certificates of the authorities to trust"
                ) from None
        # A refused certificate cannot be had from the SSL object afterwards.  This hook of
        # the standard library has no public name; without it the error only says less.
        if hasattr(self, "_msg_callback"):
            self._msg_callback = self._watch

    def _watch(self, *seen: Any) -> None:
        _, direction, version, content_type, message_type, data = seen
        if direction == "read" and (content_type, message_type) == (TLS_HANDSHAKE, TLS_CERTIFICATE):
            self.presented = _first_certificate(data, is_tls13=version == ssl.TLSVersion.TLSv1_3)


def _first_certificate(message: bytes, *, is_tls13: bool) -> bytes:
    """Cut the first DER out of a Certificate message (RFC 5246 §7.4.2, RFC 8446 §4.4.2)."""
    at = 4
    if is_tls13:
        at += 1 + message[at] if len(message) > at else 1
    at += 3
    size = int.from_bytes(message[at : at + 3], "big")
    return message[at + 3 : at + 3 + size]


def read_certificate(der: bytes) -> CertificateFacts | None:
    """Return what a DER certificate says, or ``None`` where it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = _subject_names(certificate)
        issuer = _common_name(certificate.issuer)
    except ValueError:
        return None
    return CertificateFacts(
        names=names,
        issuer=issuer,
        not_before=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}",
        not_after=f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M}",
        self_signed=certificate.issuer == certificate.subject,
    )


def _subject_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        )
    except x509.ExtensionNotFound:
        return (_common_name(certificate.subject),)
    names: list[str] = []
    for name in extension.value:  # type: ignore[attr-defined]
        if isinstance(name, x509.DNSName):
            names.append(name.value)
        elif isinstance(name, x509.IPAddress):
            names.append(str(name.value))
    return tuple(names)


def _common_name(name: x509.Name) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return ""


def tls_facts(ssl_object: Any) -> str:
    """Return version, cipher and certificate of a TLS layer that is up, as one line."""
    cipher = ssl_object.cipher()
    parts = [f"{ssl_object.version()} {cipher[0] if cipher else ''}".strip()]
    der = ssl_object.getpeercert(binary_form=True)
    facts = read_certificate(der) if der else None
    if facts is not None:
        parts.append(f"certificate for {', '.join(facts.names)}")
        parts.append(f"issued by {facts.issuer}")
        parts.append(f"valid until {facts.not_after} UTC")
    return "; ".join(parts)
