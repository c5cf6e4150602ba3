"""The old session request does no harm (RFC 3921 §3)."""

from __future__ import annotations


def test_it_is_offered_as_optional_and_answered(play):
    """Clients of 2004 ask for it, those of today skip it."""
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    offered = b"<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"
    romeo >> ("<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>")

    romeo << "<iq type='result' id='s' to='romeo@play.example/orchard'/>"
    assert offered in romeo.got
