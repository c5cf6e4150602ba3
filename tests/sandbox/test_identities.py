"""Certificates are read for XMPP, and say no more than they hold."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.sandbox.identities import XMPP_ADDR, addresses, end_point, issue

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SPAN = (NOW, timedelta(days=1))
CURVE = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])


def built(names=None, key=CURVE, algorithm=hashes.SHA256(), **options):  # noqa: B008 (constant)
    """Return a certificate that signs itself."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, algorithm, **options)


def der(certificate):
    """Return its bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


PSS = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA384()), 32)}
SIGNED = [
    (built(algorithm=hashes.SHA256()), "sha256"),
    (built(algorithm=hashes.SHA384()), "sha384"),
    (built(key=RSA, algorithm=hashes.SHA512()), "sha512"),
    (built(key=RSA, algorithm=hashes.SHA384(), **PSS), "sha384"),
    (built(key=ed25519.Ed25519PrivateKey.generate(), algorithm=None), "sha256"),
]


@pytest.mark.parametrize(("certificate", "name"), SIGNED, ids=range(len(SIGNED)))
def test_the_end_point_is_hashed_as_the_certificate_is_signed(certificate, name):
    """RFC 5929 §4.1."""
    assert end_point(der(certificate)) == hashlib.new(name, der(certificate)).digest()


TEXTS = st.text(min_size=1, max_size=300)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_addresses_that_are_written_are_read(wanted):
    """Of any length, in their order."""
    made = issue(tuple(wanted), built(), CURVE, SPAN)
    certificate = x509.load_pem_x509_certificate(made)

    assert addresses(der(certificate)) == tuple(wanted)
    assert serialization.load_pem_private_key(made, None).public_key() == certificate.public_key()


@pytest.mark.parametrize("length", [127, 128, 255, 256, 3071, 65_536])
def test_a_long_address_has_a_long_length(length):
    """As X.690 §8.1.3 writes it."""
    made = x509.load_pem_x509_certificate(issue(("x" * length,), built(), CURVE, SPAN))

    assert addresses(der(made)) == ("x" * length,)


def test_only_xmpp_addresses_are_addresses_here():
    """A name of another kind says nothing about an account (XEP-0178 §2)."""
    names = [
        x509.DNSName("romeo.play.example"),
        x509.RFC822Name("romeo@play.example"),
        x509.UniformResourceIdentifier("xmpp:romeo@play.example"),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), b"\x0c\x01a"),
        x509.OtherName(XMPP_ADDR, b"\x0c\x01b"),
    ]

    assert addresses(der(built(names))) == ("b",)
    assert addresses(der(built())) == ()


@pytest.mark.parametrize("value", [b"\x16\x01a", b"\x0c\x02\xff\xff", b"\x0c\x00", b"\x05\x00"])
def test_what_is_no_text_is_no_address(value):
    """Another type, no UTF-8, nothing."""
    names = [x509.OtherName(XMPP_ADDR, value), x509.OtherName(XMPP_ADDR, b"\x0c\x01b")]

    assert addresses(der(built(names))) == ("b",)


@given(st.binary(max_size=200))
def test_what_is_no_certificate_holds_nothing(data):
    """Whatever it is."""
    assert addresses(data) == ()
