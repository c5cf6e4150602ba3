"""The time is told (XEP-0202)."""

from __future__ import annotations


def test_the_time_is_that_of_the_request(play):
    """In UTC, as XEP-0082 writes it; the clock is an argument."""
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    play.now = 1_000_000_000.9
    romeo >> "<iq type='get' id='1' to='play.example'><time xmlns='urn:xmpp:time'/></iq>"

    romeo << (
        "<iq type='result' id='1' from='play.example' to='romeo@play.example/orchard'>"
        "<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2001-09-09T01:46:40Z</utc></time></iq>"
    )
