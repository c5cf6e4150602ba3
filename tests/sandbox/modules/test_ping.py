"""Ping is answered (XEP-0199)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("to", ["", "play.example", "romeo@play.example", "juliet@play.example"])
def test_server_and_accounts_answer(play, to):
    """§4.2, and §4.1 for a ping without recipient."""
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    at, back = (f" to='{to}'", f" from='{to}'") if to else ("", "")
    romeo >> f"<iq type='get' id='&quot;'{at}><ping xmlns='urn:xmpp:ping'/></iq>"

    romeo << f"<iq type='result' id='&quot;'{back} to='romeo@play.example/orchard'/>"


def test_a_ping_of_type_set_is_none(play):
    """Only ``get`` asks."""
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    romeo >> "<iq type='set' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"

    assert b"service-unavailable" in romeo.items[0][1]
