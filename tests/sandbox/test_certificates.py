"""The throwaway authority is trusted by its file alone, and TLS works without a socket."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import ssl
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.certificates import Authority


class Client:
    """A TLS client on two buffers, of the standard library."""

    def __init__(self, name, ca_file=None, context=None):
        context = context or ssl.create_default_context(cafile=ca_file)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def shake(self, layer):
        """Go through the handshake with a layer."""
        for _ in range(5):
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                layer.unwrap(self.outgoing.read())
                self.incoming.write(layer.pending())
            else:
                layer.unwrap(self.outgoing.read())
                self.incoming.write(layer.pending())
                return self
        raise AssertionError("no handshake")


@pytest.fixture
def authority():
    """An authority for one test."""
    made = Authority("play.example")
    yield made
    made.close()


@pytest.mark.parametrize("name", ["play.example", "localhost", "127.0.0.1", "::1"])
def test_its_certificate_is_for_the_domain_and_for_loopback(authority, name):
    """Checked by the standard library's client, with the name (RFC 6120 §13.7.2)."""
    layer = authority.layer()
    Client(name, authority.ca_file).shake(layer)

    assert layer.up
    assert layer.detail.startswith("TLSv1.3 TLS_")
    assert "certificate CN=play.example, not after 2" in layer.detail


@pytest.mark.parametrize("name", ["other.example", "play.example.org"])
def test_it_is_for_no_other_name(authority, name):
    """The client refuses."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        Client(name, authority.ca_file).shake(authority.layer())


def test_nobody_trusts_it_by_default(authority):
    """Nor does another sandbox's authority vouch for it."""
    other = Authority("play.example")
    for ca_file in (None, other.ca_file):
        with pytest.raises(ssl.SSLCertVerificationError):
            Client("play.example", ca_file).shake(authority.layer())
    other.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_sides_bind_to_the_same(authority, version):
    """RFC 5929; ``tls-unique`` under TLS 1.2 alone."""
    context = ssl.create_default_context(cafile=authority.ca_file)
    context.maximum_version = version
    layer = authority.layer()
    client = Client("play.example", context=context).shake(layer)
    certificate = client.tls.getpeercert(binary_form=True)
    expected = {"tls-server-end-point": hashlib.sha256(certificate).digest()}
    if version is ssl.TLSVersion.TLSv1_2:
        expected["tls-unique"] = client.tls.get_channel_binding("tls-unique")

    assert layer.bindings == expected


def with_certificate(authority, folder, *addresses, of=None):
    """Return a client's context that shows a certificate, of ``of`` or of the authority."""
    file = folder / "client.pem"
    file.write_bytes((of or authority).client_certificate(*addresses))
    context = ssl.create_default_context(cafile=authority.ca_file)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def asking():
    """An authority whose server asks clients for a certificate."""
    made = Authority("play.example", clients=True)
    yield made
    made.close()


def test_a_client_may_show_a_certificate(asking, tmp_path):
    """It need not (RFC 6120 §13.7.1.4)."""
    shown, silent = asking.layer(), asking.layer()
    context = with_certificate(asking, tmp_path, "romeo@play.example", "r@else.example")
    Client("play.example", context=context).shake(shown)
    Client("play.example", asking.ca_file).shake(silent)

    assert shown.addresses == ("romeo@play.example", "r@else.example")
    assert (silent.up, silent.addresses) == (True, ())


def test_a_certificate_is_not_looked_at_where_it_was_not_asked_for(authority, tmp_path):
    """The client keeps it to itself then."""
    layer = authority.layer()
    context = with_certificate(authority, tmp_path, "romeo@play.example")
    Client("play.example", context=context).shake(layer)

    assert layer.addresses == ()


def test_a_certificate_of_somebody_else_ends_the_handshake(asking, authority, tmp_path):
    """It proves nothing here."""
    context = with_certificate(asking, tmp_path, "romeo@play.example", of=authority)
    layer = asking.layer()
    with pytest.raises(ssl.SSLError):
        Client("play.example", context=context).shake(layer)

    assert not layer.up


@pytest.mark.parametrize(
    ("asked", "agreed"), [(["xmpp-client"], "xmpp-client"), (["http/1.1"], None), ([], None)]
)
def test_a_client_may_say_that_it_speaks_xmpp(authority, asked, agreed):
    """XEP-0368 §2; who says something else, or nothing, is served too."""
    context = ssl.create_default_context(cafile=authority.ca_file)
    if asked:
        context.set_alpn_protocols(asked)
    client = Client("play.example", context=context).shake(authority.layer())

    assert client.tls.selected_alpn_protocol() == agreed


def test_bytes_go_through_in_both_directions(authority):
    """Larger than one record; and the end is seen."""
    layer = authority.layer()
    client = Client("play.example", authority.ca_file).shake(layer)
    big = bytes(range(256)) * 400
    sent = memoryview(big)
    while sent:
        sent = sent[client.tls.write(sent) :]
    assert layer.unwrap(client.outgoing.read()) == big
    client.incoming.write(layer.wrap(big))
    got = b""
    while len(got) < len(big):
        got += client.tls.read(100_000)
    assert got == big
    client.incoming.write(layer.farewell())

    assert client.tls.read(1) == b""
    assert not layer.ended


def test_the_end_of_the_clients_direction_is_seen(authority):
    """Even with bytes before it in the same chunk."""
    layer = authority.layer()
    client = Client("play.example", authority.ca_file).shake(layer)
    client.tls.write(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()

    assert layer.unwrap(client.outgoing.read()) == b"last"
    assert layer.ended


@given(
    st.lists(st.integers(1, 40_000), min_size=1, max_size=4),
    st.lists(st.integers(1, 20_000), min_size=1, max_size=12),
)
def test_bytes_do_not_depend_on_how_they_are_cut(sizes, cuts):
    """Nothing waits for the next chunk: what came in whole records is there at once."""
    layer = SHARED.layer()
    client = Client("play.example", SHARED.ca_file).shake(layer)
    for number, size in enumerate(sizes):
        sent = memoryview(bytes([number]) * size)
        while sent:
            sent = sent[client.tls.write(sent) :]
    records = client.outgoing.read()
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    ending = client.outgoing.read()
    got = b""
    for cut in cuts:
        if records[:cut]:
            got += layer.unwrap(records[:cut])
        records = records[cut:]
    got += layer.unwrap(records) if records else b""

    assert got == b"".join(bytes([number]) * size for number, size in enumerate(sizes))
    assert not layer.ended
    assert layer.unwrap(ending) == b""
    assert layer.ended


@given(st.binary(min_size=1, max_size=80))
def test_what_is_no_tls_is_an_ssl_error_or_waits(data):
    """Nothing else can come of it."""
    layer = SHARED.layer()
    with contextlib.suppress(ssl.SSLError):
        assert layer.unwrap(data) == b""

    assert not layer.up


SHARED = Authority("play.example")


def test_the_file_is_private_and_goes(authority):
    """With close, or with the object; the key was never in it."""
    path = Path(authority.ca_file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE" not in path.read_bytes()
    authority.close()
    authority.close()
    assert not path.exists()
    forgotten = Authority("play.example")
    path = Path(forgotten.ca_file)
    del forgotten
    gc.collect()

    assert not path.exists()


def test_any_domain_has_one_and_what_is_none_has_none():
    """International names and numbers too; an error is a sentence."""
    for domain in ("bücher.example", "127.0.0.1", "[::1]", "x" * 60 + ".example"):
        Authority(domain).close()
    with pytest.raises(UsageError, match="no certificate"):
        Authority("a..b")
