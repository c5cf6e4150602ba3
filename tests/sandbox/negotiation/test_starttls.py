"""STARTTLS: asked for once, where it is offered, and forgotten what came before (RFC 6120 §5)."""

from __future__ import annotations

import pytest

from tests.sandbox.conversation import HEADER_OUT, Play, auth
from xmppexplore.sandbox.sasl import Secured

TLS = "urn:ietf:params:xml:ns:xmpp-tls"
STARTTLS = f"<starttls xmlns='{TLS}'/>"


def test_what_was_learned_in_clear_is_forgotten(play):
    """The header, its language and its sender (§5.4.3.3)."""
    client = play.client()
    client >> HEADER_OUT.replace(" to=", " from='juliet@play.example' xml:lang='de' to=")
    client >> STARTTLS
    client.machine.secured(Secured({"tls-unique": b"x"}))
    client.skip()
    assert client.machine.phase == "opening"
    client.open()

    assert client.machine.sender is None
    assert client.machine.origin.lang == b""
    assert client.machine.failures == 0


def test_nothing_is_written_between_proceed_and_tls(play):
    """Bytes in clear could be taken for a handshake, and are not looked at either."""
    client = play.client()
    client.open()
    client >> STARTTLS
    client << f"<proceed xmlns='{TLS}'/>"
    client >> b"\x16\x03\x01<message/>"

    client.quiet()
    assert client.machine.phase == "securing"


@pytest.mark.parametrize(
    ("options", "phase"), [({"secure": True}, "login"), ({"tls": False}, "login")]
)
def test_where_it_is_not_offered_it_fails(play, options, phase):
    """With its own failure, and the stream ends (§5.4.2.2)."""
    client = play.client(**options)
    features = client.open()
    assert client.machine.phase == phase
    assert features.find(f"{{{TLS}}}starttls") is None
    client >> STARTTLS

    client << f"<failure xmlns='{TLS}'/>"
    client << "footer"
    assert client.closed == ""


def test_after_the_login_it_is_too_late(play):
    """A stream error, as no failure of a negotiation fits."""
    client = play.client(secure=True)
    client.open()
    client >> auth("PLAIN", b"\0romeo\0balcony")
    client.skip()
    client >> HEADER_OUT + STARTTLS

    assert client.closed == "policy-violation"


@pytest.mark.parametrize("name", ["proceed", "failure", "x"])
def test_other_elements_of_its_namespace_are_for_servers(name):
    """They come at no time from a client."""
    client = Play().client()
    client.open()
    client >> f"<{name} xmlns='{TLS}'/>"

    assert client.closed == "policy-violation"
