"""Attempts to log in: one at a time, by one profile, and not without end."""

from __future__ import annotations

from tests.sandbox.conversation import Play, auth
from xmppexplore.sandbox.negotiation.attempt import may_log_in
from xmppexplore.sandbox.realm import Limits


def test_a_login_comes_after_tls_and_before_everything_else(play):
    """RFC 6120 §5.3.4, §6.3.1."""
    required, secure, without = play.client(), play.client(secure=True), play.client(tls=False)
    found = [may_log_in(client.machine) for client in (required, secure, without)]
    secure.open()
    secure >> auth("PLAIN", b"\0romeo\0balcony")

    assert found == [False, True, True]
    assert not may_log_in(secure.machine)


def test_the_limit_is_the_servers(play):
    """Between two and five attempts, as RFC 6120 §6.4.5 recommends; three here."""
    for allowed in (2, 5):
        client = Play(limits=Limits(sasl_failures=allowed)).client(secure=True)
        client.open()
        for number in range(allowed):
            assert client.closed is None, number
            client >> auth("PLAIN", b"\0romeo\0wrong")
        assert client.closed == "policy-violation"

    assert 2 <= Limits().sasl_failures <= 5


def test_a_failed_exchange_leaves_nothing_of_itself(play):
    """Not its generator, nor its phase."""
    client = play.client(secure=True)
    client.open()
    client >> auth("SCRAM-SHA-256", b"n,,n=romeo,r=x")
    assert client.machine.exchange is not None
    client >> auth("PLAIN", b"\0romeo\0wrong")

    assert client.machine.exchange is None
    assert client.machine.phase == "login"
