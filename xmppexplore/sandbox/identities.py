"""What certificates say for XMPP: whose address they hold, and what logins are bound to."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["addresses", "end_point", "issue"]

XMPP_ADDR: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5")  # RFC 6120 §13.7.1.4
_UTF8_STRING: Final = 0x0C  # the tag, as ITU-T X.690 numbers it


def end_point(certificate: bytes) -> bytes:
    """Return what ``tls-server-end-point`` binds to (RFC 5929 §4.1).

    Args:
        certificate: the server's certificate, DER.

    Returns:
        Its hash, by the hash of its signature, or by SHA-256 where that is MD5, SHA-1 or
        none.
    """
    algorithm = None
    with contextlib.suppress(UnsupportedAlgorithm):
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    if algorithm is None or isinstance(algorithm, hashes.MD5 | hashes.SHA1):
        algorithm = hashes.SHA256()
    return hashlib.new(algorithm.name, certificate).digest()


def addresses(certificate: bytes) -> tuple[str, ...]:
    """Return the XMPP addresses in a certificate, as they stand there (RFC 6120 §13.7.1.4).

    Other names in it, such as those of domains and of mail boxes, are no XMPP addresses
    (XEP-0178 §2).

    Args:
        certificate: a client's certificate, DER.
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, UnsupportedAlgorithm):
        return ()
    others = (name for name in names if isinstance(name, x509.OtherName))
    return tuple(_texts(other.value for other in others if other.type_id == XMPP_ADDR))


def issue(
    wanted: tuple[str, ...],
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    span: tuple[datetime, timedelta],
) -> bytes:
    """Return a client's certificate and its key.

    Args:
        wanted: the XMPP addresses that it holds.
        authority: the certificate of who signs it.
        key: the key of who signs it.
        span: from when on it is good, and how long.

    Returns:
        Certificate and private key, PEM, the key without a password.
    """
    own = ec.generate_private_key(ec.SECP256R1())
    start, length = span
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xmppexplore client")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + length)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
    )
    if wanted:
        names = [x509.OtherName(XMPP_ADDR, _utf8_string(address)) for address in wanted]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM) + own.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _utf8_string(text: str) -> bytes:
    """Return a text as DER."""
    content = text.encode()
    if len(content) < 0x80:
        return bytes([_UTF8_STRING, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([_UTF8_STRING, 0x80 | len(length)]) + length + content


def _texts(values: Iterator[bytes]) -> Iterator[str]:
    """Return the texts of those values that are one UTF8String each."""
    for value in values:
        # A length above 127 stands in as many bytes as the one before them says.
        long = len(value) > 1 and value[1] > 0x80
        head = 2 + (value[1] & 0x7F if long else 0)
        with contextlib.suppress(UnicodeDecodeError):
            text = value[head:].decode()
            if text and value == _utf8_string(text):
                yield text
