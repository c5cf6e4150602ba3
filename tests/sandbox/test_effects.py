"""Effects come in the order in which they are to be carried out."""

from __future__ import annotations

from tests.sandbox.conversation import Play, auth
from xmppexplore.sandbox.effects import Close, Mark, StartTLS


def test_bytes_and_effects_are_in_order(play):
    """Marks stand where they belong between the bytes."""
    client = play.client(secure=True)
    client.open()
    assert client.machine.receive(auth("PLAIN", b"\0romeo\0balcony").encode(), 0.0)
    success, authenticated, restarted = client.machine.take()

    assert success == b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    assert (authenticated.name, restarted) == ("authenticated", Mark("restarted"))
    assert client.machine.take() == []


def test_tls_and_closing_come_last():
    """Behind what is written before them."""
    play = Play()
    asking, ending = play.client(), play.client()
    for client in (asking, ending):
        client.open()
    asking.machine.receive(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", 0.0)
    ending.machine.end("reset")

    assert asking.machine.take()[-1] == StartTLS()
    assert ending.machine.take()[-1] == Close("reset")
    assert play.realm.pending == {}
