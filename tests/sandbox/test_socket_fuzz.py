"""Many who say anything at once, over sockets, while two go on talking.

The seeds are fixed and the rounds are counted, so that a run is the same work each time.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import threading

import pytest

from tests.sandbox.siege import HALF_OPEN, HEADER, PATIENCE, Siege, enough_files

STRANGERS = 8
ROUNDS = 50
GROWTH = 64.0  # MiB
LOGIN = (
    HEADER
    + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AG0AYW55</auth>"
    + HEADER
    + b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq><presence/>"
)
TALK = [
    b"<message to='alice@localhost' type='headline'><body>x</body></message>",
    b"<message to='m@localhost/none'><body>&amp;<![CDATA[<]]></body></message>",
    b"<presence to='bob@localhost'/>",
    b"<presence type='subscribe' to='m2@localhost'/>",
    b"<presence><priority>5</priority></presence>",
    b"<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
    b"<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>",
    b"<iq type='get' id='3' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    b"<iq type='set' id='4'><vCard xmlns='vcard-temp'><FN>\xc3\xa9</FN></vCard></iq>",
    b"<iq type='set' id='5'><enable xmlns='urn:xmpp:carbons:2'/></iq>",
    b"<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
    b"<r xmlns='urn:xmpp:sm:3'/>",
    b"<a xmlns='urn:xmpp:sm:3' h='1'/>",
    b"<inactive xmlns='urn:xmpp:csi:0'/>",
    b" ",
]


def conversation(chance):
    """Return bytes that are nearly a conversation, or none at all."""
    kind = chance.random()
    if kind < 0.1:
        return chance.randbytes(chance.randrange(1, 3000))
    data = bytearray(LOGIN + b"".join(chance.choices(TALK, k=chance.randrange(1, 40))))
    for _ in range(chance.choice([0, 0, 1, 3])):
        at = chance.randrange(len(data))
        length = chance.choice([0, 1, 5, 50])
        data[at : at + length] = chance.choice(
            [b"", chance.randbytes(3), b"<", b"</", b"&", b"\x00", data[at : at + 40] * 3]
        )
    return bytes(data)


def stranger(seed, links, failures):
    """Say one thing after another, each over a connection of its own, in pieces."""
    chance = random.Random(seed)
    try:
        for _ in range(ROUNDS):
            link = links()
            # The server may have ended the stream, or TLS, before all of it is said.
            with link, contextlib.suppress(ConnectionError, ssl.SSLError):
                data = conversation(chance)
                size = chance.choice([1, 7, 100, 5000])
                for start in range(0, min(len(data), 400 * size), size):
                    link.sendall(data[start : start + size])
                if chance.random() < 0.5:  # else it goes without having listened
                    link.sendall(b"</stream:stream>")
                    while link.recv(65536):
                        pass
    except BaseException as error:  # noqa: BLE001 (told to the test)
        failures.append((seed, error))


def over_tls(siege, ca_file):
    """Return what dials with TLS from the first byte, or breaks the handshake."""
    context = ssl.create_default_context(cafile=ca_file)

    def dial():
        return context.wrap_socket(siege.dial(), server_hostname="localhost")

    return dial


def besiege(siege, dial):
    """Let all of them talk, and hold what they may cost."""
    before, messages = siege.peak, siege.witness.count
    failures = []
    strangers = [
        threading.Thread(target=stranger, args=(seed, dial, failures), daemon=True)
        for seed in range(STRANGERS)
    ]
    for one in strangers:
        one.start()
    for one in strangers:
        one.join(4 * PATIENCE)

    assert not any(one.is_alive() for one in strangers)
    assert failures == []
    assert siege.peak - before < GROWTH
    assert siege.witness.count > messages


def test_a_server_in_the_clear_bears_anything():
    """Every message of the two arrives in its place; nothing is on stderr."""
    with Siege() as siege:
        besiege(siege, siege.dial)


@pytest.mark.slow
def test_a_server_with_tls_bears_anything(tmp_path):
    """The same inside of TLS."""
    ca_file = tmp_path / "ca.pem"
    with Siege(ca_file=ca_file) as siege:
        besiege(siege, over_tls(siege, ca_file))


@pytest.mark.slow
def test_a_thousand_handshakes_may_stop_anywhere(tmp_path):
    """Half of a first message of TLS, something that only looks like one, and silence."""
    begun = [
        b"\x16",
        bytes.fromhex("16030100050100000100"),
        b"\x16\x03\x01\x40\x00" + b"\x00" * 1000,
        HEADER + b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    ]
    with enough_files(4 * HALF_OPEN), Siege(ca_file=tmp_path / "ca.pem") as siege:
        before = siege.peak
        links = [siege.dial() for _ in range(HALF_OPEN)]
        for number, link in enumerate(links):
            with contextlib.suppress(ConnectionError):  # it may be refused already
                link.sendall(begun[number % len(begun)])
        siege.witness.check()

        assert siege.peak - before < 2 * GROWTH
        for link in links:
            link.close()
